# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of servers before 25.04 by name (truenas-api/older.md §2, §3)."""

from __future__ import annotations

import errno
from typing import Any

from ..errors import ENOMETHOD, CallError
from ..methods import Call
from . import arguments, credentials, facts, logins, reused
from .logins import Handler

_OWN: dict[str, Handler] = {
    f"cloudsync.credentials.{handler.__name__}": handler
    for handler in (
        credentials.query,
        credentials.get_instance,
        credentials.create,
        credentials.update,
        credentials.delete,
        credentials.verify,
    )
} | {"cloudsync.providers": credentials.providers, "auth.logout": logins.logout}

_KEYCHAIN = "query get_instance create update delete used_by generate_ssh_key_pair remote_ssh_host_key_scan"
_SYNC = "query get_instance create update delete list_buckets list_directory sync sync_onetime abort restore"
_BACKUP = "query get_instance create update delete sync abort"
_BACKUP_SINCE_24_10 = "restore list_snapshots list_snapshot_directory delete_snapshot transfer_setting_choices"


def _names(service: str, methods: str) -> frozenset[str]:
    return frozenset(f"{service}.{name}" for name in methods.split())


_REUSED = (
    _names("keychaincredential", _KEYCHAIN) | _names("cloudsync", _SYNC) | _names("core", "get_jobs job_wait job_abort")
)
_CORE_ONLY = _names("cloudsync", "onedrive_list_drives")
_SCALE_ONLY = _names("cloudsync", "create_bucket") | _names("cloud_backup", _BACKUP)
_SINCE_24_10 = _names("cloud_backup", _BACKUP_SINCE_24_10)


def find(version: str, name: str) -> Handler:
    """Return what carries a method out. Raises CallError for an unknown one."""
    if "." not in name:
        raise CallError("Invalid method name", errno.EBADMSG)
    if own := _own(version).get(name):
        return _counting(version, name, own)
    added = _CORE_ONLY if facts.is_core(version) else _SCALE_ONLY
    if name in _REUSED | added or (version == "v24.10.2" and name in _SINCE_24_10):
        return reused.handler(version, name)
    service, _dot, method = name.rpartition(".")
    raise CallError(f"Method {method!r} not found in {service!r}", ENOMETHOD)


def _own(version: str) -> dict[str, Handler]:
    """Return the methods that newer servers do not have in this form."""
    scale = {} if facts.is_core(version) else {"system.version_short": _short, "auth.me": logins.me}
    return {**_OWN, "core.ping": _ping, "system.version": _version, **scale}


async def _ping(_call: Call) -> str:
    return "pong"


async def _version(call: Call) -> str:
    number = facts.release(call.nas.version)
    return f"TrueNAS-{number}" if facts.is_core(call.nas.version) else f"TrueNAS-SCALE-{number}"


async def _short(call: Call) -> str:
    return facts.release(call.nas.version)


def _counting(version: str, name: str, handler: Handler) -> Handler:
    """Return a handler that counts its parameters as the server does."""

    async def run(call: Call, *params: Any) -> Any:
        arguments.check(version, name, arguments.of_handler(handler), [*params])
        return await handler(call, *params)

    return run
