# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider models of every interface version, built from docs/reference/truenas-api/providers.json.

Errors are pydantic's own, as on the real server, because the annotations are: see truenas-api/providers.md.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce
from pathlib import Path
from typing import Annotated, Any, Literal, Union

from annotated_types import MaxLen, MinLen
from pydantic import AfterValidator, Discriminator, Field, HttpUrl

from .models import Model, model, secret

_FILE = Path(__file__).parents[2] / "docs" / "reference" / "truenas-api" / "providers.json"
_FACTS: dict[str, dict[str, list[dict[str, Any]]]] = json.loads(_FILE.read_text(encoding="utf-8"))

VERSIONS = tuple(_FACTS)
ALL_TYPES = frozenset(name for providers in _FACTS.values() for name in providers)

# The file sorts by name; the server's own order decides the order of errors and keys (upstream cloud_sync_providers.py).
_FIELD_ORDER = {
    "AZUREBLOB": "account key endpoint",
    "FTP": "host port user pass",
    "GOOGLE_DRIVE": "client_id client_secret token team_drive",
    "MEGA": "user pass",
    "ONEDRIVE": "client_id client_secret token drive_type drive_id",
    "OPENSTACK_SWIFT": "user key auth user_id domain tenant tenant_id tenant_domain region storage_url auth_token "
    "application_credential_id application_credential_name application_credential_secret auth_version endpoint_type",
    "PCLOUD": "client_id client_secret token hostname",
    "S3": "access_key_id secret_access_key endpoint region skip_region signatures_v2 max_upload_parts provider "
    "force_path_style sign_accept_encoding",
    "SFTP": "host port user pass private_key",
    "STORJ_IX": "access_key_id secret_access_key endpoint",
    "WEBDAV": "url vendor user pass",
}


@dataclass(frozen=True)
class ProviderField:
    """One field of a provider: its wire name, whether it must be sent, its default, and its annotation."""

    name: str
    required: bool
    default: Any
    secret: bool
    annotation: Any


@cache
def types(version: str) -> tuple[str, ...]:
    """Return the provider types of a version in the server's order, where Swift stands after Storj."""
    return tuple(sorted(_FACTS[version], key=lambda name: "SWIFT" if name == "OPENSTACK_SWIFT" else name))


@cache
def fields(version: str, provider: str) -> tuple[ProviderField, ...]:
    """Return the fields of a provider type in a version, `type` first."""
    order = ["type", *_FIELD_ORDER.get(provider, "").split()]
    facts = sorted(_FACTS[version][provider], key=lambda fact: _rank(order, fact["name"]))
    return tuple(_field(fact) for fact in facts)


@cache
def provider_model(version: str, provider: str) -> type[Model]:
    """Return the model of one provider type in one version."""
    members = {}
    for field in fields(version, provider):
        alias = field.name if field.name == "pass" else None
        default = ... if field.required else field.default
        members[f"{field.name}_" if alias else field.name] = (field.annotation, Field(default, alias=alias))
    return model(f"{provider}_{version}", **members)


@cache
def provider(version: str) -> Any:
    """Return the union of all provider models of a version, told apart by `type`."""
    members = tuple(provider_model(version, name) for name in types(version))
    return Annotated[Union[members], Discriminator("type")]  # noqa: UP007 - built at run time


def _rank(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def _field(fact: dict[str, Any]) -> ProviderField:
    annotation = _annotation(fact)
    return ProviderField(
        name=fact["name"],
        required=fact["required"],
        default=fact.get("default"),
        secret=fact["secret"],
        annotation=secret(annotation) if fact["secret"] else annotation,
    )


def _annotation(fact: dict[str, Any]) -> Any:
    if "enum" in fact:
        choices = tuple(choice for choice in fact["enum"] if choice is not None)
        literal: Any = Literal[choices]
        return None | literal if None in fact["enum"] else literal
    kinds = fact["type"] if isinstance(fact["type"], list) else [fact["type"]]
    members = [_plain(kind, fact.get("constraints", {})) for kind in kinds]
    members[:0] = [Literal[text] for text in fact.get("also", [])]
    return reduce(operator.or_, members)


def _plain(kind: str, constraints: dict[str, Any]) -> Any:
    if kind == "null":
        return None
    if kind == "integer":
        return int
    if kind == "boolean":
        return bool
    if "url" in constraints:
        return Annotated[HttpUrl, AfterValidator(_https_only if constraints["url"] == "https" else str)]
    annotation: Any = str
    marks: list[Any] = []
    if constraints.get("max_length", 0) > 1024:
        marks.append(MaxLen(constraints["max_length"]))
    if "min_length" in constraints:
        marks.append(MinLen(constraints["min_length"]))
    if "regex" in constraints:
        marks.append(AfterValidator(_matching(constraints["regex"], constraints["regex_message"])))
    for mark in marks:
        annotation = Annotated[annotation, mark]
    return annotation


def _https_only(url: HttpUrl) -> str:
    if url.scheme != "https":
        msg = "URL scheme must be https"
        raise ValueError(msg)
    return str(url)


def _matching(pattern: str, message: str) -> Callable[[str], str]:
    compiled = re.compile(pattern, re.IGNORECASE)

    def check(value: str) -> str:
        if not compiled.match(value):
            # An assertion, as upstream api/base/validators has it, which shows in the text.
            raise AssertionError(message)
        return value

    return check
