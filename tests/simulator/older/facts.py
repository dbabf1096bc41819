# SPDX-License-Identifier: GPL-3.0-or-later
"""The providers before 25.04, read from docs/reference/truenas-api/older.json."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parents[3] / "docs" / "reference" / "truenas-api" / "older.json"
_FACTS: dict[str, dict[str, list[dict[str, Any]]]] = json.loads(_FILE.read_text(encoding="utf-8"))
_NAMES = {"v13.0": "v13.0-U6", "v13.3": "v13.3-U1.2"}


def is_core(version: str) -> bool:
    """Return whether a version is TrueNAS CORE."""
    return version.startswith("v13.")


def release(version: str) -> str:
    """The number of the release that the facts come from."""
    return _NAMES.get(version, version).removeprefix("v")


@cache
def providers(version: str) -> tuple[str, ...]:
    """Return the provider types of a version."""
    return tuple(_FACTS[_NAMES.get(version, version)])


@cache
def fields(version: str, provider: str) -> dict[str, dict[str, Any]]:
    """Return the attributes of a provider by name. One without `default` that need not be sent stays absent."""
    found = _FACTS[_NAMES.get(version, version)][provider]
    return {fact["name"]: fact for fact in found if "place" not in fact}
