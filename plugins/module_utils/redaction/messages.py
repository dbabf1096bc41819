# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts in a task's result that people read: safe to print, and without any secret that the run has seen.

Names and other stored values stay exactly as they are on the NAS, because playbooks compare them. In a message, they can be
masked and cleaned.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..foreign import clean, one_line
from .texts import redact_in

MESSAGES = frozenset(
    {
        "cause",
        "diff",
        "error",
        "exception",
        "field",
        "hint",
        "message",
        "msg",
        "notes",
        "reason",
        "remedy",
        "text",
        "users",
        "warnings",
    }
)
"""The keys of results whose values are for people alone, at any depth."""

HEADERS = frozenset({"before_header", "after_header"})
"""The keys of a diff whose values Ansible prints as lines."""

REPORTED = "audit"
"""The key of a result that only reports use, which compare names with those of earlier reports."""


def sanitized(result: Any, secrets: Collection[str]) -> Any:
    """Return a result with these secrets masked in each message, and without anything that controls a terminal or CI."""
    if isinstance(result, Mapping):
        return {key: _sanitized(key, value, secrets) for key, value in result.items()}
    if isinstance(result, (list, tuple)):
        return [sanitized(item, secrets) for item in result]
    return result


def _sanitized(key: Any, value: Any, secrets: Collection[str]) -> Any:
    if key in MESSAGES:
        return cleaned(redact_in(value, secrets))
    shown = sanitized(value, secrets)
    return cleaned(shown) if key == REPORTED else shown


def is_sanitized(value: Any) -> bool:
    """Return whether nothing in a value, also in keys, controls a terminal or CI."""
    if isinstance(value, str):
        return clean(value) == value
    if isinstance(value, Mapping):
        return all(is_sanitized(key) and is_sanitized(item) for key, item in value.items())
    return not isinstance(value, (list, tuple)) or all(map(is_sanitized, value))


def cleaned(value: Any) -> Any:
    """Return a value with every text in it, also in keys, as `clean` returns it."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return _with_clean_keys(value)
    return [cleaned(item) for item in value] if isinstance(value, (list, tuple)) else value


def _with_clean_keys(value: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a cleaned mapping. Keys that become equal get further marks to keep all of them."""
    made: dict[Any, Any] = {}
    for key, item in value.items():
        shown = cleaned(key)
        while shown in made:
            shown = f"{shown}\N{REPLACEMENT CHARACTER}"
        made[shown] = one_line(item) if key in HEADERS else cleaned(item)
    return made
