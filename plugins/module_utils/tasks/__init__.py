# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec and the work of each module, used by both the module's own process and the action plugin."""
