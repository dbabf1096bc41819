# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds known secrets in bytes, also in encoded form."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Hit:
    """A secret that was found: its form, where it begins, and the bytes before it, which do not contain it."""

    form: str
    at: int
    before: str


class Detector:
    """Looks for texts. They must be long enough to occur by nothing but a leak."""

    MIN_LENGTH = 10

    def __init__(self, secrets: Iterable[str]) -> None:
        self._needles: dict[bytes, str] = {}
        for secret in secrets:
            if len(secret) < self.MIN_LENGTH:
                raise ValueError(f"too short to look for: {len(secret)} characters")
            for form, needle in forms(secret):
                self._needles.setdefault(needle, form)

    def hits(self, data: bytes) -> list[Hit]:
        """Return the first place of each form that the data contains."""
        found = ((form, data.find(needle)) for needle, form in self._needles.items())
        return [Hit(form, at, data[max(0, at - 200) : at].decode(errors="replace")) for form, at in found if at >= 0]


def forms(secret: str) -> Iterator[tuple[str, bytes]]:
    """Yield each form of a text by name: as it is, and as programs encode it, whatever stands around it."""
    data = secret.encode()
    yield "raw", data
    yield "JSON", json.dumps(secret)[1:-1].encode()
    yield "JSON with escaped slashes", json.dumps(secret)[1:-1].replace("/", "\\/").encode()
    yield "JSON in JSON", json.dumps(json.dumps(secret)[1:-1])[1:-1].encode()
    yield "UTF-16", secret.encode("utf-16-le")
    yield "hexadecimal", data.hex().encode()
    yield "hexadecimal", data.hex().upper().encode()
    yield "URL", quote(secret, safe="").encode()
    yield "URL", quote(secret, safe="").lower().encode()
    yield "URL", "".join(f"%{byte:02X}" for byte in data).encode()
    yield "URL", "".join(f"%{byte:02x}" for byte in data).encode()
    for before in range(3):
        # The characters at the edges depend on the neighbors, too.
        whole = (before + len(data)) // 3 * 4
        text = base64.b64encode(b"\0" * before + data)[-(-before * 8 // 6) : whole]
        yield "base64", text
        yield "base64 for URLs", text.replace(b"+", b"-").replace(b"/", b"_")
