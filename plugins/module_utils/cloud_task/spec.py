# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired task of a task's options, with all checks that do not require the NAS."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import mistyped
from ..engine import names
from ..errors import InvalidInput, Problem
from ..fields.kinds import Refused, text
from ..timeouts import timeout_problems
from . import flags, schedule
from .fields import Field
from .hazards import Task
from .task_type import TaskType


@dataclass(frozen=True)
class DesiredTask(names.Desired):
    """One desired task: `declared` has the values by option, `timeout` is the limit of a write in seconds."""

    declared: Mapping[str, Any] = field(default_factory=dict, repr=False)
    credential: str | None = None
    undeclared: str = "keep"
    update_secret: str = "always"  # noqa: S105 - the name of a choice, not a secret
    timeout: float | None = None


def read(kind: TaskType, params: Mapping[str, Any]) -> DesiredTask:
    """Return the desired task for the options of a module. Raises InvalidInput with all problems."""
    name, new_name, state = params["description"], params.get("new_description"), params["state"]
    problems = [*kind.naming.name_problems("description", name)]
    if params.get("id") is not None and params["id"] < 1:
        problems.append(Problem("id", "must be at least 1", "Set the ID of the task on the NAS."))
    problems += timeout_problems("provider_timeout", params["provider_timeout"])
    declared: dict[str, Any] = {}
    if state == "absent":
        if new_name is not None:
            problems.append(Problem("new_description", "cannot be combined with state: absent", "Remove one of them."))
    else:
        if new_name is not None:
            problems += kind.naming.name_problems("new_description", new_name)
        declared, found = _declared(kind, params)
        problems += found
        problems += _refused(kind, declared, problems)
    if problems:
        raise InvalidInput(problems)
    return DesiredTask(
        name=name,
        state=state,
        new_name=new_name if new_name != name else None,
        id=params.get("id"),
        declared=declared,
        credential=params.get("credential") if state != "absent" else None,
        undeclared=params["undeclared"],
        update_secret=params["update_secret"],
        timeout=params["provider_timeout"],
    )


def field_problems(kind: TaskType, arguments: Mapping[str, Any], params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems of single options, without those of options with mistakes in their types and names.

    `arguments` is the argument spec of the module.
    """
    if params.get("state") != "absent":
        yield from _declared(kind, mistyped.sound(params, arguments))[1]


def _declared(kind: TaskType, params: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the normalized values of the options that are set, and the problems with them."""
    declared: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, entry in kind.fields.items():
        value = params.get(name)
        if value is None:
            continue
        found = [*_value_problems(entry, value)]
        if name in kind.readers:
            value, wrong = kind.readers[name](value)
            known = {problem.field for problem in found}
            found += [problem for problem in wrong if problem.field not in known]
        problems += found
        if not found:
            declared[name] = schedule.complete(value) if name == "schedule" else value
    for name, roots in (("path", kind.local_roots), ("cache_path", ("/mnt/",))):
        problems += _path_problems(name, declared.get(name, ""), roots)
    return declared, problems


def _refused(kind: TaskType, declared: Mapping[str, Any], known: Iterable[Problem]) -> Iterator[Problem]:
    """Yield a problem for each refused hazard in the declared values alone, except for fields that have a problem already."""
    wrong = {problem.field for problem in known}
    for hazard in kind.hazards(Task(declared)):
        if hazard.refused and hazard.fields[0] not in wrong:
            yield hazard.problem()


def _value_problems(entry: Field, value: Any) -> Iterator[Problem]:
    if isinstance(value, str):
        yield from _text_problems(entry.name, value, entry)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, str):
                place = f"{entry.name}[{index}]"
                yield from _text_problems(place, item, entry)
                if not item.strip():
                    # Before 25.10, the NAS refuses spaces alone (truenas-api/tasks.md §9), and nobody needs them.
                    yield Problem(place, "must not be empty", "Remove it.")
    elif isinstance(value, int) and not isinstance(value, bool) and value < entry.least:
        yield Problem(entry.name, f"must be at least {entry.least}", f"Set a number of {entry.least} or more.")


def _text_problems(place: str, value: str, entry: Field) -> Iterator[Problem]:
    try:
        if entry.secret:
            text(value)
        if entry.name == "args":
            flags.split(value)
    except Refused as refused:
        yield Problem(place, refused.reason, refused.remedy)
    if entry.longest is not None and len(value) > entry.longest:
        yield Problem(place, f"must have at most {entry.longest} characters, but has {len(value)}", "Shorten it.")
    if entry.required and not value and entry.name != "folder":
        yield Problem(place, "must not be empty", "Set a value.")


def _path_problems(name: str, path: str, roots: tuple[str, ...]) -> Iterator[Problem]:
    """Yield a problem for a local path that is not inside a pool, or the folder of its snapshots (truenas-api/tasks.md §5)."""
    cleaned = posixpath.normpath(path)
    remedy = "Set the path of a dataset or folder, such as /mnt/POOL/data."
    if path and not any(cleaned.startswith(root) and len(cleaned) > len(root) for root in roots):
        yield Problem(name, f"must be inside {' or '.join(roots)}", remedy)
    elif cleaned.endswith(("/.zfs", "/.zfs/snapshot")):
        yield Problem(name, "must not be the folder .zfs of a dataset, or .zfs/snapshot", remedy)
