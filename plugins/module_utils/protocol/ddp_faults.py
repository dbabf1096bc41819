# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of DDP's error objects to the error tree (truenas-api/older.md §1, Errors).

CORE's numbers are those of FreeBSD, so the type, the numbers inside `extra`, and the text count. The numbers above 200 are the
server's own, and equal on all systems.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import (
    InUse,
    InvalidField,
    NotFound,
    NotPermitted,
    RateLimited,
    ServerFault,
    SessionEnded,
    TrueNASError,
)
from .faults import EACCES, ENOENT, ENOMETHOD, ENOTAUTHENTICATED, METHOD_NOT_FOUND, invalid, plain, refused

_OUTER = re.compile(r"\[([a-z][\w.]*)\] (.+)")
"""CORE's fault in the outer object of a request, whose place is only in the text."""


def decode_error(error: Any, method: str) -> TrueNASError:
    """Return the exception for an error object in the reply to `method`. Reads nothing of the server's trace."""
    error = error if isinstance(error, dict) else {"reason": str(error)}
    code = error["error"] if isinstance(error.get("error"), int) else 0
    text = str(error.get("reason") or "")
    reason = plain(text)
    if error.get("type") == "VALIDATION":
        return invalid(error["extra"] if isinstance(error.get("extra"), list) else [], reason, code)
    if ends_session(error):
        return SessionEnded(f"The NAS has ended the session ({reason}). Run the task again to log in again.")
    if reason == "Not authorized":
        return NotPermitted(f"The NAS does not permit {method}: {reason}. {allowing(method)}", code, EACCES)
    if "Rate Limit Exceeded" in reason:
        return RateLimited(
            f"The NAS limits logins: {reason}. It accepts 20 logins a minute from one address. Wait a minute, or use "
            "share_session.",
            code,
        )
    if code == ENOMETHOD:
        return ServerFault(
            f"This NAS does not have the method {method}, which needs a later TrueNAS.", METHOD_NOT_FOUND, code
        )
    if re.search(r"\bis used by cloud (sync|backup) task\b", reason):
        return InUse(f"{reason}.", code)
    if method.endswith(".delete") and "FOREIGN KEY constraint failed" in text:
        return InUse("A task on the NAS uses this object. Before TrueNAS 25.04, the NAS does not name it.", code)
    if text.startswith("[ENOENT]"):
        return NotFound(f"{reason}.", code, ENOENT)
    if outer := _OUTER.fullmatch(reason):
        problems = [refused(outer[1], outer[2])]
        return InvalidField(f"The NAS refuses the values:\n{problems[0]}", problems, code)
    where = f" ({method})" if method else ""
    return ServerFault(f"The NAS failed{where}: {reason}", code, 0, reason)


def ends_session(error: Any) -> bool:
    """Return whether an error object means that nobody is logged in any more on the connection."""
    if not isinstance(error, dict):
        return False
    return error.get("error") == ENOTAUTHENTICATED or plain(str(error.get("reason") or "")) == "Not authenticated"


def allowing(method: str) -> str:
    """Return what allows an API key to call a method, or to subscribe to events."""
    kind, resource = "CALL", f"{method.partition('.')[0]}.*"
    if method == "core.subscribe":
        kind, resource = "SUBSCRIBE", "core.get_jobs"
    elif resource == "core.*":
        resource = method
    return (
        f'Add the entry {{"method": "{kind}", "resource": "{resource}"}} to the allowlist of the API key, or a role to the '
        "privilege of the user."
    )
