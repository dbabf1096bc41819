# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at a run of Ansible from outside while it lasts: arguments and environments of its processes, and its files."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from .detector import Detector

PAUSE = 0.025
"""Seconds between two looks."""

OF_A_MODULE = re.compile(r"remote/.*/AnsiballZ_\w+\.py|local/ansible-local-\w+/tmp\w+")
"""The files with which Ansible hands a module its options, secrets included: on the host, and before that on the controller."""


@dataclass
class Seen:
    """The places that were searched, and the leaks in them."""

    processes: set[tuple[int, str]] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    bytes: int = 0
    leaks: set[str] = field(default_factory=set)


class Watch:
    """Watches the processes whose environment names a folder, and the files in it, in a thread of its own.

    `modules` allows the files with which Ansible starts a module, if nobody else can read them. `environment` allows the secret
    that the test itself has put into the environment.
    """

    def __init__(self, folder: Path, detector: Detector, *, modules: bool, environment: bool) -> None:
        self.seen = Seen()
        self._folder = folder
        self._marker = f"ANSIBLE_LOCAL_TEMP={folder}/".encode()
        self._detector = detector
        self._modules = modules
        self._environment = environment
        self._known: dict[Path, tuple[int, int]] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(PAUSE):
            self.look()

    def look(self) -> None:
        """Look once."""
        for process in self._processes():
            with suppress(OSError):
                self._read_process(process)
        for name in ("local", "remote", "async"):
            # Folders come and go meanwhile.
            for folder, _folders, files in os.walk(self._folder / name):
                for file in files:
                    with suppress(OSError):
                        self._read_file(Path(folder, file))

    def _processes(self) -> Iterator[Path]:
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with suppress(OSError):
                    if self._marker in (entry / "environ").read_bytes():
                        yield entry

    def _read_process(self, process: Path) -> None:
        name = (process / "comm").read_text().strip()
        self.seen.processes.add((int(process.name), name))
        for what in ("cmdline",) if self._environment else ("cmdline", "environ"):
            self._search((process / what).read_bytes(), f"{what} of {name}")

    def _read_file(self, path: Path) -> None:
        status = path.lstat()
        state = (status.st_mtime_ns, status.st_size)
        if not stat.S_ISREG(status.st_mode) or self._known.get(path) == state:
            return
        data = path.read_bytes()
        self._known[path] = state
        self.seen.files.add(str(path))
        name = path.relative_to(self._folder)
        is_private = not status.st_mode & 0o077 or not path.parent.lstat().st_mode & 0o077
        if not (self._modules and is_private and OF_A_MODULE.fullmatch(str(name))):
            self._search(data, f"temporary file {name}")

    def _search(self, data: bytes, where: str) -> None:
        self.seen.bytes += len(data)
        for hit in self._detector.hits(data):
            self.seen.leaks.add(f"{hit.form} in {where}")
