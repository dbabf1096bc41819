# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole processes, timed, and the memory of all that they start."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.bench.fleet import SECRET, Fleet, provider
from tests.simulator import API_KEY, USER

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
NAME = "credential {{ item }}"
FTP = {"host": "ftp{{ item }}.example.net", "user": "backup", "pass": "{{ secret }}", "port": 2121}
LOGIN = {
    "host": "{{ ansible_host }}",
    "port": "{{ nas_port }}",
    "ca_path": "{{ nas_ca_path }}",
    "username": USER,
    "api_key": "{{ key }}",
}
PR_SET_CHILD_SUBREAPER = 36
BROKER = "truenas-session"
SECONDS_BETWEEN_LOOKS = 0.03
PLAYBOOK = str(Path(sys.executable).with_name("ansible-playbook"))


@dataclass(frozen=True)
class Cost:
    """Seconds of one run, the processors' seconds that it took, and the most memory, in MB, that its processes had together
    (proportional set size).
    """

    seconds: float
    cpu: float = 0
    megabytes: float = 0


Way = Callable[[], Cost]
"""A function that runs one way once."""


def in_turn(ways: Mapping[str, Way], rounds: int) -> dict[str, Cost]:
    """Run the ways in turn, so a noisy moment affects all of them. Return the medians, and the most memory of any run."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for turn in range(rounds):
        for name in ways if turn % 2 == 0 else [*ways][::-1]:
            costs[name].append(ways[name]())
    return {
        name: Cost(
            statistics.median(cost.seconds for cost in runs),
            statistics.median(cost.cpu for cost in runs),
            max(cost.megabytes for cost in runs),
        )
        for name, runs in costs.items()
    }


def with_ratio(value: float, base: float) -> str:
    """Return a figure with its ratio to another one."""
    return f"{value:.2f} ({value / base:.2f})"


def task(way: str, credentials: int) -> dict[str, Any]:
    """Return the task that goes one way."""
    loop: dict[str, Any] = {"loop": list(range(credentials))}
    items = [{"name": f"credential {n}", "ftp": {**provider(n), "pass": "{{ secret }}"}} for n in range(credentials)]
    ways: dict[str, dict[str, Any]] = {
        "empty task": {"nothing": {}},
        "empty task with options": {"nothing": {**LOGIN, "credentials": items}},
        "empty task with options and imports": {"nothing_with_imports": {**LOGIN, "credentials": items}},
        "empty loop": {"nothing": {}, **loop},
        "empty loop with options": {"nothing": {**LOGIN, "name": NAME, "ftp": FTP}, **loop},
        "naive": {"naive_credential": {**LOGIN, "name": NAME, "provider": {"type": "FTP", **FTP}}, **loop},
        "ours, loop": {"nasops.truenas.cloud_credential": {**LOGIN, "name": NAME, "ftp": FTP}, **loop},
        "ours, set": {"nasops.truenas.cloud_credentials": {**LOGIN, "credentials": items}},
    }
    return ways[way]


def run(way: str, fleet: Fleet, credentials: int, folder: Path, changed: bool) -> Cost:
    """Run one way once over the fleet. Raises if Ansible fails, or if what it changed is not what it should have."""
    if way == "bare":
        begun = time.perf_counter()
        fleet.bare(credentials)
        return Cost(time.perf_counter() - begun)
    output, cost = run_task(task(way, credentials), fleet, folder)
    expected = 0 if way.startswith("empty") or not changed else len(fleet.boxes)
    if output.count("changed=1 ") != expected:
        raise SystemExit(f"{way}: expected {expected} hosts to change something\n{output[-2000:]}")
    return cost


def run_task(one: dict[str, Any], fleet: Fleet, folder: Path) -> tuple[str, Cost]:
    """Run one task over the fleet and return what Ansible printed, and the cost. Raises if it fails."""
    return run_tasks([one], fleet, folder)


def run_tasks(
    tasks: Sequence[dict[str, Any]],
    fleet: Fleet,
    folder: Path,
    key: object = API_KEY,
    collections: Path | None = None,
) -> tuple[str, Cost]:
    """Run tasks over the fleet and return what Ansible printed, and the cost. Raises if one fails.

    `key` is the API key; `collections` is a folder of collections with another build, which is used instead of this one.
    """
    play = [{"hosts": "all", "gather_facts": False, "vars": {"secret": SECRET, "key": key}, "tasks": [*tasks]}]
    here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    (folder / "play.yml").write_text(yaml.safe_dump(play))
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": fleet.inventory(), "vars": here}}))
    return timed([PLAYBOOK, "-i", "hosts.yml", "play.yml"], folder, collections)


def timed(command: list[str], folder: Path, collections: Path | None = None) -> tuple[str, Cost]:
    """Run a command and return its output and cost, processes that outlive it included. Raises if it fails."""
    _adopt_orphans()
    environment: Mapping[str, str] = {
        **os.environ,
        **({"ANSIBLE_COLLECTIONS_PATH": str(collections)} if collections else {}),
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_FORKS": "10",
        "ANSIBLE_LIBRARY": str(HERE / "library"),
        "ANSIBLE_ACTION_PLUGINS": str(HERE / "action_plugins"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
        "ANSIBLE_PIPELINING": "1",
    }
    output = folder / "output"
    with output.open("w") as file:
        used = _processor_time()
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )
        peak = [0.0]
        watcher = threading.Thread(target=_watch, args=(process, peak))
        watcher.start()
        status = process.wait()
        seconds = time.perf_counter() - begun
        watcher.join()
        _reap_orphans()
    text = output.read_text()
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {status}\n{text[-3000:]}")
    return text, Cost(seconds, _processor_time() - used, peak[0])


def _adopt_orphans() -> None:
    """Make this process the parent of the shared login's process, which would otherwise escape the measurement."""
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise SystemExit("prctl(PR_SET_CHILD_SUBREAPER) failed")


def _orphans() -> list[int]:
    """Return the IDs of the processes of shared logins that this process has adopted."""
    found = []
    for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        with suppress(OSError):
            if Path(f"/proc/{child}/comm").read_text().strip() == BROKER:
                found.append(int(child))
    return found


def _reap_orphans() -> None:
    """Wait for the end of the processes of shared logins, so that their time counts. Raises SystemExit if one does not end."""
    deadline = time.monotonic() + 5
    for orphan in _orphans():
        while os.waitpid(orphan, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                raise SystemExit("the process of a shared login outlives its run")
            time.sleep(0.01)


def _processor_time() -> float:
    """Return the processors' seconds that ended children, and theirs, have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch(process: subprocess.Popen[bytes], peak: list[float]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], memory(process.pid)[0])
        time.sleep(SECONDS_BETWEEN_LOOKS)


def memory(main: int) -> tuple[float, int]:
    """Return the proportional set size, in MB, of a process and all below it, and how many they are."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                # The fields after the name in parentheses: state, parent. Ansible's workers have sessions of their own.
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            children.setdefault(parent, []).append(int(folder.name))
    total, processes, left = 0, 0, [main, *_orphans()]
    while left:
        pid = left.pop()
        left += children.get(pid, [])
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        processes += 1
    return total / 1024, processes


def machine() -> str:
    """Return what it is measured with and on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    version = subprocess.run(
        [str(Path(sys.executable).with_name("ansible")), "--version"], capture_output=True, text=True, check=True
    ).stdout.splitlines()[0]
    return f"{version} on Python {platform.python_version()}, {os.cpu_count()} cores ({model})"
