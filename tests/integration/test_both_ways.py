# SPDX-License-Identifier: GPL-3.0-or-later
"""The same tasks in Ansible's worker process and in a process of their own give the same results."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.integration.prepared_python import PreparedPython
from tests.integration.running import IN_A_PROCESS, Ansible, as_modules, calls_besides_logins, secret
from tests.integration.samples import OPTIONS
from tests.lab import Lab
from tests.simulator import Simulator

ONE = "nasops.truenas.cloud_credential"
SET = "nasops.truenas.cloud_credentials"
INFO = "nasops.truenas.cloud_credential_info"
QUERY = "cloudsync.credentials.query"
LOGIN = ["auth.mechanism_choices", "auth.login_ex", "auth.login_ex"]
"""The calls of a login with SCRAM: the question whether it is offered, and its two steps."""
SEED = {
    "credentials": [
        {"id": 1, "name": "offsite", "provider": {"type": "B2", "account": "a", "key": secret(1)}},
        {"id": 2, "name": "used", "provider": {"type": "B2", "account": "a", "key": secret(2)}},
    ],
    "cloud_sync": [{"id": 4, "description": "nightly", "credentials": 2}],
}


def scenarios() -> list[dict[str, Any]]:
    """Return tasks of every kind; each may fail."""
    every = [{"name": key, key: "{{ options." + key + " }}"} for key in OPTIONS]
    tasks: list[dict[str, Any]] = [
        {"name": "change", ONE: {"name": "offsite", "b2": {"account": "b"}}},
        {"name": "same", ONE: {"name": "offsite", "b2": {"account": "b"}}},
        {"name": "secret", ONE: {"name": "offsite", "b2": {"application_key": "{{ other }}"}}},
        {"name": "check", ONE: {"name": "planned", "s3": "{{ options.s3 }}"}, "check_mode": True},
        {"name": "create", ONE: {"name": "made", "s3": "{{ options.s3 }}"}},
        {"name": "verify", ONE: {"name": "files", "ftp": "{{ ftp }}", "verify": "changed"}},
        {"name": "refused", ONE: {"name": "files", "ftp": {"pass": "{{ other }}"}, "verify": "changed"}},
        {"name": "info", INFO: {}},
        {"name": "reveal", INFO: {"name": "nobody", "reveal_secrets": True}},
        {"name": "retype", ONE: {"name": "made", "b2": {"account": "a", "key": "{{ other }}"}}},
        {"name": "rename", ONE: {"name": "made", "new_name": "renamed"}},
        {"name": "used", ONE: {"name": "used", "state": "absent"}},
        {"name": "gone", ONE: {"name": "renamed", "state": "absent"}},
        {"name": "nothing", ONE: {"name": "x"}},
        {"name": "no name", ONE: {"state": "absent"}},
        {"name": "misspelt", ONE: {"name": "x", "b2": {"acount": "{{ other }}"}}},
        {"name": "misspelt above", ONE: {"name": "x", "secert": "{{ other }}"}},
        {"name": "choice", ONE: {"name": "x", "state": "gone"}},
        {"name": "type", ONE: {"name": "x", "ftp": {"port": "many"}}},
        {
            "name": "text for numbers",
            ONE: {"name": "x", "ftp": {"host": "h", "user": "u", "pass": "5", "port": "2121"}},
        },
        {"name": "number for text", ONE: {"name": "x", "ftp": {"host": "h", "user": "u", "pass": 5}}},
        {"name": "mapping", ONE: {"name": "x", "ftp": {"host": "h", "user": "u", "pass": {"k": "{{ other }}"}}}},
        {"name": "wrong", ONE: {"name": "x", "ftp": {"port": 0}, "clear_fields": ["nothing"]}},
        {"name": "both", ONE: {"name": "x", "password": "{{ other }}"}},
        {"name": "set", SET: {"credentials": every}},
        {"name": "set again", SET: {"credentials": every}},
        {
            "name": "set check",
            SET: {"credentials": every[:3], "purge": True, "purge_keep": ["used"]},
            "check_mode": True,
        },
        {"name": "set in use", SET: {"credentials": every[:3], "purge": True}},
        {"name": "set wrong", SET: {"credentials": [{"name": "x"}, {"name": "y", "ftp": {"port": 0}}]}},
        {"name": "set misspelt", SET: {"credentials": [{"name": "x", "b2": {"kee": "{{ other }}"}}]}},
        {
            "name": "set partly",
            SET: {"credentials": ["{{ bad }}", {"name": "late", "ftp": "{{ ftp }}"}], "verify": "changed"},
        },
        {
            "name": "until",
            ONE: {"name": "until", "ftp": "{{ ftp }}"},
            "register": "it",
            "until": "not it.changed",
            "delay": 0,
        },
        {"name": "purge", SET: {"credentials": every[:3], "purge": True, "purge_keep": ["used"]}},
        {"name": "skipped", ONE: {"name": "x", "state": "absent"}, "when": False},
    ]
    return [{"ignore_errors": True, **task} for task in tasks]


def comparable(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result without what differs from run to run or from NAS to NAS."""
    kept = {name: value for name, value in result.items() if name not in ("invocation", "_ansible_no_log")}
    arguments = dict(result.get("invocation", {}).get("module_args", {}))
    for name in ("port", "ca_path"):
        arguments.pop(name, None)
    for found in [kept, *kept.get("credentials", [])]:
        if found.get("verification"):
            found["verification"].pop("seconds")
    return {**kept, "arguments": arguments}


def test_both_ways_give_the_same_results(ansible: Ansible, python: PreparedPython, lab: Lab) -> None:
    ftp = dict(lab.ftp.options)
    variables = {
        "options": OPTIONS,
        "other": secret(99),
        "ftp": ftp,
        "bad": {"name": "bad", "ftp": {**ftp, "pass": secret(98)}},
    }
    told = []
    for tasks in (scenarios(), as_modules(scenarios(), python)):
        with Simulator(seed=SEED, login_limit=0) as nas:
            run = ansible.play(tasks, nas, variables=variables)
            assert run.code == 0, run.output[-2000:]
            journal = calls_besides_logins(nas)
        warnings = sorted(line for line in " ".join(run.output.split()).split("[WARNING]: ")[1:])
        told.append((run, journal, len(warnings)))
    (here, calls_here, warned_here), (there, calls_there, warned_there) = told
    for mine, other in zip(here.results, there.results, strict=True):
        assert comparable(mine["result"]) == comparable(other["result"]), mine["task"]
    assert calls_here == calls_there
    assert warned_here == warned_there
    assert here.named("mapping")["msg"].startswith("ftp.pass: must be text, but is a mapping.")
    assert here.named("number for text")["msg"].startswith("ftp.pass: must be text, but is a whole number.")
    assert here.named("set")["counts"]["created"] == len(OPTIONS)
    assert here.named("set partly")["counts"] == {"created": 1, "updated": 0, "deleted": 0, "none": 0, "failed": 1}


def test_a_loop_costs_one_login_and_one_query(ansible: Ansible) -> None:
    names = [f"item {number}" for number in range(5)]
    loop = {
        "name": "loop",
        ONE: {"name": "{{ item }}", "ftp": {"host": "h", "user": "u", "pass": "{{ other }}"}},
        "loop": names,
    }
    twice = {**loop, "name": "twice", "loop": [names[0], names[0]]}
    with Simulator() as nas:
        run = ansible.play([loop, loop | {"name": "again"}, twice], nas, variables={"other": secret(1)})
        assert run.code == 0, run.output[-2000:]
        calls = Counter(call["method"] for call in nas.journal())
    # After each that is created comes a look for another of its name.
    assert calls == Counter(LOGIN) + Counter({QUERY: 3 + 5, "cloudsync.credentials.create": 5})
    assert [item["changed"] for item in run.named("again")["results"]] == [False] * 5


def test_a_set_costs_one_login_and_one_query_both_ways(ansible: Ansible) -> None:
    credentials = [
        {"name": f"item {number}", "ftp": {"host": "h", "user": "u", "pass": "{{ other }}"}} for number in range(20)
    ]
    task = {"name": "set", SET: {"credentials": credentials}}
    with Simulator() as nas:
        ansible.play([task], nas, variables={"other": secret(1)})
        run = ansible.play(
            [task, {**task, "name": "process", "environment": IN_A_PROCESS}], nas, variables={"other": secret(1)}
        )
        assert run.code == 0, run.output[-2000:]
        calls = [call["method"] for call in nas.journal()]
    # After the twenty are created comes one look for others of their names.
    assert Counter(calls) == Counter(LOGIN * 3) + Counter({QUERY: 3 + 1, "cloudsync.credentials.create": 20})
    assert calls[25:] == [*LOGIN, QUERY] * 2


def test_each_retry_reads_afresh(ansible: Ansible) -> None:
    task = {
        "name": "wait",
        INFO: {},
        "register": "found",
        "until": "found.credentials | length > 5",
        "retries": 2,
        "delay": 0,
        "ignore_errors": True,
    }
    with Simulator() as nas:
        ansible.play([task], nas)
        assert Counter(call["method"] for call in nas.journal()) == Counter(LOGIN) + Counter({QUERY: 3})


def test_async_and_another_interpreter_are_left_to_the_module(ansible: Ansible, nas: Simulator) -> None:
    task = {"name": "later", ONE: {"name": "a", "ftp": {"host": "h", "user": "u", "pass": "{{ other }}"}}}
    tasks = [
        {**task, "async": 30, "poll": 1},
        {
            **task,
            "name": "elsewhere",
            "delegate_to": "bastion",
            "vars": {"ansible_host": "127.0.0.2", "ansible_port": 1},
        },
    ]
    run = ansible.play(tasks, nas, variables={"other": secret(1)})
    assert run.named("later")["action"] == "created"
    assert "bastion" in run.output
    assert "UNREACHABLE" in run.output, "a bastion that is not local is where the module goes"


def test_a_login_too_many_is_waited_for_longer_than_the_timeout(ansible: Ansible) -> None:
    info = {"name": "info", INFO: {}}
    with Simulator(login_limit=2, login_window=10) as nas:
        busy = {**info, "name": "busy", INFO: {"timeout": 1, "share_session": False}}
        run = ansible.play([info, busy], nas)
        refused = [call for call in nas.journal() if call["method"] == "auth.login_ex" and not call["ok"]]
    assert run.named("info")["credentials"] == run.named("busy")["credentials"] == []
    assert refused
