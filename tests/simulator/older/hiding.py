# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that 24.04 and 24.10 hide from users without a write role (truenas-api/older.md §2 Redaction, §3). API keys see all,
and so does everybody on CORE."""

from __future__ import annotations

from typing import Any

from ..accounts import Credential
from . import facts
from .allowlist import Limited

ASTERISKS = "*" * 8
_HIDDEN = {
    "cloudsync": ("CLOUD_SYNC_WRITE", ("encryption_password",)),
    "cloudsync.credentials": ("CLOUD_SYNC_WRITE", ("attributes",)),
    "cloud_backup": ("CLOUD_BACKUP_WRITE", ("password",)),
    "keychaincredential": ("KEYCHAIN_CREDENTIAL_WRITE", ("attributes",)),
}


def hide(version: str, credential: Credential | None, name: str, result: Any) -> Any:
    """Return the result of a method as a session sees it. The facts are silent about the attributes of tasks and of the
    credentials in them; those of a credential are hidden wherever it is shown."""
    service, _dot, _method = name.rpartition(".")
    if facts.is_core(version) or credential is None or isinstance(credential, Limited) or service not in _HIDDEN:
        return result
    role, fields = _HIDDEN[service]
    if credential.has_any_role(frozenset({role})):
        return result
    if isinstance(result, list):
        return [_without(row, fields) for row in result]
    return _without(result, fields)


def _without(row: Any, fields: tuple[str, ...]) -> Any:
    if not isinstance(row, dict):
        return row
    shown = {key: ASTERISKS if key in fields else value for key, value in row.items()}
    if isinstance(used := shown.get("credentials"), dict):
        shown["credentials"] = {**used, "attributes": ASTERISKS}
    return shown
