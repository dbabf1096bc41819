# SPDX-License-Identifier: GPL-3.0-or-later
"""One report from the results of each NAS. Pure; the report contains neither secrets nor digests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from .rules import RULES, Finding, failing
from .task_advice import shared

FORMAT = 1
"""Version of report.json; see roles/cloud_audit/files/report.schema.json."""

NAMED = 10
"""Maximum number of NAS systems that a finding names. Naming all of them would grow quadratically if a fleet shares a secret."""


def build(
    results: Mapping[str, Mapping[str, Any]], generated: str, fail_on: str, previous: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the report.

    `results` are the results of the task `cloud_audit` by NAS, including failed ones; `generated` is the time as text.
    `previous` is an earlier report to compare with.
    """
    fleet = [_nas(name, result) for name, result in results.items()]
    _share(fleet, results)
    _share_repositories(fleet, results)
    report: dict[str, Any] = {
        "format": FORMAT,
        "generated": generated,
        "fail_on": fail_on,
        "failed": bool(failing(fail_on, (finding["rule"] for _subject, finding in findings(fleet)))),
        "summary": _summary(fleet),
        "nas": fleet,
        "changes": _changes(previous, fleet) if previous is not None else None,
    }
    return report


def findings(fleet: Iterable[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str], Mapping[str, Any]]]:
    """Yield every finding with the names of its NAS and its subject.

    The subject is a credential, a task with its kind, or empty for a finding on the NAS.
    """
    for nas in fleet:
        for finding in nas["findings"]:
            yield (nas["name"], ""), finding
        for credential in nas["credentials"]:
            for finding in credential["findings"]:
                yield (nas["name"], credential["name"]), finding
        # A report of an earlier version has no tasks.
        for task in nas.get("tasks", ()):
            for finding in task["findings"]:
                yield (nas["name"], subject(task)), finding


def subject(task: Mapping[str, Any]) -> str:
    """Return the name of a task for reports in which tasks and credentials are together."""
    return f"{task['kind']} {task['name']}"


def _nas(name: str, result: Mapping[str, Any]) -> dict[str, Any]:
    audit = result.get("audit")
    if not isinstance(audit, Mapping):
        error = str(result.get("msg") or "The task did not run.")
        finding = Finding("unreachable", error).public()
        return {"name": name, "error": error, "findings": [finding], "credentials": [], "tasks": []}
    public = [
        {key: value for key, value in credential.items() if key not in ("digests", "renews")}
        for credential in audit["credentials"]
    ]
    credentials = [{**credential, "findings": list(credential["findings"])} for credential in public]
    tasks = [
        {**{key: value for key, value in task.items() if key != "repository"}, "findings": list(task["findings"])}
        for task in audit["tasks"]
    ]
    found = list(audit["findings"])
    return {"name": name, "error": None, "findings": found, "credentials": credentials, "tasks": tasks}


def _share(fleet: Sequence[Mapping[str, Any]], results: Mapping[str, Mapping[str, Any]]) -> None:
    """Add a finding to each credential that shares a secret with a credential on another NAS."""
    holders: dict[str, set[tuple[str, int, str]]] = {}
    for name, result in results.items():
        for index, credential in enumerate((result.get("audit") or {}).get("credentials", ())):
            for field, digests in credential["digests"].items():
                for digest in digests:
                    holders.setdefault(digest, set()).add((name, index, field))
    groups: dict[tuple[str, int, str], list[frozenset[str]]] = {}
    for group in holders.values():
        names = frozenset(name for name, index, field in group)
        for holder in group:
            groups.setdefault(holder, []).append(names)
    rows = {nas["name"]: nas["credentials"] for nas in fleet}
    for (name, index, field), sets in sorted(groups.items(), key=itemgetter(0)):
        others = sorted(frozenset().union(*sets) - {name})
        if others:
            renews = results[name]["audit"]["credentials"][index]["renews"]
            rule = "shared-token" if renews and field == "token" else "shared-secret"
            text = f"{field} contains a secret that {_listed(others)}, too."
            if rule == "shared-token":
                text += " When one NAS refreshes it, the others can lose access. Get a separate token for each NAS."
            rows[name][index]["findings"].append(Finding(rule, text, field).public())


def _share_repositories(fleet: Sequence[Mapping[str, Any]], results: Mapping[str, Mapping[str, Any]]) -> None:
    """Add a finding to each task whose backup repository a task on another NAS uses, too."""
    holders: dict[str, dict[str, list[int]]] = {}
    for name, result in results.items():
        for index, task in enumerate((result.get("audit") or {}).get("tasks", ())):
            if task["repository"]:
                holders.setdefault(task["repository"], {}).setdefault(name, []).append(index)
    rows = {nas["name"]: nas["tasks"] for nas in fleet}
    for users in holders.values():
        for name, indexes in users.items():
            others = sorted(users.keys() - {name})
            for index in indexes if others else ():
                more = [f"{len(others) - NAMED} more"] if len(others) > NAMED else []
                rows[name][index]["findings"].append(shared([*others[:NAMED], *more]).public())


def _listed(names: Sequence[str]) -> str:
    """Return the names with the verb, shortened if the list is long."""
    if len(names) == 1:
        return f"{names[0]} has"
    more = len(names) - NAMED
    return f"{', '.join(names[:NAMED])}{f' and {more} more' if more > 0 else ''} have"


def _summary(fleet: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rules = Counter(finding["rule"] for _subject, finding in findings(fleet))
    return {
        "nas": len(fleet),
        "unreachable": sum(1 for nas in fleet if nas["error"] is not None),
        "credentials": sum(len(nas["credentials"]) for nas in fleet),
        "tasks": sum(len(nas["tasks"]) for nas in fleet),
        "findings": {name: rules[name] for name in RULES if rules[name]},
    }


def _changes(previous: Mapping[str, Any], fleet: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the new and resolved findings since the previous report, for the NAS systems that both reports audited."""
    audited = {nas["name"] for nas in previous["nas"] if nas["error"] is None}
    both = audited & {nas["name"] for nas in fleet if nas["error"] is None}
    old, new = _fingerprints(previous["nas"], both), _fingerprints(fleet, both)
    return {
        "since": previous["generated"],
        "new": [new[key] for key in sorted(new.keys() - old.keys())],
        "gone": [old[key] for key in sorted(old.keys() - new.keys())],
    }


def _fingerprints(
    fleet: Iterable[Mapping[str, Any]], names: Iterable[str]
) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    return {
        (nas, credential, finding["rule"], finding["field"]): {"nas": nas, "credential": credential, **finding}
        for (nas, credential), finding in findings(nas for nas in fleet if nas["name"] in names)
    }
