# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP and WebDAV, by requests; and the one request that the providers with an API of their own build on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from ..causes import NO_BACKEND, NO_SUCH_BUCKET, NOT_WRITABLE, TIMEOUT, TLS, UNREACHABLE, UNSUPPORTED_LOGIN
from .base import CONTENT, Aim, Refused, as_the_nas_reads, authorities, library, new_name, removed


@as_the_nas_reads
def http(values: Mapping[str, Any], aim: Aim) -> None:
    """Get the page of the folder."""
    if aim.write:
        raise Refused("Over HTTP files can only be read", NOT_WRITABLE)
    # Its text is left where it is, because it may be long.
    send("GET", _folder(values["url"], aim.path), aim, allow_redirects=True, stream=True).close()


@as_the_nas_reads
def webdav(values: Mapping[str, Any], aim: Aim) -> None:
    """Ask for the properties of the folder."""
    if values["vendor"] == "SHAREPOINT":
        raise Refused(
            "SharePoint has a login of its own",
            replace(NO_BACKEND, hint="Only the NAS can log in there: verify from the NAS."),
        )
    login = (values["user"].encode(), values["pass"].encode()) if values["user"] or values["pass"] else None
    url = _folder(values["url"], aim.path)
    answer = send("PROPFIND", url, aim, auth=login, headers={"Depth": "0"})
    if answer.status_code != 207:
        raise Refused(f"{answer.status_code} {answer.reason}: no WebDAV is spoken at that URL", NO_SUCH_BUCKET)
    if aim.write:
        file = _folder(values["url"], new_name(aim.path)).removesuffix("/")
        place = urlsplit(file).path
        with removed(lambda: send("DELETE", file, aim, auth=login), place, (Refused,)):
            answer = send("PUT", file, aim, auth=login, data=CONTENT, accept=True)
            if answer.status_code >= 300:
                raise Refused(f"{answer.status_code} {answer.reason}", NOT_WRITABLE)


def send(method: str, url: str, aim: Aim, *, accept: bool = False, auth: Any = None, **more: Any) -> Any:
    """Send one request, and return the answer of `requests`.

    Without `auth` what the URL says counts. Raises Refused for an answer of 400 or more, unless the caller will `accept` it,
    and if there is none.
    """
    requests = library("requests", "requests")
    if auth is None:
        user, password = requests.utils.get_auth_from_url(url)
        # A callable that does nothing keeps the file .netrc of whoever runs the task out of it.
        auth = (user.encode(), password.encode()) if user or password else lambda request: request
    options = {"timeout": aim.timeout, "verify": authorities(), "auth": auth, "allow_redirects": False, **more}
    try:
        answer = requests.request(method, url, **options)
    except requests.exceptions.SSLError as error:
        raise Refused(_innermost(error), TLS) from error
    except requests.exceptions.ReadTimeout as error:
        raise Refused(_innermost(error), TIMEOUT) from error
    except requests.exceptions.ConnectionError as error:
        raise Refused(_innermost(error), UNREACHABLE) from error
    except (requests.exceptions.RequestException, ValueError) as error:
        raise Refused(_innermost(error)) from error
    if answer.status_code == 401 and isinstance(options["auth"], tuple):
        _needs_basic(answer)
    if answer.status_code >= 400 and not accept:
        raise Refused(f"{answer.status_code} {answer.reason} {_said(answer)}".strip())
    return answer


def only_json(answer: Any) -> None:
    """Raise Refused for an answer that is a page for people, such as one that asks for a login to the network."""
    if "html" in answer.headers.get("Content-Type", ""):
        raise Refused("The server did not return an answer of the provider's API", UNREACHABLE)


def _needs_basic(answer: Any) -> None:
    """Raise Refused for a server that names the kinds of login that it knows, without the only one that is tried here."""
    offered = re.findall(r"(?:^|,)\s*([A-Za-z][\w-]*)(?=\s|,|$)", answer.headers.get("WWW-Authenticate", ""))
    if offered and "basic" not in map(str.lower, offered):
        text = f"{answer.status_code} {answer.reason}: the server accepts only {', '.join(dict.fromkeys(offered))}"
        raise Refused(text, UNSUPPORTED_LOGIN)


def _said(answer: Any) -> str:
    """Return the body of a refusal if it is meant for programs."""
    return answer.text if "json" in answer.headers.get("Content-Type", "") else ""


def _innermost(error: BaseException) -> str:
    # The outer ones only repeat the address, with what a URL may hold of secrets.
    while True:
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        if not isinstance(inner, BaseException):
            return str(error)
        error = inner


def _folder(url: str, path: str) -> str:
    """Return the URL of a folder under another, as rclone builds it: with a slash at its end."""
    parts = urlsplit(url)
    base = parts.path.rstrip("/")
    inner = quote(path.strip("/"))
    return urlunsplit(parts._replace(path=f"{base}/{inner}/" if inner else f"{base}/"))
