# SPDX-License-Identifier: GPL-3.0-or-later
"""SFTP (truenas-api/providers.md, SFTP)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Optional

from .._pydantic import BeforeValidator, Field
from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import sftp
from ..errors import InvalidInput, Problem
from .base import option
from .hosts import HostProvider
from .values import MASK, Kind, Port, Refused, Text, WireValue, looks_like_key


def keypair_id(value: Any) -> Any:
    """Read the number of a keypair on the NAS; digits as text are a number."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{1,18}", value):
        return int(value)
    is_a_name = isinstance(value, str) and len(value) < 64 and not looks_like_key(value)
    raise Refused(
        f"is {'not a number' if is_a_name else 'key text'}; the NAS refers to a keypair by its number",
        "Give a keypair that the NAS has by its name, as private_key_name."
        if is_a_name
        else "Store the key on the NAS as an SSH keypair, and give its name as private_key_name.",
    )


def _only_a_number(value: str) -> str:
    return value if value.isdigit() else MASK


# ansible-test's pylint reads module_utils as an older Python, which has no `|` for types.
_PositiveNumber = Annotated[int, Field(ge=1)]
KeypairId = Annotated[Optional[_PositiveNumber], BeforeValidator(keypair_id), Kind("raw", public=_only_a_number)]  # noqa: UP045 - as pylint has it


class Sftp(HostProvider):
    """An SSH server."""

    key = "sftp"
    wire_type = "SFTP"
    title = "SFTP"
    error_patterns: ClassVar[Patterns] = (
        (r"SSH agent requested", causes.WRONG_LOGIN),
        (r"failed to parse private key file|private key is passphrase protected", causes.WRONG_SECRET),
        (
            r"Error reading SSH protocol banner|No existing session|handshake failed: (?:EOF|read tcp.*i/o timeout)",
            causes.UNREACHABLE,
        ),
        (r"sftp: .*permission denied", causes.FORBIDDEN),
    )
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_login": "The server lets nobody in with this user and pass or private_key. Check that the public key is among "
        "the user's authorized_keys, that the server allows passwords if there is one, and that one of the two is set.",
        "wrong_secret": "The keypair's private key cannot be read. Store one without a passphrase on the NAS.",
        "missing_keypair": "There is no SSH keypair with that number on the NAS. Check private_key.",
        "unreachable": "No SSH server answers at that address. Check host and port, and whether a firewall is in between. An "
        "IPv6 address needs brackets, as in [2001:db8::1].",
    }
    probe = sftp.probe
    rclone_type = "sftp"
    rclone_key_options = frozenset({"key_file", "key_file_pass", "key_pem"})
    rclone_refused: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(
            sorted(rclone_key_options), "Store the key on the NAS as an SSH keypair and name it in keypairs."
        ),
        "ask_password": "Give the password.",
        "key_use_agent": "Store a key on the NAS as an SSH keypair.",
        "pubkey_file": "The NAS has no place for certificates.",
        "pubkey": "The NAS has no place for certificates.",
        "server_command": "Let the server offer SFTP as a subsystem.",
        "ssh": "The NAS uses no other program.",
        "subsystem": "Let the server offer SFTP as the subsystem sftp.",
        "use_insecure_cipher": "Let the server offer current ciphers and key exchanges.",
        "socks_proxy": "Let the NAS reach the server.",
        "http_proxy": "Let the NAS reach the server.",
    }
    rclone_usual = frozenset({("subsystem", "sftp")})

    port: Port = option("Port of the server.", default=22)
    user: Text = option("Name of the user.", required=True, aliases=("username",), min_length=1)
    pass_: Text = option("Password of the user.", wire="pass", secret=True, aliases=("password",))
    private_key: KeypairId = option(
        "Number of an SSH keypair that is stored on the NAS, never the text of a key.",
        aliases=("private_key_id",),
        refers_to_keypair=True,
    )

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Warn of a credential with nothing to log in with; the NAS does not ask for either."""
        yield from super().warn(values)
        if not values.get("pass") and values.get("private_key") is None:
            yield "sftp: neither pass nor private_key is set, so the server has to let the user in without either."

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Name the file of the key, as the NAS does. Raises InvalidInput if there is a key and no file."""
        options = {name: value for name, value in values.items() if name != "private_key"}
        if "private_key" not in values:
            return options
        if not key_file:
            raise InvalidInput(
                [
                    Problem(
                        "sftp.private_key",
                        "is on the NAS, and rclone needs a file",
                        "Give the file's path in key_files.",
                    )
                ]
            )
        return {**options, "key_file": key_file}
