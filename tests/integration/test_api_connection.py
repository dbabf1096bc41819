# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection plugin `api`: the inventory names the NAS and the account, and tasks need no connection options."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.running import CANARY, IN_A_PROCESS, Ansible, Run, secret
from tests.simulator import Simulator

INFO = "nasops.truenas.cloud_credential_info"


def play(
    ansible: Ansible, nas: Simulator, tasks: list[Any], variables: Mapping[str, Any] | None = None, **keywords: Any
) -> Run:
    """Run tasks on a host whose inventory variables are all that names the NAS."""
    here = ansible.write([{"tasks": tasks, "module_defaults": {}, **keywords}], {})
    host = {
        "ansible_connection": "nasops.truenas.api",
        "ansible_python_interpreter": sys.executable,
        "ansible_host": nas.host,
        "ansible_port": nas.port,
        "ansible_user": nas.user,
        "ansible_truenas_api_key": nas.api_key,
        "ansible_truenas_ca_path": nas.ca_file,
        **(variables or {}),
    }
    host = {name: value for name, value in host.items() if value is not None}
    (here / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"box": host}}}))
    return ansible.run("ansible-playbook", "-i", "hosts.yml", "play.yml", "-vvvv", here=here)


def logins(nas: Simulator) -> Counter[str]:
    """Return the mechanisms of the logins, by number."""
    return Counter(call["mechanism"] for call in nas.journal() if call["method"] == "auth.login_ex")


@pytest.fixture
def box() -> Any:
    """A NAS with passwords and keys."""
    with Simulator(version="25.10.0") as nas:
        yield nas


def test_an_inventory_is_all_that_a_play_needs(ansible: Ansible, box: Simulator) -> None:
    run = play(ansible, box, [{INFO: {}}, {INFO: {}}])
    assert run.code == 0, run.output[-3000:]
    assert [line["result"]["credentials"] for line in run.results] == [[], []]
    assert logins(box) == {"API_KEY_PLAIN": 1}


def test_lookups_share_the_login_of_the_tasks_and_return_nothing_secret(ansible: Ansible, box: Simulator) -> None:
    names = ["one", "second"]
    look = "{{ lookup('nasops.truenas.cloud_credential', item) }}"
    stored = {"name": "{{ item }}", "s3": {"access_key_id": "A", "secret_access_key": "{{ the_secret }}"}}
    tasks = [
        {"nasops.truenas.cloud_credential": stored, "loop": names},
        {"name": "facts", "ansible.builtin.debug": {"msg": look}, "loop": names},
        {"name": "missing", "ansible.builtin.debug": {"msg": look.replace("item", "'secnd'")}, "ignore_errors": True},
    ]
    run = play(ansible, box, tasks, {"the_secret": secret(1)})
    assert run.code == 0, run.output[-3000:]
    found = [item["msg"] for item in run.named("facts")["results"]]
    assert [(facts["name"], facts["provider"], facts["fields"]["access_key_id"]) for facts in found] == [
        ("one", "s3", "A"),
        ("second", "s3", "A"),
    ]
    assert CANARY not in json.dumps(found)
    assert "Did you mean 'second'?" in run.named("missing")["msg"]
    assert logins(box) == {"API_KEY_PLAIN": 1}


@pytest.mark.parametrize(
    ("variables", "mechanism"),
    [
        ({"ansible_truenas_api_key": None, "ansible_password": Simulator.password}, "PASSWORD_PLAIN"),
        ({"ansible_password": "hush-canary"}, "API_KEY_PLAIN"),
        ({"ansible_truenas_host": "127.0.0.1", "ansible_host": "192.0.2.1"}, "API_KEY_PLAIN"),
    ],
)
def test_the_variables_name_a_password_or_a_key(
    ansible: Ansible, box: Simulator, variables: dict[str, Any], mechanism: str
) -> None:
    run = play(ansible, box, [{INFO: {}}], variables)
    assert run.code == 0, run.output[-3000:]
    assert logins(box) == {mechanism: 1}


def test_options_of_a_task_come_first_and_bring_their_own_secret(ansible: Ansible, box: Simulator) -> None:
    reader = {"api_key": "{{ lookup('ansible.builtin.file', 'key.json') | from_json }}"}
    here = ansible.folder / "run1"
    here.mkdir(parents=True)
    (here / "key.json").write_text(json.dumps(box.read_only_api_key))
    tasks = [{INFO: {**reader, "username": "{{ ansible_user }}"}}]
    run = play(ansible, box, tasks, {"ansible_truenas_api_key": "hush-canary", "ansible_truenas_timeout": 5})
    assert run.code == 0, run.output[-3000:]
    assert run.results[0]["result"]["invocation"]["module_args"]["timeout"] == 5


def test_module_defaults_go_on_working(ansible: Ansible, box: Simulator) -> None:
    defaults = {"group/nasops.truenas.all": {"timeout": 7}}
    run = play(ansible, box, [{INFO: {}}], module_defaults=defaults)
    assert run.code == 0, run.output[-3000:]
    assert run.results[0]["result"]["invocation"]["module_args"]["timeout"] == 7


def test_a_process_of_its_own_gets_the_options_too(ansible: Ansible, box: Simulator) -> None:
    tasks = [{INFO: {}, "environment": IN_A_PROCESS}, {INFO: {}, "async": 20, "poll": 1}]
    run = play(ansible, box, tasks)
    assert run.code == 0, run.output[-3000:]
    assert logins(box) == {"API_KEY_PLAIN": 2}


def test_other_modules_run_on_the_controller(ansible: Ansible, box: Simulator, tmp_path: Path) -> None:
    there = tmp_path / "there"
    tasks = [{"ansible.builtin.copy": {"content": "x", "dest": str(there), "mode": "0600"}}]
    run = play(ansible, box, tasks)
    assert run.code == 0, run.output[-3000:]
    assert there.read_text() == "x"


def test_the_export_logs_in_as_the_user_of_the_inventory(ansible: Ansible, box: Simulator) -> None:
    play(ansible, box, [], {"ansible_user": "somebody"})
    inventory = (ansible.folder / "run1/hosts.yml").read_text()
    (ansible.folder / "run1/hosts.yml").write_text(inventory.replace("all:", "nas:", 1))
    command = ("ansible-playbook", "-i", "hosts.yml", "nasops.truenas.export", "-vvvv")
    run = ansible.run(*command, here=ansible.folder / "run1")
    assert run.code == 2
    assert "The NAS refused the login of 'somebody'" in run.output


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ansible_truenas_api_key": None, "ansible_password": 1234567}, "password"),
        ({"ansible_user": True}, "username"),
        ({"ansible_truenas_timeout": -1}, "timeout"),
        ({"ansible_truenas_ca_path": "/nowhere"}, "ca_path"),
        # Ansible reads any unknown word as false, and true as 1, where a connection plugin declares the type.
        ({"ansible_truenas_ca_path": None, "ansible_truenas_validate_certs": "ture"}, "validate_certs"),
        ({"ansible_port": True}, "port: must be a number, but is a boolean (true)"),
    ],
)
def test_a_mistake_in_the_inventory_is_named(
    ansible: Ansible, box: Simulator, variables: dict[str, Any], message: str
) -> None:
    run = play(ansible, box, [{INFO: {}}], variables)
    assert run.code == 2
    assert message in run.results[0]["result"]["msg"]
    assert box.journal() == []


def test_a_relative_file_of_the_inventory_is_searched_as_that_of_a_task(ansible: Ansible, box: Simulator) -> None:
    # Ansible would look for it in the working folder, and only there.
    keys = ansible.folder / "run1" / "files" / "keys"
    keys.mkdir(parents=True)
    (keys / "key.json").write_text(box.api_key)
    variables = {"ansible_truenas_api_key": None, "ansible_truenas_api_key_file": "keys/key.json"}
    run = play(ansible, box, [{INFO: {}}], variables)
    assert run.code == 0, run.output[-3000:]
    assert logins(box) == {"API_KEY_PLAIN": 1}


@pytest.mark.parametrize("names", [{}, {"ansible_user": None, "ansible_truenas_username": Simulator.user}])
def test_roles_take_the_nas_from_the_inventory_too(ansible: Ansible, box: Simulator, names: dict[str, Any]) -> None:
    stored = [{"name": "offsite", "ftp": {"host": "ftp.example.net", "user": "u", "pass": "{{ secret }}"}}]
    role = {"name": "nasops.truenas.cloud_credentials", "nas_cloud_credentials": stored}
    variables = {"secret": "hush-canary", **names}
    runs = [play(ansible, box, [], variables, roles=[role]) for _number in range(2)]
    assert [run.code for run in runs] == [0, 0], runs[0].output[-3000:]
    assert ["changed=1" in run.output for run in runs] == [True, False]
