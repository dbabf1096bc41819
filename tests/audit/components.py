# SPDX-License-Identifier: GPL-3.0-or-later
"""The components of a release in CycloneDX: what the collection needs, taken from the list of a whole environment."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from importlib import metadata
from typing import Any

from packaging.requirements import Requirement


def required(text: str) -> list[str]:
    """Return the normalized names in a requirements file."""
    lines = (line.strip() for line in text.splitlines())
    return [normalized(re.split(r"[<>=!~\[ ;]", line)[0]) for line in lines if line and not line.startswith(("#", "-"))]


def normalized(name: str) -> str:
    """Return the name of a package as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed() -> dict[str, set[str]]:
    """Return the packages of this environment, each with those that it requires without any extra, by normalized names."""
    graph: dict[str, set[str]] = {}
    for distribution in metadata.distributions():
        wanted = (Requirement(line) for line in distribution.requires or ())
        names = {normalized(one.name) for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})}
        graph.setdefault(normalized(distribution.metadata["Name"]), set()).update(names)
    return graph


def closure(graph: Mapping[str, Collection[str]], roots: Iterable[str]) -> set[str]:
    """Return the names of these packages, and of all that they require. Raises KeyError for one that is missing."""
    waiting = [*roots]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += graph[name]
    return found


def of_release(
    environment: Mapping[str, Any], graph: Mapping[str, Collection[str]], roots: Iterable[str], name: str, version: str
) -> dict[str, Any]:
    """Return the document for a release. Equal input gives an equal document. Raises KeyError for a missing package."""
    direct = [*roots]
    kept = closure(graph, direct)
    references = {normalized(one["name"]): str(one["bom-ref"]) for one in environment["components"]}
    own = f"{name}=={version}"
    license = {"license": {"id": "GPL-3.0-or-later"}}
    component = {"type": "application", "bom-ref": own, "name": name, "version": version, "licenses": [license]}
    edges = {own: direct, **{references[one]: graph[one] for one in kept}}
    return {
        **environment,
        "metadata": {**environment["metadata"], "component": component},
        "components": sorted(
            (one for one in environment["components"] if normalized(one["name"]) in kept),
            key=lambda one: str(one["bom-ref"]),
        ),
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(references[one] for one in edges[ref])} for ref in sorted(edges)
        ],
    }
