# SPDX-License-Identifier: GPL-3.0-or-later
"""One playbook for a mixed fleet: TrueNAS before 25.04 beside newer systems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.integration.running import Ansible, secret
from tests.simulator import Simulator

FLEET = {"core": "13.3", "dragonfish": "24.04.2", "eel": "24.10.2", "goldeye": "25.10.0", "newest": "27.0.0"}
VARIABLES = {
    "declared": [
        {"name": f"s3 {number}", "s3": {"access_key_id": f"AKIA{number}", "secret_access_key": secret(number)}}
        for number in range(18)
    ]
    + [
        {"name": "ftp", "ftp": {"host": "ftp.example.net", "user": "u", "pass": secret(90), "port": 21}},
        {"name": "sftp", "sftp": {"host": "h.example.net", "user": "u", "private_key_name": "shared"}},
    ]
}
TASKS = [
    {"name": "keypair", "nasops.truenas.ssh_keypair": {"name": "shared", "generate": True}},
    {"name": "credentials", "nasops.truenas.cloud_credentials": {"credentials": "{{ declared }}", "purge": True}},
    {"name": "info", "nasops.truenas.cloud_credential_info": {"usage": True}},
]


@pytest.fixture
def fleet() -> Iterator[dict[str, Simulator]]:
    """A NAS of each kind."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Simulator(version=version)) for name, version in FLEET.items()}


def test_a_mixed_fleet_is_converged_by_one_playbook(ansible: Ansible, fleet: dict[str, Simulator]) -> None:
    first = ansible.play(TASKS, fleet, variables=VARIABLES)
    assert first.code == 0, first.output[-3000:]
    for name in FLEET:
        assert first.named("credentials", name)["counts"]["created"] == 20
        assert len({call["session"] for call in fleet[name].journal()}) == 1, "the tasks of a run share a login"
    for nas in fleet.values():
        nas.clear_journal()
    second = ansible.play(TASKS, fleet, variables=VARIABLES)
    assert second.code == 0, second.output[-3000:]
    assert [line["host"] for line in second.results if line["result"]["changed"]] == []
    calls = {name: [call["method"] for call in nas.journal()] for name, nas in fleet.items()}
    assert len(calls["eel"]) <= len(calls["goldeye"]), calls
    assert calls["eel"] == calls["dragonfish"] == calls["core"], calls
    assert not {"core.ping", "auth.me", "system.version"} & {*calls["eel"]}
