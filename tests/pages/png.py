# SPDX-License-Identifier: GPL-3.0-or-later
"""Smaller pictures: the upper part of a PNG, packed as tightly as zlib can."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By color type (PNG specification, 11.2.2)."""


def cropped(picture: bytes, height: int) -> bytes:
    """Return a PNG with the upper `height` rows of one that is not interlaced. What a row needs are those above it."""
    header, data, others = b"", b"", []
    place = len(SIGNATURE)
    while place < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, place)
        content = picture[place + 8 : place + 8 + length]
        place += length + 12
        if kind == b"IHDR":
            header = content
        elif kind == b"IDAT":
            data += content
        elif kind == b"PLTE":
            others.append((kind, content))
    width, rows, depth, color = struct.unpack_from(">IIBB", header)
    line = 1 + (width * CHANNELS[color] * depth + 7) // 8
    kept = min(rows, height)
    header = header[:4] + struct.pack(">I", kept) + header[8:]
    packed = zlib.compress(zlib.decompress(data)[: kept * line], 9)
    chunks = [(b"IHDR", header), *others, (b"IDAT", packed), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
