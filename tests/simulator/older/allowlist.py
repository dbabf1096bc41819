# SPDX-License-Identifier: GPL-3.0-or-later
"""The rights of a session on 24.04 and 24.10: with an API key those of its allowlist, otherwise those that the roles of
its user allow (truenas-api/older.md §1, §2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..accounts import Credential
from ..methods import METHODS, Access

CALL, SUBSCRIBE = "CALL", "SUBSCRIBE"

DEFAULT = (
    (CALL, "cloudsync.*"),
    (CALL, "keychaincredential.*"),
    (CALL, "cloud_backup.*"),
    (CALL, "core.get_jobs"),
    (SUBSCRIBE, "core.get_jobs"),
)
READER = ((CALL, "cloudsync.credentials.query"), (CALL, "cloudsync.query"), (CALL, "cloudsync.providers"))


@dataclass(frozen=True)
class Limited(Credential):
    """The account of a session whose key has an allowlist."""

    entries: tuple[tuple[str, str], ...] = ()


def parse(texts: Iterable[str] | None) -> tuple[tuple[str, str], ...]:
    """Read entries of the form METHOD:RESOURCE, or return the default. Raises ValueError for another method."""
    if texts is None:
        return DEFAULT
    entries = tuple((method, resource) for method, _colon, resource in (text.partition(":") for text in texts))
    for method, _resource in entries:
        if method not in (CALL, SUBSCRIBE, "*"):
            msg = f"{method} is no method of an allowlist"
            raise ValueError(msg)
    return entries


def allows(credential: Credential, method: str, resource: str) -> bool:
    """Return whether a session can call a method or subscribe to an event. Only keys have a list, and only users have roles."""
    if not isinstance(credential, Limited):
        found = METHODS.get(resource)
        return (
            credential.full_admin
            or found is None
            or found.access is not Access.ROLE
            or credential.has_any_role(found.roles)
        )
    return any(kind in (method, "*") and fnmatchcase(resource, pattern) for kind, pattern in credential.entries)
