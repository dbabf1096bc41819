# SPDX-License-Identifier: GPL-3.0-or-later
"""List credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import CLOUD_CREDENTIAL_INFO, VERIFICATION, VERIFICATION_PLACE
from ..credential import details
from ..credential.facts import WRITE_ROLE
from ..credential.info import listing, selected, verifications
from ..credential.kind import KIND
from ..credential.verification import request
from ..engine.store import store_of
from ..errors import InvalidInput, Problem
from ..nas.client import Nas
from ..providers import PROVIDERS
from ..providers.arguments import FILTER
from ..usage.users import usages
from .base import Act, TaskKind

ARGUMENTS: dict[str, Any] = {
    **CLOUD_CREDENTIAL_INFO,
    **FILTER,
    **VERIFICATION,
    **VERIFICATION_PLACE,
}


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS. Raises InvalidInput."""
    verify_request = request.read(params)
    problems = [*request.problems(verify_request, PROVIDERS.get(params["provider"]))]
    if verify_request.opens_place and params["name"] is None:
        problems.append(
            Problem(
                "verify_bucket", "requires name", "Set name to the credential that must open the bucket or the folder."
            )
        )
    if problems:
        raise InvalidInput(problems)

    def act(nas: Nas) -> dict[str, Any]:
        stored, fault = store_of(KIND, nas).readable()
        chosen = selected(stored, params["name"], params["provider"])
        shown = listing(chosen, params["reveal_secrets"])
        problems = [
            problem for credential in chosen for problem in request.problems(verify_request, credential.provider)
        ]
        if problems:
            raise InvalidInput(problems)
        if verify_request.when == "always":
            for document, verification in zip(shown, verifications(chosen, verify_request, nas), strict=True):
                document.update(verification)
        warnings = [str(fault)] if fault else []
        if shown and params["reveal_secrets"] and not nas.has_role(WRITE_ROLE):
            warnings.append(f"The NAS hides nearly all values from this account. It needs the role {WRITE_ROLE}.")
        if params["usage"]:
            used, notes = usages(chosen, nas)
            warnings += notes
            for document, usage in zip(shown, used, strict=True):
                document.update(usage)
        if params["preview"]:
            keypairs = details.keypairs_of(chosen, nas)
            for document, credential in zip(shown, chosen, strict=True):
                document.update(details.preview(credential, keypairs))
        return {"changed": False, "credentials": shown, "warnings": warnings}

    return act


TASK = TaskKind(ARGUMENTS, read)
