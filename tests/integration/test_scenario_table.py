# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of credentials, keypairs, and tasks on each version, by API and over the socket of the NAS.

In this process: the program that runs on a NAS over SSH runs here, without SSH. `test_scenarios_over_ssh.py` has the same
steps in a playbook, with a real sshd.
`pytest -s` prints the table: the calls of each step, as the NAS counts them.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection, over_ssh
from ansible_collections.nasops.truenas.plugins.module_utils.transport import over_ssh as relayed
from ansible_collections.nasops.truenas.plugins.module_utils.transport.pipes import Pipes
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Session
from tests import keys
from tests.simulator import Simulator
from tests.unit.test_older_nas import OTHER, SECRET, in_module

OLDER = ("13.3", "24.04.2", "24.10.2")
NEWER = ("25.04.2", "25.10.0", "26.0.0", "27.0.0")
S3 = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": SECRET, "region": "eu-1"}
SFTP = {"host": "h.example.net", "user": "u", "private_key_name": "shared"}
TASK: dict[str, Any] = {
    "description": "nightly",
    "credential": "renamed",
    "bucket": "backups",
    "folder": "nas1",
    "path": "/mnt/tank/data",
    "direction": "PUSH",
    "transfer_mode": "COPY",
    "schedule": {"minute": "30", "hour": "3"},
}
MARK = b"the mark of a test "
STEPS = "create, again, one field, rename, secrets, keypair, in use, verify, tasks, delete, purge"


@contextmanager
def by_api(nas: Simulator) -> Iterator[Session]:
    """Log in to the NAS with a key."""
    given = {"host": nas.host, "port": nas.port, "username": nas.user, "api_key": nas.api_key, "ca_path": nas.ca_file}
    validated = ArgumentSpecValidator(connection.ARGUMENTS).validate(given)
    with connection.read(validated.validated_parameters).open() as session:
        yield session


@contextmanager
def over_the_socket(nas: Simulator) -> Iterator[Session]:
    """Run the program of SSH in a shell of this machine, as sshd does."""
    given = {"via": "ssh", "host": "nas1", "ssh_socket": nas.socket, "username": "root"}
    validated = ArgumentSpecValidator(connection.ARGUMENTS).validate(given)
    target = over_ssh.read(validated.validated_parameters)
    command = ["/bin/sh", "-c", relayed.COMMAND]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    streams = [stream for stream in (process.stdin, process.stdout, process.stderr) if stream]
    pipes = Pipes(process, *(os.dup(stream.fileno()) for stream in streams))
    for stream in streams:
        stream.close()
    pipes.settimeout(5)
    pipes.send(relayed.start(MARK.decode(), target.socket))
    report = relayed.report(pipes.greeting(MARK))
    assert report is not None
    with over_ssh.session(target, pipes, MARK, time.monotonic() + 5, report.user) as session:
        yield session
    assert process.wait(5) == 0


WAYS = {"by API": by_api, "over the socket": over_the_socket}


class Life:
    """The steps of the table. Each asserts what it does, that check mode predicts it, and that it changes nothing again."""

    def __init__(self, session: Session, storage: str, scripts: bool) -> None:
        self.session, self.storage, self.scripts = session, storage, scripts

    def run(self, module: str = "cloud_credential", check: bool = False, **options: Any) -> dict[str, Any]:
        """Run a task."""
        return in_module(self.session, module, check, **options)

    def done(self, module: str = "cloud_credential", **options: Any) -> dict[str, Any]:
        """Run a task that changes something in check mode, then for good, and once more."""
        planned = self.run(module, check=True, **options)
        done = self.run(module, **options)
        assert done["changed"] is planned["changed"] is True
        assert done.get("changed_fields") == planned.get("changed_fields")
        if not {"new_name", "new_description"} & options.keys():
            assert self.run(module, **options)["changed"] is False
        return done

    def refused(self, error: type[Exception], text: str, module: str = "cloud_credential", **options: Any) -> None:
        """Run a task that has to fail."""
        with pytest.raises(error, match=text):
            self.run(module, **options)

    def create(self) -> None:
        assert self.done(name="offsite", s3=S3)["action"] == "created"

    def again(self) -> None:
        assert self.run(name="offsite", s3=S3)["changed"] is False

    def one_field(self) -> None:
        assert self.done(name="offsite", s3={"region": "eu-2"})["changed_fields"] == ["region"]

    def rename(self) -> None:
        assert self.done(name="offsite", new_name="renamed")["changed_fields"] == ["name"]

    def secrets(self) -> None:
        swapped = self.done(name="renamed", s3={"secret_access_key": OTHER})
        assert swapped["changed_fields"] == ["secret_access_key"]
        self.run(name="renamed", s3={"secret_access_key": SECRET})

    def keypair(self) -> None:
        self.done("ssh_keypair", name="shared", private_key=keys.read("rsa3072.key"))
        assert self.done(name="archive", sftp=SFTP)["credential"]["sftp"]["private_key_name"] == "shared"

    def in_use(self) -> None:
        self.refused(errors.InUse, "archive", "ssh_keypair", name="shared", state="absent")

    def verify(self) -> None:
        web: dict[str, Any] = {"http": {"url": self.storage}, "verify": "changed"}
        assert self.run(name="web", **web)["verification"]["state"] == "valid"
        closed = {"url": "http://127.0.0.1:9/"}
        self.refused(
            errors.VerificationFailed, "web|refused", name="web", http=closed, verify="changed", verify_by="nas"
        )
        assert self.run(name="web", **web)["changed"] is False, "it stays as it was"

    def tasks(self) -> None:
        assert self.done("cloud_sync_task", **TASK)["action"] == "created"
        assert self.done("cloud_sync_task", **{**TASK, "folder": "nas2"})["changed_fields"] == ["folder"]
        self.refused(errors.InUse, "nightly", name="renamed", state="absent")
        scripted = {**TASK, "folder": "nas2", "pre_script": "true"}
        if self.scripts:
            assert self.done("cloud_sync_task", **scripted)["changed_fields"] == ["pre_script"]
        else:
            self.refused(errors.InvalidInput, "the password of a full administrator", "cloud_sync_task", **scripted)
        self.done("cloud_sync_task", description="nightly", state="absent")

    def delete(self) -> None:
        assert self.done(name="renamed", state="absent")["action"] == "deleted"

    def purge(self) -> None:
        kept = [{"name": "archive", "sftp": SFTP}]
        assert self.done("cloud_credentials", credentials=kept, purge=True)["counts"]["deleted"] == 1


@pytest.mark.parametrize(
    ("version", "way"),
    [*((version, "by API") for version in OLDER), *((version, "over the socket") for version in (*OLDER, *NEWER))],
)
def test_the_table_of_scenarios(version: str, way: str, storage: str, tmp_path: Path) -> None:
    opened: Callable[[Simulator], Any] = WAYS[way]
    with Simulator(version=version, socket=tmp_path / "s") as nas, opened(nas) as session:
        # No key of 24.04 and 24.10 can store scripts. On the socket, root is a full administrator.
        life = Life(session, storage, scripts=way != "by API" or not version.startswith("24."))
        calls = []
        for step in STEPS.split(", "):
            nas.clear_journal()
            getattr(life, step.replace(" ", "_"))()
            calls.append(f"{step} {len(nas.journal())}")
        print(f"{version} {way}: {', '.join(calls)}")
        kept = in_module(session, "cloud_credential_info")["credentials"]
        assert [found["name"] for found in kept] == ["archive"]
        assert SECRET not in json.dumps(nas.journal())
