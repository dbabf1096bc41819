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
    "`block_public_access`": {"block_public_access": True},
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


def outcome(login: dict[str, Any], bucket: str, options: dict[str, Any]) -> tuple[str, str]:
    """Return the result for the settings, with the requests of a second run, and the effect of a rule without its limit."""
    try:
        run(login, bucket=bucket, **options)
    except ProviderFailed as error:
        if error.cause == "not_kept":
            put_back = "rolled back" if "The previous rules were restored" in str(error) else "NOT ROLLED BACK"
            return f"**dropped**, {put_back}", _effect(str(error))
        return f"refused: `{error.cause}`", ""
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
    return (f"kept, {len(sent)}" if not again["changed"] else "CHANGES AGAIN"), ""


def _effect(message: str) -> str:
    return message.partition("As the server stores it, the rule ")[2].partition(" once it is enabled")[0]


def outcomes(server: Server) -> dict[str, tuple[str, str]]:
    """Return the outcome of each case, each on a new bucket with a rule of another client."""
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


def page(found: dict[str, dict[str, str]], effects: dict[str, str]) -> str:
    """Return the page with a table of the servers, and the effect of each rule without its limit."""
    rows = [[case, *(of_server[case] for of_server in found.values())] for case in (*CASES, EXISTING)]
    lines = "\n".join(table(["setting", *found], rows))
    rules = "".join(f"- {case}: {effect}\n" for case, effect in effects.items())
    return f"""<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Written by `make read-back`. -->
# Settings that servers keep

Some S3 servers accept a bucket setting and do not store all of it. `protected_bucket` therefore reads each setting back after
it has written it. This page shows the result for each setting on each server. Nobody has tried Amazon, Backblaze, Storj, or
MinIO.

{lines}

| cell | meaning |
| --- | --- |
| kept, N | The server returns the setting as written. A second run changes nothing, and needs N requests. |
| **dropped**, rolled back | The server stores the rule without its limit. The task writes the previous rules again, and fails. |
| refused | The server does not support the setting. The task fails with this cause. |

Without its limit, a rule deletes too much. The error of the task describes the effect:

{rules}
A rule never has this effect. The task writes a rule with a limit disabled first, and enables it only if the server keeps the
limit.

`make read-back` writes this page. It applies each setting to a new bucket of each server, with a rule of another client.
"""


def main() -> int:
    """Run every case on every server, and write the page; return the exit code."""
    found: dict[str, dict[str, str]] = {}
    effects: dict[str, str] = {}
    for name, version_of, start in SERVERS:
        with start() as server:
            of_server = outcomes(server)
        found[f"{name} {version_of()}"] = {case: result for case, (result, _effect) in of_server.items()}
        effects |= {case: effect for case, (_result, effect) in of_server.items() if effect}
    text = page(found, effects)
    print(text)
    PAGE.write_text(text)
    return 1 if "CHANGES AGAIN" in text or "NOT ROLLED BACK" in text else 0


if __name__ == "__main__":
    sys.exit(main())
