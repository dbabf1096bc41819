# SPDX-License-Identifier: GPL-3.0-or-later
"""The error object that a failure becomes (truenas-api/older.md §1, Errors)."""

from __future__ import annotations

import errno
from typing import Any

from ..errors import CallError, ValidationError, ValidationErrors, errname
from . import facts

FREEBSD_EAGAIN, FREEBSD_ETOOMANYREFS = 35, 59
"""The numbers of CORE's system, where those of Linux differ. They were not run."""


class Refused(Exception):
    """A refusal whose text is sent without the name of its number, and if no exception is behind it, without a trace."""

    def __init__(self, number: int, reason: str, *, traced: bool = True) -> None:
        super().__init__(reason)
        self.number = number
        self.traced = traced


class Outer(Exception):
    """A fault in the outer object of CORE: its place is only in the text."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"[{place}] {message}")


def error_object(version: str, error: Exception, request: dict[str, Any]) -> dict[str, Any]:
    """Return the `error` of an answer. Its trace has the whole request in plain text, as on the server."""
    number, kind, extra = _classified(version, error)
    name = "Error" if isinstance(error, Outer) else type(error).__name__
    frame = {
        "filename": "/usr/lib/python3/dist-packages/middlewared/main.py",
        "lineno": 198,
        "method": "call_method",
        "line": "result = await self.middleware.call_method(self, message)",
        "argspec": ["self", "message"],
        "locals": {"self": "<middlewared.main.Application object>", "message": repr(request)},
    }
    trace = {"class": name, "frames": [frame] * 7, "formatted": f"Traceback (most recent call last):\n{name}\n"}
    found = {"error": number, "type": kind, "reason": _reason(version, error), "trace": trace, "extra": extra}
    if not facts.is_core(version):
        found["errname"] = errname(number)
        trace["repr"] = name
    if isinstance(error, Refused) and not error.traced:
        found["trace"] = None
    return found


def _classified(version: str, error: Exception) -> tuple[int, str | None, Any]:
    """Return number, type, and extra."""
    if isinstance(error, ValidationError):
        return error.number, "VALIDATION", [[error.attribute, error.message, error.number]]
    if isinstance(error, ValidationErrors):
        number = FREEBSD_EAGAIN if facts.is_core(version) else errno.EAGAIN
        return number, "VALIDATION", [[found.attribute, found.message, found.number] for found in error]
    if isinstance(error, Refused | CallError):
        return error.number, None, getattr(error, "extra", None)
    return errno.EINVAL, None, None


def _reason(version: str, error: Exception) -> str:
    return str(error) if facts.is_core(version) else str(error) or repr(error)
