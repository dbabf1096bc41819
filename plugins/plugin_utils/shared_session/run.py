# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible run that a worker belongs to: its main process, its temporary folder, and a secret that only its workers know."""

from __future__ import annotations

import hmac
import multiprocessing
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ansible import constants
from ansible.executor.process.worker import WorkerProcess

_DRAWN_BY = os.getpid()
_SECRET = secrets.token_bytes(32)
"""Ansible's main process imports this file before it forks the workers, so all workers of a run inherit the same secret."""


@dataclass(frozen=True)
class Run:
    """A run of Ansible: the ID of its main process, a descriptor that reports its end, and a folder of its own."""

    main: int
    end: int
    folder: Path

    def name(self, identity: object) -> str:
        """Return a file name for something that contains secrets. Nobody outside the run can compute or reverse it."""
        return hmac.digest(_SECRET, repr(identity).encode(), "sha256").hex()[:32]


def in_worker() -> bool:
    """Return whether this process is a worker of Ansible, which ends with its task."""
    return isinstance(multiprocessing.current_process(), WorkerProcess)


def current() -> Run | None:
    """Return the run of this worker, or None if it cannot share: not a worker, or a system without pidfd, fork, or /proc."""
    main = os.getppid()
    if not in_worker() or main != _DRAWN_BY or not hasattr(os, "pidfd_open"):
        return None
    try:
        end = os.pidfd_open(main)
    except OSError:
        return None
    if os.getppid() != main or parent_of(os.getpid()) != main:
        os.close(end)
        return None
    folder = Path(constants.DEFAULT_LOCAL_TMP)
    return Run(main, end, folder)


def parent_of(process: int) -> int | None:
    """Return the ID of a process's parent, or None if it is unknown."""
    try:
        # The name of a program can contain spaces and parentheses (proc(5)).
        return int(Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None
