# SPDX-License-Identifier: GPL-3.0-or-later
"""The host of a server without a URL: a name or an address and nothing else (tried with rclone 1.75).

rclone joins host and port with a colon and does not parse the result. An IPv6 address therefore needs brackets, also with a
zone ([fe80::1%eth0]), and any other part of a URL becomes part of the name that rclone resolves.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from .._pydantic import BeforeValidator, Field
from ..fields.field import option
from ..fields.kinds import Kind, Refused, WireValue, text
from .base import Provider

_PARTS = re.compile(
    r"(?s)(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*://)?(?P<user>.*@)?(?P<host>\[[^\[\]]*\]|[^\[\]:/]*)"
    r"(?P<port>:[0-9]*(?![^/]))?(?P<path>/.*)?(?P<rest>.*)"
)
_REMEDIES = {
    "scheme": "remove the scheme",
    "user": "set the user as user and the password as pass",
    "port": "set the port as port",
    "path": "set the folder in the cloud sync task",
}


def host(value: Any) -> Any:
    """Return a name or an address. Raises Refused for a value with other parts of a URL, with the fields for these parts."""
    value = text(value)
    if not isinstance(value, str) or is_bare_ipv6(value):
        return value
    parts = _PARTS.match(value)
    extra = [part for part in _REMEDIES if parts and parts[part]]
    if extra:
        remedy = ", ".join(_REMEDIES[part] for part in extra)
        raise Refused(f"must not contain a {' or a '.join(extra)}", f"{remedy[0].upper()}{remedy[1:]}.")
    inner = parts["host"][1:-1] if parts and parts["host"].startswith("[") else ""
    is_name = inner or (parts and re.fullmatch(r"[\w.\-]*", parts["host"]))
    if not parts or parts["rest"] or not is_name or (":" in inner and not is_bare_ipv6(inner)):
        raise Refused("must be a name or an address", "Use a name, an IPv4 address, or an IPv6 address.")
    return value


def is_bare_ipv6(value: str) -> bool:
    """Return whether a text is an IPv6 address without brackets."""
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
        """Return the values with an IPv6 address in brackets."""
        value = declared.get("host")
        if isinstance(value, str) and is_bare_ipv6(value):
            return {**declared, "host": f"[{value.strip()}]"}
        return dict(declared)

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Yield a warning for a stored IPv6 address without brackets, to which the NAS cannot connect."""
        yield from super().warn(values)
        value = values.get("host")
        if isinstance(value, str) and is_bare_ipv6(value):
            yield f"{cls.key}.host is an IPv6 address without brackets, so the NAS cannot connect. Declare host to fix it."
