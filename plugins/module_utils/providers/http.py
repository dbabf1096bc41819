# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP (truenas-api/providers.md, HTTP)."""

from __future__ import annotations

from .base import Provider, option
from .values import Url


class Http(Provider):
    """A web server that lists its folders; read only."""

    key = "http"
    wire_type = "HTTP"
    title = "HTTP"

    url: Url = option("URL of the folder. A user and a password in it are kept out of all output.", required=True)
