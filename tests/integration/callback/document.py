# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes one JSON document to stdout when a run ends, as the callbacks do that scripts read."""

from __future__ import annotations

import json
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: document
type: stdout
short_description: one JSON document
description: For the tests of the collection.
"""


class CallbackModule(CallbackBase):
    """Collects results by task and shows them when the run ends."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "document"

    def __init__(self) -> None:
        super().__init__()
        self._results: dict[str, Any] = {}

    def v2_runner_on_ok(self, result: Any) -> None:
        """Keep a result."""
        self._results[result._task.get_name()] = json.loads(self._dump_results(result._result, indent=0))

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Show what was kept."""
        self._display.display(json.dumps(self._results))
