# SPDX-License-Identifier: GPL-3.0-or-later
"""Probe for OpenStack Swift: one request to log in with version 1, and keystoneauth1 for versions 2 and 3."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ..causes import NO_SUCH_BUCKET, NOT_WRITABLE, WRONG_LOGIN
from .base import (
    CONTENT,
    ProbeRefused,
    ProbeTarget,
    as_the_nas_reads,
    authorities,
    library,
    needs_bucket,
    needs_some,
    new_name,
    removed,
)
from .web import only_json, send

SERVICE = "object-store"

_PARTS = ("id", "name", "secret")
"""Parts of an application credential."""


@as_the_nas_reads
def probe(values: Mapping[str, Any], target: ProbeTarget) -> None:
    """List the container, or all containers if the target has none."""
    needs_bucket(target)
    storage, token = _login(values, target)
    headers = {"X-Auth-Token": token}
    url = f"{storage.rstrip('/')}/{quote(target.bucket, safe='')}".rstrip("/")
    wanted = {"format": "json", "limit": 1}
    folder = {"prefix": target.prefix} if target.prefix else {}
    answer = send("GET", url, target, headers=headers, params={**wanted, **folder})
    only_json(answer)
    if not target.bucket:
        # For an account without containers, the response can be empty.
        needs_some(answer.text.strip() not in ("", "[]"))
    if target.write:
        name = target.prefix + new_name()
        file = f"{url}/{quote(name)}"
        with removed(lambda: send("DELETE", file, target, headers=headers), f"{target.bucket}/{name}", (ProbeRefused,)):
            answer = send("PUT", file, target, headers=headers, data=CONTENT, accept=True)
            if answer.status_code >= 400:
                raise ProbeRefused(f"{answer.status_code} {answer.reason}", NOT_WRITABLE)


def _login(values: Mapping[str, Any], target: ProbeTarget) -> tuple[str, str]:
    """Return the URL of the storage and a token."""
    chosen = values.get("storage_url") or ""
    if chosen and values.get("auth_token"):
        return chosen, values["auth_token"]
    if _version(values) == 1:
        headers = {"X-Auth-User": values["user"].encode(), "X-Auth-Key": values["key"].encode()}
        answer = send("GET", values["auth"], target, headers=headers)
        try:
            return chosen or answer.headers["X-Storage-Url"], answer.headers["X-Auth-Token"]
        except KeyError as missing:
            raise ProbeRefused(f"The login response lacks {missing}. Check the URL in auth", NO_SUCH_BUCKET) from None
    return _keystone(values, target, chosen)


def _keystone(values: Mapping[str, Any], target: ProbeTarget, chosen: str) -> tuple[str, str]:
    identity = library("keystoneauth1.identity", "keystoneauth1")
    exceptions = library("keystoneauth1.exceptions", "keystoneauth1")
    # The library would log its own warnings.
    logging.getLogger("keystoneauth").addHandler(logging.NullHandler())
    session = library("keystoneauth1.session", "keystoneauth1").Session(verify=authorities(), timeout=target.timeout)
    login = _method(identity, values)
    try:
        token = login.get_token(session)
        interface, region = values.get("endpoint_type") or "public", values.get("region") or None
        storage = chosen or login.get_endpoint(
            session, service_type=SERVICE, interface=interface, region_name=region, skip_discovery=True
        )
    except exceptions.ClientException as error:
        raise ProbeRefused(str(error)) from error
    if not storage:
        where = f"for endpoint_type {interface} in {f'region {region}' if region else 'any region'}"
        raise ProbeRefused(f"The service does not offer storage {where}", NO_SUCH_BUCKET)
    return str(storage), str(token)


def _method(identity: Any, values: Mapping[str, Any]) -> Any:
    """Return keystoneauth's login method for the values, without empty ones."""

    def given(**names: str) -> dict[str, str]:
        return {argument: values[field] for argument, field in names.items() if values.get(field)}

    if _version(values) == 2:
        tenant = given(tenant_name="tenant", tenant_id="tenant_id")
        return identity.V2Password(values["auth"], username=values["user"], password=values["key"], **tenant)
    user = given(user_id="user_id") or given(username="user", user_domain_name="domain")
    # With an incomplete application credential, rclone logs in with user and key.
    id_, name, secret = ({f"application_credential_{part}": f"application_credential_{part}"} for part in _PARTS)
    application = given(**id_) or given(**name)
    if application and given(**secret):
        if not given(**id_) and not user.keys() & {"user_id", "user_domain_name"}:
            raise ProbeRefused("DomainID or Domain should be provided", WRONG_LOGIN)
        return identity.V3ApplicationCredential(values["auth"], **application, **given(**secret), **user)
    project = given(project_id="tenant_id") or given(project_name="tenant", project_domain_name="tenant_domain")
    if "project_name" in project and "project_domain_name" not in project:
        project |= given(project_domain_name="domain")
    return identity.V3Password(values["auth"], password=values["key"], **user, **project)


def _version(values: Mapping[str, Any]) -> int:
    """Return the version of the login from auth_version or, as rclone does, from the URL."""
    if values.get("auth_version"):
        return int(values["auth_version"])
    match = re.search(r"/v([123])\b", values["auth"])
    if not match:
        raise ProbeRefused(
            "The version of the login is set neither in auth_version nor in the URL in auth", WRONG_LOGIN
        )
    return int(match.group(1))
