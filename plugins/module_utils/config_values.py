# SPDX-License-Identifier: GPL-3.0-or-later
"""Values in rclone's configuration file that rclone reads as another text: references, quotes, and outer spaces.

rclone replaces `%(name)s` in a value with the value of another option, reads a value that starts with a backquote or three double
quotes as a quoted one, and drops outer spaces. It does so in every value, including secrets, and the NAS writes such a file. The
NAS quotes a value with outer spaces and escapes nothing else (truenas-api/providers.md). Its quotation mark is not known, and
rclone reads the usual one as a part of the value. Only an obscured value cannot be changed this way. Tried with rclone 1.75
(findings/rclone-config-interpolation.sh, findings/rclone-config-quotes.sh).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

OBSCURED = "pass"
"""The field that the NAS obscures for rclone (truenas-api/providers.md)."""

SPACES = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""Characters that rclone strips from names and values; Python would strip four more control characters."""

REFERENCE = "contains %(...)s, which rclone replaces with the value of another option, or with nothing"
OUTER_SPACE = "starts or ends with a space, with which rclone does not read the value as it is stored"
QUOTATION = 'starts with ` or """, which rclone reads as a quotation mark'
"""The reasons against a value that rclone reads as another text."""

TRIPLE_QUOTE = '"""'
_REFERENCE = re.compile(r"%\([^)]+\)s")
_ROUNDS = 200
_MAX_LENGTH = 1_000_000
"""Maximum length of a value in characters. A value that refers to itself twice doubles in each round."""


def misread(value: Any) -> str:
    """Return why rclone on the NAS would read a value as another text, or an empty text."""
    if not isinstance(value, str):
        return ""
    text = without_line_breaks(value)
    if _REFERENCE.search(text):
        return REFERENCE
    if text != text.strip() or text != text.strip(SPACES):
        return OUTER_SPACE
    return QUOTATION if quotation_mark(text) else ""


def misread_fields(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the names of the wire values that rclone on the NAS would read as another text, each with the reason."""
    for name, value in values.items():
        if name != OBSCURED and (reason := misread(value)):
            yield name, reason


def has_reference(value: str) -> bool:
    """Return whether rclone would replace a part of the value."""
    return _REFERENCE.search(without_line_breaks(value)) is not None


def without_line_breaks(value: str) -> str:
    """Return a value without line breaks, as the NAS writes it to the file."""
    return re.sub(r"[\r\n]", "", value)


def as_used(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return wire values as the NAS uses them: without line breaks (truenas-api/providers.md)."""
    return {name: without_line_breaks(value) if isinstance(value, str) else value for name, value in values.items()}


def quotation_mark(text: str) -> str:
    """Return the quotation mark with which a text starts, or an empty text if it is not quoted or too short."""
    # rclone counts bytes.
    length = len(text.encode(errors="surrogatepass"))
    return (
        TRIPLE_QUOTE
        if text.startswith(TRIPLE_QUOTE) and length >= 6
        else "`"
        if text.startswith("`") and length >= 2
        else ""
    )


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
        if name in within or len(value) > _MAX_LENGTH:
            raise ValueError("refers to itself")
        default = defaults.get(name)
        replacement = (
            section.get(name, "") if default is None else _expand(default, defaults, defaults, (*within, name))
        )
        value = value.replace(match[0], replacement)
    return value
