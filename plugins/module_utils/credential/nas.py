# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that cloud credentials need, by what they are for (truenas-api/wire.md §3, §4, §6, §7b)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from .. import versions
from ..errors import ConnectionLost, InvalidField, NotPermitted, ServerFault, TrueNASError, Unreachable
from ..hiding import hide, secrets
from ..keypair.nas import WRITE_ROLE as KEYPAIR_ROLE
from ..keypair.nas import Keychain
from ..keypair.stored import Stored as KeychainEntry
from ..keypair.stored import StoredKeypair
from ..keypair.stored import find as find_keypair
from ..keypair.stored import read as read_entry
from ..protocol.faults import METHOD_NOT_FOUND
from ..transport.session import Call, Caller, unless_error
from ..versions import Version
from .facts import SERVICES, Facts, Question, User
from .plan import Plan
from .stored import Stored, read

WRITE_ROLE = "CLOUD_SYNC_WRITE"
TASK_ROLES = {"cloudsync": WRITE_ROLE, "cloud_backup": "CLOUD_BACKUP_WRITE"}
"""The roles that it takes to change the tasks of each service."""

LONGEST_MOVE = 180.0
"""Seconds for a task to change its credential: the NAS may list the folder of a task that pulls (truenas-api/wire.md §7b)."""


class Opener(Protocol):
    """What is needed of a connection to go on after one was lost; `connection.Connection` is one."""

    @property
    def api_version(self) -> Version | None:
        """The version of the API that is spoken instead of the newest one, if any."""

    def open(self) -> Caller:
        """Return a new session, or raise."""


class Nas:
    """One NAS, through a session that is logged in.

    What is stored is read once and then brought up to date by what is written here; `forget` makes the next look a fresh one.
    """

    def __init__(self, session: Caller, opener: Opener | None = None) -> None:
        self._session = session
        self._opener = opener
        self._known: dict[int, Stored] | None = None
        self._answers: dict[Question, dict[str, Any]] = {}
        self.keychain = Keychain(session)
        """The SSH keypairs of this NAS."""
        self.progress: Callable[[int, int], None] = lambda done, total: None
        """Is told, while verifications run, how many of them are done."""

    @property
    def roles(self) -> frozenset[str] | None:
        """The roles of the account, or None if the NAS does not tell them."""
        return self._session.roles

    @property
    def may_write(self) -> bool:
        """Whether the account may read secrets and write credentials; the NAS ties both to one role."""
        return self._session.may(WRITE_ROLE)

    def lacks(self, plan: Plan) -> list[str]:
        """Return the roles that the account would need for this plan and does not have.

        What the NAS hides may differ, and takes the role to write to be compared.
        """
        needed = (
            [WRITE_ROLE, *(TASK_ROLES[user.service] for user in plan.moves)] if plan.changed or plan.unknown else []
        )
        needed += [KEYPAIR_ROLE] if plan.awaits else []
        return [role for role in dict.fromkeys(needed) if not self._session.may(role)]

    def move(self, user: User, credential: int) -> None:
        """Have a task use another credential. Raises what the NAS has against it."""
        self._session.call(f"{user.service}.update", user.id, {"credentials": credential}, timeout=LONGEST_MOVE)

    def forget(self) -> None:
        """Take nothing for known."""
        self._known = None
        self._answers.clear()
        self.keychain.forget()

    @property
    def api_version(self) -> Version | None:
        """The version of the API that is spoken instead of the newest one, if any."""
        return self._opener.api_version if self._opener else None

    @property
    def broken(self) -> bool:
        """Whether the connection was lost."""
        return self._session.broken

    def look_again(self) -> None:
        """Take nothing for known, and log in again if the connection was lost. Raises what a login raises."""
        if self.broken and self._opener is not None:
            self._session = self._opener.open()
            self.keychain = Keychain(self._session)
        self.forget()

    def ids_of(self, names: Collection[str]) -> dict[str, list[int]]:
        """Return the ids that the NAS has now for each of these names."""
        found: dict[str, list[int]] = {}
        only = [["name", "in", sorted(names)]], {"select": ["id", "name"]}
        for row in _rows(self._session.call("cloudsync.credentials.query", *only), "credentials"):
            found.setdefault(row["name"], []).append(row["id"])
        return found

    def credentials(self) -> list[Stored]:
        """Return every stored credential."""
        if self._known is None:
            entries = self._session.call("cloudsync.credentials.query")
            if not isinstance(entries, list):
                raise ServerFault("The NAS did not answer with a list of credentials.")
            self._known = {credential.id: credential for credential in map(read, entries)}
        return list(self._known.values())

    def facts(self, asked: Collection[Question], ids: Collection[int]) -> Facts:
        """Return the answers to the questions; the calls are in flight together. `ids` are those whose users matter.

        What was asked before is known, except for the users.
        """
        calls = {question: _CALLS[question](ids) for question in asked if question not in self._answers}
        answers = iter(self._session.call_all([call for group in calls.values() for call in group]))
        found: dict[str, Any] = {}
        for question, group in calls.items():
            answer = _READ[question](*itertools.islice(answers, len(group)))
            if question is not Question.USERS:
                self._answers[question] = answer
            found.update(answer)
        for question in asked:
            found.update(self._answers.get(question, {}))
        return Facts(
            may_write=self.may_write,
            may_make_keypairs=self.keychain.may_write,
            api_version=self.api_version,
            **found,
        )

    def make_keypair(self, name: str) -> StoredKeypair:
        """Have the NAS make a keypair and store it under this name, and return it. Raises TrueNASError.

        If the reply was lost, or somebody else has stored one at the same moment, what is there now is returned.
        """
        self._answers.pop(Question.KEYPAIRS, None)
        try:
            return self.keychain.create({"name": name, "attributes": self.keychain.generate()})
        except (Unreachable, InvalidField) as error:
            try:
                self.look_again()
                found = find_keypair(self.keychain.entries(), name)
            except TrueNASError:
                raise error from None
            if found:
                return found
            raise

    def buckets(self, credential: int, seconds: float) -> list[dict[str, Any]]:
        """Return the buckets that a stored credential sees, as rclone lists them; the NAS itself sets no limit of time."""
        return _rows(self._session.call("cloudsync.list_buckets", credential, timeout=seconds), "buckets")

    def look_into(self, credential: int, bucket: str, seconds: float) -> None:
        """List the root of a bucket, or raise."""
        place = {"credentials": credential, "attributes": {"bucket": bucket, "folder": ""}}
        self._session.call("cloudsync.list_directory", place, timeout=seconds)

    def create_bucket(self, credential: int, name: str, seconds: float) -> None:
        """Create a bucket with a stored credential."""
        self._session.call("cloudsync.create_bucket", credential, name, timeout=seconds)

    def onedrive_drives(self, client: Mapping[str, Any], seconds: float) -> list[dict[str, Any]]:
        """Return the drives of {client_id, client_secret, token}."""
        return _rows(self._session.call("cloudsync.onedrive_list_drives", client, timeout=seconds), "drives")

    def ask(self, method: str) -> Any:
        """Return what the NAS says of itself, or None if it has no such method."""
        [answer] = self._session.call_all([Call(method)])
        if isinstance(answer, ServerFault) and answer.code == METHOD_NOT_FOUND:
            return None
        return unless_error(answer)

    def verify(self, questions: Sequence[tuple[str, Any, float]]) -> Iterator[tuple[int, Any]]:
        """Have rclone tried on the NAS: methods with their parameter, and the seconds that each may take, in flight together.

        Yields the place of each and its answer or an exception, as they come.
        """
        return self._session.each([Call(method, (param,), seconds) for method, param, seconds in questions])

    def private_keys(self) -> dict[int, str] | None:
        """Return the text of each SSH keypair's private key by its number; None if the account may not see them.

        Only KEYCHAIN_CREDENTIAL_WRITE may (truenas-api/wire.md §4).
        """
        if not self.keychain.may_write:
            return None
        try:
            pairs = self.keychain.keypairs()
        except NotPermitted:
            return None
        return None if any(pair.hidden for pair in pairs) else {pair.id: pair.private_text for pair in pairs}

    def write(self, plans: Sequence[Plan]) -> list[Stored | TrueNASError | None]:
        """Carry out plans that depend on nothing but what is stored, all in flight together.

        Returns for each the credential as the NAS has it, None for one that was deleted, or the error.
        """
        outcomes: dict[int, Any] = {}
        lost: TrueNASError | None = None
        try:
            for place, outcome in self._session.each([_WRITES[plan.action](plan) for plan in plans]):
                outcomes[place] = outcome
        except TrueNASError as error:
            # What else ends the session, a reply that cannot be read among it, leaves the writes as uncertain.
            lost = error if isinstance(error, Unreachable) else ConnectionLost(str(error))
        return [self._written(plan, outcomes.get(place, lost)) for place, plan in enumerate(plans)]

    def _written(self, plan: Plan, outcome: Any) -> Stored | TrueNASError | None:
        if isinstance(outcome, Unreachable):
            self.forget()
            return type(outcome)(
                f"{outcome} The call had been sent and may have been carried out all the same: run the task again, "
                "which looks first."
            )
        if isinstance(outcome, TrueNASError):
            self.forget()
            hidden = [*secrets(plan.candidate)]
            outcome.args = (hide(str(outcome), hidden),)
            if isinstance(outcome, InvalidField):
                outcome.problems = tuple(replace(one, reason=hide(one.reason, hidden)) for one in outcome.problems)
            return outcome
        if plan.action == "deleted":
            if self._known is not None:
                self._known.pop(plan.id or 0, None)
            return None
        try:
            entry = read(outcome)
        except ServerFault as error:
            return self._written(plan, ConnectionLost(str(error)))
        if self._known is not None:
            self._known[entry.id] = entry
        return entry


_WRITES: dict[str, Callable[[Plan], Call]] = {
    "created": lambda plan: Call("cloudsync.credentials.create", (plan.payload,)),
    "updated": lambda plan: Call("cloudsync.credentials.update", (plan.id, plan.payload)),
    "deleted": lambda plan: Call("cloudsync.credentials.delete", (plan.id,)),
}


def _rows(answer: Any, what: str) -> list[dict[str, Any]]:
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise ServerFault(f"The NAS did not answer with a list of {what}.")
    return answer


def _users_calls(ids: Collection[int]) -> list[Call]:
    filters = [["credentials.id", "in", sorted(ids)]]
    return [Call(f"{service}.query", (filters,)) for service in SERVICES]


def _read_users(syncs: Any, backups: Any) -> dict[str, Any]:
    users: dict[int, list[User]] = {}
    notes = []
    for service, rows in zip(SERVICES, (syncs, backups), strict=True):
        if isinstance(rows, NotPermitted):
            notes.append(f"This account may not list every {SERVICES[service]}, so one may use the credential unseen.")
            continue
        for row in _rows(unless_error(rows), "tasks"):
            used = row.get("credentials")
            if isinstance(used, Mapping):
                users.setdefault(used["id"], []).append(User(service, row["id"], row.get("description") or ""))
    return {"users": users, "notes": tuple(notes)}


def _read_version(text: Any) -> dict[str, Version]:
    try:
        return {"version": versions.parse(str(unless_error(text)))}
    except ValueError:
        raise ServerFault("The NAS did not tell its version in a form that this collection knows.") from None


def _read_keypairs(rows: Any) -> dict[str, list[KeychainEntry] | None]:
    if isinstance(rows, NotPermitted):
        return {"keypairs": None}
    return {"keypairs": [read_entry(row) for row in _rows(unless_error(rows), "keychain credentials")]}


_CALLS: dict[Question, Callable[[Collection[int]], list[Call]]] = {
    Question.VERSION: lambda ids: [Call("system.version_short")],
    # Of both types, which share one set of names; without the keys, which nobody needs here.
    Question.KEYPAIRS: lambda ids: [Call("keychaincredential.query", ([], {"select": ["id", "name", "type"]}))],
    Question.USERS: _users_calls,
}

_READ: dict[Question, Callable[..., dict[str, Any]]] = {
    Question.VERSION: _read_version,
    Question.KEYPAIRS: _read_keypairs,
    Question.USERS: _read_users,
}
