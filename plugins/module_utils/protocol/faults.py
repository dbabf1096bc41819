# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of the server's error objects to the error tree (truenas-api/wire.md §1, Error codes; §8, trap 10)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..errors import (
    InUse,
    InvalidField,
    NotFound,
    NotPermitted,
    Problem,
    RateLimited,
    ServerError,
    ServerFault,
    SessionEnded,
    TrueNASError,
)
from ..foreign import one_line

INVALID_PARAMS = -32602
TOO_MANY_CALLS = -32000
METHOD_NOT_FOUND = -32601

# The numbers of Linux: the NAS runs Linux, but the controller might not.
ENOENT = 2
EACCES = 13
EINVAL = 22
EBUSY = 16
ENOMETHOD = 201
REMEDY = "Correct the cause on the NAS, then run the task again."
"""What helps if the NAS gives only its own reason."""
UNKNOWN_FIELD = frozenset({"Extra inputs are not permitted", "Field was not expected"})
"""How a NAS refuses a field that its version does not have: with pydantic, and before (truenas-api/tasks.md)."""
NO_MODEL = r"API version '.*' does not contain model"
"""The beginning of the reason if an API path lacks the form of a reply (truenas-api/wire.md, corrections to §4)."""
ENOTAUTHENTICATED = 207
EXPIRED = "Session is expired"
"""The reason if a session has reached its age, or was unused for too long (truenas-api/wire.md §1, Limits, and §2)."""


def decode_error(error: Any, method: str) -> TrueNASError:
    """Return the exception for an error object in the reply to `method`, without the server's traceback."""
    error = error if isinstance(error, dict) else {"message": str(error)}
    data = error["data"] if isinstance(error.get("data"), dict) else {}
    code, errno = error.get("code", 0), data.get("error", 0)
    reason = plain(str(data.get("reason") or error.get("message") or ""))
    where = f" ({method})" if method else ""

    if code == INVALID_PARAMS:
        return invalid(data["extra"] if isinstance(data.get("extra"), list) else [], reason, code)
    if code == TOO_MANY_CALLS:
        return RateLimited(f"The NAS does not accept more calls of this session at the same time{where}.", code)
    if code == METHOD_NOT_FOUND:
        return ServerFault(
            f"This NAS does not have the method {method}. It might be older than TrueNAS 25.04, or too new for this collection.",
            code,
        )
    if errno == ENOMETHOD or re.match(NO_MODEL, reason):
        return ServerFault(
            f"The API version that api_version selects does not have the method {method} ({reason}). Remove api_version, or set "
            "it to v25.10.0 or later.",
            code,
            errno,
            reason,
        )
    if ends_session(error):
        return SessionEnded(f"The NAS has ended the session ({reason}). Run the task again to log in again.")
    if errno == EACCES:
        return NotPermitted(
            f"The NAS does not permit {method}: {reason}. Use an account that has the role for it.", code, errno
        )
    if errno == EBUSY:
        return RateLimited(
            f"The NAS limits logins: {reason}. It accepts about 20 logins a minute from one address (10 with SCRAM). Wait a "
            "minute, or use cloud_credentials, which needs one login for all credentials.",
            code,
            errno,
        )
    if re.search(r"\bis used by cloud (sync|backup) task\b", reason):
        return InUse(f"{reason}.", code, errno)
    if errno == ENOENT:
        return NotFound(f"{reason}.", code, errno)
    return ServerFault(f"The NAS failed{where}: {reason}. {REMEDY}", code, errno, reason)


def ends_session(error: Any) -> bool:
    """Return whether an error object means that nobody is logged in any more on the connection (truenas-api/wire.md §2)."""
    data = error.get("data") if isinstance(error, dict) else None
    if not isinstance(data, dict):
        return False
    return data.get("error") == ENOTAUTHENTICATED or (
        data.get("error") == EACCES and plain(str(data.get("reason"))) == EXPIRED
    )


def invalid(extra: Iterable[Any], reason: str, code: int) -> ServerError:
    """Return the exception for refused values, each a triple of attribute, text, and errno."""
    triples = [item for item in extra if isinstance(item, list) and len(item) == 3]
    if any(triple[2] == ENOENT for triple in triples):
        return NotFound(f"{reason}.", code, ENOENT)
    problems = [refused(_field(one_line(str(triple[0] or ""))), one_line(str(triple[1]))) for triple in triples]
    listing = "\n".join(map(str, problems)) or reason
    return InvalidField(f"The NAS refuses the values:\n{listing}", problems, code, EINVAL)


def refused(field: str, reason: str) -> Problem:
    """Return the problem for a value that the NAS refuses, with a remedy for a field that its version does not have."""
    return Problem(field, reason, "Remove the option, or upgrade the NAS." if reason in UNKNOWN_FIELD else "")


def _field(attribute: str) -> str:
    """Return the path inside the value: `cloud_sync_credentials_create.provider.S3.endpoint` gives `provider.S3.endpoint`."""
    return attribute.partition(".")[2] or attribute or "request"


def plain(reason: str) -> str:
    """Return the first line of the reason, without the error name that the server adds in front."""
    first = reason.strip().splitlines()[0] if reason.strip() else "no reason given"
    return one_line(re.sub(r"^\[E[A-Z]+\] ", "", first)).rstrip(".")
