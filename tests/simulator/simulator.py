# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated NAS as a context manager, for tests: it starts the command line as a child and stops it again.

The children are forked from a process that has imported everything, because imports take most of the time of a start.
"""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from . import versions
from .limits import PERIOD
from .scram import Verifier, keys_of

USER = "automation"
API_KEY = "1-full-access-key-of-the-simulated-nas"
READ_ONLY_API_KEY = "2-read-only-key-of-the-simulated-nas"
WRITER_API_KEY = "3-writers-key-of-the-simulated-nas"
PASSWORD = "password-of-the-simulated-nas"

MIN_ITERATIONS = 50_000
"""The fewest iterations of SCRAM that clients accept, for tests: they log in a thousand times, and each takes a tenth of the CPU
that it takes with the number of a real NAS, `scram.ITERATIONS`."""

_ROOT = Path(__file__).parents[2]
_START_SECONDS = 20
_STOP_SECONDS = 10
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.simulator.__main__"])


_PARTS = ("client_key", "stored_key", "server_key")


@cache
def _verifier(key: str, iterations: int) -> Verifier:
    """Return the verifier of a key, made once in this process and not in each child."""
    return Verifier.of(key.partition("-")[2], iterations)


@cache
def _precomputed(key: str, iterations: int) -> dict[str, Any]:
    number, _dash, secret = key.partition("-")
    keys = keys_of(secret, _verifier(key, iterations).salt, iterations)
    encoded = [base64.b64encode(part).decode() for part in keys]
    return {"api_key_id": int(number), **dict(zip(_PARTS, encoded, strict=True))}


def secrets() -> list[str]:
    """Return the secrets of all simulators of this process: keys, the password, and the parts of keys that were handed out."""
    parts = (
        [_precomputed(API_KEY, MIN_ITERATIONS)[name] for name in _PARTS] if _precomputed.cache_info().currsize else []
    )
    return [API_KEY, READ_ONLY_API_KEY, WRITER_API_KEY, PASSWORD, *parts]


def _verifiers(iterations: int) -> list[str]:
    """Return the options of a NAS whose administrator's key has these iterations; others would take their time for nothing."""
    keys = {API_KEY: iterations, READ_ONLY_API_KEY: MIN_ITERATIONS, WRITER_API_KEY: MIN_ITERATIONS}
    return [f"--verifier={key.partition('-')[0]}={_verifier(key, number)}" for key, number in keys.items()]


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
        login_window: float = PERIOD,
        idle_limit: float | None = None,
        plaintext: bool = False,
        otp_secret: str | None = None,
        api_access: bool = True,
        redirect_to: Sequence[str] = (),
        session_limit: int = 0,
        iterations: int = MIN_ITERATIONS,
        impostor: bool = False,
        rclone_environment: Mapping[str, str] | None = None,
        allow: Sequence[str] = (),
        without_nginx: bool = False,
        https_redirect: bool = False,
        socket: str | Path | None = None,
        socket_accounts: Sequence[str] = (),
    ) -> None:
        self._own_directory = Path(tempfile.mkdtemp(prefix="simulator-"))
        self.version = version
        self.state = Path(state) if state is not None else self._own_directory / "state"
        self._arguments = [
            *("--listen", "127.0.0.1:0", "--version", version, "--state", str(self.state)),
            *("--user", USER, "--api-key", API_KEY, "--read-only-api-key", READ_ONLY_API_KEY, "--password", PASSWORD),
            *("--writer-api-key", WRITER_API_KEY),
            *("--latency-ms", str(latency_ms), "--login-limit", str(login_limit), "--login-window", str(login_window)),
            *("--session-limit", str(session_limit), "--iterations", str(iterations)),
            *(["--idle-limit", str(idle_limit)] if idle_limit is not None else []),
            *(["--plaintext"] if plaintext else []),
            *(["--otp-secret", otp_secret] if otp_secret else []),
            *([] if api_access else ["--no-api-access"]),
            *(option for url in redirect_to for option in ("--redirect-to", url)),
            *(["--impostor"] if impostor else []),
            *(option for entry in allow for option in ("--allow", entry)),
            *(["--without-nginx"] if without_nginx else []),
            *(["--https-redirect"] if https_redirect else []),
            *(["--socket", str(socket)] if socket else []),
            *(option for account in socket_accounts for option in ("--socket-account", account)),
            *(_verifiers(iterations) if versions.at_least(f"v{version}", versions.SCRAM_SINCE) else ()),
            *(f"--rclone-env={name}={value}" for name, value in (rclone_environment or {}).items()),
            *(option for fault in faults for option in ("--fault", fault)),
        ]
        if seed is not None:
            file = self._own_directory / "seed.json"
            file.write_text(json.dumps(seed), encoding="utf-8")
            self._arguments += ["--seed", str(file)]
        self._process: ForkServerProcess | None = None
        self._stderr = self._own_directory / "stderr"
        self.url = ""
        self.host = ""
        self.port = 0
        self.ca_file: str | None = None
        self.socket: str | None = None
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
        self._stderr.touch()
        reader, writer = _FORKS.Pipe(duplex=False)
        child = (self._arguments, dict(os.environ), writer, self._stderr)
        # A daemon does not survive a test run that ends without stopping it.
        self._process = _FORKS.Process(target=_run, args=child, daemon=True)
        self._process.start()
        writer.close()
        with reader:
            ready = self._ready_line(self._process, reader)
        self.url, self.ca_file, self.pid = ready["url"], ready["ca_file"], ready["pid"]
        self.socket = ready["socket"]
        self._journal, self.mnt = Path(ready["journal"]), Path(ready["mnt"])
        address = urlsplit(self.url)
        self.host, self.port = address.hostname or "", address.port or 0

    def stop(self) -> int | None:
        """End the child and remove what was temporary; its exit status, None if it had been stopped before."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.terminate()
        process.join(_STOP_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
        status = process.exitcode
        process.close()
        shutil.rmtree(self._own_directory)
        return status

    @staticmethod
    def precomputed_key() -> dict[str, Any]:
        """Return the parts of the administrator's key that a real NAS returns for a new key (truenas-api/wire.md)."""
        return _precomputed(API_KEY, MIN_ITERATIONS)

    def journal(self) -> list[dict[str, Any]]:
        """Return all calls so far, oldest first."""
        return [json.loads(line) for line in self._journal.read_text(encoding="utf-8").splitlines()]

    def clear_journal(self) -> None:
        """Forget the calls so far; the child goes on appending."""
        with self._journal.open("r+") as file:
            file.truncate(0)

    def stderr(self) -> str:
        """Return the text that the child has written to stderr so far."""
        return self._stderr.read_text(encoding="utf-8")

    def _ready_line(self, process: ForkServerProcess, reader: Connection) -> dict[str, Any]:
        # Ends the read below if the child hangs.
        watchdog = threading.Timer(_START_SECONDS, process.kill)
        watchdog.start()
        with open(reader.fileno(), encoding="utf-8", closefd=False) as said:
            line = said.readline()
        watchdog.cancel()
        if line:
            return json.loads(line)  # type: ignore[no-any-return]  # the line holds any JSON
        process.join()
        text = self.stderr()
        self.stop()
        msg = f"the simulator did not start: {text}"
        raise RuntimeError(msg)


def _run(arguments: Sequence[str], environment: Mapping[str, str], said: Connection, stderr: Path) -> None:
    """Run the command line in this process, with the environment and the outputs of a child of its caller."""
    # Here, so that whoever starts simulators does not import the server.
    from .__main__ import main

    os.chdir(_ROOT)
    os.environ.clear()
    os.environ.update(environment)
    # Python has chosen the folder when it imported the server, in another environment.
    tempfile.tempdir = None
    os.dup2(said.fileno(), 1)
    said.close()
    with stderr.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 2)
    raise SystemExit(main(arguments))
