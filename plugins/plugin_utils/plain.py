# SPDX-License-Identifier: GPL-3.0-or-later
"""The values in a task's options without Ansible's tags, in the types that YAML and templates gave them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Return the content of Ansible's tagged values, the plain text of vaulted ones among them; dates stay dates."""
    if value is None or isinstance(value, (bool, bytes)):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    return str(value)


def with_dates_as_text(value: Any) -> Any:
    """Return plain values with each date in the form of ISO 8601, as the module's process would get it."""
    if isinstance(value, dict):
        return {key: with_dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_dates_as_text(item) for item in value]
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        # YAML reads a time with Z as UTC, and leaves the zone out.
        return f"{value.isoformat()}Z"
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else value


def without_nulls(value: Any) -> Any:
    """Return options without those that are null, which Ansible would let win over an alias that is not."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value
