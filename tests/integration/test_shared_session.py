# SPDX-License-Identifier: GPL-3.0-or-later
"""All tasks of a run share a login with a NAS, and nothing of it outlives the run."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.running import CONNECTION, IN_A_PROCESS, Ansible
from tests.simulator import Simulator
from tests.simulator.scram import ITERATIONS

INFO = "nasops.truenas.cloud_credential_info"
BROKER = "truenas-session"
KILL = f"""
import os, pathlib
for entry in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        mine = os.readlink(entry / "cwd") == os.getcwd()
        if mine and (entry / "comm").read_text().strip() == "{BROKER}":
            os.kill(int(entry.name), 9)
            print("killed")
    except OSError:
        pass
"""
KILL_BROKER = {"name": "kill", "ansible.builtin.command": {"argv": [sys.executable, "-c", KILL]}}


def read(number: int = 0, **keywords: Any) -> dict[str, Any]:
    """Return a task that only reads."""
    return {"name": f"read{number}", INFO: {}, **keywords}


def counts(nas: Simulator) -> Counter[str]:
    """Return how often each method was called."""
    return Counter(call["method"] for call in nas.journal())


def logins(nas: Simulator) -> int:
    """Return how many `auth.login_ex` calls the NAS got."""
    return counts(nas)["auth.login_ex"]


def brokers(folder: Path) -> list[int]:
    """Return the IDs of the brokers of runs in this folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "comm").read_text().strip() == BROKER and os.readlink(entry / "cwd") == str(folder):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def sockets(folder: Path) -> list[Path]:
    """Return the sockets below this folder."""
    return [path for path in folder.rglob("*") if stat.S_ISSOCK(path.lstat().st_mode)]


def wait_until(condition: Any, seconds: float) -> bool:
    """Return whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_play_of_twelve_tasks_logs_in_once(ansible: Ansible) -> None:
    """With SCRAM a login has two steps."""
    steps = {"25.04.0": 1, "25.10.0": 1, "26.0.0": 2, "27.0.0": 2}
    with ExitStack() as stack:
        fleet = {version: stack.enter_context(Simulator(version=version)) for version in steps}
        run = ansible.play([read(number) for number in range(12)], fleet, verbose=False)
        assert run.code == 0, run.output[-3000:]
        for version, nas in fleet.items():
            assert counts(nas) == {
                "auth.mechanism_choices": 1,
                "auth.login_ex": steps[version],
                "cloudsync.credentials.query": 12,
            }, version
            assert len({call["session"] for call in nas.journal()}) == 1, version


def test_the_ways_to_run_tasks_share_one_login(ansible: Ansible) -> None:
    with Simulator() as nas:
        here = ansible.write(
            [
                {"tasks": [read(1), read(2, delegate_to="nas2"), read(3, check_mode=True)]},
                {"tasks": [read(4)], "serial": 1},
                {"tasks": [read(5)], "strategy": "ansible.builtin.free"},
            ],
            {f"nas{number}": nas for number in range(8)},
        )
        run = ansible.run("ansible-playbook", "-i", "hosts.yml", "play.yml", here=here)
        assert run.code == 0, run.output[-3000:]
        assert logins(nas) == 2
        assert counts(nas)["cloudsync.credentials.query"] == 40


def test_an_ad_hoc_command_on_many_hosts_logs_in_once(ansible: Ansible) -> None:
    with Simulator(version="25.10.0") as nas:
        here = ansible.write([], {f"nas{number}": nas for number in range(8)})
        options = " ".join(f"{name}='{value}'" for name, value in CONNECTION.items() if "api_key" not in name)
        environment = {"TRUENAS_API_KEY": nas.api_key}
        run = ansible.run(
            *("ansible", "-i", "hosts.yml", "all", "-m", INFO, "-a", options), here=here, extra=environment
        )
        assert run.code == 0, run.output[-3000:]
        assert logins(nas) == 1


def test_each_nas_and_account_has_a_login_of_its_own(ansible: Ansible) -> None:
    with Simulator(version="25.10.0") as one, Simulator(version="25.10.0") as two:
        reader = {INFO: {"api_key": "{{ reader }}"}}
        keys = {"reader": one.read_only_api_key}
        run = ansible.play([read(), reader] * 2, {"nas1": one, "nas2": two}, variables=keys, verbose=False)
        assert run.code == 0, run.output[-3000:]
        assert (logins(one), logins(two)) == (2, 2)


@pytest.mark.parametrize("version", ["25.10.0", "26.0.0"])
def test_a_login_that_fails_is_not_repeated_by_those_who_wait(ansible: Ansible, version: str) -> None:
    # With fewer iterations, the login would fail before the other workers start.
    with Simulator(version=version, iterations=ITERATIONS) as nas:
        fleet = {f"nas{number}": nas for number in range(8)}
        run = ansible.play([read()], fleet, api_key=f"1-{'x' * 64}", verbose=False)
        assert run.code == 2
        texts = {" ".join(line["result"]["msg"].split()) for line in run.results}
        assert len(texts) == 1
        assert "refused the login" in texts.pop()
        # A worker that starts after the failure tries again.
        assert logins(nas) <= 4


def test_sharing_can_be_switched_off(ansible: Ansible) -> None:
    with Simulator(version="25.10.0") as nas:
        tasks = [read(), read(), {INFO: {"share_session": False}}]
        assert ansible.play(tasks, nas, verbose=False).code == 0
        assert logins(nas) == 2
        environment = {"TRUENAS_SHARE_SESSION": "false"}
        assert ansible.play(tasks, nas, verbose=False, environment=environment).code == 0
        assert logins(nas) == 5


def test_a_task_in_a_process_of_its_own_logs_in_by_itself(ansible: Ansible) -> None:
    with Simulator(version="25.10.0") as nas:
        tasks = [read(), read(environment=IN_A_PROCESS), {**read(), "async": 30, "poll": 1}, read()]
        run = ansible.play(tasks, nas, verbose=False)
        assert run.code == 0, run.output[-3000:]
        assert logins(nas) == 3


def test_a_connection_that_breaks_between_tasks_is_replaced(ansible: Ansible) -> None:
    faults = ("reset-after-reply:1", "reset-after-reply:2")
    with ExitStack() as stack:
        fleet = {
            f"nas{number}": stack.enter_context(Simulator(version="25.10.0", faults=[fault]))
            for number, fault in enumerate(faults)
        }
        run = ansible.play([read(number) for number in range(4)], fleet, verbose=False)
        assert run.code == 0, run.output[-3000:]
        assert {name: logins(nas) for name, nas in fleet.items()} == {"nas0": 2, "nas1": 2}


def test_a_broker_that_is_killed_is_replaced(ansible: Ansible) -> None:
    with Simulator(version="25.10.0") as nas:
        run = ansible.play([read(1), KILL_BROKER, read(2), read(3)], nas, verbose=False)
        assert run.code == 0, run.output[-3000:]
        assert run.named("kill")["stdout"] == "killed"
        assert logins(nas) == 2


def test_a_task_whose_time_is_over_during_the_login_does_not_spoil_the_next_one(ansible: Ansible) -> None:
    with Simulator(version="25.10.0", latency_ms=900) as nas:
        run = ansible.play([read(1, timeout=1, ignore_errors=True), read(2), read(3)], nas, verbose=False)
        assert run.code == 0, run.output[-3000:]
        assert "msg" in run.named("read1")
        assert (run.named("read2")["credentials"], run.named("read3")["credentials"]) == ([], [])
        assert logins(nas) <= 2


def test_a_path_that_is_too_long_for_a_socket_is_no_obstacle(ansible: Ansible) -> None:
    long = ansible.folder / ("x" * 100) / ("y" * 100)
    long.mkdir(parents=True)
    with Simulator(version="25.10.0") as nas:
        run = ansible.play([read(), read()], nas, verbose=False, environment={"ANSIBLE_LOCAL_TEMP": str(long)})
        assert run.code == 0, run.output[-3000:]
        assert logins(nas) == 1


def test_a_task_that_writes_sees_what_another_one_wrote(ansible: Ansible) -> None:
    task = {"nasops.truenas.cloud_credential": {"name": "{{ item }}", "b2": {"account": "a", "key": "{{ key }}"}}}
    with Simulator(version="25.10.0") as nas:
        tasks = [{**task, "loop": ["a", "b"]}, {**task, "loop": ["a", "b"], "register": "again"}, read(9)]
        run = ansible.play(tasks, nas, variables={"key": "hush-canary"})
        assert [line["result"].get("changed") for line in run.results] == [True, False, False]
        assert [entry["name"] for entry in run.named("read9")["credentials"]] == ["a", "b"]
        assert logins(nas) == 1


class Playing:
    """A run that waits in its second task, after the first one has logged in."""

    def __init__(self, ansible: Ansible, nas: Simulator) -> None:
        self.nas = nas
        wait = {"ansible.builtin.command": {"argv": ["sleep", "15"]}}
        self.folder = ansible.write([{"tasks": [read(1), wait, read(2)]}], nas)
        self.main = subprocess.Popen(
            [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts.yml", "play.yml"],
            cwd=self.folder,
            env=ansible.environment(self.folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert wait_until(lambda: "read1" in self.recorded(), 60)
        [self.broker] = brokers(self.folder)

    def recorded(self) -> str:
        """Return the results so far."""
        file = self.folder / "results.jsonl"
        return file.read_text() if file.exists() else ""


@contextmanager
def playing(ansible: Ansible) -> Iterator[Playing]:
    """Yield a run that waits."""
    with Simulator(version="25.10.0") as nas:
        run = Playing(ansible, nas)
        try:
            yield run
        finally:
            if run.main.poll() is None:
                os.killpg(run.main.pid, signal.SIGKILL)
                run.main.wait()


@pytest.mark.parametrize(
    ("number", "whole_group"),
    [
        (signal.SIGKILL, False),
        (signal.SIGKILL, True),
        (signal.SIGTERM, True),
        (signal.SIGINT, True),
        (signal.SIGHUP, True),
    ],
)
def test_nothing_outlives_the_run(ansible: Ansible, number: int, whole_group: bool) -> None:
    with playing(ansible) as run:
        assert len(sockets(run.folder)) == 1
        (os.killpg if whole_group else os.kill)(run.main.pid, number)
        # Now and then Ansible itself goes on after a signal, to the end of its tasks.
        run.main.wait(40)
        assert wait_until(lambda: not brokers(run.folder) and not sockets(run.folder), 5)


def test_the_broker_holds_its_connections_shows_no_secret_and_serves_no_stranger(ansible: Ansible) -> None:
    with playing(ansible) as run:
        assert_nothing_but_connections(run)
        assert_no_secret_in_files_arguments_and_environments(run)
        assert_no_service_for_a_stranger_of_the_same_user(run)


def assert_nothing_but_connections(run: Playing) -> None:
    """Fail if the broker has other files, the session of another process, or handlers of signals."""
    process = Path(f"/proc/{run.broker}")

    def targets() -> Counter[str]:
        return Counter(os.readlink(entry).partition(":")[0] for entry in (process / "fd").iterdir())

    # The listener, the connection, and two ends to wake the broker; the main process and the selector.
    expected = {"/dev/null": 3, "socket": 4, "anon_inode": 2}
    assert wait_until(lambda: targets() == expected, 5), targets()
    assert os.getsid(run.broker) == run.broker
    caught = next(line for line in (process / "status").read_text().splitlines() if line.startswith("SigCgt"))
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
        assert not int(caught.split()[1], 16) >> (number - 1) & 1


def assert_no_secret_in_files_arguments_and_environments(run: Playing) -> None:
    """Fail if the API key is where another process could read it."""
    key = run.nas.api_key.encode()
    for process in (run.broker, run.main.pid):
        for name in ("cmdline", "environ"):
            assert key not in Path(f"/proc/{process}/{name}").read_bytes()
    [socket] = sockets(run.folder)
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    files = [path for path in (run.folder / "local").rglob("*") if path.is_file()]
    assert [path for path in files if key in path.read_bytes()] == []


def assert_no_service_for_a_stranger_of_the_same_user(run: Playing) -> None:
    """Fail if a process that is not one of the run gets a byte."""
    [path] = sockets(run.folder)
    code = (
        "import os, socket, sys\n"
        "os.chdir(sys.argv[1])\n"
        "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[2]); s.settimeout(5)\n"
        "print(s.recv(100))"
    )
    command = [sys.executable, "-c", code, str(path.parent), path.name]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "b''\n"
