# SPDX-License-Identifier: GPL-3.0-or-later
"""FTP (truenas-api/providers.md, FTP)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import ftp
from ..fields.field import option
from ..fields.kinds import Port, Text
from .base import words
from .hosts import HostProvider


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
        "tls": "The server requires TLS, which the NAS does not use with FTP. Allow plain FTP for this user, or use SFTP.",
        "unreachable": "No FTP server answers at this address. Check host, port, and firewalls. Put an IPv6 address in "
        "brackets, for example [2001:db8::1].",
        "timeout": "The server did not answer in time. Check that the firewall also allows its passive ports.",
    }
    probe = ftp.probe
    rclone_type = "ftp"
    times_flag = "--ftp-writing-mdtm"
    rclone_refused: ClassVar[Mapping[str, str]] = {
        "tls": "Use SFTP or WebDAV for encryption; the NAS supports only plain FTP.",
        "explicit_tls": "Use SFTP or WebDAV for encryption; the NAS supports only plain FTP.",
        "ask_password": "Add the password to the section.",
        "socks_proxy": "Let the NAS connect to the server directly.",
        "http_proxy": "Let the NAS connect to the server directly.",
    }
    rclone_harmless = words(
        """
        allow_insecure_tls_ciphers close_timeout concurrency description disable_epsv disable_mlsd disable_tls13
        disable_utf8 encoding force_list_hidden idle_timeout no_check_certificate no_check_upload shut_timeout
        tls_cache_size writing_mdtm
        """
    )

    port: Port = option("Port of the server.", default=21)
    user: Text = option("User name.", required=True, aliases=("username",), min_length=1)
    pass_: Text = option(
        "Password of the user; can be empty.", wire="pass", required=True, secret=True, aliases=("password",)
    )

    @classmethod
    def from_rclone(cls, options: Mapping[str, str]) -> dict[str, str]:
        """Add an empty password if the remote has none, because the NAS requires the field."""
        return {"pass": "", **options}
