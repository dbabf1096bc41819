# SPDX-License-Identifier: GPL-3.0-or-later
"""websocket-client, or stand-ins that let the files that use it be imported without it.

Ansible loads a module's files before the module can report that a library is missing. `require()` reports it.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from .errors import MissingLibrary, Unsuitable
from .versions import parse

OLDEST = (1, 8)

IMPORT_ERROR: str | None = None
FOUND = ""
"""The installed version, which might be too old; empty if websocket-client is not installed."""

if TYPE_CHECKING:
    from websocket import (
        ABNF,
        WebSocket,
        WebSocketBadStatusException,
        WebSocketConnectionClosedException,
        WebSocketProxyException,
        WebSocketTimeoutException,
    )
    from websocket._http import _tunnel as tunnel
    from websocket._url import get_proxy_info
else:
    try:
        import websocket

        # Another package with the module name `websocket` does not have a version.
        FOUND = str(getattr(websocket, "__version__", ""))
        if not FOUND or parse(FOUND)[:2] < OLDEST:
            raise ImportError(f"websocket-client {FOUND} is too old")
        from websocket import (
            ABNF,
            WebSocket,
            WebSocketBadStatusException,
            WebSocketConnectionClosedException,
            WebSocketProxyException,
            WebSocketTimeoutException,
        )
        from websocket._http import _tunnel as tunnel
        from websocket._url import get_proxy_info
    except ImportError:
        IMPORT_ERROR = traceback.format_exc()

        class _Absent(Exception):
            """A stand-in for the exceptions, so that tables of exceptions can be built."""

        ABNF = WebSocket = tunnel = get_proxy_info = None
        WebSocketBadStatusException = WebSocketConnectionClosedException = _Absent
        WebSocketProxyException = WebSocketTimeoutException = _Absent

__all__ = [
    "ABNF",
    "WebSocket",
    "WebSocketBadStatusException",
    "WebSocketConnectionClosedException",
    "WebSocketProxyException",
    "WebSocketTimeoutException",
    "get_proxy_info",
    "require",
    "tunnel",
]


def require() -> None:
    """Raise MissingLibrary if websocket-client could not be imported, Unsuitable if it is too old."""
    if IMPORT_ERROR and FOUND:
        raise Unsuitable([f"websocket-client 1.8 or newer (found {FOUND})"], IMPORT_ERROR)
    if IMPORT_ERROR:
        raise MissingLibrary("websocket-client", IMPORT_ERROR)
