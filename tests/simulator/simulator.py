# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated NAS as a context manager, for tests: it starts the command line as a child and stops it again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import urlsplit

USER = "automation"
API_KEY = "1-full-access-key-of-the-simulated-nas"
READ_ONLY_API_KEY = "2-read-only-key-of-the-simulated-nas"
WRITER_API_KEY = "3-writers-key-of-the-simulated-nas"
PASSWORD = "password-of-the-simulated-nas"

_ROOT = Path(__file__).parents[2]
_START_SECONDS = 20
_STOP_SECONDS = 10


class Simulator:
    """A running NAS; the arguments are the options of the command line.

    `mnt` is the folder that stands for its /mnt. `state` is a directory to keep; without one a temporary directory lasts
    until `stop()`.
    Raises RuntimeError with what the child wrote to stderr if it is not ready within 20 seconds.
    """

    user = USER
    api_key = API_KEY
    read_only_api_key = READ_ONLY_API_KEY
    writer_api_key = WRITER_API_KEY
    password = PASSWORD

    def __init__(
        self,
        *,
        version: str = "26.0.0",
        state: str | Path | None = None,
        seed: dict[str, Any] | None = None,
        faults: Sequence[str] = (),
        latency_ms: int = 0,
        login_limit: int = 20,
        plaintext: bool = False,
        otp_secret: str | None = None,
        api_access: bool = True,
        redirect_to: Sequence[str] = (),
        session_limit: int = 0,
        iterations: int | None = None,
        impostor: bool = False,
        rclone_environment: Mapping[str, str] | None = None,
    ) -> None:
        self._own_directory = Path(tempfile.mkdtemp(prefix="simulator-"))
        self.version = version
        self.state = Path(state) if state is not None else self._own_directory / "state"
        self._arguments = [
            *("--listen", "127.0.0.1:0", "--version", version, "--state", str(self.state)),
            *("--user", USER, "--api-key", API_KEY, "--read-only-api-key", READ_ONLY_API_KEY, "--password", PASSWORD),
            *("--writer-api-key", WRITER_API_KEY),
            *("--latency-ms", str(latency_ms), "--login-limit", str(login_limit)),
            *("--session-limit", str(session_limit)),
            *(["--plaintext"] if plaintext else []),
            *(["--otp-secret", otp_secret] if otp_secret else []),
            *([] if api_access else ["--no-api-access"]),
            *(option for url in redirect_to for option in ("--redirect-to", url)),
            *(["--iterations", str(iterations)] if iterations is not None else []),
            *(["--impostor"] if impostor else []),
            *(f"--rclone-env={name}={value}" for name, value in (rclone_environment or {}).items()),
            *(option for fault in faults for option in ("--fault", fault)),
        ]
        if seed is not None:
            file = self._own_directory / "seed.json"
            file.write_text(json.dumps(seed), encoding="utf-8")
            self._arguments += ["--seed", str(file)]
        self._process: subprocess.Popen[str] | None = None
        self._stderr: IO[str] | None = None
        self.url = ""
        self.host = ""
        self.port = 0
        self.ca_file: str | None = None
        self.pid = 0
        self._journal = Path()
        self.mnt = Path()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the child and wait until it is ready."""
        self._stderr = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - it lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.simulator", *self._arguments],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
        )
        ready = self._ready_line(self._process)
        self.url, self.ca_file, self.pid = ready["url"], ready["ca_file"], ready["pid"]
        self._journal, self.mnt = Path(ready["journal"]), Path(ready["mnt"])
        address = urlsplit(self.url)
        self.host, self.port = address.hostname or "", address.port or 0

    def stop(self) -> int | None:
        """End the child and remove what was temporary; its exit status, None if it had been stopped before."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.terminate()
        try:
            status = process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        assert process.stdout is not None
        assert self._stderr is not None
        process.stdout.close()
        self._stderr.close()
        shutil.rmtree(self._own_directory)
        return status

    def journal(self) -> list[dict[str, Any]]:
        """All calls so far, oldest first."""
        return [json.loads(line) for line in self._journal.read_text(encoding="utf-8").splitlines()]

    def clear_journal(self) -> None:
        """Forget the calls so far; the child goes on appending."""
        with self._journal.open("r+") as file:
            file.truncate(0)

    def stderr(self) -> str:
        """What the child has written to stderr so far."""
        assert self._stderr is not None, "not started"
        self._stderr.seek(0)
        return self._stderr.read()

    def _ready_line(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        assert process.stdout is not None
        # Ends the read below if the child hangs.
        watchdog = threading.Timer(_START_SECONDS, process.kill)
        watchdog.start()
        line = process.stdout.readline()
        watchdog.cancel()
        if line:
            return json.loads(line)  # type: ignore[no-any-return]  # the line holds any JSON
        process.wait()
        text = self.stderr()
        self.stop()
        msg = f"the simulator did not start: {text}"
        raise RuntimeError(msg)
