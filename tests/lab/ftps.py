# SPDX-License-Identifier: GPL-3.0-or-later
"""An FTP server that wants TLS (RFC 4217): pyftpdlib.

The NAS's provider for FTP has no option for TLS, so this server refuses what the NAS tries. A client that can ask for TLS gets
in, with `explicit_tls` in rclone's words.
"""

from __future__ import annotations

import ftplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyftpdlib.handlers import TLS_FTPHandler

from .base import PATIENCE
from .certificate import write_certificate
from .ftp import Ftp


class Ftps(Ftp):
    """FTP with explicit TLS on both channels, and nothing without it. `ca_file` is what a client trusts."""

    wire_type = "FTP"
    ca_file: Path
    handler = TLS_FTPHandler

    def refused(self) -> dict[str, dict[str, Any]]:
        return {"tls_required": self.options}

    def client(self) -> dict[str, Any]:
        return super().client() | {"ca_file": str(self.ca_file)}

    @contextmanager
    def _serving(self) -> Iterator[None]:
        self.ca_file, key_file = write_certificate(self.folder)
        tls = {"tls_control_required": True, "tls_data_required": True}
        self.settings = {"certfile": str(self.ca_file), "keyfile": str(key_file), **tls}
        with super()._serving():
            yield

    def _probe(self) -> None:
        context = ssl.create_default_context(cafile=str(self.ca_file))
        with ftplib.FTP_TLS(timeout=PATIENCE, context=context) as client:
            client.connect(self.host, self.port)
            client.login(self.user, self.password)
