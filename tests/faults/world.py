# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated NAS in this process, behind a proxy that makes faults. Everything runs in the loop of one thread."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sqlite3
import ssl
import tempfile
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from cryptography import x509

from tests.simulator import API_KEY, USER, server, simulator
from tests.simulator.accounts import ADMIN_ROLES, Logins, parse_key
from tests.simulator.jobs import Job
from tests.simulator.rclone import Output, Rclone
from tests.simulator.restic import Restic
from tests.simulator.store import CLOUD_BACKUP, CLOUD_SYNC, CREDENTIALS, KEYCHAIN
from tests.simulator.tls import LOOPBACK, Authority

from .proxy import Proxy

ITERATIONS = 50_000
"""Of SCRAM: the fewest that a NAS asks for."""
AWAY = 0.3
"""Seconds for which a NAS that restarts refuses connections."""
RUN = 0.1
"""Seconds that a job takes."""
MEMORY = Path("/dev/shm")
"""Where the files of a NAS are, so that its database does not wait for a disk."""
WRITES = ("create", "update", "delete", "sync")

T = TypeVar("T")


class Loop:
    """An event loop in a thread of its own, as a context manager."""

    def __enter__(self) -> Loop:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: None)
        self._thread = threading.Thread(target=self._loop.run_forever, name="loop")
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of a coroutine that runs in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@cache
def _authority() -> Authority:
    return Authority()


@cache
def certificates() -> dict[str, tuple[ssl.SSLContext, bytes]]:
    """Return a server's context and the hash of its certificate, by what is wrong with it."""
    return {
        "good": _authority().server(),
        "renewed": _authority().server(),
        "wrong host": _authority().server((x509.DNSName("other.example"),)),
        "expired": _authority().server(LOOPBACK, expired=True),
        "self-signed": Authority().server(),
    }


@cache
def ca_file() -> str:
    """Return the path of the certificate that clients trust."""
    with tempfile.NamedTemporaryFile(prefix="faults-ca-", suffix=".pem", delete=False) as file:
        file.write(_authority().pem)
    return file.name


class FullDisk:
    """A connection to SQLite for which the disk is full."""

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped

    def execute(self, statement: str, *given: Any) -> Any:
        """Read, or fail as SQLite does (its text of SQLITE_FULL)."""
        if not statement.startswith("select"):
            raise sqlite3.OperationalError("database or disk is full")
        return self.wrapped.execute(statement, *given)

    def close(self) -> None:
        """Close the connection."""
        self.wrapped.close()


class World:
    """One NAS behind its proxy. Everything but the construction has to happen in the loop."""

    def __init__(self, version: str, seed: dict[str, Any], *, login_limit: int = 0) -> None:
        self._version = version
        self._seed = seed
        self._login_limit = login_limit
        self._folder = Path(tempfile.mkdtemp(prefix="faults-", dir=MEMORY if MEMORY.is_dir() else None))
        self._running: server.Running | None = None
        self._stack = AsyncExitStack()
        self._others: list[World] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._redirect_to: tuple[str, ...] = ()
        self.refused_logins = 0
        self.looked = asyncio.Event()
        """Set when a client asks what is stored, after the fault has struck."""
        self.proxy: Proxy

    @property
    def nas(self) -> server.Running:
        """The NAS that runs."""
        assert self._running is not None
        return self._running

    async def start(self) -> World:
        """Start the NAS and its proxy."""
        await self._start("good")
        self.proxy = Proxy(
            self, lambda: int(self.nas.url.rpartition(":")[2].partition("/")[0]), certificates()["good"][0]
        )
        await self.proxy.listen()
        return self

    async def close(self) -> None:
        """End everything, and remove the files."""
        for task in [*self._tasks]:
            await asyncio.wait([task])
        await self.proxy.close()
        await self._stack.aclose()
        for other in self._others:
            await other.close()
        shutil.rmtree(self._folder)

    def soon(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start work in the background."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def show_certificate(self, name: str) -> None:
        """Use another certificate for new connections."""
        self.proxy.context = certificates()[name][0]

    async def restart(self, certificate: str = "good") -> None:
        """Shut the NAS down, be away, and start again with what is stored."""
        await self.proxy.refuse()
        await self._stack.aclose()
        await asyncio.sleep(AWAY)
        await self._start(certificate)
        self.show_certificate(certificate)
        await self.proxy.listen()

    async def become_standby(self, *, has_active: bool) -> None:
        """Let another NAS take the address over, which redirects logins to this one, or to itself."""
        active = Proxy(self, self.proxy._upstream, self.proxy.context)
        await active.listen()
        self._stack.push_async_callback(active.close)
        standby = World(self._version, {})
        standby._redirect_to = (f"https://127.0.0.1:{active.port if has_active else self.proxy.port}/",)
        await standby.start()
        self._others.append(standby)
        self.proxy._upstream = standby.proxy._upstream

    def fill_disk(self) -> None:
        """Leave the database of the NAS no space."""
        store = self.nas.nas.store
        store._database = FullDisk(store._database)  # type: ignore[assignment]  # it has what the store uses

    async def heal(self) -> None:
        """End every fault."""
        for task in [*self._tasks]:
            await asyncio.wait([task])
        self.proxy.plan(None)
        for job in self.nas.nas.jobs.all():
            await job.done.wait()
        self.proxy._upstream = lambda: int(self.nas.url.rpartition(":")[2].partition("/")[0])
        store = self.nas.nas.store
        if isinstance(store._database, FullDisk):
            store._database = store._database.wrapped
        if certificates()["self-signed"][0] is self.proxy.context:
            # What a reader of the message does: trust it, here by a certificate of the CA that is trusted.
            await self.restart()
        elif self.proxy.context is not certificates()["renewed"][0]:
            self.show_certificate("good")
        await self.proxy.listen()

    async def stored(self) -> dict[str, list[Any]]:
        """Return what is stored, without IDs and jobs."""
        store = self.nas.nas.store
        hidden = ("id", "job")
        return {
            table: sorted(
                (
                    json.dumps({key: value for key, value in row.items() if key not in hidden})
                    for row in store.rows(table)
                ),
            )
            for table in (CREDENTIALS, KEYCHAIN, CLOUD_SYNC, CLOUD_BACKUP)
        }

    async def names(self) -> list[tuple[str, str]]:
        """Return the table and the name of every object."""
        store = self.nas.nas.store
        return [
            (table, str(row.get("name", row.get("description"))))
            for table in (CREDENTIALS, KEYCHAIN, CLOUD_SYNC, CLOUD_BACKUP)
            for row in store.rows(table)
        ]

    async def jobs(self) -> int:
        """Return how many jobs were started since the NAS has started."""
        return len(self.nas.nas.jobs.all())

    async def sessions(self) -> int:
        """Return how many sessions are open."""
        return len(self.nas.nas.sessions)

    async def writes(self) -> list[str]:
        """Return the methods of the calls that have written, from the journal."""
        lines = [json.loads(line) for line in self.nas.journal.read_text().splitlines()]
        return [line["method"] for line in lines if line["ok"] and line["method"].rpartition(".")[2] in WRITES]

    async def _start(self, certificate: str) -> None:
        settings = server.Settings(
            host="127.0.0.1",
            port=0,
            version=f"v{self._version}",
            user=USER,
            keys=[parse_key(API_KEY, ADMIN_ROLES)],
            state=self._folder / "state",
            password=None,
            plaintext=False,
            latency=0,
            login_limit=self._login_limit,
            faults=[],
            seed=self._seed,
            logins=Logins(redirect_to=self._redirect_to),
            iterations=ITERATIONS,
            verifiers={1: simulator._verifier(API_KEY, ITERATIONS)},
            rclone_environment={},
            front=certificates()[certificate][1],
        )
        self._stack = AsyncExitStack()
        self._running = await self._stack.enter_async_context(server.run(settings))


LOG = """2026/11/27 15:45:01 INFO  : a.txt: Copied (new)
2026/11/27 15:45:01 INFO  :\x20
Transferred:   \t         11 B / 11 B, 100%, 0 B/s, ETA -
Checks:                 0 / 0, -, Listed 3
Transferred:            2 / 2, 100%
Elapsed time:         0.1s

"""


async def _transferred(job: Job, *_given: Any, **_options: Any) -> None:
    await asyncio.sleep(RUN)
    job.log.append(LOG)


async def _backed_up(_self: Restic, job: Job, *_given: Any, **_options: Any) -> None:
    await asyncio.sleep(RUN)
    job.logs_excerpt = "message_type: summary\nfiles_new: 1\nfiles_changed: 0\ndata_added: 11\nsnapshot_id: 3ebde08d"


async def _cleaned_up(_self: Restic, _job: Job, *_given: Any) -> None:
    """Leave everything as it is."""


async def _answered(_self: Rclone, *arguments: str, stdin: str = "") -> Output:
    listing = [{"Path": "backups", "Name": "backups", "Size": -1, "IsDir": True, "IsBucket": True}]
    return Output(0, json.dumps(listing) if "lsjson" in arguments else "obscured", "")


@contextlib.contextmanager
def without_programs() -> Iterator[None]:
    """Have the simulated NAS systems of this process succeed at once in place of running rclone and restic."""
    with (
        mock.patch("tests.simulator.transfer.run", _transferred),
        mock.patch.object(Restic, "follow", _backed_up),
        mock.patch.object(Restic, "clean_up", _cleaned_up),
        mock.patch.object(Rclone, "_run", _answered),
    ):
        yield
