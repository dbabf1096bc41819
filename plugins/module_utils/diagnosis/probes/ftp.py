# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe for FTP without TLS, which the NAS uses, with the standard library."""

from __future__ import annotations

import ftplib
import io
from collections.abc import Mapping
from typing import Any

from ..causes import NO_SUCH_BUCKET, NOT_WRITABLE
from .base import CONTENT, ProbeRefused, ProbeTarget, address, as_the_nas_reads, new_name, removed

ERRORS: tuple[type[Exception], ...] = (*ftplib.all_errors, UnicodeError)
"""Exceptions of the library; the last one is for an invalid host name."""


@as_the_nas_reads
def probe(values: Mapping[str, Any], target: ProbeTarget) -> None:
    """Log in and list the folder over a second connection, as every transfer does; an empty path is the user's folder."""
    try:
        with ftplib.FTP(timeout=target.timeout) as client:  # noqa: S321 - the NAS uses FTP
            client.connect(address(values["host"]), values["port"])
            client.login(values["user"], values["pass"])
            _list_and_write(client, target)
    except ERRORS as error:
        raise ProbeRefused(str(error) or "The server closed the connection") from error


def _list_and_write(client: ftplib.FTP, target: ProbeTarget) -> None:
    if target.path:
        try:
            client.cwd(target.path)
        except ftplib.error_perm as error:
            raise ProbeRefused(f"{target.path}: {error}", NO_SUCH_BUCKET) from error
    client.retrlines("LIST", lambda line: None)
    if not target.write:
        return
    name = new_name()
    with removed(lambda: client.delete(name), f"{target.path.rstrip('/')}/{name}", ftplib.all_errors):
        try:
            client.storbinary(f"STOR {name}", io.BytesIO(CONTENT))
        except ftplib.error_perm as error:
            raise ProbeRefused(str(error), NOT_WRITABLE) from error
