# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP (truenas-api/providers.md, HTTP)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ..diagnosis.probes import web
from ..fields.field import option
from ..fields.kinds import IN_CLEAR, Url, WireValue, sends_password_in_clear
from .base import Provider, words


class Http(Provider):
    """A web server that lists its folders; read only."""

    key = "http"
    wire_type = "HTTP"
    title = "HTTP"
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_login": "The server requires a user and a password. Set them in the URL: https://user:password@host/folder/. "
        "If they are set, check them, and that the server accepts Basic authentication; the NAS does not support Digest.",
        "no_such_bucket": "The URL does not lead to a folder. Check it for missing or extra parts.",
    }
    probe = web.http
    rclone_type = "http"
    is_read_only = True
    rclone_refused: ClassVar[Mapping[str, str]] = {
        "headers": "Put the user and the password into the url.",
    }
    rclone_harmless = words(
        """
        description no_escape no_head no_slash
        """
    )

    url: Url = option("URL of the folder. Output never contains a user and password in the URL.", required=True)

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Yield a warning for a password that is sent without encryption."""
        yield from super().warn(values)
        if sends_password_in_clear(values.get("url")):
            yield IN_CLEAR.format(f"{cls.key}.url")
