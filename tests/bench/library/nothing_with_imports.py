# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands beside the action of the same name, which does nothing."""
