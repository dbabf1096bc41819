# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts that a plan needs in addition to the stored tasks, and the reading of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..credential.facts import VERSION
from ..credential.kind import credentials, require
from ..credential.stored import OPTION as CREDENTIAL_OPTION
from ..credential.stored import StoredCredential as Credential
from ..credential.stored import foresee
from ..engine.change import Pending
from ..errors import InvalidInput, NotPermitted
from ..nas import flat
from ..nas.client import Nas
from ..protocol.login import FULL_ADMIN
from ..providers import PROVIDERS
from ..versions import FIRST_VERSION, Version
from .spec import DesiredTask
from .stored import StoredTask
from .task_type import TaskType


@dataclass(frozen=True)
class Holder:
    """A task that uses a backup repository after the run: its key and title, and whether an item of the same task declares it."""

    key: str
    title: str
    is_declared: bool


def holder_key(desired: DesiredTask, current: StoredTask | None) -> str:
    """Return the key of a task that an item declares."""
    return f"id {current.id}" if current else f"new {desired.final_name}"


@dataclass(frozen=True)
class Facts:
    """The facts about the NAS.

    The NAS `is_older` than 25.04, or not. `credentials` has the stored credentials, None if the account cannot list them, or
    nothing if no plan needs them. `repositories` has the tasks by the address of their backup repository.
    """

    is_older: bool = False
    may_write: bool = True
    full_admin: bool = True
    credentials: Sequence[Credential] | None = ()
    version: Version | None = None
    api_version: Version | None = None
    repositories: Mapping[str, tuple[Holder, ...]] = field(default_factory=dict)

    @property
    def spoken(self) -> Version | None:
        """The version whose fields the task can use: that of the NAS, or an older one that the task selects."""
        spoken = min(filter(None, (self.version, self.api_version)), default=None)
        return max(spoken, FIRST_VERSION) if spoken else None

    @property
    def is_core(self) -> bool:
        """Whether the NAS is TrueNAS CORE."""
        return self.version is not None and flat.family_of(self.version) is flat.CORE


def look(
    kind: TaskType, items: Sequence[DesiredTask], stored: Sequence[StoredTask], nas: Nas, pending: Pending
) -> Facts:
    """Return the facts for the plans of these items. Reads the credentials only if an item names another one than is stored."""
    listed: Sequence[Credential] | None = ()
    if any(_needs_credentials(kind, item, stored) for item in items):
        try:
            listed = foresee(credentials(nas), pending.get(CREDENTIAL_OPTION, ()))
            require((item.credential for item in items if item.credential), listed, nas)
        except NotPermitted:
            listed = None
    newer = any(_needs_version(kind, item, stored) or _is_disputed(kind, item, stored) for item in items)
    # Older systems do not all have the same fields.
    older = nas.is_older and not all(item.is_absent for item in items)
    version = nas.facts([VERSION])[VERSION] if newer or older else None
    # On CORE, every login is allowed everything.
    is_core = version is not None and flat.family_of(version) is flat.CORE
    return Facts(
        is_older=nas.is_older,
        may_write=nas.has_role(kind.write_role),
        full_admin=is_core or nas.has_role(FULL_ADMIN),
        credentials=listed,
        version=version,
        api_version=nas.api_version,
    )


def _needs_version(kind: TaskType, item: DesiredTask, stored: Sequence[StoredTask]) -> bool:
    """Return whether an item declares newer fields, or creates a task, which has only the fields of the NAS."""
    names: Iterable[str] = item.declared
    with contextlib.suppress(InvalidInput):
        is_created = not item.is_absent and kind.naming.subject(item, stored) is None
        names = kind.fields if is_created else item.declared
    return any(kind.fields[name].since > FIRST_VERSION for name in names)


def _is_disputed(kind: TaskType, item: DesiredTask, stored: Sequence[StoredTask]) -> bool:
    """Return whether an item can send a chunk size that single releases refuse."""
    if not any(kind.fields[name].attribute for name in item.declared):
        return False
    current = None
    with contextlib.suppress(InvalidInput):
        current = kind.naming.subject(item, stored)
    size = item.declared.get("chunk_size") or (current.values.get("chunk_size") if current else None)
    limits = [one for provider in PROVIDERS.values() for one in provider.chunk_sizes_in.values()]
    return size is not None and not all(low <= size <= high for low, high in limits)


def _needs_credentials(kind: TaskType, item: DesiredTask, stored: Sequence[StoredTask]) -> bool:
    """Return whether an item names another credential than that of its stored task."""
    if item.credential is None:
        return False
    current = None
    # The plan raises it again, together with its item.
    with contextlib.suppress(InvalidInput):
        current = kind.naming.subject(item, stored)
    return not (current and current.credential and current.credential.name == item.credential)
