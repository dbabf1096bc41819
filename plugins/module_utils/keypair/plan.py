# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is wanted and what is stored to what has to be done. Pure: it asks nobody and changes nothing.

Everything a person sees of a plan, before and after, comes from it, without the private key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import InUse, InvalidInput, NotFound, Problem
from .spec import Desired
from .stored import Stored, StoredKeypair, User, document, find, shown, similar


@dataclass(frozen=True)
class Plan:
    """What is to be done to one keypair.

    `payload` is what create or update sends, without the keys if `generates`, as the NAS makes them first. `before` and `after`
    are the keypair as it is and as it will be; `unknown` names the options that could not be compared.
    """

    action: str
    name: str
    id: int | None = None
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)
    generates: bool = False
    changed_fields: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything has to be written."""
        return self.action != "none"


def subject(desired: Desired, stored: Sequence[Stored]) -> StoredKeypair | None:
    """Return the stored keypair that the task is about, under its old name or its new one.

    Raises InvalidInput if both are stored, one of them twice, or if something else has one of the names.
    """
    old = find(stored, desired.name)
    new = find(stored, desired.new_name, "new_name") if desired.new_name else None
    if old and new:
        reason = f"the NAS already has a keypair called {desired.new_name!r} beside {desired.name!r}"
        raise InvalidInput([Problem("new_name", reason, "Delete one of them, or choose another new_name.")])
    return old or new


def differing(desired: Desired, current: StoredKeypair) -> tuple[str, ...]:
    """Return which of the two keys are stored otherwise; of hidden ones none, as nobody knows. Raises MissingLibrary."""
    if desired.private is None or current.hidden:
        return ()
    names = []
    if not current.holds(desired.private):
        names.append("private_key")
    if current.public != desired.public:
        names.append("public_key")
    return tuple(names)


def needs_users(desired: Desired, stored: Sequence[Stored]) -> StoredKeypair | None:
    """Return the keypair whose users `make` has to know: one that goes, or gets other keys."""
    current = subject(desired, stored)
    return current if current and (desired.state == "absent" or differing(desired, current)) else None


def make(desired: Desired, stored: Sequence[Stored], may_write: bool, users: Sequence[User] = ()) -> Plan:
    """Return the plan. Raises InvalidInput, NotFound or InUse for what cannot be done, in check mode as well."""
    current = subject(desired, stored)
    if desired.state == "absent":
        return _delete(desired, current, stored, may_write, users)
    if current is None:
        return _create(desired, stored, may_write)
    return _update(desired, current, may_write, users)


def _delete(
    desired: Desired, current: StoredKeypair | None, stored: Sequence[Stored], may_write: bool, users: Sequence[User]
) -> Plan:
    if current is None:
        question = similar(stored, desired.name)
        hint = f"There is no keypair called {desired.name!r}. {question}"
        return Plan("none", desired.name, warnings=(hint,) if question else ())
    if users and not desired.cascade:
        raise InUse(
            f"{desired.name!r} cannot be deleted, because it is used by {', '.join(map(str, users))}. "
            "Give them another key first, or set cascade to true."
        )
    warnings = (*_cascading(desired.name, users), *_not_permitted(desired.name, may_write))
    return Plan("deleted", desired.name, current.id, before=shown(current), warnings=warnings)


def _create(desired: Desired, stored: Sequence[Stored], may_write: bool) -> Plan:
    question = similar(stored, desired.name)
    if desired.private is None and not desired.generate:
        nor = f", nor one called {desired.new_name!r}" if desired.new_name else ""
        raise NotFound(
            f"There is no SSH keypair called {desired.name!r}{nor}. {question or 'Check the name'}"
            f"{' If not,' if question else ', or'} set generate to true to have the NAS make one, or give private_key."
        )
    payload: dict[str, Any] = {"name": desired.final_name}
    if desired.private is not None:
        payload["attributes"] = _attributes(desired)
    hints = [f"There was no keypair called {desired.name!r}. {question}"] if question else []
    return Plan(
        "created",
        desired.final_name,
        payload=payload,
        generates=desired.private is None,
        changed_fields=("name", "private_key", "public_key"),
        after=document(desired.final_name, desired.public, has_private=True),
        warnings=(*hints, *_blanks(desired), *_not_permitted(desired.final_name, may_write)),
    )


def _update(desired: Desired, current: StoredKeypair, may_write: bool, users: Sequence[User]) -> Plan:
    name = desired.final_name
    keys = differing(desired, current)
    payload: dict[str, Any] = {}
    if current.name != name:
        payload["name"] = name
    if keys:
        # Given attributes replace the old ones as a whole (truenas-api/wire.md §4).
        payload["attributes"] = _attributes(desired)
    unknown = ("private_key",) if desired.private and current.hidden else ()
    after = document(name, desired.public, has_private=True) if keys else {**shown(current), "name": name}
    return Plan(
        "updated" if payload else "none",
        name,
        current.id,
        payload,
        changed_fields=(*(["name"] if "name" in payload else []), *keys),
        unknown=unknown,
        before=shown(current),
        after=after,
        warnings=tuple(_update_warnings(desired, current, bool(payload), may_write, users if keys else ())),
    )


def _attributes(desired: Desired) -> dict[str, str]:
    return {"private_key": desired.private.text, "public_key": str(desired.public)} if desired.private else {}


def _update_warnings(
    desired: Desired, current: StoredKeypair, changes: bool, may_write: bool, users: Sequence[User]
) -> Iterator[str]:
    name = desired.final_name
    yield from _blanks(desired)
    if users:
        yield (
            f"{name!r} gets another key, and is used by {', '.join(user.title for user in users)}: the servers that let the "
            "old key in have to know the new public key."
        )
    if current.hidden:
        unknown = "whether private_key differs" if desired.private else "its public key"
        yield (
            f"{name}: the NAS hides keys from this account, so {unknown} is unknown. "
            "An account with the role KEYCHAIN_CREDENTIAL_WRITE can tell."
        )
    elif not current.private_text and not desired.private:
        yield f"{name!r} holds a public key only, so nothing can log in with it: give its private_key."
    if changes:
        yield from _not_permitted(name, may_write)


def _cascading(name: str, users: Sequence[User]) -> Iterator[str]:
    """Yield what a cascading delete takes along; SFTP credentials read as if they had no key (truenas-api/wire.md §4)."""
    stripped = [user.title for user in users if not user.is_deleted]
    deleted = [user.title for user in users if user.is_deleted]
    if stripped:
        yield (
            f"Deleting {name!r} takes the key from {', '.join(stripped)}. A credential without a password can no longer log in "
            "then, and the NAS does not report it."
        )
    if deleted:
        yield f"Deleting {name!r} deletes {', '.join(deleted)} as well."


def _blanks(desired: Desired) -> Iterator[str]:
    if desired.final_name != desired.final_name.strip():
        yield f"The name {desired.final_name!r} begins or ends with a blank, which the NAS keeps as part of it."


def _not_permitted(name: str, may_write: bool) -> Iterator[str]:
    if not may_write:
        yield f"{name}: this account lacks the role KEYCHAIN_CREDENTIAL_WRITE, so this cannot be applied with it."
