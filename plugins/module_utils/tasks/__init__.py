# SPDX-License-Identifier: GPL-3.0-or-later
"""What each module takes and does, for whoever runs it: the module's own process, or the action plugin."""
