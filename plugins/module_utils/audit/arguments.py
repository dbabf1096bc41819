# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of `cloud_audit_report`."""

from __future__ import annotations

from typing import Any

from .rules import FAIL_ON, NEVER

ARGUMENTS: dict[str, Any] = {
    "dest": {"type": "path", "required": True},
    "hosts": {"type": "list", "elements": "str"},
    "variable": {"type": "str", "default": "cloud_audit_result"},
    "previous_report": {"type": "path"},
    "fail_on": {"type": "str", "choices": list(FAIL_ON), "default": NEVER},
}
