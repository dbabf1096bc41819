# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that cloud credentials need, by what they are for (truenas-api/wire.md §3, §4, §6, §7b)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from .. import versions
from ..errors import NotPermitted, TrueNASError, Unreachable
from ..transport.session import Call
from ..versions import Version
from .plan import Facts, Question
from .stored import Stored, read

WRITE_ROLE = "CLOUD_SYNC_WRITE"


class Caller(Protocol):
    """What is needed of a session; `transport.session.Session` is one."""

    def may(self, role: str) -> bool:
        """Tell whether the account has the role."""

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Return the result of one call, or raise."""

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Return the results or exceptions of calls that are in flight together."""


class Nas:
    """One NAS, through a session that is logged in."""

    def __init__(self, session: Caller) -> None:
        self._session = session

    @property
    def may_write(self) -> bool:
        """Whether the account may read secrets and write credentials; the NAS ties both to one role."""
        return self._session.may(WRITE_ROLE)

    def credentials(self) -> list[Stored]:
        """Return every stored credential."""
        return [read(entry) for entry in self._session.call("cloudsync.credentials.query")]

    def facts(self, asked: Collection[Question], id_: int | None) -> Facts:
        """Return the answers to the questions; the calls are in flight together. `id_` is the credential they are about."""
        calls = {question: _CALLS[question](id_) for question in asked}
        answers = iter(self._session.call_all([call for group in calls.values() for call in group]))
        found: dict[str, Any] = {}
        for question, group in calls.items():
            found.update(_READ[question](*itertools.islice(answers, len(group))))
        return Facts(may_write=self.may_write, **found)

    def create(self, payload: Mapping[str, Any]) -> Stored:
        """Store a credential and return it as the NAS has it."""
        return read(self._write("create", payload))

    def update(self, id_: int, payload: Mapping[str, Any]) -> Stored:
        """Change a credential and return it as the NAS has it; a provider in the payload replaces the stored one whole."""
        return read(self._write("update", id_, payload))

    def delete(self, id_: int) -> None:
        """Remove a credential."""
        self._write("delete", id_)

    def _write(self, method: str, *params: Any) -> Any:
        try:
            return self._session.call(f"cloudsync.credentials.{method}", *params)
        except Unreachable as lost:
            raise type(lost)(
                f"{lost} The {method} had been sent and may have been carried out all the same: run the task again, "
                "which looks first."
            ) from None

    def verify(self, provider: Mapping[str, Any], timeout: float) -> Mapping[str, Any]:
        """Return what the NAS says of a provider, after trying it with rclone: {valid, error, excerpt}."""
        answer: Mapping[str, Any] = self._session.call("cloudsync.credentials.verify", provider, timeout=timeout)
        return answer


def _users_calls(id_: int | None) -> list[Call]:
    filters = [["credentials.id", "=", id_]]
    return [Call("cloudsync.query", (filters,)), Call("cloud_backup.query", (filters,))]


def _read_users(syncs: Any, backups: Any) -> dict[str, Any]:
    users, notes = [], []
    for kind, rows in (("cloud sync task", syncs), ("cloud backup task", backups)):
        if isinstance(rows, NotPermitted):
            notes.append(
                f"This account may not list every {kind}, so whether one uses the credential is left to the NAS."
            )
        else:
            users += [f"{kind} {_task(row)}" for row in _unless_error(rows)]
    return {"users": tuple(users), "notes": tuple(notes)}


def _task(row: Mapping[str, Any]) -> str:
    return f"{row['description']!r} (id {row['id']})" if row.get("description") else f"id {row['id']}"


def _read_version(text: Any) -> dict[str, Version]:
    return {"version": versions.parse(_unless_error(text))}


def _read_keypairs(rows: Any) -> dict[str, frozenset[int] | None]:
    if isinstance(rows, NotPermitted):
        return {"keypairs": None}
    return {"keypairs": frozenset(row["id"] for row in _unless_error(rows))}


def _unless_error(answer: Any) -> Any:
    if isinstance(answer, TrueNASError):
        raise answer
    return answer


_CALLS: dict[Question, Callable[[int | None], list[Call]]] = {
    Question.VERSION: lambda id_: [Call("system.version_short")],
    Question.KEYPAIRS: lambda id_: [Call("keychaincredential.query", ([["type", "=", "SSH_KEY_PAIR"]],))],
    Question.USERS: _users_calls,
}

_READ: dict[Question, Callable[..., dict[str, Any]]] = {
    Question.VERSION: _read_version,
    Question.KEYPAIRS: _read_keypairs,
    Question.USERS: _read_users,
}
