# SPDX-License-Identifier: GPL-3.0-or-later
"""What a play prints and registers, which is the same on every ansible-core."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.integration.prepared_python import PreparedPython
from tests.integration.running import Ansible, Run, prepared, secret
from tests.simulator import Simulator

ONE = "nasops.truenas.cloud_credential"


SHORT = ["22", "e", "admin", "True"]
"""Secrets that are a part of many texts."""


def registered(
    ansible: Ansible, nas: Simulator, python: PreparedPython, options: Mapping[str, Any], **variables: Any
) -> tuple[Run, dict[str, Any]]:
    """Run tasks with options by name both ways; return what was printed, and what they registered.

    From ansible-core 2.22 on, these can differ.
    """
    file = ansible.folder / "registered.json"
    ways = {"here": {}, "module": prepared(python)}
    tasks = [
        {"name": f"{name} {way}", ONE: given, "register": f"{way}{number}", **keywords}
        for number, (name, given) in enumerate(options.items())
        for way, keywords in ways.items()
    ]
    kept = ", ".join(f"'{task['name']}': {task['register']}" for task in tasks)
    write = {"ansible.builtin.copy": {"content": f"{{{{ {{{kept}}} | to_json }}}}", "dest": str(file)}, "diff": False}
    run = ansible.play([*tasks, {"name": "write", **write}], nas, variables=variables)
    assert run.code == 0, run.output[-3000:]
    return run, json.loads(file.read_text())


def test_a_short_secret_masks_nothing_else(ansible: Ansible, nas: Simulator, python: PreparedPython) -> None:
    options = {
        f"{number}": {
            "name": f"true 22 {number}",
            "ftp": {"host": "h22", "user": "admin", "pass": f"{{{{ short[{number}] }}}}", "port": 2222},
        }
        for number, _short in enumerate(SHORT)
    }
    run, registers = registered(ansible, nas, python, options, short=SHORT)
    assert "$REDACTED$" not in run.output
    assert len(registers) == 2 * len(SHORT)
    for name, kept in registers.items():
        assert kept["credential"] == run.named(name)["credential"], name
        assert kept["credential"]["name"] == f"true 22 {name[0]}"
        assert kept["credential"]["ftp"]["port"] == 2222, name
        assert kept["credential"]["ftp"]["pass"] == "********", name
        # Up to ansible-core 2.20, only callbacks get the invocation.
        assert run.named(name)["invocation"]["module_args"]["ftp"]["pass"] == "********", name


def test_what_only_describes_a_key_stays_readable(ansible: Ansible, nas: Simulator, python: PreparedPython) -> None:
    key = {"type": "service_account", "project_id": "offsite", "client_email": "a@b.example", "private_key": secret(1)}
    options = {
        "name": "service_account of offsite",
        "google_cloud_storage": {"service_account_credentials": "{{ key }}"},
    }
    run, registers = registered(ansible, nas, python, {"key": options}, key=key)
    assert "$REDACTED$" not in run.output
    assert run.output.count("service_account of offsite") >= 2
    for name in ("key here", "key module"):
        assert registers[name]["credential"]["name"] == "service_account of offsite", name
        assert run.named(name)["credential"]["name"] == "service_account of offsite", name


def test_a_secret_that_was_put_into_a_name_is_masked_in_the_registered_result(
    ansible: Ansible, nas: Simulator, python: PreparedPython
) -> None:
    options = {"name": "copy of {{ other }}", "ftp": {"host": "h", "user": "u", "pass": "{{ other }}"}}
    run, registers = registered(ansible, nas, python, {"copy": options}, other=secret(1))
    for name in ("copy here", "copy module"):
        assert registers[name]["credential"]["name"] == "copy of ********", name
        assert run.named(name)["credential"]["name"] == "copy of ********", name
