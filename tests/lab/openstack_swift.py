# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for OpenStack Swift: authentication of version 1, 2 and 3, and listings of an account and its containers.

It is none of OpenStack's programs: those of Swift itself know version 1 only, and Keystone wants a database and a web server.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any

from .base import CLOSED, CONTENT, FILE, HOST, PATIENCE, WRONG, Server
from .running import thread
from .stand_in import Answer, Handler, Listener, Request
from .web import expect

ACCOUNT = "/v1/AUTH_lab"
REFUSED = "The request you have made requires authentication."


class OpenStackSwift(Server):
    """Answers `GET /auth/v1.0`, `POST /v2.0/tokens`, `POST /v3/auth/tokens`, and `GET` and `HEAD` of what it stores.

    The user belongs to `tenant`, in the domain `domain`; there is one container, `container`.
    """

    container = "lab-container"
    tenant = "lab-tenant"
    domain = "Default"

    def __init__(self) -> None:
        super().__init__()
        self._token = secrets.token_hex(16)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def options(self) -> dict[str, Any]:
        return self.version(1)

    def version(self, number: int) -> dict[str, Any]:
        """Return options for a version of authentication."""
        auth = {1: "/auth/v1.0", 2: "/v2.0", 3: "/v3"}[number]
        options = {"user": self.user, "key": self.password, "auth": f"{self.url}{auth}", "auth_version": number}
        options |= {"tenant": self.tenant} if number > 1 else {}
        options |= {"domain": self.domain, "tenant_domain": self.domain} if number == 3 else {}
        return options | {"endpoint_type": "public"}

    def application_credential(self, *, by_id: bool = True) -> dict[str, Any]:
        """Return options for an application credential; by its name it is the user's, in the domain."""
        options = {"user": self.user, "key": "unused", "auth": f"{self.url}/v3", "auth_version": 3}
        named = {"application_credential_name": "lab-name", "domain": self.domain}
        options |= {"application_credential_id": "lab-id", "user": "unused"} if by_id else named
        return options | {"application_credential_secret": self.password, "endpoint_type": "public"}

    def refused(self) -> dict[str, dict[str, Any]]:
        wrong = {f"wrong_secret_v{number}": self.version(number) | {"key": WRONG} for number in (1, 2, 3)}
        return {
            "wrong_secret": wrong.pop("wrong_secret_v1"),
            **wrong,
            "unknown_user": self.options | {"user": "nobody"},
            "wrong_auth_path": self.options | {"auth": f"{self.url}/nowhere"},
            "no_such_region": self.version(3) | {"region": "nowhere"},
            "unreachable": self.options | {"auth": f"http://{self.host}:{CLOSED}/auth/v1.0"},
        }

    def client(self) -> dict[str, Any]:
        return super().client() | {
            "container": self.container,
            "v2_options": self.version(2),
            "v3_options": self.version(3),
        }

    def answer(self, request: Request) -> Answer:
        """Return Swift's or Keystone's answer."""
        match request.path:
            case "/auth/v1.0":
                return self._version_1(request)
            case "/v2.0/tokens":
                return self._version_2(request.json["auth"])
            case "/v3/auth/tokens":
                return self._version_3(request.json["auth"])
        if request.headers.get("X-Auth-Token") != self._token:
            return Answer(HTTPStatus.UNAUTHORIZED, "<html><h1>Unauthorized</h1></html>")
        sums = {"X-Account-Container-Count": "1", "X-Account-Bytes-Used": "0", "X-Account-Object-Count": "1"}
        if request.path == ACCOUNT:
            end = bool(request.query.get("marker"))
            return Answer(
                body=[] if end else [{"name": self.container, "count": 1, "bytes": len(CONTENT)}], headers=sums
            )
        if request.path != f"{ACCOUNT}/{self.container}":
            return Answer(HTTPStatus.NOT_FOUND, "<html><h1>Not Found</h1></html>")
        then = "2026-01-01T00:00:00.000000"
        file = {
            "name": FILE,
            "bytes": len(CONTENT),
            "hash": "0" * 32,
            "content_type": "text/plain",
            "last_modified": then,
        }
        return Answer(body=[] if request.query.get("marker") else [file])

    def _version_1(self, request: Request) -> Answer:
        if (request.headers.get("X-Auth-User"), request.headers.get("X-Auth-Key")) != (self.user, self.password):
            return Answer(HTTPStatus.UNAUTHORIZED, "<html><h1>Unauthorized</h1></html>")
        return Answer(headers={"X-Storage-Url": f"{self.url}{ACCOUNT}", "X-Auth-Token": self._token})

    def _version_2(self, auth: dict[str, Any]) -> Answer:
        given = auth.get("passwordCredentials", {})
        known = (given.get("username"), given.get("password"), auth.get("tenantName"))
        if known != (self.user, self.password, self.tenant):
            return _refused()
        endpoint = {"region": "RegionOne", "publicURL": f"{self.url}{ACCOUNT}"}
        catalog = [{"type": "object-store", "name": "swift", "endpoints": [endpoint]}]
        token = {"id": self._token, "expires": "2099-01-01T00:00:00Z", "tenant": {"id": "1", "name": self.tenant}}
        return Answer(body={"access": {"token": token, "serviceCatalog": catalog}})

    def _version_3(self, auth: dict[str, Any]) -> Answer:
        if auth["identity"]["methods"] == ["application_credential"]:
            return self._application_credential(auth["identity"]["application_credential"])
        given = auth["identity"].get("password", {}).get("user", {})
        project = auth.get("scope", {}).get("project", {}).get("name")
        known = (given.get("name"), given.get("password"), given.get("domain", {}).get("name"), project)
        if known != (self.user, self.password, self.domain, self.tenant):
            return _refused()
        return self._catalog()

    def _application_credential(self, given: dict[str, Any]) -> Answer:
        user = given.get("user", {})
        owner = (user.get("name"), user.get("domain", {}).get("name"))
        known = given.get("id") == "lab-id" or (given.get("name") == "lab-name" and owner == (self.user, self.domain))
        return self._catalog() if known and given.get("secret") == self.password else _refused()

    def _catalog(self) -> Answer:
        endpoint = {
            "region": "RegionOne",
            "region_id": "RegionOne",
            "interface": "public",
            "url": f"{self.url}{ACCOUNT}",
        }
        catalog = [{"type": "object-store", "name": "swift", "id": "1", "endpoints": [endpoint]}]
        token = {"expires_at": "2099-01-01T00:00:00.000000Z", "methods": ["password"], "catalog": catalog}
        return Answer(HTTPStatus.CREATED, {"token": token}, {"X-Subject-Token": self._token})

    @contextmanager
    def _serving(self) -> Iterator[None]:
        with Listener((HOST, 0), type("Handler", (Handler,), {"answer": self.answer})) as server:
            self.port = server.server_port
            with thread(partial(server.serve_forever, poll_interval=0.05), server.shutdown):
                yield

    def _probe(self) -> None:
        expect(HTTPStatus.UNAUTHORIZED, HTTPConnection(self.host, self.port, timeout=PATIENCE))


def _refused() -> Answer:
    error = {"code": HTTPStatus.UNAUTHORIZED, "title": "Unauthorized", "message": REFUSED}
    return Answer(HTTPStatus.UNAUTHORIZED, {"error": error})
