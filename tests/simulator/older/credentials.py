# SPDX-License-Identifier: GPL-3.0-or-later
"""`cloudsync.credentials` before 25.04 (truenas-api/older.md §2)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from ..errors import CallError, InstanceNotFound, ValidationErrors
from ..methods import Call, cloud_sync_directory
from ..models import Model, NonEmptyString, Partial, accept, model
from ..query import filter_list
from ..store import CLOUD_BACKUP, CLOUD_SYNC, CREDENTIALS
from . import facts, schema
from .answers import Outer

Entry = dict[str, Any]

_COLUMNS = ("id", "name", "provider")
_CREATE, _UPDATE = "cloud_sync_credentials_create", "cloud_sync_credentials_update"
_BETWEEN_CHECK_AND_WRITE = 0.01
_OPTIONS = {"select": [], "order_by": [], "count": False, "get": False, "offset": 0, "limit": 0}


async def query(call: Call, filters: Sequence[Any] = (), options: Entry | None = None) -> Any:
    """Return the credentials that match; the database has three columns."""
    _check_columns(filters)
    return filter_list(call.nas.store.rows(CREDENTIALS), [*filters], _OPTIONS | (options or {}))


def _check_columns(filters: Iterable[Any]) -> None:
    """Raise LookupError for another column, also inside of an OR."""
    for condition in filters:
        if len(condition) == 2:
            branches = [branch if isinstance(branch[0], list) else [branch] for branch in condition[1]]
            _check_columns(part for branch in branches for part in branch)
        elif condition[0] not in _COLUMNS:
            raise LookupError(condition[0])


async def get_instance(call: Call, number: int) -> Entry:
    """Return the credential of an id. Raises InstanceNotFound."""
    row = call.nas.store.row(CREDENTIALS, number)
    if row is None:
        raise InstanceNotFound(f"Credentials {number} does not exist")
    return row


async def create(call: Call, data: Any) -> Entry:
    """Add a credential."""
    given = _outer(call.nas.version, _CREATE, data, ("name", "provider", "attributes"))
    new = _checked(call, _CREATE, given)
    await asyncio.sleep(_BETWEEN_CHECK_AND_WRITE)
    return {"id": call.nas.store.insert(CREDENTIALS, new), **new}


async def update(call: Call, number: Any, data: Any) -> Entry:
    """Change a credential; the answer has no more than what was sent, with defaults, and the id."""
    if call.nas.version == "v24.10.2" and not isinstance(number, int):
        errors = ValidationErrors()
        errors.add("id", "Input should be a valid integer")
        errors.check()
    given = _outer(call.nas.version, _UPDATE, data, ())
    old = await get_instance(call, int(number))
    new = _checked(call, _UPDATE, {**old, **given}, int(number))
    await asyncio.sleep(_BETWEEN_CHECK_AND_WRITE)
    call.nas.store.update(CREDENTIALS, int(number), new)
    return {**{name: new[name] for name in given}, "id": int(number)}


async def delete(call: Call, number: int) -> bool | None:
    """Delete a credential; an unknown id will do. Raises CallError, or what the database says of a backup that uses it."""
    nas = call.nas
    for task in nas.store.rows(CLOUD_SYNC):
        if task["credential"] == number:
            raise CallError(f"This credential is used by cloud sync task {task['description'] or task['id']}")
    if any(task["credential"] == number for task in nas.store.rows(CLOUD_BACKUP)):
        raise RuntimeError(
            "(sqlite3.IntegrityError) FOREIGN KEY constraint failed\n"
            "[SQL: DELETE FROM system_cloudcredentials WHERE system_cloudcredentials.id = ?]"
        )
    nas.store.delete(CREDENTIALS, number)
    return None if facts.is_core(nas.version) else True


async def verify(call: Call, data: Any) -> Entry:
    """Try a provider with rclone."""
    nas = call.nas
    name = "cloud_sync_credentials_verify" if nas.version == "v24.04.2" else _CREATE
    given = _outer(nas.version, name, data, ("provider", "attributes"), known=("provider", "attributes"))
    errors = ValidationErrors()
    attributes = _attributes(nas.version, _CREATE, given, errors)
    if given["provider"] == "GOOGLE_CLOUD_STORAGE":
        # The one field whose line breaks do not reach rclone.
        attributes = {name: re.sub("[\r\n]", "", value) for name, value in attributes.items()}
    answer = await nas.rclone.verify({"type": given["provider"], **attributes}, raw=True)
    return {"valid": True} if answer["valid"] else answer


async def providers(call: Call) -> list[Entry]:
    """Return the providers of the version. MEGA's details are made up: later servers lack it, and the facts have none."""
    version = call.nas.version
    newer = {row["name"]: row for row in await cloud_sync_directory.providers(call)}
    mega: Entry = {
        "title": "Mega",
        "credentials_oauth": None,
        "buckets": False,
        "bucket_title": None,
        "task_schema": [],
    }
    return [
        {
            **newer.get(name, {"name": name, **mega}),
            "credentials_schema": [{"property": field, "schema": {}} for field in facts.fields(version, name)],
        }
        for name in facts.providers(version)
    ]


def _checked(call: Call, prefix: str, entry: Entry, own_id: int | None = None) -> Entry:
    """Return the columns of a row. Raises ValidationErrors with all faults, on CORE with one."""
    errors = ValidationErrors()
    name = str(entry["name"])
    if any(row["name"] == name and row["id"] != own_id for row in call.nas.store.rows(CREDENTIALS)):
        errors.add(f"{prefix}.name", "Object with this name already exists")
        if facts.is_core(call.nas.version):
            errors.check()
    attributes = _attributes(call.nas.version, prefix, entry, errors)
    return {"name": name, "provider": entry["provider"], "attributes": attributes}


def _attributes(version: str, prefix: str, entry: Entry, errors: ValidationErrors) -> Entry:
    if entry["provider"] not in facts.providers(version):
        errors.add(f"{prefix}.provider", "Invalid provider")
        errors.check()
    found: Entry = {}
    try:
        found = schema.attributes(version, entry["provider"], f"{prefix}.attributes", entry["attributes"])
    except ValidationErrors as faults:
        errors.errors += faults.errors
    errors.check()
    return found


@cache
def _model(name: str, known: tuple[str, ...], partial: bool) -> type[Model]:
    types = {"name": NonEmptyString, "provider": str, "attributes": dict[str, Any]}
    inner = (
        model("Body", Partial, **{field: (types[field], None) for field in known})
        if partial
        else model("Body", **{field: types[field] for field in known})
    )
    return model("Args", **{name: inner})


def _outer(
    version: str,
    name: str,
    data: Any,
    required: tuple[str, ...],
    known: tuple[str, ...] = ("name", "provider", "attributes"),
) -> Entry:
    """Check the object around the attributes: with pydantic on 24.10, with the old schema before."""
    if version == "v24.10.2":
        return accept(_model(name, known, partial=not required), [data])[0]  # type: ignore[no-any-return]  # a row holds any JSON
    faults: list[tuple[str, str]] = []
    if not isinstance(data, dict):
        faults.append(("", "A dict was expected"))
        data = {}
    kinds = {"name": "Not a string", "provider": "Not a string", "attributes": "A dict was expected"}
    for key, value in data.items():
        if key not in known:
            faults.append((key, "Field was not expected"))
        elif value is None:
            faults.append((key, "null not allowed"))
        elif not _fits(key, value):
            faults.append((key, kinds[key]))
    faults += [(key, "attribute required") for key in required if key not in data]
    if faults and facts.is_core(version):
        raise Outer(*faults[0])
    errors = ValidationErrors()
    for key, message in faults:
        errors.add(f"{name}.{key}" if key else name, message)
    errors.check()
    return {key: str(value) if key == "name" else value for key, value in data.items()}


def _fits(key: str, value: Any) -> bool:
    if key == "attributes":
        return isinstance(value, dict)
    # A number is stored as a text.
    return isinstance(value, str) or (key == "name" and isinstance(value, int) and not isinstance(value, bool))
