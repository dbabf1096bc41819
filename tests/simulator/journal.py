# SPDX-License-Identifier: GPL-3.0-or-later
"""A line of JSON for every call: its method and its outcome, without its parameters."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

_METHOD_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")


class Journal:
    """Appends to a JSON lines file, flushed per line so that a reader sees each call once it was answered."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._stream = file.open("a", encoding="utf-8", buffering=1)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def write(self, *, session: str, version: str, method: str, ok: bool, **harmless: Any) -> None:
        """Note one call. `harmless` holds names, ids and the error code; a None is left out."""
        line = {
            "time": round(time.time(), 3),
            "session": session,
            "version": version,
            "method": method if _METHOD_NAME.fullmatch(method) else "<invalid>",
            "ok": ok,
            **{key: value for key, value in harmless.items() if value is not None},
        }
        self._stream.write(json.dumps(line) + "\n")
