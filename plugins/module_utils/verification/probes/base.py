# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe is: one question to a provider, asked from the machine that runs the task.

The files beside this one are the edge where sockets are opened, one for each protocol. Their libraries are optional and
are imported by the probe that needs them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..causes import NOT_WRITABLE, Cause

CONTENT = b"Written to see whether this can be written. It can be deleted.\n"
"""What a probe writes."""


@dataclass(frozen=True)
class Aim:
    """What the credential has to open.

    `bucket` and `path` name the place, empty for the root. `write` asks for a file to be written there, and removed.
    `timeout` is in seconds, for each time that the network is waited for. `private_key` is the text of the keypair to
    whose number an SFTP credential refers.
    """

    bucket: str = ""
    path: str = ""
    write: bool = False
    timeout: float = 60
    private_key: str | None = None


Probe: TypeAlias = Callable[[Mapping[str, Any], Aim], None]
"""Takes a credential's wire values and returns if they open the aim. Raises Refused, or MissingLibrary."""


class Refused(Exception):
    """The credential does not open the aim; without a `cause` the text says why. The text may hold secrets."""

    def __init__(self, text: str, cause: Cause | None = None) -> None:
        super().__init__(text)
        self.cause = cause


def new_name() -> str:
    """Return a name for a file to write, which nobody else uses."""
    return f".truenas-verification-{secrets.token_hex(8)}"


def under(path: str, name: str) -> str:
    """Return the name in the folder `path`."""
    return f"{path.strip('/')}/{name}" if path.strip("/") else name


@contextmanager
def removed(
    remove: Callable[[], object], name: str, errors: type[Exception] | tuple[type[Exception], ...]
) -> Iterator[None]:
    """Call `remove` whatever happens in the context: a write without an answer may have been carried out.

    Raises Refused with the name of the file if it could be written and one of `errors` keeps it from being removed.
    """
    try:
        yield
    except Exception:
        # What went wrong first says more.
        with suppress(errors):
            remove()
        raise
    try:
        remove()
    except errors as error:
        raise Refused(f"{name} was written and cannot be removed again: {error}", NOT_WRITABLE) from error
