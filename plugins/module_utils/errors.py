# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can go wrong, as one tree.

TrueNASError
├── InvalidInput        the task asks for something that cannot be; nothing was sent
├── MissingLibrary      a Python library is not there on the machine that runs the task
├── Unsuitable          Python, ansible-core or a library is too old where the task runs
├── Unreachable         no connection
│   ├── ConnectionLost  there was one, and it broke
│   └── TimedOut        there is one, but no answer in time
├── TLSError            the certificate
│   └── NotTLS          no TLS is spoken there
├── AuthenticationError the login was refused
│   └── StandbyNode     the other node of a pair is the active one
├── VerificationFailed  the credential does not open its provider; nothing was written
├── OAuthFailed         no token came of a login at a provider; nothing was written
├── ProviderFailed      a provider did not do what the NAS asked of it for the task
└── ServerError         the NAS answered a call with an error
    ├── NotPermitted    the account lacks a role, or its session has ended
    ├── RateLimited     too many logins or calls at once
    ├── InvalidField    the NAS refuses a value
    ├── InUse           something still needs what is to be removed
    ├── NotFound        what the call names is not there
    └── ServerFault     anything else; the NAS or this collection is at fault

Each carries a message that a person can act on, and never a secret.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible.module_utils.basic import missing_required_lib


def sentences(*texts: str) -> str:
    """Return texts as sentences in one line: each ends with a period unless it has an end of its own; empty ones are left out."""
    told = (text.strip().rstrip(".").rstrip() for text in texts)
    return " ".join(text if text[-1] in "!?" else f"{text}." for text in told if text)


class TrueNASError(Exception):
    """Base of all failures that end a task with a message instead of a traceback."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the message, followed by the notes as sentences."""
        return sentences(self.message, *self.notes) if self.notes else self.message

    def note(self, *texts: str) -> None:
        """Append sentences that later steps know, for example whether a change was rolled back; empty ones are ignored."""
        self.notes = (*self.notes, *filter(None, texts))

    def redact(self, redacted: Callable[[str], str]) -> None:
        """Replace every text that came from the NAS by its redacted form."""
        self.message = redacted(self.message)

    def details(self) -> dict[str, Any]:
        """Return the keys of the task's result that describe the failure, besides the message."""
        return {}


@dataclass(frozen=True)
class Item:
    """The place of an item in a list option: for example `credentials`, 3 and the item's name.

    An object that a purge deletes has no index.
    """

    option: str
    index: int | None
    name: str = ""

    @classmethod
    def of(cls, option: str, index: int, given: Mapping[str, Any]) -> Item:
        """Return the place of an item from its options, as the task wrote them."""
        name = given.get("name")
        return cls(option, index, name if isinstance(name, str) else "")

    def __str__(self) -> str:
        """Return the place as messages write it, for example `credentials[3] (offsite)`."""
        index = "" if self.index is None else f"[{self.index}]"
        return f"{self.option}{index} ({self.name})" if self.name else f"{self.option}{index}"


@dataclass(frozen=True)
class Problem:
    """One mistake in the input: the field, the reason, and the remedy; `item` is the list item that has the field.

    An empty field stands for the item, or the task, as a whole.
    """

    field: str
    reason: str
    remedy: str = ""
    item: Item | None = None

    @property
    def place(self) -> str:
        """The field with its list item, for example `credentials[3] (offsite).s3.port`."""
        return ".".join(part for part in (str(self.item or ""), self.field) if part)

    def __str__(self) -> str:
        """Return the problem as one line, for example `s3.port: is 0. Give a port from 1 to 65535.`"""
        return f"{self.place}: {self.text}" if self.place else self.text

    @property
    def text(self) -> str:
        """The reason and the remedy, as sentences."""
        return sentences(self.reason, self.remedy)

    def public(self) -> dict[str, Any]:
        """Return the problem as a task's result shows it; `index` and `name` only for a list item."""
        item = {"index": self.item.index, "name": self.item.name} if self.item else {}
        return {"field": self.place, "reason": self.reason, "remedy": self.remedy, **item}


class InvalidInput(TrueNASError):
    """The task's options contradict each other or can never work."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def of(self, item: Item) -> list[Problem]:
        """Return the problems as those of a list item."""
        return [replace(problem, item=item) for problem in self.problems]

    def details(self) -> dict[str, Any]:
        """Return the problems one by one."""
        return {"problems": [problem.public() for problem in self.problems]}


class MissingLibrary(TrueNASError):
    """An optional or required Python library cannot be imported; `library` is the name to install."""

    def __init__(self, library: str, traceback: str) -> None:
        super().__init__(missing_required_lib(library))
        self.library = library
        self.traceback = traceback


class Unsuitable(TrueNASError):
    """The machine that runs the task lacks the versions that the collection needs; `needs` name each with what was found."""

    def __init__(self, needs: Iterable[str], traceback: str = "") -> None:
        super().__init__(
            f"On {platform.node()} this collection needs {', '.join(needs)}. Install these versions, or set "
            "ansible_python_interpreter to a Python that has them."
        )
        self.traceback = traceback


class Unreachable(TrueNASError):
    """The NAS cannot be reached."""


class ConnectionLost(Unreachable):
    """The connection broke while it was in use."""


class TimedOut(Unreachable):
    """The NAS did not answer within the time that the task allows."""


class TLSError(TrueNASError):
    """The NAS's certificate is not trusted, or the TLS handshake failed."""


class NotTLS(TLSError):
    """What answers does not speak TLS."""


class AuthenticationError(TrueNASError):
    """The NAS refused the login."""


class StandbyNode(AuthenticationError):
    """The node that answered is not the active one of its pair; `urls` are addresses or URLs of the one that is."""

    def __init__(self, urls: Iterable[Any]) -> None:
        super().__init__(
            "This is the standby node of a pair: name the active node, or the pair's own address, as host."
        )
        self.urls = tuple(map(str, urls))


class VerificationFailed(TrueNASError):
    """The provider refused the credential; `verification` is what the task's result says of it."""

    def __init__(self, message: str, verification: dict[str, Any]) -> None:
        super().__init__(message)
        self.verification = verification

    def details(self) -> dict[str, Any]:
        """Return the verification."""
        return {"verification": self.verification}


class OAuthFailed(TrueNASError):
    """A login at a provider gave no token that is of use; `error` is the provider's word, if it was the one to refuse."""

    def __init__(self, message: str, error: str = "") -> None:
        super().__init__(message)
        self.error = error


class ProviderFailed(TrueNASError):
    """A provider did not do what the NAS asked of it; `cause` is one of diagnosis/causes.py, `hint` what to do about it."""

    def __init__(self, message: str, cause: str, hint: str = "") -> None:
        super().__init__(message)
        self.cause = cause
        self.hint = hint

    def details(self) -> dict[str, Any]:
        """Return the cause and what to do."""
        return {"cause": self.cause, "hint": self.hint}


class ServerError(TrueNASError):
    """The NAS answered with an error object; `code` and `errno` are the wire's (truenas-api/wire.md §1).

    `reason` is what the NAS itself said, if the message says more than that.
    """

    def __init__(self, message: str, code: int = 0, errno: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.errno = errno
        self.reason = reason or message

    def redact(self, redacted: Callable[[str], str]) -> None:
        """Replace the NAS's own words as well."""
        super().redact(redacted)
        self.reason = redacted(self.reason)


class NotPermitted(ServerError):
    """The account may not call the method."""


class RateLimited(ServerError):
    """The NAS slows this client down."""


class InvalidField(ServerError):
    """The NAS refuses a value; `problems` names each field as the task would."""

    def __init__(self, message: str, problems: Iterable[Problem], code: int = 0, errno: int = 0) -> None:
        super().__init__(message, code, errno)
        self.problems = tuple(problems)

    def redact(self, redacted: Callable[[str], str]) -> None:
        """Replace the reasons, which the NAS wrote, as well."""
        super().redact(redacted)
        self.problems = tuple(replace(problem, reason=redacted(problem.reason)) for problem in self.problems)

    def renamed(self, option_of: Callable[[str], str]) -> InvalidField:
        """Return the error with the task's option for each field that the NAS names."""
        problems = [replace(problem, field=option_of(problem.field)) for problem in self.problems]
        listing = "\n".join(map(str, problems))
        message = f"The NAS refuses the values:\n{listing}" if problems else self.message
        return InvalidField(message, problems, self.code, self.errno)

    def details(self) -> dict[str, Any]:
        """Return the problems one by one."""
        return {"problems": [problem.public() for problem in self.problems]}


class InUse(ServerError):
    """A task on the NAS uses the credential."""


class NotFound(ServerError):
    """No such object on the NAS."""


class ServerFault(ServerError):
    """The NAS failed in a way that no option of the task can mend."""
