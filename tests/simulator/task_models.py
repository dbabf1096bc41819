# SPDX-License-Identifier: GPL-3.0-or-later
"""The models of cloud sync and cloud backup tasks in every interface version, built from
docs/reference/truenas-api/tasks.json (truenas-api/tasks.md §2 to §4; upstream api/v27_0_0/cloud.py)."""

from __future__ import annotations

import json
from datetime import time
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Lt, MaxLen, MinLen
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from . import cron, versions
from .models import Excluded, Model, Partial, model, secret

_FILE = Path(__file__).parents[2] / "docs" / "reference" / "truenas-api" / "tasks.json"
FACTS: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))

SYNC, BACKUP = "cloudsync", "cloud_backup"
STRICT = "v25.10.0"
"""From this version on `cloudsync` checks its parameters with models, too."""

# After which field the server has those that only results have; it decides the order of errors.
_RESULT_ONLY = {"": ("id",), "path": ("dataset", "relative_path"), "enabled": ("job", "locked")}
_RESULTS: dict[str, Any] = {
    "id": int,
    "dataset": str | None,
    "relative_path": str | None,
    "job": dict[str, Any] | None,
    "locked": bool,
}


class Cron(Model):
    """A schedule; what is missing gets the defaults, in updates too."""

    minute: str = "00"
    hour: str = "*"
    dom: str = "*"
    month: str = "*"
    dow: str = "*"

    @model_validator(mode="after")
    def _taken(self) -> Cron:
        try:
            cron.check(self.model_dump())
        except ValueError as error:
            msg = f"Please ensure fields match cron syntax - {error}"
            raise ValueError(msg) from None
        return self


def time_of_day(value: str) -> str:
    """Check a time of day. Raises ValueError with the server's words."""
    try:
        hours, minutes = value.split(":")
    except ValueError:
        raise ValueError('Time should be in 24 hour format like "18:00"') from None
    time(int(hours), int(minutes))
    return value


def _padded(value: str) -> str:
    return ":".join(digits.rjust(2, "0") for digits in time_of_day(value).split(":"))


@cache
def attributes(version: str) -> Any:
    """Return the model of attributes before the provider is known: any key of any provider, of the right type."""
    if not versions.at_least(version, STRICT):
        return dict[str, Any]
    fields = {}
    for facts in FACTS["attributes"].values():
        for fact in facts:
            fields[fact["name"]] = (_attribute(fact, version, bounded=version == STRICT), None)
    found = model("CloudTaskAttributes", Partial, **fields)
    return Annotated[found, BeforeValidator(_respelled)] if versions.at_least(version, "v27.0.0") else found


@cache
def provider_attributes(version: str, provider: str) -> type[Model]:
    """Return the attributes that a provider's tasks take; what is missing gets the defaults."""
    fields = {
        fact["name"]: _attribute(fact, version)
        if fact["required"]
        else (_attribute(fact, version), Field(default=fact["default"]))
        for fact in FACTS["attributes"][provider]
    }
    return model("CloudTaskAttributes", **fields)


@cache
def create(kind: str, version: str) -> type[Model]:
    """Return the model of a new task."""
    fields: dict[str, Any] = _refused(version, "")
    for fact in FACTS[kind][version]:
        annotation = _annotation(fact, version)
        fields[fact["name"]] = annotation if fact["required"] else (annotation, _default(fact))
        fields |= _refused(version, fact["name"])
    return model(f"{kind}Create", **fields)


@cache
def update(kind: str, version: str) -> type[Model]:
    """Return the model of an update: only fields that were sent count."""
    fields: dict[str, Any] = _refused(version, "")
    for fact in FACTS[kind][version]:
        annotation = _annotation(fact, version) if fact.get("update", True) else Excluded
        fields[fact["name"]] = (annotation, None)
        fields |= _refused(version, fact["name"])
    return model(f"{kind}Update", Partial, **fields)


def _refused(version: str, after: str) -> dict[str, Any]:
    """Return the fields of results only that the server has after a field, all of which it refuses. 25.04 knows none of them."""
    known = {fact["name"] for fact in FACTS["result_only"][version]} if versions.at_least(version, STRICT) else set()
    return {name: (Excluded, None) for name in _RESULT_ONLY.get(after, ()) if name in known}


def entry(kind: str, version: str, credential: Any) -> type[Model]:
    """Return a task as results hold it, with the whole credential."""
    return model(f"{kind}Entry", **_entry_fields(kind, version, credential))


def item(kind: str, version: str, credential: Any) -> type[Model]:
    """Return a task of a query, of which some fields may have been selected."""
    fields = _entry_fields(kind, version, credential)
    annotations = {name: field[0] if isinstance(field, tuple) else field for name, field in fields.items()}
    return model(f"{kind}QueryItem", Partial, **{name: (annotation, None) for name, annotation in annotations.items()})


def names(kind: str, version: str) -> set[str]:
    """Return the fields of a task in results."""
    return {fact["name"] for fact in (*FACTS[kind][version], *FACTS["result_only"][version])}


def defaults(kind: str, version: str) -> dict[str, Any]:
    """Return the values of what need not be sent."""
    return {fact["name"]: fact["default"] for fact in FACTS[kind][version] if not fact["required"]}


def _entry_fields(kind: str, version: str, credential: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for fact in FACTS[kind][version]:
        annotation = credential if fact["name"] == "credentials" else _annotation(fact, version)
        fields[fact["name"]] = annotation if fact["required"] else (annotation, _default(fact))
    return fields | {fact["name"]: _RESULTS[fact["name"]] for fact in FACTS["result_only"][version]}


def _default(fact: dict[str, Any]) -> Any:
    if fact["name"] == "schedule":
        return Field(default_factory=Cron)
    return Field(default=fact["default"])


def _annotation(fact: dict[str, Any], version: str) -> Any:
    if fact["name"] == "attributes":
        return attributes(version)
    if fact["name"] == "schedule":
        return Cron
    if fact["name"] == "bwlimit":
        return list[_bandwidth_limit(version)]  # type: ignore[misc]  # a model of the version
    if fact["type"] == "list of string":
        return list[Annotated[str, MinLen(fact["constraints"]["item_min_length"])]]
    annotation = _plain(fact)
    if fact["secret"]:
        return secret(annotation)
    return annotation | None if fact.get("nullable") else annotation


def _plain(fact: dict[str, Any]) -> Any:
    if fact["type"] == "boolean":
        return bool
    if fact["type"] == "enum":
        return Literal[tuple(fact["enum"])]
    constraints = fact.get("constraints", {})
    if fact["type"] == "integer":
        return Annotated[int, Field(gt=0)] if constraints.get("min") == 1 else int
    annotation: Any = str
    if constraints.get("max_length", 0) > 1024:
        annotation = Annotated[annotation, MaxLen(constraints["max_length"])]
    return Annotated[annotation, MinLen(constraints["min_length"])] if "min_length" in constraints else annotation


@cache
def _bandwidth_limit(version: str) -> type[Model]:
    check = _padded if versions.at_least(version, "v26.0.0") else time_of_day
    limit = Annotated[int, Field(gt=0)] | None
    return model("CloudSyncBwlimit", time=Annotated[str, AfterValidator(check)], bandwidth=limit)


def _attribute(fact: dict[str, Any], _version: str, *, bounded: bool = False) -> Any:
    """Return the annotation of one attribute. Bounds are no part of it but where `bounded`: the server checks them later."""
    if fact["type"] == "integer":
        # 25.10.0, and no release after it, had Dropbox's bounds in the model of all providers.
        return Annotated[int, Ge(5), Lt(150)] if bounded else int
    return _plain(fact)


def _respelled(value: Any) -> Any:
    """Return attributes as 27.0 reads them: with another name of a chunk size, and without that of B2."""
    if not isinstance(value, dict):
        return value
    names = {"dropbox_chunk_size": "chunk_size"}
    return {names.get(key, key): item for key, item in value.items() if key != "b2_chunk_size"}
