# SPDX-License-Identifier: GPL-3.0-or-later
"""SFTP, by paramiko."""

from __future__ import annotations

import base64
import io
import logging
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ..causes import FORBIDDEN, MISSING_KEYPAIR, NO_SUCH_BUCKET, NOT_WRITABLE, WRONG_LOGIN, WRONG_SECRET
from .base import CONTENT, Aim, Refused, address, as_the_nas_reads, library, new_name, removed

_PEM = re.compile(
    r"^-----BEGIN (?P<label>[^\n]*?)-----[ \t\r]*\n(?P<body>.*?)^-----END (?P=label)-----", re.DOTALL | re.MULTILINE
)

_CURVE_IN_FULL = bytes.fromhex("06072a8648ce3d0101")
"""The identifier of a prime field, as in a key that gives the numbers of its curve in place of a name (RFC 3279, 2.3.5)."""


@as_the_nas_reads
def probe(values: Mapping[str, Any], aim: Aim) -> None:
    """Log in with the password, the key or both, and list the folder; an empty path is the user's own.

    Any host key is accepted, as rclone does for the NAS, which keeps none to compare with.
    """
    paramiko = library("paramiko", "paramiko")
    # Without a handler its threads would write to the terminal.
    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    if values.get("private_key") is not None and aim.private_key is None:
        raise Refused("The text of the keypair is not known here", MISSING_KEYPAIR)
    if not values.get("pass") and aim.private_key is None:
        raise Refused("Neither a password nor a key is set", WRONG_LOGIN)
    key = _key(paramiko, aim.private_key) if aim.private_key is not None else None
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.MissingHostKeyPolicy())
        try:
            client.connect(
                address(values["host"]),
                values["port"],
                values["user"],
                # Asks the server for logins once; some close the connection when asked again.
                transport_factory=paramiko.ServiceRequestingTransport,
                auth_strategy=_Login(paramiko, values["user"], values.get("pass"), key),
                **dict.fromkeys(("timeout", "banner_timeout", "auth_timeout", "channel_timeout"), aim.timeout),
            )
            files = client.open_sftp()
            files.get_channel().settimeout(aim.timeout)
            _look(files, aim)
        except paramiko.AuthenticationException as error:
            raise Refused(str(error), WRONG_LOGIN) from error
        except (paramiko.SSHException, OSError, EOFError, UnicodeError) as error:
            raise Refused(str(error) or "The server closed the connection") from error


def _look(files: Any, aim: Aim) -> None:
    try:
        # The first name proves that there is a list; a large folder need not be read.
        next(files.listdir_iter(aim.path or ".", read_aheads=1), None)
    except FileNotFoundError as error:
        raise Refused(f"{aim.path}: {error}", NO_SUCH_BUCKET) from error
    except PermissionError as error:
        raise Refused(f"{aim.path or 'The root'}: {error}", FORBIDDEN) from error
    if not aim.write:
        return
    name = f"{aim.path.rstrip('/')}/{new_name()}" if aim.path else new_name()
    with removed(lambda: files.remove(name), name, (OSError, EOFError)):
        try:
            files.putfo(io.BytesIO(CONTENT), name)
        except TimeoutError:
            raise
        except OSError as error:
            raise Refused(f"{name}: {error}", NOT_WRITABLE) from error


class _Login:
    """Logs in by key, by password, and by a dialog that the password answers, in the order of rclone 1.75 (tried).

    A server that wants several factors gets the next one after each that it accepts.
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
        error = self._refused("The server wants another factor")
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
    """Return the key that rclone reads from a text, which is that of the first PEM block (tried with rclone 1.75).

    Raises Refused if there is none, or if it asks for a passphrase.
    """
    serialization = library("cryptography.hazmat.primitives.serialization", "cryptography")
    found = _PEM.search(text)
    load = {
        "OPENSSH PRIVATE KEY": serialization.load_ssh_private_key,
        **dict.fromkeys(("PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"), serialization.load_pem_private_key),
    }.get(found["label"] if found else "")
    if not found or not load:
        raise Refused("The key cannot be read", WRONG_SECRET)
    if "ENCRYPTED" in found["body"]:
        raise Refused("The key asks for a passphrase", WRONG_SECRET)
    # Go's reader skips headers and empty lines, cryptography does not.
    lines = [line for line in map(str.strip, found["body"].splitlines()) if line and ":" not in line]
    block = f"-----BEGIN {found['label']}-----\n{''.join(lines)}\n-----END {found['label']}-----\n"
    try:
        if _CURVE_IN_FULL in base64.b64decode("".join(lines)):
            raise ValueError("Go reads the names of curves only")
        # paramiko reads no PKCS #8, but whatever OpenSSH's format holds.
        written = load(block.encode(), password=None).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
    except TypeError as error:
        raise Refused("The key asks for a passphrase", WRONG_SECRET) from error
    # The readers meet text that is no key with whatever comes up first.
    except Exception as error:
        raise Refused("The key cannot be read", WRONG_SECRET) from error
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(written.decode()))
    raise Refused("The key is of a kind that rclone does not use", WRONG_SECRET)
