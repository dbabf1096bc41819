# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one playbook with each ansible-core and Python on each TrueNAS version: `python -m tests.matrix`.

The results are those of docs/support_matrix.md. Nothing is left out silently: a cell that did not run has a reason.
"""
