# SPDX-License-Identifier: GPL-3.0-or-later
"""An FTP server: pyftpdlib."""

from __future__ import annotations

import ftplib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from .base import CLOSED, CONTENT, FILE, NO_SUCH_HOST, PATIENCE, WRONG, Server
from .running import thread

# Below the ports that a kernel gives to clients.
PASSIVE_PORTS = range(30000, 30100)

# Without a handler pyftpdlib installs one that writes to the terminal.
logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())


class Ftp(Server):
    """Plain FTP, read and write."""

    handler = FTPHandler

    def __init__(self) -> None:
        super().__init__()
        self.settings: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"ftp://{self.host}:{self.port}/"

    @property
    def options(self) -> dict[str, Any]:
        return {"host": self.host, "port": self.port, "user": self.user, "pass": self.password}

    def refused(self) -> dict[str, dict[str, Any]]:
        good = self.options
        return {
            "wrong_secret": good | {"pass": WRONG},
            "unknown_user": good | {"user": "nobody"},
            "unreachable": good | {"port": CLOSED},
            "no_such_host": good | {"host": NO_SUCH_HOST},
        }

    @contextmanager
    def _serving(self) -> Iterator[None]:
        files = self.folder / "files"
        files.mkdir()
        (files / FILE).write_bytes(CONTENT)
        authorizer = DummyAuthorizer()
        authorizer.add_user(self.user, self.password, str(files), perm="elradfmwMT")
        settings = {
            "authorizer": authorizer,
            "passive_ports": PASSIVE_PORTS,
            "auth_failed_timeout": 0.1,
            **self.settings,
        }
        # pyftpdlib takes its settings from the class.
        handler = type("Handler", (self.handler,), settings)
        loop = IOLoop()
        server = FTPServer((self.host, 0), handler, ioloop=loop)
        self.port = server.address[1]
        ended = Event()

        def serve() -> None:
            while not ended.is_set():
                loop.loop(timeout=0.05, blocking=False)
            server.close_all()

        with thread(serve, ended.set):
            yield

    def _probe(self) -> None:
        with ftplib.FTP(timeout=PATIENCE) as client:
            client.connect(self.host, self.port)
            client.login(self.user, self.password)
