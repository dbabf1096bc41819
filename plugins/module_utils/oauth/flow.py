# SPDX-License-Identifier: GPL-3.0-or-later
"""The browser flow, with a browser on this host, and the device flow, with a code for a browser on any host.

RFC 6749 §4.1 with RFC 7636 (S256) and RFC 8252 §7.3; RFC 8628. Authlib implements the protocols; this file has the sequence.
"""

from __future__ import annotations

import datetime
import hmac
import secrets
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..errors import InvalidInput, MissingLibrary, OAuthFailed, Problem
from ..foreign import one_line
from ..providers import PROVIDERS
from ..providers.oauth import OAuthClient, OAuthProvider
from ..redaction import placeholders
from ..redaction.texts import LONGEST_ERROR
from ..timeouts import timeout_problems
from .loopback import Redirects, listening
from .token import rclone_token

MAX_LOGIN_TIME = 3600
"""Maximum number of seconds for a user to log in."""

_PATIENCE = 30.0
"""Timeout in seconds for a request to the provider."""


@dataclass(frozen=True)
class Login:
    """The parameters of a login."""

    client: OAuthClient
    client_id: str
    client_secret: str | None
    flow: str
    scopes: tuple[str, ...]
    authorize_url: str
    token_url: str
    token_url_is_given: bool
    device_url: str
    redirect_port: int
    timeout: float


@dataclass(frozen=True)
class Granted:
    """Result of a login; `hostname` is the host of the account, if the provider returned it."""

    token: Mapping[str, str]
    hostname: str = ""


def read(params: Mapping[str, Any]) -> Login:
    """Return the login for the task's options. Raises InvalidInput with all problems."""
    provider = PROVIDERS[params["provider"]]
    if not issubclass(provider, OAuthProvider):
        raise InvalidInput([Problem("provider", "must be a provider with a browser login", "Use another provider.")])
    client = provider.oauth
    problems = [
        Problem(name, "must be an https URL", "Use a URL that starts with https://.")
        for name in ("authorize_url", "token_url", "device_url")
        if params.get(name) is not None and not _is_safe(params[name])
    ]
    device_url = params.get("device_url") or client.device_url
    if params["flow"] == "device" and not device_url:
        reason = f"must be browser, because {provider.title} does not support the device flow for these scopes"
        problems.append(Problem("flow", reason, "Set flow: browser."))
    if not params["client_id"]:
        problems.append(Problem("client_id", "must not be empty", "Register a client with the provider."))
    if not 0 <= params["redirect_port"] <= 65535:
        problems.append(
            Problem("redirect_port", "must be a port", "Use a port from 1 to 65535, or 0 for any free port.")
        )
    problems += timeout_problems("timeout", params["timeout"], MAX_LOGIN_TIME)
    problems += placeholders.problems({"client_secret": params.get("client_secret")})
    if problems:
        raise InvalidInput(problems)
    return Login(
        client=client,
        client_id=params["client_id"],
        client_secret=params.get("client_secret") or None,
        flow=params["flow"],
        scopes=tuple(client.scopes if params.get("scopes") is None else params["scopes"]),
        authorize_url=params.get("authorize_url") or client.authorize_url,
        token_url=params.get("token_url") or client.token_url,
        token_url_is_given=bool(params.get("token_url")),
        device_url=device_url,
        redirect_port=params["redirect_port"],
        timeout=params["timeout"],
    )


def run(login: Login, show: Callable[[str], None]) -> Granted:
    """Log in; `show` displays instructions to the user. Raises OAuthFailed, and MissingLibrary without authlib or requests."""
    return device(login, show) if login.flow == "device" else browser(login, show)


def browser(
    login: Login,
    show: Callable[[str], None],
    listen: Callable[[int], AbstractContextManager[Redirects]] = listening,
) -> Granted:
    """Show the login page's address to the user, wait for the browser's redirect, and return the token."""
    with _session(login) as session, listen(login.redirect_port) as redirects:
        session.redirect_uri = f"http://{login.client.loopback}:{redirects.port}/"
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        proof = {"code_verifier": verifier} if login.client.pkce else {}
        url, state = session.create_authorization_url(
            login.authorize_url, state=state, **proof, **login.client.parameters
        )
        show(f"Open this address in a browser on this host, log in, and allow access:\n{url}")
        answer = redirects.wait(login.timeout)
        code = _code(answer, state, login.client)
        hostname = _hostname(answer, login.client)
        token_url = login.token_url
        if hostname and not login.token_url_is_given:
            token_url = urlsplit(token_url)._replace(netloc=hostname).geturl()
        token = _asked(lambda: session.fetch_token(token_url, code=code, allow_redirects=False, **proof))
    return Granted(rclone_token(token, login.client, _now()), hostname)


def device(
    login: Login,
    show: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Granted:
    """Show a code to the user to enter on the provider's page, poll until it is accepted, and return the token."""
    with _session(login) as session:
        begin = clock()
        asked = {"client_id": login.client_id, **({"scope": " ".join(login.scopes)} if login.scopes else {})}
        offer = _asked(
            lambda: _json(session.post(login.device_url, data=asked, allow_redirects=False, withhold_token=True))
        )
        # Some providers return `verification_url`, as before the RFC.
        page = offer.get("verification_uri") or offer.get("verification_url")
        device_code, user_code = offer.get("device_code"), offer.get("user_code")
        if not all(isinstance(text, str) and text for text in (page, device_code, user_code)):
            raise OAuthFailed("The provider did not return a code for the device flow.")
        end = begin + min(login.timeout, _seconds(offer.get("expires_in"), login.timeout))
        pause = _seconds(offer.get("interval"), 5) or 5
        show(f"Open this address in any browser, and enter the code {printable(user_code)}:\n{printable(page)}")
        while clock() + pause < end:
            sleep(pause)
            try:
                token = _asked(
                    lambda: session.fetch_token(
                        login.token_url,
                        grant_type=login.client.device_grant,
                        device_code=device_code,
                        allow_redirects=False,
                    )
                )
            except OAuthFailed as failed:
                if failed.error not in ("authorization_pending", "slow_down"):
                    raise
                pause += 5 if failed.error == "slow_down" else 0
            else:
                return Granted(rclone_token(token, login.client, _now()))
    raise OAuthFailed("Nobody entered the code and allowed access in time. Run the task again.")


def printable(text: Any) -> str:
    """Return text from another host, safe for a terminal and a workflow runner."""
    return one_line(str(text))[:LONGEST_ERROR]


def _session(login: Login) -> Any:
    try:
        # Imported late: nothing else needs it.
        from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415 - optional, to report its absence
    except ImportError:
        raise MissingLibrary("authlib and requests", traceback.format_exc()) from None
    return OAuth2Session(
        client_id=login.client_id,
        client_secret=login.client_secret,
        scope=" ".join(login.scopes) or None,
        token_endpoint_auth_method="client_secret_post" if login.client_secret else "none",
        code_challenge_method="S256",
        default_timeout=_PATIENCE,
    )


def _asked(ask: Callable[[], Any]) -> dict[str, Any]:
    """Return the provider's response. Raises OAuthFailed with the provider's error, and without the content of the request."""
    from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - optional, and slow to import
    from requests import RequestException  # noqa: PLC0415 - optional, and slow to import

    try:
        return dict(ask())
    except AuthlibBaseError as error:
        raise _refused(str(error.error), error.description) from None
    except RequestException as error:
        raise OAuthFailed(f"The request to the provider failed ({type(error).__name__}).") from None
    except (TypeError, ValueError):
        raise OAuthFailed("The provider did not return JSON.") from None


def _json(response: Any) -> dict[str, Any]:
    answer: dict[str, Any] = response.json()
    if "error" in answer:
        raise _refused(str(answer["error"]), answer.get("error_description"))
    response.raise_for_status()
    return answer


def _code(answer: Mapping[str, str], state: str, client: OAuthClient) -> str:
    """Return the code in a redirect. Raises OAuthFailed for a redirect of another login, and for a refusal."""
    given = answer.get("state")
    ours = not client.returns_state if given is None else hmac.compare_digest(given.encode(), state.encode())
    if not ours:
        raise OAuthFailed("The browser returned a response to a different login (state mismatch). Run the task again.")
    if "error" in answer:
        raise _refused(answer["error"], answer.get("error_description"))
    return answer["code"]


def _hostname(answer: Mapping[str, str], client: OAuthClient) -> str:
    """Return the host in a redirect. Raises OAuthFailed for a host of another domain, which would receive the secret."""
    hostname = answer.get("hostname", "") if client.host_domain else ""
    labels = hostname.replace("-", "").split(".")
    if hostname and not (hostname.endswith(f".{client.host_domain}") and all(map(str.isalnum, labels))):
        raise OAuthFailed("The browser returned a host that does not belong to the provider.")
    return hostname


def _refused(error: str, description: Any) -> OAuthFailed:
    reason = printable(error) + (f": {printable(description)}" if description else "")
    return OAuthFailed(f"The provider rejected the login: {reason}", error)


def _is_safe(url: str) -> bool:
    """Return whether nobody can intercept requests: https, or a server on this host."""
    try:
        scheme, host = urlsplit(url).scheme, urlsplit(url).hostname
    except ValueError:
        return False
    return (scheme == "https" and bool(host)) or (scheme == "http" and host in ("127.0.0.1", "localhost"))


def _seconds(value: Any, otherwise: float) -> float:
    try:
        return max(float(value), 0.0)
    except (TypeError, ValueError):
        return otherwise


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
