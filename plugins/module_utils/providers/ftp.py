# SPDX-License-Identifier: GPL-3.0-or-later
"""FTP (truenas-api/providers.md, FTP)."""

from __future__ import annotations

from .base import Provider, option
from .values import Port, Text


class Ftp(Provider):
    """An FTP server."""

    key = "ftp"
    wire_type = "FTP"
    title = "FTP"

    host: Text = option("Name or address of the server.", required=True, min_length=1)
    port: Port = option("Port of the server.", default=21)
    user: Text = option("Name of the user.", required=True, aliases=("username",), min_length=1)
    pass_: Text = option(
        "Password of the user; may be empty.", wire="pass", required=True, secret=True, aliases=("password",)
    )
