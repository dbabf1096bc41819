# SPDX-License-Identifier: GPL-3.0-or-later
"""FTP (truenas-api/providers.md, FTP)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import ftp
from .base import option
from .hosts import HostProvider
from .values import Port, Text


class Ftp(HostProvider):
    """An FTP server."""

    key = "ftp"
    wire_type = "FTP"
    title = "FTP"
    error_patterns: ClassVar[Patterns] = (
        (
            r"(?:SSL|TLS) required|must use encryption|(?:use|require|need)\w* (?:explicit )?(?:FTPS|TLS|SSL)",
            causes.TLS,
        ),
        (r"\b550\b|\b501\b.*no such", causes.NO_SUCH_BUCKET),
    )
    hints: ClassVar[Mapping[str, str]] = {
        "tls": "The server wants TLS, which the NAS does not use with FTP. Allow plain FTP for this user, or use SFTP.",
        "unreachable": "No FTP server answers at that address. Check host and port, and whether a firewall is in between. An "
        "IPv6 address needs brackets, as in [2001:db8::1].",
        "timeout": "The server did not answer in time. Check that its passive ports are open in the firewall, too.",
    }
    probe = ftp.probe
    rclone_type = "ftp"
    rclone_refused: ClassVar[Mapping[str, str]] = {
        "tls": "The NAS speaks plain FTP only; SFTP or WebDAV is encrypted.",
        "explicit_tls": "The NAS speaks plain FTP only; SFTP or WebDAV is encrypted.",
        "ask_password": "Give the password.",
        "socks_proxy": "Let the NAS reach the server.",
        "http_proxy": "Let the NAS reach the server.",
    }

    port: Port = option("Port of the server.", default=21)
    user: Text = option("Name of the user.", required=True, aliases=("username",), min_length=1)
    pass_: Text = option(
        "Password of the user; may be empty.", wire="pass", required=True, secret=True, aliases=("password",)
    )

    @classmethod
    def from_rclone(cls, options: Mapping[str, str]) -> dict[str, str]:
        """Say that there is no password, which the NAS wants to be told."""
        return {"pass": "", **options}
