# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that name the place of an API: host, port, and version."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ..errors import Problem
from ..protocol.dialect import AUTO, DDP, JSON_RPC
from ..versions import FIRST_VERSION, Version
from ..versions import parse as parse_version

CURRENT = "current"
HTTPS = 443

TLS = {"": True, "wss": True, "https": True, "ws": False, "http": False}
"""Whether a scheme uses TLS."""


def split(host: str, port: int) -> tuple[str, str, int]:
    """Return the scheme, the bare host, and the port of a name, an address, or a URL. The host is empty if it is invalid."""
    if "://" not in host:
        return "", host.strip("[]"), port
    try:
        url = urlsplit(host)
        given = url.port
    except ValueError:
        return "", "", port
    if url.username is not None or url.path.strip("/") or url.query or url.fragment:
        return url.scheme, "", port
    default = 80 if not TLS.get(url.scheme, True) and port == HTTPS else port
    return url.scheme, url.hostname or "", default if given is None else given


def address_problems(scheme: str, host: str, port: int) -> Iterator[Problem]:
    """Yield the problems with the parts of an address."""
    is_name = re.fullmatch(r"(?!.*\.\.)[\w.-]{1,253}", host) is not None
    if scheme not in TLS or not (is_name or _is_address(host)):
        yield Problem(
            "host",
            "must be a host name, an address, or a URL without a path",
            "Set it to a value such as nas1.example.net, and use port for the port.",
        )
    if not 1 <= port <= 65535:
        yield Problem("port", "must be a number from 1 to 65535", "Set the port of the NAS web interface, usually 443.")


def api_path(api: str | None) -> str:
    """Return the version of the API as in the path of its URL."""
    return CURRENT if api is None else f"v{api.removeprefix('v')}"


def api_version(path: str) -> Version | None:
    """Return the version of the API from the path of its URL, or None for the newest one."""
    return None if path == CURRENT else parse_version(path)


def dialects(spoken: str, api: str | None) -> tuple[str, bool]:
    """Return the name of the dialect to speak, and whether DDP is tried if the NAS does not speak it.

    `spoken` and `api` are the options `api` and `api_version`. Before 25.04, the API does not have versions.
    """
    return JSON_RPC.name if spoken == AUTO else spoken, spoken == AUTO and api is None


def api_problems(spoken: str, api: str | None) -> Iterator[Problem]:
    """Yield the problems with the options `api` and `api_version`."""
    if api is None:
        return
    if not re.fullmatch(r"v?\d{2}\.\d{2}\.\d{1,2}|v?\d{2}\.\d\.\d{1,2}", api) or parse_version(api) < FIRST_VERSION:
        yield Problem(
            "api_version",
            "must be an API version from v25.04.0 on, such as v25.10.0",
            "Set a version that https://HOST/api/versions lists, or remove the option to use the newest one.",
        )
    if spoken == DDP.name:
        yield Problem("api_version", "cannot be combined with api: ddp", "Remove one of them.")


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False
