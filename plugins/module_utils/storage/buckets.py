# SPDX-License-Identifier: GPL-3.0-or-later
"""Buckets of a stored credential: list them, and create one (truenas-api/wire.md §3, §7b)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..credential.facts import VERSION
from ..credential.kind import credentials, require
from ..credential.stored import CREDENTIALS, StoredCredential, foresee
from ..diagnosis import causes
from ..engine.store import rows
from ..errors import InvalidField, InvalidInput, NotFound, Problem, ProviderFailed
from ..nas import flat
from ..nas.client import Nas
from ..providers import PROVIDERS, Provider
from ..transport.calls import Call
from . import provider_call


def listing(name: str, nas: Nas, timeout: float) -> dict[str, Any]:
    """Return a task's result with the buckets that the credential can list, sorted by name.

    Raises NotFound if the credential does not exist, InvalidInput if its provider does not have buckets, and the errors of
    `provider_call.ask`.
    """
    stored = credentials(nas)
    require([name], stored, nas)
    credential, provider = _credential(name, stored)
    buckets = _buckets(credential, provider, nas, timeout)
    return {"changed": False, "credential": name, "provider": provider.key, "buckets": buckets}


def ensure(
    name: str, bucket: str, nas: Nas, timeout: float, check_mode: bool, pending: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Create the bucket if it does not exist, and return the task's result. Raises the errors of `listing`.

    Also raises NotFound if the bucket does not exist and the NAS cannot create buckets at this provider. `pending` has the
    changes of earlier tasks to credentials. With a credential that does not exist yet, the result only has a warning, because
    nobody can list its buckets.
    """
    stored = foresee(credentials(nas), pending)
    require([name], stored, nas)
    found = CREDENTIALS.find(stored, name)
    if found and found.id < 0 and (found.provider is None or found.provider.has_buckets):
        note = f"Could not check the bucket {bucket!r}, because the credential {name!r} does not exist yet."
        return {"changed": False, "action": "none", "credential": name, "bucket": bucket, "warnings": [note]}
    credential, provider = _credential(name, stored)
    exists = _exists(credential, provider, bucket, nas, timeout)
    if not exists and not provider.can_create_buckets:
        raise NotFound(
            f"{name!r} cannot find the bucket {bucket!r}, and the NAS cannot create buckets at {provider.title}, only at "
            f"{_titles(can_create_buckets=True)}. Check the name, or create the bucket at the provider."
        )
    if not exists and nas.is_older and flat.family_of(nas.facts([VERSION])[VERSION]) is flat.CORE:
        raise NotFound(
            f"{name!r} cannot find the bucket {bucket!r}, and TrueNAS CORE cannot create buckets. Check the name, or create the "
            "bucket at the provider."
        )
    if not exists and not check_mode:
        _create(credential, provider, bucket, nas, timeout)
    return {
        "changed": not exists,
        "action": "none" if exists else "created",
        "credential": name,
        "provider": provider.key,
        "bucket": bucket,
        "diff": {"before": {"bucket": bucket if exists else None}, "after": {"bucket": bucket}},
    }


def name_problems(bucket: str) -> Iterator[Problem]:
    """Yield a problem for an invalid bucket name."""
    if not bucket:
        yield Problem("name", "must not be empty", "Set the name of the bucket.")
    if "/" in bucket:
        yield Problem(
            "name", "must not contain a slash", "Set only the bucket. The folder of a task does not have to exist."
        )


def _credential(name: str, stored: Sequence[StoredCredential]) -> tuple[StoredCredential, type[Provider]]:
    credential = CREDENTIALS.find(stored, name)
    if credential is None:
        raise NotFound(f"Credential {name!r} not found. Check the name, or create the credential first.")
    provider = credential.provider
    if provider is None or not provider.has_buckets:
        title = provider.title if provider else credential.wire_type or "unknown"
        raise InvalidInput(
            [
                Problem(
                    "credential",
                    f"must have a provider with buckets, but the provider of {name!r} is {title}",
                    f"Choose a credential for one of: {_titles(has_buckets=True)}.",
                )
            ]
        )
    return credential, provider


def _titles(**traits: bool) -> str:
    titles = (
        provider.title
        for provider in PROVIDERS.values()
        if all(getattr(provider, name) is value for name, value in traits.items())
    )
    return ", ".join(titles)


def _buckets(credential: StoredCredential, provider: type[Provider], nas: Nas, timeout: float) -> list[dict[str, Any]]:
    what = f"list the buckets of {credential.name!r} at {provider.title}"
    call = Call("cloudsync.list_buckets", (credential.id,), timeout)
    answer = rows(provider_call.ask(nas, call, what, provider, credential.wire), "buckets")
    buckets = ({"name": str(row.get("Name", "")), "modified": row.get("ModTime")} for row in answer)
    return sorted(buckets, key=lambda row: str(row["name"]))


def _exists(credential: StoredCredential, provider: type[Provider], bucket: str, nas: Nas, timeout: float) -> bool:
    """Return whether the credential can find the bucket. A key that is not allowed to list buckets might still open its own."""
    try:
        return any(row["name"] == bucket for row in _buckets(credential, provider, nas, timeout))
    except ProviderFailed as failure:
        if failure.cause != causes.SCOPED_KEY.name:
            raise
    root = {"credentials": credential.id, "attributes": {"bucket": bucket, "folder": ""}}
    what = f"open the bucket {bucket!r} with {credential.name!r} at {provider.title}"
    try:
        provider_call.ask(nas, Call("cloudsync.list_directory", (root,), timeout), what, provider, credential.wire)
    except ProviderFailed as failure:
        if failure.cause != causes.NO_SUCH_BUCKET.name:
            raise
        return False
    return True


def _create(credential: StoredCredential, provider: type[Provider], bucket: str, nas: Nas, timeout: float) -> None:
    what = f"create the bucket {bucket!r} with {credential.name!r} at {provider.title}"
    try:
        call = Call("cloudsync.create_bucket", (credential.id, bucket), timeout)
        provider_call.ask(nas, call, what, provider, credential.wire)
    except InvalidField as refused:
        # The NAS names its method, not the task's option.
        problems = [Problem("name", problem.reason, "Choose another name.") for problem in refused.problems]
        listed = "\n".join(map(str, problems))
        raise InvalidField(f"The NAS refuses the bucket:\n{listed}", problems, refused.code, refused.errno) from None
