# SPDX-License-Identifier: GPL-3.0-or-later
"""REST on 25.04 and 25.10, without a socket: rows of services that can be queried, and verification (truenas-api/wire.md §5
REST; upstream restful.py).

The body of a request is the one parameter that a method has besides the id in the path. Objects have the form of the newest
version.
"""

from __future__ import annotations

import base64
import binascii
import json
import traceback
from dataclasses import dataclass
from typing import Any

from . import dispatch, ejson, versions
from .accounts import Credential
from .errors import CallError, MatchNotFound, ValidationError, ValidationErrors
from .jobs import Job
from .methods import Call
from .nas import Nas, Session

ROOT = "/api/v2.0"
SERVICES = ("cloudsync.credentials", "cloudsync", "cloud_backup", "keychaincredential")
_OPERATORS = {"eq": "=", "neq": "!=", "gt": ">", "lt": "<", "gte": ">=", "lte": "<=", "regex": "~"}
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Request:
    """A request to the address of a method; `number` is the id in the path, `query` what follows the question mark."""

    method: str
    number: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    body: str = ""
    authorization: str | None = None
    origin: str = "127.0.0.1"
    secure: bool = True


@dataclass(frozen=True)
class Answer:
    """What goes back. `text` is JSON unless a login failed; None stands for the text that the web server has for a status."""

    status: int
    text: str | None
    is_json: bool = False


class _Refused(Exception):
    def __init__(self, status: int, text: str | None = None, *, is_json: bool = False) -> None:
        super().__init__(text)
        self.answer = Answer(status, text, is_json)


def has(version: str) -> bool:
    """Return whether a server has REST. Those before 25.04 have it, too, but it is not simulated."""
    return not versions.is_older(version) and not versions.at_least(version, "v26.0.0")


def addresses() -> dict[tuple[str, str], str]:
    """Return the method of each address, which is a verb and a path."""
    found: dict[tuple[str, str], str] = {}
    for service in SERVICES:
        path = f"{ROOT}/{service.replace('.', '/')}"
        found |= {
            ("GET", path): f"{service}.query",
            ("POST", path): f"{service}.create",
            ("GET", f"{path}/id/{{id_}}"): f"{service}.query",
            ("PUT", f"{path}/id/{{id_}}"): f"{service}.update",
            ("DELETE", f"{path}/id/{{id_}}"): f"{service}.delete",
        }
    found["POST", f"{ROOT}/cloudsync/credentials/verify"] = "cloudsync.credentials.verify"
    return found


async def answer(nas: Nas, request: Request) -> Answer:
    """Carry out a request."""
    try:
        credential = _who(nas, request)
        params = _params(request)
    except _Refused as refused:
        return refused.answer
    except json.JSONDecodeError as error:
        return _json(400, {"message": f"json parse error: {error}", "errno": 22})
    if not credential.full_admin:
        return Answer(403, "")
    return await _outcome(nas, Session(request.origin, request.secure, credential=credential), request, params)


async def _outcome(nas: Nas, session: Session, request: Request, params: list[Any]) -> Answer:
    method = dispatch.find(request.method, nas.version)
    assert method is not None, "each address has one"
    call = Call(nas, session, nas.version)
    try:
        result = await dispatch.perform(call, method, params, params)
        return _json(200, result.id if isinstance(result, Job) else dispatch.serialized(call, method, result))
    except CallError as error:
        return _json(422, {"message": error.message, "errno": error.number})
    except (ValidationError, ValidationErrors) as error:
        found: dict[Any, list[dict[str, Any]]] = {}
        for fault in [error] if isinstance(error, ValidationError) else error:
            found.setdefault(fault.attribute, []).append({"message": fault.message, "errno": fault.number})
        return _json(422, found)
    except MatchNotFound as error:
        return _json(404, {"message": str(error)})
    except Exception as error:
        return _json(500, {"message": str(error), "traceback": "".join(traceback.format_exception(error))})


def _who(nas: Nas, request: Request) -> Credential:
    """Return the account of a request. Raises _Refused."""
    kind, _blank, secret = (request.authorization or "").partition(" ")
    if request.authorization is None and (token := dict(request.query).get("auth_token")):
        kind, secret = "Token", token
    if kind == "Token":
        if found := nas.accounts.of_token(secret, request.origin):
            return found
        raise _Refused(403, "Invalid token")
    if kind == "Basic":
        return _by_password(nas, secret)
    if kind != "Bearer":
        raise _Refused(401)
    key = nas.accounts.key(nas.accounts.username, secret)
    if key is not None and not request.secure:
        # The facts assume the rule of other logins here.
        nas.accounts.revoke(key)
        key = None
    if key is None:
        raise _Refused(401, "Invalid API key")
    return nas.accounts.of_key(key)


def _by_password(nas: Nas, encoded: str) -> Credential:
    try:
        username, colon, password = base64.b64decode(encoded).decode().partition(":")
    except (UnicodeDecodeError, binascii.Error):
        raise _Refused(400) from None
    if not colon:
        # What the web server says of an exception.
        raise _Refused(500, "500 Internal Server Error\n\nServer got itself in trouble")
    if nas.accounts.logins.otp_secret:
        raise _Refused(401, "HTTP Basic Auth is unavailable when OTP is enabled")
    if found := nas.accounts.of_password(username, password):
        return found
    raise _Refused(401, "Bad username or password")


def _params(request: Request) -> list[Any]:
    """Return the parameters of the method. Raises JSONDecodeError."""
    data = json.loads(request.body) if request.body else None
    if request.method.endswith(".query"):
        return _row(request) if request.number is not None else _filtered(request) or _queried(data)
    given = [] if not request.body or (data == {} and request.method == "cloudsync.credentials.delete") else [data]
    return given if request.number is None else [_number(request.number), *given]


def _queried(data: Any) -> list[Any]:
    """Return filters and options from a body, under either name of theirs."""
    if not data:
        return []
    if not isinstance(data, dict):
        raise _unexpected("Endpoint accepts multiple params, object/dict expected.")
    named = {key.removeprefix("query-"): value for key, value in data.items()}
    if unknown := [key for key in named if key not in ("filters", "options")]:
        raise _unexpected(f"The following attributes are not expected: {', '.join(unknown)}")
    return [named[key] for key in ("filters", "options") if key in named]


def _unexpected(message: str) -> _Refused:
    return _Refused(400, json.dumps({"message": message}), is_json=True)


def _row(request: Request) -> list[Any]:
    number = str(request.number)
    options = {"get": True, "force_sql_filters": True, "extra": _extra(request)}
    return [[["id", "=", int(number) if number.isdigit() else number]], options]


def _filtered(request: Request) -> list[Any]:
    """Return filters and options from what follows the question mark."""
    filters: list[Any] = []
    options: dict[str, Any] = {"extra": extra} if (extra := _extra(request)) else {}
    for key, value in request.query:
        if key in ("limit", "offset", "count"):
            options[key] = _value(value)
        elif key == "sort":
            options[key] = [_value(part) for part in value.split(",")]
        elif not key.startswith("extra."):
            name, found, operator = key.partition("__")
            filters.append([name, _OPERATORS.get(operator, operator) if found else "=", _value(value)])
    return [filters, options] if filters or options else []


def _extra(request: Request) -> dict[str, Any]:
    found = {}
    for key, value in request.query:
        if key.startswith("extra."):
            try:
                found[key.removeprefix("extra.")] = json.loads(value)
            except json.JSONDecodeError:
                found[key.removeprefix("extra.")] = value
    return found


def _value(text: str) -> Any:
    return int(text) if text.isdigit() else _WORDS.get(text.lower(), text)


def _number(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text


def _json(status: int, value: Any) -> Answer:
    return Answer(status, json.dumps(json.loads(ejson.dumps(value)), indent=1), is_json=True)
