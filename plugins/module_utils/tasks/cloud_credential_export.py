# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading credentials as what a playbook declares; writing it is for the controller, where the vault's secret is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import CLOUD_CREDENTIAL_EXPORT
from ..credential.export import export
from ..credential.facts import KEYPAIRS, WRITE_ROLE
from ..credential.keypair_reference import names
from ..credential.kind import credentials
from ..credential.stored import keypair_of
from ..errors import InvalidInput, NotPermitted, Problem
from ..nas.client import Nas
from .base import Act, TaskKind

ARGUMENTS = CLOUD_CREDENTIAL_EXPORT


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return what is to be done: its result has an Export as `export`, with all secrets."""
    problems = []
    if not params["variable"].isidentifier():
        problems.append(Problem("variable", "is no name of a variable", "Use letters, digits and _."))
    if "/" in params["host_name"] or params["host_name"] in ("", ".", ".."):
        problems.append(Problem("host_name", "is no name of a folder", "Give the name of the host in the inventory."))
    if problems:
        raise InvalidInput(problems)

    def act(nas: Nas) -> dict[str, Any]:
        if not nas.may(WRITE_ROLE):
            raise NotPermitted(
                f"The NAS hides nearly every value from this account, which lacks the role {WRITE_ROLE}, so that there is "
                "nothing to export."
            )
        stored = credentials(nas)
        keypairs = (
            names(nas.facts([KEYPAIRS])[KEYPAIRS])
            if any(keypair_of(one.provider, one.values) for one in stored)
            else {}
        )
        return {"export": export(stored, params["host_name"], keypairs)}

    return act


TASK = TaskKind(ARGUMENTS, read)
