# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of a connection to a NAS: exceptions of sockets, TLS, and the library, HTTP statuses, and close codes."""

from __future__ import annotations

import re
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from .._websocket_client import (
    WebSocketBadStatusException,
    WebSocketConnectionClosedException,
    WebSocketProxyException,
    WebSocketTimeoutException,
)
from ..errors import (
    ConnectionLost,
    InvalidInput,
    NoJsonRpc,
    NotTLS,
    Problem,
    ServerFault,
    TimedOut,
    TLSError,
    TrueNASError,
    Unreachable,
)
from ..foreign import one_line
from ..protocol.dialect import DDP
from .address import Address
from .bounded import ProxyUnreachable

REDIRECTS = (301, 302, 303, 307, 308)
"""HTTP statuses that redirect to another address."""

WEB_INTERFACE = "/ui/"
"""Where the web server of the NAS redirects every path that it does not know (truenas-api/older.md §0)."""

WRONG_NAME = (62, 64)
"""OpenSSL's error codes for a certificate with another host name or address."""

CHECK = "Check that the NAS runs and that the network to it is stable."

CLOSE_REASONS: dict[int, Callable[[str], TrueNASError]] = {
    1007: lambda url: ServerFault(
        f"{url} closed the connection (code 1007): a message was too long or not text. Shorten the values."
    ),
    1008: lambda url: Unreachable(
        f"{url} does not allow this address (code 1008). Add it to the allowed addresses of the NAS."
    ),
    1009: lambda url: InvalidInput(
        [
            Problem(
                "request",
                f"{url} closed the connection because a message was too long (code 1009)",
                "Shorten the values.",
            )
        ]
    ),
}
"""The errors for the server's close codes (truenas-api/wire.md §1)."""


def lost(url: str) -> ConnectionLost:
    """Return the error for a connection that broke."""
    return ConnectionLost(f"The connection to {url} was lost. {CHECK}")


def late(url: str) -> TimedOut:
    """Return the error for an answer that did not come in time."""
    return TimedOut(f"{url} did not answer in time. Check that the NAS runs, or raise the timeout.")


def of_exception(error: Exception, address: Address) -> TrueNASError:
    """Return the error for an exception of a socket, TLS, or the library. An error of ours is returned as it is."""
    if isinstance(error, TrueNASError):
        return error
    for kinds, explain in EXCEPTIONS:
        if isinstance(error, kinds):
            return explain(error, address)
    return Unreachable(
        f"{address.name} does not use the WebSocket protocol: {type(error).__name__}. Check {_options(address)}, and what "
        "is between this host and the NAS."
    )


def of_close(body: bytes, url: str) -> TrueNASError:
    """Return the error for the body of a close frame: a code and its reason (RFC 6455 §5.5.1), or nothing."""
    if len(body) < 2:
        return ConnectionLost(f"{url} closed the connection without a reason. {CHECK}")
    code, reason = struct.unpack("!H", body[:2])[0], one_line(body[2:].decode(errors="replace"))
    if code in CLOSE_REASONS:
        return CLOSE_REASONS[code](url)
    return ConnectionLost(f"{url} closed the connection ({', '.join(filter(None, (f'code {code}', reason)))}). {CHECK}")


def of_status(status: int, address: Address, location: str = "") -> TrueNASError:
    """Return the error for a handshake that was answered with an HTTP status, and with the target of a redirect."""
    message = f"{address.name} answered the WebSocket handshake with HTTP status {status}"
    is_web_interface = _is_web_interface(location, address)
    if address.dialect == DDP.name and (status == 404 or is_web_interface):
        return Unreachable(
            f"{message}. The server does not support DDP. Set api to auto, and check {_options(address)}."
        )
    if status == 404 and address.over_ssh:
        return NoJsonRpc(
            f"{address.name}, the API has no JSON-RPC (HTTP status 404), as before TrueNAS 25.04, or it does not support "
            "this api_version. Check api, api_version, and ssh_socket."
        )
    if status == 404:
        return NoJsonRpc(
            f"{address.name} does not exist (HTTP status 404). The server is not TrueNAS 25.04 or later, or it does not "
            "support this api_version. Check host, port, and api_version."
        )
    if status == 302 and is_web_interface:
        return NoJsonRpc(f"{message}, a redirect to its web interface, as TrueNAS before 25.04 does.")
    if status in REDIRECTS:
        return _of_redirect(message, address, location)
    return Unreachable(f"{message}. Check {_options(address)}, and that the NAS has started.")


def _of_redirect(message: str, address: Address, location: str) -> TrueNASError:
    scheme, host = _origin(location)
    if address.scheme == "ws" and scheme in ("https", "wss"):
        return Unreachable(f"{message}, a redirect to TLS at {scheme}://{host}. Remove ws:// from host.")
    # A path of its own server is named, too, unless it might be more than a path.
    path = location if re.fullmatch(r"/(?!/)[\w./-]{0,60}|/", location, re.ASCII) else "another address"
    target = f"{scheme or 'http'}://{host}" if host else path
    return Unreachable(f"{message}, a redirect to {target}. Set host and port to the address of the NAS itself.")


def _is_web_interface(location: str, address: Address) -> bool:
    """Return whether a redirect leads to a web interface with the scheme of the connection."""
    scheme, host = _origin(location)
    return bool(host) and scheme == address.scheme.replace("ws", "http") and location.endswith(WEB_INTERFACE)


def _origin(location: str) -> tuple[str, str]:
    """Return the scheme and the host with its port of a redirect, or two empty texts.

    The rest of the address might contain a secret.
    """
    try:
        url = urlsplit(location)
        host = f"{url.hostname}:{url.port}" if url.port else url.hostname or ""
    except ValueError:
        return "", ""
    return (url.scheme, host) if re.fullmatch(r"[\w.:-]{1,260}", host) else ("", "")


def _options(address: Address) -> str:
    """Return the names of the options that lead to the API."""
    return "ssh_socket" if address.over_ssh else "host and port"


def _of_certificate(error: ssl.SSLCertVerificationError, address: Address) -> TrueNASError:
    reason = error.verify_message.rstrip(".")
    if error.verify_code in WRONG_NAME:
        return TLSError(
            f"The certificate of {address.name} is for another host: {reason}. Set host to the name in the certificate."
        )
    return TLSError(
        f"The certificate of {address.name} is not trusted: {reason}. Set ca_path to the certificate of its CA, or set "
        "validate_certs: false to accept any certificate."
    )


def _of_tls(error: ssl.SSLError, address: Address) -> TrueNASError:
    return NotTLS(f"{address.name} does not use TLS as expected ({error.reason}). Check host and port.")


EXCEPTIONS: tuple[tuple[Any, Callable[[Any, Address], TrueNASError]], ...] = (
    (ssl.SSLCertVerificationError, _of_certificate),
    (ssl.SSLEOFError, lambda error, address: lost(address.name)),
    (ssl.SSLError, _of_tls),
    (WebSocketBadStatusException, lambda error, address: of_status(error.status_code, address)),
    ((WebSocketTimeoutException, TimeoutError), lambda error, address: late(address.name)),
    (
        ConnectionRefusedError,
        lambda error, address: Unreachable(
            f"{address.name} cannot be reached: the connection was refused. Check host and port, and that the NAS runs."
        ),
    ),
    ((WebSocketConnectionClosedException, ConnectionError), lambda error, address: lost(address.name)),
    (
        (socket.gaierror, UnicodeError),
        lambda error, address: Unreachable(
            f"{address.name} cannot be reached: the host name cannot be resolved. Check host."
        ),
    ),
    (
        (WebSocketProxyException, ProxyUnreachable),
        lambda error, address: Unreachable(
            f"{address.name} cannot be reached through the proxy of the environment: {one_line(str(error))}. Check the "
            "proxy, or set no_proxy."
        ),
    ),
    (
        OSError,
        lambda error, address: Unreachable(
            f"{address.name} cannot be reached: {error.strerror or error}. Check host, port, and the network."
        ),
    ),
)
"""Exceptions and the function that explains them. The first row that fits counts: the special ones come first."""
