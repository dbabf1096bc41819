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
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ansible.module_utils.basic import missing_required_lib


def sentences(*texts: str) -> str:
    """Return texts as sentences in one line: each ends with a period unless it has an end of its own; empty ones are left out."""
    told = (text.strip().rstrip(".").rstrip() for text in texts)
    return " ".join(text if text[-1] in "!?" else f"{text}." for text in told if text)


class TrueNASError(Exception):
    """Base of all failures that end a task with a message instead of a traceback."""

    def details(self) -> dict[str, Any]:
        """Return what a task's result shows beside the message."""
        return {}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the input: where, why, and what to do instead. An empty field is the task as a whole."""

    field: str
    reason: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the problem as one line, for example `s3.port: is 0. Give a port from 1 to 65535.`"""
        return sentences(f"{self.field}: {self.reason}" if self.field else self.reason, self.remedy)


class InvalidInput(TrueNASError):
    """The task's options contradict each other or can never work."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def details(self) -> dict[str, Any]:
        """Return the problems one by one."""
        return {"problems": [asdict(problem) for problem in self.problems]}


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
    """A provider did not do what the NAS asked of it; `cause` is one of verification/causes.py, `hint` what to do about it."""

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


class NotPermitted(ServerError):
    """The account may not call the method."""


class RateLimited(ServerError):
    """The NAS slows this client down."""


class InvalidField(ServerError):
    """The NAS refuses a value; `problems` names each field as the task would."""

    def __init__(self, message: str, problems: Iterable[Problem], code: int = 0, errno: int = 0) -> None:
        super().__init__(message, code, errno)
        self.problems = tuple(problems)

    def details(self) -> dict[str, Any]:
        """Return the problems one by one."""
        return {"problems": [asdict(problem) for problem in self.problems]}


class InUse(ServerError):
    """A task on the NAS uses the credential."""


class NotFound(ServerError):
    """No such object on the NAS."""


class ServerFault(ServerError):
    """The NAS failed in a way that no option of the task can mend."""
