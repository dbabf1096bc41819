# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated fleet of the benchmarks, and a client with nothing around it: asyncio and the calls themselves."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.simulator import Simulator
from tests.simulator.scram import ITERATIONS

NO_SCRAM = "25.10.0"
"""The newest version whose logins cost the controller nothing to speak of, so that what is measured is the rest."""

SECRET = "the-secret-of-the-benchmark"


def provider(number: int) -> dict[str, Any]:
    """Return the options of the credential of that number."""
    return {"host": f"ftp{number}.example.net", "user": "backup", "pass": SECRET, "port": 2121}


def stored(count: int) -> list[dict[str, Any]]:
    """Return seeds for as many credentials."""
    return [
        {"id": number + 1, "name": f"credential {number}", "provider": {"type": "FTP", **provider(number)}}
        for number in range(count)
    ]


def sync_task(number: int) -> dict[str, Any]:
    """Return the fields of the cloud sync task of that number, which have the same names in the module and on the NAS."""
    return {
        "description": f"task {number}",
        "path": f"/mnt/tank/data{number}",
        "direction": "PUSH",
        "transfer_mode": "SYNC",
        "schedule": {"minute": str(number % 60), "hour": "3", "dom": "*", "month": "*", "dow": "*"},
        "exclude": ["*.tmp"],
    }


def stored_tasks(count: int) -> list[dict[str, Any]]:
    """Return seeds for as many cloud sync tasks of the first credential."""
    return [
        {"id": number + 1, "credentials": 1, "attributes": {"folder": f"/data{number}"}, **sync_task(number)}
        for number in range(count)
    ]


def processor_time(pid: int) -> float:
    """Return the processors' seconds that a running process has taken, without its children's. Raises OSError."""
    # The fields after the name in parentheses; the twelfth and thirteenth are the time in user and kernel mode.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Fleet:
    """As many simulated NAS with TLS; a context manager. Without a limit on logins, or the naive way could not run.

    `sockets` is a folder for the local socket of each.
    """

    def __init__(
        self,
        size: int,
        credentials: int = 0,
        latency_ms: int = 0,
        version: str = NO_SCRAM,
        login_limit: int = 0,
        sync_tasks: int = 0,
        sockets: Path | None = None,
    ) -> None:
        seed = {"credentials": stored(credentials), "cloud_sync": stored_tasks(sync_tasks)}
        self.boxes = [
            Simulator(
                login_limit=login_limit,
                latency_ms=latency_ms,
                seed=seed,
                version=version,
                iterations=ITERATIONS,
                socket=sockets / f"nas{number}" if sockets else None,
            )
            for number in range(size)
        ]
        self._running = ExitStack()

    def __enter__(self) -> Self:
        for box in self.boxes:
            self._running.enter_context(box)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def inventory(self) -> dict[str, Any]:
        """Return the hosts as Ansible's inventory has them."""
        return {
            f"nas{number}": {"ansible_host": box.host, "nas_port": box.port, "nas_ca_path": box.ca_file}
            for number, box in enumerate(self.boxes)
        }

    def processor_time(self) -> float:
        """Return the processors' seconds that the NAS have taken so far."""
        return sum(processor_time(box.pid) for box in self.boxes)

    def empty(self) -> None:
        """Delete every credential."""
        asyncio.run(self._all(_empty))

    def bare(self, credentials: int) -> None:
        """Log in to every NAS, read the stored credentials, and create the missing ones, all at the same time."""
        wanted = [{"name": f"credential {n}", "provider": {"type": "FTP", **provider(n)}} for n in range(credentials)]
        asyncio.run(self._all(lambda line: _converge(line, wanted)))

    async def _all(self, work: Any) -> None:
        async with aiohttp.ClientSession() as client:
            await asyncio.gather(*(self._one(client, box, work) for box in self.boxes))

    async def _one(self, client: aiohttp.ClientSession, box: Simulator, work: Any) -> None:
        context = ssl.create_default_context(cafile=box.ca_file)
        async with client.ws_connect(box.url, ssl=context, max_msg_size=0) as socket:
            line = Line(socket)
            login = {"mechanism": "API_KEY_PLAIN", "username": box.user, "api_key": box.api_key}
            await line.call("auth.login_ex", login)
            await work(line)


class Line:
    """JSON-RPC over an open socket, calls of one batch in flight together."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)

    async def call(self, method: str, *params: Any) -> Any:
        """Return the result of one call."""
        [result] = await self.batch([(method, params)])
        return result

    async def batch(self, calls: Sequence[tuple[str, Any]]) -> list[Any]:
        """Return the results of calls, of which up to ten run at the same time."""
        found: dict[int, Any] = {}
        numbers: list[int] = []
        waiting = list(calls)
        while len(found) < len(calls):
            while waiting and len(numbers) - len(found) < 10:
                method, params = waiting.pop(0)
                numbers.append(next(self._ids))
                await self._socket.send_str(
                    json.dumps({"jsonrpc": "2.0", "id": numbers[-1], "method": method, "params": params})
                )
            reply = json.loads((await self._socket.receive()).data)
            found[reply["id"]] = reply["result"]
        return [found[number] for number in numbers]


async def _empty(line: Line) -> None:
    entries = await line.call("cloudsync.credentials.query")
    await line.batch([("cloudsync.credentials.delete", [entry["id"]]) for entry in entries])


async def _converge(line: Line, wanted: list[dict[str, Any]]) -> None:
    entries = {entry["name"]: entry["provider"] for entry in await line.call("cloudsync.credentials.query")}
    await line.batch(
        [
            ("cloudsync.credentials.create", [entry])
            for entry in wanted
            if entries.get(entry["name"]) != entry["provider"]
        ]
    )
