# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove Ansible's tags from option values, and keep the types from YAML and templates."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Return values without Ansible's tags, and vaulted values as plain text; dates stay dates."""
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
    """Return plain values with each date as ISO 8601 text, as the process of the module gets them."""
    if isinstance(value, dict):
        return {key: with_dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_dates_as_text(item) for item in value]
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        # YAML reads a time with Z as UTC, but drops the zone.
        return f"{value.isoformat()}Z"
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else value


def without_nulls(value: Any) -> Any:
    """Return options without nulls, because Ansible prefers a null option to its alias with a value."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value
