# SPDX-License-Identifier: GPL-3.0-or-later
"""What a play prints and registers, which is the same on every ansible-core."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.running import IN_A_PROCESS, Ansible, secret
from tests.simulator import Simulator

ONE = "nasops.truenas.cloud_credential"
WAYS: dict[str, dict[str, Any]] = {"here": {}, "module": {"environment": IN_A_PROCESS}}


def registered(ansible: Ansible, nas: Simulator, way: str, options: dict[str, Any], **variables: Any) -> Any:
    """Run a task; return what the play printed, and what it registered, which from ansible-core 2.22 on can differ."""
    file = ansible.folder / "registered.json"
    write = {"ansible.builtin.copy": {"content": "{{ it | to_json }}", "dest": str(file)}, "diff": False}
    tasks = [{"name": "one", ONE: options, "register": "it", **WAYS[way]}, {"name": "write", **write}]
    run = ansible.play(tasks, nas, variables=variables)
    assert run.code == 0, run.output[-3000:]
    return run, json.loads(file.read_text())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("short", ["22", "e", "admin", "True"])
def test_a_short_secret_masks_nothing_else(ansible: Ansible, nas: Simulator, way: str, short: str) -> None:
    options = {"name": "true 22", "ftp": {"host": "h22", "user": "admin", "pass": "{{ short }}", "port": 2222}}
    run, kept = registered(ansible, nas, way, options, short=short)
    assert "$REDACTED$" not in run.output
    assert kept["credential"] == run.named("one")["credential"]
    assert kept["credential"]["name"] == "true 22"
    assert kept["credential"]["ftp"]["port"] == 2222
    assert kept["credential"]["ftp"]["pass"] == "********"
    # Up to ansible-core 2.20, only callbacks get the invocation.
    assert run.named("one")["invocation"]["module_args"]["ftp"]["pass"] == "********"


@pytest.mark.parametrize("way", WAYS)
def test_what_only_describes_a_key_stays_readable(ansible: Ansible, nas: Simulator, way: str) -> None:
    key = {"type": "service_account", "project_id": "offsite", "client_email": "a@b.example", "private_key": secret(1)}
    options = {
        "name": "service_account of offsite",
        "google_cloud_storage": {"service_account_credentials": "{{ key }}"},
    }
    run, kept = registered(ansible, nas, way, options, key=key)
    assert "$REDACTED$" not in run.output
    assert "service_account of offsite" in run.output
    assert kept["credential"]["name"] == "service_account of offsite"


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_that_was_put_into_a_name_is_masked_in_the_registered_result(
    ansible: Ansible, nas: Simulator, way: str
) -> None:
    options = {"name": "copy of {{ other }}", "ftp": {"host": "h", "user": "u", "pass": "{{ other }}"}}
    run, kept = registered(ansible, nas, way, options, other=secret(1))
    assert kept["credential"]["name"] == "copy of ********"
    assert run.named("one")["credential"]["name"] == "copy of ********"
