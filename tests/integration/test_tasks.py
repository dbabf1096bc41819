# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user meets: calls that a task costs, bad input, readers, lost connections, files, module defaults."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.integration.running import CANARY, Ansible, secret
from tests.integration.samples import OPTIONS
from tests.simulator import Simulator

MODULE = "nasops.truenas.cloud_credential"
INFO = "nasops.truenas.cloud_credential_info"
QUERY = "cloudsync.credentials.query"
S3 = {
    "type": "S3",
    "access_key_id": "AKIAEXAMPLE",
    "secret_access_key": secret(1),
    "endpoint": "https://s3.example.net",
}
SEED = {
    "credentials": [
        {"id": 1, "name": "offsite", "provider": S3},
        {"id": 2, "name": "shared", "provider": {"type": "B2", "account": "a", "key": secret(2)}},
    ],
    "cloud_sync": [{"id": 4, "description": "nightly", "credentials": 2}],
    "cloud_backup": [{"id": 5, "description": "weekly", "credentials": 2}],
}


def failing(name: str, **options: Any) -> dict[str, Any]:
    """Return a task that may fail."""
    return {"name": name, MODULE: {"name": "offsite", **options}, "ignore_errors": True}


def test_a_converged_task_costs_one_login_and_one_query(ansible: Ansible) -> None:
    with Simulator(seed=SEED) as nas:
        run = ansible.play(
            [{"name": "same", MODULE: {"name": "offsite", "s3": "{{ s3 }}"}}],
            nas,
            variables={"s3": {name: value for name, value in S3.items() if name != "type"}},
        )
        assert run.named("same")["changed"] is False
        # With SCRAM a login is a question and two steps.
        assert [call["method"] for call in nas.journal()] == ["auth.mechanism_choices", *["auth.login_ex"] * 2, QUERY]


def test_more_is_asked_only_where_the_plan_needs_it(ansible: Ansible) -> None:
    tasks = [
        {"name": "change", MODULE: {"name": "offsite", "s3": {"region": "eu-1"}}},
        {"name": "new", MODULE: {"name": "files", "sftp": {"host": "h", "user": "u", "pass": "{{ secret }}"}}},
        {"name": "keyed", MODULE: {"name": "keyed", "sftp": {"host": "h", "user": "u", "private_key": 7}}},
        {"name": "gone", MODULE: {"name": "offsite", "state": "absent"}},
    ]
    with Simulator(seed=SEED) as nas:
        run = ansible.play(tasks, nas, variables={"secret": secret(3)})
        assert run.code == 0, run.output[-3000:]
        asked = Counter(call["method"] for call in nas.journal())
    # After each of the two that are created comes a look for another of its name.
    assert asked == {
        "auth.mechanism_choices": 1,
        "auth.login_ex": 2,
        QUERY: 6,
        "cloudsync.credentials.update": 1,
        "cloudsync.credentials.create": 2,
        "keychaincredential.query": 1,
        "cloudsync.query": 1,
        "cloud_backup.query": 1,
        "cloudsync.credentials.delete": 1,
    }
    assert "SSH keypair with the ID 7 not found" in " ".join(run.output.split())


def test_bad_input_is_refused_before_a_socket_opens(ansible: Ansible, nas: Simulator) -> None:
    tasks = [
        failing("nothing"),
        failing("two", s3={"region": "r"}, b2={"account": "a"}),
        failing("port", ftp={"host": "h", "port": 0}),
        failing("url", s3={"endpoint": "s3.example.net"}),
        failing("mask", s3={"secret_access_key": "********"}),
        failing("not filled in", s3={"secret_access_key": "CHANGE_ME"}),
        failing("misspelt", s3={"secret_access_kye": "{{ secret }}"}),
        failing("misspelt above", secret_key="{{ secret }}"),
        failing("key text", sftp={"host": "h", "user": "u", "private_key": "{{ key }}"}),
        failing("json", google_cloud_storage={"service_account_credentials": "{{ secret }}"}),
        failing("file", google_cloud_storage={"service_account_file": "/nowhere/key.json"}),
        failing("plain", host="ws://nas.example", s3={"region": "r"}),
    ]
    run = ansible.play(
        tasks, nas, variables={"secret": secret(4), "key": f"-----BEGIN KEY-----\n{CANARY}\n-----END KEY-----"}
    )
    expected = {
        "nothing": "Set exactly one of: azureblob",
        "two": "s3: cannot be combined with b2",
        "port": "ftp.port: must be at least 1. Set a number of 1 or more.",
        "url": "s3.endpoint: must start with a scheme. Use a URL, for example https://s3.example.net",
        "mask": "s3.secret_access_key: contains a masked value",
        "not filled in": "s3.secret_access_key: still contains the placeholder CHANGE_ME",
        "misspelt": "s3: Unsupported parameters: secret_access_kye",
        "misspelt above": "secret_key",
        "key text": "sftp.private_key: must be the ID of a keypair",
        "json": "service_account_credentials: must be a JSON object",
        "file": "service_account_file: must be a readable file",
        "plain": "permanently revokes an API key",
    }
    for task, message in expected.items():
        result = run.named(task)
        assert message in result["msg"], task
    assert nas.journal() == []
    assert "Traceback" not in run.output


def test_a_loop_over_secrets_is_hidden_and_one_over_names_is_not(
    ansible: Ansible, nas: Simulator, way: dict[str, Any]
) -> None:
    """Ansible prints the item of a loop with every result, whatever the result itself hides."""
    fields = {"host": "h", "user": "u", "pass": secret(7)}
    tasks: list[dict[str, Any]] = [
        {"name": "over secrets", MODULE: {"name": "{{ item.name }}", "ftp": "{{ item.ftp }}"}, "loop": "{{ fleet }}"},
        {
            "name": "over names",
            MODULE: {"name": "{{ item }}", "ftp": "{{ fleet[0].ftp }}"},
            "loop": "{{ fleet | map(attribute='name') }}",
        },
        {
            "name": "wrong",
            MODULE: {"name": "x", "ftp": "{{ item }}"},
            "loop": ["{{ {'pas': fleet[0].ftp.pass} }}"],
            "ignore_errors": True,
        },
    ]
    variables = {"fleet": [{"name": "a", "ftp": fields}]}
    run = ansible.play([{**task, **way} for task in tasks], nas, variables=variables)
    assert run.code == 0, run.output[-3000:]
    assert "The loop item contains a secret" in " ".join(run.output.split())
    [shown] = run.named("over names")["results"]
    assert shown["credential"]["ftp"]["pass"] == "********"


def test_a_service_account_is_read_from_a_file_on_the_controller(ansible: Ansible, nas: Simulator) -> None:
    key = {"type": "service_account", "project_id": "p", "client_email": "b@p", "private_key": secret(5)}
    files = ansible.folder / "run1" / "files"
    files.mkdir(parents=True)
    (files / "key.json").write_text(json.dumps(key))
    create = {MODULE: {"name": "gcs", "google_cloud_storage": {"service_account_file": "key.json"}}}
    same = {MODULE: {"name": "gcs", "google_cloud_storage": {"service_account_credentials": "{{ key }}"}}}
    both = {
        MODULE: {
            "name": "gcs",
            "google_cloud_storage": {"service_account_file": "key.json", "service_account_key": "x"},
        }
    }
    tasks = [
        {"name": "create", **create},
        {"name": "same", **same},
        {"name": "both", **both, "ignore_errors": True},
    ]
    run = ansible.play(tasks, nas, variables={"key": key})
    assert run.code == 0, run.output[-3000:]
    assert run.named("create")["action"] == "created"
    # Ansible would blank "service_account" in every output if it took the whole mapping for secret.
    assert run.named("create")["changed_fields"] == ["name", "service_account_credentials"]
    assert run.named("same")["changed"] is False
    assert "cannot be combined" in run.named("both")["msg"]


def test_in_use_is_refused_with_every_user_also_in_check_mode(ansible: Ansible) -> None:
    tasks = [
        {"name": "check", MODULE: {"name": "shared", "state": "absent"}, "check_mode": True, "ignore_errors": True},
        {"name": "apply", MODULE: {"name": "shared", "state": "absent"}, "ignore_errors": True},
    ]
    with Simulator(seed=SEED) as nas:
        run = ansible.play(tasks, nas)
        assert not [call for call in nas.journal() if call["method"].endswith(".delete")]
    for task in ("check", "apply"):
        message = run.named(task)["msg"]
        assert "cloud sync task 'nightly' (id 4)" in message
        assert "cloud backup task 'weekly' (id 5)" in message


def test_a_reader_may_look_but_not_write(ansible: Ansible) -> None:
    tasks = [
        {"name": "info", INFO: {"name": "offsite"}},
        {"name": "check", MODULE: {"name": "offsite", "s3": {"secret_access_key": "{{ secret }}"}}, "check_mode": True},
        {
            "name": "apply",
            MODULE: {"name": "offsite", "s3": {"endpoint": "https://other.example"}},
            "ignore_errors": True,
        },
    ]
    with Simulator(seed=SEED) as nas:
        run = ansible.play(tasks, nas, variables={"secret": secret(6)}, api_key=nas.read_only_api_key)
        assert not [call for call in nas.journal() if call["method"].endswith(".update")]
    [entry] = run.named("info")["credentials"]
    assert entry["s3"]["access_key_id"] == "********"
    assert entry["s3"]["endpoint"] == "https://s3.example.net/"
    assert (run.named("check")["changed"], run.named("check")["unknown_fields"]) == (False, ["secret_access_key"])
    assert "CLOUD_SYNC_WRITE" in run.named("apply")["msg"]


def test_info_reads_what_can_be_written_back(ansible: Ansible, nas: Simulator) -> None:
    create = [
        {"name": f"create {key}", MODULE: {"name": f"my {key}", key: "{{ options." + key + " }}"}} for key in OPTIONS
    ]
    write_back = {
        "name": "write back",
        MODULE: "{{ item | dict2items | rejectattr('key', 'in', ['id']) | items2dict }}",
        "loop": "{{ stored.credentials }}",
        "no_log": True,
        "register": "written",
    }
    tasks = [
        {"name": "empty", INFO: {}, "check_mode": True},
        *create,
        {"name": "all", INFO: {"reveal_secrets": True}, "register": "stored", "no_log": True},
        {"name": "one", INFO: {"provider": "sftp"}},
        write_back,
        {"name": "count", "ansible.builtin.debug": {"msg": "{{ written.results | selectattr('changed') | length }}"}},
    ]
    run = ansible.play(tasks, nas, variables={"options": OPTIONS}, environment={"ANSIBLE_INJECT_FACT_VARS": "false"})
    assert run.code == 0, run.output[-3000:]
    assert run.named("empty")["credentials"] == []
    assert [entry["name"] for entry in run.named("one")["credentials"]] == ["my sftp"]
    assert run.named("count")["msg"] == 0


@pytest.mark.parametrize(
    ("fault", "message", "stored"),
    [
        ("busy:1", "20 logins a minute", 0),
        ("close-1009:1", "message was too long", 0),
        ("no-reply:1", "did not answer in time", 0),
    ],
)
def test_faults_end_in_a_message_and_a_rerun_mends_them(
    ansible: Ansible, fault: str, message: str, stored: int
) -> None:
    task = {"name": "create", MODULE: {"name": "files", "ftp": "{{ ftp }}", "timeout": 3}}
    with Simulator(faults=[fault]) as nas:
        failed = ansible.play([task], nas, variables={"ftp": OPTIONS["ftp"]})
        assert failed.code == 2
        assert message in failed.named("create")["msg"]
        assert "Traceback" not in failed.output
        again = ansible.play([task, {"name": "all", INFO: {}}], nas, variables={"ftp": OPTIONS["ftp"]})
        assert again.code == 0
        assert again.named("create")["changed"] is (not stored)
        assert len(again.named("all")["credentials"]) == 1


def test_a_wrong_key_a_wrong_authority_and_no_server(ansible: Ansible, nas: Simulator) -> None:
    tasks = [
        {"name": "key", INFO: {"api_key": "{{ wrong }}"}, "ignore_errors": True},
        {"name": "authority", INFO: {"ca_path": None}, "ignore_errors": True},
        {"name": "nobody", INFO: {"port": 1}, "ignore_errors": True},
        {"name": "unchecked", INFO: {"ca_path": None, "validate_certs": False}},
    ]
    run = ansible.play(tasks, nas, variables={"wrong": f"9-{CANARY}"}, environment={"TRUENAS_CA_PATH": ""})
    assert "wrong or revoked" in run.named("key")["msg"]
    assert "is not trusted" in run.named("authority")["msg"]
    assert "ca_path" in run.named("authority")["msg"]
    assert "cannot be reached" in run.named("nobody")["msg"]
    assert run.named("unchecked")["credentials"] == []


def test_a_key_is_never_sent_in_the_clear_unless_that_is_asked_for(ansible: Ansible) -> None:
    with Simulator(plaintext=True) as nas:
        refused = ansible.play([{"name": "refused", INFO: {"host": "ws://{{ nas.host }}"}}], nas)
        assert "destroy" in refused.named("refused")["msg"] or "revoke" in refused.named("refused")["msg"]
        assert nas.journal() == []
        asked = {"allow_plaintext": True, "api_key_mechanism": "plain"}
        revoked = ansible.play([{"name": "revoked", INFO: asked}], nas)
        assert "revoked" in revoked.named("revoked")["msg"]


def test_the_environment_stands_in_for_the_connection(ansible: Ansible, nas: Simulator) -> None:
    here = ansible.folder / "plain"
    here.mkdir(parents=True)
    arguments = ("localhost", "-m", INFO, "-vvvv")
    run = ansible.run(
        "ansible",
        *arguments,
        here=here,
        extra={
            "TRUENAS_HOST": nas.host,
            "TRUENAS_PORT": str(nas.port),
            "TRUENAS_USERNAME": nas.user,
            "TRUENAS_API_KEY": nas.api_key,
            "TRUENAS_CA_PATH": nas.ca_file or "",
        },
    )
    assert run.code == 0, run.output[-3000:]
    assert '"credentials": []' in run.output


def test_the_environment_of_a_task_stands_in_as_well(ansible: Ansible, nas: Simulator) -> None:
    """It is for the task's own process; the controller does not have it."""
    here = ansible.folder / "plain"
    here.mkdir(parents=True)
    task = {INFO: {}, "environment": {"TRUENAS_HOST": nas.host}}
    (here / "play.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    known = {
        "TRUENAS_PORT": str(nas.port),
        "TRUENAS_USERNAME": nas.user,
        "TRUENAS_API_KEY": nas.api_key,
        "TRUENAS_CA_PATH": nas.ca_file or "",
    }
    run = ansible.run("ansible-playbook", "play.yml", "-vvvv", here=here, extra=known)
    assert run.code == 0, run.output[-3000:]
    assert '"credentials": []' in run.output
