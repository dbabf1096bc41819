# SPDX-License-Identifier: GPL-3.0-or-later
"""A NAS in memory for tests of the core: what a session is to it, without a socket.

Use `FakeNas` where the test is about the core: it is fast, it remembers the calls and their parameters, and a test says what the
NAS answers. It checks nothing, and of the server it knows the defaults and the secrets of the facts, not of the models under
test. Use `in_process.InProcessNas` where the answer of the server matters: it checks parameters, names and rights as the
simulated NAS does. Use the `Simulator` of tests/simulator only for logins and for what goes over a socket.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils.errors import TrueNASError
from tests import facts
from tests.simulator.roles import ALL as ROLES
from tests.unit.session import DirectSession

TASK_SERVICES = ("cloudsync", "cloud_backup")
TASK = {
    "path": "/mnt/tank/data",
    "direction": "PUSH",
    "transfer_mode": "COPY",
    "password": "hush-canary-repository",
    "keep_last": 3,
    "attributes": {"bucket": "b", "folder": "f"},
}
"""The fields of both kinds of tasks that have no default."""


class FakeNas(DirectSession):
    """Stores what it is given, with the server's defaults, and remembers the calls.

    `answers` overrides single methods: a value, an exception to give, or a function of the parameters. Lists of tasks are what
    the NAS stores, so an update changes them; each has the ID of its credential, and gets the rest of it.
    """

    def __init__(
        self,
        *entries: dict[str, Any],
        version: str = "26.0.0",
        reader: bool = False,
        answers: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.entries = {entry["id"]: entry for entry in entries}
        self._facts = facts.version_of(version)
        self.reader = reader
        self.params: list[tuple[str, tuple[Any, ...]]] = []
        self.answers: dict[str, Any] = {
            "system.version_short": version,
            "cloudsync.query": [],
            "cloud_backup.query": [],
            "keychaincredential.query": [],
            "cloudsync.credentials.verify": {"valid": True, "error": None, "excerpt": None},
            "cloudsync.list_buckets": [{"Name": "backups", "IsBucket": True}],
            **(answers or {}),
        }

    @property
    def roles(self) -> frozenset[str]:
        """A reader has the role to read, everybody else has every role."""
        return frozenset({"CLOUD_SYNC_READ"} if self.reader else {"FULL_ADMIN"})

    def has_role(self, role: str) -> bool:
        """A reader lacks the roles to write; everybody else has every role that there is."""
        return not self.reader and role in ROLES

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Carry out a call, or raise."""
        self.calls.append(method)
        self.params.append((method, params))
        answer = (
            self.answers[method] if method in self.answers else getattr(self, "_" + method.rpartition(".")[2])(*params)
        )
        if callable(answer):
            answer = answer(*params)
        if isinstance(answer, TrueNASError):
            raise answer
        service, _dot, verb = method.rpartition(".")
        if (
            service in TASK_SERVICES
            and verb in ("query", "update")
            and isinstance(self.answers[f"{service}.query"], list)
        ):
            return self._tasks(service, answer) if verb == "query" else self._updated_task(service, *params)
        return answer

    def _tasks(self, service: str, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {**TASK, **task, "credentials": {**self.entries[used["id"]], **used}}
            if isinstance(task, dict)
            and isinstance(used := task.get("credentials"), dict)
            and used.get("id") in [*self.entries]
            else task
            for task in tasks
        ]

    def _updated_task(self, service: str, number: int, changes: dict[str, Any]) -> dict[str, Any]:
        tasks = self.answers[f"{service}.query"]
        used = {"credentials": {"id": changes["credentials"]}}
        self.answers[f"{service}.query"] = [
            {**task, **changes, **used} if task["id"] == number else task for task in tasks
        ]
        return self._tasks(service, [task for task in self.answers[f"{service}.query"] if task["id"] == number])[0]

    def _query(self, *_: Any) -> list[dict[str, Any]]:
        return [
            {**entry, "provider": facts.redacted(entry["provider"], self._facts)} if self.reader else entry
            for entry in self.entries.values()
        ]

    def _create(self, payload: dict[str, Any]) -> dict[str, Any]:
        entry = {
            "id": max(self.entries, default=0) + 1,
            **payload,
            "provider": facts.filled(payload["provider"], self._facts),
        }
        self.entries[entry["id"]] = entry
        return entry

    def _update(self, id_: int, payload: dict[str, Any]) -> dict[str, Any]:
        entry = {**self.entries[id_], **payload}
        entry["provider"] = facts.filled(entry["provider"], self._facts)
        self.entries[id_] = entry
        return entry

    def _delete(self, id_: int) -> bool:
        self.entries.pop(id_, None)
        return True
