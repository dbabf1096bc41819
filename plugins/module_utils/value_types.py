# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a value has the type that an argument spec declares, and what it is instead. No message contains a secret."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible.module_utils.common.validation import check_type_bool, check_type_float, check_type_int

from .errors import Problem
from .names import most_similar

TEXTS = ("str", "path")
NUMBERS = ("int", "float")

_QUOTE = "Put it in quotes where it is written, or add `| string` to the template that computes it."
_DASHES = "Write each item below it, after a dash."
_LIST = "Write a list in YAML, or pass the variable to -e as JSON."
_SELECT = "Put the text in quotes, or select the value inside."

KINDS: tuple[tuple[Any, str], ...] = (
    (bool, "a boolean"),
    (int, "a whole number"),
    (float, "a decimal number"),
    (datetime.datetime, "a date and time"),
    (datetime.date, "a date"),
    (datetime.time, "a time"),
    (bytes, "binary data"),
    (str, "text"),
    (Mapping, "a mapping"),
    ((list, tuple, set), "a list"),
)
"""Python types and their names in messages. The first match is used, because a boolean is also an int."""

_READ_TEXT: Mapping[str, Any] = {"int": check_type_int, "float": check_type_float, "bool": check_type_bool}
"""How Ansible reads text as another type."""


def type_problems(field: str, value: Any, argument: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem if Ansible would convert the value to another type, or quote it in an error."""
    kind = argument.get("type", "str")
    secret = bool(argument.get("no_log"))
    is_container = isinstance(value, (Mapping, list, tuple, set))
    if kind in TEXTS or (kind == "list" and argument.get("elements") in TEXTS):
        choices = argument.get("choices", ()) if kind in TEXTS else ()
        if not is_text(value, argument.get("choices", ())):
            problem = not_text(field, value, secret)
            yield replace(problem, remedy=_one_of(choices)) if choices else problem
        elif kind == "list":
            yield from _of_list_as_text(field, str(value))
    elif kind == "list":
        yield _wrong(field, "a list", value, secret, _DASHES)
    elif kind == "dict":
        if not isinstance(value, Mapping):
            options = argument.get("options", {})
            needed = [name for name, option in options.items() if option.get("required")] or options
            yield _wrong(field, "a mapping", value, True, f"Write its options below it, such as {', '.join(needed)}.")
    elif kind in NUMBERS:
        if not isinstance(value, (int, float, str)) or isinstance(value, bool):
            yield _wrong(field, "a number", value, secret, "Set a number.")
        elif kind == "int" and isinstance(value, float) and not value.is_integer():
            # Ansible fails at infinity with a traceback.
            yield _wrong(field, "a whole number", value, secret, "Set a whole number.")
    elif kind == "bool":
        if not isinstance(value, (bool, int, float, str)):
            yield _wrong(field, "true or false", value, secret, "Set true or false.")
    elif not is_container and (secret or isinstance(value, bool) or not isinstance(value, int)):
        # Text, or a mapping; only a reference by ID is also a number.
        yield from [] if is_text(value) else [not_text(field, value, secret)]


def _of_list_as_text(field: str, text: str) -> Iterator[Problem]:
    """Yield a problem for text that Ansible would split at its commas into other items than those that were written."""
    if re.fullmatch(r"\s*[\[{].*[\]}]\s*", text, re.DOTALL):
        # With -e NAME=VALUE, a value is text. As a pattern, ['a'] matches one of these letters.
        yield Problem(field, "must be a list, but is text in brackets", _LIST)
    elif re.search(r",\s|\s,", text):
        # Ansible keeps the spaces, so a name to keep would match nothing.
        yield Problem(field, "must be a list, but is text with spaces next to its commas", _DASHES)
    elif "\n" in text:
        yield Problem(field, "must be a list, but is text with line breaks", _DASHES)


def text_problems(field: str, text: str, argument: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem if Ansible would refuse the text: it is none of the choices, or not of the type."""
    kind = argument.get("type", "str")
    choices = argument.get("choices", ()) if kind in TEXTS else ()
    secret = bool(argument.get("no_log"))
    if choices and text not in choices:
        yield Problem(field, "is not one of the choices" if secret else f"must not be {text!r}", _one_of(choices, text))
    try:
        _READ_TEXT.get(kind, str)(text)
    except (TypeError, ValueError):
        wanted = "true or false" if kind == "bool" else "a number"
        yield _wrong(field, wanted, text, secret, f"Set {wanted}.")


def _one_of(choices: Iterable[str], written: str = "") -> str:
    """Return the remedy for a value that is none of the choices, with a similar one if there is one."""
    similar = [choice for choice in choices if choice and written and most_similar([choice.casefold()], written)]
    known = ", ".join(choice or "''" for choice in choices)
    return f"Did you mean {similar[0]!r}?" if similar else f"Set one of: {known}."


def is_text(value: Any, choices: Iterable[Any] = ()) -> bool:
    """Return whether a value is text, or a whole number that is one of the choices in decimal form."""
    is_choice = isinstance(value, int) and not isinstance(value, bool) and str(value) in choices
    return isinstance(value, str) or is_choice


def not_text(field: str, value: Any, secret: bool = False) -> Problem:
    """Return the problem for a value that is not text. It contains the value unless that is secret or a container."""
    remedy = _SELECT if isinstance(value, (Mapping, list, tuple, set)) else _QUOTE
    return _wrong(field, "text", value, secret, remedy)


def _wrong(field: str, wanted: str, value: Any, secret: bool, remedy: str) -> Problem:
    kind = next((words for types, words in KINDS if isinstance(value, types)), "null" if value is None else "an object")
    return Problem(field, f"must be {wanted}, but is {kind}{'' if secret else _shown(value)}", remedy)


def _shown(value: Any) -> str:
    """Return a scalar in parentheses, as YAML writes it. Return an empty text for text and containers: they can hold a secret."""
    if isinstance(value, bool):
        return f" ({str(value).lower()})"
    if isinstance(value, (datetime.date, datetime.time)):
        return f" ({value.isoformat()})"
    return f" ({value})" if isinstance(value, (int, float)) else ""
