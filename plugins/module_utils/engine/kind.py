# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions that the engine needs to manage a kind of object on the NAS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ..errors import TrueNASError
from ..nas.client import Nas
from ..transport.calls import Call
from .change import CREATED, DELETED, UPDATED, Change, Pending
from .names import Desired, E, Naming

D = TypeVar("D", bound=Desired)
C = TypeVar("C", bound=Change)


@dataclass(frozen=True)
class Job(Generic[D, E, C]):
    """One object and its progress: the desired state, the change, and the result so far.

    `entry` is the object that the NAS returned after a write. If there is an `error`, too, the write was not rolled back. The
    kind defines the `findings`, for example verifications.
    """

    desired: D
    change: C
    entry: E | None = None
    error: TrueNASError | None = None
    warnings: tuple[str, ...] = ()
    findings: tuple[Any, ...] = ()

    @property
    def applied(self) -> bool:
        """Whether the change was applied or, in check mode, would be. An error after the write does not undo it."""
        return self.change.changed and (self.error is None or self.entry is not None)

    def is_open(self, *actions: str) -> bool:
        """Return whether the change is one of these actions and has not failed."""
        return self.change.action in actions and self.error is None


Step = Callable[[Sequence[Job[D, E, C]], Nas], list[Job[D, E, C]]]
"""A function from the jobs and the NAS to the jobs in the same order. It adds failures to the jobs."""

StoreStep = Callable[[Sequence[Job[D, E, C]], Nas, Any], list[Job[D, E, C]]]
"""A step that also uses the store of the kind."""


def nothing(jobs: Sequence[Job[D, E, C]], *_unused: Any) -> list[Job[D, E, C]]:
    """Return the jobs unchanged: the default step."""
    return [*jobs]


@dataclass(frozen=True)
class Steps(Generic[D, E, C]):
    """The steps that a kind adds to a write.

    `verify` also runs in check mode, where its last argument is true. `finish` gets every job, failed ones included.
    """

    prepare: Step[D, E, C] = nothing
    verify: Callable[[Sequence[Job[D, E, C]], Nas, bool], list[Job[D, E, C]]] = nothing
    after_write: StoreStep[D, E, C] = nothing
    before_delete: StoreStep[D, E, C] = nothing
    finish: Step[D, E, C] = nothing


def crud(service: str) -> Callable[[Change], Call]:
    """Return a function from a change to its call, for a service with the methods create, update, and delete."""

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

    - `service` has the methods query, create, update, and delete. `write_role` is the TrueNAS role for the last three, `roles`
      returns the additional roles that a change requires.
    - `read` converts a row of the NAS to an entry. It raises Misread for anything else.
    - `look` reads the facts for the plans of these items from the NAS, in one round. `plan` is pure.
    - The last argument of `look` and `foresee` has the changes of earlier tasks that check mode treats as made
      (`engine.pending`). `foresee` returns the stored objects after them. `pending` returns a change as the option
      `pending_option` of a later task takes it, or None if no later task depends on it.
    - `absent` returns the desired state of an object that a purge deletes.
    - `call` returns the call that writes a change, `secrets` the texts that an error about it must not contain. `explain`
      returns such an error with the task's option names.
    - After a failed write, `resume` adds the finished work of the job to a new plan, and `may_retry` returns whether to write
      that plan.
    - `stored_secrets` returns the secret texts of an entry, which later messages must not contain.
    - `predict` returns the entry after a change, so that check mode can report on the whole set, or None. `report` returns the
      result keys that only this kind has.
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
    look: Callable[[Sequence[D], Nas, Pending], Any] = lambda items, nas, pending: None
    foresee: Callable[[Sequence[E], Pending], list[E]] = lambda stored, pending: [*stored]
    pending_option: str = ""
    pending: Callable[[C], dict[str, Any] | None] | None = None
    roles: Callable[[C], Iterable[str]] = lambda change: ()
    explain: Callable[[TrueNASError], TrueNASError] = lambda error: error
    resume: Callable[[Job[D, E, C], C], C] = lambda job, again: again
    may_retry: Callable[[Job[D, E, C], C], bool] = lambda job, again: True
    stored_secrets: Callable[[E], Iterable[str]] = lambda entry: ()
    predict: Callable[[C], E | None] = lambda change: None
    resolves_duplicates: bool = False
    steps: Steps[D, E, C] = field(default_factory=Steps)
