# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts from elsewhere, such as a NAS, a provider, or rclone, in a form that is safe in a terminal, a log, and a page."""

from __future__ import annotations

import re
import unicodedata

_COMMAND = re.compile(r"(?<!\S)::(?=[A-Za-z][^\n]*?::)|##(?=[A-Za-z]*\[)")
"""The beginning of a command to the runner of a workflow. GitHub takes `::name ...::` at the beginning of a line, which can also
be one that a callback has wrapped, and `##[name]` anywhere. Azure Pipelines and TeamCity take `##vso[` and `##teamcity[`."""


def clean(text: str) -> str:
    """Return the text without control characters and workflow commands. Line breaks and tabs stay."""
    if not text.isprintable():
        text = "".join(map(_safe, text))
    return _COMMAND.sub(lambda command: " ".join(command[0]), text)


def one_line(text: str) -> str:
    """Return the text on one line, without control characters and workflow commands."""
    return clean(" ".join(text.split()))


def _safe(character: str) -> str:
    """Return the character, a space for any other space, or a mark for one that is invisible or controls its surroundings."""
    if character in "\n\t" or character.isprintable():
        return character
    return " " if unicodedata.category(character) == "Zs" else "\N{REPLACEMENT CHARACTER}"
