# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of errors.

TrueNASError
├── InvalidInput        the options are invalid, or contradict each other or the NAS
├── MissingLibrary      a Python library is not installed on the host that runs the task
├── Unsuitable          Python, ansible-core, or a library is too old on that host
├── Unreachable         the NAS cannot be reached
│   ├── NoJsonRpc       the server has no JSON-RPC, or not this version of its API
│   ├── ConnectionLost  the connection broke
│   │   └── SessionEnded  the NAS has ended the session, and refused a call
│   └── TimedOut        the NAS did not answer in time
├── TLSError            the certificate is not trusted, or the TLS handshake failed
│   └── NotTLS          the server does not use TLS
├── AuthenticationError the NAS refused the login
│   └── StandbyNode     the other node of a pair is the active one
├── VerificationFailed  the credential does not work, or might not; its notes give the stored state
├── RunFailed           a run of a cloud task failed, or did not end in time
├── OAuthFailed         a login at a provider returned no usable token; nothing was written
├── ProviderFailed      a provider refused a request that the NAS sent for the task
└── ServerError         the NAS answered a call with an error
    ├── NotPermitted    the account lacks a role, or its session has ended
    ├── RateLimited     too many logins, or too many calls at the same time
    ├── InvalidField    the NAS refuses a value
    ├── InUse           the object to delete is still in use
    ├── NotFound        the object does not exist
    └── ServerFault     anything else: a fault of the NAS or of this collection

Each message explains how to continue, and never contains a secret.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible.module_utils.basic import missing_required_lib


def sentences(*texts: str) -> str:
    """Return texts as sentences on one line. A text without ! or ? gets one period; empty texts are omitted."""
    stripped = (text.strip().rstrip(".").rstrip() for text in texts)
    return " ".join(text if text[-1] in "!?" else f"{text}." for text in stripped if text)


def counted(number: object, noun: str) -> str:
    """Return a number with its noun, which is in the singular after 1: `1 day`, `0 days`, `1.5 hours`."""
    return f"{number} {noun}" if str(number) == "1" else f"{number} {noun}s"


def are(number: int) -> str:
    """Return the verb for a number of things."""
    return "is" if number == 1 else "are"


class TrueNASError(Exception):
    """The base of all failures that end a task with a message instead of a traceback."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the message, followed by the notes as sentences."""
        return sentences(self.message, *self.notes) if self.notes else self.message

    def note(self, *texts: str) -> None:
        """Append sentences from later steps, for example on a rollback. Empty texts are ignored."""
        self.notes = (*self.notes, *filter(None, texts))

    def redact(self, redacted: Callable[[str], str]) -> None:
        """Redact every text that came from the NAS."""
        self.message = redacted(self.message)

    def details(self) -> dict[str, Any]:
        """Return the keys of the task's result that describe the failure, except for the message."""
        return {}


@dataclass(frozen=True)
class Item:
    """The position of an item in a list option, for example `credentials`, 3, and the item's name.

    An object that a purge deletes does not have an index.
    """

    option: str
    index: int | None
    name: str = ""

    @classmethod
    def of(cls, option: str, index: int, given: Mapping[str, Any]) -> Item:
        """Return the position of an item with the given options. Its name is the option `name`, or `description` for tasks."""
        name = given.get("name", given.get("description"))
        return cls(option, index, name if isinstance(name, str) else "")

    def __str__(self) -> str:
        """Return the position for messages, for example `credentials[3] (offsite)`."""
        index = "" if self.index is None else f"[{self.index}]"
        return f"{self.option}{index} ({self.name})" if self.name else f"{self.option}{index}"


@dataclass(frozen=True)
class Problem:
    """A mistake in the input: the field, the reason, and the remedy. `item` is the list item that contains the field.

    An empty field means the whole item or the whole task.
    """

    field: str
    reason: str
    remedy: str = ""
    item: Item | None = None

    @property
    def path(self) -> str:
        """The field with its list item, for example `credentials[3] (offsite).s3.port`."""
        return ".".join(part for part in (str(self.item or ""), self.field) if part)

    def __str__(self) -> str:
        """Return the problem on one line, for example `s3.port: must be a port. Set a number from 1 to 65535.`"""
        return f"{self.path}: {self.text}" if self.path else self.text

    @property
    def text(self) -> str:
        """The reason and the remedy as sentences."""
        return sentences(self.reason, self.remedy)

    def public(self) -> dict[str, Any]:
        """Return the problem for a task's result. Only a list item has `index` and `name`."""
        item = {"index": self.item.index, "name": self.item.name} if self.item else {}
        return {"field": self.path, "reason": self.reason, "remedy": self.remedy, **item}


class InvalidInput(TrueNASError):
    """The options are invalid, or contradict each other or the NAS."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def of(self, item: Item) -> list[Problem]:
        """Return the problems with the list item that they belong to."""
        return [replace(problem, item=item) for problem in self.problems]

    def details(self) -> dict[str, Any]:
        """Return the list of problems."""
        return {"problems": [problem.public() for problem in self.problems]}


class MissingLibrary(TrueNASError):
    """A Python library cannot be imported; `library` is the name to install."""

    def __init__(self, library: str, traceback: str) -> None:
        super().__init__(missing_required_lib(library))
        self.library = library
        self.traceback = traceback


class Unsuitable(TrueNASError):
    """The host that runs the task has versions that are too old. `needs` names each required and found version."""

    def __init__(self, needs: Iterable[str], traceback: str = "") -> None:
        super().__init__(
            f"On {platform.node()} this collection needs {', '.join(needs)}. Install these versions, or set "
            "ansible_python_interpreter to a Python that has them."
        )
        self.traceback = traceback


class Unreachable(TrueNASError):
    """The NAS cannot be reached."""


class NoJsonRpc(Unreachable):
    """The server answers, but has no JSON-RPC, or not this version of its API."""


class ConnectionLost(Unreachable):
    """The connection broke while it was in use."""


class SessionEnded(ConnectionLost):
    """The NAS has ended the session, for example because of its age. It refused the call without carrying it out."""


class TimedOut(Unreachable):
    """The NAS did not answer before the timeout."""


class TLSError(TrueNASError):
    """The NAS's certificate is not trusted, or the TLS handshake failed."""


class NotTLS(TLSError):
    """The server does not use TLS."""


class AuthenticationError(TrueNASError):
    """The NAS refused the login."""


class StandbyNode(AuthenticationError):
    """The node that answered is the standby node of a pair; `urls` are addresses or URLs of the active one."""

    def __init__(self, urls: Iterable[Any]) -> None:
        super().__init__(
            "This is the standby node of a pair. Set host to the active node or to the address of the pair."
        )
        self.urls = tuple(map(str, urls))


class VerificationFailed(TrueNASError):
    """A verification failed, before or after the write; `verification` is the one in the task's result.

    A note gives the state that the NAS stores afterwards.
    """

    def __init__(self, message: str, verification: dict[str, Any]) -> None:
        super().__init__(message)
        self.verification = verification

    def details(self) -> dict[str, Any]:
        """Return the verification."""
        return {"verification": self.verification}


class RunFailed(TrueNASError):
    """A run of a cloud task failed or did not end in time; `result` has the keys of the task's result."""

    def __init__(self, message: str, result: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.result = result

    def details(self) -> dict[str, Any]:
        """Return the keys of the result."""
        return {**self.result}


class OAuthFailed(TrueNASError):
    """A login at a provider returned no usable token; `error` is the provider's error code, if it sent one."""

    def __init__(self, message: str, error: str = "") -> None:
        super().__init__(message)
        self.error = error


class ProviderFailed(TrueNASError):
    """A provider refused a request of the NAS; `cause` is one of diagnosis/causes.py, `hint` is the remedy."""

    def __init__(self, message: str, cause: str, hint: str = "") -> None:
        super().__init__(message)
        self.cause = cause
        self.hint = hint

    def details(self) -> dict[str, Any]:
        """Return the cause and the remedy."""
        return {"cause": self.cause, "hint": self.hint}


class ServerError(TrueNASError):
    """The NAS answered with an error object; `code` and `errno` come from it (truenas-api/wire.md §1).

    `reason` is the text from the NAS, if the message contains more than that.
    """

    def __init__(self, message: str, code: int = 0, errno: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.errno = errno
        self.reason = reason or message

    def redact(self, redacted: Callable[[str], str]) -> None:
        """Redact the message and the reason."""
        super().redact(redacted)
        self.reason = redacted(self.reason)


class NotPermitted(ServerError):
    """The account is not allowed to call the method."""


class RateLimited(ServerError):
    """The NAS limits the logins or calls of this client.

    `mechanism` is the one of the login, if the NAS refused a later call than the question for its mechanisms.
    """

    mechanism = ""


class InvalidField(ServerError):
    """The NAS refuses a value; `problems` has a problem for each field."""

    def __init__(self, message: str, problems: Iterable[Problem], code: int = 0, errno: int = 0) -> None:
        super().__init__(message, code, errno)
        self.problems = tuple(problems)

    def redact(self, redacted: Callable[[str], str]) -> None:
        """Redact the message and the reason of each problem."""
        super().redact(redacted)
        self.problems = tuple(replace(problem, reason=redacted(problem.reason)) for problem in self.problems)

    def renamed(self, option_of: Callable[[str], str]) -> InvalidField:
        """Return the error with the task's option in place of each field of the NAS."""
        problems = [replace(problem, field=option_of(problem.field)) for problem in self.problems]
        listing = "\n".join(map(str, problems))
        message = f"The NAS refuses the values:\n{listing}" if problems else self.message
        return InvalidField(message, problems, self.code, self.errno)

    def details(self) -> dict[str, Any]:
        """Return the list of problems."""
        return {"problems": [problem.public() for problem in self.problems]}


class InUse(ServerError):
    """Something on the NAS uses the object to delete."""


class NotFound(ServerError):
    """The object does not exist on the NAS."""


class ServerFault(ServerError):
    """The NAS failed, and no option of the task can fix that."""


class Misread(ServerFault):
    """The NAS stores a row that the collection cannot read. `field` is the reason, if the error concerns one row."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field

    @classmethod
    def of(cls, noun: str, field: str) -> Misread:
        """Return the error for one row and its field."""
        return cls(f"The NAS did not answer with a {noun}: {field} is missing or has another type.", field)
