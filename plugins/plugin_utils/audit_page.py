# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the audit report as an HTML page. Only the controller can do this, because Jinja2 comes with Ansible."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.nasops.truenas.plugins.module_utils.audit.report import subject
from ansible_collections.nasops.truenas.plugins.module_utils.audit.rules import RULES
from ansible_collections.nasops.truenas.plugins.plugin_utils.option_names import marked

TEMPLATES = Path(__file__).parents[2] / "roles/cloud_audit/templates"

STATUS_TEXTS = {
    "same": "in sync",
    "stored": "stored",
    "drift": "drift",
    "missing": "missing",
    "should-be-absent": "should be absent",
    "unmanaged": "unmanaged",
    "not-supported": "not supported",
    "unknown": "unknown",
}
"""Text on the page for each state of a credential."""


FAILURE_TEXTS = {
    "invalid": "verification failed",
    "last-run-failed": "last run failed",
    "outdated": "outdated",
    "proof-failed": "not proven",
    "shared-repository": "shared repository",
    **dict.fromkeys(("schedule", "bwlimit-time", "files-from", "password-blank"), "unusable settings"),
}
"""Text on the page for the first of these rules, if the state alone would read as good."""

FAIL_ON_TEXTS = {
    "never": "Findings do not fail this audit.",
    "invalid": "This audit fails if a credential, a task, or a backup does not work.",
    "drift": "This audit fails if something does not work or differs from its declaration.",
    "unknown": "This audit fails if something does not work, differs from its declaration, or could not be checked.",
}
"""Explanation of `fail_on`."""

LEVELS = ("error", "warning", "note")

LISTED = 50
"""Number of links in a row of the summary. A longer list would be as long as the matrix."""

WIDE = 12
"""Number of columns in the matrix above which names that only one NAS has share a column."""


def to_html(report: Mapping[str, Any]) -> str:
    """Return the page. Names and messages come from the NAS, so they are escaped."""
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    fleet = anchored(report["nas"])
    counts = Counter(name for nas in fleet for name in {credential["name"] for credential in nas["credentials"]})
    rare = {name for name, times in counts.items() if times == 1} if len(counts) > WIDE and len(fleet) > 1 else set()
    columns = sorted(counts.keys() - rare)
    # A NAS can have two credentials with the same name.
    cells = {
        nas["name"]: {name: [entry for entry in nas["credentials"] if entry["name"] == name] for name in columns}
        for nas in fleet
    }
    others = {nas["name"]: [entry for entry in nas["credentials"] if entry["name"] in rare] for nas in fleet if rare}
    template = environment.get_template("report.html.j2")
    page = template.render(
        report=report,
        fleet=fleet,
        places=places(fleet),
        anchors={(nas, name): anchor for anchor, nas, name, _object in objects(fleet)},
        ordered=ordered,
        listed=LISTED,
        fail_on=FAIL_ON_TEXTS[report["fail_on"]],
        marked=marked,
        columns=columns,
        cells=cells,
        others=others,
        status=status,
        rules=RULES,
        tone=tone,
        run_of=run_of,
        proof_of=proof_of,
    )
    return page + "\n"


def anchored(fleet: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the NAS systems with an `anchor` for them and for each of their credentials and tasks."""
    return [
        {
            **nas,
            "anchor": f"nas-{number}",
            **{
                kind: [{**one, "anchor": f"nas-{number}-{kind}-{index}"} for index, one in enumerate(nas[kind], 1)]
                for kind in ("credentials", "tasks")
            },
        }
        for number, nas in enumerate(fleet, 1)
    ]


def objects(fleet: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """Yield each NAS, credential, and task with its anchor, and the names of its NAS and of itself; empty for the NAS."""
    for nas in fleet:
        yield nas["anchor"], nas["name"], "", nas
        for credential in nas["credentials"]:
            yield credential["anchor"], nas["name"], credential["name"], credential
        for task in nas["tasks"]:
            yield task["anchor"], nas["name"], subject(task), task


def places(fleet: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    """Return by rule where its findings are: an anchor and its name on the page."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for anchor, nas, name, audited in objects(fleet):
        for rule in dict.fromkeys(finding["rule"] for finding in audited["findings"]):
            found[rule].append((anchor, f"{nas} / {name}" if name else nas))
    return found


def ordered(findings: Iterable[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return the findings with errors first and notes last."""
    return sorted(findings, key=lambda finding: LEVELS.index(finding["level"]))


def tone(audited: Mapping[str, Any]) -> str:
    """Return the color of a credential or task: the most severe level of its findings, or `good` if there are only notes."""
    levels = {finding["level"] for finding in audited["findings"]}
    return next((level for level in ("error", "warning") if level in levels), "good")


def status(audited: Mapping[str, Any]) -> str:
    """Return the text for a credential or task, which fits its color."""
    rules = {finding["rule"] for finding in audited["findings"]}
    failed = next((text for rule, text in FAILURE_TEXTS.items() if rule in rules), None)
    return failed if failed and audited["state"] in ("same", "stored") else STATUS_TEXTS[audited["state"]]


def run_of(task: Mapping[str, Any]) -> str:
    """Return the last run of a task as a part of a sentence."""
    run = task["last_run"]
    disabled = "disabled, " if task["enabled"] is False else ""
    if run is None:
        return f"{disabled}no run known"
    return f"{disabled}last run: {str(run['state']).lower()} {run['finished'] or run['started'] or ''}".rstrip()


def proof_of(task: Mapping[str, Any]) -> str:
    """Return the proof of a backup as a sentence, or an empty text. A report of an earlier version has none."""
    proof = task.get("proof")
    if not proof:
        return ""
    if proof["count"] is None:
        return f"Backup: {proof['outcome']} {proof['time']}."
    unit = "snapshots" if task["kind"] == "cloud backup task" else "objects"
    counted = f"{unit}: {proof['count']}, bytes: {proof['size']}, newest: {proof['newest']}"
    return f"Backup: {proof['outcome']} {proof['time']}; files read: {proof['fetched']}, {counted}."
