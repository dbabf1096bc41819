# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer of pip-audit. By itself it ends well if the service knows none of the packages, or cannot be asked."""

from __future__ import annotations

import json


def problems(output: str) -> list[str]:
    """Return a line for each vulnerability and for each package that was not audited. `output` is JSON, or not if it failed."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return ["The advisory service cannot be reached, so nothing is known about the packages."]
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}, fixed in {', '.join(flaw['fix_versions']) or 'no version'}"
        for one in packages
        for flaw in one.get("vulns", ())
    ]
    if skipped:
        shown = ", ".join(skipped[:3])
        found.append(
            f"The advisory service did not answer for {len(skipped)} of {len(packages)} packages ({shown}, ...), so nothing is "
            "known about them. Run this with access to the advisory service of PyPI or OSV."
        )
    return found if packages else ["No package was audited."]
