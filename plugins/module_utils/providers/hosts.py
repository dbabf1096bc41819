# SPDX-License-Identifier: GPL-3.0-or-later
"""The host of a server that is no URL: a name or an address and nothing else (tried with rclone 1.75).

rclone joins host and port with a colon and parses none of it, so an IPv6 address needs brackets, also with a zone
([fe80::1%eth0]), and everything else that a URL may hold ends up in the name that is looked up.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from .._pydantic import BeforeValidator, Field
from .base import Provider, option
from .values import Kind, Refused, WireValue, text

_PARTS = re.compile(
    r"(?s)(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*://)?(?P<user>.*@)?(?P<host>\[[^\[\]]*\]|[^\[\]:/]*)"
    r"(?P<port>:[0-9]*(?![^/]))?(?P<path>/.*)?(?P<rest>.*)"
)
_REMEDIES = {
    "scheme": "leave the scheme out",
    "user": "give the user as user and a password as pass",
    "port": "give the port as port",
    "path": "give the folder in the task that uses the credential",
}


def host(value: Any) -> Any:
    """Read a name or an address. Raises Refused for one with the parts of a URL, and names the fields where they belong."""
    value = text(value)
    if not isinstance(value, str) or is_bare_ipv6(value):
        return value
    parts = _PARTS.match(value.strip())
    found = [part for part in _REMEDIES if parts and parts[part]]
    if found:
        remedy = ", ".join(_REMEDIES[part] for part in found)
        raise Refused(f"holds a {' and a '.join(found)}", f"{remedy[0].upper()}{remedy[1:]}.")
    inner = parts["host"][1:-1] if parts and parts["host"].startswith("[") else ""
    if not parts or parts["rest"] or (":" in inner and not is_bare_ipv6(inner)):
        raise Refused("is neither a name nor an address", "Give a name, an IPv4 address or an IPv6 address.")
    return value


def is_bare_ipv6(value: str) -> bool:
    """Tell whether it is an IPv6 address without brackets."""
    try:
        ipaddress.IPv6Address(value.strip())
    except ValueError:
        return False
    return True


Host = Annotated[str, BeforeValidator(host), Field(max_length=1024), Kind()]


class HostProvider(Provider):
    """A server with a host and a port."""

    host: Host = option(
        "Name or address of the server. Brackets around an IPv6 address are optional.",
        required=True,
        min_length=1,
    )

    @classmethod
    def usable(cls, declared: Mapping[str, WireValue]) -> dict[str, WireValue]:
        """Put an IPv6 address into brackets."""
        value = declared.get("host")
        if isinstance(value, str) and is_bare_ipv6(value):
            return {**declared, "host": f"[{value.strip()}]"}
        return dict(declared)

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Warn of a stored IPv6 address without brackets, to which the NAS cannot connect."""
        yield from super().warn(values)
        value = values.get("host")
        if isinstance(value, str) and is_bare_ipv6(value):
            yield f"{cls.key}.host is an IPv6 address without brackets, so the NAS cannot connect: declare host."
