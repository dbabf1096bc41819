# SPDX-License-Identifier: GPL-3.0-or-later
"""`cloudsync.credentials` (truenas-api/wire.md §3; upstream plugins/cloud_credentials/crud.py and verify.py)."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

from .. import facts, versions
from ..errors import CallError, InstanceNotFound, ValidationErrors
from ..models import Excluded, LongString, Model, NonEmptyString, Partial, dump, model, validate
from ..nas import Nas
from ..query import GetInstanceArgs, query_args
from ..store import CLOUD_BACKUP, CLOUD_SYNC, CREDENTIALS
from .registry import Call, method, raw, same

Entry = dict[str, Any]

# The database can filter by these; the encrypted attributes are not among them.
_COLUMNS = ("id", "name", "provider")
# The server checks the name and writes the row in two steps, so two calls at once can both pass the check.
_BETWEEN_CHECK_AND_WRITE = 0.01


@cache
def entry_model(version: str) -> type[Model]:
    """Return a credential as results hold it."""
    return model("CredentialsEntry", id=int, name=NonEmptyString, provider=facts.provider(version))


@cache
def _create_args(version: str) -> type[Model]:
    create = model("CloudCredentialCreate", id=(Excluded, None), name=NonEmptyString, provider=facts.provider(version))
    return model("CredentialsCreateArgs", cloud_sync_credentials_create=create)


@cache
def _update_args(version: str) -> type[Model]:
    update = model(
        "CloudCredentialUpdate",
        Partial,
        id=(Excluded, None),
        name=(NonEmptyString, None),
        provider=(facts.provider(version), None),
    )
    return model("CredentialsUpdateArgs", id=int, cloud_sync_credentials_update=update)


@cache
def _verify_args(version: str) -> type[Model]:
    return model("CredentialsVerifyArgs", cloud_sync_credentials_create=facts.provider(version))


@cache
def _entry_result(version: str) -> type[Model]:
    return model("CredentialsResult", result=entry_model(version))


@cache
def _query_result(version: str) -> type[Model]:
    item = model(
        "CredentialsQueryResultItem",
        Partial,
        id=(int, None),
        name=(NonEmptyString, None),
        provider=(facts.provider(version), None),
    )
    return model("CredentialsQueryResult", result=list[item] | item | int)  # type: ignore[valid-type]  # the types are built at run time


_VERIFY_RESULT = model(
    "CredentialsVerifyResult",
    result=model("CredentialsVerifyResult", valid=bool, error=LongString | None, excerpt=LongString | None),
)


def entries(nas: Nas) -> list[Entry]:
    """Return all credentials with their secrets, as the database holds them."""
    return [_entry(row) for row in nas.store.rows(CREDENTIALS)]


def entry(nas: Nas, credential_id: int) -> Entry:
    """Return one credential with its secrets; from 27.0 on brought into the model's form. Raises InstanceNotFound."""
    found = next((entry for entry in entries(nas) if entry["id"] == credential_id), None)
    if found is None:
        raise InstanceNotFound(f"Credentials {credential_id} does not exist")
    return _modelled(nas, found) or found


def fits(version: str, credential: Entry) -> Entry | None:
    """Return the credential with defaults and normalized URLs, or None if the version's model rejects it, or has none."""
    if versions.is_older(version):
        return None
    try:
        return dump(validate(entry_model(version), credential), expose=True)  # type: ignore[no-any-return]  # what is dumped is any JSON
    except ValidationErrors:
        return None


def replace_provider(nas: Nas, credential_id: int, provider: Entry) -> None:
    """Store another provider object for a credential."""
    nas.store.update(CREDENTIALS, credential_id, _columns({**entry(nas, credential_id), "provider": provider}))


def drop_misfits(nas: Nas) -> None:
    """Delete the rows the models reject, as the server does when it starts from 27.0 on."""
    if versions.at_least(nas.version, "v27.0.0"):
        for credential in entries(nas):
            if fits(nas.version, credential) is None:
                nas.store.delete(CREDENTIALS, credential["id"])


@method("cloudsync.credentials.query", args=query_args, result=_query_result, role="CLOUD_SYNC_READ")
async def query(call: Call, filters: list[Any], options: dict[str, Any]) -> Any:
    """Return the credentials that match."""
    if options["force_sql_filters"]:
        found = call.selected(CREDENTIALS, _COLUMNS, filters, options, _query_result, _entry)
    else:
        found = call.matching(entries(call.nas), filters, options, _query_result)
    if isinstance(found, int) or options["select"]:
        return found
    if isinstance(found, dict):
        return _modelled(call.nas, found) or found
    return [_modelled(call.nas, found_entry) or found_entry for found_entry in found]


@method("cloudsync.credentials.get_instance", args=same(GetInstanceArgs), result=_entry_result, role="CLOUD_SYNC_READ")
async def get_instance(call: Call, credential_id: int, options: dict[str, Any]) -> Entry:
    """Return the credential of an id."""
    return call.instance(entry(call.nas, credential_id), "Credentials", options)


class CredentialsService:
    """The signature of a private method."""

    def extend(self, data: Any) -> None:
        """Take a row of the database."""


@method("cloudsync.credentials.extend", args=raw(CredentialsService().extend))
async def extend(_call: Call, row: Entry) -> Entry:
    """Turn a row of the database into an entry. Private, so only a full administrator can call it."""
    entry = dict(row)
    entry["provider"] = {"type": entry["provider"], **entry.pop("attributes")}
    return entry


@method("cloudsync.credentials.create", args=_create_args, result=_entry_result, role="CLOUD_SYNC_WRITE")
async def create(call: Call, data: Entry) -> Entry:
    """Add a credential. Raises ValidationErrors for a name in use."""
    _ensure_unique(call.nas, "cloud_sync_credentials_create", data["name"])
    await asyncio.sleep(_BETWEEN_CHECK_AND_WRITE)
    return entry(call.nas, call.nas.store.insert(CREDENTIALS, _columns(data)))


@method("cloudsync.credentials.update", args=_update_args, result=_entry_result, role="CLOUD_SYNC_WRITE")
async def update(call: Call, credential_id: int, data: Entry) -> Entry:
    """Change a credential; a given provider replaces the old one whole."""
    new = {**entry(call.nas, credential_id), **data}
    _ensure_unique(call.nas, "cloud_sync_credentials_update", new["name"], credential_id)
    await asyncio.sleep(_BETWEEN_CHECK_AND_WRITE)
    call.nas.store.update(CREDENTIALS, credential_id, _columns(new))
    return entry(call.nas, credential_id)


@method(
    "cloudsync.credentials.delete",
    args=same(model("CredentialsDeleteArgs", id=int)),
    result=same(model("CredentialsDeleteResult", result=bool)),
    role="CLOUD_SYNC_WRITE",
)
async def delete(call: Call, credential_id: int) -> bool:
    """Delete a credential; true for an unknown id too. Raises CallError naming the first task that uses it.

    25.04.0 does not look at backups.
    """
    kinds = [(CLOUD_SYNC, "cloud sync"), (CLOUD_BACKUP, "cloud backup")]
    for table, kind in kinds if versions.at_least(call.nas.version, "v25.04.2") else kinds[:1]:
        for task in call.nas.store.rows(table):
            if task["credential"] == credential_id:
                raise CallError(f"This credential is used by {kind} task {task['description'] or task['id']}")
    call.nas.store.delete(CREDENTIALS, credential_id)
    return True


@method("cloudsync.credentials.verify", args=_verify_args, result=same(_VERIFY_RESULT), role="CLOUD_SYNC_WRITE")
async def verify(call: Call, provider: Entry) -> dict[str, Any]:
    """Try a provider object with rclone; a failed check is a result."""
    return await call.nas.rclone.verify(provider)


@method("cloudsync.credentials.s3_provider_choices", role="CLOUD_SYNC_READ", since="v26.0.0")
async def s3_provider_choices(_call: Call) -> dict[str, str]:
    """Return the values for S3's `provider`."""
    return {"Other": "Any other S3 compatible provider"}


def _entry(row: Entry) -> Entry:
    return {"id": row["id"], "name": row["name"], "provider": {"type": row["provider"], **row["attributes"]}}


def _modelled(nas: Nas, credential: Entry) -> Entry | None:
    return fits(nas.version, credential) if versions.at_least(nas.version, "v27.0.0") else None


def _columns(credential: Entry) -> dict[str, Any]:
    attributes = dict(credential["provider"])
    return {"name": credential["name"], "provider": attributes.pop("type"), "attributes": attributes}


def _ensure_unique(nas: Nas, attribute: str, name: str, own_id: int | None = None) -> None:
    errors = ValidationErrors()
    if any(row["name"] == name and row["id"] != own_id for row in nas.store.rows(CREDENTIALS)):
        errors.add(f"{attribute}.name", "Object with this name already exists")
    errors.check()
