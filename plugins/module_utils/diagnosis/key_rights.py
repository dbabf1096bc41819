# SPDX-License-Identifier: GPL-3.0-or-later
"""The rights of a key, as its provider reports them, and what a policy allows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class KeyRights:
    """Whether a key can list all buckets, and delete versions of files; None if that could not be determined."""

    lists_buckets: bool | None
    deletes_versions: bool | None
    how: str
    """How it was determined, as the end of a sentence such as `... according to its capabilities`."""


def allows(policies: Iterable[Mapping[str, Any]], action: str, resource: str) -> bool | None:
    """Return whether policy documents allow an action on a resource; None if that depends on a condition.

    A denial wins. The matching is that of Amazon: actions regardless of case, with the wildcards * and ?
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
    """
    effects: dict[str, set[bool]] = {"Allow": set(), "Deny": set()}
    for policy in policies:
        for statement in _listed(policy.get("Statement")):
            applies = isinstance(statement, Mapping) and _applies(statement, action, resource)
            if applies and statement.get("Effect") in effects:
                effects[statement["Effect"]].add(not statement.get("Condition"))
    if True in effects["Deny"] or not effects["Allow"]:
        return False
    return True if True in effects["Allow"] and not effects["Deny"] else None


def _applies(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    return _matches(statement, "Action", action.lower(), str.lower) and _matches(statement, "Resource", resource, str)


def _matches(statement: Mapping[str, Any], name: str, wanted: str, form: Any) -> bool:
    if f"Not{name}" in statement:
        return not any(_like(form(str(one)), wanted) for one in _listed(statement[f"Not{name}"]))
    return any(_like(form(str(one)), wanted) for one in _listed(statement.get(name)))


def _like(pattern: str, text: str) -> bool:
    parts = (".*" if one == "*" else "." if one == "?" else re.escape(one) for one in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
