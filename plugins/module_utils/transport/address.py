# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a NAS is reached, and how its certificate is checked."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass

from ..errors import TLSError
from ..protocol.dialect import DIALECTS, JSON_RPC


@dataclass(frozen=True)
class Address:
    """The address of the NAS, how to check its certificate, and the name of the dialect to speak there.

    With `over_ssh`, it is that of the SSH server, and the API is behind a local socket of the NAS.
    """

    host: str
    port: int
    plaintext: bool = False
    validate_certs: bool = True
    ca_path: str | None = None
    api: str = "current"
    dialect: str = JSON_RPC.name
    over_ssh: bool = False

    @property
    def name(self) -> str:
        """The place of the API for messages."""
        return f"{self.host} over SSH" if self.over_ssh else self.url

    @property
    def url(self) -> str:
        """The URL of the API. `current` is the newest version of the NAS; `/api/versions` lists the others."""
        path = DIALECTS[self.dialect].path.format(api=self.api)
        if self.over_ssh:
            # The name of the host has no effect on a local socket (truenas-api/older.md §4).
            return f"{self.scheme}://localhost{path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{path}"

    @property
    def scheme(self) -> str:
        """The scheme of the URL: `ws`, or `wss` with TLS."""
        return "ws" if self.plaintext or self.over_ssh else "wss"

    def tls(self) -> ssl.SSLContext | None:
        """Return the TLS settings, or None without TLS. Raises TLSError if `ca_path` does not contain certificates."""
        if self.plaintext:
            return None
        try:
            folder = self.ca_path is not None and os.path.isdir(self.ca_path)
            context = ssl.create_default_context(
                cafile=None if folder else self.ca_path, capath=self.ca_path if folder else None
            )
        except (OSError, ssl.SSLError) as error:
            raise TLSError(
                f"Could not read certificates in PEM format from ca_path {self.ca_path}: {error}. Set it to a file or a "
                "folder on the host that runs the task."
            ) from None
        if not self.validate_certs:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
