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
from ..fields.field import option
from ..fields.kinds import MASK, Kind, Port, Refused, Text, WireValue, looks_like_key
from .base import words
from .hosts import HostProvider


def keypair_id(value: Any) -> Any:
    """Return the ID of a keypair on the NAS, also from text with digits."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{1,18}", value):
        return int(value)
    is_a_name = isinstance(value, str) and len(value) < 64 and not looks_like_key(value)
    raise Refused(
        f"must be the ID of a keypair on the NAS, but is {'not a number' if is_a_name else 'the text of a key'}",
        "Set private_key_name to use the name of a keypair."
        if is_a_name
        else "Store the key on the NAS as an SSH keypair, and set private_key_name to its name.",
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
        "wrong_login": "The server rejects this user with this pass or private_key. Check that one of the two is set, that the "
        "user's authorized_keys contains the public key, and that the server allows passwords if you use one.",
        "wrong_secret": "The private key of the keypair is not readable. Store a key without a passphrase on the NAS.",
        "missing_keypair": "The SSH keypair with this ID does not exist on the NAS. Check private_key.",
        "unreachable": "No SSH server answers at this address. Check host, port, and firewalls. Put an IPv6 address in "
        "brackets, for example [2001:db8::1].",
    }
    probe = sftp.probe
    rclone_type = "sftp"
    rclone_key_options = frozenset({"key_file", "key_file_pass", "key_pem"})
    rclone_refused: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(
            sorted(rclone_key_options), "Store the key on the NAS as an SSH keypair, and set it in keypairs."
        ),
        "ask_password": "Add the password to the section.",
        "key_use_agent": "Store a key on the NAS as an SSH keypair.",
        "pubkey_file": "Use a key or a password; the NAS does not support certificates.",
        "pubkey": "Use a key or a password; the NAS does not support certificates.",
        "server_command": "Configure SFTP as a subsystem of the server.",
        "ssh": "Remove it; the NAS cannot use an external SSH program.",
        "subsystem": "Configure SFTP as the subsystem sftp of the server.",
        "use_insecure_cipher": "Enable current ciphers and key exchanges on the server.",
        "socks_proxy": "Let the NAS connect to the server directly.",
        "http_proxy": "Let the NAS connect to the server directly.",
    }
    rclone_usual = frozenset({("subsystem", "sftp")})
    rclone_harmless = words(
        """
        blake3sum_command chunk_size ciphers concurrency connections copy_is_hardlink crc32sum_command description
        disable_concurrent_reads disable_concurrent_writes disable_hashcheck encoding hashes host_key_algorithms
        host_keys idle_timeout key_exchange known_hosts_file macs md5sum_command path_override pin_host_key
        set_env set_modtime sha1sum_command sha256sum_command shell_type skip_links use_fstat xxh128sum_command
        xxh3sum_command
        """
    )

    port: Port = option("Port of the server.", default=22)
    user: Text = option("User name.", required=True, aliases=("username",), min_length=1)
    pass_: Text = option("Password of the user.", wire="pass", secret=True, aliases=("password",))
    private_key: KeypairId = option(
        "ID of an SSH keypair on the NAS, never the text of a key.",
        aliases=("private_key_id",),
        refers_to_keypair=True,
    )

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Yield a warning for a credential without a password and a key; the NAS requires neither."""
        yield from super().warn(values)
        if not values.get("pass") and values.get("private_key") is None:
            yield "sftp: neither pass nor private_key is set. The login works only if the server requires neither."

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Set the file of the key, as the NAS does. Raises InvalidInput for a key without a file."""
        options = {name: value for name, value in values.items() if name != "private_key"}
        if "private_key" not in values:
            return options
        if not key_file:
            raise InvalidInput(
                [
                    Problem(
                        "sftp.private_key",
                        "is stored on the NAS, but rclone needs a file",
                        "Set the path of the file in key_files.",
                    )
                ]
            )
        return {**options, "key_file": key_file}
