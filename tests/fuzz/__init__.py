# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzzing of everything that reads a reply: `targets` by bytes, `answers` for whole tasks, `__main__` runs them with atheris."""
