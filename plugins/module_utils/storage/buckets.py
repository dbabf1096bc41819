# SPDX-License-Identifier: GPL-3.0-or-later
"""Buckets through a stored credential: which it sees, and one that has to be there (truenas-api/wire.md §3, §7b)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..credential.kind import credentials
from ..credential.stored import CREDENTIALS, Stored
from ..diagnosis import causes
from ..engine.store import rows
from ..errors import InvalidField, InvalidInput, NotFound, Problem, ProviderFailed
from ..nas.client import Nas
from ..providers import PROVIDERS, Provider
from ..transport.session import Call
from . import provider_call


def listing(name: str, nas: Nas, seconds: float) -> dict[str, Any]:
    """Return a task's result with the buckets that the credential of that name sees, by name.

    Raises NotFound or InvalidInput for a credential that has none to see, and what `provider_call.ask` raises.
    """
    credential, provider = _opener(name, nas)
    found = _buckets(credential, provider, nas, seconds)
    return {"changed": False, "credential": name, "provider": provider.key, "buckets": found}


def ensure(name: str, bucket: str, nas: Nas, seconds: float, check_mode: bool) -> dict[str, Any]:
    """Have a bucket where the NAS can create one, and return the task's result. Raises as `listing` does.

    Where it cannot, a bucket that is not there raises NotFound.
    """
    credential, provider = _opener(name, nas)
    there = _is_there(credential, provider, bucket, nas, seconds)
    if not there and not provider.can_create_buckets:
        raise NotFound(
            f"{name!r} sees no bucket {bucket!r}, and the NAS cannot create one at {provider.title}, only at "
            f"{_titles(can_create_buckets=True)}. Create it there, or check the name."
        )
    if not there and not check_mode:
        _create(credential, provider, bucket, nas, seconds)
    return {
        "changed": not there,
        "action": "none" if there else "created",
        "credential": name,
        "provider": provider.key,
        "bucket": bucket,
        "diff": {"before": {"bucket": bucket if there else None}, "after": {"bucket": bucket}},
    }


def name_problems(bucket: str) -> Iterator[Problem]:
    """Yield what no bucket can be called."""
    if not bucket:
        yield Problem("name", "is empty", "Give the bucket's name.")
    if "/" in bucket:
        yield Problem("name", "has a slash", "Give the bucket only; a task's folder needs not be there before.")


def _opener(name: str, nas: Nas) -> tuple[Stored, type[Provider]]:
    credential = CREDENTIALS.find(credentials(nas), name)
    if credential is None:
        raise NotFound(f"There is no credential called {name!r}. Check the name, or create it first.")
    provider = credential.provider
    if provider is None or not provider.has_buckets:
        title = provider.title if provider else credential.wire_type or "its provider"
        raise InvalidInput(
            [
                Problem(
                    "credential",
                    f"{name!r} is one for {title}, of which no buckets are known",
                    f"Name one for {_titles(has_buckets=True)}.",
                )
            ]
        )
    return credential, provider


def _titles(**traits: bool) -> str:
    titles = (
        one.title for one in PROVIDERS.values() if all(getattr(one, name) is value for name, value in traits.items())
    )
    return ", ".join(titles)


def _buckets(credential: Stored, provider: type[Provider], nas: Nas, seconds: float) -> list[dict[str, Any]]:
    what = f"list the buckets of {credential.name!r} at {provider.title}"
    call = Call("cloudsync.list_buckets", (credential.id,), seconds)
    answer = rows(provider_call.ask(nas, call, what, provider, credential.wire), "buckets")
    found = ({"name": str(row.get("Name", "")), "modified": row.get("ModTime")} for row in answer)
    return sorted(found, key=lambda row: str(row["name"]))


def _is_there(credential: Stored, provider: type[Provider], bucket: str, nas: Nas, seconds: float) -> bool:
    """Tell whether the credential sees the bucket; a key that may not list the buckets may still open its own."""
    try:
        return any(row["name"] == bucket for row in _buckets(credential, provider, nas, seconds))
    except ProviderFailed as failure:
        if failure.cause != causes.SCOPED_KEY.name:
            raise
    root = {"credentials": credential.id, "attributes": {"bucket": bucket, "folder": ""}}
    what = f"open the bucket {bucket!r} with {credential.name!r} at {provider.title}"
    try:
        provider_call.ask(nas, Call("cloudsync.list_directory", (root,), seconds), what, provider, credential.wire)
    except ProviderFailed as failure:
        if failure.cause != causes.NO_SUCH_BUCKET.name:
            raise
        return False
    return True


def _create(credential: Stored, provider: type[Provider], bucket: str, nas: Nas, seconds: float) -> None:
    what = f"create the bucket {bucket!r} with {credential.name!r} at {provider.title}"
    try:
        call = Call("cloudsync.create_bucket", (credential.id, bucket), seconds)
        provider_call.ask(nas, call, what, provider, credential.wire)
    except InvalidField as refused:
        # The NAS names the method, the task the option.
        problems = [Problem("name", problem.reason, "Choose another name.") for problem in refused.problems]
        listed = "\n".join(map(str, problems))
        raise InvalidField(f"The NAS refuses the bucket:\n{listed}", problems, refused.code, refused.errno) from None
