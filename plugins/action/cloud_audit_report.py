# SPDX-License-Identifier: GPL-3.0-or-later
"""Write one report on the audits of all hosts. Only the controller has all results."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils.arguments import CLOUD_AUDIT_REPORT
from ansible_collections.nasops.truenas.plugins.module_utils.audit import formats, report
from ansible_collections.nasops.truenas.plugins.module_utils.audit.rules import failing
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, Problem
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.messages import cleaned
from ansible_collections.nasops.truenas.plugins.plugin_utils.audit_page import to_html
from ansible_collections.nasops.truenas.plugins.plugin_utils.on_controller import ControllerAction
from ansible_collections.nasops.truenas.plugins.plugin_utils.plain import plain, with_dates_as_text


class ActionModule(ControllerAction):
    """Action plugin that runs in place of the module."""

    arguments = CLOUD_AUDIT_REPORT
    doing = "write the report"

    def _outcome(self, params: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Write the report and return its files and summary; failed if `fail_on` includes a finding."""
        results = _results(params, task_vars["hostvars"])
        previous = _previous(Path(params["previous_report"])) if params["previous_report"] else None
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        # Cleaned before it is compared with a previous report, which is clean, and after, because host names are keys before.
        made = cleaned(report.build(cleaned(results), now, params["fail_on"], cleaned(previous)))
        folder = Path(params["dest"])
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        texts = {
            "report.json": json.dumps(made, indent=2, ensure_ascii=False) + "\n",
            "report.xml": formats.to_junit(made),
            "report.sarif": json.dumps(formats.to_sarif(made), indent=2, ensure_ascii=False) + "\n",
            "report.html": to_html(made),
        }
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", errors="replace")
        outcome: dict[str, Any] = {
            "changed": False,
            "files": [str(folder / name) for name in texts],
            "summary": made["summary"],
        }
        if params["previous_report"] and previous is None:
            outcome["warnings"] = [
                f"No previous report at {params['previous_report']}; the new report does not list changes."
            ]
        if not made["failed"]:
            return outcome
        counts = made["summary"]["findings"]
        findings = ", ".join(f"{counts[name]} {name}" for name in failing(params["fail_on"], counts))
        message = f"Audit failed (fail_on: {params['fail_on']}). Findings: {findings}. Read {folder / 'report.html'}."
        return {**outcome, "failed": True, "msg": message}


def _results(params: Mapping[str, Any], hostvars: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the result of each host; an empty one for a host in `hosts` without a result."""
    variable = params["variable"]
    names = (
        params["hosts"] if params["hosts"] is not None else [name for name in hostvars if variable in hostvars[name]]
    )
    registered = {name: hostvars[name].get(variable) if name in hostvars else None for name in names}
    return {
        name: with_dates_as_text(plain(result)) if isinstance(result, Mapping) else {}
        for name, result in registered.items()
    }


def _previous(path: Path) -> Any:
    """Return the previous report, or None if the file does not exist. Raises InvalidInput if the file is not a report."""
    if not path.exists():
        return None
    try:
        previous = json.loads(path.read_text(encoding="utf-8"))
        is_one = previous["format"] == report.FORMAT
    except (ValueError, LookupError, TypeError):
        is_one = False
    if not is_one:
        raise InvalidInput(
            [
                Problem(
                    "previous_report",
                    "must be a report.json of this collection",
                    "Set another file, or remove the option.",
                )
            ]
        )
    return previous
