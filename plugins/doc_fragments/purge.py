# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of every module that manages a set."""

from __future__ import annotations


class ModuleDocFragment:
    """Which stored objects a set deletes."""

    DOCUMENTATION = r"""
options:
  purge:
    description:
      - Delete every stored object that the list does not name. Deletes come last, and not at all if another item failed.
      - An object in use is never purged. If there is one, the task fails before it writes anything, and lists every user.
    type: bool
    default: false
  purge_keep:
    description:
      - Names of objects that O(purge) keeps, or patterns such as V(manual-*). A pattern that matches nothing is not an error.
    type: list
    elements: str
    default: []
  purge_all:
    description:
      - Allow an empty list together with O(purge), which deletes every object.
    type: bool
    default: false
"""
