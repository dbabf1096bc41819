# SPDX-License-Identifier: GPL-3.0-or-later
"""All the servers together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .base import Server
from .gate import Gate
from .stand_in import StandIn

if TYPE_CHECKING:
    from .azureblob import AzureBlob
    from .b2 import B2
    from .box import Box
    from .dropbox import Dropbox
    from .ftp import Ftp
    from .ftps import Ftps
    from .google_cloud_storage import GoogleCloudStorage
    from .google_drive import GoogleDrive
    from .google_photos import GooglePhotos
    from .http import Http
    from .onedrive import OneDrive
    from .openstack_swift import OpenStackSwift
    from .pcloud import PCloud
    from .s3 import S3
    from .s3_refusals import S3Refusals
    from .sftp import Sftp
    from .sshd import Sshd
    from .storj_ix import StorjIx
    from .webdav import WebDav
    from .yandex import Yandex

SERVERS = {
    "s3": "S3",
    "storj_ix": "StorjIx",
    "sftp": "Sftp",
    "ftp": "Ftp",
    "webdav": "WebDav",
    "http": "Http",
    "azureblob": "AzureBlob",
    "openstack_swift": "OpenStackSwift",
    "google_cloud_storage": "GoogleCloudStorage",
    "b2": "B2",
    "box": "Box",
    "dropbox": "Dropbox",
    "google_drive": "GoogleDrive",
    "google_photos": "GooglePhotos",
    "onedrive": "OneDrive",
    "pcloud": "PCloud",
    "yandex": "Yandex",
    "sshd": "Sshd",
    "ftps": "Ftps",
    "s3_refusals": "S3Refusals",
}
"""The classes by the provider's key, which names the file, too. The last three are more servers for SFTP, FTP and S3."""


class Lab:
    """Servers by the keys of their providers, running while the context lasts.

    Each is an attribute, for example `lab.s3`; one that was not asked for is missing. `gate` leads to those that stand in for
    a provider whose address a client cannot choose.
    """

    gate: Gate

    s3: S3
    storj_ix: StorjIx
    sftp: Sftp
    ftp: Ftp
    webdav: WebDav
    http: Http
    google_cloud_storage: GoogleCloudStorage
    b2: B2
    box: Box
    dropbox: Dropbox
    google_drive: GoogleDrive
    google_photos: GooglePhotos
    onedrive: OneDrive
    pcloud: PCloud
    yandex: Yandex
    azureblob: AzureBlob
    openstack_swift: OpenStackSwift
    sshd: Sshd
    ftps: Ftps
    s3_refusals: S3Refusals

    ca_file: Path
    """The authorities of all its certificates."""

    def __init__(self, only: Iterable[str] = tuple(SERVERS)) -> None:
        """Take the keys of the servers to start. Raises ValueError for an unknown one."""
        self.servers: dict[str, Server] = {}
        self._keys = tuple(only)
        if unknown := set(self._keys) - SERVERS.keys():
            raise ValueError(f"no such server: {', '.join(sorted(unknown))}; there are {', '.join(SERVERS)}")
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start all servers at the same time. Raises the first failure, with none left running."""
        with ExitStack() as stack:
            # Before the threads: two that import parts of one library can wait for each other.
            servers = {key: _make(key) for key in self._keys}
            stand_ins = [server for server in servers.values() if isinstance(server, StandIn)]
            self.gate = stack.enter_context(Gate(stand_ins))
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="lab-")))
            with ThreadPoolExecutor() as pool:
                starts = {key: pool.submit(server.__enter__) for key, server in servers.items()}
            started = {key: start.result() for key, start in starts.items() if not start.exception()}
            for server in started.values():
                stack.push(server)
            for start in starts.values():
                start.result()
            self.servers = started
            self.ca_file = folder / "authorities.pem"
            self.ca_file.write_bytes(b"".join(file.read_bytes() for file in self._ca_files()))
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
        """Variables for rclone, with which it goes through the gate and trusts all certificates of this lab."""
        return {**self.gate.environment, "SSL_CERT_FILE": str(self.ca_file)}

    def _ca_files(self) -> Iterator[Path]:
        yield self.gate.ca_file
        for server in self.servers.values():
            if isinstance(file := getattr(server, "ca_file", None), Path):
                yield file

    def clients(self) -> dict[str, dict[str, Any]]:
        """Return what clients need, by key, fit for JSON."""
        return {key: server.client() for key, server in self.servers.items()}


def _make(key: str) -> Server:
    # Only what is asked for is imported: some of the libraries are slow.
    server: Server = getattr(import_module(f"{__package__}.{key}"), SERVERS[key])()
    return server
