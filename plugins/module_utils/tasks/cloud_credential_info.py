# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..credential import details
from ..credential.facts import WRITE_ROLE
from ..credential.info import listing, selected, verifications
from ..credential.kind import credentials
from ..credential.verification import request
from ..errors import InvalidInput, Problem
from ..nas.client import Nas
from ..providers import PROVIDERS
from ..providers.arguments import PROVIDER_ARGUMENTS
from .base import Act, TaskKind
from .verifying import ARGUMENTS as VERIFY_ARGUMENTS

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str"},
    "provider": {"type": "str", "choices": list(PROVIDER_ARGUMENTS)},
    "reveal_secrets": {"type": "bool", "default": False, "no_log": False},
    "usage": {"type": "bool", "default": False},
    "preview": {"type": "bool", "default": False},
    **VERIFY_ARGUMENTS,
}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return what is to be done; it is the same in check mode. Raises InvalidInput if it cannot be."""
    verify_request = request.read(params)
    problems = [*request.problems(verify_request, PROVIDERS.get(params["provider"]))]
    if verify_request.place and params["name"] is None:
        problems.append(
            Problem(
                "verify_bucket", "is given without name", "Name the credential that has to open the bucket or folder."
            )
        )
    if problems:
        raise InvalidInput(problems)

    def act(nas: Nas) -> dict[str, Any]:
        chosen = selected(credentials(nas), params["name"], params["provider"])
        found = listing(chosen, params["reveal_secrets"])
        if problems := [problem for one in chosen for problem in request.problems(verify_request, one.provider)]:
            raise InvalidInput(problems)
        if verify_request.when == "always":
            for shown, verification in zip(found, verifications(chosen, verify_request, nas), strict=True):
                shown.update(verification)
        warnings = []
        if found and params["reveal_secrets"] and not nas.may(WRITE_ROLE):
            warnings.append(f"The NAS hides nearly every value from this account, which lacks the role {WRITE_ROLE}.")
        if params["usage"]:
            used, doubts = details.usages(chosen, nas)
            warnings += doubts
            for shown, usage in zip(found, used, strict=True):
                shown.update(usage)
        if params["preview"]:
            keypairs = details.keypairs_of(chosen, nas)
            for shown, credential in zip(found, chosen, strict=True):
                shown.update(details.preview(credential, keypairs))
        return {"changed": False, "credentials": found, "warnings": warnings}

    return act


TASK = TaskKind(ARGUMENTS, read)
