# SPDX-License-Identifier: GPL-3.0-or-later
"""All the servers together."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .base import Server

if TYPE_CHECKING:
    from .ftp import Ftp
    from .http import Http
    from .s3 import S3
    from .sftp import Sftp
    from .storj_ix import StorjIx
    from .webdav import WebDav

SERVERS = {"s3": "S3", "storj_ix": "StorjIx", "sftp": "Sftp", "ftp": "Ftp", "webdav": "WebDav", "http": "Http"}
"""The classes by the provider's key, which names the file, too."""


class Lab:
    """Servers by the keys of their providers, running while the context lasts.

    Each is an attribute, for example `lab.s3`; one that was not asked for is missing.
    """

    s3: S3
    storj_ix: StorjIx
    sftp: Sftp
    ftp: Ftp
    webdav: WebDav
    http: Http

    def __init__(self, only: Iterable[str] = tuple(SERVERS)) -> None:
        """Take the keys of the servers to start. Raises ValueError for an unknown one."""
        self.servers: dict[str, Server] = {}
        self._keys = tuple(only)
        if unknown := set(self._keys) - SERVERS.keys():
            raise ValueError(f"no such server: {', '.join(sorted(unknown))}; there are {', '.join(SERVERS)}")
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start all servers at once. Raises the first failure, with none left running."""
        with ExitStack() as stack:
            # Before the threads: two that import parts of one library can wait for each other.
            servers = {key: _make(key) for key in self._keys}
            with ThreadPoolExecutor() as pool:
                starts = {key: pool.submit(server.__enter__) for key, server in servers.items()}
            started = {key: start.result() for key, start in starts.items() if not start.exception()}
            for server in started.values():
                stack.push(server)
            for start in starts.values():
                start.result()
            self.servers = started
            vars(self).update(started)
            self._running = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop them all."""
        self._running.close()

    @property
    def environment(self) -> dict[str, str]:
        """Variables for rclone, with which it trusts this lab's certificates and leaves loopback for nowhere."""
        trusted = {"SSL_CERT_FILE": str(self.storj_ix.ca_file)} if "storj_ix" in self.servers else {}
        return {"NO_PROXY": "*", **trusted}

    def clients(self) -> dict[str, dict[str, Any]]:
        """Return what clients need, by key, fit for JSON."""
        return {key: server.client() for key, server in self.servers.items()}


def _make(key: str) -> Server:
    # Only what is asked for is imported: some of the libraries are slow.
    server: Server = getattr(import_module(f"{__package__}.{key}"), SERVERS[key])()
    return server
