# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of servers before 25.04 that work as those of 25.04, with their differences (truenas-api/older.md §2, §3)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from .. import dispatch, ejson, old_schema, old_task_schemas, versions
from ..errors import CallError, ValidationError, ValidationErrors
from ..methods import METHODS as NEWER
from ..methods import Call, Method
from ..old_schema import Parameters
from . import arguments, events, facts
from .answers import Outer
from .logins import Handler

_SERVER = versions.VERSIONS[0]
_SINCE_SCALE: dict[str, Any] = {"include": [], "create_empty_src_dirs": False}
"""Fields of a cloud sync task that CORE does not have, with what it does without them."""
_SINCE_24_10: dict[str, Any] = {"keep_last": None, "transfer_setting": "DEFAULT", "absolute_paths": False}
"""The same of a backup and 24.04."""
_NEWER_BACKUPS = frozenset({*_SINCE_24_10, "cache_path", "rate_limit"})
_NO_KEY = ("You must specify a key", "You must specify at least public key")
_TASKS = ("cloud_sync_create.", "cloud_sync_update.")


def handler(version: str, name: str) -> Handler:
    """Return what carries a method out."""
    method = NEWER[name]

    async def run(call: Call, *params: Any) -> Any:
        given = [*params]
        args = _args(version, method)
        arguments.check(version, name, arguments.of_schema(args), given)
        checked = _accepted(version, args, method, given)
        if method.job is not None:
            return (await dispatch.start(call, method, method.job, given, checked)).id
        result = await _carried_out(call, version, method, checked)
        return _as_before(version, name, json.loads(ejson.dumps(result)))

    return run


@cache
def _args(version: str, method: Method) -> Any:
    """Return the parameters of a method, without the fields that a version does not have."""
    service, _dot, action = method.name.rpartition(".")
    if action in ("create", "update"):
        partial = action == "update"
        number = [old_schema.Number("id")] if partial else []
        if service == "cloudsync" and facts.is_core(version):
            return Parameters(
                *number, old_task_schemas.task(f"cloud_sync_{action}", partial=partial, without=_SINCE_SCALE)
            )
        if service == "cloud_backup" and version == "v24.04.2":
            return Parameters(*number, old_task_schemas.backup(f"cloud_backup_{action}", partial=partial))
    return method.args(_SERVER)


def _accepted(version: str, args: Any, method: Method, given: list[Any]) -> list[Any]:
    """Return the parameters as the handler takes them."""
    if not isinstance(args, Parameters):
        return method.accept(_SERVER, given)
    checked = _first_fault(args, given) if facts.is_core(version) else args.accept(given)
    missing = {"cloudsync.create": _SINCE_SCALE, "cloud_backup.create": _SINCE_24_10}.get(method.name, {})
    return [*checked[:-1], {**missing, **checked[-1]}] if missing else checked


def _first_fault(args: Parameters, given: list[Any]) -> list[Any]:
    """Return converted parameters. Raises Outer for the first fault of CORE, whose place is only in the text."""
    found = []
    for field, value in args.pairs(given):
        try:
            cleaned = field.clean(value)
        except old_schema.Wrong as wrong:
            raise Outer(wrong.attribute, wrong.message) from None
        except ValidationErrors as errors:
            first = errors.errors[0]
            raise Outer(str(first.attribute).rpartition(".")[2], first.message) from None
        field.validate(cleaned)
        found.append(cleaned)
    return found


async def _carried_out(call: Call, version: str, method: Method, checked: list[Any]) -> Any:
    """Return the result. Raises the errors of the version."""
    core, listing = facts.is_core(version), method.name == "cloudsync.query"
    if core and listing and checked[1]["select"]:
        checked[1]["select"] = [*checked[1]["select"], "job"]
    try:
        result = await method.handler(call, *checked)
    except ValidationError as error:
        if error.attribute == "options.cascade" and version != "v24.10.2":
            raise CallError(error.message) from None
        raise
    except ValidationErrors as errors:
        raise _renamed(core, errors) from None
    if core and listing and isinstance(result, int):
        raise TypeError("'int' object is not subscriptable")
    return result


def _renamed(core: bool, errors: ValidationErrors) -> ValidationErrors:
    """Return faults with the texts and, on CORE, the places that they had before."""
    found = ValidationErrors()
    for error in errors:
        place = str(error.attribute)
        if core and place.startswith(_TASKS):
            place = f"cloud_sync.{place.partition('.')[2]}"
        found.add(place, _NO_KEY[1] if error.message == _NO_KEY[0] else error.message, error.number)
    return found


def _as_before(version: str, name: str, result: Any) -> Any:
    """Return a result in the form of the older servers: flat credentials, and no newer fields."""
    if name == "cloudsync.delete" and facts.is_core(version):
        return None
    if isinstance(result, list):
        return [_as_before(version, name, item) for item in result]
    if not isinstance(result, dict):
        return result
    if name == "core.get_jobs":
        return events.job(version, result)
    if not name.startswith(("cloudsync.", "cloud_backup.")):
        return result
    shown = {key: value for key, value in result.items() if key not in _hidden(version, name)}
    if isinstance(job := shown.get("job"), dict):
        shown["job"] = events.job(version, job)
    used = shown.get("credentials")
    if isinstance(used, dict) and isinstance(used.get("provider"), dict):
        attributes = dict(used["provider"])
        shown["credentials"] = {**used, "provider": attributes.pop("type"), "attributes": attributes}
        if name in ("cloudsync.create", "cloudsync.restore") and facts.is_core(version):
            shown["credentials"] = used["id"]
            del shown["job"], shown["locked"]
    return shown


def _hidden(version: str, name: str) -> frozenset[str]:
    if name.startswith("cloudsync."):
        return frozenset(_SINCE_SCALE) if facts.is_core(version) else frozenset()
    return _NEWER_BACKUPS if version == "v24.04.2" else frozenset()
