# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH keypairs as a user meets them: from making one on the NAS to a real SSH server that it opens."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.integration.prepared_python import PreparedPython
from tests.integration.running import IN_A_PROCESS, ROOT, Ansible, Run, as_modules, calls_besides_logins
from tests.lab import Lab
from tests.simulator import Simulator
from tests.unit.simulator.wire import Wire

MODULE = "nasops.truenas.ssh_keypair"
INFO = "nasops.truenas.ssh_keypair_info"
QUERY = "keychaincredential.query"
LOGIN = ("auth.mechanism_choices", "auth.login_ex", "auth.login_ex")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Private and public keys, one with a passphrase, and one in another format."""
    folder = tmp_path_factory.mktemp("keys")

    def make(name: str, *arguments: str, passphrase: str = "") -> None:
        command = ["ssh-keygen", "-q", "-N", passphrase, "-C", name, "-f", name, *arguments]
        subprocess.run(command, cwd=folder, check=True)

    make("one", "-t", "ecdsa")
    make("other", "-t", "ed25519")
    make("locked", "-t", "ed25519", passphrase="open sesame")
    (folder / "one_pem").write_text((folder / "one").read_text())
    (folder / "one_pem").chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "", "-m", "PEM", "-f", "one_pem"], cwd=folder, check=True)
    return {file.name.replace(".", "_"): file.read_text() for file in folder.iterdir()}


@contextmanager
def filled(keys: dict[str, str]) -> Iterator[Simulator]:
    """Run a NAS with a keypair that an SFTP credential and an SSH connection use, and one that nothing uses."""
    seed = {
        "keypairs": [
            {"id": 1, "name": "used", "private_key": keys["one"], "public_key": keys["one_pub"]},
            {"id": 2, "name": "spare", "private_key": keys["other"], "public_key": keys["other_pub"]},
        ],
        "credentials": [
            {"id": 1, "name": "offsite", "provider": {"type": "SFTP", "host": "h", "user": "u", "private_key": 1}}
        ],
    }
    with Simulator(seed=seed, login_limit=0) as nas:
        with Wire(nas) as wire:
            attributes = {"host": "h", "private_key": 1, "remote_host_key": "ssh-rsa x"}
            connection = {"name": "nas2", "type": "SSH_CREDENTIALS", "attributes": attributes}
            wire.login().call("keychaincredential.create", connection)
        nas.clear_journal()
        yield nas


def assert_no_key(run: Run, ansible: Ansible, keys: dict[str, str]) -> None:
    """Fail if a line of a private key is in what was printed, or in what was left behind."""
    # A private key's text holds the public one, too, and a line of it may be nothing else.
    public = "".join(text for text in keys.values() if "PRIVATE" not in text)
    lines = {line for text in keys.values() if "PRIVATE" in text for line in text.splitlines()[1:-1]}
    lines = {line for line in lines if line not in public}
    assert lines
    written = [file for file in ansible.folder.rglob("*") if file.is_file() and file.name != "variables.yml"]
    for text in (run.output, json.dumps(run.results), *(file.read_text(errors="replace") for file in written)):
        assert not [line for line in lines if line in text]


def test_the_example_of_the_documentation_opens_a_real_ssh_server(ansible: Ansible, nas: Simulator) -> None:
    document = (ROOT / "docs/ssh_keypairs.md").read_text()
    found = re.search(r"```yaml\n(.*?)```", document, re.DOTALL)
    assert found
    example = yaml.safe_load(found.group(1))
    with Lab(["sshd"]) as lab:
        archive = {
            "host": lab.sshd.host,
            "port": lab.sshd.port,
            "user": lab.sshd.user,
            "authorized_keys": str(lab.sshd.folder / "authorized_keys"),
        }
        planned = ansible.play(example, nas, "--check", variables={"archive": archive})
        assert [line["result"]["changed"] for line in planned.results] == [True, False, True], planned.output[-3000:]
        assert [call for call in nas.journal() if call["method"].endswith(".create")] == []
        # Before the server knows the key, the credential is refused, and not stored.
        early = ansible.play([example[0], example[2]], nas, variables={"archive": archive})
        [made, refused] = [line["result"] for line in early.results]
        assert (made["action"], made["keypair"]["type"]) == ("created", "ssh-rsa")
        assert refused["verification"]["state"] == "invalid", refused["msg"]
        assert [call for call in nas.journal() if call["method"] == "cloudsync.credentials.create"] == []
        first = ansible.play(example, nas, variables={"archive": archive})
        assert first.code == 0, first.output[-3000:]
        [kept, _allowed, stored] = [line["result"] for line in first.results]
        assert (kept["changed"], kept["keypair"]) == (False, made["keypair"])
        assert (stored["action"], stored["verification"]["state"]) == ("created", "valid")
        again = ansible.play(example, nas, variables={"archive": archive})
        assert [line["result"]["changed"] for line in again.results] == [False] * 3
    with Wire(nas) as wire:
        [row] = wire.login().call(QUERY)
    for run in (planned, early, first, again):
        assert_no_key(run, ansible, row["attributes"])


def scenarios() -> list[dict[str, Any]]:
    """Return tasks of every kind; each may fail."""
    tasks: list[dict[str, Any]] = [
        {"name": "planned", MODULE: {"name": "a", "private_key": "{{ keys.one }}"}, "check_mode": True},
        {"name": "created", MODULE: {"name": "a", "private_key": "{{ keys.one }}"}},
        {"name": "same", MODULE: {"name": "a", "private_key": "{{ keys.one_pem }}"}},
        {"name": "another", MODULE: {"name": "a", "private_key": "{{ keys.other }}", "new_name": "b"}},
        {"name": "renamed", MODULE: {"name": "b", "new_name": "c"}},
        {"name": "there", MODULE: {"name": "c"}},
        {"name": "not there", MODULE: {"name": "C"}},
        {"name": "kept", MODULE: {"name": "c", "generate": True}},
        {"name": "gone", MODULE: {"name": "c", "state": "absent"}},
        {"name": "locked", MODULE: {"name": "a", "private_key": "{{ keys.locked }}"}},
        {"name": "public", MODULE: {"name": "a", "private_key": "{{ keys.one_pub }}"}},
        {"name": "swapped", MODULE: {"name": "a", "public_key": "{{ keys.one }}", "private_key": "{{ keys.one }}"}},
        {"name": "misnamed", MODULE: {"name": "a", "private_key_text": "{{ keys.one }}"}},
        {"name": "text", MODULE: {"name": "a", "private_key_file": "{{ keys.one }}"}},
        {"name": "no file", MODULE: {"name": "a", "private_key_file": "nowhere"}},
        {"name": "number", MODULE: {"name": "a", "private_key": 3}},
        {"name": "connection", MODULE: {"name": "nas2", "generate": True}},
        {"name": "usage", INFO: {"usage": True}},
        {"name": "one", INFO: {"name": "spare"}},
        {"name": "used, planned", MODULE: {"name": "used", "state": "absent"}, "check_mode": True},
        {"name": "used", MODULE: {"name": "used", "state": "absent"}},
        {"name": "replaced", MODULE: {"name": "used", "private_key": "{{ keys.other }}"}},
        {"name": "cascade", MODULE: {"name": "used", "state": "absent", "cascade": True}},
    ]
    return [{"ignore_errors": True, **task} for task in tasks]


def test_both_ways_give_the_same_results(ansible: Ansible, python: PreparedPython, keys: dict[str, str]) -> None:
    told = []
    for tasks in (scenarios(), as_modules(scenarios(), python)):
        with filled(keys) as nas:
            run = ansible.play(tasks, nas, variables={"keys": keys})
            journal = calls_besides_logins(nas)
        assert run.code == 0, run.output[-3000:]
        assert_no_key(run, ansible, keys)
        told.append((run, journal))
    (here, calls_here), (there, calls_there) = told
    for mine, other in zip(here.results, there.results, strict=True):
        assert comparable(mine["result"]) == comparable(other["result"]), mine["task"]
    assert calls_here == calls_there
    assert here.output.count("[WARNING]") == there.output.count("[WARNING]")

    actions = {line["task"]: line["result"].get("action") for line in here.results}
    expected = {
        "planned": "created",
        "created": "created",
        "same": "none",
        "another": "updated",
        "renamed": "updated",
        "there": "none",
        "kept": "none",
        "gone": "deleted",
        "replaced": "updated",
        "cascade": "deleted",
        "usage": None,
        "one": None,
    }
    assert {task: action for task, action in actions.items() if task in expected} == expected
    messages = {
        "not there": "set generate: true",
        "locked": "passphrase",
        "public": "is a public key",
        "swapped": "public_key: must be a public key",
        "misnamed": "Unsupported parameters",
        "text": "must be a file path, but contains the secret itself",
        "no file": "private_key_file: must be a readable file",
        "number": "private_key: must be text, but is a whole number",
        "connection": "is the name of an SSH connection",
        "used, planned": "Cloud credentials offsite (would lose its key)",
        "used": "SSH credentials nas2 (would be deleted)",
    }
    for task, message in messages.items():
        assert message in here.named(task)["msg"], task
    assert len(expected) + len(messages) == len(scenarios())


def comparable(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result without what differs from NAS to NAS."""
    kept = {name: value for name, value in result.items() if name not in ("_ansible_no_log", "invocation")}
    arguments = result["invocation"]["module_args"]
    return {**kept, "arguments": {name: value for name, value in arguments.items() if name not in ("port", "ca_path")}}


def test_a_loop_costs_one_login_and_one_query(ansible: Ansible, keys: dict[str, str], nas: Simulator) -> None:
    loop = {
        "name": "loop",
        MODULE: {"name": "{{ item }}", "private_key": "{{ keys.one }}"},
        "loop": ["a", "b", "c"],
    }
    usage = {"name": "usage", INFO: {"usage": True}}
    run = ansible.play([loop, {**loop, "name": "again"}, usage], nas, variables={"keys": keys})
    assert run.code == 0, run.output[-3000:]
    assert [item["changed"] for item in run.named("again")["results"]] == [False] * 3
    assert_no_key(run, ansible, keys)
    calls = Counter(call["method"] for call in nas.journal())
    assert calls == Counter(LOGIN) + Counter(
        {QUERY: 3, "keychaincredential.create": 3, "keychaincredential.used_by": 3}
    )


def test_a_key_is_read_from_a_file_that_a_vault_encrypts(
    ansible: Ansible, keys: dict[str, str], nas: Simulator
) -> None:
    folder = ansible.folder / "run1"
    folder.mkdir(parents=True)
    (folder / "password").write_text("open sesame")
    vault = VaultLib([("default", VaultSecret(b"open sesame"))])
    (folder / "replication.key").write_bytes(vault.encrypt(keys["one"]))
    options = {"name": "a", "private_key_file": "replication.key"}
    tasks = [
        {"name": "file", MODULE: options},
        {"name": "text", MODULE: {"name": "a", "private_key": "{{ keys.one }}"}},
        {"name": "process", MODULE: options, "environment": IN_A_PROCESS},
        {"name": "both", MODULE: {**options, "private_key": "{{ keys.one }}"}, "ignore_errors": True},
    ]
    run = ansible.play(
        tasks, nas, variables={"keys": keys}, environment={"ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "password")}
    )
    assert run.code == 0, run.output[-3000:]
    assert [run.named(name)["changed"] for name in ("file", "text", "process")] == [True, False, False]
    assert "cannot be combined with" in run.named("both")["msg"]
    assert_no_key(run, ansible, keys)


def test_a_reader_can_say_names_only(ansible: Ansible, keys: dict[str, str]) -> None:
    tasks = [
        {"name": "info", INFO: {"usage": True, "reveal_secrets": True}},
        {"name": "check", MODULE: {"name": "spare", "private_key": "{{ keys.one }}"}, "check_mode": True},
        {"name": "apply", MODULE: {"name": "spare", "private_key": "{{ keys.one }}"}, "ignore_errors": True},
        {"name": "create", MODULE: {"name": "new", "generate": True}, "ignore_errors": True},
        {"name": "there", MODULE: {"name": "spare"}},
    ]
    with filled(keys) as nas:
        run = ansible.play(tasks, nas, variables={"keys": keys}, api_key=nas.read_only_api_key)
        asked = {call["method"] for call in nas.journal()}
    assert run.code == 0, run.output[-3000:]
    spare, used = run.named("info")["keypairs"]
    assert (spare["id"], spare["public_key"], spare["private_key"]) == (2, *["unknown (redacted)"] * 2)
    assert [user["unbind_method"] for user in used["used_by"]] == ["delete", "disable"]
    assert (run.named("check")["changed"], run.named("check")["unknown_fields"]) == (False, ["private_key"])
    for task in ("apply", "create"):
        assert "needs the role KEYCHAIN_CREDENTIAL_WRITE" in run.named(task)["msg"]
    assert run.named("there")["keypair"]["id"] == 2
    assert "could not compare private_key" in " ".join(run.output.split())
    assert asked == {*LOGIN, QUERY, "keychaincredential.used_by"}


def test_a_create_whose_reply_is_lost_is_found_in_a_new_session(ansible: Ansible, way: dict[str, Any]) -> None:
    """The calls are: query, generate, create; then a login and a query more."""
    task = {"name": "make", MODULE: {"name": "a", "generate": True, "timeout": 10}, **way}
    with Simulator(faults=["reset-before-reply:3"]) as nas:
        made = ansible.play([task], nas)
        assert (made.code, made.named("make")["action"]) == (0, "created"), made.output[-3000:]
        again = ansible.play([task, {"name": "all", INFO: {}}], nas)
        assert again.named("make")["changed"] is False
        assert len(again.named("all")["keypairs"]) == 1


def test_a_lost_key_stores_nothing_and_the_next_run_creates_it(ansible: Ansible) -> None:
    task = {"name": "make", MODULE: {"name": "a", "generate": True, "timeout": 10}}
    with Simulator(faults=["no-reply:2"]) as nas:
        failed = ansible.play([task], nas)
        assert failed.code == 2
        assert "might have applied the change" not in failed.named("make")["msg"]
        again = ansible.play([task, {"name": "all", INFO: {}}], nas)
        assert again.named("make")["changed"]
        assert len(again.named("all")["keypairs"]) == 1


def test_a_credential_brings_its_keypair_along(ansible: Ansible, nas: Simulator, way: dict[str, Any]) -> None:
    """From nothing in one task: refused as long as the far side does not know the key that was made for it."""
    credential = "nasops.truenas.cloud_credential"
    with Lab(["sshd"]) as lab:
        sftp = {"host": lab.sshd.host, "port": lab.sshd.port, "user": lab.sshd.user}
        named = {**sftp, "private_key_name": "archive", "generate_private_key": True}
        task = {credential: {"name": "archive", "sftp": named, "verify": "changed"}, "ignore_errors": True, **way}
        told = {"name": "keypair", INFO: {"name": "archive"}, "register": "found", **way}
        allowed = {
            "name": "allowed",
            "ansible.builtin.lineinfile": {
                "path": str(lab.sshd.folder / "authorized_keys"),
                "line": "{{ found.keypairs[0].public_key }}",
                "create": True,
                "mode": "0600",
            },
        }
        steps = [
            {**task, "name": "planned", "check_mode": True},
            {**task, "name": "refused"},
            told,
            allowed,
            {**task, "name": "stored"},
            {**task, "name": "again"},
        ]
        run = ansible.play(steps, nas)
    assert run.code == 0, run.output[-3000:]
    planned, refused, stored, again = (run.named(name) for name in ("planned", "refused", "stored", "again"))
    assert (planned["action"], planned["generated_keypair"]["name"]) == ("created", "archive")
    assert "and keeps it" in refused["msg"]
    assert (stored["action"], stored["verification"]["state"]) == ("created", "valid")
    assert stored["credential"]["sftp"]["private_key_name"] == "archive"
    assert again["changed"] is False
    made = [call["method"] for call in nas.journal() if call["method"].endswith((".create", "key_pair"))]
    assert made == [
        "keychaincredential.generate_ssh_key_pair",
        "keychaincredential.create",
        "cloudsync.credentials.create",
    ]
    with Wire(nas) as wire:
        [row] = wire.login().call(QUERY)
    assert_no_key(run, ansible, row["attributes"])
