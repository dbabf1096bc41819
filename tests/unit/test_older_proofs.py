# SPDX-License-Identifier: GPL-3.0-or-later
"""Protected buckets and proofs of backups with the keys that a NAS before 25.04 stores (truenas-api/older.md §2, §3)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.bucket import settings
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import protected_bucket
from tests.simulator.store import CLOUD_BACKUP
from tests.unit.older_nas import OlderNas
from tests.unit.test_older_nas import SECRET, run, versions
from tests.unit.test_older_page import row
from tests.unit.test_older_tasks import PUSH, ROWS, SYNC_TASK
from tests.unit.test_proofs import SLOW_RCLONE
from tests.unit.test_protected_bucket import Server

RESTIC = """#!/bin/sh
[ "$RESTIC_PASSWORD" = hush-canary-0003 ] || exit 12
case "$*" in
*snapshots*) printf '[{"id":"%064d","short_id":"00000000","time":"2026-07-10T12:00:00Z","paths":["/a"]}]' 0 ;;
*ls*) printf '{"message_type":"snapshot","struct_type":"snapshot","id":"%064d"}\\n' 0
    echo '{"message_type":"node","struct_type":"node","type":"file","path":"/a","size":1,"mtime":"2026-07-10T12:00:00Z"}' ;;
*dump*) printf x ;;
esac
"""


def program(folder: Path, text: str) -> str:
    """Write a program in place of rclone or restic, and return its path."""
    path = folder / "program"
    path.write_text(text)
    path.chmod(0o700)
    return str(path)


@versions
def test_the_backup_of_a_cloud_sync_task_is_proven(version: str, tmp_path: Path) -> None:
    rclone = program(tmp_path, SLOW_RCLONE.replace("sleep 0.4", f'grep -q "{SECRET}" /proc/self/environ || exit 1'))
    with OlderNas(version, rows=ROWS) as nas:
        run(nas, SYNC_TASK, **PUSH)
        result = run(nas, "backup_proof", rclone_path=rclone)
        assert (result["counts"]["proven"], result["warnings"]) == (1, [])
        [proof] = result["proofs"]
        assert (proof["kind"], proof["description"]) == ("cloud sync task", "nightly")
    assert row("`backup_proof`") == ["yes, for cloud sync tasks", "yes", "yes", "yes"]


@pytest.mark.parametrize("version", ["v24.04.2", "v24.10.2"])
def test_the_backup_of_a_cloud_backup_task_is_proven(version: str, tmp_path: Path) -> None:
    task = {"password": "hush-canary-0003", "credentials": 1, "attributes": {"bucket": "backups", "folder": "nas1"}}
    rows = {**ROWS, "cloud_backup": [{"description": "vault", "path": "/mnt/tank/data", "keep_last": 3, **task}]}
    with OlderNas(version, rows=rows) as nas:
        assert len(nas.rows(CLOUD_BACKUP)) == 1
        result = run(nas, "backup_proof", restic_path=program(tmp_path, RESTIC))
        assert result["counts"]["proven"] == 1, result


@versions
def test_a_bucket_is_protected_with_a_stored_key(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Mapping[str, Any]] = []

    def bucket(name: str, provider: Any, values: Mapping[str, Any], timeout: float) -> Server:
        opened.append(values)
        return Server(settings.Stored(versioning=None))

    monkeypatch.setattr(protected_bucket, "Bucket", bucket)
    login: dict[str, Any] = {"host": "nas", "username": "automation", "credential": "offsite", "bucket": "backups"}
    with OlderNas(version, rows=ROWS) as nas:
        planned = run(nas, "protected_bucket", check=True, versioning="enabled", **login)
        result = run(nas, "protected_bucket", versioning="enabled", **login)
        assert planned["changed"]
        assert result["changed"]
        assert [values["secret_access_key"] for values in opened] == [SECRET, SECRET]
        assert {call.rpartition(".")[2] for call in nas.calls()} == {"login_with_api_key", "query"}
    assert row("`protected_bucket` with the name of a credential") == ["yes"] * 4
