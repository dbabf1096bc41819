# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks over SSH: the program on the NAS, the streams of ssh, and the errors."""
