# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of the dependencies: known vulnerabilities, licenses, and the list of components of a release."""
