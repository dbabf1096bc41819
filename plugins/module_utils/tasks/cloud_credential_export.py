# SPDX-License-Identifier: GPL-3.0-or-later
"""Read credentials in the form that a playbook declares. The action plugin writes the files, where the vault's secret is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import CLOUD_CREDENTIAL_EXPORT, VAULT
from ..credential.export import export
from ..credential.facts import KEYPAIRS, WRITE_ROLE
from ..credential.keypair_reference import names
from ..credential.kind import credentials
from ..credential.stored import keypair_of
from ..errors import InvalidInput, NotPermitted, Problem
from ..nas.client import Nas
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {**CLOUD_CREDENTIAL_EXPORT, **VAULT}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Its result has an Export as `export`, with all secrets.

    Raises InvalidInput.
    """
    problems = []
    if not params["variable"].isidentifier():
        problems.append(Problem("variable", "must be a valid variable name", "Use letters, digits, and underscores."))
    if "/" in params["host_name"] or params["host_name"] in ("", ".", ".."):
        problems.append(
            Problem("host_name", "must be a valid folder name", "Set it to the name of the host in the inventory.")
        )
    if problems:
        raise InvalidInput(problems)

    def act(nas: Nas) -> dict[str, Any]:
        if not nas.may(WRITE_ROLE):
            raise NotPermitted(
                f"Cannot export: the NAS hides nearly all values from accounts without the role {WRITE_ROLE}. Use the API key of "
                "an account with that role."
            )
        stored = credentials(nas)
        keypairs = (
            names(nas.facts([KEYPAIRS])[KEYPAIRS])
            if any(keypair_of(credential.provider, credential.values) for credential in stored)
            else {}
        )
        return {"export": export(stored, params["host_name"], keypairs)}

    return act


TASK = TaskKind(ARGUMENTS, read)
