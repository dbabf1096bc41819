# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of the pages of providers."""

from __future__ import annotations

from . import provider_pages as pages
from .registry import providers

HEAD = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Generated from the provider models by tools/generate. -->
# Providers

Each provider has a page with an example to copy, its fields, where its secrets come from, the rights that its key needs, what a
[verification](verification.md) proves, and its traps. *Option* is the option of `cloud_credential` and of the items of
`cloud_credentials`. The tests apply every example to a simulated NAS.

| provider | option | TrueNAS | buckets | cloud sync tasks | cloud backup tasks | verification |
|---|---|---|---|---|---|---|
"""

TAIL = """
[Get OAuth tokens](oauth.md) explains the login that Box, Dropbox, Google Drive, Google Photos, OneDrive, pCloud, and Yandex need.
[rclone.md](rclone.md) converts remotes of rclone. [older_nas.md](older_nas.md) has the limits of TrueNAS before 25.04.
"""


def index() -> str:
    """Return the page that lists the providers."""
    rows = []
    for key, provider in providers().items():
        cells = [
            f"[{provider.title}](providers/{key}.md)",
            f"`{key}`",
            ", ".join(pages.versions(provider)),
            pages.buckets(provider),
            pages.sync_tasks(provider),
            "yes" if provider.repository_base({}) else "no",
            pages.verification(provider),
        ]
        rows.append(f"| {' | '.join(cells)} |\n")
    return HEAD + "".join(rows) + TAIL
