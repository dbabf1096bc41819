# SPDX-License-Identifier: GPL-3.0-or-later
"""The WebSocket to the NAS. Everything that the collection sends to a NAS goes through this file."""

from __future__ import annotations

import os
import re
import socket
import ssl
import struct
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import (
    ConnectionLost,
    InvalidInput,
    MissingLibrary,
    NoJsonRpc,
    NotTLS,
    Problem,
    ServerFault,
    TimedOut,
    TLSError,
    TrueNASError,
    Unreachable,
    Unsuitable,
)
from ..foreign import one_line
from ..protocol.dialect import DDP, DIALECTS, JSON_RPC
from ..protocol.scram import end_point
from ..versions import parse
from .bounded import CONNECT_TIMEOUT, MOMENT, Bounded, ProxyUnreachable, connect

WEBSOCKET_OLDEST = (1, 8)
WEBSOCKET_IMPORT_ERROR: str | None = None
WEBSOCKET_FOUND = ""
"""The installed version of websocket-client, which might be too old; empty if it is not installed."""
try:
    import websocket

    # Another package with the module name `websocket` does not have a version.
    WEBSOCKET_FOUND = str(getattr(websocket, "__version__", ""))
    if not WEBSOCKET_FOUND or parse(WEBSOCKET_FOUND)[:2] < WEBSOCKET_OLDEST:
        raise ImportError(f"websocket-client {WEBSOCKET_FOUND} is too old")
except ImportError:
    WEBSOCKET_IMPORT_ERROR = traceback.format_exc()

if TYPE_CHECKING:
    from collections.abc import Callable

PING_AFTER = 25.0
"""Seconds of silence after which a ping is sent. nginx on the NAS ends a connection on which the NAS has sent nothing for 60
seconds, even while a call runs (truenas-api/wire.md §1, Connection)."""

REDIRECTS = (301, 302, 303, 307, 308)
"""HTTP statuses that redirect to another address."""

WEB_INTERFACE = "/ui/"
"""Where the web server of the NAS redirects every path that it does not know (truenas-api/older.md §0)."""

WRONG_NAME = (62, 64)
"""OpenSSL's error codes for a certificate with another host name or address."""

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


CHECK = "Check that the NAS runs and that the network to it is stable."


def lost(url: str) -> ConnectionLost:
    """Return the error for a connection that broke."""
    return ConnectionLost(f"The connection to {url} was lost. {CHECK}")


def late(url: str) -> TimedOut:
    """Return the error for an answer that did not come in time."""
    return TimedOut(f"{url} did not answer in time. Check that the NAS runs, or raise the timeout.")


@dataclass(frozen=True)
class Address:
    """The address of the NAS, how to check its certificate, and the name of the dialect to speak there.

    With `over_ssh`, it is that of the SSH server, and the API is behind a local socket of the NAS.
    """

    host: str
    port: int
    plaintext: bool = False
    validate_certs: bool = True
    ca_path: str | None = None
    api: str = "current"
    dialect: str = JSON_RPC.name
    over_ssh: bool = False

    @property
    def name(self) -> str:
        """The place of the API for messages."""
        return f"{self.host} over SSH" if self.over_ssh else self.url

    @property
    def url(self) -> str:
        """The URL of the API. `current` is the newest version of the NAS; `/api/versions` lists the others."""
        path = DIALECTS[self.dialect].path.format(api=self.api)
        if self.over_ssh:
            # The name of the host has no effect on a local socket (truenas-api/older.md §4).
            return f"ws://localhost{path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'ws' if self.plaintext else 'wss'}://{host}:{self.port}{path}"

    def tls(self) -> ssl.SSLContext | None:
        """Return the TLS settings, or None without TLS. Raises TLSError if `ca_path` does not contain certificates."""
        if self.plaintext:
            return None
        try:
            folder = self.ca_path is not None and os.path.isdir(self.ca_path)
            context = ssl.create_default_context(
                cafile=None if folder else self.ca_path, capath=self.ca_path if folder else None
            )
        except (OSError, ssl.SSLError) as error:
            raise TLSError(
                f"Could not read certificates in PEM format from ca_path {self.ca_path}: {error}. Set it to a file or a "
                "folder on the host that runs the task."
            ) from None
        if not self.validate_certs:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class Channel:
    """An open WebSocket for text messages. Raises Unreachable, TLSError, or the error for a close code.

    `stream` is a connection that exists already, with the methods of a socket.
    """

    def __init__(self, address: Address, timeout: float = CONNECT_TIMEOUT, stream: Any = None) -> None:
        if WEBSOCKET_IMPORT_ERROR and WEBSOCKET_FOUND:
            raise Unsuitable([f"websocket-client 1.8 or newer (found {WEBSOCKET_FOUND})"], WEBSOCKET_IMPORT_ERROR)
        if WEBSOCKET_IMPORT_ERROR:
            raise MissingLibrary("websocket-client", WEBSOCKET_IMPORT_ERROR)
        self._url = address.name
        self._scheme = address.url.partition(":")[0]
        self._is_over_ssh = address.over_ssh
        self._where = "ssh_socket" if address.over_ssh else "host and port"
        self.dialect = DIALECTS[address.dialect]
        """The dialect of the messages."""
        self._patience = min(timeout, CONNECT_TIMEOUT)
        tls = address.tls()
        # The library's check runs over every byte in Python, and `receive` decodes the text anyway.
        self._socket = websocket.WebSocket(enable_multithread=False, skip_utf8_validation=True)
        try:
            deadline = time.monotonic() + timeout
            self._bounded = Bounded(stream, deadline) if stream else connect(address.host, address.port, tls, deadline)
        except Exception as error:
            raise self._explain(error) from None
        try:
            self._socket.connect(address.url, redirect_limit=0, socket=self._bounded)
            self._refuse_redirect()
        except Exception as error:
            self._bounded.close()
            self._refuse_redirect()
            # An answer that is not an upgrade can be too long or too slow to be read.
            status = self._bounded.status
            raise (self._explain_status(status) if status else self._explain(error)) from None
        self._bounded.opened()
        self._sent = 0.0
        self.pinged = 0.0
        """When the last ping was sent, on the clock of `time.monotonic`."""

    def binding(self) -> bytes | None:
        """Return the hash of the server's certificate to bind a login to, or None without TLS.

        Raises the errors of `end_point`.
        """
        certificate = self._bounded.certificate()
        return None if certificate is None else end_point(certificate)

    def send(self, text: str) -> None:
        """Send one message."""
        self._sent = time.monotonic()
        try:
            self._bounded.send_by = self._sent + self._patience
            self._socket.send(text)
        except Exception as error:
            raise self._explain(error) from None

    def receive(self, deadline: float) -> str:
        """Return the next message. Raises TimedOut at the `deadline`, on the clock of `time.monotonic`.

        Sends pings during long silences.
        """
        while True:
            self._bounded.deadline = min(deadline, self._next_ping)
            try:
                opcode, data = self._socket.recv_data_frame()
                break
            except Exception as error:
                explained = self._explain(error)
                is_late = time.monotonic() >= deadline or self._bounded.is_overdue
                if is_late or not isinstance(explained, TimedOut):
                    raise explained from None
            self.keep_alive()
        self._bounded.end_of_message()
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            raise self._explain_close(data.data)
        return bytes(data.data).decode(errors="replace")

    def trust(self) -> None:
        """Accept long messages: the login has succeeded."""
        self._bounded.trust()

    def abandon(self, request_id: int) -> None:
        """Ignore the request: the NAS cannot cancel a single call, and its late reply is skipped."""

    def answers(self) -> bool:
        """Return whether the NAS has sent anything since the last message to it, or answers a ping within a moment."""
        if self._bounded.heard >= self._sent:
            return True
        self.ping()
        return self._bounded.arrives(MOMENT)

    @property
    def heard(self) -> float:
        """When the NAS last sent something, on the clock of `time.monotonic`."""
        return self._bounded.heard

    @property
    def _next_ping(self) -> float:
        return max(self._bounded.heard, self.pinged) + PING_AFTER

    def keep_alive(self) -> None:
        """Send a ping if neither side has sent anything for `PING_AFTER` seconds."""
        if time.monotonic() >= self._next_ping:
            self.ping()

    def ping(self) -> None:
        """Send a ping, which the NAS answers."""
        self.pinged = time.monotonic()
        try:
            self._bounded.send_by = self.pinged + self._patience
            self._socket.ping()
        except Exception as error:
            raise self._explain(error) from None

    def fileno(self) -> int:
        """Return the descriptor of the socket, to wait for data."""
        number: int = self._bounded.fileno()
        return number

    def has_data(self) -> bool:
        """Return whether data has arrived that the socket does not report, because TLS has decrypted it already."""
        return self._bounded.has_data()

    def close(self) -> None:
        """Close the connection, which ends the session on the NAS."""
        self._bounded.deadline = time.monotonic() + 1
        # If that fails, the connection is not needed, so the error does not matter.
        with suppress(Exception):
            self._socket.close(timeout=1)
        # The library closes nothing that is not a socket (websocket-client 1.9.2).
        self._bounded.close()

    def _explain_close(self, body: bytes) -> TrueNASError:
        """Return the error for the body of a close frame: a code and its reason (RFC 6455 §5.5.1), or nothing."""
        if len(body) < 2:
            return ConnectionLost(f"{self._url} closed the connection without a reason. {CHECK}")
        code, reason = struct.unpack("!H", body[:2])[0], one_line(body[2:].decode(errors="replace"))
        if code in CLOSE_REASONS:
            return CLOSE_REASONS[code](self._url)
        return ConnectionLost(
            f"{self._url} closed the connection ({', '.join(filter(None, (f'code {code}', reason)))}). {CHECK}"
        )

    def _explain(self, error: Exception) -> TrueNASError:
        """Return the error of the tree for an exception of the socket, TLS, or the WebSocket library."""
        url = self._url
        if isinstance(error, TrueNASError):
            return error
        if isinstance(error, ssl.SSLCertVerificationError):
            reason = error.verify_message.rstrip(".")
            if error.verify_code in WRONG_NAME:
                return TLSError(
                    f"The certificate of {url} is for another host: {reason}. Set host to the name in the certificate."
                )
            return TLSError(
                f"The certificate of {url} is not trusted: {reason}. Set ca_path to the certificate of its CA, or set "
                "validate_certs: false to accept any certificate."
            )
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
            return NotTLS(f"{url} does not use TLS as expected ({error.reason}). Check host and port.")
        if isinstance(error, websocket.WebSocketBadStatusException):
            return self._explain_status(error.status_code)
        if isinstance(error, (websocket.WebSocketTimeoutException, TimeoutError)):
            return late(url)
        if isinstance(error, ConnectionRefusedError):
            return Unreachable(
                f"{url} cannot be reached: the connection was refused. Check host and port, and that the NAS runs."
            )
        if isinstance(error, (websocket.WebSocketConnectionClosedException, ConnectionError, ssl.SSLEOFError)):
            return lost(url)
        if isinstance(error, (socket.gaierror, UnicodeError)):
            return Unreachable(f"{url} cannot be reached: the host name cannot be resolved. Check host.")
        if isinstance(error, (websocket.WebSocketProxyException, ProxyUnreachable)):
            return Unreachable(
                f"{url} cannot be reached through the proxy of the environment: {one_line(str(error))}. Check the proxy, or "
                "set no_proxy."
            )
        if isinstance(error, OSError):
            return Unreachable(
                f"{url} cannot be reached: {error.strerror or error}. Check host, port, and the network."
            )
        return Unreachable(
            f"{url} does not use the WebSocket protocol: {type(error).__name__}. Check {self._where}, and what is between "
            "this host and the NAS."
        )

    def _refuse_redirect(self) -> None:
        """Raise Unreachable for a redirect.

        websocket-client 1.8 treats a redirect as a connection. 1.9 raises an error without its status and address.
        """
        answer = self._socket.handshake_response
        if answer is not None and answer.status in REDIRECTS:
            self._socket.shutdown()
            raise self._explain_status(answer.status, answer.headers.get("location", "")) from None

    def _explain_status(self, status: int, location: str = "") -> TrueNASError:
        message = f"{self._url} answered the WebSocket handshake with HTTP status {status}"
        if self.dialect is DDP and (status == 404 or self._is_web_interface(location)):
            return Unreachable(f"{message}. The server does not support DDP. Set api to auto, and check {self._where}.")
        if status == 404 and self._is_over_ssh:
            return NoJsonRpc(
                f"{self._url}, the API has no JSON-RPC (HTTP status 404), as before TrueNAS 25.04, or it does not support this "
                "api_version. Check api, api_version, and ssh_socket."
            )
        if status == 404:
            return NoJsonRpc(
                f"{self._url} does not exist (HTTP status 404). The server is not TrueNAS 25.04 or later, or it does not "
                "support this api_version. Check host, port, and api_version."
            )
        if status == 302 and self._is_web_interface(location):
            return NoJsonRpc(f"{message}, a redirect to its web interface, as TrueNAS before 25.04 does.")
        if status not in REDIRECTS:
            return Unreachable(f"{message}. Check {self._where}, and that the NAS has started.")
        scheme, host = _origin(location)
        if self._scheme == "ws" and scheme in ("https", "wss"):
            return Unreachable(f"{message}, a redirect to TLS at {scheme}://{host}. Remove ws:// from host.")
        # A path of its own server is named, too, unless it might be more than a path.
        path = location if re.fullmatch(r"/(?!/)[\w./-]{0,60}|/", location, re.ASCII) else "another address"
        target = f"{scheme or 'http'}://{host}" if host else path
        return Unreachable(f"{message}, a redirect to {target}. Set host and port to the address of the NAS itself.")

    def _is_web_interface(self, location: str) -> bool:
        """Return whether a redirect leads to a web interface with the scheme of this connection."""
        scheme, host = _origin(location)
        return bool(host) and scheme == self._scheme.replace("ws", "http") and location.endswith(WEB_INTERFACE)


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
