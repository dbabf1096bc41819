# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of credentials, keypairs, and tasks in one playbook for many versions, over SSH and without an API key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests import keys
from tests.integration.rack import Rack
from tests.integration.running import secret
from tests.integration.test_scenario_table import NEWER, OLDER, SFTP, TASK

FLEET = {f"nas{number}": version for number, version in enumerate((*OLDER, *NEWER))}
S3 = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": "{{ secret }}", "region": "eu-1"}
MOVED = {**TASK, "folder": "nas2"}
SYNC = "cloud_sync_task"
SET = {"credentials": [{"name": "archive", "sftp": SFTP}], "purge": True}


@dataclass(frozen=True)
class Step:
    """A task that changes something. Check mode has to predict it, and it must change nothing again."""

    name: str
    options: dict[str, Any]
    module: str = "cloud_credential"
    repeated: bool = True

    def tasks(self) -> Iterator[dict[str, Any]]:
        """Return the task in check mode, the task, and the task again."""
        task = {f"nasops.truenas.{self.module}": self.options}
        yield {"name": f"{self.name}, predicted", **task, "check_mode": True}
        yield {"name": self.name, **task}
        if self.repeated:
            yield {"name": f"{self.name}, again", **task}


@dataclass(frozen=True)
class Refusal:
    """A task that fails, with this text in its error."""

    name: str
    options: dict[str, Any]
    text: str
    module: str = "cloud_credential"

    def tasks(self) -> Iterator[dict[str, Any]]:
        """Return the task, which does not end the play."""
        yield {"name": self.name, f"nasops.truenas.{self.module}": self.options, "ignore_errors": True}


STEPS = (
    Step("create", {"name": "offsite", "s3": S3}),
    Step("one field", {"name": "offsite", "s3": {"region": "eu-2"}}),
    Step("rename", {"name": "offsite", "new_name": "renamed"}, repeated=False),
    Step("secret", {"name": "renamed", "s3": {"secret_access_key": "{{ other_secret }}"}}),
    Step("keypair", {"name": "shared", "private_key": "{{ key }}"}, "ssh_keypair"),
    Step("keypair's credential", {"name": "archive", "sftp": SFTP}),
    Refusal("keypair in use", {"name": "shared", "state": "absent"}, "archive", "ssh_keypair"),
    Step("verify", {"name": "web", "http": {"url": "{{ storage }}"}, "verify": "changed"}),
    Refusal(
        "verification fails",
        {"name": "web", "http": {"url": "http://127.0.0.1:9/"}, "verify": "changed", "verify_by": "nas"},
        "refused",
    ),
    Step("task", TASK, SYNC),
    Step("task's folder", MOVED, SYNC),
    Refusal("credential in use", {"name": "renamed", "state": "absent"}, "nightly"),
    Step("task's script", {**MOVED, "pre_script": "true"}, SYNC),
    Step("no task", {"description": "nightly", "state": "absent"}, SYNC),
    Step("delete", {"name": "renamed", "state": "absent"}),
    Step("purge", SET, "cloud_credentials"),
)


def test_the_table_of_scenarios(rack: Rack, storage: str) -> None:
    variables = {"secret": secret(1), "other_secret": secret(2), "storage": storage, "key": keys.read("rsa3072.key")}
    with rack.running(FLEET):
        run = rack.play(*(task for step in STEPS for task in step.tasks()), variables=variables)
        assert run.code == 0, run.output[-3000:]
        for host, version in FLEET.items():
            for step in STEPS:
                result = run.named(step.name, host)
                if isinstance(step, Refusal):
                    assert step.text in result["msg"], (version, step.name, result)
                    continue
                assert result["changed"], (version, step.name, result)
                predicted = run.named(f"{step.name}, predicted", host)
                assert predicted["changed"], (version, step.name)
                assert predicted.get("changed_fields") == result.get("changed_fields"), (version, step.name)
                if step.repeated:
                    assert not run.named(f"{step.name}, again", host)["changed"], (version, step.name)
            assert run.named("verify", host)["verification"]["state"] == "valid"
            assert run.named("purge", host)["counts"]["deleted"] == 1
            assert not {call["method"] for call in rack.fleet[host].journal() if "login" in call["method"]}
