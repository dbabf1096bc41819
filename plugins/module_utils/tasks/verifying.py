# SPDX-License-Identifier: GPL-3.0-or-later
"""The verification options, which several tasks share."""

from __future__ import annotations

from typing import Any

from ..credential.verification.request import CONTROLLER, EITHER, NAS

ARGUMENTS: dict[str, Any] = {
    "verify": {"type": "str", "choices": ["never", "changed", "always"], "default": "never"},
    "verify_again": {"type": "bool", "default": False},
    "verify_by": {"type": "str", "choices": [NAS, CONTROLLER, EITHER], "default": NAS},
    "verify_bucket": {"type": "str"},
    "verify_path": {"type": "str"},
    "verify_write": {"type": "bool", "default": False},
    "verify_timeout": {"type": "float", "default": 180},
    "verify_may_refresh": {"type": "bool", "default": False},
    "on_inconclusive": {"type": "str", "choices": ["warn", "fail"], "default": "warn"},
}
