# SPDX-License-Identifier: GPL-3.0-or-later
"""What a NAS supports, beside what this collection knows (truenas-api/wire.md §3, §6; truenas-api/providers.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ServerFault
from ..nas.client import Nas
from ..providers import BY_WIRE_TYPE, Provider
from ..providers.base import FIRST_VERSION
from ..providers.oauth import OAuthProvider
from ..versions import Version, parse, show

PROVIDERS = "cloudsync.providers"
S3_CHOICES = "cloudsync.credentials.s3_provider_choices"

METHODS: Mapping[str, Version] = {PROVIDERS: FIRST_VERSION, S3_CHOICES: (26, 0, 0)}
"""The methods that tell, each with the version that brought it (truenas-api/wire.md §3)."""


def report(nas: Nas) -> dict[str, Any]:
    """Return what the NAS says of itself, as a task's result: null stands for what its version cannot tell."""
    told = nas.ask("system.version_short")
    try:
        version = parse(str(told))
    except ValueError:
        raise ServerFault("The NAS did not tell its version in a form that this collection knows.") from None
    answers = {name: nas.ask(name) if version >= since else None for name, since in METHODS.items()}
    return {
        "changed": False,
        "version": show(version),
        "providers": compare(answers[PROVIDERS], version),
        "s3_provider_choices": answers[S3_CHOICES],
        "missing_methods": {name: show(METHODS[name]) for name, answer in answers.items() if answer is None},
    }


def compare(rows: Iterable[Mapping[str, Any]] | None, version: Version) -> list[dict[str, Any]]:
    """Return every provider that the NAS or the collection knows, by wire type; `rows` is None if the NAS does not tell."""
    told = None if rows is None else {str(row["name"]): row for row in rows}
    return [_compared(name, BY_WIRE_TYPE.get(name), told, version) for name in sorted({*BY_WIRE_TYPE, *(told or ())})]


def _compared(
    name: str, provider: type[Provider] | None, told: Mapping[str, Mapping[str, Any]] | None, version: Version
) -> dict[str, Any]:
    row = (told or {}).get(name, {})
    return {
        "type": name,
        "provider": provider.key if provider else None,
        "title": provider.title if provider else row.get("title"),
        "known_to_collection": provider is not None,
        "supported_by_nas": None if told is None else name in told,
        "stored_by_nas": provider.since <= version if provider else None,
        "since": show(provider.since) if provider else None,
        "has_buckets": provider.has_buckets if provider else row.get("buckets"),
        "can_create_buckets": provider.can_create_buckets if provider else None,
        "oauth": issubclass(provider, OAuthProvider) if provider else bool(row.get("credentials_oauth")),
        "rotates_token": provider.rotates_token if provider else None,
        "retired": provider.retired or None if provider else None,
    }
