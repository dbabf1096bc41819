# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode of several tasks: with the changes that earlier tasks return, a later one predicts what the run does.

On the simulated NAS without a socket, which refuses to delete what is in use.
"""

from __future__ import annotations

import contextlib
import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.errors import TrueNASError
from tests import keys
from tests.unit.cloud_tasks import CANARY, run
from tests.unit.in_process import InProcessNas
from tests.unit.tasks import COLLECTION

Step = tuple[str, dict[str, Any]]
S3 = {
    "access_key_id": "id",
    "secret_access_key": f"{CANARY}-s3",
    "endpoint": "https://s3.example",
    "region": "eu-west-1",
}
SFTP = {"host": "h.example", "user": "u", "private_key_name": "old"}
OFFSITE = {"name": "offsite", "s3": S3}
OTHER = {"name": "other", "s3": S3}
ARCHIVE = {"name": "archive", "sftp": SFTP}
PUSH = {"direction": "PUSH", "transfer_mode": "COPY", "path": "/mnt/tank/data"}
NIGHTLY = {"description": "nightly", "credential": "offsite", "bucket": "b", "folder": "f", **PUSH}
HOURLY = {"description": "hourly", "credential": "archive", "folder": "f", **PUSH}
OLD = {"name": "old", "private_key": keys.read("ed25519.key")}
NEW = {"name": "new", "private_key": keys.read("ecdsa.key")}
FORMER: list[Step] = [
    ("ssh_keypair", OLD),
    ("cloud_credentials", {"credentials": [OFFSITE, OTHER, ARCHIVE]}),
    ("cloud_sync_tasks", {"tasks": [NIGHTLY, HOURLY]}),
]
"""What the NAS stores before a play."""


def gone(option: str, *names: str) -> dict[str, Any]:
    """Return a set of objects that are declared absent."""
    field = "description" if option == "tasks" else "name"
    return {option: [{field: name, "state": "absent"} for name in names]}


PURGE = {"purge": True, "purge_all": True}
PLAYS: dict[str, list[Step]] = {
    "delete everything in the reverse order": [
        ("cloud_sync_tasks", gone("tasks", "nightly", "hourly")),
        ("cloud_credentials", gone("credentials", "offsite", "archive")),
        ("ssh_keypair", {"name": "old", "state": "absent"}),
    ],
    "delete with the modules for one object": [
        ("cloud_sync_task", {"description": "hourly", "state": "absent"}),
        ("cloud_credential", {"name": "archive", "state": "absent"}),
        ("ssh_keypair", {"name": "old", "state": "absent"}),
    ],
    "purge everything": [
        ("cloud_sync_tasks", {"tasks": [], **PURGE}),
        ("cloud_credentials", {"credentials": [], **PURGE}),
        ("ssh_keypairs", {"keypairs": [], **PURGE}),
    ],
    "purge the tasks that hold a credential": [
        ("cloud_sync_tasks", {"tasks": [HOURLY], **PURGE}),
        ("cloud_credentials", {"credentials": [ARCHIVE, OTHER], **PURGE}),
    ],
    "give a task another credential": [
        ("cloud_sync_tasks", {"tasks": [{**NIGHTLY, "credential": "other"}]}),
        ("cloud_credentials", gone("credentials", "offsite")),
    ],
    "give a task the credential that is deleted": [
        ("cloud_sync_tasks", {"tasks": [{**NIGHTLY, "credential": "other"}]}),
        ("cloud_credentials", gone("credentials", "other")),
    ],
    "create a task on the credential that is deleted": [
        ("cloud_sync_tasks", {"tasks": [{**NIGHTLY, "description": "more", "credential": "other"}]}),
        ("cloud_credentials", gone("credentials", "other")),
    ],
    "give a credential another keypair": [
        ("ssh_keypair", NEW),
        ("cloud_credentials", {"credentials": [{"name": "archive", "sftp": {**SFTP, "private_key_name": "new"}}]}),
        ("ssh_keypair", {"name": "old", "state": "absent"}),
    ],
    "give a credential a password": [
        (
            "cloud_credential",
            {"name": "archive", "clear_fields": ["private_key"], "sftp": {"pass": f"{CANARY}-pass"}},
        ),
        ("ssh_keypair", {"name": "old", "state": "absent"}),
    ],
    "delete a keypair that a renamed credential uses": [
        ("cloud_credential", {"name": "archive", "new_name": "vault"}),
        ("ssh_keypair", {"name": "old", "state": "absent"}),
    ],
    "delete a keypair that a new credential uses": [
        ("ssh_keypair", NEW),
        ("cloud_credential", {"name": "vault", "sftp": {**SFTP, "private_key_name": "old"}}),
        ("ssh_keypair", {"name": "old", "state": "absent"}),
    ],
    "rename all, and use the new names": [
        ("ssh_keypair", {"name": "old", "new_name": "renamed"}),
        (
            "cloud_credentials",
            {
                "credentials": [
                    {"name": "offsite", "new_name": "remote"},
                    {"name": "archive", "sftp": {**SFTP, "private_key_name": "renamed"}},
                ]
            },
        ),
        ("cloud_sync_tasks", {"tasks": [{**NIGHTLY, "credential": "remote"}, HOURLY]}),
    ],
    "rename a credential, and use the old name": [
        ("cloud_credential", {"name": "offsite", "new_name": "remote"}),
        ("cloud_sync_task", NIGHTLY),
    ],
    "rename a keypair, and use the old name": [
        ("ssh_keypair", {"name": "old", "new_name": "renamed"}),
        ("cloud_credential", {"name": "archive", "sftp": {**SFTP, "private_key_name": "old"}}),
    ],
    "rename a credential, and create another of the old name": [
        ("cloud_credential", {"name": "offsite", "new_name": "remote"}),
        ("cloud_credential", {"name": "offsite", "s3": {**S3, "region": "us-east-1"}}),
        ("cloud_sync_task", {**NIGHTLY, "credential": "remote"}),
        ("cloud_sync_task", {**NIGHTLY, "description": "more"}),
    ],
    "rename a keypair, and create another of the old name": [
        ("ssh_keypair", {"name": "old", "new_name": "renamed"}),
        ("ssh_keypair", {**NEW, "name": "old"}),
    ],
    "create a credential and its task": [
        ("cloud_credential", {**OFFSITE, "name": "fresh"}),
        ("cloud_sync_task", {**NIGHTLY, "description": "more", "credential": "fresh"}),
    ],
    "an option that the provider of the new credential does not take": [
        ("cloud_credential", {**ARCHIVE, "name": "fresh"}),
        ("cloud_sync_task", {**NIGHTLY, "description": "more", "credential": "fresh"}),
    ],
    "a bucket of a renamed credential without buckets": [
        ("cloud_credential", {"name": "archive", "new_name": "vault"}),
        ("cloud_bucket", {"name": "b", "credential": "vault"}),
    ],
    "another provider for an unused credential, and its task": [
        ("cloud_credential", {"name": "other", "sftp": SFTP}),
        ("cloud_sync_task", {**HOURLY, "description": "more", "credential": "other"}),
    ],
    "replace a credential with a new one that its task cannot use": [
        ("cloud_credential", {**ARCHIVE, "name": "fresh"}),
        ("cloud_credential", {"name": "offsite", "state": "absent", "replace_with": "fresh"}),
    ],
    "replace a credential with a new one of the same set": [
        (
            "cloud_credentials",
            {
                "credentials": [
                    {**OFFSITE, "name": "fresh"},
                    {"name": "offsite", "state": "absent", "replace_with": "fresh"},
                ]
            },
        ),
        ("cloud_sync_task", {**NIGHTLY, "credential": "fresh"}),
    ],
    "create a task on a new credential, and run it": [
        ("cloud_credential", {**OFFSITE, "name": "fresh"}),
        ("cloud_sync_task", {**NIGHTLY, "description": "more", "credential": "fresh"}),
        ("cloud_sync_run", {"description": "more"}),
    ],
    "create a set of tasks, and run one": [
        ("cloud_sync_tasks", {"tasks": [NIGHTLY, {**NIGHTLY, "description": "more", "folder": "g"}]}),
        ("cloud_sync_run", {"description": "more"}),
        ("cloud_sync_run", {"description": "nightly"}),
    ],
    "create a task, and run one of another name": [
        ("cloud_sync_task", {**NIGHTLY, "description": "more"}),
        ("cloud_sync_run", {"description": "most"}),
    ],
    "create a task, and run one whose name differs in case": [
        ("cloud_sync_task", {**NIGHTLY, "description": "more"}),
        ("cloud_sync_run", {"description": "More"}),
    ],
    "create a cloud sync task, and run a cloud backup task": [
        ("cloud_sync_task", {**NIGHTLY, "description": "more"}),
        ("cloud_backup_run", {"description": "more"}),
    ],
    "rename a task, and run it": [
        ("cloud_sync_task", {"description": "nightly", "new_description": "daily"}),
        ("cloud_sync_run", {"description": "daily"}),
        ("cloud_sync_run", {"description": "nightly"}),
    ],
    "rename a task, and delete its credential": [
        ("cloud_sync_task", {"description": "nightly", "new_description": "daily"}),
        ("cloud_credential", {"name": "offsite", "state": "absent"}),
    ],
    "delete a task, and run it": [
        ("cloud_sync_task", {"description": "nightly", "state": "absent"}),
        ("cloud_sync_run", {"description": "nightly"}),
    ],
    "delete a task, and prove its backup": [
        ("cloud_sync_task", {"description": "nightly", "state": "absent"}),
        ("backup_proof", {"descriptions": ["nightly"]}),
    ],
    "replace a credential with a new one": [
        ("cloud_credential", {**OFFSITE, "name": "fresh"}),
        ("cloud_credential", {"name": "offsite", "state": "absent", "replace_with": "fresh"}),
        ("cloud_credential", {"name": "offsite", "state": "absent"}),
    ],
}


@contextlib.contextmanager
def box() -> Iterator[InProcessNas]:
    """Yield a NAS that stores the previous objects."""
    with InProcessNas() as nas:
        for module, options in FORMER:
            run(nas, module=module, **options)
        yield nas


def play(nas: InProcessNas, check: bool, steps: list[Step]) -> list[dict[str, Any]]:
    """Run the steps, each with the changes of the earlier ones. Return what each reports; the first error ends the play."""
    changes: dict[str, list[Any]] = {"pending_keypairs": [], "pending_credentials": [], "pending_tasks": []}
    told: list[dict[str, Any]] = []
    for module, options in steps:
        known = importlib.import_module(f"{COLLECTION}.module_utils.tasks.{module}").TASK.arguments
        passed: Any = {name: change for name, change in changes.items() if name in known}
        try:
            # This NAS runs no jobs, so a run is checked against what is stored then.
            result = run(nas, check or module.endswith("_run"), module, **options, **passed)
        except TrueNASError as error:
            # Check mode cannot know the ID of a task that it does not create.
            return [*told, {"error": re.sub(r" \(id \d+\)", "", str(error))}]
        for name in changes:
            changes[name] += result.get(name, [])
            assert check or not result.get(name), "only check mode predicts"
        told.append(summary(result))
    return told


def state(nas: InProcessNas) -> list[Any]:
    """Return everything that the NAS stores."""
    return [nas.call(f"{one}.query") for one in ("keychaincredential", "cloudsync.credentials", "cloudsync")]


def summary(result: dict[str, Any]) -> dict[str, Any]:
    """Return what check mode and the run have to agree on."""
    shown = {
        name: result.get(name) for name in ("changed", "action", "changed_fields", "counts", "purged", "undeclared")
    }
    items = [*result.get("credentials", ()), *result.get("tasks", ()), *result.get("keypairs", ())]
    return {**shown, "diff": result.get("diff"), "items": [(item["action"], item["changed_fields"]) for item in items]}


@pytest.mark.parametrize("name", PLAYS)
def test_a_check_of_several_tasks_predicts_what_they_do(name: str) -> None:
    with box() as nas:
        stored = state(nas)
        planned = play(nas, True, PLAYS[name])
        assert state(nas) == stored, "check mode writes nothing"
        assert planned == play(nas, False, PLAYS[name])


def test_check_mode_without_the_changes_reports_the_current_state() -> None:
    with box() as nas, pytest.raises(TrueNASError, match="cloud sync task 'nightly'"):
        run(nas, True, "cloud_credentials", **gone("credentials", "offsite"))
