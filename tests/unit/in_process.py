# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated NAS without a socket: a session whose calls go straight into its methods."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ansible_collections.nasops.truenas.plugins.module_utils.errors import TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.faults import decode_error
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Call
from tests.simulator import dispatch
from tests.simulator.accounts import ADMIN_ROLES, READER_ROLES, Accounts, Credential
from tests.simulator.errors import error_object
from tests.simulator.limits import RateLimit
from tests.simulator.methods.registry import Call as ServerCall
from tests.simulator.nas import Nas, Session
from tests.simulator.rclone import Rclone
from tests.simulator.store import Store


class InProcessNas:
    """One simulated NAS, used as a context manager; `calls` lists the methods called, `reader` takes the rights away."""

    def __init__(self, version: str = "v26.0.0") -> None:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        self._store = Store(folder / "nas.sqlite")
        accounts = Accounts(self._store, "automation", [], None)
        self._nas = Nas(version, self._store, accounts, Rclone(folder, lambda key_id: ""), RateLimit(0), None)
        self.reader = False
        self.broken = False
        self.calls: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()
        self._folder.cleanup()

    @property
    def roles(self) -> frozenset[str]:
        """The roles of the account."""
        return READER_ROLES if self.reader else ADMIN_ROLES

    def may(self, role: str) -> bool:
        """Tell whether the account has the role."""
        return role in self.roles

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Carry out a call as the server would, through JSON both ways."""
        self.calls.append(method)
        session = Session("127.0.0.1", secure=True, credential=Credential("API_KEY", "automation", self.roles))
        found = dispatch.find(method, self._nas.version)
        assert found is not None, f"no method {method}"
        call = ServerCall(self._nas, session, self._nas.version)
        try:
            result = asyncio.run(dispatch.carry_out(call, found, json.loads(json.dumps(params))))
        except Exception as error:
            raise decode_error(json.loads(json.dumps(error_object(error))), method) from error
        return json.loads(json.dumps(result))

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Carry out calls and yield what comes of them."""
        return enumerate(self.call_all(calls))

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Carry out calls and give their exceptions back."""
        outcomes = []
        for call in calls:
            try:
                outcomes.append(self.call(call.method, *call.params))
            except TrueNASError as error:
                outcomes.append(error)
        return outcomes
