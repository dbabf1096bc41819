# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe for SFTP with paramiko."""

from __future__ import annotations

import base64
import io
import logging
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ..causes import FORBIDDEN, MISSING_KEYPAIR, NO_SUCH_BUCKET, NOT_WRITABLE, WRONG_LOGIN, WRONG_SECRET
from .base import CONTENT, ProbeRefused, ProbeTarget, address, as_the_nas_reads, library, new_name, removed

_PEM = re.compile(
    r"^-----BEGIN (?P<label>[^\n]*?)-----[ \t\r]*\n(?P<body>.*?)^-----END (?P=label)-----", re.DOTALL | re.MULTILINE
)

_CURVE_IN_FULL = bytes.fromhex("06072a8648ce3d0101")
"""The identifier of a prime field, which keys contain that spell out their curve instead of naming it (RFC 3279, 2.3.5)."""


@as_the_nas_reads
def probe(values: Mapping[str, Any], target: ProbeTarget) -> None:
    """Log in with the password, the key, or both, and list the folder; an empty path is the user's folder.

    The probe accepts any host key, as rclone on the NAS does, which stores none to compare with.
    """
    paramiko = library("paramiko", "paramiko")
    # Without a handler, its threads would write to the terminal.
    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    if values.get("private_key") is not None and target.private_key is None:
        raise ProbeRefused("The private key of the keypair is unknown to the controller", MISSING_KEYPAIR)
    if not values.get("pass") and target.private_key is None:
        raise ProbeRefused("Neither a password nor a key is set", WRONG_LOGIN)
    key = _key(paramiko, target.private_key) if target.private_key is not None else None
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.MissingHostKeyPolicy())
        try:
            client.connect(
                address(values["host"]),
                values["port"],
                values["user"],
                transport_factory=_transport(paramiko),
                auth_strategy=_Login(paramiko, values["user"], values.get("pass"), key),
                **dict.fromkeys(("timeout", "banner_timeout", "auth_timeout", "channel_timeout"), target.timeout),
            )
            files = client.open_sftp()
            files.get_channel().settimeout(target.timeout)
            _list_and_write(files, target)
        except paramiko.AuthenticationException as error:
            raise ProbeRefused(str(error), WRONG_LOGIN) from error
        except (paramiko.SSHException, OSError, EOFError, UnicodeError) as error:
            raise ProbeRefused(str(error) or "The server closed the connection") from error


def _list_and_write(files: Any, target: ProbeTarget) -> None:
    try:
        # The first name proves that the list works, without reading all of a large folder.
        next(files.listdir_iter(target.path or ".", read_aheads=1), None)
    except FileNotFoundError as error:
        raise ProbeRefused(f"{target.path}: {error}", NO_SUCH_BUCKET) from error
    except PermissionError as error:
        raise ProbeRefused(f"{target.path or 'The root'}: {error}", FORBIDDEN) from error
    if not target.write:
        return
    name = f"{target.path.rstrip('/')}/{new_name()}" if target.path else new_name()
    with removed(lambda: files.remove(name), name, (OSError, EOFError)):
        try:
            files.putfo(io.BytesIO(CONTENT), name)
        except TimeoutError:
            raise
        except OSError as error:
            raise ProbeRefused(f"{name}: {error}", NOT_WRITABLE) from error


def _transport(paramiko: Any) -> Any:
    """Return the class of the connection: it requests the login service once, and sees every reply to a login.

    Some servers close the connection after a second request for the service. paramiko creates the event that a reply sets
    only after it has sent the request (5.1), so a login would wait for its timeout if the reply is faster. It also waits
    without end for the service if the connection breaks meanwhile.
    """

    class Handler(paramiko.auth_handler.AuthOnlyHandler):  # type: ignore[misc]  # paramiko has no types
        """Keeps the event that exists before the request is sent."""

        _answered: threading.Event | None = None

        def send_auth_request(self, *args: Any, **options: Any) -> Any:
            self._answered = threading.Event()
            return super().send_auth_request(*args, **options)

        @property
        def auth_event(self) -> threading.Event | None:
            return self._answered

        @auth_event.setter
        def auth_event(self, event: threading.Event | None) -> None:
            """Ignore the event that paramiko creates after the request."""

    class Transport(paramiko.ServiceRequestingTransport):  # type: ignore[misc]  # the same
        """Ends the wait for the login service with the connection."""

        _accepted = False

        def get_auth_handler(self) -> Any:
            return Handler(self)

        @property
        def _service_userauth_accepted(self) -> bool:
            if not self.is_active():
                raise paramiko.SSHException("The server closed the connection before the login")
            return self._accepted

        @_service_userauth_accepted.setter
        def _service_userauth_accepted(self, accepted: bool) -> None:
            self._accepted = accepted

    return Transport


class _Login:
    """Logs in with the key, the password, and the password in a dialog, in the order of rclone 1.75 (tried).

    If the server requires several factors, the next one follows after each accepted factor.
    """

    def __init__(self, paramiko: Any, user: str, password: str | None, key: Any) -> None:
        self._refused = paramiko.AuthenticationException
        self._user, self._password, self._key = user, password, key

    def authenticate(self, transport: Any) -> None:
        """Log in on a connection. Raises paramiko's AuthenticationException if the server refuses."""
        attempts: list[Callable[[], Any]] = []
        if self._key is not None:
            attempts.append(lambda: transport.auth_publickey(self._user, self._key))
        if self._password:
            attempts.append(lambda: transport.auth_password(self._user, self._password, fallback=False))
            attempts.append(lambda: transport.auth_interactive(self._user, self._answers))
        error = self._refused("The server requires another factor")
        for attempt in attempts:
            try:
                attempt()
            except self._refused as refusal:
                error = refusal
            if transport.is_authenticated():
                return
            if not transport.is_active():
                break
        raise error

    def _answers(self, title: str, instructions: str, prompts: list[Any]) -> list[str | None]:
        return [self._password] * len(prompts)


def _key(paramiko: Any, text: str) -> Any:
    """Return the key that rclone reads from a text: the first PEM block (tried with rclone 1.75).

    Raises ProbeRefused if no key is found, or if it requires a passphrase.
    """
    serialization = library("cryptography.hazmat.primitives.serialization", "cryptography")
    match = _PEM.search(text)
    load = {
        "OPENSSH PRIVATE KEY": serialization.load_ssh_private_key,
        **dict.fromkeys(("PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"), serialization.load_pem_private_key),
    }.get(match["label"] if match else "")
    if not match or not load:
        raise ProbeRefused("The key cannot be read", WRONG_SECRET)
    if "ENCRYPTED" in match["body"]:
        raise ProbeRefused("The key asks for a passphrase", WRONG_SECRET)
    # Go's reader skips headers and empty lines, cryptography does not.
    lines = [line for line in map(str.strip, match["body"].splitlines()) if line and ":" not in line]
    block = f"-----BEGIN {match['label']}-----\n{''.join(lines)}\n-----END {match['label']}-----\n"
    try:
        if _CURVE_IN_FULL in base64.b64decode("".join(lines)):
            raise ValueError("Go reads only named curves")
        # paramiko cannot read PKCS #8, but reads any key in the format of OpenSSH.
        written = load(block.encode(), password=None).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
    except TypeError as error:
        raise ProbeRefused("The key asks for a passphrase", WRONG_SECRET) from error
    # For text that is not a key, the readers raise various exceptions.
    except Exception as error:
        raise ProbeRefused("The key cannot be read", WRONG_SECRET) from error
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(written.decode()))
    raise ProbeRefused("rclone does not support this type of key", WRONG_SECRET)
