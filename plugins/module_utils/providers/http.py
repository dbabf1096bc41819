# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP (truenas-api/providers.md, HTTP)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .base import Provider, option
from .values import Url


class Http(Provider):
    """A web server that lists its folders; read only."""

    key = "http"
    wire_type = "HTTP"
    title = "HTTP"
    rclone_type = "http"
    rclone_refused: ClassVar[Mapping[str, str]] = {
        "headers": "Put a user and a password into the url.",
    }

    url: Url = option("URL of the folder. A user and a password in it are kept out of all output.", required=True)
