# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH keypairs as a kind of object (truenas-api/wire.md §4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..engine import pending
from ..engine.apply import apply
from ..engine.change import Pending
from ..engine.kind import Job, Kind, Steps, crud
from ..engine.store import read_all, store_of
from ..errors import InUse, InvalidField, InvalidInput, NotPermitted, ServerFault, TrueNASError
from ..foreign import one_line
from ..nas.client import Nas
from ..transport.calls import Call, unwrap
from .keys import public_key
from .plan import KeypairPlan, make, needs_users
from .spec import DesiredKeypair
from .stored import (
    KEYPAIR,
    KEYPAIRS,
    WRITE_ROLE,
    KeychainEntry,
    KeypairUser,
    StoredKeypair,
    document,
    read,
    shown,
    subject,
)

SERVICE = "keychaincredential"
OPTION = "pending_keypairs"
"""The option of later tasks that takes the changes."""

CREDENTIAL_OPTION = "pending_credentials"
"""The option that takes the changes of credentials."""

KeypairJob = Job[DesiredKeypair, KeychainEntry, KeypairPlan]


@dataclass(frozen=True)
class Facts:
    """The facts of a plan in addition to the stored keypairs: whether the account can write, and the users of keypairs by ID."""

    may_write: bool = True
    users: Mapping[int, Sequence[KeypairUser]] = field(default_factory=dict)


def keypairs(nas: Nas) -> list[StoredKeypair]:
    """Return every keypair of the NAS that can be read."""
    return [entry for entry in store_of(KIND, nas).entries() if isinstance(entry, StoredKeypair)]


def readable(nas: Nas) -> tuple[list[StoredKeypair], list[str]]:
    """Return every stored keypair that can be read, and a warning about rows that cannot."""
    entries, fault = store_of(KIND, nas).readable()
    return [entry for entry in entries if isinstance(entry, StoredKeypair)], [str(fault)] if fault else []


def users(ids: Sequence[int], nas: Nas) -> dict[int, list[KeypairUser]]:
    """Return the users of each of these keypairs by ID, read at the same time."""
    answers = nas.call_all([Call(f"{SERVICE}.used_by", (keypair_id,)) for keypair_id in ids])
    return {
        keypair_id: read_all(unwrap(answer), "users of the keypair", _read_user)
        for keypair_id, answer in zip(ids, answers, strict=True)
    }


def _read_user(row: Any) -> KeypairUser:
    if "title" not in row or "unbind_method" not in row:
        raise ServerFault("The NAS did not answer with a user of a keypair.")
    return KeypairUser(one_line(str(row["title"])), one_line(str(row["unbind_method"])))


def generate(name: str, nas: Nas) -> StoredKeypair:
    """Generate and store a keypair with this name on the NAS, and return it. Raises TrueNASError.

    If another client stores one with the same name at the same time, or the reply is lost, return the stored one.
    """
    desired = DesiredKeypair(name=name, generate=True)
    [job] = apply(KIND, [Job(desired, make(desired, (), may_write=True))], nas, check_mode=False)
    if job.error or not isinstance(job.entry, StoredKeypair):
        raise job.error or ServerFault("The NAS did not answer with a keypair.")
    return job.entry


def private_keys(nas: Nas) -> dict[int, str] | None:
    """Return the private keys of all keypairs by ID, or None if the NAS hides them from the account (truenas-api/wire.md §4)."""
    if not nas.has_role(WRITE_ROLE):
        return None
    try:
        pairs = keypairs(nas)
    except NotPermitted:
        return None
    return None if any(pair.hidden for pair in pairs) else {pair.id: pair.private_text for pair in pairs}


def _look(items: Sequence[DesiredKeypair], nas: Nas, changes: Pending) -> Facts:
    stored = _foreseen(store_of(KIND, nas).entries(), changes)
    used: dict[int, None] = {}
    for desired in items:
        try:
            current = needs_users(desired, stored)
        except InvalidInput:
            # The plan raises it again, together with its item.
            continue
        if current:
            used[current.id] = None
    found = users([*used], nas) if used else {}
    credentials = changes.get(CREDENTIAL_OPTION, ())
    return Facts(nas.has_role(WRITE_ROLE), {one: _foreseen_users(one, found[one], credentials) for one in found})


def _foreseen(stored: Sequence[KeychainEntry], changes: Pending) -> list[KeychainEntry]:
    """Return the keychain after changes to keypairs, without those that are created, whose keys are unknown."""
    return pending.foreseen(stored, changes.get(OPTION, ()), lambda entry, change: entry)


def _foreseen_users(
    keypair: int, users: Iterable[KeypairUser], changes: Iterable[Mapping[str, Any]]
) -> list[KeypairUser]:
    """Return the users of a keypair after changes to credentials. The NAS returns the name of a user only in its title."""
    found = [*users]
    for change in changes:
        previous = _title(change.get("former_name") or "")
        found = [user for user in found if user.title != previous]
        if change.get("name") is not None and change.get("keypair") == keypair:
            found.append(KeypairUser(_title(change["name"]), "disable"))
    return found


def _title(credential: str) -> str:
    """Return the title of a credential among the users of a keypair (truenas-api/wire.md §4)."""
    return one_line(f"Cloud credentials {credential}")


def _plan(desired: DesiredKeypair, stored: Sequence[KeychainEntry], facts: Facts) -> KeypairPlan:
    current = subject(desired, stored)
    return make(desired, stored, facts.may_write, facts.users.get(current.id, ()) if current else ())


def _generate(jobs: Sequence[KeypairJob], nas: Nas) -> list[KeypairJob]:
    """Generate keys on the NAS for the jobs that need them. The NAS returns a keypair without storing it."""
    wanted = [job for job in jobs if job.change.generates]
    answers = dict(
        zip(map(id, wanted), nas.call_all([Call(f"{SERVICE}.generate_ssh_key_pair")] * len(wanted)), strict=True)
    )
    return [_with_keys(job, answers[id(job)]) if id(job) in answers else job for job in jobs]


def _with_keys(job: KeypairJob, answer: Any) -> KeypairJob:
    if isinstance(answer, TrueNASError):
        return replace(job, error=answer)
    given = {name: answer.get(name) for name in ("private_key", "public_key")} if isinstance(answer, Mapping) else {}
    attributes = {name: text for name, text in given.items() if isinstance(text, str) and text}
    if len(attributes) < 2:
        return replace(job, error=ServerFault("The NAS did not answer with a keypair."))
    after = document(job.change.name, public_key(attributes["public_key"]), has_private=True)
    payload = {**job.change.payload, "attributes": attributes}
    return replace(job, change=replace(job.change, payload=payload, after=after))


def _secrets(change: KeypairPlan) -> Iterator[str]:
    """Yield the private key and its lines, because an error might quote a line."""
    text = str(change.payload.get("attributes", {}).get("private_key") or "")
    yield text
    yield from (line for line in text.splitlines() if not line.startswith("-----"))


def _explain(error: TrueNASError) -> TrueNASError:
    """Return the error of a write with the task's options in place of the fields of the NAS."""
    if not isinstance(error, InvalidField):
        return error
    if any(problem.field == "cascade" for problem in error.problems):
        return InUse(
            "Something on the NAS started to use the keypair. Run the task again; it lists the users.",
            error.code,
            error.errno,
        )
    # The NAS names attributes.private_key, or puts the name of a model before the field.
    return error.renamed(lambda field: field.rpartition(".")[2])


def _report(job: KeypairJob, stored: Sequence[KeychainEntry]) -> dict[str, Any]:
    entry = job.entry
    document = shown(entry) if isinstance(entry, StoredKeypair) else dict(job.change.after)
    return {"keypair": {"id": entry.id if entry else job.change.id, **document} if document else None}


def _call(change: KeypairPlan) -> Call:
    call = crud(SERVICE)(change)
    if change.action == "created":
        return replace(call, params=({"type": KEYPAIR, **change.payload},))
    return call


KIND: Kind[DesiredKeypair, KeychainEntry, KeypairPlan] = Kind(
    naming=KEYPAIRS,
    service=SERVICE,
    write_role=WRITE_ROLE,
    read=read,
    stored_secrets=lambda entry: [entry.private_text] if isinstance(entry, StoredKeypair) else [],
    look=_look,
    plan=_plan,
    absent=lambda name: DesiredKeypair(name, "absent"),
    call=_call,
    secrets=_secrets,
    explain=_explain,
    # A new plan would generate new keys; a keypair that exists after all is in sync.
    may_retry=lambda job, again: not again.generates,
    report=_report,
    foresee=_foreseen,
    pending_option=OPTION,
    pending=lambda change: pending.renamed(change, KEYPAIRS.field),
    steps=Steps(prepare=_generate),
)
