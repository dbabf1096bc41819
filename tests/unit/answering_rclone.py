# SPDX-License-Identifier: GPL-3.0-or-later
"""The rclone of a simulated NAS in this process: it starts nothing, and every provider accepts every credential."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.simulator.rclone import Rclone


class AnsweringRclone(Rclone):
    """Answers every verification in place of rclone, and remembers what was verified. Every root has one bucket, `backups`."""

    def __init__(self) -> None:
        super().__init__(Path("/nonexistent"), lambda key_id: "")
        self.verified: list[Mapping[str, Any]] = []
        self.valid = True

    async def verify(self, provider: Mapping[str, Any], *, raw: bool = False) -> dict[str, Any]:
        """Return what the NAS answers, without asking anybody."""
        self.verified.append(dict(provider))
        if self.valid:
            return {"valid": True, "error": None, "excerpt": None}
        return {"valid": False, "error": "403 Forbidden", "excerpt": "403 Forbidden"}

    async def ls(
        self, provider: Mapping[str, Any], path: str, task: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Return the same list for every place."""
        return [{"Name": "backups", "Path": "backups", "IsDir": True, "IsBucket": True}]
