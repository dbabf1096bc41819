# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored credentials as a task's options."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import TrueNASError
from ..nas.client import Nas
from .stored import StoredCredential, document
from .verification.ask import Subject, public, verify_all
from .verification.request import VerifyRequest


def selected(
    stored: Iterable[StoredCredential], name: str | None = None, provider: str | None = None
) -> list[StoredCredential]:
    """Return the credentials sorted by name and ID, filtered by `name` and by `provider` if given."""
    return [
        credential
        for credential in sorted(stored, key=lambda credential: (credential.name, credential.id))
        if name in (None, credential.name)
        and (provider is None or (credential.provider is not None and credential.provider.key == provider))
    ]


def listing(credentials: Iterable[StoredCredential], reveal: bool = False) -> list[dict[str, Any]]:
    """Return credentials as a task's options. Secrets are masked unless `reveal`."""
    return [
        {
            **document(credential.name, credential.provider, credential.wire_type, credential.values, reveal),
            "id": credential.id,
        }
        for credential in credentials
    ]


def verifications(credentials: Sequence[StoredCredential], request: VerifyRequest, nas: Nas) -> list[dict[str, Any]]:
    """Return the verification of each stored credential. Raises TrueNASError if the NAS cannot run it."""
    subjects = [Subject(credential.provider, credential.wire, request, credential.id) for credential in credentials]
    result = []
    for answer in verify_all(subjects, nas):
        if isinstance(answer, TrueNASError):
            raise answer
        result.append({"verification": public(answer)})
    return result
