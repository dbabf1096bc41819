# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks whose ssh runs commands on this machine, on the socket of a simulated NAS."""

from __future__ import annotations

import importlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.template import trust_as_template

from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.nas.over_ssh import OverSsh
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import base
from ansible_collections.nasops.truenas.plugins.module_utils.transport import pipes
from ansible_collections.nasops.truenas.plugins.plugin_utils import worker_sessions
from tests.unit.over_ssh.nas import PASSWORD, Local, children, task

B2 = {"name": "offsite", "b2": {"account": "a", "key": "hush-canary-0001"}}
READER = "reader:CLOUD_SYNC_READ"


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[Any, Any]]:
    """A worker that has no session yet, and closes those that it has in the end."""
    sessions: dict[Any, Any] = {}
    monkeypatch.setattr(worker_sessions, "_connected", sessions)
    yield sessions
    for nas in sessions.values():
        nas.session.close()


@pytest.mark.parametrize("version", ["v13.3", "v24.10.2", "v25.10.0", "v27.0.0"])
def test_a_task_needs_no_key_and_starts_one_program(version: str, tmp_path: Path, kept: dict[Any, Any]) -> None:
    with Local(tmp_path, version) as nas:
        before = children()
        made = task(nas.variables, B2, "cloud_credential", transport="ssh")
        assert made["changed"], made
        again = task(nas.variables, B2, "cloud_credential", transport="ssh")
        assert again["changed"] is False, again
        assert len(nas.starts) == 1
        assert not [method for method in nas.calls if "login" in method]
        for session in kept.values():
            session.session.close()
        assert not children() - before
        assert sorted(file.name for file in tmp_path.iterdir()) == ["s", "ssh", "ssh.log", "state", "sudo"]


@pytest.mark.parametrize("transport", ["local", "nasops.truenas.api"])
def test_each_connection_that_the_host_can_have(transport: str, tmp_path: Path) -> None:
    with Local(tmp_path) as nas:
        found = task(nas.variables, {}, transport=transport)
    assert found["credentials"] == []
    [start] = nas.starts
    assert " -o User=admin " in start.replace('"', "")
    assert " nas1.example.net /bin/sh -c " in start


def test_become_runs_the_program_as_root(tmp_path: Path) -> None:
    with Local(tmp_path) as nas:
        assert task(nas.variables, {}, become=True)["credentials"] == []
        assert "BECOME-SUCCESS" in (tmp_path / "sudo.log").read_text()


@pytest.mark.parametrize("password", [PASSWORD, "hush-wrong", None], ids=["right", "wrong", "none"])
def test_a_password_of_become(password: str | None, tmp_path: Path) -> None:
    with Local(tmp_path) as nas:
        (tmp_path / "no-nopasswd").touch()
        variables = {**nas.variables, **({"ansible_become_password": password} if password else {})}
        found = task(variables, {}, become=True)
        assert "hush" not in json.dumps([found, nas.starts])
    if password == PASSWORD:
        assert found["credentials"] == []
    else:
        assert "sudo password" in found["msg"]
        assert "Check ansible_become_password" in found["msg"]
        assert nas.calls == []


@pytest.mark.parametrize("version", ["v24.10.2", "v25.10.0"])
def test_a_user_without_a_privilege(version: str, tmp_path: Path) -> None:
    with Local(tmp_path, version, "nobody") as nas:
        found = task(nas.variables, {})
    assert found["failed"]
    assert "has no session for the user" in found["msg"]
    assert "privilege" in found["msg"]
    assert "become: true" in found["msg"]


def test_a_user_without_the_role_is_named(tmp_path: Path) -> None:
    with Local(tmp_path, account=READER) as nas:
        found = task(nas.variables, B2, "cloud_credential")
        assert "cloudsync.credentials.create" not in nas.calls
    assert "CLOUD_SYNC_WRITE" in found["msg"]
    assert "Over SSH, the account is the user" in found["msg"]


LOGIN: dict[str, Any] = {
    "api_key": f"1-hush{'x' * 60}",
    "api_key_file": "/tmp/key",
    "password": "hush-password",
    "otp": "123456",
    "username": "automation",
    "port": 443,
    "ca_path": "/tmp/ca",
    "validate_certs": False,
    "allow_plaintext": True,
    "channel_binding": False,
    "api_key_mechanism": "plain",
    "share_session": False,
}


def test_options_of_a_login_are_refused_all_at_once(tmp_path: Path) -> None:
    nas = Local(tmp_path)
    found = task(nas.variables, LOGIN)
    assert {problem["field"] for problem in found["problems"]} == LOGIN.keys()
    assert nas.starts == []
    assert "hush" not in json.dumps(found)


def test_variables_of_a_login_have_no_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUENAS_API_KEY", LOGIN["api_key"])
    with Local(tmp_path) as nas:
        variables = {**nas.variables, **{f"ansible_truenas_{name}": value for name, value in LOGIN.items()}}
        assert task(variables, {}, transport="nasops.truenas.api")["credentials"] == []
        assert "hush" not in "".join(nas.starts)


def test_a_role_passes_on_variables_of_a_login_which_have_no_effect(tmp_path: Path) -> None:
    role = SimpleNamespace(get_name=lambda: "nasops.truenas.cloud_credentials")
    with Local(tmp_path) as nas:
        assert task(nas.variables, {**LOGIN, "host": "nas1.example.net"}, _role=role)["credentials"] == []


@pytest.mark.parametrize("source", ["task", "variable", "environment"])
def test_where_ssh_is_chosen_and_that_a_task_has_the_last_word(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nas = Local(tmp_path)
    variables = {name: value for name, value in nas.variables.items() if not name.startswith("ansible_truenas_")}
    if source == "environment":
        monkeypatch.setenv("TRUENAS_VIA", "ssh")
    elif source == "variable":
        variables["ansible_truenas_via"] = trust_as_template("{{ 'ssh' }}")
    nas.ssh("exit 1")
    options = {"via": "ssh"} if source == "task" else {}
    assert "over SSH" in task(variables, options)["msg"]
    assert len(nas.starts) == 1
    assert "username" in task(variables, {**options, "via": "network"})["msg"]
    assert len(nas.starts) == 1


def test_a_misspelled_ssh_is_refused_before_ansible_takes_the_task_to_the_nas(tmp_path: Path) -> None:
    nas = Local(tmp_path)
    result = task({**nas.variables, "ansible_truenas_via": "shh"}, {})
    assert [problem["field"] for problem in result["problems"] if "ssh" in problem["reason"] + problem["remedy"]] == [
        "via"
    ]
    assert nas.starts == []


def test_a_module_that_runs_in_a_process_of_its_own_refuses_ssh() -> None:
    target = base.target_of({"via": "ssh", "host": "nas1", "timeout": 60.0})
    assert isinstance(target, OverSsh)
    refused = "via: must not be ssh in a task whose module runs in a process of its own"
    with pytest.raises(InvalidInput, match=refused):
        target.open()
    with pytest.raises(InvalidInput, match=refused):
        target.again(1)


@pytest.mark.parametrize(
    ("variables", "keywords", "field"),
    [
        ({"ansible_host": "wss://nas1"}, {}, "host"),
        ({"ansible_host": "localhost", "inventory_hostname": "localhost"}, {}, "host"),
        ({"ansible_truenas_ssh_socket": "run/s"}, {}, "ssh_socket"),
        ({"ansible_truenas_ssh_socket": f"/{'x' * 104}"}, {}, "ssh_socket"),
        ({"ansible_truenas_api_version": "24.10"}, {}, "api_version"),
        ({"ansible_truenas_api_version": "v25.10.0", "ansible_truenas_api": "ddp"}, {}, "api_version"),
        ({"ansible_truenas_timeout": 0}, {}, "timeout"),
        ({"ansible_ssh_args": "-tt"}, {}, "ansible_ssh_args"),
        ({"ansible_password": LOGIN["api_key"]}, {}, "ansible_password"),
        ({}, {"transport": "paramiko"}, "ansible_connection"),
        ({}, {"async_val": 10}, "async"),
        ({}, {"environment": [{"A": "b"}]}, "environment"),
    ],
)
def test_a_half_of_a_setup_is_refused_before_ssh_starts(
    variables: dict[str, Any], keywords: dict[str, Any], field: str, tmp_path: Path
) -> None:
    nas = Local(tmp_path)
    found = task({**nas.variables, **variables}, {}, **keywords)
    assert [problem["field"] for problem in found["problems"]] == [field], found
    assert all(problem["reason"] and problem["remedy"] for problem in found["problems"]) or field == "timeout"
    assert nas.starts == []


@pytest.mark.parametrize(
    ("before", "message"),
    [
        (
            "echo 'admin@nas1: Permission denied (publickey).' >&2; exit 255",
            "refuses the login with SSH: admin@nas1: Perm",
        ),
        ("echo 'Host key verification failed.' >&2; exit 255", "is not trusted: Host key verification failed. Compare"),
        (
            "echo 'ssh: connect to host nas1 port 22: No route' >&2; exit 255",
            "over SSH: ssh: connect to host nas1 port 22",
        ),
        ("echo 'sh: exec: python3: not found' >&2; exit 127", "has no python3: sh: exec: python3: not found. Check"),
        ("echo 'This account is not available.' >&2; exit 1", "did not start: This account is not available. Check"),
        ("exit 1", "did not start: ssh ended with the status 1. Check"),
        ("yes banner | head -c 200000; exit 1", "did not start"),
        ("printf 'debug1: x\n\033[31mred\n' >&2; exit 255", "over SSH: \N{REPLACEMENT CHARACTER}[31mred. Check"),
    ],
)
def test_a_failure_of_ssh_is_explained_with_its_own_words(before: str, message: str, tmp_path: Path) -> None:
    nas = Local(tmp_path)
    nas.ssh(before)
    known = children()
    found = task(nas.variables, {})
    assert message in found["msg"]
    assert "Traceback" not in found["msg"]
    assert not children() - known


def test_the_program_of_become_is_named_if_the_host_does_not_have_it(tmp_path: Path) -> None:
    nas = Local(tmp_path)
    (tmp_path / "sudo").unlink()
    found = task(nas.variables, {}, become=True)
    assert f"the host has no {tmp_path}/sudo: " in found["msg"]
    assert "Set ansible_become_exe to its path" in found["msg"]


@pytest.mark.parametrize("retries", [0, 2])
def test_ansible_retries_a_connection_as_often_as_configured(retries: int, tmp_path: Path) -> None:
    nas = Local(tmp_path)
    nas.ssh("exit 255")
    task({**nas.variables, "ansible_ssh_retries": retries}, {})
    assert len(nas.starts) == retries + 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nonexistent/s", "has no socket of TrueNAS (/nonexistent/s). Check that ansible_host is a NAS"),
        (None, "has no socket of TrueNAS (/run/middleware/middlewared.sock, /var/run/middleware/middlewared.sock, "),
        ("{folder}/file", "refuses connections (ECONNREFUSED). Check that the middleware"),
    ],
)
def test_a_socket_that_is_not_there(path: str | None, message: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nas = Local(tmp_path)
    variables = {**nas.variables, "ansible_truenas_ssh_socket": path and path.format(folder=tmp_path)}
    known = children()
    assert message in task(variables, {})["msg"]
    assert not children() - known


def test_a_socket_that_is_not_permitted(tmp_path: Path) -> None:
    nas = Local(tmp_path)
    program = tmp_path / "nas.py"
    program.write_text(
        "import re, sys\n"
        "mark = re.search('nasops.truenas [0-9a-f]+ ', sys.stdin.readline())[0]\n"
        "print('a banner ' + mark + 'admin', '', '/var/run/middlewared.sock', 'EACCES', sep='\\t')\n"
    )
    nas.ssh(f"exec python3 {program}")
    found = task(nas.variables, {})
    assert "the user 'admin' is not permitted to use /var/run/middlewared.sock" in found["msg"]
    assert "ansible_user: root" in found["msg"]


def test_a_silent_nas_is_given_up_at_the_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipes, "ENDING", 0.1)
    nas = Local(tmp_path)
    nas.ssh("exec sleep 60")
    known = children()
    found = task({**nas.variables, "ansible_truenas_timeout": 0.5}, {})
    assert "did not answer in time" in found["msg"]
    assert not children() - known


def test_a_socket_of_something_else(tmp_path: Path) -> None:
    with Local(tmp_path) as nas:
        found = task({**nas.variables, "ansible_truenas_api": "jsonrpc"}, {"api_version": "v25.05.0"})
    assert "has no JSON-RPC (HTTP status 404)" in found["msg"]


def test_ssh_that_is_killed_is_a_lost_connection_and_reads_are_repeated(tmp_path: Path) -> None:
    with Local(tmp_path) as nas:
        assert task(nas.variables, {})["credentials"] == []
        [ssh] = [child for child in children() if "-BIS" in Path(f"/proc/{child}/cmdline").read_text()]
        os.kill(ssh, 9)
        # A task that is retried reads again.
        assert task(nas.variables, {}, retries=1)["credentials"] == []
        assert len(nas.starts) == 2


def test_ssh_that_hangs_is_late_and_ends_with_the_session(
    tmp_path: Path, kept: dict[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipes, "ENDING", 0.1)
    known = children()
    with Local(tmp_path) as nas:
        variables = {**nas.variables, "ansible_truenas_timeout": 3}
        assert task(variables, {})["credentials"] == []
        [ssh] = children() - known
        os.kill(ssh, signal.SIGSTOP)
        assert "did not answer in time" in task(variables, {}, retries=1)["msg"]
        for session in kept.values():
            session.session.close()
        assert not children() - known


def test_a_password_reaches_ssh_and_no_argument(tmp_path: Path) -> None:
    with Local(tmp_path) as nas:
        # Ansible removes the password when the connection has been made, so it must still be there in a moment.
        nas.ssh('sleep 0.2; test -e "/dev/shm/$_ANSIBLE_SSH_ASKPASS_SHM" || exit 7')
        assert task({**nas.variables, "ansible_password": "hush-password"}, {})["credentials"] == []
        assert "hush-password" not in "".join(nas.starts)


def test_a_refusal_of_ansible_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("ansible.plugins.connection.ssh"), "SSHPASS_AVAILABLE", False)
    nas = Local(tmp_path)
    mechanism = {"ansible_password": "hush-password", "ansible_ssh_password_mechanism": "sshpass"}
    found = task({**nas.variables, **mechanism}, {})
    assert "cannot be reached over SSH: to use the password_mechanism=sshpass, you must install" in found["msg"]
    assert "settings for SSH" in found["msg"]
    assert nas.starts == []
