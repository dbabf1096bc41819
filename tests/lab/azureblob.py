# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure Blob Storage: Azurite, Microsoft's emulator, in a process of its own."""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from subprocess import run
from typing import Any

from .base import CLOSED, CONTENT, FILE, HOST, PATIENCE, Server
from .install import BIN, azurite
from .running import program
from .web import expect

# Azurite does not mind the end of its standard input, the shell does.
UNTIL_END_OF_INPUT = '"$@" & cat; kill -KILL $!; wait'


class AzureBlob(Server):
    """One account, `user`, whose key is `password`, with one container, `container`.

    Azurite does not know keys for one container.
    """

    container = "lab-container"
    pid: int

    def __init__(self) -> None:
        super().__init__()
        self.user = "labaccount"
        self.password = _key()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/{self.user}"

    @property
    def options(self) -> dict[str, Any]:
        return {"account": self.user, "key": self.password, "endpoint": self.url}

    def refused(self) -> dict[str, dict[str, Any]]:
        return {
            "wrong_secret": self.options | {"key": _key()},
            "key_is_no_base64": self.options | {"key": "wrong"},
            "unknown_key": self.options | {"account": "nobody", "endpoint": self.url.replace(self.user, "nobody")},
            "unreachable": self.options | {"endpoint": f"http://{self.host}:{CLOSED}/{self.user}"},
        }

    @contextmanager
    def _serving(self) -> Iterator[None]:
        node, script = azurite()
        flags = ["--blobHost", HOST, "--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck"]
        command = ["sh", "-c", UNTIL_END_OF_INPUT, "sh", str(node), str(script), *flags, "--disableTelemetry"]
        # The key goes by the environment, because others can read a command line.
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "AZURITE_ACCOUNTS": f"{self.user}:{self.password}"}
        with program(command, rf"listens on http://{HOST}:(\d+)", env) as (process, line):
            self.pid, self.port = process.pid, int(line[1])
            self._fill()
            yield

    def _fill(self) -> None:
        """Make the container and its file. Requests have to be signed, which rclone can do."""
        account = {"ACCOUNT": self.user, "KEY": self.password, "ENDPOINT": self.url}
        env = {f"RCLONE_AZUREBLOB_{name}": value for name, value in account.items()} | {"RCLONE_CONFIG": os.devnull}
        command = [str(BIN / "rclone"), "rcat", f":azureblob:{self.container}/{FILE}"]
        run(command, input=CONTENT, env=env | {"HOME": str(self.folder)}, check=True)

    def _probe(self) -> None:
        expect(HTTPStatus.BAD_REQUEST, HTTPConnection(self.host, self.port, timeout=PATIENCE))


def _key() -> str:
    return b64encode(secrets.token_bytes(32)).decode()
