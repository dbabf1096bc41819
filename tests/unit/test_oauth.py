# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be known of a login without a socket: what is refused, what is asked for, and the token that comes of it."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, MissingLibrary, OAuthFailed
from ansible_collections.nasops.truenas.plugins.module_utils.oauth import flow
from ansible_collections.nasops.truenas.plugins.module_utils.oauth.arguments import ARGUMENTS
from ansible_collections.nasops.truenas.plugins.module_utils.oauth.loopback import Redirects
from ansible_collections.nasops.truenas.plugins.module_utils.oauth.token import rclone_token
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS, tokens
from ansible_collections.nasops.truenas.plugins.module_utils.providers.oauth import OAuthProvider
from tests.unit.tasks import defaults

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=datetime.UTC)
OAUTH = {key: provider.oauth for key, provider in PROVIDERS.items() if issubclass(provider, OAuthProvider)}
ANSWER = {"access_token": "hush", "token_type": "bearer", "refresh_token": "hush too", "expires_in": 3600}


def options(**given: Any) -> dict[str, Any]:
    """Return the options of a task, with Ansible's defaults."""
    return {**defaults(ARGUMENTS), "provider": "box", "client_id": "mine", "dest": "x", "variable": "x", **given}


def test_every_provider_with_a_login_can_be_chosen_and_no_other() -> None:
    assert ARGUMENTS["provider"]["choices"] == sorted(OAUTH)


def test_the_token_is_as_rclone_writes_it() -> None:
    token = rclone_token(ANSWER, OAUTH["box"], NOW)
    assert token == {
        "access_token": "hush",
        "token_type": "bearer",
        "refresh_token": "hush too",
        "expiry": "2026-01-02T04:04:05Z",
    }
    assert PROVIDERS["box"].parse({"token": token})[1] == []


def test_a_token_without_an_end_has_rclones_word_for_it() -> None:
    token = rclone_token({"access_token": "a", "token_type": "bearer", "uid": 1}, OAUTH["pcloud"], NOW)
    assert (token["expiry"], "refresh_token" in token) == ("0001-01-01T00:00:00Z", False)
    assert tokens.read(json.dumps(token)).expiry == tokens.NEVER


def test_yandex_gets_the_type_that_rclone_needs() -> None:
    assert rclone_token(ANSWER, OAUTH["yandex"], NOW)["token_type"] == "OAuth"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({}, "not return an access token"),
        ({**ANSWER, "access_token": ["hush"]}, "not return an access token"),
        ({**ANSWER, "refresh_token": ""}, "not return a refresh token"),
        ({**ANSWER, "expires_in": "soon"}, "valid expiry of the token"),
    ],
)
def test_an_answer_that_is_of_no_use_is_refused_and_not_quoted(answer: dict[str, Any], reason: str) -> None:
    with pytest.raises(OAuthFailed, match=reason) as caught:
        rclone_token(answer, OAUTH["box"], NOW)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"token_url": "http://login.example/token"}, "token_url"),
        ({"authorize_url": "login.example"}, "authorize_url"),
        ({"device_url": "https://["}, "device_url"),
        ({"client_id": ""}, "client_id"),
        ({"redirect_port": 65536}, "redirect_port"),
        ({"timeout": 0}, "timeout"),
        ({"provider": "google_drive", "flow": "device"}, "flow"),
        ({"provider": "s3"}, "provider"),
    ],
)
def test_what_can_never_work_is_refused(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        flow.read(options(**given))
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/token", "http://localhost/token", "https://login.example/t"])
def test_a_url_safe_from_eavesdropping_is_accepted(url: str) -> None:
    assert flow.read(options(token_url=url)).token_url == url


def redirected(**answer: str) -> tuple[Callable[[str], None], Any, list[str]]:
    """Return what shows the address, what listens, and the addresses: the browser comes back with the answer at once."""
    shown: list[str] = []
    redirects = Redirects(7)

    def tell(text: str) -> None:
        shown.append(text.splitlines()[-1])
        state = dict(parse_qsl(urlsplit(shown[0]).query))["state"]
        redirects.answers.put({name: value.replace("STATE", state) for name, value in answer.items()})

    @contextmanager
    def listen(port: int) -> Iterator[Redirects]:
        yield redirects

    return tell, listen, shown


@pytest.mark.parametrize("key", OAUTH)
def test_what_a_person_opens_asks_for_what_the_nas_needs(key: str) -> None:
    tell, listen, shown = redirected(error="access_denied", state="STATE")
    with pytest.raises(OAuthFailed, match="access_denied"):
        flow.browser(flow.read(options(provider=key, client_secret="hush")), tell, listen)
    [url], client = shown, OAUTH[key]
    query = dict(parse_qsl(urlsplit(url).query))
    assert url.startswith(f"{client.authorize_url}?")
    assert query["redirect_uri"] == f"http://{client.loopback}:7/"
    assert query.get("scope", "").split() == list(client.scopes)
    assert client.parameters.items() <= query.items()
    assert (query.get("code_challenge_method") == "S256") == client.pkce
    assert "hush" not in url


@pytest.mark.parametrize(
    ("key", "answer", "reason"),
    [
        ("box", {"code": "c", "state": "another"}, "a different login"),
        ("box", {"code": "c"}, "a different login"),
        ("box", {"error": "access_denied", "state": "another"}, "a different login"),
        ("pcloud", {"code": "c", "state": "another"}, "a different login"),
        (
            "pcloud",
            {"code": "c", "state": "STATE", "hostname": "pcloud.com.evil.example"},
            "does not belong to the provider",
        ),
        ("pcloud", {"code": "c", "hostname": "evil.example/.pcloud.com"}, "does not belong to the provider"),
        ("pcloud", {"code": "c", "hostname": "user@evil:1#.pcloud.com"}, "does not belong to the provider"),
    ],
)
def test_a_code_goes_nowhere_if_the_redirect_is_not_ours(key: str, answer: dict[str, str], reason: str) -> None:
    tell, listen, _shown = redirected(**answer)
    with pytest.raises(OAuthFailed, match=reason):
        flow.browser(flow.read(options(provider=key)), tell, listen)


def test_a_missing_library_is_named_before_anybody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "authlib.integrations.requests_client", None)
    with pytest.raises(MissingLibrary, match="authlib"):
        flow.run(flow.read(options()), pytest.fail)


def test_foreign_text_does_not_reach_the_terminal_as_it_is() -> None:
    assert flow.printable("no\x1b[31m\nred") == "no\ufffd[31m red"
    assert flow.printable("::stop-commands::x ##[group]") == ": :stop-commands::x # #[group]"
