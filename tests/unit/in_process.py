# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated NAS without a socket: a session whose calls go straight into its methods.

For tests in which the answer of the server matters; `fake_nas` says which fake is for what.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from unittest import mock

from ansible_collections.nasops.truenas.plugins.module_utils.protocol.faults import decode_error
from tests import keys
from tests.simulator import dispatch, pools, ssh
from tests.simulator.accounts import ADMIN_ROLES, READER_ROLES, Accounts, Credential
from tests.simulator.errors import error_object
from tests.simulator.limits import RateLimit
from tests.simulator.methods.registry import Call as ServerCall
from tests.simulator.nas import Nas, Session
from tests.simulator.outside import Outside
from tests.simulator.rclone import Rclone
from tests.simulator.restic import Restic
from tests.simulator.store import Store
from tests.unit.session import DirectSession

GENERATE = "keychaincredential.generate_ssh_key_pair"
GENERATED = {"private_key": keys.read("rsa3072.key"), "public_key": keys.read("rsa3072.pub")}
"""The keypair that is always generated; the simulated NAS as a process makes new ones, which takes a second."""


async def _generate() -> dict[str, str]:
    return dict(GENERATED)


class InProcessNas(DirectSession):
    """One simulated NAS, used as a context manager. It keeps everything in memory and starts no rclone.

    With `backups`, it also keeps the repositories of cloud backup tasks in memory; without, it cannot store such tasks.
    `rclone` answers verifications; without it, none can succeed.
    """

    def __init__(self, version: str = "v26.0.0", backups: bool = False, rclone: Rclone | None = None) -> None:
        super().__init__()
        self._store = Store()
        accounts = Accounts(self._store, "automation", [], None)
        rclone = rclone or Rclone(Path("/nonexistent"), lambda key_id: "")
        self._folder = tempfile.TemporaryDirectory()
        mounted = pools.plant(Path(self._folder.name), {})
        outside = Outside(self._store, None, {})
        restic = Restic(mounted, outside, {}, allowed=backups)
        self._nas = Nas(version, self._store, accounts, rclone, RateLimit(0), None, mounted, outside, restic)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.close()
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
        generating = mock.patch.object(ssh, "generate", _generate) if method == GENERATE else contextlib.nullcontext()
        try:
            with generating:
                result = self._runner.run(dispatch.invoke(call, found, json.loads(json.dumps(params))))
        except Exception as error:
            raise decode_error(json.loads(json.dumps(error_object(error))), method) from error
        return json.loads(json.dumps(result))
