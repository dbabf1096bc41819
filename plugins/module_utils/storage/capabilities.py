# SPDX-License-Identifier: GPL-3.0-or-later
"""The providers that a NAS and this collection support (truenas-api/wire.md §3, §6; truenas-api/providers.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..engine.store import rows
from ..errors import NotPermitted, ServerFault
from ..nas import flat
from ..nas.client import Nas
from ..providers import BY_WIRE_TYPE, Provider
from ..providers.oauth import OAuthProvider
from ..versions import FIRST_VERSION, Version, parse, show

PROVIDERS = "cloudsync.providers"
S3_CHOICES = "cloudsync.credentials.s3_provider_choices"

METHODS: Mapping[str, Version] = {PROVIDERS: FIRST_VERSION, S3_CHOICES: (26, 0, 0)}
"""The methods that report capabilities, each with its first version (truenas-api/wire.md §3)."""


def report(nas: Nas) -> dict[str, Any]:
    """Return the capabilities of the NAS as a task's result. Values that its version does not report are null."""
    answer = nas.ask("system.version_short")
    try:
        version = parse(str(answer))
    except ValueError:
        raise ServerFault("The NAS did not report its version in a form that this collection supports.") from None
    answers = {
        name: nas.ask(name) if version >= since or (nas.is_older and name == PROVIDERS) else None
        for name, since in METHODS.items()
    }
    return {
        "changed": False,
        "version": _exact(nas) if nas.is_older else show(version),
        "providers": compare(_rows(answers[PROVIDERS]), version),
        "s3_provider_choices": answers[S3_CHOICES],
        "missing_methods": {name: show(METHODS[name]) for name, answer in answers.items() if answer is None},
    }


def _exact(nas: Nas) -> str | None:
    """Return the version of a NAS before 25.04, or None if the account cannot read it."""
    try:
        return str(nas.ask("system.version"))
    except NotPermitted:
        return None


def _rows(answer: Any) -> list[dict[str, Any]] | None:
    """Return the rows of a reply, None without a reply. Raises ServerFault for a row without a name."""
    if answer is None:
        return None
    found = rows(answer, "providers")
    if not all(isinstance(row.get("name"), str) for row in found):
        raise ServerFault("The NAS did not answer with the names of its providers.")
    return found


def compare(given: Iterable[Mapping[str, Any]] | None, version: Version) -> list[dict[str, Any]]:
    """Return every provider that the NAS or the collection supports, by wire type.

    `given` are the rows of the NAS, None if unknown.
    """
    reported = None if given is None else {str(row["name"]): row for row in given}
    names = sorted({*BY_WIRE_TYPE, *(reported or ())})
    return [_compared(name, BY_WIRE_TYPE.get(name), reported, version) for name in names]


def _compared(
    name: str, provider: type[Provider] | None, reported: Mapping[str, Mapping[str, Any]] | None, version: Version
) -> dict[str, Any]:
    row = (reported or {}).get(name, {})
    return {
        "type": name,
        "provider": provider.key if provider else None,
        "title": provider.title if provider else row.get("title"),
        "known_to_collection": provider is not None,
        "supported_by_nas": None if reported is None else name in reported,
        "stored_by_nas": _stores(provider, version) if provider else None,
        "since": show(provider.since) if provider else None,
        "has_buckets": provider.has_buckets if provider else row.get("buckets"),
        "can_create_buckets": provider.can_create_buckets if provider else None,
        "oauth": issubclass(provider, OAuthProvider) if provider else bool(row.get("credentials_oauth")),
        "rotates_token": provider.rotates_token if provider else None,
        "retired": provider.retired or None if provider else None,
    }


def _stores(provider: type[Provider], version: Version) -> bool:
    if version < FIRST_VERSION:
        return flat.offers(version, provider.wire_type)
    return provider.since <= version
