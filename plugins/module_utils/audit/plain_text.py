# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in scripts and arguments of tasks, which every account that can list tasks can read (truenas-api/tasks.md §2). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..redaction.texts import redact_text

_FLAG = re.compile(r"(?P<name>--[\w-]+)(?:=|\s+)(?P<value>\S+)")
_ASSIGNMENT = re.compile(r"(?<![\w-])(?P<name>\w+)=(?P<value>\S+)")
_SECRET_NAME = re.compile(r"(?i)pass(?:word|wd|phrase)?$|passw|secret|token$|api[_-]?key$|access[_-]?key$")
_PUBLIC_NAME = re.compile(r"(?i)file|command|path|key[_-]?id")
_FROM_ELSEWHERE = re.compile(r"""["'](?:[$`<"'/-]|$)|[$`</-]|$""")
"""The begin of a value that is a variable, the output of a command, a file, a flag, or nothing."""

_LOGIN = re.compile(
    r"""(?ix)
    ://[^\s/:@]*:[^\s/@$]+@                                # a URL with a password
    | authorization:\s*(?:basic|bearer)\s+[^\s$"']+        # a header
    | (?<!\S)(?:-u|--user)[ =]["']?[^\s:"']+:[^\s$"']+     # a login of curl
    | -----BEGIN\ (?:\w+\ )*PRIVATE\ KEY
    """
)


def contains_secret(text: str, known: Iterable[str]) -> bool:
    """Return whether a text contains a known secret, or something that is written like one."""
    if not text:
        return False
    if redact_text(text, known) != text or _LOGIN.search(text):
        return True
    return any(
        _SECRET_NAME.search(found["name"])
        and not _PUBLIC_NAME.search(found["name"])
        and not _FROM_ELSEWHERE.match(found["value"])
        for pattern in (_FLAG, _ASSIGNMENT)
        for found in pattern.finditer(text)
    )
