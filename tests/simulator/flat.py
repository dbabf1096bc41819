# SPDX-License-Identifier: GPL-3.0-or-later
"""Flat cloud credentials, as the models of v24.10 have them: on the path of that version, and over DDP on newer servers
(truenas-api/wire.md §3 Shapes and §5; upstream api/v24_10/cloud_sync.py and the adapters of api/v25_04_0/cloud_sync.py)."""

from __future__ import annotations

from typing import Any

from pydantic import Secret

from .models import REDACTED, Excluded, Model, NonEmptyString, Partial, accept, model
from .query import GetInstanceArgs

_ATTRIBUTES = Secret[dict[str, Any]]
_CREATE = model("CloudCredentialCreate", id=(Excluded, None), name=NonEmptyString, provider=str, attributes=_ATTRIBUTES)
_UPDATE = model(
    "CloudCredentialUpdate",
    Partial,
    id=(Excluded, None),
    name=(NonEmptyString, None),
    provider=(str, None),
    attributes=(_ATTRIBUTES, None),
)
_VERIFY = model("CredentialsVerify", provider=str, attributes=_ATTRIBUTES)

_SERVICE = "cloudsync.credentials"
PARAMETERS: dict[str, type[Model]] = {
    f"{_SERVICE}.get_instance": GetInstanceArgs,
    f"{_SERVICE}.create": model("CredentialsCreateArgs", cloud_sync_credentials_create=_CREATE),
    f"{_SERVICE}.update": model("CredentialsUpdateArgs", id=int, cloud_sync_credentials_update=_UPDATE),
    f"{_SERVICE}.delete": model("CredentialsDeleteArgs", id=int),
    f"{_SERVICE}.verify": model("CredentialsVerifyArgs", cloud_sync_credentials_create=_VERIFY),
}
"""The models of parameters by method. A query has the parameters of the newest version."""

RESULTS = frozenset({f"{_SERVICE}.query", *PARAMETERS})
"""The methods whose results have models."""

_WITHOUT_CREDENTIALS = frozenset({f"{_SERVICE}.delete", f"{_SERVICE}.verify"})


def lifted(method: str, params: list[Any]) -> list[Any]:
    """Return parameters of v24.10 with provider objects; those of a query as they are.

    Raises ValidationErrors, and KeyError for an update without provider or attributes, as the adapter of the server does.
    """
    if method not in PARAMETERS:
        return params
    checked = accept(PARAMETERS[method], params)
    if not isinstance(checked[-1], dict) or method == f"{_SERVICE}.get_instance":
        return checked
    given = dict(checked[-1])
    attributes = given.pop("attributes")
    provider = {"type": given.pop("provider"), **attributes}
    return [*checked[:-1], provider if method == f"{_SERVICE}.verify" else {**given, "provider": provider}]


def lowered(method: str, result: Any, *, expose: bool) -> Any:
    """Return a result with flat credentials. Raises KeyError for one without a provider."""
    if method in _WITHOUT_CREDENTIALS:
        return result
    if isinstance(result, list):
        return [lowered(method, entry, expose=expose) for entry in result]
    if not isinstance(result, dict):
        return result
    attributes = dict(result["provider"])
    kind = attributes.pop("type")
    return {**result, "provider": kind, "attributes": attributes if expose else REDACTED}
