# SPDX-License-Identifier: GPL-3.0-or-later
"""The purge options of the modules that manage a set."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules for sets share."""

    DOCUMENTATION = r"""
options:
  purge:
    description:
      - Whether to delete every stored object that the list does not name. Deletions come last, and only if no item failed.
      - An object in use is never purged. If there is one, the task fails before it writes anything, and lists everything that
        uses it.
    type: bool
    default: false
  purge_keep:
    description:
      - Names of objects that O(purge) keeps, or patterns such as V(manual-*). A pattern that matches nothing is not an error.
      - A name that differs from the name of an object to delete only in case, spaces, or Unicode form is an error.
    type: list
    elements: str
    default: []
  purge_all:
    description:
      - Whether to allow an empty list together with O(purge), which deletes every object.
    type: bool
    default: false
"""
