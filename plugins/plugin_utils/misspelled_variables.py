# SPDX-License-Identifier: GPL-3.0-or-later
"""Find misspelled variables of the roles. Ansible ignores a variable that no role reads, so `nas_purg: true` would do nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ansible_collections.nasops.truenas.plugins.module_utils.errors import Problem
from ansible_collections.nasops.truenas.plugins.plugin_utils.role_variables import INTERNAL, PUBLIC

SIMILAR = 0.85
"""Ratio of equal letters from which a name is a misspelling and not another variable of the user, such as nas_rack."""


def problems(variables: Iterable[str]) -> list[Problem]:
    """Return a problem for each variable whose name is nearly the name of a variable of the roles."""
    return [
        Problem(name, f"is not a variable of the roles, but is similar to {meant}", f"Rename it to {meant}.")
        for name in sorted(variables)
        if name.startswith("nas_") and name not in PUBLIC | INTERNAL
        for meant in difflib.get_close_matches(name, PUBLIC, n=1, cutoff=SIMILAR)
    ]
