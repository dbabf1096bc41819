# SPDX-License-Identifier: GPL-3.0-or-later
"""A report with everything in it that a page can show."""

from __future__ import annotations

import datetime
import json
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.nasops.truenas.plugins.module_utils.audit import compare, report
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_audit import ARGUMENTS
from tests.unit.fake_nas import FakeNas

NOW = datetime.datetime(2026, 7, 1, 6, 0, tzinfo=datetime.UTC)
DECLARED = [
    {
        "name": "offsite",
        "s3": {"endpoint": "https://s3.example.net", "region": "eu", "secret_access_key": "declared-secret"},
    },
    {"name": "archive", "sftp": {"host": "archive.example.net", "user": "backup", "pass": "only-an-example"}},
    {
        "name": "share",
        "webdav": {"url": "http://dav.example.net", "vendor": "OTHER", "user": "u", "pass": "only-a-sample"},
    },
]


def _entry(number: int, name: str, kind: str, **values: Any) -> dict[str, Any]:
    return {"id": number, "name": name, "provider": {"type": kind, **values}}


def _s3(number: int, region: str, secret: str) -> dict[str, Any]:
    values = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": secret, "endpoint": "https://s3.example.net/"}
    return _entry(number, "offsite", "S3", **values, region=region)


SFTP = _entry(2, "archive", "SFTP", host="archive.example.net", user="backup", **{"pass": "only-an-example"})
DAV = _entry(3, "share", "WEBDAV", url="http://dav.example.net/", vendor="OTHER", user="u", **{"pass": "only-a-sample"})
LONG = "holiday-photos-of-the-management-board-and-its-successors-2019-to-2026"
BOX = _entry(
    4,
    LONG,
    "BOX",
    client_id="",
    client_secret="",
    token=json.dumps({"access_token": "a"}),
)
PLACES = ("offsite", "archive of the invoices", "share", "cold")
LOGIN = {"type": "S3", "access_key_id": "AKIAEXAMPLE", "secret_access_key": "declared-secret", "region": "eu"}


def _task(number: int, description: str, **values: Any) -> dict[str, Any]:
    return {
        "id": number,
        "description": description,
        "credentials": {"id": 1, "name": "offsite", "provider": LOGIN},
        "path": "/mnt/tank/documents",
        "attributes": {"bucket": "backups", "folder": description},
        "schedule": {"minute": "30", "hour": "3", "dom": "*", "month": "*", "dow": "*"},
        "enabled": True,
        "snapshot": True,
        "job": None,
        **values,
    }


FAILED = {
    "id": 7,
    "state": "FAILED",
    "error": "AccessDenied: 403 Forbidden",
    "time_started": {"$date": 1782786600000},
    "time_finished": {"$date": 1782786660000},
}
TASKS = [
    _task(1, "nightly", direction="PUSH", transfer_mode="SYNC", job={**FAILED, "state": "SUCCESS", "error": None}),
    _task(2, "from the branch", direction="PULL", transfer_mode="SYNC", job=FAILED, exclude=["cache"]),
]
BACKUPS = [
    _task(5, "photos", password="only-an-example", keep_last=7),
    _task(
        6, "pictures", password="only-an-example", keep_last=7, attributes={"bucket": "backups", "folder": "/photos"}
    ),
]
NIGHTLY = {
    "description": "nightly",
    "credential": "offsite",
    "path": "/mnt/tank/documents",
    "bucket": "backups",
    "folder": "nightly",
    "direction": "PUSH",
    "transfer_mode": "COPY",
}
USED = {
    "cloudsync.query": TASKS,
    "cloud_backup.query": BACKUPS,
    "cloudsync.credentials.verify": {"valid": False, "error": "401 Unauthorized", "excerpt": "401 Unauthorized"},
}


def sample() -> dict[str, Any]:
    """Return a report on NAS of all kinds, with an earlier one to compare with."""
    before = {"muenchen": _found(FakeNas(_s3(1, "us", "declared-secret"), SFTP, DAV))}
    previous = report.build(before, "2026-06-30T06:00:00+00:00", "drift")
    results = {
        "muenchen": _found(FakeNas(_s3(1, "eu", "declared-secret"), SFTP, DAV, answers=USED)),
        "hamburg": _found(
            FakeNas(_s3(1, "us", "another-secret"), SFTP, BOX, answers=USED), verify="always", sync_tasks=[NIGHTLY]
        ),
        "berlin": _found(FakeNas(_s3(1, "eu", "declared-secret"), reader=True)),
        "dresden": {"failed": True, "msg": "wss://dresden.example.net cannot be reached: No route to host."},
    }
    return report.build(results, NOW.isoformat(), "drift", previous)


def many(count: int = 200, credentials: int = 12) -> dict[str, Any]:
    """Return a report on a whole fleet, in which some NAS have drifted, some are down, and names are long."""
    declared: list[dict[str, Any]] = [
        {"name": f"{PLACES[n % len(PLACES)]} {n}", "sftp": {"host": "archive.example.net", "user": "backup"}}
        for n in range(credentials)
    ]
    results: dict[str, dict[str, Any]] = {}
    for number in range(count):
        if number % 40 == 17:
            results[f"nas-{number:03}"] = {
                "failed": True,
                "msg": f"nas-{number:03} cannot be reached: No route to host.",
            }
            continue
        stored = [
            _entry(n + 1, one["name"], "SFTP", user="backup", host=_host(number, n), **{"pass": f"example-{number}"})
            for n, one in enumerate(declared)
            if (number + n) % 50
        ]
        if number % 25 == 3:
            stored.append(_entry(credentials + 1, f"made by hand on nas-{number:03}", "SFTP", host="h", user="u"))
        nas = FakeNas(*stored, answers=USED)
        results[f"nas-{number:03}.warehouse.example.net" if number % 30 == 4 else f"nas-{number:03}"] = _found(
            nas, credentials=declared
        )
    return report.build(results, NOW.isoformat(), "drift")


def _host(number: int, credential: int) -> str:
    return "old-archive.example.net" if number % 20 == credential else "archive.example.net"


def _found(nas: FakeNas, **options: Any) -> dict[str, Any]:
    given = {"credentials": DECLARED, "digest_key": "k", **options}
    params = ArgumentSpecValidator(ARGUMENTS).validate(given).validated_parameters
    return {"audit": compare.compare(compare.read(params), Nas(nas), NOW)}
