# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one page for people. Jinja2 comes with Ansible, so this is for the controller only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ansible_collections.nasops.truenas.plugins.module_utils.audit.rules import RULES

TEMPLATES = Path(__file__).parents[2] / "roles/cloud_audit/templates"

WORDS = {
    "same": "as declared",
    "stored": "stored",
    "drift": "differs",
    "missing": "missing",
    "should-be-absent": "should be absent",
    "unmanaged": "unmanaged",
    "not-supported": "not supported",
    "unknown": "unknown",
}
"""What the page says for the state of a credential."""


WIDE = 12
"""Columns of the matrix from which on names that only one NAS has share one."""


def to_html(report: Mapping[str, Any]) -> str:
    """Return the page. Names and messages come from the NAS: whatever they hold is shown as text."""
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    held = Counter(name for nas in report["nas"] for name in {one["name"] for one in nas["credentials"]})
    rare = (
        {name for name, times in held.items() if times == 1} if len(held) > WIDE and len(report["nas"]) > 1 else set()
    )
    columns = sorted(held.keys() - rare)
    # A NAS may have two credentials of one name.
    cells = {
        nas["name"]: {name: [one for one in nas["credentials"] if one["name"] == name] for name in columns}
        for nas in report["nas"]
    }
    others = {nas["name"]: [one for one in nas["credentials"] if one["name"] in rare] for nas in report["nas"] if rare}
    template = environment.get_template("report.html.j2")
    page = template.render(
        report=report, columns=columns, cells=cells, others=others, word=word, rules=RULES, tone=tone
    )
    return page + "\n"


def tone(credential: Mapping[str, Any]) -> str:
    """Return which colour a credential has: the gravest level of its findings; notes leave it `good`."""
    levels = {finding["level"] for finding in credential["findings"]}
    return next((level for level in ("error", "warning") if level in levels), "good")


def word(credential: Mapping[str, Any]) -> str:
    """Return the word for a credential, in which its colour makes sense."""
    rules = [finding["rule"] for finding in credential["findings"]]
    return (
        "does not open"
        if "invalid" in rules and credential["state"] in ("same", "stored")
        else WORDS[credential["state"]]
    )
