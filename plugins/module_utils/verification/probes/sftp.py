# SPDX-License-Identifier: GPL-3.0-or-later
"""SFTP, by paramiko."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from typing import Any

from ..causes import FORBIDDEN, MISSING_KEYPAIR, NO_SUCH_BUCKET, NOT_WRITABLE, WRONG_LOGIN, WRONG_SECRET
from .base import CONTENT, Aim, Refused, address, as_the_nas_reads, library, new_name, removed


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
                values.get("pass") or None,
                key,
                allow_agent=False,
                look_for_keys=False,
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


def _key(paramiko: Any, text: str) -> Any:
    """Return the key, of whichever kind it is. Raises Refused if it is none, or asks for a passphrase."""
    reasons = []
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text))
        # The parsers meet text that is no key with whatever comes up first.
        except Exception as error:
            reasons.append(type(error).__name__)
    secret = "PasswordRequiredException" in reasons
    raise Refused(f"The key {'asks for a passphrase' if secret else 'cannot be read'}", WRONG_SECRET)
