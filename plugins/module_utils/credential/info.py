# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading credentials in the shape in which they are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .stored import Stored, document


def listing(
    stored: Iterable[Stored], name: str | None = None, provider: str | None = None, reveal: bool = False
) -> list[dict[str, Any]]:
    """Return the credentials, by name and id; only those of one name or one provider, if asked.

    Secrets are masked unless `reveal`.
    """
    return [
        {
            **document(credential.name, credential.provider, credential.wire_type, credential.values, reveal),
            "id": credential.id,
        }
        for credential in sorted(stored, key=lambda credential: (credential.name, credential.id))
        if name in (None, credential.name)
        and (provider is None or (credential.provider is not None and credential.provider.key == provider))
    ]
