# SPDX-License-Identifier: GPL-3.0-or-later
"""`keychaincredential` (truenas-api/wire.md §4; upstream plugins/keychain/)."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Secret

from .. import ssh
from ..errors import CallError, InstanceNotFound, ValidationError, ValidationErrors
from ..models import Excluded, LongString, Model, NonEmptyString, Partial, model
from ..nas import Nas
from ..query import GetInstanceArgs, query_args
from ..store import CREDENTIALS, KEYCHAIN, Store
from .registry import Call, method, same

Entry = dict[str, Any]


class SSHKeyPair(Model):
    """One of the two keys must be there."""

    private_key: LongString | None = None
    public_key: LongString | None = None


class SSHCredentials(Model):
    """A connection that uses a key pair by its id."""

    host: str
    port: int = 22
    username: str = "root"
    private_key: int
    remote_host_key: str
    connect_timeout: int = 10


class KeychainCredentialEntry(Model):
    """An entry as results hold it: the attributes are one secret."""

    id: int
    name: NonEmptyString
    type: Literal["SSH_KEY_PAIR", "SSH_CREDENTIALS"]
    attributes: Secret[SSHKeyPair | SSHCredentials]


class KeychainCredentialQueryResultItem(Partial):
    """An entry, or what was selected of it."""

    id: int = 0
    name: NonEmptyString = ""
    type: Literal["SSH_KEY_PAIR", "SSH_CREDENTIALS"] = "SSH_KEY_PAIR"
    attributes: Secret[SSHKeyPair | SSHCredentials] = Secret(SSHKeyPair())


# The names of these four show in the attributes of validation errors.
class KeychainCredentialCreateSSHKeyPairEntry(Model):
    """A new key pair."""

    id: Excluded = None
    name: NonEmptyString
    type: Literal["SSH_KEY_PAIR"]
    attributes: Secret[SSHKeyPair]


class KeychainCredentialCreateSSHCredentialsEntry(Model):
    """A new connection."""

    id: Excluded = None
    name: NonEmptyString
    type: Literal["SSH_CREDENTIALS"]
    attributes: Secret[SSHCredentials]


class KeychainCredentialUpdateSSHKeyPairEntry(Partial):
    """Changes to a key pair."""

    id: Excluded = None
    name: NonEmptyString = ""
    type: Excluded = None
    attributes: Secret[SSHKeyPair] = Secret(SSHKeyPair())


class KeychainCredentialUpdateSSHCredentialsEntry(Partial):
    """Changes to a connection."""

    id: Excluded = None
    name: NonEmptyString = ""
    type: Excluded = None
    attributes: Secret[SSHCredentials] = Secret(SSHCredentials(host="", private_key=0, remote_host_key=""))


class _DeleteOptions(Model):
    cascade: bool = False


class _Used(Model):
    title: str
    unbind_method: Literal["delete", "disable"]


_ITEM = KeychainCredentialQueryResultItem
_CREATE = KeychainCredentialCreateSSHKeyPairEntry | KeychainCredentialCreateSSHCredentialsEntry
_UPDATE = KeychainCredentialUpdateSSHKeyPairEntry | KeychainCredentialUpdateSSHCredentialsEntry
_QUERY_RESULT = same(model("KeychainCredentialQueryResult", result=list[_ITEM] | _ITEM | int))
_RESULT = same(model("KeychainCredentialResult", result=KeychainCredentialEntry))


def private_key(store: Store, key_id: int) -> str:
    """Return the private key of a key pair, as SFTP needs it. Raises CallError if there is none of that id and type."""
    row = store.row(KEYCHAIN, key_id)
    if row is None:
        raise CallError("Credential does not exist", errno.ENOENT)
    if row["type"] != "SSH_KEY_PAIR":
        raise CallError("Credential is not of type SSH_KEY_PAIR", errno.EINVAL)
    return row["attributes"].get("private_key") or ""


@method(
    "keychaincredential.query",
    args=query_args,
    result=_QUERY_RESULT,
    role="KEYCHAIN_CREDENTIAL_READ",
)
async def query(call: Call, filters: list[Any], options: dict[str, Any]) -> Any:
    """Return the keychain entries that match."""
    if options["force_sql_filters"]:
        return call.selected(KEYCHAIN, ("id", "name", "type"), filters, options, _QUERY_RESULT)
    return call.matching(call.nas.store.rows(KEYCHAIN), filters, options, _QUERY_RESULT)


@method("keychaincredential.get_instance", args=same(GetInstanceArgs), result=_RESULT, role="KEYCHAIN_CREDENTIAL_READ")
async def get_instance(call: Call, key_id: int, options: dict[str, Any]) -> Entry:
    """Return the entry of an id."""
    return call.instance(_entry(call.nas, key_id), "KeychainCredential", options)


@method(
    "keychaincredential.create",
    args=same(model("KeychainCredentialCreateArgs", keychain_credential_create=_CREATE)),
    result=_RESULT,
    role="KEYCHAIN_CREDENTIAL_WRITE",
)
async def create(call: Call, data: Entry) -> Entry:
    """Add an entry. Raises ValidationErrors for a name in use or keys ssh-keygen refuses."""
    await _complete(call.nas, "keychain_credential_create", data)
    return _entry(call.nas, call.nas.store.insert(KEYCHAIN, data))


@method(
    "keychaincredential.update",
    args=same(model("KeychainCredentialUpdateArgs", id=int, keychain_credential_update=_UPDATE)),
    result=_RESULT,
    role="KEYCHAIN_CREDENTIAL_WRITE",
)
async def update(call: Call, key_id: int, data: Entry) -> Entry:
    """Change an entry; given attributes replace the old ones whole."""
    new = {**_entry(call.nas, key_id), **data}
    # The extra s is the server's own.
    await _complete(call.nas, "keychain_credentials_update", new, key_id)
    call.nas.store.update(KEYCHAIN, key_id, {"name": new["name"], "attributes": new["attributes"]})
    return _entry(call.nas, key_id)


@method(
    "keychaincredential.delete",
    args=same(model("KeychainCredentialDeleteArgs", id=int, options=(_DeleteOptions, _DeleteOptions()))),
    role="KEYCHAIN_CREDENTIAL_WRITE",
)
async def delete(call: Call, key_id: int, options: dict[str, bool]) -> None:
    """Delete an entry, with `cascade` also what cannot be without it. Raises ValidationError if it is in use."""
    for user in _users(call.nas, _entry(call.nas, key_id)):
        if not options["cascade"]:
            raise ValidationError("options.cascade", "This credential is used and no cascade option is specified")
        if user.deletes:
            await delete(call, user.row["id"], options)
        else:
            attributes = {key: value for key, value in user.row["attributes"].items() if key != "private_key"}
            call.nas.store.update(CREDENTIALS, user.row["id"], {"attributes": attributes})
    call.nas.store.delete(KEYCHAIN, key_id)


@method(
    "keychaincredential.used_by",
    args=same(model("KeychainCredentialUsedByArgs", id=int)),
    result=same(model("KeychainCredentialUsedByResult", result=list[_Used])),
    role="KEYCHAIN_CREDENTIAL_READ",
)
async def used_by(call: Call, key_id: int) -> list[dict[str, str]]:
    """Return the users of an entry, and what a cascading delete would do to them."""
    return [
        {"title": user.title, "unbind_method": "delete" if user.deletes else "disable"}
        for user in _users(call.nas, _entry(call.nas, key_id))
    ]


@method("keychaincredential.generate_ssh_key_pair", role="KEYCHAIN_CREDENTIAL_WRITE")
async def generate_ssh_key_pair(_call: Call) -> dict[str, str]:
    """Return a new key pair, stored nowhere."""
    return await ssh.generate()


@method(
    "keychaincredential.remote_ssh_host_key_scan",
    args=same(
        model(
            "KeychainCredentialRemoteSshHostKeyScanArgs",
            keychain_remote_ssh_host_key_scan=model(
                "KeychainCredentialRemoteSshHostKeyScan",
                host=NonEmptyString,
                port=(int, 22),
                connect_timeout=(int, 10),
            ),
        )
    ),
    role="KEYCHAIN_CREDENTIAL_WRITE",
)
async def remote_ssh_host_key_scan(_call: Call, data: dict[str, Any]) -> str:
    """Return the host keys of an SSH server."""
    return await ssh.host_keys(data["host"], data["port"], data["connect_timeout"])


@dataclass(frozen=True)
class _User:
    row: dict[str, Any]
    title: str
    deletes: bool


def _users(nas: Nas, entry: Entry) -> Iterator[_User]:
    # Nothing here uses SSH connections: replication and rsync are not simulated.
    if entry["type"] != "SSH_KEY_PAIR":
        return
    for row in nas.store.rows(KEYCHAIN):
        if row["type"] == "SSH_CREDENTIALS" and row["attributes"].get("private_key") == entry["id"]:
            yield _User(row, f"SSH credentials {row['name']}", deletes=True)
    for row in nas.store.rows(CREDENTIALS):
        if row["provider"] == "SFTP" and row["attributes"].get("private_key") == entry["id"]:
            yield _User(row, f"Cloud credentials {row['name']}", deletes=False)


def _entry(nas: Nas, key_id: int) -> Entry:
    row = nas.store.row(KEYCHAIN, key_id)
    if row is None:
        raise InstanceNotFound(f"KeychainCredential {key_id} does not exist")
    return row


async def _complete(nas: Nas, attribute: str, entry: Entry, own_id: int | None = None) -> None:
    """Check the name and bring a key pair into its stored form, in place."""
    errors = ValidationErrors()
    if any(row["name"] == entry["name"] and row["id"] != own_id for row in nas.store.rows(KEYCHAIN)):
        errors.add(f"{attribute}.name", "Object with this name already exists")
    errors.check()
    if entry["type"] == "SSH_KEY_PAIR":
        await _complete_pair(errors, f"{attribute}.attributes", entry["attributes"])
    errors.check()


async def _complete_pair(errors: ValidationErrors, attribute: str, pair: dict[str, Any]) -> None:
    if pair["private_key"]:
        pair["private_key"] = pair["private_key"].strip() + "\n"
        try:
            derived = await ssh.public_key(pair["private_key"])
        except ssh.UnusableKey as error:
            errors.add(f"{attribute}.private_key", str(error))
            return
        if not pair["public_key"]:
            pair["public_key"] = derived
        elif pair["public_key"].split()[:2] != derived.split()[:2]:
            errors.add(f"{attribute}.public_key", "Private key and public key do not match")
    elif not pair["public_key"]:
        errors.add(f"{attribute}.public_key", "You must specify a key")
        return
    if not await ssh.is_public_key(pair["public_key"]):
        errors.add(f"{attribute}.public_key", "Invalid public key")
