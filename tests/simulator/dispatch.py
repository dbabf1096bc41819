# SPDX-License-Identifier: GPL-3.0-or-later
"""From a method's name and parameters to its result: adapters, rights, checks, redaction, in the server's order
(upstream api/base/server/method.py and legacy_api_method.py, main.py authorize_method_call and dump_result)."""

from __future__ import annotations

import asyncio
import errno
import random
from typing import Any

from . import flat, versions
from .crud import check_count
from .errors import (
    ENOTAUTHENTICATED,
    APIVersionDoesNotContainModelException,
    CallError,
    MethodNotFoundError,
    ValidationErrors,
)
from .jobs import Job, Kind
from .methods import METHODS, Access, Call, Method
from .methods.registry import Raw
from .models import Model, dump, remove_secrets, validate
from .old_schema import Parameters
from .query import query_args

_ANNOUNCED = {"create": "added", "update": "changed", "delete": "removed"}

_QUERY_RESULTS = {"cloudsync.query": "CloudSyncQueryResult", "core.get_jobs": "CoreGetJobsResult"}
"""The models of results of query methods that older paths lack. The parameters of queries are the same on all paths."""


def find(name: str, server: str) -> Method | None:
    """Return the method of a name, if the server has it."""
    found = METHODS.get(name)
    return found if found and versions.at_least(server, found.since) else None


async def invoke(call: Call, method: Method, params: list[Any]) -> Any:
    """Call a method over JSON-RPC. Raises whatever its failures raise; `errors.error_object` turns that into a reply."""
    newest, raw = call.nas.version, params
    if call.version == versions.OLDEST:
        # It has no models for the parameters of a query, and none but those of cloud credentials.
        if method.name not in flat.PARAMETERS:
            raise MethodNotFoundError(method.name)
        params = flat.lifted(method.name, params)
    elif call.version != newest:
        if method.args is not query_args and not _has_models(call, method):
            raise MethodNotFoundError(method.name)
        # An older path checks parameters before it asks who calls; the newest does it the other way round.
        params = versions.upgrade(method.accept(call.version, params), call.version, newest)
    await authorize(call, method)
    result = await perform(call, method, params, raw)
    if isinstance(result, Job):
        return result.id if call.session.options["legacy_jobs"] else await result.wait()
    if call.version == versions.OLDEST:
        return flattened(call, method, result)
    if not _has_models(call, method):
        raise APIVersionDoesNotContainModelException(call.version, _QUERY_RESULTS[method.name])
    return serialized(call, method, result)


async def perform(call: Call, method: Method, params: list[Any], raw: list[Any]) -> Any:
    """Carry out a call that is allowed, and return its plain result, or the job that it has started.

    `raw` are the parameters as they came, which a job keeps.
    """
    check_count(method.name, params)
    checked = method.accept(call.nas.version, params)
    if method.job is not None:
        return await start(call, method, method.job, raw, checked)
    result = await method.handler(call, *checked)
    await _announce(call, method, checked, result)
    return result


async def start(call: Call, method: Method, kind: Kind, raw: list[Any], checked: list[Any]) -> Job:
    """Start a job."""
    assert call.session.credential is not None, "only who is logged in may start a job"
    known = versions.at_least(call.nas.version, "v25.10.0")
    shown = _without_secrets(method, call.version, raw)
    return await call.nas.jobs.add(
        method.name,
        kind,
        raw,
        lambda running: method.handler(call, running, *checked),
        arguments=shown,
        caller=call.session.credential.shown(call.nas.version),
        # What Python takes for false is left out.
        message_ids=([call.message_id] if call.message_id else []) if known else None,
    )


def _without_secrets(method: Method, version: str, params: list[Any]) -> list[Any]:
    args = method.args(version)
    assert not isinstance(args, Raw), "no private method is a job"
    if isinstance(args, Parameters):
        return [field.redacted(value) for field, value in zip(args.fields, params, strict=False)]
    fields = zip(args.model_fields.values(), params, strict=False)
    return [remove_secrets(field.annotation, value) for field, value in fields]


def _has_models(call: Call, method: Method) -> bool:
    """Return whether the version of the call's path has the models of a method, of its result if it is a query.

    A server without the models of `path_since` itself checks parameters by older means.
    """
    if not versions.at_least(call.version, method.since):
        return False
    return versions.at_least(call.version, method.path_since) or not versions.at_least(
        call.nas.version, method.path_since
    )


async def authorize(call: Call, method: Method) -> None:
    """Raise CallError unless the session is allowed to call a method; a login too many also takes its time."""
    credential = call.session.credential
    if method.access is Access.ANYONE:
        if (
            credential is None
            and method.rate_limited
            and call.nas.rate_limit.exceeded(method.name, call.session.origin)
        ):
            await asyncio.sleep(random.uniform(1, 10))
            raise CallError("Rate Limit Exceeded", errno.EBUSY)
        return
    if credential is None:
        raise CallError("Not authenticated", ENOTAUTHENTICATED)
    if method.access is Access.ROLE and not credential.has_any_role(method.roles):
        raise CallError("Not authorized", errno.EACCES)


async def _announce(call: Call, method: Method, params: list[Any], result: Any) -> None:
    """Notify subscribers of a created, updated or deleted row, before the reply does.

    Until 26.0 the row goes out as it is, its secrets in plain text, to everybody who can read; from 27.0 on they are hidden
    (truenas-api/wire.md §6; upstream service/crud_service.py).
    """
    namespace, _dot, action = method.name.rpartition(".")
    if action not in _ANNOUNCED or (collection := f"{namespace}.query") not in METHODS:
        return
    event = {"msg": _ANNOUNCED[action], "collection": collection, "id": params[0]}
    if action == "create":
        event["id"] = result["id"]
    if action != "delete":
        event["fields"] = result
        if method.result and versions.at_least(call.nas.version, "v27.0.0"):
            event["fields"] = _through(method.result(call.nas.version), result, expose=False)
    await call.nas.notify({collection}, event)


def flattened(call: Call, method: Method, result: Any) -> Any:
    """Return the result of a method with flat credentials; for a session that does not see secrets, the attributes are one.

    Unlike the newer paths, this one needs a result that fits the model. Raises ValidationErrors, and KeyError for a selection
    without the provider (upstream api/base/handler/version.py).
    """
    assert method.result is not None, "each of these methods has a model"
    newest = call.nas.version
    found = dump(validate(method.result(newest), {"result": result}), expose=True)["result"]
    first = versions.VERSIONS[0]
    return flat.lowered(method.name, versions.downgrade(found, first, newest), expose=_sees_secrets(call, method))


def serialized(call: Call, method: Method, result: Any) -> Any:
    """Return a result in the form of the call's version, its secrets open only to sessions that may write.

    A result the models reject is passed on as it is, as the server does.
    """
    expose = _sees_secrets(call, method)
    newest = call.nas.version
    if method.redact is not None and not versions.at_least(newest, "v25.10.0"):
        return result if expose else method.redact(result)
    if method.result is None:
        return result
    if call.version != newest:
        lifted = _through(method.result(newest), result, expose=True)
        result = versions.downgrade(result if lifted is None else lifted, call.version, newest)
        if method.lower is not None:
            result = method.lower(call.version, result)
    cls = method.result(call.version)
    dumped = _through(cls, result, expose=expose)
    if dumped is not None:
        return dumped
    return result if expose else remove_secrets(cls.model_fields["result"].annotation, result)


def _through(cls: type[Model], result: Any, *, expose: bool) -> Any:
    try:
        return dump(validate(cls, {"result": result}), expose=expose)["result"]
    except ValidationErrors:
        return None


def _sees_secrets(call: Call, method: Method) -> bool:
    credential = call.session.credential
    if credential is None:
        return True
    return credential.full_admin or credential.has_any_role(frozenset({f"{method.role_prefix}_WRITE"}))
