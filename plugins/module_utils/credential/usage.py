# SPDX-License-Identifier: GPL-3.0-or-later
"""How the tasks that use credentials are read and reassigned. A room above provides it, because tasks refer to credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..engine.change import Pending
from ..engine.kind import nothing
from ..nas.client import Nas
from .facts import CredentialUser, Reassignment
from .job import CredentialJob, CredentialStore

Users = Mapping[int, Sequence[CredentialUser]]
"""The tasks of credentials by the ID of the credential."""


@dataclass(frozen=True)
class Usage:
    """The functions that know the tasks.

    `users` returns the tasks by credential, and a note for each kind of task that the account cannot list. `plan` returns how
    these tasks can use the credential of this name. `before_delete` and `give_back` are steps of the credential's kind.
    """

    users: Callable[[Nas], tuple[Users, tuple[str, ...]]] = lambda nas: ({}, ())
    plan: Callable[[Sequence[CredentialUser], str, Nas, Pending], Reassignment] = lambda users, name, nas, changes: (
        Reassignment()
    )
    before_delete: Callable[[Sequence[CredentialJob], Nas, CredentialStore], list[CredentialJob]] = nothing
    give_back: Callable[[Sequence[CredentialJob], Nas], list[CredentialJob]] = lambda jobs, nas: [*jobs]
