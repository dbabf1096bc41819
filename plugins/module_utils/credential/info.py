# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading credentials in the shape in which they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import TrueNASError
from ..nas.client import Nas
from .stored import Stored, document
from .verification.ask import Subject, public, verify_all
from .verification.request import VerifyRequest


def selected(stored: Iterable[Stored], name: str | None = None, provider: str | None = None) -> list[Stored]:
    """Return the credentials in the order of their names and ids; only those of one name or one provider, if asked."""
    return [
        credential
        for credential in sorted(stored, key=lambda credential: (credential.name, credential.id))
        if name in (None, credential.name)
        and (provider is None or (credential.provider is not None and credential.provider.key == provider))
    ]


def listing(credentials: Iterable[Stored], reveal: bool = False) -> list[dict[str, Any]]:
    """Return credentials in the shape of a task's options. Secrets are masked unless `reveal`."""
    return [
        {
            **document(credential.name, credential.provider, credential.wire_type, credential.values, reveal),
            "id": credential.id,
        }
        for credential in credentials
    ]


def verifications(credentials: Sequence[Stored], request: VerifyRequest, nas: Nas) -> list[dict[str, Any]]:
    """Return, for each stored credential, what a verification finds. Raises what keeps the NAS from even trying."""
    subjects = [Subject(one.name, one.provider, one.wire, request, one.id) for one in credentials]
    found = []
    for answer in verify_all(subjects, nas):
        if isinstance(answer, TrueNASError):
            raise answer
        found.append({"verification": public(answer)})
    return found
