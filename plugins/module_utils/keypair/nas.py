# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that SSH keypairs need, by what they are for (truenas-api/wire.md §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import InUse, InvalidField, ServerFault, TrueNASError, Unreachable
from ..hiding import hide
from ..transport.session import Call, Caller, unless_error
from .stored import KEYPAIR, Stored, StoredKeypair, User, read

WRITE_ROLE = "KEYCHAIN_CREDENTIAL_WRITE"


class Keychain:
    """The keychain of one NAS, through a session that is logged in.

    What is stored is read once and then brought up to date by what is written here; `forget` makes the next look a fresh one.
    """

    def __init__(self, session: Caller) -> None:
        self._session = session
        self._known: dict[int, Stored] | None = None

    @property
    def may_write(self) -> bool:
        """Whether the account may see keys and write keypairs; the NAS ties both to one role."""
        return self._session.may(WRITE_ROLE)

    def forget(self) -> None:
        """Take nothing for known."""
        self._known = None

    def entries(self) -> list[Stored]:
        """Return everything that is stored: keypairs, and SSH connections, whose names a keypair cannot have."""
        if self._known is None:
            rows = self._session.call("keychaincredential.query")
            if not isinstance(rows, list):
                raise ServerFault("The NAS did not answer with a list of keychain credentials.")
            self._known = {entry.id: entry for entry in map(read, rows)}
        return list(self._known.values())

    def keypairs(self) -> list[StoredKeypair]:
        """Return every stored keypair."""
        return [entry for entry in self.entries() if isinstance(entry, StoredKeypair)]

    def users(self, ids: Sequence[int]) -> dict[int, list[User]]:
        """Return by id what uses each of these keypairs; the calls are in flight together."""
        answers = self._session.call_all([Call("keychaincredential.used_by", (number,)) for number in ids])
        return {
            number: [User(str(row["title"]), str(row["unbind_method"])) for row in unless_error(answer)]
            for number, answer in zip(ids, answers, strict=True)
        }

    def generate(self) -> dict[str, str]:
        """Return the attributes of a keypair that the NAS makes and stores nowhere."""
        made = self._session.call("keychaincredential.generate_ssh_key_pair")
        if not isinstance(made, Mapping) or not made.get("private_key"):
            raise ServerFault("The NAS did not answer with a keypair.")
        return {name: str(made[name]) for name in ("private_key", "public_key")}

    def create(self, payload: Mapping[str, Any]) -> StoredKeypair:
        """Store a keypair of this name and these attributes, and return it as the NAS has it."""
        return self._stored("keychaincredential.create", {"type": KEYPAIR, **payload}, payload=payload)

    def update(self, number: int, payload: Mapping[str, Any]) -> StoredKeypair:
        """Change a keypair's name, or its attributes as a whole, and return it as the NAS has it."""
        return self._stored("keychaincredential.update", number, payload, payload=payload)

    def delete(self, number: int, cascade: bool) -> None:
        """Delete a keypair; with `cascade` also if it is used. Raises InUse if it is and that was not asked for."""
        self._write("keychaincredential.delete", number, {"cascade": cascade}, secrets=())
        if cascade:
            # Connections may have gone with it.
            self.forget()
        elif self._known is not None:
            self._known.pop(number, None)

    def _stored(self, method: str, *params: Any, payload: Mapping[str, Any]) -> StoredKeypair:
        entry = read(self._write(method, *params, secrets=_secrets(payload.get("attributes", {}))))
        if not isinstance(entry, StoredKeypair):
            raise ServerFault(f"The NAS did not answer {method} with a keypair.")
        if self._known is not None:
            self._known[entry.id] = entry
        return entry

    def _write(self, method: str, *params: Any, secrets: Iterator[str] | Sequence[str]) -> Any:
        try:
            return self._session.call(method, *params)
        except Unreachable as error:
            self.forget()
            raise type(error)(
                f"{error} The call had been sent and may have been carried out all the same: run the task again, "
                "which looks first."
            ) from None
        except TrueNASError as error:
            self.forget()
            raise _as_the_task_names_it(error, [*secrets]) from None


def _as_the_task_names_it(error: TrueNASError, secrets: Sequence[str]) -> TrueNASError:
    """Return the error without secrets, and with the task's names for what the NAS complains of."""
    if isinstance(error, InvalidField):
        if any(problem.field == "cascade" for problem in error.problems):
            return InUse(
                "Something uses the keypair by now: run the task again, which tells what.", error.code, error.errno
            )
        # It may say attributes.private_key, or put the name of a model before name.
        problems = [
            replace(problem, field=problem.field.rpartition(".")[2], reason=hide(problem.reason, secrets))
            for problem in error.problems
        ]
        if problems:
            text = "The NAS refuses the values:\n" + "\n".join(map(str, problems))
            return InvalidField(text, problems, error.code, error.errno)
    error.redact(lambda text: hide(text, secrets))
    return error


def _secrets(attributes: Mapping[str, Any]) -> Iterator[str]:
    """Yield a private key and its lines, as an error might quote them."""
    text = str(attributes.get("private_key") or "")
    yield text
    yield from (line for line in text.splitlines() if not line.startswith("-----"))
