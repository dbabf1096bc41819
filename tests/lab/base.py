# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of all servers of the lab."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
FILE = "hello.txt"
CONTENT = b"Hello from the lab.\n"
CLOSED = 9
"""A port where nothing listens."""
WRONG = "wrong" * 8
"""A secret that no server knows."""
NO_SUCH_HOST = "nowhere..invalid"
"""A name that no resolver has to be asked about, because it cannot be one."""
PATIENCE = 10.0
"""Seconds within which a server must start or answer."""


class Server(ABC):
    """A storage server that serves one file, `FILE`, while the context lasts.

    `host` and `port` are where it listens; `user` and `password` are new for every server. `folder` is a temporary
    folder of its own.
    """

    wire_type = ""
    """The NAS's name of the provider; where it is empty, the lab's key in upper case."""
    host = HOST
    port: int
    folder: Path

    def __init__(self) -> None:
        self.user = "lab"
        self.password = secrets.token_hex(12)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start, and return once a client of the protocol got its answer."""
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(TemporaryDirectory(prefix="lab-")))
            stack.enter_context(self._serving())
            self._probe()
            self._running = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and leave nothing behind."""
        self._running.close()

    @property
    @abstractmethod
    def url(self) -> str:
        """Where a client goes, without credentials."""

    @property
    @abstractmethod
    def options(self) -> dict[str, Any]:
        """The provider's options, by wire name, of a credential that opens this server."""

    def refused(self) -> dict[str, dict[str, Any]]:
        """Return options that do not open the server, by what is wrong with them: `wrong_secret`, `unreachable` and so on."""
        return {}

    def client(self) -> dict[str, Any]:
        """Return everything that a client needs, fit for JSON: the options, and the additions of the protocol."""
        return {"options": self.options, "url": self.url}

    @abstractmethod
    def _serving(self) -> AbstractContextManager[None]:
        """Bind a free port, set `port`, and serve while the context lasts."""

    @abstractmethod
    def _probe(self) -> None:
        """Talk to the server as a client would. Raises if the answer is not this server's."""
