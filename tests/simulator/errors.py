# SPDX-License-Identifier: GPL-3.0-or-later
"""The failures of a call, and the JSON-RPC error object of each (truenas-api/wire.md §1)."""

from __future__ import annotations

import base64
import errno
import pickle
import traceback
from collections.abc import Iterator
from enum import IntEnum
from typing import Any


class Code(IntEnum):
    """JSON-RPC error codes, the standard ones and the two of the server (truenas-api/wire.md §1)."""

    INVALID_JSON = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    TOO_MANY_CONCURRENT_CALLS = -32000
    CALL_ERROR = -32001


ENOMETHOD = 201
ENOTAUTHENTICATED = 207

_OWN_ERRNAMES = {
    201: "ENOMETHOD",
    202: "ESERVICESTARTFAILURE",
    203: "EALERTCHECKERUNAVAILABLE",
    204: "EREMOTENODEERROR",
    205: "EDATASETISLOCKED",
    206: "EINVALIDRRDTIMESTAMP",
    207: "ENOTAUTHENTICATED",
    208: "ESSLCERTVERIFICATIONERROR",
    209: "EREBOOTREQUIRED",
    210: "EHAUNAVAILABLE",
}


def errname(number: int) -> str:
    """Return the name of an errno, Linux's or the server's own above 200."""
    return errno.errorcode.get(number) or _OWN_ERRNAMES.get(number) or "EUNKNOWN"


class CallError(Exception):
    """A call the server refuses or cannot carry out; becomes -32001."""

    def __init__(self, message: str, number: int = errno.EFAULT, extra: Any = None) -> None:
        super().__init__(message, number)
        self.message = message
        self.number = number
        self.extra = extra

    def __str__(self) -> str:
        return f"[{errname(self.number)}] {self.message}"


class MethodNotFoundError(CallError):
    """A method that the path of an older version lacks (upstream utils/service/call.py)."""

    def __init__(self, method: str) -> None:
        service, _dot, name = method.rpartition(".")
        super().__init__(f"Method {name!r} not found in {service!r}", ENOMETHOD)


class APIVersionDoesNotContainModelException(Exception):
    """A result for which an older version has no model (upstream api/base/handler/version.py)."""

    def __init__(self, version: str, model: str) -> None:
        super().__init__(f"API version {version!r} does not contain model {model!r}")


class ValidationError(Exception):
    """One wrong attribute; becomes -32602. The attribute can be None."""

    def __init__(self, attribute: str | None, message: str, number: int = errno.EINVAL) -> None:
        super().__init__(attribute, message, number)
        self.attribute = attribute
        self.message = message
        self.number = number

    def __str__(self) -> str:
        return f"[{errname(self.number)}] {self.attribute}: {self.message}"


class InstanceNotFound(ValidationError):
    """No row of that id; becomes -32602 whose inner errno is ENOENT."""

    def __init__(self, message: str) -> None:
        super().__init__(None, message, errno.ENOENT)


class ValidationErrors(Exception):
    """Several wrong attributes, in the order they were found; becomes -32602."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[ValidationError] = []

    def add(self, attribute: str, message: str, number: int = errno.EINVAL) -> None:
        """Note one more wrong attribute."""
        self.errors.append(ValidationError(attribute, message, number))

    def add_child(self, attribute: str, child: ValidationErrors) -> None:
        """Take over the errors of a part, their attributes prefixed."""
        for error in child.errors:
            self.add(f"{attribute}.{error.attribute}", error.message, error.number)

    def check(self) -> None:
        """Raise self if anything was added."""
        if self.errors:
            raise self

    def __iter__(self) -> Iterator[ValidationError]:
        return iter(self.errors)

    def __str__(self) -> str:
        return "".join(f"{error}\n" for error in self.errors)


class MatchNotFound(IndexError):
    """`get: true` matched nothing. The server has no text for it, so the reason is its repr."""


def error_object(error: Exception, *, pickled: bool = False) -> dict[str, Any]:
    """Return the `error` member of the reply to a call that raised `error` (truenas-api/wire.md §1).

    `pickled` adds the exception itself, for clients that asked for it by `core.set_options`.
    """
    found = _error_object(error)
    if pickled:
        found["data"]["py_exception"] = as_pickle(error)
    return found


def as_pickle(error: Exception) -> str:
    """Return an exception for clients that asked for it."""
    return base64.encodebytes(pickle.dumps(error)).decode()


def _error_object(error: Exception) -> dict[str, Any]:
    if isinstance(error, ValidationError):
        return _with_data(Code.INVALID_PARAMS, "Invalid params", error, errno.EINVAL, [_triple(error)])
    if isinstance(error, ValidationErrors):
        return _with_data(Code.INVALID_PARAMS, "Invalid params", error, errno.EINVAL, [_triple(e) for e in error])
    if isinstance(error, CallError):
        return _with_data(Code.CALL_ERROR, "Method call error", error, error.number, error.extra)
    return _with_data(Code.CALL_ERROR, "Method call error", error, errno.EINVAL, None)


def internal_error(error: Exception) -> dict[str, Any]:
    """Return the `error` member when a result cannot be written as JSON."""
    return _with_data(Code.INTERNAL_ERROR, "Failed to JSON serialize server message", error, errno.EFAULT, None)


def plain_error(code: Code, message: str) -> dict[str, Any]:
    """Return an `error` member without `data`: envelope errors and the limit of concurrent calls."""
    return {"code": int(code), "message": message}


def _triple(error: ValidationError) -> list[Any]:
    return [error.attribute, error.message, error.number]


def _with_data(code: Code, message: str, error: Exception, number: int, extra: Any) -> dict[str, Any]:
    return {
        "code": int(code),
        "message": message,
        "data": {
            "error": number,
            "errname": errname(number),
            "reason": str(error) or repr(error),
            "trace": {
                "class": type(error).__name__,
                "formatted": "".join(traceback.format_exception(error)),
                "repr": repr(error),
            },
            "extra": extra,
        },
    }
