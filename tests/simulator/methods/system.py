# SPDX-License-Identifier: GPL-3.0-or-later
"""`system` and `core`: versions and the interface itself (truenas-api/wire.md §6)."""

from __future__ import annotations

import errno
import uuid
from typing import Any, Literal

from pydantic import ConfigDict

from .. import versions
from ..errors import CallError
from ..models import Model, Partial, model
from ..nas import Session
from ..query import query_args
from .registry import METHODS, Access, Call, Method, method, same


class CoreOptions(Partial):
    """Options of a connection; unknown ones are for newer servers, and ignored."""

    model_config = ConfigDict(extra="ignore")

    legacy_jobs: bool = True
    private_methods: bool = False
    py_exceptions: bool = False


class OldCoreOptions(Partial):
    """The same before 25.10 (upstream api/v25_04_1/core.py)."""

    model_config = ConfigDict(extra="ignore")

    private_methods: bool = False
    py_exceptions: bool = False


_OPTIONS = {
    True: model("CoreSetOptionsArgs", options=CoreOptions),
    False: model("CoreSetOptionsArgs", options=OldCoreOptions),
}


def _set_options_args(version: str) -> type[Model]:
    return _OPTIONS[versions.at_least(version, "v25.10.0")]


@method("system.version", path_since="v25.10.0", access=Access.SESSION)
async def version(call: Call) -> str:
    """Return the version with the product's name."""
    return f"TrueNAS-{versions.build(call.nas.version)}"


@method("system.version_short", path_since="v25.10.0", access=Access.SESSION)
async def version_short(call: Call) -> str:
    """Return the bare version."""
    return versions.build(call.nas.version)


@method("core.ping", access=Access.ANYONE)
async def ping(_call: Call) -> str:
    """Return a sign of life."""
    return "pong"


@method(
    "core.set_options",
    args=_set_options_args,
    access=Access.ANYONE,
    rate_limited=False,
)
async def set_options(call: Call, options: dict[str, bool]) -> dict[str, bool] | None:
    """Set options of the connection; from the path of 25.10 on the answer has them all.

    One has no effect: private methods can be called anyway.
    """
    call.session.options.update(options)
    return dict(call.session.options) if versions.at_least(call.version, "v25.10.0") else None


@method("core.subscribe", args=same(model("CoreSubscribeArgs", event=str)), access=Access.SESSION)
async def subscribe(call: Call, event: str) -> str:
    """Subscribe to an event, and return the name of the subscription. Raises CallError without the right to.

    What a query method lists is an event under that method's name; everybody can listen to jobs.
    """
    if not may_hear_of(call.session, event):
        raise CallError("Not authorized", errno.EACCES)
    name = str(uuid.uuid4())
    await call.session.subscribe(name, event)
    return name


@method("core.unsubscribe", args=same(model("CoreUnsubscribeArgs", id_=str)), access=Access.SESSION)
async def unsubscribe(call: Call, name: str) -> None:
    """End a subscription. An unknown name is ignored."""
    call.session.subscriptions.pop(name, None)


@method(
    "core.get_methods",
    args=same(
        model(
            "CoreGetMethodsArgs",
            service=(str | None, None),
            target=(Literal["CLI", "REST", "WS"], "WS"),
        )
    ),
    access=Access.SESSION,
    path_since="v25.10.0",
)
async def get_methods(call: Call, service: str | None, _target: str) -> dict[str, Any]:
    """Return the methods that this session can call, all or those of one namespace."""
    return {
        name: _description(found)
        for name, found in sorted(METHODS.items())
        if service in (None, name.rpartition(".")[0]) and not found.private and _callable(call, found)
    }


@method(
    "core.get_services",
    args=same(model("CoreGetServicesArgs", target=(Literal["WS", "CLI", "REST"], "WS"))),
    access=Access.SESSION,
    path_since="v25.10.0",
)
async def get_services(_call: Call, target: str) -> dict[str, Any]:
    """Return the services to any caller, with their configuration and kind (upstream service/core_service.py, base.py)."""
    found = sorted({name.rpartition(".")[0] for name in METHODS})
    return {
        name: {"config": _configuration(name), "type": "crud" if f"{name}.query" in METHODS else "service"}
        for name in found
        if target != "CLI" or not _SERVICES[name].get("cli_private")
    }


_CONFIGURATION: dict[str, Any] = {
    "datastore": None,
    "datastore_prefix": "",
    "datastore_extend": None,
    "datastore_extend_fk": None,
    "datastore_extend_context": None,
    "datastore_primary_key": "id",
    "datastore_primary_key_type": "integer",
    "event_register": True,
    "event_send": True,
    "service": None,
    "service_verb": "reload",
    "service_verb_sync": True,
    "namespace_alias": None,
    "private": False,
    "process_pool": None,
    "cli_namespace": None,
    "cli_private": False,
    "cli_description": None,
    "role_prefix": None,
    "role_separate_delete": False,
}
_SERVICES: dict[str, dict[str, Any]] = {
    "auth": {"cli_namespace": "auth", "verbose_name": "Auth"},
    "cloud_backup": {
        "cli_namespace": "task.cloud_backup",
        "role_prefix": "CLOUD_BACKUP",
        "verbose_name": "CloudBackup",
    },
    "cloudsync": {"cli_namespace": "task.cloud_sync", "role_prefix": "CLOUD_SYNC", "verbose_name": "CloudSync"},
    "cloudsync.credentials": {
        "cli_namespace": "task.cloud_sync.credential",
        "role_prefix": "CLOUD_SYNC",
        "verbose_name": "Credentials",
    },
    "core": {"cli_private": True, "verbose_name": "Core"},
    "keychaincredential": {
        "cli_namespace": "system.keychain_credential",
        "role_prefix": "KEYCHAIN_CREDENTIAL",
        "verbose_name": "KeychainCredential",
    },
    "system": {"cli_namespace": "system", "verbose_name": "System"},
}


def _configuration(service: str) -> dict[str, Any]:
    return {**_CONFIGURATION, "namespace": service, **_SERVICES[service]}


def may_hear_of(session: Session, event: str) -> bool:
    """Return whether a session can subscribe to an event; an argument of it follows a colon."""
    credential, name = session.credential, event.partition(":")[0]
    if credential is None:
        return False
    found = METHODS.get(name)
    queries = found is not None and name.endswith(".query") and credential.has_any_role(found.roles)
    return credential.full_admin or queries or name == "core.get_jobs"


def _callable(call: Call, found: Method) -> bool:
    credential = call.session.credential
    if found.since > call.nas.version or credential is None:
        return False
    return found.access is not Access.ROLE or credential.has_any_role(found.roles)


def _description(found: Method) -> dict[str, Any]:
    return {
        "description": None,
        "cli_description": "",
        "examples": {},
        "accepts": None,
        "returns": None,
        "item_method": found.name.endswith((".update", ".delete")),
        "no_auth_required": found.access is Access.ANYONE,
        "no_authz_required": found.access is Access.SESSION,
        "cli_private": found.name.startswith("core."),
        "filterable": found.args is query_args,
        "filterable_schema": None,
        "pass_application": False,
        "check_pipes": False,
        "roles": sorted(found.roles),
        "job": found.job is not None,
        "uploadable": False,
        "downloadable": False,
    }
