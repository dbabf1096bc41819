# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees while verifications take their time."""

from __future__ import annotations

import json
from typing import Any

from tests.bench.slow import SlowServer
from tests.integration.running import IN_A_PROCESS, Ansible
from tests.simulator import Simulator

SET = "nasops.truenas.cloud_credentials"
LINE = "verifications of cloud credentials are done"


def items(server: SlowServer, count: int) -> list[dict[str, Any]]:
    """Return credentials for folders of a server, which the controller verifies, ten at once."""
    return [{"name": f"web {number}", "http": {"url": f"{server.url}{number}/"}} for number in range(count)]


def verifying(name: str, server: SlowServer, count: int) -> dict[str, Any]:
    """Return a task that verifies and writes nothing."""
    options = {"credentials": items(server, count), "verify": "always", "verify_by": "controller"}
    return {"name": name, SET: options, "check_mode": True}


def test_a_long_task_tells_on_stderr_how_far_it_is_and_a_quick_one_does_not(ansible: Ansible, nas: Simulator) -> None:
    with SlowServer(0) as quick, SlowServer(2.7) as slow:
        tasks = [verifying("quick", quick, 21), verifying("slow", slow, 21)]
        run = ansible.play(tasks, nas, verbose=False, environment={"ANSIBLE_STDOUT_CALLBACK": "document"})
    assert run.code == 0, run.output[-2000:]
    # Ten are done after 2.7 s, twenty after 5.4 s, all after 8.1 s: the first line is due after five seconds.
    told = [line for line in run.output.splitlines() if LINE in line]
    assert len(told) == 1
    assert told[0].startswith("nas1: 1")
    assert told[0].endswith(f" of 21 {LINE}")
    document = json.loads(run.stdout)
    states = [one["verification"]["state"] for one in document["slow"]["credentials"]]
    assert states == ["valid"] * 21
    assert LINE not in json.dumps(run.results)


def test_the_module_elsewhere_tells_nothing(ansible: Ansible, nas: Simulator) -> None:
    with SlowServer(5.2) as slow:
        task = {**verifying("elsewhere", slow, 2), "environment": IN_A_PROCESS}
        run = ansible.play([task], nas)
    assert [one["verification"]["state"] for one in run.named("elsewhere")["credentials"]] == ["valid"] * 2
    assert LINE not in run.output
