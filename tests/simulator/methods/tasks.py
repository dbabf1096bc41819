# SPDX-License-Identifier: GPL-3.0-or-later
"""What cloud sync and cloud backup tasks have in common (truenas-api/wire.md §7b; upstream plugins/cloud/crud.py,
api/v27_0_0/cloud.py). A task's row keeps its description and credential apart, the rest as one object."""

from __future__ import annotations

import shlex
from functools import cache
from typing import Any, Literal

from ..errors import InstanceNotFound, ValidationErrors
from ..models import LongString, Model, NonEmptyString, Partial, accept, model
from ..nas import Nas
from ..remotes import REMOTES
from ..store import CREDENTIALS
from . import credentials
from .registry import ModelOf

Entry = dict[str, Any]

_ATTRIBUTES: dict[str, Any] = {
    "bucket": NonEmptyString,
    "folder": str,
    "fast_list": bool,
    "bucket_policy_only": bool,
    "chunk_size": int,
    "acknowledge_abuse": bool,
    "region": str,
    "encryption": Literal["AES256"] | None,
    "storage_class": Literal[
        "",
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "GLACIER_IR",
        "DEEP_ARCHIVE",
    ],
}

Attributes = model(
    "CloudTaskAttributes", Partial, **{name: (annotation, None) for name, annotation in _ATTRIBUTES.items()}
)

_CRON = model("CloudCron", minute=(str, "00"), hour=(str, "*"), dom=(str, "*"), month=(str, "*"), dow=(str, "*"))

BASE_FIELDS: dict[str, Any] = {
    "description": (str, ""),
    "path": str,
    "credentials": int,
    "attributes": Attributes,
    "schedule": (_CRON, _CRON()),
    "pre_script": (LongString, ""),
    "post_script": (LongString, ""),
    "snapshot": (bool, False),
    "include": (list[NonEmptyString], []),
    "exclude": (list[NonEmptyString], []),
    "args": (LongString, ""),
    "enabled": (bool, True),
}


def partial(name: str, fields: dict[str, Any]) -> type[Model]:
    """The update model of a create model: every field may be left out."""
    annotations = {key: field[0] if isinstance(field, tuple) else field for key, field in fields.items()}
    return model(name, Partial, **{key: (annotation, None) for key, annotation in annotations.items()})


def result_models(name: str, fields: dict[str, Any]) -> tuple[ModelOf, ModelOf]:
    """The results of methods that return one task, and of its query, by version."""

    @cache
    def entry_fields(version: str) -> dict[str, Any]:
        return {
            **fields,
            "id": int,
            "dataset": str | None,
            "relative_path": str | None,
            "credentials": credentials.entry_model(version),
            "job": dict[str, Any] | None,
            "locked": bool,
        }

    @cache
    def one(version: str) -> type[Model]:
        return model(f"{name}Result", result=model(f"{name}Entry", **entry_fields(version)))

    @cache
    def many(version: str) -> type[Model]:
        item = partial(f"{name}QueryResultItem", entry_fields(version))
        return model(f"{name}QueryResult", result=list[item] | item | int)  # type: ignore[valid-type]  # the types are built at run time

    return one, many


def seeded(nas: Nas, seed: Entry, defaults: Entry) -> Entry:
    """Columns of a seeded task. What the seed leaves out is chosen such that the task is valid."""
    credential = nas.store.row(CREDENTIALS, seed["credentials"])
    remote = REMOTES.get(credential["provider"]) if credential else None
    task = {
        "path": "/mnt/tank/data",
        "attributes": {"bucket": "bucket", "folder": ""} if remote and remote.buckets else {"folder": ""},
        **defaults,
        **seed,
    }
    return columns(task)


def columns(task: Entry) -> Entry:
    """A task as its row holds it."""
    rest = {key: value for key, value in task.items() if key not in ("id", "description", "credentials")}
    own_id = {"id": task["id"]} if "id" in task else {}
    return {**own_id, "description": task.get("description", ""), "credential": task["credentials"], "task": rest}


def entries(nas: Nas, table: str) -> list[Entry]:
    """All tasks, each with its whole credential inside."""
    by_id = {credential["id"]: credential for credential in credentials.entries(nas)}
    return [
        {
            "id": row["id"],
            "description": row["description"],
            **row["task"],
            "dataset": row["task"]["path"].removeprefix("/mnt/").split("/")[0],
            "relative_path": row["task"]["path"].removeprefix("/mnt/").partition("/")[2],
            "credentials": by_id.get(row["credential"]),
            "job": None,
            "locked": False,
        }
        for row in nas.store.rows(table)
    ]


def entry(nas: Nas, table: str, kind: str, task_id: int) -> Entry:
    """One task. Raises InstanceNotFound."""
    found = next((task for task in entries(nas, table) if task["id"] == task_id), None)
    if found is None:
        raise InstanceNotFound(f"{kind} {task_id} does not exist")
    return found


def merged(nas: Nas, table: str, kind: str, task_id: int, data: Entry) -> Entry:
    """A task's own fields with changes laid over them; `credentials` is an id. Raises InstanceNotFound."""
    entry(nas, table, kind, task_id)
    row = nas.store.row(table, task_id)
    assert row is not None, "entry() found it"
    old = {"id": task_id, "description": row["description"], "credentials": row["credential"], **row["task"]}
    return {**old, **data}


def validate(nas: Nas, errors: ValidationErrors, name: str, task: Entry) -> Entry | None:
    """Check arguments, credential and attributes of a task; return the credential if nothing is wrong with them.

    The server also asks S3 for the bucket's region here, which may lie outside of this machine, and looks at the
    local path, which exists on a NAS only.
    """
    try:
        shlex.split(task["args"])
    except ValueError as error:
        errors.add(f"{name}.args", f"Parse error: {error}")
        return None
    credential = next((found for found in credentials.entries(nas) if found["id"] == task["credentials"]), None)
    if credential is None:
        errors.add(f"{name}.credentials", "Invalid credentials")
        return None
    try:
        accept(_attributes_of(credential["provider"]["type"]), [task["attributes"]])
    except ValidationErrors as found:
        errors.add_child(name, found)
        return None
    if problem := REMOTES[credential["provider"]["type"]].chunk_size_problem(task["attributes"]):
        # The server leaves the path before the attribute out.
        errors.add("chunk_size", problem)
    return credential


@cache
def _attributes_of(provider: str) -> type[Model]:
    required = {"bucket", "folder"}
    fields = {
        name: _ATTRIBUTES[name] if name in required else (_ATTRIBUTES[name], None)
        for name in REMOTES[provider].task_attributes
    }
    return model("Attributes", attributes=model("CloudTaskAttributes", Partial, **fields))
