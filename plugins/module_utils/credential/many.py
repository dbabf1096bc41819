# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole set of credentials in one task: all is checked before the first write, and what is not named may be purged."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..diff import headers
from ..errors import InUse, InvalidInput, Problem, TrueNASError
from . import spec
from .ensure import carry_out, facts
from .facts import Facts
from .nas import Nas
from .outcome import Outcome, after, failure, result
from .plan import DRIFT, Plan, make
from .spec import Desired
from .stored import Stored

INHERITED = (
    "undeclared",
    "update_token",
    "update_secret",
    "allow_type_change",
    "verify",
    "verify_again",
    "verify_by",
    "verify_write",
    "verify_timeout",
    "verify_may_refresh",
    "unproven",
)
"""Options of an item that the task itself may set for all."""

OF_THE_TASK = ("pending_keypairs",)
"""Options of a single credential's task that are one for all in a task of many."""


@dataclass(frozen=True)
class DesiredSet:
    """The credentials that a task names, and whether others go; `keep` has names and patterns of those that stay.

    `pending` are names of keypairs that check mode takes for there.
    """

    items: tuple[Desired, ...]
    purge: bool
    keep: tuple[str, ...]
    pending: tuple[str, ...] = ()

    def label(self, place: int) -> str:
        """Return how problems name an item."""
        return f"credentials[{place}] ({self.items[place].name})"


def read(params: Mapping[str, Any]) -> DesiredSet:
    """Return what the options of `cloud_credentials` ask for. Raises InvalidInput with all that is wrong, item by item."""
    items: list[Desired] = []
    problems: list[Problem] = []
    for place, given in enumerate(params["credentials"]):
        inherited = {name: params[name] for name in INHERITED if given.get(name) is None}
        try:
            items.append(spec.read({**given, **inherited}))
        except InvalidInput as error:
            problems += _labelled(label(place, given), error)
    problems += duplicates(params)
    if params["purge"] and not params["credentials"] and not params["purge_all"]:
        problems.append(
            Problem(
                "credentials",
                "is empty together with purge, which would delete every credential",
                "Set purge_all if so.",
            )
        )
    if problems:
        raise InvalidInput(problems)
    pending = tuple(params.get("pending_keypairs") or ())
    return DesiredSet(tuple(items), params["purge"], tuple(params["purge_keep"]), pending)


def with_files(params: Mapping[str, Any], read_file: Any) -> dict[str, Any]:
    """Return the options with each file that an item names replaced by its text; see `spec.with_files`."""
    given = params.get("credentials")
    if not isinstance(given, list):
        return dict(params)
    items: list[Any] = []
    problems: list[Problem] = []
    for place, item in enumerate(given):
        try:
            items.append(spec.with_files(item, read_file) if isinstance(item, Mapping) else item)
        except InvalidInput as error:
            problems += _labelled(label(place, item), error)
    if problems:
        raise InvalidInput(problems)
    return {**params, "credentials": items}


def ensure(desired: DesiredSet, nas: Nas, check_mode: bool) -> dict[str, Any]:
    """Make the NAS have the whole set, and return the task's result.

    Raises before the first write what is wrong with any item; what fails later fails its item alone and is in the result.
    """
    stored = nas.credentials()
    items = [*desired.items, *_surplus(desired, stored)]
    plans = _plans(desired, items, stored, facts(items, nas, desired.pending if check_mode else ()))
    outcomes = carry_out(list(zip(items, plans, strict=True)), nas, check_mode)
    return _result(outcomes, len(desired.items), after(stored, outcomes))


def duplicates(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each name that two items of `cloud_credentials` want, whatever else is wrong with the items."""
    credentials = params.get("credentials")
    indexes: dict[str, int] = {}
    for index, item in enumerate(credentials if isinstance(credentials, list) else ()):
        if not isinstance(item, Mapping):
            continue
        name, new_name = item.get("name"), item.get("new_name")
        for option, wanted in (("name", name), ("new_name", new_name if new_name != name else None)):
            # Another problem names what is not text.
            if not isinstance(wanted, str) or not wanted:
                continue
            if wanted in indexes:
                yield Problem(
                    f"{label(index, item)}.{option}",
                    f"{wanted!r} is also what credentials[{indexes[wanted]}] is about",
                    "Name each credential once.",
                )
            else:
                indexes[wanted] = index


def label(index: int, item: Mapping[str, Any]) -> str:
    """Return how problems name an item."""
    name = item.get("name")
    return f"credentials[{index}] ({name})" if isinstance(name, str) else f"credentials[{index}]"


def _surplus(desired: DesiredSet, stored: Iterable[Stored]) -> list[Desired]:
    """Return the wish that each stored credential goes that nothing keeps."""
    if not desired.purge:
        return []
    named = {name for item in desired.items for name in (item.name, item.new_name)}
    names = dict.fromkeys(credential.name for credential in stored)
    return [
        Desired(name, state="absent")
        for name in names
        if name not in named and not any(fnmatch.fnmatchcase(name, pattern) for pattern in desired.keep)
    ]


def _plans(desired: DesiredSet, items: Sequence[Desired], stored: Sequence[Stored], known: Facts) -> list[Plan]:
    """Return a plan for each item. Raises InvalidInput with the reasons of all that have none."""
    plans: list[Plan] = []
    problems: list[Problem] = []
    going = {item.name for item in items if item.state == "absent"}
    known = replace(known, coming=frozenset(item.final_name for item in items if item.state == "present"))
    for place, item in enumerate(items):
        purged = place >= len(desired.items)
        label = f"purge ({item.name})" if purged else desired.label(place)
        if item.replace_with in going:
            problems.append(
                Problem(f"{label}.replace_with", f"{item.replace_with!r} is to be deleted, too", "Name one that stays.")
            )
        try:
            plans.append(make(item, stored, known))
        except InvalidInput as error:
            problems += _labelled(label, error)
        except InUse as error:
            problems.append(Problem(label, str(error), "Name it in purge_keep to keep it." if purged else ""))
        except TrueNASError as error:
            problems.append(Problem(label, str(error)))
    if problems:
        raise InvalidInput(problems)
    return plans


def _labelled(label: str, error: InvalidInput) -> list[Problem]:
    return [Problem(f"{label}.{problem.field}", problem.reason, problem.remedy) for problem in error.problems]


def _result(outcomes: Sequence[Outcome], named: int, stored: Sequence[Stored]) -> dict[str, Any]:
    """Return the task's result: each item's, and one diff over all."""
    items: list[dict[str, Any]] = []
    warnings: list[str] = []
    for outcome in outcomes:
        item = result(outcome, stored)
        warnings += item.pop("warnings")
        items.append({"name": outcome.plan.name, **item, **failure(outcome)})
    failed = [item["msg"] for item in items if item.get("failed")]
    counts = Counter(item["action"] for item in items if not item.get("failed"))
    return {
        "changed": any(item["changed"] for item in items),
        "drift": max((outcome.plan.drift for outcome in outcomes), key=DRIFT.index, default=DRIFT[0]),
        "credentials": items[:named],
        "purged": [item["name"] for item in items[named:] if item["changed"]],
        "counts": {action: counts[action] for action in ("created", "updated", "deleted", "none")}
        | {"failed": len(failed)},
        "diff": {
            **headers("credentials"),
            "before": _document((outcome.plan.name, outcome.plan.before) for outcome in outcomes),
            "after": _document((outcome.plan.name, outcome.plan.after) for outcome in outcomes),
        },
        "warnings": list(dict.fromkeys(warnings)),
        **({"failed": True, "msg": "\n".join(failed)} if failed else {}),
    }


def _document(shown: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return credentials, each with its final name, as one document by the name that each has then."""
    return {
        one.get("name", name): {key: value for key, value in one.items() if key != "name"} for name, one in shown if one
    }
