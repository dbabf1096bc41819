# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply the settings of `protected_bucket` to each server, and write docs/read_back.md: `make read-back`, which takes minutes.

Ceph and SeaweedFS are put into .cache first. Ends with 1 if a server does not do what the page is meant to show.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes import s3_client
from ansible_collections.nasops.truenas.plugins.module_utils.errors import ProviderFailed
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.nas.unconnected import Unconnected
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import protected_bucket
from tests.markdown import table

from ..base import Server
from ..s3 import S3
from . import packages
from .servers import Ceph, SeaweedFs

PAGE = Path(__file__).parents[3] / "docs/read_back.md"
SERVERS: tuple[tuple[str, Callable[[], str], Callable[[], AbstractContextManager[Server]]], ...] = (
    ("moto", partial(version, "moto"), S3),
    ("Ceph RGW", packages.ceph_version, Ceph),
    ("SeaweedFS", lambda: packages.SEAWEEDFS.partition("==")[2], SeaweedFs),
)
"""The servers: name, version, and class."""
OLD = {"name": "old", "old_versions_after": 30}
UPLOADS = {"name": "uploads", "unfinished_uploads_after": 7}
LOCK = {"mode": "governance", "days": 1}
CASES: dict[str, dict[str, Any]] = {
    "versioning": {"versioning": "enabled"},
    "rules for old versions and unfinished uploads": {"lifecycle_rules": [UPLOADS, OLD]},
    "a rule with a prefix": {"lifecycle_rules": [{**OLD, "prefix": "nas1/"}]},
    "a rule with `larger_than`": {"lifecycle_rules": [{**OLD, "larger_than": 1048576}]},
    "a rule with `keep_versions`": {"lifecycle_rules": [{**OLD, "keep_versions": 3}]},
    "a rule with a prefix and `larger_than`": {"lifecycle_rules": [{**OLD, "prefix": "a/", "larger_than": 1048576}]},
    "public access refused": {"block_public_access": True},
    "object lock, governance": {"object_lock": LOCK},
    "object lock, compliance": {"object_lock": {**LOCK, "mode": "compliance"}, "confirm": True},
}
EXISTING = "object lock on an existing bucket"
_numbers = count(1)


def run(login: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return the result of the module's task."""
    given = {"s3": login, "create": True, **options}
    params = ArgumentSpecValidator(protected_bucket.ARGUMENTS).validate(given).validated_parameters
    return protected_bucket.read(params, False)(Nas(Unconnected()))


def outcome(login: dict[str, Any], bucket: str, options: dict[str, Any]) -> str:
    """Return what became of the settings, and the requests of a second run that found them in sync."""
    try:
        run(login, bucket=bucket, **options)
    except ProviderFailed as error:
        if error.cause == "not_kept":
            restored = "restored" if "The previous rules were restored" in str(error) else "NOT restored"
            return f"**dropped**, and the previous rules {restored}: the rule {_would(str(error))}"
        return f"refused ({error.cause})"
    sent: list[str] = []
    made = s3_client.client

    def counted(values: Any, timeout: float, service: str = "s3") -> Any:
        found = made(values, timeout, service)
        found.meta.events.register(f"before-send.{service}", lambda event_name, **_: sent.append(event_name))
        return found

    s3_client.client = counted
    try:
        again = run(login, bucket=bucket, **options)
    finally:
        s3_client.client = made
    return (
        f"kept; in sync after {len(sent)} request{'s' * (len(sent) > 1)}" if not again["changed"] else "CHANGES AGAIN"
    )


def _would(message: str) -> str:
    return message.partition("As the server stores it, the rule ")[2].partition(" once it is enabled")[0]


def outcomes(server: Server) -> dict[str, str]:
    """Return the outcome of each case, each on a new bucket with a rule of somebody else."""
    login, found = server.options, {}
    for name, options in CASES.items():
        bucket = f"read-back-{next(_numbers)}"
        if "object_lock" not in options:
            run(login, bucket=bucket, lifecycle_rules=[{"name": "theirs", "prefix": "logs/", "old_versions_after": 9}])
        found[name] = outcome(login, bucket, options)
    bucket = f"read-back-{next(_numbers)}"
    run(login, bucket=bucket, versioning="enabled")
    found[EXISTING] = outcome(login, bucket, {"object_lock": LOCK})
    return found


def page(found: dict[str, dict[str, str]]) -> str:
    """Return the page with a table of the servers."""
    rows = [[case, *(of_server[case] for of_server in found.values())] for case in (*CASES, EXISTING)]
    lines = "\n".join(table(["", *found], rows))
    return f"""<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
# What servers keep of the settings of a bucket

`protected_bucket` reads each setting back after it has written it. `make read-back` applies each setting to a new bucket of each
server, which has a rule of somebody else, and writes this page. A setting that is kept is applied a second time, to count the
requests. Nobody has tried Amazon, Backblaze, Storj, or MinIO.

{lines}

A rule with a limit is written disabled first. A server that drops the limit never applies the rule.
"""


def main() -> int:
    """Run every case on every server, and write the page; return the exit code."""
    found = {}
    for name, version_of, start in SERVERS:
        with start() as server:
            found[f"{name} {version_of()}"] = outcomes(server)
    text = page(found)
    print(text)
    PAGE.write_text(text)
    return 1 if "CHANGES AGAIN" in text or "NOT restored" in text else 0


if __name__ == "__main__":
    sys.exit(main())
