# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated views: of the provider models, and of the options that modules document; one file for each view."""
