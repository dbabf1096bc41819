# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's extended JSON, both directions (truenas-api/wire.md §1)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import IPv4Interface, IPv6Interface
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def loads(text: str) -> Any:
    """Parse a message. Raises ValueError (or TypeError for a misshapen extension) with the parser's text."""
    return json.loads(text, object_hook=_decode)


def dumps(value: Any) -> str:
    """Write a message. Raises TypeError for what JSON and its extensions cannot hold."""
    return json.dumps(value, default=_encode)


def _decode(value: dict[str, Any]) -> Any:
    if len(value) == 1:
        ((key, content),) = value.items()
        if key == "$date":
            return _EPOCH + timedelta(milliseconds=content)
        if key == "$time":
            return time.fromisoformat(content)
        if key == "$set":
            return set(content)
        if key == "$ipv4_interface":
            return IPv4Interface(content)
        if key == "$ipv6_interface":
            return IPv6Interface(content)
    if len(value) == 2 and value.get("$type") == "date" and "$value" in value:
        return date.fromisoformat(value["$value"])
    return value


def _encode(value: object) -> Any:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return {"$date": (aware - _EPOCH) // timedelta(seconds=1) * 1000}
    if isinstance(value, date):
        return {"$type": "date", "$value": value.isoformat()}
    if isinstance(value, time):
        return {"$time": value.isoformat()}
    if isinstance(value, (set, frozenset)):
        return {"$set": sorted(value)}
    if isinstance(value, IPv4Interface):
        return {"$ipv4_interface": str(value)}
    if isinstance(value, IPv6Interface):
        return {"$ipv6_interface": str(value)}
    msg = f"Object of type {type(value).__name__} is not JSON serializable"
    raise TypeError(msg)
