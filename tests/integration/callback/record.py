# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every task result of a run as a JSON line, for the tests to read."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: notification
short_description: write task results as JSON lines
description: For the tests of the collection.
"""


class CallbackModule(CallbackBase):
    """Appends to the file that RECORD_RESULTS names."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    def _record(self, outcome: Any, failed: bool = False) -> None:
        result = json.loads(self._dump_results(outcome._result, indent=0, keep_invocation=True))
        line = {
            "task": outcome._task.get_name(),
            "host": outcome._host.get_name(),
            "failed": failed,
            "result": result,
            "warnings": [str(warning) for warning in outcome._result.get("warnings", ())],
        }
        with open(os.environ["RECORD_RESULTS"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    v2_runner_on_ok = _record
    v2_runner_on_unreachable = _record
    v2_runner_on_skipped = _record

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Record a failure, ignored or not."""
        self._record(result, failed=True)
