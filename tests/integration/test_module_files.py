# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the options of a task lie on disk while its module runs, as the guide says."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.running import IN_A_PROCESS, ROOT, Ansible, secret
from tests.simulator import Simulator

ALONE = 0o700


def files_with(text: str, folder: Path) -> set[tuple[str, str, int]]:
    """Return the files that have a text: the first folder of their paths, their names, and the modes of their own folders."""
    found = set()
    for place, _folders, names in os.walk(folder):
        for path in (Path(place, name) for name in names if name != "variables.yml"):
            # Ansible removes files meanwhile.
            with suppress(OSError):
                if path.is_file() and text in path.read_text(errors="replace"):
                    found.add((path.relative_to(folder).parts[0], path.name, path.parent.stat().st_mode & 0o777))
    return found


@pytest.mark.parametrize("pipelining", [False, True])
def test_options_lie_on_disk_while_a_module_runs_unless_ansible_pipelines(ansible: Ansible, pipelining: bool) -> None:
    canary = secret(1)[:16]
    options = {"name": "offsite", "b2": {"account": "a", "key": "{{ key }}"}, "verify": "never"}
    task = {"nasops.truenas.cloud_credential": options, "environment": IN_A_PROCESS}
    with Simulator(latency_ms=300) as nas:
        here = ansible.write([{"tasks": [task]}], nas, {"key": canary})
        environment = ansible.environment(here, {"ANSIBLE_PIPELINING": str(pipelining)})
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        running = subprocess.Popen(
            [program, "-i", "hosts.yml", "play.yml"], cwd=here, env=environment, stdout=subprocess.DEVNULL
        )
        seen: set[tuple[str, str, int]] = set()
        while running.poll() is None:
            seen |= files_with(canary, here)
            time.sleep(0.1)
    assert running.returncode == 0
    # For some milliseconds, Ansible has the file under another name on the controller, before it copies it to the host.
    on_host = {(name, mode) for place, name, mode in seen if (place, mode) != ("local", ALONE)}
    assert on_host == (set() if pipelining else {("AnsiballZ_cloud_credential.py", ALONE)})
    assert not (pipelining and seen)
    assert files_with(canary, here) == set()


def test_the_guide_describes_it() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text()
    for word in ("`AnsiballZ_...`", "`ANSIBLE_KEEP_REMOTE_FILES`", "`ANSIBLE_PIPELINING=true`"):
        assert word in guide
