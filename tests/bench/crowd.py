# SPDX-License-Identifier: GPL-3.0-or-later
"""Hundreds of simulated NAS on one machine: as many servers as asked for in one process, each with a store, a journal, a
certificate and a port of its own.

Run as a process of its own: reads JSON from stdin, {"version", "latency_ms", "seeds": one for each NAS}; when they are all
ready it prints one line of JSON with their ports and certificates, and serves until stdin ends.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import urlsplit

from tests.bench.fleet import NO_SCRAM, processor_time
from tests.simulator import API_KEY, USER, server
from tests.simulator.accounts import ADMIN_ROLES, Logins, parse_key
from tests.simulator.scram import ITERATIONS, Verifier

ROOT = Path(__file__).parents[2]
PER_PROCESS = 50
"""Of NAS, so that they can use both cores."""


class Crowd:
    """Simulated NAS, one for each seed, without a limit on logins; a context manager. `latency_ms` delays each reply."""

    def __init__(self, seeds: Sequence[dict[str, Any]], version: str = NO_SCRAM, latency_ms: int = 0) -> None:
        self._orders = [
            {"version": version, "latency_ms": latency_ms, "seeds": seeds[begin : begin + PER_PROCESS]}
            for begin in range(0, len(seeds), PER_PROCESS)
        ]
        self._processes: list[subprocess.Popen[str]] = []
        self.hosts: list[dict[str, Any]] = []
        """The inventory's variables of each NAS."""

    def __enter__(self) -> Self:
        for order in self._orders:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.crowd"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self._processes.append(process)
            _pipe(process.stdin).write(json.dumps(order) + "\n")
            _pipe(process.stdin).flush()
        for process in self._processes:
            self.hosts += json.loads(_pipe(process.stdout).readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            _pipe(process.stdin).close()
        for process in self._processes:
            process.wait()
            _pipe(process.stdout).close()

    def processor_time(self) -> float:
        """Return the processors' seconds that the NAS have taken so far."""
        return sum(processor_time(process.pid) for process in self._processes)


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


async def _serve(order: dict[str, Any]) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crowd-")))
        ready = []
        key = parse_key(API_KEY, ADMIN_ROLES)
        # All of them have one, so that a hundred NAS start without a hundred times PBKDF2.
        verifier = Verifier.of(key.secret)
        for number, seed in enumerate(order["seeds"]):
            settings = server.Settings(
                host="127.0.0.1",
                port=0,
                version=f"v{order['version']}",
                user=USER,
                keys=[key],
                state=folder / str(number),
                password=None,
                plaintext=False,
                latency=order["latency_ms"] / 1000,
                login_limit=0,
                faults=[],
                seed=seed,
                logins=Logins(),
                iterations=ITERATIONS,
                verifiers={key.id: verifier},
                rclone_environment={},
            )
            running = await stack.enter_async_context(server.run(settings))
            address = urlsplit(running.url)
            ready.append(
                {"ansible_host": address.hostname, "nas_port": address.port, "nas_ca_path": str(running.ca_file)}
            )
        print(json.dumps(ready), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(_serve(json.loads(sys.stdin.readline())))
