# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks that run at the same time, and their cost."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.crowd import Crowd
from tests.bench.fleet import processor_time
from tests.bench.measure import PLAYBOOK, ROOT, memory

LOG = "log"
"""In the folder of a run: Ansible's own log, whose lines begin with the time."""
SHARE_OF_LOOKING = 0.05
"""Of one core, at most, for looking at the memory of many processes."""


@dataclass(frozen=True)
class Usage:
    """The cost of runs: seconds; the processors' seconds of all of Ansible's processes, of the main ones among them, and of the
    NAS; at the fullest moment the memory in MB (proportional set size) and the number of Ansible's processes; and the load of
    the machine beforehand.
    """

    seconds: float
    cpu: float
    main: float
    nas: float
    megabytes: float
    processes: int
    load: float


def one_after_the_other(found: Sequence[Usage]) -> Usage:
    """Return what runs took that followed each other."""
    return Usage(
        sum(one.seconds for one in found),
        sum(one.cpu for one in found),
        sum(one.main for one in found),
        sum(one.nas for one in found),
        max(one.megabytes for one in found),
        max(one.processes for one in found),
        found[0].load,
    )


def together(
    runs: Sequence[Sequence[str]], crowd: Crowd, folder: Path, forks: int, status: int = 0
) -> tuple[str, Usage]:
    """Run ansible-playbook with the arguments of each run, all at the same time; return what they printed, and the usage.

    Raises SystemExit with the end of the output if one ends otherwise than with `status`.
    """
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_FORKS": str(forks),
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_LOG_PATH": str(folder / LOG),
        "ANSIBLE_NOCOLOR": "1",
    }
    (folder / LOG).unlink(missing_ok=True)
    load, nas = os.getloadavg()[0], crowd.processor_time()
    processes, outputs = [], []
    begun = time.perf_counter()
    for number, arguments in enumerate(runs):
        outputs.append(folder / f"output-{number}")
        with outputs[-1].open("w") as file:
            processes.append(
                subprocess.Popen(
                    [PLAYBOOK, *arguments],
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
    watch = _Watch([process.pid for process in processes])
    watch.start()
    cpu, codes = 0.0, []
    for process in processes:
        # The usage of a process and of all that it waited for.
        _pid, code, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
        codes.append(process.returncode)
        cpu += used.ru_utime + used.ru_stime
    seconds = time.perf_counter() - begun
    watch.stop()
    text = "".join(output.read_text() for output in outputs)
    if set(codes) != {status}:
        raise SystemExit(f"ansible-playbook ended with {codes}\n{text[-3000:]}")
    usage = Usage(seconds, cpu, watch.main, crowd.processor_time() - nas, watch.megabytes, watch.processes, load)
    return text, usage


class _Watch(threading.Thread):
    """Looks at main processes and all below them while they run."""

    def __init__(self, pids: Sequence[int]) -> None:
        super().__init__()
        self._main = dict.fromkeys(pids, 0.0)
        self._over = threading.Event()
        self.megabytes, self.processes = 0.0, 0

    @property
    def main(self) -> float:
        """The processors' seconds of the main processes, without their workers'."""
        return sum(self._main.values())

    def run(self) -> None:
        """Look until stopped; the more there is to look at, the more seldom."""
        while not self._over.wait(0.02):
            begun = time.thread_time()
            looks = [memory(pid) for pid in self._main]
            self.megabytes = max(self.megabytes, sum(look[0] for look in looks))
            self.processes = max(self.processes, sum(look[1] for look in looks))
            self._clock((time.thread_time() - begun) / SHARE_OF_LOOKING)

    def _clock(self, seconds: float) -> None:
        """Read the clocks of the main processes for that long: they are gone when a process is."""
        end = time.monotonic() + seconds
        while True:
            for pid in self._main:
                try:
                    self._main[pid] = max(self._main[pid], processor_time(pid))
                except OSError:
                    continue
            if time.monotonic() >= end or self._over.wait(0.03):
                return

    def stop(self) -> None:
        """End looking."""
        self._over.set()
        self.join()
