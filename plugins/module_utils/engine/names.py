# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields that all desired and all stored objects share, and the match between them by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..errors import InvalidInput, Problem
from ..foreign import one_line
from ..names import MAX_LENGTH, did_you_mean

MAX_PLACE_LENGTH = 100
"""Characters of the ID and the name of a row that cannot be read."""


@dataclass(frozen=True)
class Desired:
    """An object that a task declares; each kind adds its own fields.

    `id` finds the object in place of its name, for kinds whose names are not unique.
    """

    name: str
    state: str = "present"
    new_name: str | None = None
    id: int | None = None

    @property
    def final_name(self) -> str:
        """The name of the object after the task."""
        return self.new_name or self.name

    @property
    def is_absent(self) -> bool:
        """Whether the task deletes the object."""
        return self.state == "absent"


@dataclass(frozen=True)
class Entry:
    """A stored object; each kind adds its own fields."""

    id: int
    name: str


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class Naming(Generic[E]):
    """The nouns for a kind of object in messages. `is_other` describes an entry of another kind that shares the names.

    `field` is the name's field on the wire, and its option in a task. If names are not `unique`, the option `id` finds an object
    as well.
    """

    noun: str
    plural: str
    is_other: Callable[[E], str] = lambda entry: ""
    field: str = "name"
    unique: bool = True

    def name_problems(self, option: str, name: str) -> Iterator[Problem]:
        """Yield a problem for a name that the NAS refuses (truenas-api/wire.md §3)."""
        if not name:
            yield Problem(option, "must not be empty", f"Set the name of the {self.noun}.")
        elif len(name) > MAX_LENGTH:
            yield Problem(option, f"must have at most {MAX_LENGTH} characters, but has {len(name)}", "Shorten it.")

    def objects(self, stored: Iterable[E]) -> list[E]:
        """Return the entries of the kind."""
        return [entry for entry in stored if not self.is_other(entry)]

    def find(self, stored: Iterable[E], name: str, option: str = "") -> E | None:
        """Return the object of exactly this name, or None.

        Raises InvalidInput for `option`, by default that of the name, if several objects or an object of another kind have the
        name. The NAS checks names before a write, not during it, so two clients can create two objects with the same name
        (truenas-api/wire.md §8); some kinds it does not check (truenas-api/tasks.md §7).
        """
        option = option or self.field
        found = [entry for entry in stored if entry.name == name]
        if len(found) > 1:
            ids = ", ".join(str(entry.id) for entry in found)
            reason = f"the NAS has {len(found)} {self.plural} named {name!r} (ids {ids})"
            remedy = "Rename or delete one of them on the NAS." if self.unique else "Set id to choose one."
            raise InvalidInput([Problem(option, reason, remedy)])
        if found and (other := self.is_other(found[0])):
            reason = f"{name!r} is the name of {other} on this NAS"
            raise InvalidInput([Problem(option, reason, f"Choose another name for the {self.noun}.")])
        return found[0] if found else None

    def subject(self, desired: Desired, stored: Sequence[E]) -> E | None:
        """Return the stored object that a task manages, by its ID, or its old or new name. Raises InvalidInput if both exist."""
        if desired.id is not None:
            return next((entry for entry in self.objects(stored) if entry.id == desired.id), None)
        renamed = f"new_{self.field}"
        old = self.find(stored, desired.name)
        new = self.find(stored, desired.new_name, renamed) if desired.new_name else None
        if old and new:
            reason = f"already exists on the NAS, and so does {desired.name!r}"
            raise InvalidInput([Problem(renamed, reason, f"Delete one of them, or choose another {renamed}.")])
        return old or new

    def did_you_mean(self, stored: Iterable[E], name: str) -> str:
        """Return a question with the names that differ only in case, spaces, or Unicode form, or an empty text."""
        return did_you_mean((entry.name for entry in self.objects(stored)), name)


def place(index: int, row: Any, field: str = "name") -> str:
    """Return the place of a row in a reply for messages, counted from 1, with its ID or name if it has one."""
    given = row if isinstance(row, Mapping) else {}
    parts = [f"{key} {given[key]!r}" for key in ("id", field) if isinstance(given.get(key), (int, str))]
    shown = one_line(", ".join(parts))[:MAX_PLACE_LENGTH]
    return f"row {index + 1} ({shown})" if shown else f"row {index + 1}"
