# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of objects in one task. All items are checked before the first write. A purge deletes objects that no item names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic

from ..arguments import PURGE
from ..diff import headers
from ..errors import InUse, InvalidInput, Item, Problem, TrueNASError
from ..names import matches, near_matches
from ..nas.client import Nas
from . import races
from .apply import apply
from .change import CREATED, DELETED, DRIFT, NONE, UPDATED, Pending
from .kind import C, D, Job, Kind
from .names import E
from .outcome import failure, result, stored_after
from .pending import returned
from .store import Store, store_of


def arguments(
    option: str, single: Mapping[str, Any], inherited: Collection[str], shared: Collection[str] = ()
) -> dict[str, Any]:
    """Return the argument spec of a set, made from that of a single object.

    `inherited` are the options that the task sets for all items and that items can override. Only the task has `shared` options.
    """
    items = {
        name: {key: value for key, value in argument.items() if name not in inherited or key != "default"}
        for name, argument in single.items()
        if name not in shared
    }
    return {
        option: {"type": "list", "elements": "dict", "required": True, "no_log": False, "options": items},
        **PURGE,
        **{name: single[name] for name in (*shared, *inherited)},
    }


def complete(params: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with the default of each that is left out; without a default it is None."""
    return {**{name: argument.get("default") for name, argument in arguments.items()}, **params}


@dataclass(frozen=True)
class DesiredSet(Generic[D]):
    """The desired objects of a task. A purge keeps names that match `keep`. For `pending`, see `engine.pending`."""

    option: str
    items: tuple[D, ...]
    purge: bool
    keep: tuple[str, ...]
    pending: Pending


def read(
    option: str,
    params: Mapping[str, Any],
    read_item: Callable[[Mapping[str, Any]], D],
    inherited: Collection[str] = (),
    pending: Pending | None = None,
    field: str = "name",
) -> DesiredSet[D]:
    """Return the desired set for a task's options. Raises InvalidInput with all problems of all items.

    Items without one of the `inherited` options use the task's value. `field` is the option with an item's name.
    """
    items: list[D] = []
    problems: list[Problem] = []
    given = params[option]
    for index, item in enumerate(given):
        defaults = {name: params[name] for name in inherited if item.get(name) is None}
        try:
            items.append(read_item({**item, **defaults}))
        except InvalidInput as error:
            problems += error.of(Item.of(option, index, item))
    problems += duplicates(option, params, field)
    if params["purge"] and not given and not params["purge_all"]:
        reason = "is empty and purge is true, so every object would be deleted"
        problems.append(Problem(option, reason, "To allow this, set purge_all: true."))
    if problems:
        raise InvalidInput(sorted(problems, key=_index))
    return DesiredSet(option, (*items,), params["purge"], (*params["purge_keep"],), pending or {})


def _index(problem: Problem) -> int:
    return problem.item.index if problem.item and problem.item.index is not None else -1


def with_files(
    option: str, params: Mapping[str, Any], read_files: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """Return the options with the text of each file in place of its path. Raises InvalidInput."""
    given = params.get(option)
    if not isinstance(given, list):
        return dict(params)
    items: list[Any] = []
    problems: list[Problem] = []
    for index, item in enumerate(given):
        try:
            items.append(read_files(item) if isinstance(item, Mapping) else item)
        except InvalidInput as error:
            problems += error.of(Item.of(option, index, item))
    if problems:
        raise InvalidInput(problems)
    return {**params, option: items}


def ensure(kind: Kind[D, E, C], desired: DesiredSet[D], nas: Nas, check_mode: bool) -> dict[str, Any]:
    """Apply the whole set and return the task's result.

    Raises an error before the first write if an item cannot be applied. Later failures are part of the result, and do not stop
    other items.
    """
    pending = desired.pending if check_mode else {}
    stored = kind.foresee(races.settled(kind, desired.items, nas), pending)
    store = store_of(kind, nas)
    unread = _unread(store, desired.purge)
    items = [*desired.items, *_purged(kind, desired, stored)]
    facts = kind.look(items, nas, pending)
    problems = [*_almost_kept(desired, items, stored)]
    changes = _plans(desired, items, lambda item: kind.plan(item, stored, facts), store, problems)
    jobs = apply(kind, [Job(item, change) for item, change in zip(items, changes, strict=True)], nas, check_mode)
    left = {entry.id: entry.name for entry in undeclared(kind, desired, stored)}
    for job in jobs:
        if job.applied and job.change.action == DELETED:
            left.pop(job.change.id or 0, None)
    done = _result(kind, desired, jobs, stored_after(kind, stored, jobs))
    return {
        **done,
        "warnings": [*done["warnings"], *unread],
        "undeclared": sorted(left.values()),
        **returned(kind, jobs if check_mode else []),
    }


def duplicates(option: str, params: Mapping[str, Any], field: str = "name") -> Iterator[Problem]:
    """Yield a problem for each name or ID that two items share, even if other options are invalid.

    `field` is the option with an item's name.
    """
    given = params.get(option)
    found: dict[str | int, tuple[int, str]] = {}
    for index, item in enumerate(given if isinstance(given, list) else ()):
        if not isinstance(item, Mapping):
            continue
        for name, wanted in _names(item, field):
            # Another problem reports a name that is not text.
            if not isinstance(wanted, (str, int)) or not wanted:
                continue
            if wanted in found:
                other, kept_as = found[wanted]
                reason = f"{wanted!r} duplicates the {'id' if name == 'id' else 'name'} in {option}[{other}]"
                is_rename = f"new_{field}" in (name, kept_as)
                remedy = (
                    "Rename in an earlier task, so that the name is free."
                    if is_rename
                    else "List each object only once."
                )
                yield Problem(name, reason, remedy, Item.of(option, index, item))
            else:
                found[wanted] = index, name


def _names(item: Mapping[str, Any], field: str) -> Iterator[tuple[str, Any]]:
    """Yield each option that identifies an item, with its value: the ID, or else the old and the new name."""
    if item.get("id") is not None:
        yield "id", item["id"]
        return
    # Whatever the option is called, `name` is its alias.
    name, new_name = item.get(field, item.get("name")), item.get(f"new_{field}")
    yield from ((field, name), (f"new_{field}", new_name if new_name != name else None))


def _purged(kind: Kind[D, E, C], desired: DesiredSet[D], stored: Iterable[E]) -> list[D]:
    """Return an `absent` item for each stored object that the purge deletes."""
    if not desired.purge:
        return []
    going = [entry for entry in undeclared(kind, desired, stored) if not matches(entry.name, desired.keep)]
    if not kind.naming.unique:
        return [replace(kind.absent(entry.name), id=entry.id) for entry in going]
    return [kind.absent(name) for name in dict.fromkeys(entry.name for entry in going)]


def undeclared(kind: Kind[D, E, C], desired: DesiredSet[D], stored: Iterable[E]) -> list[E]:
    """Return the stored objects that no item declares, by its ID or by its old or new name."""
    names = {name for item in desired.items if item.id is None for name in (item.name, item.new_name)}
    ids = {item.id for item in desired.items}
    return [entry for entry in kind.naming.objects(stored) if entry.name not in names and entry.id not in ids]


def _unread(store: Store[D, E, C], purge: bool) -> list[str]:
    """Return the warning about rows that cannot be read. A purge keeps them, because nobody knows whether they are declared."""
    fault = store.readable()[1]
    if fault and purge:
        fault.note("The purge keeps these rows, because it cannot compare them with the declared ones.")
    return [str(fault)] if fault else []


def _almost_kept(desired: DesiredSet[D], items: Sequence[D], stored: Iterable[E]) -> Iterator[Problem]:
    """Yield a problem for each name in the list of a purge that only looks like that of an object to delete."""
    unstored = {*desired.keep} - {entry.name for entry in stored}
    for item in items[len(desired.items) :]:
        for kept in near_matches(unstored, item.name):
            reason = f"{kept!r} does not keep {item.name!r}, which differs only in case, spaces, or Unicode form"
            yield Problem("purge_keep", reason, "Write it as on the NAS, or declare it with state: absent.")


def _plans(
    desired: DesiredSet[D],
    items: Sequence[D],
    plan: Callable[[D], C],
    store: Store[D, E, C],
    problems: Sequence[Problem],
) -> list[C]:
    """Return the plan of each item.

    Raises InvalidInput with the given problems and the reasons of all items that cannot be planned.
    """
    plans: list[C] = []
    found = [*problems]
    for index, item in enumerate(items):
        purged = index >= len(desired.items)
        position = Item("purge", None, item.name) if purged else Item(desired.option, index, item.name)
        try:
            if not purged:
                store.require(item)
            plans.append(plan(item))
        except InvalidInput as error:
            found += error.of(position)
        except InUse as error:
            found.append(Problem("", str(error), "Name it in purge_keep to keep it." if purged else "", position))
        except TrueNASError as error:
            found.append(Problem("", str(error), item=position))
    if found:
        raise InvalidInput(found)
    return plans


def _result(
    kind: Kind[D, E, C], desired: DesiredSet[D], jobs: Sequence[Job[D, E, C]], stored: Sequence[E]
) -> dict[str, Any]:
    """Return the task's result: that of each item, and one diff of those that differ, because Ansible copies each value twice."""
    items: list[dict[str, Any]] = []
    warnings: list[str] = []
    field = kind.naming.field
    for job in jobs:
        item = result(kind, job, stored)
        warnings += item.pop("warnings")
        items.append({field: job.change.name, **item, **failure(job)})
    failed = [item["msg"] for item in items if item.get("failed")]
    counts = Counter(item["action"] for item in items if not item.get("failed"))
    named = len(desired.items)
    differing = [job.change for job in jobs if job.change.before != job.change.after]
    return {
        "changed": any(item["changed"] for item in items),
        "drift": max((job.change.drift for job in jobs), key=DRIFT.index, default=DRIFT[0]),
        desired.option: items[:named],
        "purged": [item[field] for item in items[named:] if item["changed"]],
        "counts": {action: counts[action] for action in (CREATED, UPDATED, DELETED, NONE)} | {"failed": len(failed)},
        "diff": {
            **headers(desired.option),
            "before": _document(((change.name, change.before) for change in differing), field),
            "after": _document(((change.name, change.after) for change in differing), field),
        },
        "warnings": [*dict.fromkeys(warnings)],
        **({"failed": True, "msg": "\n".join(failed)} if failed else {}),
    }


def _document(objects: Iterable[tuple[str, Mapping[str, Any]]], field: str) -> dict[str, Any]:
    """Return objects as one document, by the name of each on its side of the diff."""
    return {
        shown.get(field, name): {key: value for key, value in shown.items() if key != field}
        for name, shown in objects
        if shown
    }
