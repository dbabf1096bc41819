# SPDX-License-Identifier: GPL-3.0-or-later
"""References in rclone's configuration: rclone replaces `%(name)s` in a value with the value of another option.

It does so in every value of its file, including secrets, and the NAS writes such a file. Only an obscured value cannot contain
a reference. Tried with rclone 1.75 (findings/rclone-config-interpolation.sh).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

OBSCURED = "pass"
"""The field that the NAS obscures for rclone (truenas-api/providers.md)."""

REASON = "contains %(...)s, which rclone replaces with the value of another option, or with nothing"
"""The reason against a value with a reference."""

_REFERENCE = re.compile(r"%\([^)]+\)s")
_ROUNDS = 200
_LONGEST = 1_000_000
"""Maximum length of a value in characters. A value that refers to itself twice doubles in each round."""


def has_reference(value: Any) -> bool:
    """Return whether rclone would replace a part of the value. The NAS removes line breaks first."""
    return isinstance(value, str) and _REFERENCE.search(re.sub(r"[\r\n]", "", value)) is not None


def fields_with_reference(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the wire values in which rclone on the NAS would replace a part."""
    return (name for name, value in values.items() if name != OBSCURED and has_reference(value))


def expand(value: str, section: Mapping[str, str], defaults: Mapping[str, str]) -> str:
    """Return the value as rclone reads it.

    rclone looks a name up in `defaults`, the section DEFAULT, and then in the value's own `section`; an unknown name is replaced
    with an empty text. A replacement can contain references, too. After 200 rounds, rclone leaves the rest unchanged. Raises
    ValueError for circular references, which rclone cannot read either.
    """
    return _expand(value, section, defaults, ())


def _expand(value: str, section: Mapping[str, str], defaults: Mapping[str, str], within: tuple[str, ...]) -> str:
    for _round in range(_ROUNDS):
        match = _REFERENCE.search(value)
        if not match:
            break
        # rclone removes these characters, not this prefix and suffix: %(names)s refers to `name`.
        name = match[0].lstrip("%(").rstrip(")s")
        if name in within or len(value) > _LONGEST:
            raise ValueError("refers to itself")
        default = defaults.get(name)
        replacement = (
            section.get(name, "") if default is None else _expand(default, defaults, defaults, (*within, name))
        )
        value = value.replace(match[0], replacement)
    return value
