# SPDX-License-Identifier: GPL-3.0-or-later
"""Belongs to the action of the same name, which does nothing."""
