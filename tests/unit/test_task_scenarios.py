# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a cloud task with each provider that can have one, on each version: on the simulated NAS without a socket.

`pytest -s` prints the table: the calls of each step.
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.providers import BY_WIRE_TYPE
from tests.unit.cloud_tasks import CANARY, run
from tests.unit.in_process import InProcessNas
from tests.unit.simulator.samples import NEWER_TYPES, sent

VERSIONS = ("v25.04.2", "v25.10.0", "v26.0.0", "v27.0.0")
SYNC = sorted(name for name, provider in BY_WIRE_TYPE.items() if provider.can_have_tasks)
BACKUP = sorted(name for name, provider in BY_WIRE_TYPE.items() if provider.repository_base({}))
STEPS = ("create", "again", "one field", "rename", "secrets", "reader", "delete", "purge")
COMPARED = ("changed", "action", "changed_fields", "diff", "warnings")


class Life:
    """The life of one task. Each step asserts what it does, and that check mode predicts it."""

    def __init__(self, nas: InProcessNas, kind: str, wire_type: str) -> None:
        provider = BY_WIRE_TYPE[wire_type]
        self.nas = nas
        self.module = f"cloud_{kind}_task"
        self.secret = {"sync": "encryption_password", "backup": "repository_password"}[kind]
        self.writes = {"sync": "cloudsync", "backup": "cloud_backup"}[kind]
        own: dict[str, dict[str, Any]] = {
            "sync": {
                "direction": "PULL" if provider.is_read_only else "PUSH",
                "transfer_mode": "COPY",
                "encryption": True,
            },
            "backup": {"keep_last": 3},
        }
        self.task = {
            "description": "nightly",
            "credential": "offsite",
            "path": "/mnt/tank/data",
            # A pull from a folder would list it, and nothing is there.
            "folder": "/" if provider.is_read_only else "a/b",
            **({"bucket": "bucket"} if provider.has_buckets else {}),
            **own[kind],
            self.secret: f"{CANARY}-1",
        }

    def step(self, name: str) -> int:
        """Carry out a step, and return the number of its calls."""
        self.nas.calls.clear()
        getattr(self, name.replace(" ", "_"))()
        return len(self.nas.calls)

    def done(self, **options: Any) -> dict[str, Any]:
        """Return the result of a change to the task, which check mode has predicted without a write."""
        task = {**self.task, **options}
        planned = run(self.nas, True, self.module, **task)
        assert self.written() == []
        self.nas.calls.clear()
        result = run(self.nas, module=self.module, **task)
        assert {name: planned[name] for name in COMPARED} == {name: result[name] for name in COMPARED}
        return result

    def written(self) -> list[str]:
        """Return the writes since the step began."""
        verbs = ("create", "update", "delete")
        return [call for call in self.nas.calls if call.startswith(self.writes) and call.rpartition(".")[2] in verbs]

    def create(self) -> None:
        assert self.done()["action"] == "created"

    def again(self) -> None:
        result = self.done()
        assert (result["changed"], result["drift"]) == (False, "none")
        assert self.nas.calls == [f"{self.writes}.query"]

    def one_field(self) -> None:
        self.task["exclude"] = ["*.tmp"]
        assert self.done()["changed_fields"] == ["exclude"]
        assert self.written() == [f"{self.writes}.update"]

    def rename(self) -> None:
        assert self.done(new_description="renamed")["changed_fields"] == ["description"]
        self.task["description"] = "renamed"

    def secrets(self) -> None:
        other: Any = {self.secret: f"{CANARY}-2"}
        kept = self.done(**other, update_secret="on_create")
        assert (kept["changed"], kept["kept_fields"]) == (False, [self.secret])
        if self.module == "cloud_backup_task":
            with pytest.raises(errors.InvalidInput, match="cannot change the password of a repository"):
                run(self.nas, module=self.module, **{**self.task, **other})
            return
        self.task |= other
        changed = self.done()
        shown = [changed["diff"][side][self.secret] for side in ("before", "after")]
        assert shown[0] != shown[1], "secrets that differ have masks that differ"
        assert changed["changed_fields"] == [self.secret]

    def reader(self) -> None:
        self.nas.reader = True
        seen = run(self.nas, True, self.module, **self.task)
        assert (seen["changed"], seen["drift"], seen["unknown_fields"]) == (False, "unknown", [self.secret])
        with pytest.raises(errors.NotPermitted, match="needs the role"):
            run(self.nas, module=self.module, **self.task)
        assert self.written() == []
        self.nas.reader = False

    def delete(self) -> None:
        gone: Any = {"description": "renamed", "state": "absent"}
        assert run(self.nas, True, self.module, **gone)["action"] == "deleted"
        self.nas.calls.clear()
        assert run(self.nas, module=self.module, **gone)["action"] == "deleted"
        assert run(self.nas, module=self.module, **gone)["changed"] is False

    def purge(self) -> None:
        # A pull from a folder would list it, and each backup needs a repository of its own.
        folders = {
            name: self.task["folder"] if self.task["folder"] == "/" else name
            for name in ("by hand", "kept", "declared")
        }
        for name, folder in folders.items():
            run(self.nas, module=self.module, **{**self.task, "description": name, "folder": folder})
        declared: Any = {**self.task, "description": "declared", "folder": folders["declared"]}
        options: Any = {"tasks": [declared], "purge": True, "purge_keep": ["k*"]}
        planned = run(self.nas, True, f"{self.module}s", **options)
        self.nas.calls.clear()
        result = run(self.nas, module=f"{self.module}s", **options)
        assert result["purged"] == planned["purged"] == ["by hand"]
        assert (result["undeclared"], result["counts"]["none"]) == (["kept"], 1)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_task_has_its_whole_life_with_every_provider(version: str) -> None:
    print(f"\n{version:26}", *(f"{step:>10}" for step in STEPS))
    for kind, wire_types in (("sync", SYNC), ("backup", BACKUP)):
        for wire_type in wire_types:
            if wire_type in NEWER_TYPES.get(version, set()):
                continue
            with InProcessNas(version, backups=True) as nas:
                login = {**sent(wire_type), **({"region": "eu-1"} if wire_type == "S3" else {})}
                nas.call("cloudsync.credentials.create", {"name": "offsite", "provider": login})
                life = Life(nas, kind, wire_type)
                calls = [life.step(step) for step in STEPS]
            print(f"{kind:7}{wire_type:19}", *(f"{number:10}" for number in calls))


def test_backups_are_for_two_providers() -> None:
    assert BACKUP == ["S3", "STORJ_IX"]
