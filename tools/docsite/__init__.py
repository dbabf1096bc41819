# SPDX-License-Identifier: GPL-3.0-or-later
"""The docs site: Sphinx pages of the Markdown files, and of the modules, filters, connection, and roles."""
