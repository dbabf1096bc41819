# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the credentials before 25.04, from the facts."""

from __future__ import annotations

import json
from typing import Any

from .text import LICENSE, ROOT

FACTS = ROOT / "docs/reference/truenas-api"
FIRST_NESTED = "v25.04.0"
SAME = {"v13.0-U6": "v13.3-U1.2", "v24.04.2": "v24.10.2"}
"""Versions whose providers must be equal, because the client does not distinguish them."""

Providers = dict[str, list[dict[str, Any]]]


def table() -> str:
    """Return the file with the providers of the older systems, and with the fields that they leave out."""
    older: dict[str, Providers] = json.loads((FACTS / "older.json").read_text())
    nested: Providers = json.loads((FACTS / "providers.json").read_text())[FIRST_NESTED]
    for one, other in SAME.items():
        if _names(older[one]) != _names(older[other]):
            raise SystemExit(f"{one} and {other} have different providers")
    core, scale = (_names(older[version]) for version in SAME.values())
    different = [name for name in core.keys() & scale.keys() if core[name] != scale[name]]
    if different:
        raise SystemExit(f"the older systems differ in the fields of {', '.join(sorted(different))}")
    absent = {
        name: left_out
        for version in SAME.values()
        for name, fields in older[version].items()
        if (
            left_out := {
                field["name"]: _nested_default(nested[name], field["name"]) for field in fields if "absent" in field
            }
        )
    }
    return f'''{LICENSE}
# Generated from docs/reference/truenas-api/older.json by tools/generate: change the facts, then run `make generate`.
"""The providers and their fields before TrueNAS 25.04."""

from __future__ import annotations

from typing import Any

FIELDS: dict[str, tuple[str, ...]] = {dict(sorted((core | scale).items()))!r}
"""The attributes of each provider, which are the same on all systems that have it."""

CORE_PROVIDERS: frozenset[str] = frozenset({sorted(core)!r})
SCALE_PROVIDERS: frozenset[str] = frozenset({sorted(scale)!r})
"""The providers of TrueNAS CORE 13, and of TrueNAS 24.04 and 24.10."""

ABSENT: dict[str, dict[str, Any]] = {dict(sorted(absent.items()))!r}
"""The attributes that stay absent if they are not sent, each with the value that 25.04 has for it."""
'''


def _names(providers: Providers) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(sorted(field["name"] for field in fields if "place" not in field))
        for name, fields in providers.items()
    }


def _nested_default(fields: list[dict[str, Any]], name: str) -> Any:
    """Return the default of a field in 25.04.0. A field that has to be sent there, but can be null, is null."""
    [field] = [field for field in fields if field["name"] == name]
    if "default" not in field and None not in field.get("enum", []):
        raise SystemExit(f"{FIRST_NESTED} has no default for {name}")
    return field.get("default")
