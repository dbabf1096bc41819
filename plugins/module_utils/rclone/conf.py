# SPDX-License-Identifier: GPL-3.0-or-later
"""rclone's configuration file as text: what rclone 1.75 reads and writes was tried with `rclone config dump`.

A line is a name, the first `=` or `:`, and a value. Outer blanks of a value are dropped unless it stands between backquotes or
three double quotes; one double quote is part of the value. Sections of one name are one; the last value of a name counts.
"""

from __future__ import annotations

import configparser
from collections.abc import Mapping

from ..errors import InvalidInput, Problem

_QUOTE = '"""'


def read(text: str) -> dict[str, dict[str, str]]:
    """Return the sections by name. Raises InvalidInput for what is no such file, without quoting its lines."""
    if any(line.startswith("RCLONE_ENCRYPT_V") for line in text.splitlines()):
        raise InvalidInput(
            [Problem("configuration", "is encrypted", "Give what `rclone config show` prints for it, kept in a vault.")]
        )
    parser = configparser.RawConfigParser(
        delimiters=("=", ":"), comment_prefixes=("#", ";"), strict=False, interpolation=None, default_section=""
    )
    # The names are case sensitive to rclone.
    parser.optionxform = str  # type: ignore[assignment, method-assign] # that is how configparser wants it done
    # rclone knows no continued lines, which is what an indented line is to configparser.
    lines = [line.strip() for line in text.removeprefix("\ufeff").split("\n")]
    try:
        parser.read_file(lines)
    except configparser.MissingSectionHeaderError as error:
        raise _not_read(error.lineno) from None
    except configparser.ParsingError as error:
        raise _not_read(error.errors[0][0]) from None
    return {name: {key: _unquoted(value) for key, value in parser.items(name)} for name in parser.sections()}


def write(sections: Mapping[str, Mapping[str, str]]) -> str:
    """Return the text of a file with these sections; line breaks in values are dropped, as the NAS does."""
    return "\n".join(
        "".join([f"[{name}]\n", *(f"{key} = {_quoted(value)}\n" for key, value in section.items())])
        for name, section in sections.items()
    )


def _not_read(number: int) -> InvalidInput:
    return InvalidInput(
        [
            Problem(
                "configuration",
                f"line {number} is neither a section nor `name = value`",
                "Give the text of an rclone.conf.",
            )
        ]
    )


def _unquoted(value: str) -> str:
    for quote in (_QUOTE, "`"):
        end = value.rfind(quote)
        if value.startswith(quote) and end >= len(quote):
            return value[len(quote) : end]
    return value


def _quoted(value: str) -> str:
    value = value.replace("\r", "").replace("\n", "")
    return f"{_QUOTE}{value}{_QUOTE}" if value != value.strip() or value.startswith(("`", _QUOTE)) else value
