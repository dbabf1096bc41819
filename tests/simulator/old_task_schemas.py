# SPDX-License-Identifier: GPL-3.0-or-later
"""The schemas that `cloudsync` has on 25.04 for its tasks and their attributes, built from the facts
(truenas-api/tasks.md §2, §4, §9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .old_schema import ABSENT, Field, Flag, Items, Number, Object, Parameters, Schedule, Text
from .task_models import FACTS, time_of_day


def between(low: int, high: int | None = None) -> Callable[[int], None]:
    """Return a check of bounds."""

    def check(value: int) -> None:
        if value < low or (high is not None and value > high):
            raise ValueError(
                f"Should be greater or equal than {low}" if high is None else f"Should be between {low} and {high}"
            )

    return check


def task_id() -> Parameters:
    """Return the parameters of a method that takes a task's id."""
    return Parameters(Number("id"))


def task(name: str, *, partial: bool = False) -> Object:
    """Return a cloud sync task, as `create` takes it, or `partial` as `update` does."""
    return Object(name, *map(_field, FACTS["cloudsync"]["v25.04.2"]), partial=partial)


def provider_attributes(provider: str) -> Object:
    """Return the attributes that tasks of a provider take. S3's storage class has no default."""
    bounds = {"B2": between(5), "DROPBOX": between(5, 149)}
    fields = []
    for fact in FACTS["attributes"][provider]:
        absent = fact["required"] or (provider, fact["name"]) == ("S3", "storage_class")
        default = ABSENT if absent else fact["default"]
        check = bounds.get(provider) if fact["name"] == "chunk_size" else None
        fields.append(_typed(fact, default=default, check=check))
    return Object("attributes", *fields)


def _field(fact: dict[str, Any]) -> Field:
    name = fact["name"]
    if name == "attributes":
        return Object(name, open_=True)
    if name == "schedule":
        return Schedule(name)
    if name == "bwlimit":
        limit = Number("bandwidth", null=True, check=between(1))
        return Items(name, Object("cloud_sync_bwlimit", Text("time", check=time_of_day), limit))
    if fact["type"] == "list of string":
        return Items(name, Text("path", blank=False))
    return _typed(fact, default=ABSENT if fact["required"] else fact["default"])


def _typed(fact: dict[str, Any], *, default: Any, check: Callable[[Any], object] | None = None) -> Field:
    options: dict[str, Any] = {"default": default, "required": fact["required"], "null": fact.get("nullable", False)}
    if fact["type"] == "boolean":
        return Flag(fact["name"], **options)
    constraints = fact.get("constraints", {})
    if fact["type"] == "integer":
        check = between(1) if constraints.get("min") == 1 else check
        return Number(fact["name"], check=check, **options)
    options |= {"choices": fact.get("enum"), "private": fact["secret"]}
    return Text(
        fact["name"], blank="min_length" not in constraints, limit=constraints.get("max_length", 1024), **options
    )
