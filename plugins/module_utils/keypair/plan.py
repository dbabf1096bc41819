# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for one SSH keypair, from its desired and its stored state. Pure: no calls and no writes.

Its output contains everything except the private key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine.change import CREATED, DELETED, NONE, UPDATED, Change
from ..errors import InUse, NotFound
from .spec import DesiredKeypair
from .stored import KEYPAIRS, WRITE_ROLE, KeychainEntry, KeypairUser, StoredKeypair, document, shown, subject


@dataclass(frozen=True)
class KeypairPlan(Change):
    """The change to one keypair. If `generates`, the payload gets its keys from the NAS before the write."""

    generates: bool = False


def differing(desired: DesiredKeypair, current: StoredKeypair) -> tuple[str, ...]:
    """Return the fields whose key differs from the stored one, none if the NAS hides them. Raises MissingLibrary."""
    if desired.private is None or current.hidden:
        return ()
    names = []
    if not current.holds(desired.private):
        names.append("private_key")
    if current.public != desired.public:
        names.append("public_key")
    return tuple(names)


def needs_users(desired: DesiredKeypair, stored: Sequence[KeychainEntry]) -> StoredKeypair | None:
    """Return the keypair whose users `make` needs, because it is deleted or gets other keys, or None."""
    current = subject(desired, stored)
    return current if current and (desired.is_absent or differing(desired, current)) else None


def make(
    desired: DesiredKeypair, stored: Sequence[KeychainEntry], may_write: bool, users: Sequence[KeypairUser] = ()
) -> KeypairPlan:
    """Return the plan. Raises InvalidInput, NotFound or InUse for a state that cannot be reached, in check mode too."""
    current = subject(desired, stored)
    if desired.is_absent:
        return _delete(desired, current, stored, may_write, users)
    if current is None:
        return _create(desired, stored, may_write)
    return _update(desired, current, may_write, users)


def _delete(
    desired: DesiredKeypair,
    current: StoredKeypair | None,
    stored: Sequence[KeychainEntry],
    may_write: bool,
    users: Sequence[KeypairUser],
) -> KeypairPlan:
    name = desired.name
    if current is None:
        question = KEYPAIRS.did_you_mean(stored, name)
        return KeypairPlan(
            action=NONE, name=name, warnings=(f"SSH keypair {name!r} not found. {question}",) if question else ()
        )
    if users and not desired.cascade:
        raise InUse(
            f"Cannot delete {name!r}: it is used by {', '.join(map(str, users))}. Give them another key first, or set "
            "cascade: true."
        )
    return KeypairPlan(
        action=DELETED,
        name=name,
        id=current.id,
        payload={"cascade": True} if desired.cascade else {},
        before=shown(current),
        warnings=(*_cascading(name, users), *_not_permitted(name, may_write)),
    )


def _create(desired: DesiredKeypair, stored: Sequence[KeychainEntry], may_write: bool) -> KeypairPlan:
    question = KEYPAIRS.did_you_mean(stored, desired.name)
    if desired.private is None and not desired.generate:
        either = f" Neither is {desired.new_name!r}." if desired.new_name else ""
        raise NotFound(
            f"SSH keypair {desired.name!r} not found.{either} {question or 'Check the name.'} To create it, set generate: true "
            "or private_key."
        )
    payload: dict[str, Any] = {"name": desired.final_name}
    if desired.private is not None:
        payload["attributes"] = _attributes(desired)
    hints = [f"SSH keypair {desired.name!r} did not exist. {question}"] if question else []
    return KeypairPlan(
        action=CREATED,
        name=desired.final_name,
        payload=payload,
        generates=desired.private is None,
        changed_fields=("name", "private_key", "public_key"),
        after=document(desired.final_name, desired.public, has_private=True),
        warnings=(*hints, *_spaces(desired), *_not_permitted(desired.final_name, may_write)),
    )


def _update(
    desired: DesiredKeypair, current: StoredKeypair, may_write: bool, users: Sequence[KeypairUser]
) -> KeypairPlan:
    name = desired.final_name
    keys = differing(desired, current)
    payload: dict[str, Any] = {}
    if current.name != name:
        payload["name"] = name
    if keys:
        # The NAS replaces the attributes as a whole (truenas-api/wire.md §4).
        payload["attributes"] = _attributes(desired)
    unknown = ("private_key",) if desired.private and current.hidden else ()
    after = document(name, desired.public, has_private=True) if keys else {**shown(current), "name": name}
    return KeypairPlan(
        action=UPDATED if payload else NONE,
        name=name,
        id=current.id,
        payload=payload,
        changed_fields=(*(["name"] if "name" in payload else []), *keys),
        unknown=unknown,
        before=shown(current),
        after=after,
        warnings=tuple(_update_warnings(desired, current, bool(payload), may_write, users if keys else ())),
    )


def _attributes(desired: DesiredKeypair) -> dict[str, str]:
    return {"private_key": desired.private.text, "public_key": str(desired.public)} if desired.private else {}


def _update_warnings(
    desired: DesiredKeypair, current: StoredKeypair, changes: bool, may_write: bool, users: Sequence[KeypairUser]
) -> Iterator[str]:
    name = desired.final_name
    yield from _spaces(desired)
    if users:
        yield (
            f"{name!r} gets another key, and is used by {', '.join(user.title for user in users)}. Add the new public key to "
            "the servers that accept the old one."
        )
    if current.hidden:
        done = "could not compare private_key" if desired.private else "cannot return the public key"
        yield (
            f"{name}: {done}, because the NAS hides keys from this account. Use an account with the role {WRITE_ROLE}."
        )
    elif not current.private_text and not desired.private:
        yield f"{name!r} has a public key only, so nothing can log in with it. Set private_key."
    if changes:
        yield from _not_permitted(name, may_write)


def _cascading(name: str, users: Sequence[KeypairUser]) -> Iterator[str]:
    """Yield the effects of a cascading delete. SFTP credentials look as if they never had a key (truenas-api/wire.md §4)."""
    stripped = [user.title for user in users if not user.is_deleted]
    deleted = [user.title for user in users if user.is_deleted]
    if stripped:
        yield (
            f"Deleting {name!r} removes the key from {', '.join(stripped)}. Those without a password can no longer log in, and "
            "the NAS does not report it."
        )
    if deleted:
        yield f"Deleting {name!r} also deletes {', '.join(deleted)}."


def _spaces(desired: DesiredKeypair) -> Iterator[str]:
    if desired.final_name != desired.final_name.strip():
        yield f"{desired.final_name!r} starts or ends with a space. The NAS keeps the space."


def _not_permitted(name: str, may_write: bool) -> Iterator[str]:
    if not may_write:
        yield f"{name}: this account cannot apply the change; it needs the role {WRITE_ROLE}."
