# SPDX-License-Identifier: GPL-3.0-or-later
"""A NAS in memory for tests of the core: what a session is to it, without a socket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils.errors import TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.providers import BY_WIRE_TYPE
from ansible_collections.nasops.truenas.plugins.module_utils.providers.values import MASK
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Call
from ansible_collections.nasops.truenas.plugins.module_utils.versions import parse


class FakeNas:
    """Stores what it is given, with the server's defaults, and remembers the calls.

    `answers` overrides single methods: a value, an exception to give, or a function of the parameters.
    """

    def __init__(
        self,
        *entries: dict[str, Any],
        version: str = "26.0.0",
        reader: bool = False,
        answers: dict[str, Any] | None = None,
    ) -> None:
        self.entries = {entry["id"]: entry for entry in entries}
        self.version = version
        self.reader = reader
        self.broken = False
        self.calls: list[str] = []
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

    def may(self, role: str) -> bool:
        """A reader lacks the role to write; everybody else has every role."""
        return not self.reader

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
        return answer

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Carry out calls and yield what comes of them, the last one first."""
        yield from reversed(list(enumerate(self.call_all(calls))))

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Carry out calls and give their exceptions back."""
        outcomes = []
        for call in calls:
            try:
                outcomes.append(self.call(call.method, *call.params))
            except TrueNASError as error:
                outcomes.append(error)
        return outcomes

    @property
    def writes(self) -> list[str]:
        """The calls that change something."""
        return [method for method in self.calls if method.rpartition(".")[2] in ("create", "update", "delete")]

    def _query(self, *_: Any) -> list[dict[str, Any]]:
        return [self._redacted(entry) if self.reader else entry for entry in self.entries.values()]

    def _create(self, payload: dict[str, Any]) -> dict[str, Any]:
        entry = {"id": max(self.entries, default=0) + 1, **payload, "provider": self._filled(payload["provider"])}
        self.entries[entry["id"]] = entry
        return entry

    def _update(self, id_: int, payload: dict[str, Any]) -> dict[str, Any]:
        entry = {**self.entries[id_], **payload}
        entry["provider"] = self._filled(entry["provider"])
        self.entries[id_] = entry
        return entry

    def _delete(self, id_: int) -> bool:
        self.entries.pop(id_, None)
        return True

    def _filled(self, provider: dict[str, Any]) -> dict[str, Any]:
        known = BY_WIRE_TYPE[provider["type"]]
        return {"type": provider["type"], **known.defaults(parse(self.version)), **provider}

    @staticmethod
    def _redacted(entry: dict[str, Any]) -> dict[str, Any]:
        options = BY_WIRE_TYPE[entry["provider"]["type"]].options()
        provider = {
            name: MASK if name in options and options[name].redacted_by_server else value
            for name, value in entry["provider"].items()
        }
        return {**entry, "provider": provider}
