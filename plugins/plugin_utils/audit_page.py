# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the audit report as an HTML page. Only the controller can do this, because Jinja2 comes with Ansible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.nasops.truenas.plugins.module_utils.audit.rules import RULES

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
    held = Counter(name for nas in report["nas"] for name in {credential["name"] for credential in nas["credentials"]})
    rare = (
        {name for name, times in held.items() if times == 1} if len(held) > WIDE and len(report["nas"]) > 1 else set()
    )
    columns = sorted(held.keys() - rare)
    # A NAS can have two credentials with the same name.
    cells = {
        nas["name"]: {name: [entry for entry in nas["credentials"] if entry["name"] == name] for name in columns}
        for nas in report["nas"]
    }
    others = {
        nas["name"]: [entry for entry in nas["credentials"] if entry["name"] in rare] for nas in report["nas"] if rare
    }
    template = environment.get_template("report.html.j2")
    page = template.render(
        report=report,
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
