# SPDX-License-Identifier: GPL-3.0-or-later
"""A kind of object on the NAS, as plain functions: what the engine has to be given to manage one more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ..errors import TrueNASError
from ..nas.client import Nas
from ..transport.session import Call
from .change import CREATED, DELETED, UPDATED, Change
from .names import Desired, E, Naming

D = TypeVar("D", bound=Desired)
C = TypeVar("C", bound=Change)


@dataclass(frozen=True)
class Job(Generic[D, E, C]):
    """One object on its way through the engine: the desired state, the change, and the result so far.

    `entry` is the object as the NAS returned it after a write. Together with an `error` it means that the write was not rolled
    back. `findings` belong to the kind, for example verifications.
    """

    desired: D
    change: C
    entry: E | None = None
    error: TrueNASError | None = None
    warnings: tuple[str, ...] = ()
    findings: tuple[Any, ...] = ()

    @property
    def applied(self) -> bool:
        """Whether the change was made, or would be outside check mode; an error can come too late to prevent it."""
        return self.change.changed and (self.error is None or self.entry is not None)

    def is_open(self, *actions: str) -> bool:
        """Return whether the change is one of these actions and nothing has failed yet."""
        return self.change.action in actions and self.error is None


Step = Callable[[Sequence[Job[D, E, C]], Nas, Any], list[Job[D, E, C]]]
"""A part of the work of one kind: jobs, the NAS and the kind's store in, jobs in the same order out.

It puts failures into the jobs.
"""


def nothing(jobs: Sequence[Job[D, E, C]], nas: Nas, store: Any) -> list[Job[D, E, C]]:
    """Return the jobs as they are: the step of a kind that needs none."""
    return [*jobs]


@dataclass(frozen=True)
class Steps(Generic[D, E, C]):
    """The steps that a kind adds to a write.

    `verify` runs in check mode too and decides itself what it may do there. `finish` gets every job, failed ones included.
    """

    prepare: Step[D, E, C] = nothing
    verify: Callable[[Sequence[Job[D, E, C]], Nas, bool], list[Job[D, E, C]]] = lambda jobs, nas, check_mode: [*jobs]
    after_write: Step[D, E, C] = nothing
    before_delete: Step[D, E, C] = nothing
    finish: Step[D, E, C] = nothing


def crud(service: str) -> Callable[[Change], Call]:
    """Return the call of each action for a service that has create, update and delete; a delete may have options."""

    def call(change: Change) -> Call:
        options = (change.payload,) if change.payload else ()
        if change.action == CREATED:
            return Call(f"{service}.create", (change.payload,))
        if change.action == UPDATED:
            return Call(f"{service}.update", (change.id, change.payload))
        if change.action == DELETED:
            return Call(f"{service}.delete", (change.id, *options))
        raise ValueError(f"{change.action} is not a write")

    return call


@dataclass(frozen=True)
class Kind(Generic[D, E, C]):
    """One kind of object.

    - `service` has the methods query, create, update and delete; `write_role` is the TrueNAS role for the last three, `roles`
      are those that a change needs besides it.
    - `read` turns a row of the NAS into an entry, and raises ServerFault for anything else.
    - `look` asks the NAS for the facts that the plans of these items need, in one round. Its last argument has the names of
      referenced objects that check mode treats as existing. `plan` is pure.
    - `absent` returns the desired state of an object that a purge deletes.
    - `call` is the write of a change, `secrets` are the texts that an error about it must not show, and `explain` puts such an
      error into the task's words.
    - After a failed write, `resume` adds to a new plan what `prepare` has done already, and `may_retry` decides whether to
      write it.
    - `predict` returns the entry that a change leads to, so that check mode can report on the whole set, or None. `report`
      returns the keys of a result that only this kind has.
    - `resolves_duplicates` is for a service whose create can race: after a create, the engine asks for the IDs of the name.
    """

    naming: Naming[E]
    service: str
    write_role: str
    read: Callable[[Any], E]
    plan: Callable[[D, Sequence[E], Any], C]
    absent: Callable[[str], D]
    call: Callable[[C], Call]
    secrets: Callable[[C], Iterable[str]]
    report: Callable[[Job[D, E, C], Sequence[E]], dict[str, Any]]
    look: Callable[[Sequence[D], Nas, Collection[str]], Any] = lambda items, nas, pending: None
    roles: Callable[[C], Iterable[str]] = lambda change: ()
    explain: Callable[[TrueNASError], TrueNASError] = lambda error: error
    resume: Callable[[Job[D, E, C], C], C] = lambda job, again: again
    may_retry: Callable[[Job[D, E, C], C], bool] = lambda job, again: True
    predict: Callable[[C], E | None] = lambda change: None
    resolves_duplicates: bool = False
    steps: Steps[D, E, C] = field(default_factory=Steps)
