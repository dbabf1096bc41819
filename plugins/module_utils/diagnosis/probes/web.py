# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes for HTTP and WebDAV with requests, and the function that sends requests for other probes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from ..causes import NO_BACKEND, NO_SUCH_BUCKET, NOT_WRITABLE, TIMEOUT, TLS, UNREACHABLE, UNSUPPORTED_LOGIN
from .base import CONTENT, ProbeRefused, ProbeTarget, as_the_nas_reads, authorities, library, new_name, removed


@as_the_nas_reads
def http(values: Mapping[str, Any], target: ProbeTarget) -> None:
    """Get the page of the folder."""
    if target.write:
        raise ProbeRefused("HTTP supports only reading", NOT_WRITABLE)
    # Do not download the body, because it can be long.
    send("GET", _folder(values["url"], target.path), target, allow_redirects=True, stream=True).close()


@as_the_nas_reads
def webdav(values: Mapping[str, Any], target: ProbeTarget) -> None:
    """Request the properties of the folder."""
    if values["vendor"] == "SHAREPOINT":
        raise ProbeRefused(
            "The controller cannot log in to SharePoint",
            replace(NO_BACKEND, hint="Set verify_by: nas; only the NAS can log in to SharePoint."),
        )
    login = (values["user"].encode(), values["pass"].encode()) if values["user"] or values["pass"] else None
    url = _folder(values["url"], target.path)
    answer = send("PROPFIND", url, target, auth=login, headers={"Depth": "0"})
    if answer.status_code != 207:
        raise ProbeRefused(f"{answer.status_code} {answer.reason}: the URL does not support WebDAV", NO_SUCH_BUCKET)
    if target.write:
        file = _folder(values["url"], target.prefix + new_name()).removesuffix("/")
        path = urlsplit(file).path
        with removed(lambda: send("DELETE", file, target, auth=login), path, (ProbeRefused,)):
            answer = send("PUT", file, target, auth=login, data=CONTENT, accept=True)
            if answer.status_code >= 300:
                raise ProbeRefused(f"{answer.status_code} {answer.reason}", NOT_WRITABLE)


def send(method: str, url: str, target: ProbeTarget, *, accept: bool = False, auth: Any = None, **more: Any) -> Any:
    """Send one request, and return the response of `requests`.

    Without `auth`, the login in the URL is used. Raises ProbeRefused if the request fails, and for a status of 400 or more
    unless `accept` is true.
    """
    requests = library("requests", "requests")
    if auth is None:
        user, password = requests.utils.get_auth_from_url(url)
        # A callable that does nothing prevents requests from reading the user's .netrc.
        auth = (user.encode(), password.encode()) if user or password else lambda request: request
    options = {"timeout": target.timeout, "verify": authorities(), "auth": auth, "allow_redirects": False, **more}
    try:
        answer = requests.request(method, url, **options)
    except requests.exceptions.SSLError as error:
        raise ProbeRefused(_innermost(error), TLS) from error
    except requests.exceptions.ReadTimeout as error:
        raise ProbeRefused(_innermost(error), TIMEOUT) from error
    except requests.exceptions.ConnectionError as error:
        raise ProbeRefused(_innermost(error), UNREACHABLE) from error
    except (requests.exceptions.RequestException, ValueError) as error:
        raise ProbeRefused(_innermost(error)) from error
    if answer.status_code == 401 and isinstance(options["auth"], tuple):
        _needs_basic(answer)
    if answer.status_code >= 400 and not accept:
        raise ProbeRefused(f"{answer.status_code} {answer.reason} {_error_body(answer)}".strip())
    return answer


def only_json(answer: Any) -> None:
    """Raise ProbeRefused for an HTML page, such as the login page of a network."""
    if "html" in answer.headers.get("Content-Type", ""):
        raise ProbeRefused("The server did not return a response of the provider's API", UNREACHABLE)


def _needs_basic(answer: Any) -> None:
    """Raise ProbeRefused for a server that lists its login methods without Basic, the only one that the probe supports."""
    offered = re.findall(r"(?:^|,)\s*([A-Za-z][\w-]*)(?=\s|,|$)", answer.headers.get("WWW-Authenticate", ""))
    if offered and "basic" not in map(str.lower, offered):
        text = f"{answer.status_code} {answer.reason}: the server accepts only {', '.join(dict.fromkeys(offered))}"
        raise ProbeRefused(text, UNSUPPORTED_LOGIN)


def _error_body(answer: Any) -> str:
    """Return the body of an error response if it is JSON."""
    return answer.text if "json" in answer.headers.get("Content-Type", "") else ""


def _innermost(error: BaseException) -> str:
    # The outer exceptions only repeat the URL, which can contain secrets.
    while True:
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        if not isinstance(inner, BaseException):
            return str(error)
        error = inner


def _folder(url: str, path: str) -> str:
    """Return the URL of a subfolder, as rclone builds it: with a slash at the end."""
    parts = urlsplit(url)
    base = parts.path.rstrip("/")
    inner = quote(path.strip("/"))
    return urlunsplit(parts._replace(path=f"{base}/{inner}/" if inner else f"{base}/"))
