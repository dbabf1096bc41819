# SPDX-License-Identifier: GPL-3.0-or-later
"""Proofs with real rclone and restic on a real S3 server, behind a journal of its requests."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task.stored import reader
from ansible_collections.nasops.truenas.plugins.module_utils.errors import NotFound
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.obscure import obscure
from ansible_collections.nasops.truenas.plugins.module_utils.proof import files
from ansible_collections.nasops.truenas.plugins.module_utils.proof.fetched import Evidence
from ansible_collections.nasops.truenas.plugins.module_utils.proof.program import Runner
from ansible_collections.nasops.truenas.plugins.module_utils.proof.remote import rclone_environment, usable_provider
from ansible_collections.nasops.truenas.plugins.module_utils.proof.request import Request
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task.fields import FIELDS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.backup_proof import TASK
from tests.integration.running import IN_A_PROCESS, Ansible, calls_besides_logins
from tests.lab import Lab
from tests.lab.b2_store import B2Store
from tests.lab.install import restic
from tests.lab.journal import Journal
from tests.lab.rights.programs import b2_place, key_with
from tests.simulator import Simulator
from tests.unit.cloud_tasks import TaskNas

ROOT = Path(__file__).parents[2]
RCLONE = Path(sys.executable).parent / "rclone"
RESTIC = restic()
BUCKET = "lab-bucket"
PASSWORD, SALT, REPOSITORY = "hush-canary-crypt", "hush-canary-salt", "hush-canary-restic"
LARGE = bytes(range(256)) * 300
FILES = {"a.txt": b"first", "docs/b [1].txt": b"second", "docs/large.bin": LARGE, "docs/empty": b""}
CRYPT = {"encryption": True, "filename_encryption": True, "encryption_password": PASSWORD, "encryption_salt": SALT}
READS = {"GET", "HEAD"}


class Store:
    """The S3 server, the journal in front of it, and the credential that opens it."""

    def __init__(self, lab: Lab, journal: Journal, folder: Path) -> None:
        self.server = lab.s3
        self.journal = journal
        self.folder = folder
        self.options = lab.s3.options
        self.scoped = {"access_key_id": lab.s3.scoped_key.access_key_id}
        self.scoped |= {"secret_access_key": lab.s3.scoped_key.secret_access_key}

    def fill(self) -> None:
        """Store the files as a plain task, as an encrypted one, and as a backup."""
        for name, content in FILES.items():
            path = self.folder / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.rclone("copy", str(self.folder / "data"), f"remote:{BUCKET}/plain")
        self.rclone("copy", str(self.folder / "data"), "encrypted:", crypt="crypt")
        self.restic("init")
        self.restic("backup", "data")

    def rclone(self, *arguments: str, crypt: str = "", names: str = "standard") -> None:
        """Run rclone as the NAS does, not through the journal."""
        options = {"type": "s3", "provider": "Other", **self.options}
        environment = {f"RCLONE_CONFIG_REMOTE_{name}".upper(): value for name, value in options.items()}
        secrets = {"password": obscure(PASSWORD), "password2": obscure(SALT)}
        encryption = {"type": "crypt", "remote": f"remote:{BUCKET}/{crypt}", "filename_encryption": names, **secrets}
        if crypt:
            environment |= {f"RCLONE_CONFIG_ENCRYPTED_{name}".upper(): value for name, value in encryption.items()}
        self._run([str(RCLONE), *arguments], {"RCLONE_CONFIG": os.devnull, **environment})

    def restic(self, *arguments: str, folder: str = "backup", password: str = REPOSITORY) -> None:
        """Run restic as the NAS does, not through the journal."""
        keys = {
            "RESTIC_REPOSITORY": f"s3:{self.options['endpoint']}/{BUCKET}/{folder}",
            "RESTIC_PASSWORD": password,
            "AWS_ACCESS_KEY_ID": self.options["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": self.options["secret_access_key"],
        }
        self._run([str(RESTIC), "--no-cache", *arguments], keys)

    def _run(self, command: list[str], environment: Mapping[str, str]) -> None:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **environment}
        subprocess.run(command, env=env, cwd=self.folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with the files of a plain task, of an encrypted one, and of a backup."""
    with Lab(["s3"]) as lab:
        journal = Journal(lab.s3.host, lab.s3.port)
        with journal.running():
            made = Store(lab, journal, tmp_path_factory.mktemp("store"))
            made.fill()
            yield made


def push(folder: str, **values: Any) -> dict[str, Any]:
    """Return a cloud sync task as the NAS stores it."""
    place = {"bucket": BUCKET, "folder": folder, **values.pop("attributes", {})}
    task = {"description": folder, "credentials": 1, "path": "/mnt/tank/data", "attributes": place}
    return {**task, "direction": "PUSH", "transfer_mode": "SYNC", **values}


def backup(folder: str, **values: Any) -> dict[str, Any]:
    """Return a cloud backup task as the NAS stores it."""
    task = {name: value for name, value in push(folder).items() if name not in ("direction", "transfer_mode")}
    return {**task, "password": REPOSITORY, "keep_last": 7, **values}


def nas(
    store: Store,
    syncs: Sequence[dict[str, Any]],
    backups: Sequence[dict[str, Any]] = (),
    login: Mapping[str, str] | None = None,
) -> TaskNas:
    """Return a NAS with these tasks, whose credential leads to the journal."""
    provider = {"type": "S3", "skip_region": False, "signatures_v2": False, "max_upload_parts": 10000}
    provider |= {**store.options, "endpoint": store.journal.url, **(login or {})}
    one = {"id": 1, "name": "offsite", "provider": provider}
    syncing, backing = TaskNas(credentials=(one,)), TaskNas("cloud_backup", credentials=(one,))
    for number, task in enumerate(syncs, 1):
        syncing.store(number, task)
    for number, task in enumerate(backups, 1):
        backing.store(number, task)
    syncing.answers["cloud_backup.query"] = [*backing.rows.values()]
    return syncing


def prove(nas: Any, **options: Any) -> dict[str, Any]:
    """Return the result of the module's task, and hold that it is free of secrets and asks the NAS only what it stores."""
    given = {"rclone_path": str(RCLONE), "restic_path": str(RESTIC), **options}
    validated = ArgumentSpecValidator(TASK.arguments).validate(json.loads(json.dumps(given)))
    assert not validated.error_messages, validated.error_messages
    result = TASK.read(validated.validated_parameters, False)(Nas(nas))
    shown = json.dumps(result)
    login = nas.credentials[1]["provider"]
    assert not [it for it in ("hush-canary", login.get("secret_access_key", "PRIVATE KEY")) if it in shown]
    assert {method.rpartition(".")[2] for method in nas.calls} == {"query"}
    return result


def only(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the only proof."""
    [proof] = result["proofs"]
    return dict(proof)


def read_only(seen: list[tuple[str, str]]) -> bool:
    """Return whether all requests only read, and forget them."""
    methods = {method for method, _path in seen}
    seen.clear()
    return methods <= READS and bool(methods)


def test_tasks_of_each_kind_are_proven_by_reading_alone(store: Store) -> None:
    tasks = [push("plain"), push("crypt", **CRYPT), push("plain", description="from", direction="PULL")]
    result = prove(nas(store, tasks, [backup("backup")]), max_age=1, min_count=1, min_size=76811, fetch=2)
    crypt, pull, plain, kept = result["proofs"]
    digests = [hashlib.sha256(LARGE).hexdigest(), hashlib.sha256(b"second").hexdigest()]
    for proof in (crypt, plain, kept):
        assert (proof["outcome"], proof["error"], proof["size"]) == ("proven", "", 76811)
        assert len(proof["fetched"]) == 2
        assert {file["sha256"] for file in proof["fetched"]} <= {*digests, hashlib.sha256(b"first").hexdigest()}
    assert [proof["count"] for proof in (crypt, plain, kept)] == [4, 4, 1]
    assert [file["compared"] for file in plain["fetched"]] == [["provider"]] * 2
    assert (pull["outcome"], pull["cause"]) == ("inconclusive", "pulls")
    assert result["counts"] == {"proven": 3, "inconclusive": 1, "failed": 0}
    assert "failed" not in result
    assert read_only(store.journal.seen)


def test_a_file_is_read_without_listing_its_folder_again(store: Store) -> None:
    store.journal.seen.clear()
    only(prove(nas(store, [push("plain")]), fetch=1))
    listings = [path for _method, path in store.journal.seen if "prefix=" in path]
    assert len(listings) == 1, store.journal.seen


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str, str, str]] = {
    "too old": ({}, {"max_age": 1e-9}, "failed", "too_old", "max_age (1e-09)"),
    "too few": ({}, {"min_count": 5}, "failed", "too_few", "The count is 4, less than min_count (5)"),
    "too many": ({}, {"max_count": 3}, "failed", "too_many", "max_count (3)"),
    "too small": ({}, {"min_size": 10**6}, "failed", "too_small", "The size is 76811, less than min_size (1000000)"),
    "too big": ({}, {"max_size": 1}, "failed", "too_big", "max_size (1)"),
    "nothing": ({"folder": "nowhere"}, {}, "failed", "empty", "Nothing is stored"),
    "no such bucket": ({"bucket": "nobody"}, {}, "failed", "no_such_bucket", "directory not found"),
    "pattern": ({}, {"patterns": ["*.pdf"]}, "failed", "no_match", "No stored file matches *.pdf"),
    "large": ({}, {"patterns": ["*.bin"], "max_file_size": 76799}, "inconclusive", "file_too_large", "76800 bytes"),
    "large by name": (
        {},
        {"checksums": {"docs/large.bin": "0" * 32}, "max_file_size": 9, "descriptions": ["plain"]},
        "inconclusive",
        "file_too_large",
        "more than max_file_size (9)",
    ),
    "many": ({}, {"max_listed": 3}, "inconclusive", "too_many_to_list", "more than 3 objects"),
    "no rclone": ({}, {"rclone_path": "/nowhere/rclone"}, "inconclusive", "missing_program", "Install rclone"),
    "no such file": (
        {},
        {"checksums": {"gone": "0" * 64}, "descriptions": ["plain"]},
        "failed",
        "missing_file",
        "'gone' is not stored",
    ),
    "another checksum": (
        {},
        {"checksums": {"a.txt": "0" * 64}, "descriptions": ["plain"]},
        "failed",
        "checksum",
        "but the declared one is 000",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_does_not_prove_a_backup_is_explained(store: Store, name: str) -> None:
    attributes, options, outcome, cause, text = CASES[name]
    task = push("plain", attributes=attributes)
    result = prove(nas(store, [task]), **options)
    proof = only(result)
    assert (proof["outcome"], proof["cause"]) == (outcome, cause), proof
    assert text in f"{proof['error']} {proof['hint']}"
    assert result.get("failed", False) is (outcome == "failed")
    assert proof["hint"] in (result["msg"] if result.get("failed") else result["warnings"][0])


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_declared_checksums_choose_the_files(store: Store, algorithm: str) -> None:
    checksums = {
        f"/{name}": hashlib.new(algorithm, FILES[name]).hexdigest().upper() for name in ("a.txt", "docs/b [1].txt")
    }
    proof = only(prove(nas(store, [push("crypt", **CRYPT)]), descriptions=["crypt"], checksums=checksums))
    assert proof["outcome"] == "proven", proof
    assert sorted((file["path"], file["compared"]) for file in proof["fetched"]) == [
        ("a.txt", ["declared"]),
        ("docs/b [1].txt", ["declared"]),
    ]


@pytest.mark.parametrize(
    "change", [{"encryption_password": "hush-canary-other"}, {"encryption_salt": "hush-canary-other"}]
)
def test_another_password_of_the_encryption_fails(store: Store, change: dict[str, str]) -> None:
    proof = only(prove(nas(store, [push("crypt", **{**CRYPT, **change})])))
    assert (proof["outcome"], proof["cause"]) == ("failed", "wrong_encryption_password")
    assert proof["fetched"] == []


def test_another_password_fails_if_names_are_not_encrypted(store: Store) -> None:
    store.rclone("copyto", str(store.folder / "data/a.txt"), "encrypted:a.txt", crypt="named", names="off")
    crypt = {**CRYPT, "filename_encryption": False}
    assert only(prove(nas(store, [push("named", **crypt)])))["outcome"] == "proven"
    crypt["encryption_password"] = "hush-canary-other"
    proof = only(prove(nas(store, [push("named", **crypt)])))
    assert (proof["outcome"], proof["cause"]) == ("failed", "wrong_encryption_password"), proof["error"]


@pytest.mark.parametrize("pattern", ["a.txt", "*.bin"])
def test_files_that_were_stored_without_encryption_fail_with_it(store: Store, pattern: str) -> None:
    for name in ("a.txt", "docs/large.bin"):
        store.rclone("copyto", str(store.folder / "data" / name), f"remote:{BUCKET}/clear/{name}.bin")
    crypt = {**CRYPT, "filename_encryption": False}
    proof = only(prove(nas(store, [push("clear", **crypt)]), patterns=[pattern]))
    assert (proof["outcome"], proof["cause"]) == ("failed", "wrong_encryption_password"), proof["error"]


def test_a_name_that_is_not_encrypted_is_a_remark(store: Store) -> None:
    store.rclone("copyto", str(store.folder / "data/a.txt"), f"remote:{BUCKET}/crypt/by-hand.txt")
    try:
        result = prove(nas(store, [push("crypt", **CRYPT)]))
    finally:
        store.rclone("deletefile", f"remote:{BUCKET}/crypt/by-hand.txt")
    assert only(result)["outcome"] == "proven"
    assert "cannot be decrypted" in result["warnings"][0]


LOGINS: dict[str, tuple[dict[str, str], str, str]] = {
    "secret": ({"secret_access_key": "hush-canary-wrong"}, "failed", "wrong_secret"),
    "key": ({"access_key_id": "AKIA0000000000000000"}, "failed", "wrong_key"),
    "unreachable": ({"endpoint": "http://127.0.0.1:9"}, "inconclusive", "unreachable"),
    "reference": ({"region": "%(access_key_id)s"}, "inconclusive", "misread"),
    "hidden": ({"secret_access_key": "********"}, "inconclusive", "hidden"),
}


@pytest.mark.parametrize("name", LOGINS)
def test_a_login_that_does_not_work_from_here(store: Store, name: str) -> None:
    login, outcome, cause = LOGINS[name]
    proof = only(prove(nas(store, [push("plain")], login=login)))
    assert (proof["outcome"], proof["cause"]) == (outcome, cause), proof
    assert proof["hint"]


def test_a_key_that_may_not_read_proves_nothing(store: Store) -> None:
    place = {"bucket": "other-bucket", "folder": ""}
    proof = only(prove(nas(store, [push("x", attributes=place)], login=store.scoped)))
    assert (proof["outcome"], proof["cause"]) == ("inconclusive", "forbidden"), proof


def test_the_rights_to_list_and_to_read_are_enough(store: Store) -> None:
    arn = f"arn:aws:s3:::{BUCKET}"
    statements = [
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [arn]},
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"{arn}/plain/*", f"{arn}/backup/*"]},
    ]
    key = asdict(key_with(store.server, {"Version": "2012-10-17", "Statement": statements}))
    result = prove(nas(store, [push("plain")], [backup("backup")], login=key), fetch=1)
    assert result["counts"]["proven"] == 2, result


def test_a_key_of_another_provider_needs_no_more(tmp_path: Path) -> None:
    with B2Store() as server:
        place = b2_place(server, ["listFiles", "readFiles", "writeFiles"], tmp_path)
        place.write(**{"a.txt": "first"})
        assert place.rclone("copy", str(place.data), f"remote:{BUCKET}/plain").returncode == 0
        account, key = server.add_key(["listFiles", "readFiles"])
        login = {"id": 1, "name": "cloud", "provider": {"type": "B2", "account": account, "key": key}}
        box = TaskNas(credentials=(login,))
        box.store(1, push("plain"))
        entry = reader(FIELDS, "task")(box.rows[1])
        environment = rclone_environment(entry, usable_provider(entry, ""), None)
        # The NAS knows only the address of the provider.
        endpoint = {"RCLONE_CONFIG_REMOTE_ENDPOINT": server.url}
        runner = Runner(str(RCLONE), {**environment, **endpoint}, time.monotonic() + 60)
        evidence = Evidence()
        files.prove(runner, f"remote:{BUCKET}/plain", False, Request(), evidence)
    assert [file.compared for file in evidence.fetched] == [["provider"]]


def test_a_repository_that_cannot_be_read_is_explained_and_a_lock_is_left(store: Store) -> None:
    store.journal.seen.clear()
    cases = {
        "wrong password": backup("backup", password="hush-canary-wrong"),
        "no repository": backup("nowhere"),
        "too old": backup("backup"),
    }
    backups = [{**task, "description": name} for name, task in cases.items()]
    result = prove(nas(store, [], backups), max_age=1e-9, fetch=1)
    causes = {proof["description"]: (proof["outcome"], proof["cause"]) for proof in result["proofs"]}
    assert causes == {
        "wrong password": ("failed", "wrong_repository_password"),
        "no repository": ("failed", "no_repository"),
        "too old": ("failed", "too_old"),
    }
    assert read_only(store.journal.seen)


def test_a_restic_lock_does_not_hinder_reading_and_stays(store: Store) -> None:
    lock = f"remote:{BUCKET}/backup/locks/{'0' * 64}"
    store.rclone("copyto", str(store.folder / "data/a.txt"), lock)
    try:
        proof = only(prove(nas(store, [], [backup("backup")]), fetch=1))
        assert proof["outcome"] == "proven", proof
        store.rclone("cat", lock)
    finally:
        store.rclone("deletefile", lock)


def test_the_time_of_a_task_is_limited(store: Store) -> None:
    store.journal.delay = 2
    try:
        began = time.monotonic()
        proof = only(prove(nas(store, [push("plain")]), proof_timeout=0.5))
    finally:
        store.journal.delay = 0
    assert (proof["outcome"], proof["cause"]) == ("inconclusive", "timeout")
    assert "proof_timeout" in proof["error"]
    assert time.monotonic() - began < 2


def test_a_file_that_is_replaced_meanwhile_proves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.rclone("copyto", str(store.folder / "data/a.txt"), f"remote:{BUCKET}/moving/a.txt")
    untouched = files._described

    def replaced(*args: Any, **options: Any) -> Any:
        found = untouched(*args, **options)
        store.rclone("copyto", str(store.folder / "data/docs/large.bin"), f"remote:{BUCKET}/moving/a.txt")
        return found

    monkeypatch.setattr(files, "_described", replaced)
    proof = only(prove(nas(store, [push("moving")])))
    assert (proof["outcome"], proof["cause"]) == ("inconclusive", "changed_meanwhile"), proof


def test_an_unknown_description_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="Did you mean 'plain'"):
        prove(nas(store, [push("plain")]), descriptions=["Plain"])
    with pytest.raises(NotFound, match=r"'other'\. Check the description, or create the task"):
        prove(nas(store, [push("plain")]), descriptions=["other"])


PROVER = """
import json, sys
from tests.integration.test_backup_proof import Bare, prove
options = json.loads(sys.stdin.readline())
print("ready", flush=True)
prove(Bare(options), fetch=1)
"""
"""A process that proves, to be killed."""


class Bare(TaskNas):
    """A NAS with the given tasks and credentials."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(credentials=tuple(options["credentials"]))
        for number, task in enumerate(options["syncs"], 1):
            self.store(number, task)
        self.answers["cloud_backup.query"] = options["backups"]


def programs(marker: str) -> dict[int, str]:
    """Return the arguments of each process that has a text in its environment."""
    found = {}
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and marker.encode() in (process / "environ").read_bytes():
                found[int(process.name)] = (process / "cmdline").read_bytes().decode()
        except OSError:
            continue
    return found


def wait_for(condition: Any) -> None:
    """Wait until a condition holds. Raises AssertionError after some seconds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_of_a_proof_that_is_killed(store: Store, tmp_path: Path, end: signal.Signals) -> None:
    marker = f"TMPDIR={tmp_path}"
    prepared = nas(store, [push("plain"), push("crypt", **CRYPT)], [backup("backup")])
    options = {
        "credentials": [*prepared.credentials.values()],
        "syncs": [push("plain"), push("crypt", **CRYPT)],
        "backups": prepared.answers["cloud_backup.query"],
    }
    store.journal.delay = 5
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": f"{ROOT}:{ROOT / '.collections'}"}
    prover = subprocess.Popen(
        [sys.executable, "-c", PROVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=ROOT,
        text=True,
    )
    with prover:
        assert prover.stdin
        assert prover.stdout
        prover.stdin.write(json.dumps(options) + "\n")
        prover.stdin.flush()
        assert prover.stdout.readline() == "ready\n"
        wait_for(lambda: sum(text.startswith((str(RCLONE), str(RESTIC))) for text in programs(marker).values()) == 3)
        arguments = " ".join(programs(marker).values())
        secrets = [PASSWORD, SALT, REPOSITORY, store.options["secret_access_key"]]
        assert not [secret for secret in secrets if secret in arguments]
        prover.send_signal(end)
        prover.wait()
        wait_for(lambda: not programs(marker))
    store.journal.delay = 0
    assert [*tmp_path.iterdir()] == []


def test_a_file_server_is_read_with_the_keypair_of_the_nas(tmp_path: Path) -> None:
    with Lab(["sftp"]) as lab:
        options = {name: value for name, value in lab.sftp.options.items() if name != "pass"}
        keypair = {"private_key": lab.sftp.private_key, "public_key": lab.sftp.public_key}
        login = {"id": 1, "name": "branch", "provider": {"type": "SFTP", **options, "pass": None, "private_key": 7}}
        box = TaskNas(credentials=(login,))
        box.store(1, {**push("x"), "attributes": {"folder": "/"}})
        box.answers["cloud_backup.query"] = []
        pairs = [{"id": 7, "name": "key", "type": "SSH_KEY_PAIR", "attributes": keypair}]
        box.answers["keychaincredential.query"] = pairs
        checksums = {"hello.txt": hashlib.sha256(b"Hello from the lab.\n").hexdigest()}
        proof = only(prove(box, checksums=checksums, descriptions=["x"]))
        assert (proof["outcome"], proof["fetched"][0]["compared"]) == ("proven", ["declared"]), proof
        pairs.clear()
        missing = only(prove(box))
        assert (missing["outcome"], missing["cause"]) == ("failed", "missing_keypair")
        box.granted = frozenset({"CLOUD_SYNC_WRITE"})
        assert only(prove(box))["cause"] == "hidden"


def test_the_progress_is_shown(store: Store) -> None:
    lines: list[str] = []
    box = Nas(nas(store, [push("plain"), push("nowhere")]))
    box.running = lines.append
    given = {"rclone_path": str(RCLONE), "patterns": ["*.bin"], "fail_on": "never"}
    TASK.read(ArgumentSpecValidator(TASK.arguments).validate(given).validated_parameters, True)(box)
    assert lines[-1] == "2 of 2 backups are checked, 0.1 MiB are read"


def test_the_worker_and_the_module_give_the_same_in_check_mode_too(ansible: Ansible, store: Store) -> None:
    provider = {"type": "S3", **store.options, "endpoint": store.journal.url}
    seed = {
        "credentials": [{"id": 1, "name": "offsite", "provider": provider}],
        "cloud_sync": [{"id": 3, **push("crypt", **CRYPT)}, {"id": 4, **push("nowhere")}],
        "cloud_backup": [{"id": 5, **backup("backup")}],
    }
    module = "nasops.truenas.backup_proof"
    options = {"rclone_path": str(RCLONE), "restic_path": str(RESTIC), "fetch": 1}
    chosen = {**options, "descriptions": ["crypt"]}
    tasks = [
        {"name": "all", module: options, "ignore_errors": True},
        {"name": "chosen", module: chosen, "check_mode": True},
        {"name": "as a module", module: chosen, "environment": IN_A_PROCESS},
        {"name": "wrong", module: {**chosen, "fetch": 0, "checksums": {"a": "x"}}, "ignore_errors": True},
    ]
    store.journal.seen.clear()
    with Simulator(version="27.0.0", seed=seed) as box:
        run = ansible.play(tasks, box)
        assert run.code == 0, run.output[-2000:]
        asked = {method for method, _ok in calls_besides_logins(box)}
    assert asked == {"cloudsync.query", "cloud_backup.query"}
    assert read_only(store.journal.seen)
    every = run.named("all")
    assert [(one["description"], one["outcome"]) for one in every["proofs"]] == [
        ("crypt", "proven"),
        ("nowhere", "failed"),
        ("backup", "proven"),
    ]
    assert "cloud sync task 'nowhere' (id 4) failed: Nothing is stored" in every["msg"]
    here, there = run.named("chosen"), run.named("as a module")
    for result in (here, there):
        assert result["changed"] is False
        [proof] = result["proofs"]
        for moving in ("seconds", "age_hours", "time"):
            del proof[moving]
    assert here["proofs"] == there["proofs"]
    assert {one["field"] for one in run.named("wrong")["problems"]} == {"fetch", "checksums"}
