# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts in a task's result that people read: safe to print, and without any secret that the run has seen.

Names and other stored values stay exactly as they are on the NAS, because playbooks compare them. In a message, they can be
masked and cleaned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..fields.kinds import is_placeholder
from ..foreign import clean
from .options import SHORTEST_MASKED
from .texts import redact_in

MESSAGES = frozenset(
    {"msg", "warnings", "reason", "remedy", "error", "hint", "cause", "message", "text", "notes", "exception", "field"}
)
"""The keys of results whose values are messages, at any depth."""


def worth_hiding(texts: Iterable[str]) -> set[str]:
    """Return the texts that are long enough not to be ordinary words."""
    return {text for text in texts if len(text) >= SHORTEST_MASKED and not is_placeholder(text)}


def fit_to_print(result: Any, held: Collection[str]) -> Any:
    """Return a result with the secrets in `held` masked in each message, and without anything that controls a terminal or CI."""
    if isinstance(result, Mapping):
        return {
            key: cleaned(redact_in(value, held)) if key in MESSAGES else fit_to_print(value, held)
            for key, value in result.items()
        }
    if isinstance(result, (list, tuple)):
        return [fit_to_print(item, held) for item in result]
    return result


def cleaned(value: Any) -> Any:
    """Return a value with every text in it, except for keys, as `clean` returns it."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {key: cleaned(item) for key, item in value.items()}
    return [cleaned(item) for item in value] if isinstance(value, (list, tuple)) else value
