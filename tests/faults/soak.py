# SPDX-License-Identifier: GPL-3.0-or-later
"""1,000 converged runs: memory, descriptors, threads, and sessions do not grow. Run with `python -m tests.faults.soak`."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.nasops.truenas.plugins.plugin_utils import worker_sessions
from tests.integration.running import Ansible
from tests.simulator import Simulator
from tests.simulator.scram import ITERATIONS
from tests.unit.tasks import in_the_worker

from .operations import CANARY
from .page import PAGE

RUNS = 1000
CREDENTIALS = 5
TASKS = 100
EVERY = 100
TITLE = "## Soak"
MAX_GROWTH = 4.0
"""MB that the memory can differ between the sample after the first `EVERY` runs and the last one."""
ITEMS = [{"name": f"offsite {n}", "b2": {"account": "id", "key": f"{CANARY}-{n}"}} for n in range(CREDENTIALS)]
SEED = {
    "credentials": [
        {
            "id": number,
            "name": f"offsite {number - 1}",
            "provider": {"type": "B2", "account": "id", "key": f"{CANARY}-{number - 1}"},
        }
        for number in range(1, CREDENTIALS + 1)
    ]
}


@dataclass(frozen=True)
class Sample:
    """A process after some runs: MB of resident memory, descriptors, sockets, threads."""

    megabytes: float
    descriptors: int
    sockets: int
    threads: int


def sample(process: int | str = "self") -> Sample:
    """Return a sample of a process. Raises OSError if it has ended."""
    folder = Path("/proc") / str(process)
    status = (folder / "status").read_text()
    opened = [_link(entry) for entry in (folder / "fd").iterdir()]
    found = {name: int(value) for name, value in re.findall(r"^(VmRSS|Threads):\s+(\d+)", status, re.MULTILINE)}
    return Sample(found["VmRSS"] / 1024, len(opened), sum("socket:" in one for one in opened), found["Threads"])


def _link(entry: Path) -> str:
    try:
        return os.readlink(entry)
    except OSError:
        return ""


def in_this_process(nas: Simulator, share_login: bool) -> list[tuple[int, Sample, Sample]]:
    """Return samples of this process and of the NAS, while a converged set runs again and again.

    Every run has a login of its own, or all runs have one.
    """
    login = {"host": nas.host, "port": nas.port, "username": nas.user, "api_key": nas.api_key, "ca_path": nas.ca_file}
    samples = []
    for number in range(1, RUNS + 1):
        options = {**login, "credentials": ITEMS, "share_session": False, "verify": "never"}
        result = in_the_worker("cloud_credentials", options)
        if result.get("failed") or result["changed"]:
            raise AssertionError(result)
        for key in [*worker_sessions._connected]:
            if share_login:
                # Otherwise, the next run would read nothing.
                worker_sessions._connected[key].invalidate()
            else:
                worker_sessions._connected.pop(key).session.close()
        if number % EVERY == 0:
            gc.collect()
            samples.append((number, sample(), sample(nas.pid)))
    for key in [*worker_sessions._connected]:
        worker_sessions._connected.pop(key).session.close()
    return samples


def in_a_playbook(nas: Simulator, tasks: list[dict[str, Any]], folder: Path) -> dict[str, list[Sample]]:
    """Return the samples of each process of a playbook, by its name, from its start to its end."""
    ansible = Ansible(folder)
    here = ansible.write([{"tasks": tasks}], nas, {"wanted": ITEMS})
    with (here / "stdout").open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts.yml", "play.yml"],
            cwd=here,
            env=ansible.environment(here),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    found: dict[str, list[Sample]] = {}
    while process.poll() is None:
        for entry in _of(here):
            try:
                name = (entry / "comm").read_text().strip()
                name = "main" if entry.name == str(process.pid) else name if name.startswith("truenas") else "worker"
                found.setdefault(name, []).append(sample(entry.name))
            except (OSError, KeyError):
                continue
        found.setdefault("NAS", []).append(sample(nas.pid))
        time.sleep(0.5)
    text = (here / "stdout").read_text()
    if process.returncode or "changed=0" not in text:
        raise AssertionError(text[-2000:])
    return found


def _of(here: Path) -> list[Path]:
    return [entry for entry in Path("/proc").glob("[0-9]*") if _link(entry / "cwd") == str(here)]


def own_rows(name: str, samples: list[tuple[int, Sample, Sample]], broken: list[str]) -> list[list[str]]:
    """Return the rows of the page for runs in this process."""
    rows = []
    first, last = samples[0], samples[-1]
    for which, index in (("task", 1), ("NAS", 2)):
        begin: Sample = first[index]  # type: ignore[assignment]  # both are samples
        end: Sample = last[index]  # type: ignore[assignment]  # both are samples
        rows.append([name, which, f"{first[0]} and {last[0]} runs", *_pairs(begin, end)])
        _judge(f"{name}, {which}", begin, end, broken)
    return rows


def play_rows(name: str, found: dict[str, list[Sample]], broken: list[str]) -> list[list[str]]:
    """Return the rows of the page for a playbook: a third of its time, and its end."""
    rows = []
    for process, samples in sorted(found.items()):
        begin, end = samples[len(samples) // 3], samples[-2 if len(samples) > 1 else -1]
        rows.append([name, process, "a third of the time and the end", *_pairs(begin, end)])
        if process in ("truenas-session", "NAS"):
            _judge(f"{name}, {process}", begin, end, broken)
    return rows


def _pairs(begin: Sample, end: Sample) -> list[str]:
    return [
        f"{begin.megabytes:.1f}, {end.megabytes:.1f}",
        f"{begin.descriptors}, {end.descriptors}",
        f"{begin.sockets}, {end.sockets}",
        f"{begin.threads}, {end.threads}",
    ]


def _judge(name: str, begin: Sample, end: Sample, broken: list[str]) -> None:
    if end.megabytes - begin.megabytes > MAX_GROWTH:
        broken.append(f"soak, {name}: {begin.megabytes:.1f} to {end.megabytes:.1f} MB")
    if end.sockets > begin.sockets or end.threads > begin.threads:
        broken.append(f"soak, {name}: {begin} to {end}")


Form = Callable[[Simulator, Path, list[str]], list[list[str]]]


def _loop(nas: Simulator, folder: Path, broken: list[str]) -> list[list[str]]:
    task: dict[str, Any] = {
        "name": "loop",
        "nasops.truenas.cloud_credential": {"name": "{{ item.name }}", "b2": "{{ item.b2 }}"},
        "loop": f"{{{{ wanted * {RUNS // CREDENTIALS} }}}}",
        "no_log": True,
    }
    return play_rows("loop", in_a_playbook(nas, [task], folder), broken)


def _tasks(nas: Simulator, folder: Path, broken: list[str]) -> list[list[str]]:
    task = {"nasops.truenas.cloud_credentials": {"credentials": "{{ wanted }}"}}
    return play_rows("tasks", in_a_playbook(nas, [{**task, "name": f"set {n}"} for n in range(TASKS)], folder), broken)


FORMS: dict[str, Form] = {
    "a login for each run": lambda nas, _folder, broken: own_rows(
        "a login for each run", in_this_process(nas, False), broken
    ),
    "one login": lambda nas, _folder, broken: own_rows("one login", in_this_process(nas, True), broken),
    "loop": _loop,
    "tasks": _tasks,
}


@dataclass(frozen=True)
class Soaked:
    """The rows of one form, the calls that its NAS has answered, and the sockets of the NAS before and after it."""

    rows: list[list[str]]
    calls: int
    sockets: tuple[int, int]


def soak(form: str, broken: list[str]) -> Soaked:
    """Run one form on a NAS of its own. Adds what is wrong to `broken`."""
    with tempfile.TemporaryDirectory() as name, Simulator(seed=SEED, login_limit=0, iterations=ITERATIONS) as nas:
        before = sample(nas.pid).sockets
        rows = FORMS[form](nas, Path(name), broken)
        time.sleep(1)
        after = sample(nas.pid).sockets
        if after > before:
            broken.append(f"soak, {form}: the NAS has {after - before} sessions left")
        return Soaked(rows, len(nas.journal()), (before, after))


def section(soaked: Mapping[str, Soaked]) -> list[str]:
    """Return the section of the page."""
    rows = [row for one in soaked.values() for row in one.rows]
    calls = sum(one.calls for one in soaked.values())
    left = [f"{one.sockets[1] - one.sockets[0]}" for one in soaked.values()]
    return [
        TITLE,
        "",
        f"Written by `make soak`. A converged set of {CREDENTIALS} credentials on TrueNAS 26.0.0 without a limit on logins, in",
        "four forms:",
        "",
        f"- *a login for each run*: {RUNS:,} runs of `cloud_credentials` in one process, each with its own login.",
        f"- *one login*: {RUNS:,} runs in one process, all in one session.",
        f"- *loop*: a playbook with one task, `cloud_credential` in a loop of {RUNS:,} items, with the shared session.",
        f"- *tasks*: a playbook with {TASKS} `cloud_credentials` tasks, each in a new worker, with the shared session.",
        "",
        "*truenas-session* is the process that holds the shared session. Each cell has the values at both moments. The memory of",
        "the processes of Ansible itself grows with the results that it keeps.",
        "",
        "| form | process | moments | MB | descriptors | sockets | threads |",
        "|---|---|---|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        f"The NAS systems answered {calls:,} calls. Sessions that remained on them after each form: {', '.join(left)}.",
        "",
    ]


def kept_section() -> list[str]:
    """Return the section of the page as it is."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    at = text.find(TITLE)
    return text[at:].rstrip().splitlines() if at >= 0 else []


def main() -> int:
    """Replace the section of the page. Return 1 if something grows."""
    broken: list[str] = []
    lines = section({form: soak(form, broken) for form in FORMS})
    text = PAGE.read_text(encoding="utf-8")
    at = text.find(TITLE)
    PAGE.write_text(
        (text if at < 0 else text[:at]).rstrip() + "\n\n" + "\n".join(lines).rstrip() + "\n", encoding="utf-8"
    )
    print("\n".join(broken) or "nothing grows")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
