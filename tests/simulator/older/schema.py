# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of a credential's attributes, and the texts of their faults (truenas-api/older.md §2)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from ..errors import ValidationErrors
from . import facts

Attributes = dict[str, Any]


class _Wrong(Exception):
    """The text of one fault."""


def attributes(version: str, provider: str, prefix: str, given: Attributes) -> Attributes:
    """Return the attributes converted and with defaults. Raises ValidationErrors; CORE stops at the first fault."""
    errors = ValidationErrors()
    known = facts.fields(version, provider)
    found: Attributes = {}
    for name, value in given.items():
        if name not in known:
            errors.add(f"{prefix}.{name}", "Field was not expected")
            continue
        try:
            found[name] = _converted(version, known[name], value)
        except _Wrong as wrong:
            errors.add(f"{prefix}.{name}", str(wrong))
    for name, fact in known.items():
        if name in given:
            continue
        if fact["required"]:
            errors.add(f"{prefix}.{name}", "attribute required")
        elif "default" in fact:
            found[name] = fact["default"]
    _check(version, errors)
    for name, value in found.items():
        if problem := _out_of_bounds(version, known[name], value):
            errors.add(f"{prefix}.{problem[0]}{name}", problem[1])
    _check(version, errors)
    return found


def _check(version: str, errors: ValidationErrors) -> None:
    if facts.is_core(version):
        del errors.errors[1:]
    errors.check()


def _converted(version: str, fact: dict[str, Any], value: Any) -> Any:
    """Return a value as it is stored. Raises _Wrong."""
    if value is None:
        raise _Wrong("null not allowed")
    if fact["type"] == "enum":
        if fact["enum"] and value not in fact["enum"]:
            raise _Wrong(f"Invalid choice: {value}")
        return value
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if fact["type"] == "string":
        if not (isinstance(value, str) or is_number):
            raise _Wrong("Not a string")
        return str(value)
    if fact["type"] == "integer":
        return value if is_number else _number(version, value)
    if not isinstance(value, bool):
        raise _Wrong("Not a boolean")
    return value


def _number(version: str, value: Any) -> int:
    try:
        if isinstance(value, str) and (value.isdigit() or not facts.is_core(version)):
            return int(value)
    except ValueError:
        pass
    raise _Wrong("Not an integer")


def _out_of_bounds(version: str, fact: dict[str, Any], value: Any) -> tuple[str, str] | None:
    """Return the text of a fault in a converted value, after a step that CORE adds to its place."""
    limits = fact.get("constraints", {})
    limit = limits.get("max_length")
    if limit and isinstance(value, str) and len(value) > limit:
        if facts.is_core(version):
            return "attributes.", f"Value greater than {limit} not allowed"
        return "", f"The value may not be longer than {limit} characters"
    if "regex" in limits and not re.match(limits["regex"], value, re.IGNORECASE):
        return "", limits["regex_message"]
    if "url" in limits and value:
        url = urlsplit(value)
        if url.scheme not in ("http", "https") or not url.netloc:
            # The facts do not have its text.
            return "", "Not a URL"
    return None
