# SPDX-License-Identifier: GPL-3.0-or-later
"""SFTP (truenas-api/providers.md, SFTP)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .base import Provider, option
from .values import KeypairId, Port, Text, WireValue


class Sftp(Provider):
    """An SSH server."""

    key = "sftp"
    wire_type = "SFTP"
    title = "SFTP"

    host: Text = option("Name or address of the server.", required=True, min_length=1)
    port: Port = option("Port of the server.", default=22)
    user: Text = option("Name of the user.", required=True, aliases=("username",), min_length=1)
    pass_: Text = option("Password of the user.", wire="pass", secret=True, aliases=("password",))
    private_key: KeypairId = option(
        "Number of an SSH keypair that is stored on the NAS, never the text of a key.",
        aliases=("private_key_id",),
        refers_to_keypair=True,
    )

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Warn of a credential with nothing to log in with; the NAS does not ask for either."""
        yield from super().warn(values)
        if not values.get("pass") and values.get("private_key") is None:
            yield "sftp: neither pass nor private_key is set, so the server has to let the user in without either."
