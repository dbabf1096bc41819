# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated NAS that speaks DDP in this process, and connections to it without a socket."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ansible_collections.nasops.truenas.plugins.module_utils.errors import ConnectionLost, TimedOut
from tests.simulator import ddp, pools, seed, versions
from tests.simulator.accounts import ADMIN_ROLES, Accounts, ApiKey, Logins
from tests.simulator.faults import Faults
from tests.simulator.journal import Journal
from tests.simulator.limits import RateLimit, TooLong
from tests.simulator.nas import Nas, Session
from tests.simulator.older import allowlist
from tests.simulator.older.peer import Peer
from tests.simulator.outside import Outside
from tests.simulator.restic import Restic
from tests.simulator.rpc import Surroundings
from tests.simulator.store import Store
from tests.unit.answering_rclone import AnsweringRclone

OLDER = ["v13.3", "v24.04.2", "v24.10.2"]
SECRET = "k" * 64
API_KEY = f"1-{SECRET}"
PASSWORD = "password-of-the-older-nas"


class OlderNas:
    """One NAS, used as a context manager; everything is in memory but its journal."""

    def __init__(
        self,
        version: str,
        *,
        rows: dict[str, Any] | None = None,
        entries: tuple[tuple[str, str], ...] = allowlist.DEFAULT,
        logins: Logins | None = None,
        login_limit: int = 0,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        self._store = Store()
        self._entries = entries
        self.rclone = AnsweringRclone()
        accounts = Accounts(
            self._store, "automation", [ApiKey(1, SECRET, ADMIN_ROLES)], PASSWORD, logins or Logins(), {}
        )
        mounted = pools.plant(folder, rows or {})
        outside = Outside(self._store, None, {})
        restic = Restic(mounted, outside, {}, allowed=False)
        limit = RateLimit(login_limit)
        self.nas = Nas(version, self._store, accounts, self.rclone, limit, None, mounted, outside, restic)
        seed.plant(self.nas, rows or {})
        self._journal = Journal(folder / "journal.jsonl")
        self.shared = Surroundings(self.nas, self._journal, Faults([]), 0)
        self.runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.runner.close()
        self._journal.close()
        self._store.close()
        self._folder.cleanup()

    def connect(self) -> OlderWire:
        """Return a new connection."""
        return OlderWire(self, self._entries)

    def calls(self) -> list[str]:
        """The methods called so far."""
        return [json.loads(line)["method"] for line in self._journal.file.read_text().splitlines()]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """What a table of the NAS holds."""
        return self._store.rows(table)


class OlderWire:
    """A connection, with the methods that a session uses."""

    def __init__(self, nas: OlderNas, entries: tuple[tuple[str, str], ...]) -> None:
        self._nas = nas
        self._texts: deque[str] = deque()
        self.sent: list[str] = []
        self.received: list[str] = []
        older = versions.is_older(nas.nas.version)
        self._peer = Peer(nas.shared, entries, self._keep) if older else ddp.Peer(nas.shared, self._keep)
        nas.nas.sessions.add(self._peer.session)

    async def _keep(self, text: str) -> None:
        self._texts.append(text)

    def send(self, text: str) -> None:
        """Send one message, and let the NAS answer it."""
        self.sent.append(text)
        try:
            self._nas.runner.run(self._take(text))
        except TooLong as error:
            raise ConnectionLost(f"closed with {error.code}") from None

    async def _take(self, text: str) -> None:
        await self._peer.receive(text)
        await asyncio.gather(*self._peer.calls)

    def receive(self, deadline: float) -> str:
        """Return the next message, or raise at once."""
        if not self._texts:
            raise TimedOut("nothing comes")
        self.received.append(self._texts.popleft())
        return self.received[-1]

    def binding(self) -> bytes | None:
        """Return None: there is no TLS."""
        return None

    def trust(self) -> None:
        """Do nothing."""

    def abandon(self, request_id: int) -> None:
        """Do nothing."""

    def answers(self) -> bool:
        """Return True: nothing can be lost."""
        return True

    def close(self) -> None:
        """Leave."""
        self._nas.nas.sessions.discard(self._peer.session)

    def ask(self, **message: Any) -> dict[str, Any] | None:
        """Send a message as it is, and return the answer, or None without one."""
        self.send(json.dumps(message))
        return json.loads(self._texts.popleft()) if self._texts else None

    @property
    def session(self) -> Session:
        """What the NAS knows of this connection."""
        return self._peer.session

    def together(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send messages at once, and return all that comes."""

        async def take() -> None:
            for message in messages:
                await self._peer.receive(json.dumps(message))
            await asyncio.gather(*self._peer.calls)

        self._nas.runner.run(take())
        found = [json.loads(text) for text in self._texts]
        self._texts.clear()
        return found

    def call(self, method: str, *params: Any) -> dict[str, Any]:
        """Return the answer to a call."""
        answer = self.ask(msg="method", id=1, method=method, params=[*params])
        assert answer is not None
        return answer

    def log_in(self) -> Self:
        """Connect and log in with the key."""
        self.ask(msg="connect", version="1", support=["1"])
        assert self.call("auth.login_with_api_key", API_KEY)["result"] is True
        return self
