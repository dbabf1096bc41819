# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of a WebSocket (RFC 6455 §5), as bytes that can be passed on, held back, or spoiled."""

from __future__ import annotations

import asyncio
import itertools
import json
import struct
from dataclasses import dataclass
from typing import Any

TEXT, CLOSE = 1, 8


@dataclass(frozen=True)
class Frame:
    """A frame that arrived. `raw` are its bytes, `payload` is unmasked."""

    raw: bytes
    opcode: int
    payload: bytes

    @property
    def message(self) -> dict[str, Any]:
        """The JSON object of a text, or an empty one."""
        if self.opcode != TEXT:
            return {}
        found = json.loads(self.payload)
        return found if isinstance(found, dict) else {}


async def read(reader: asyncio.StreamReader) -> Frame:
    """Return the next frame. Raises IncompleteReadError at the end of the connection."""
    head = await reader.readexactly(2)
    length = head[1] & 0x7F
    if length > 125:
        extended = await reader.readexactly(2 if length == 126 else 8)
        head += extended
        length = int.from_bytes(extended, "big")
    mask = await reader.readexactly(4) if head[1] & 0x80 else b""
    body = await reader.readexactly(length)
    payload = bytes(byte ^ key for byte, key in zip(body, itertools.cycle(mask), strict=False)) if mask else body
    return Frame(head + mask + body, head[0] & 0x0F, payload)


def head(size: int, opcode: int = TEXT) -> bytes:
    """Return what comes before a payload of so many bytes from a server."""
    if size < 126:
        return struct.pack("!BB", 0x80 | opcode, size)
    if size < 1 << 16:
        return struct.pack("!BBH", 0x80 | opcode, 126, size)
    return struct.pack("!BBQ", 0x80 | opcode, 127, size)


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """Return a frame from a server."""
    return head(len(payload), opcode) + payload


def text(message: Any) -> bytes:
    """Return a message in JSON as a frame from a server."""
    return frame(json.dumps(message).encode())


def closing(code: int, reason: str = "") -> bytes:
    """Return a close frame from a server."""
    return frame(struct.pack("!H", code) + reason.encode(), CLOSE)
