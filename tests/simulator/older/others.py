# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of servers before 25.04 by name, with those that work as on the newer ones (truenas-api/older.md §2, §3)."""

from __future__ import annotations

import errno
import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Any

from .. import dispatch, ejson, versions
from ..errors import ENOMETHOD, CallError, ValidationError, ValidationErrors
from ..methods import METHODS as NEWER
from ..methods import Call
from ..store import CLOUD_SYNC
from . import credentials, facts

Handler = Callable[..., Awaitable[Any]]

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
} | {"cloudsync.providers": credentials.providers}

_KEYCHAIN = ("query", "get_instance", "create", "update", "delete", "used_by", "generate_ssh_key_pair")
_REUSED = frozenset(
    {
        *(f"keychaincredential.{name}" for name in _KEYCHAIN),
        *(f"cloudsync.{name}" for name in ("query", "get_instance", "create", "update", "delete")),
        *("cloudsync.list_buckets", "cloudsync.sync", "cloudsync.abort", "core.get_jobs", "core.job_abort"),
    }
)
_SCALE_ONLY = frozenset(
    {
        "cloudsync.create_bucket",
        *(f"cloud_backup.{name}" for name in ("query", "get_instance", "create", "update", "delete", "sync", "abort")),
    }
)
_CORE_ONLY = frozenset({"cloudsync.onedrive_list_drives"})
_SINCE_25_04 = frozenset({"include", "create_empty_src_dirs"})
"""Fields of a cloud sync task that CORE does not have."""
_NEWER_ATTRIBUTES = frozenset({"region", "bucket_policy_only", "acknowledge_abuse"})
_BACKUP_OF_24_10 = frozenset({"keep_last", "transfer_setting", "absolute_paths", "cache_path", "rate_limit"})
"""Fields of a backup that 24.04 does not have."""


def find(version: str, name: str) -> Handler:
    """Return what carries a method out. Raises CallError for an unknown one."""
    if "." not in name:
        raise CallError("Invalid method name", errno.EBADMSG)
    if name in _OWN:
        return _own(version, _OWN[name])
    core = facts.is_core(version)
    if name in _REUSED or name in (_CORE_ONLY if core else _SCALE_ONLY):
        return _reused(name)
    if name in ("core.ping", "system.version"):
        return _own(version, _ping if name == "core.ping" else _version)
    if name == "system.version_short" and not core:
        return _own(version, _short)
    service, _dot, method = name.rpartition(".")
    raise CallError(f"Method {method!r} not found in {service!r}", ENOMETHOD)


async def _ping(_call: Call) -> str:
    return "pong"


async def _version(call: Call) -> str:
    number = call.nas.version.removeprefix("v")
    return f"TrueNAS-{number}-U6" if facts.is_core(call.nas.version) else f"TrueNAS-SCALE-{number}"


async def _short(call: Call) -> str:
    return call.nas.version.removeprefix("v")


def _own(version: str, handler: Handler) -> Handler:
    """Return a handler that counts its parameters as the server does."""
    names = [*inspect.signature(handler).parameters][1:]
    optional: dict[str, Any] = {"filters": [], "options": {}}

    async def run(call: Call, *params: Any) -> Any:
        if len(params) > len(names):
            if facts.is_core(version):
                raise IndexError("list index out of range")
            raise CallError(f"Too many arguments (expected {len(names)}, found {len(params)})")
        missing = names[len(params) :]
        if any(name not in optional for name in missing):
            raise TypeError(f"missing {len(missing)} required positional arguments")
        return await handler(call, *params, *(optional[name] for name in missing))

    return run


def _reused(name: str) -> Handler:
    method = NEWER[name]
    server = versions.VERSIONS[0]

    async def run(call: Call, *params: Any) -> Any:
        _refuse_newer_fields(call.nas.version, name, params)
        checked = method.accept(server, [*params])
        if method.job is not None:
            return await dispatch.start(call, method, method.job, [*params], checked)
        try:
            result = await method.handler(call, *checked)
        except ValidationError as error:
            if error.attribute == "options.cascade" and call.nas.version != "v24.10.2":
                raise CallError(error.message) from None
            raise
        if facts.is_core(call.nas.version) and name in ("cloudsync.create", "cloudsync.update"):
            _drop_newer_attributes(call, result["id"], params[-1].get("attributes", {}))
        return _as_before(call.nas.version, name, json.loads(ejson.dumps(result)))

    return run


def _drop_newer_attributes(call: Call, number: int, given: dict[str, Any]) -> None:
    """Remove the attributes that CORE does not have, but not those that were sent: it stores whatever it gets."""
    row = call.nas.store.row(CLOUD_SYNC, number)
    assert row is not None, "it was just written"
    kept = {
        key: value for key, value in row["task"]["attributes"].items() if key in given or key not in _NEWER_ATTRIBUTES
    }
    call.nas.store.update(CLOUD_SYNC, number, {"task": {**row["task"], "attributes": kept}})


def _refuse_newer_fields(version: str, name: str, params: tuple[Any, ...]) -> None:
    service, _dot, method = name.rpartition(".")
    newer = {"cloudsync": _SINCE_25_04 if facts.is_core(version) else frozenset()}
    newer["cloud_backup"] = _BACKUP_OF_24_10 if version == "v24.04.2" else frozenset()
    if service not in newer or method not in ("create", "update"):
        return
    prefix = "cloud_sync" if facts.is_core(version) else f"{name.replace('cloudsync', 'cloud_sync').replace('.', '_')}"
    errors = ValidationErrors()
    for field in params[-1] if params and isinstance(params[-1], dict) else ():
        if field in newer[service]:
            errors.add(f"{prefix}.{field}", "Field was not expected")
    errors.check()


def _as_before(version: str, name: str, result: Any) -> Any:
    """Return a result in the form of the older servers: flat credentials, and no newer fields."""
    if name == "cloudsync.delete" and facts.is_core(version):
        return None
    if isinstance(result, list):
        return [_as_before(version, name, item) for item in result]
    if not isinstance(result, dict) or not name.startswith(("cloudsync.", "cloud_backup.")):
        return result
    shown = {key: value for key, value in result.items() if key not in _hidden(version, name)}
    used = shown.get("credentials")
    if isinstance(used, dict) and isinstance(used.get("provider"), dict):
        attributes = dict(used["provider"])
        shown["credentials"] = {**used, "provider": attributes.pop("type"), "attributes": attributes}
        if name == "cloudsync.create" and facts.is_core(version):
            shown["credentials"] = used["id"]
            del shown["job"], shown["locked"]
    return shown


def _hidden(version: str, name: str) -> frozenset[str]:
    if name.startswith("cloudsync."):
        return _SINCE_25_04 if facts.is_core(version) else frozenset()
    return _BACKUP_OF_24_10 if version == "v24.04.2" else frozenset()
