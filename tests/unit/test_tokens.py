# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens are read as rclone reads them (tests/integration/test_tokens.py), and one without renewal gets an expiry."""

from __future__ import annotations

import base64
import datetime
import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils.credential import spec
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes import dropbox
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import ProbeTarget
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import MASK, Refused
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS, tokens
from ansible_collections.nasops.truenas.plugins.module_utils.providers.json_values import is_base64_of_object
from ansible_collections.nasops.truenas.plugins.module_utils.providers.oauth import OAuthProvider
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import ARGUMENTS
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import defaults

DEFAULTS = defaults(ARGUMENTS)
RENEWING = [
    key for key, provider in PROVIDERS.items() if issubclass(provider, OAuthProvider) and provider.oauth.refreshes
]

TIMES_READ = [
    "2030-01-01T00:00:00Z",
    "2030-01-01T00:00:00+01:00",
    "2030-01-01T00:00:00-00:00",
    "2030-01-01T00:00:00-23:59",
    "2030-01-01T00:00:00+24:00",
    "2030-01-01T00:00:00+23:60",
    "2030-01-01T00:00:00.5Z",
    "2030-01-01T00:00:00,5Z",
    "2030-01-01T00:00:00.123456789123456789Z",
    "2030-01-01T0:00:00Z",
    "2028-02-29T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "0000-02-29T00:00:00Z",
    None,
]
TIMES_REFUSED = [
    "",
    "never",
    "null",
    "1893456000",
    1893456000,
    1893456000000,
    1.5,
    True,
    {},
    [],
    "2030-01-01",
    "2030-01-01T00:00:00",
    "2030-01-01T00:00Z",
    "2030-01-01 00:00:00Z",
    "2030-01-01T00:00:00 +01:00",
    "2030-01-01T00:00:00+0100",
    "2030-01-01T00:00:00+01",
    "2030-01-01T00:00:00+1:00",
    "2030-01-01T00:00:00+25:00",
    "2030-01-01T00:00:00+01:61",
    "2030-01-01T00:00:00+01:00:00",
    "2030-01-01T00:00:00UTC",
    "2030-01-01t00:00:00Z",
    "2030-01-01T00:00:00z",
    "2030-01-01T00:00:00.Z",
    "2030-01-01T24:00:00Z",
    "2030-01-01T23:60:00Z",
    "2030-01-01T23:59:60Z",
    "2030-02-29T00:00:00Z",
    "0001-02-29T00:00:00Z",
    "2030-00-01T00:00:00Z",
    "2030-13-01T00:00:00Z",
    "2030-1-01T00:00:00Z",
    "30-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "20300101T000000Z",
    "2030-W01-1T00:00:00Z",
    " 2030-01-01T00:00:00Z",
    "2030-01-01T00:00:00Z\n",
    "٢٠٣٠-01-01T00:00:00Z",
]

TOKENS_READ = [
    '{"access_token": "a"}',
    '  {"access_token": "a", "scope": ["x"], "expiry_date": 1893456000000}  ',
    '{"ACCESS_TOKEN": "a", "Refresh_Token": "r", "EXPIRY": "2030-01-01T00:00:00Z"}',
    '{"access\\u005ftoken": "a"}',
    '{"AccessToken": "a", "RefreshToken": "r", "Expiry": "2030-01-01T00:00:00Z"}',
    '{"accesstoken": "a"}',
    '{"AccessToken": "a", "refresh_token": "r"}',
    '{"AccessToken": "a", "TokenType": 5}',
    '{"AccessToken": 5, "access_token": "a"}',
    '{"access_token": "", "ACCESS_TOKEN": "a"}',
    '{"access_token": "a", "access_token": null}',
    '{"access_token": "a", "refresh_token": null, "token_type": null, "expires_in": null}',
    '{"access_token": "a", "expires_in": 3600}',
    '{"access_token": "a", "expires_in": -9223372036854775808}',
]
TOKENS_REFUSED = [
    "{}",
    "[]",
    "null",
    '"a"',
    "a",
    "{'access_token': 'a'}",
    '{"access_token": "a"} x',
    '{"access_token": "a\t"}',
    '{"access_token": "a", "x": NaN}',
    '\ufeff{"access_token": "a"}',
    '{"installed": {"client_id": "x", "client_secret": "y"}}',
    '{"web": {"client_id": "x"}}',
    '{"type": "service_account", "private_key": "x"}',
    '{"refresh_token": "r"}',
    '{"access_token": null, "refresh_token": "r"}',
    '{"access_token": "", "refresh_token": "r"}',
    '{"ACCESS_TOKEN": "a", "access_token": ""}',
    '{"access-token": "a"}',
    '{"access_token": 5}',
    '{"access_token": {"a": 1}}',
    '{"AccessToken": 5}',
    '{"AccessToken": "a", "RefreshToken": 5}',
    '{"access_token": "a", "refresh_token": false}',
    '{"access_token": "a", "token_type": 5}',
    '{"access_token": "a", "expires_in": "3600"}',
    '{"access_token": "a", "Expires_In": "3600"}',
    '{"access_token": "a", "expires_in": 3600.0}',
    '{"access_token": "a", "expires_in": 1e3}',
    '{"access_token": "a", "expires_in": -9223372036854775809}',
    '{"access_token": "a", "expires_in": true}',
    '{"access_token": "a", "expires_in": 9223372036854775808}',
    '{"access_token": "a", "Expiry": "soon"}',
    '{"access_token": "a", "expiry": "soon", "expiry": "2030-01-01T00:00:00Z"}',
    '{"access_token": "a", "expiry": "2030-01-01T00:00:00\\u002b01:00"}',
]


def with_expiry(expiry: Any) -> str:
    """Return a token with this expiry."""
    return json.dumps({"access_token": "a", "token_type": "Bearer", "refresh_token": "r", "expiry": expiry})


def refuses(token: str) -> bool:
    """Tell whether the collection refuses the token."""
    try:
        tokens.read(token)
    except Refused:
        return True
    return False


def test_a_token_with_the_old_names_and_only_a_refresh_token_has_texts() -> None:
    token = tokens.read('{"RefreshToken": "r"}')
    assert (token.access_token, token.refresh_token) == ("", "r")


@pytest.mark.parametrize("expiry", [*TIMES_READ, *TIMES_REFUSED], ids=json.dumps)
def test_an_expiry_is_read_or_refused(expiry: Any) -> None:
    assert refuses(with_expiry(expiry)) is (expiry in TIMES_REFUSED and expiry is not None)


@pytest.mark.parametrize("token", [*TOKENS_READ, *TOKENS_REFUSED])
def test_a_token_is_read_or_refused(token: str) -> None:
    assert refuses(token) is (token in TOKENS_REFUSED)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2030-01-01T00:30:00+01:00", "2029-12-31T23:30:00+00:00"),
        ("2030-01-01T23:30:00-01:00", "2030-01-02T00:30:00+00:00"),
        ("2030-01-01T00:00:00,25Z", "2030-01-01T00:00:00.250000+00:00"),
        ("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.999999+00:00"),
        ("0001-01-01T00:00:00+00:01", "0001-01-01T00:00:00.000001+00:00"),
        ("0000-06-01T00:00:00Z", "0001-01-01T00:00:00.000001+00:00"),
    ],
)
def test_a_time_is_the_moment_that_it_names_or_the_nearest_that_python_has(text: str, utc: str) -> None:
    assert tokens.moment(text).isoformat() == utc


@given(st.datetimes(timezones=st.timezones()))
def test_every_time_that_python_writes_is_read_as_itself(when: datetime.datetime) -> None:
    offset = when.utcoffset() or datetime.timedelta()
    # Offsets of long ago have seconds, which RFC 3339 does not.
    whole = when.replace(tzinfo=datetime.timezone(datetime.timedelta(minutes=offset // datetime.timedelta(minutes=1))))
    try:
        expected = whole.astimezone(datetime.UTC)
    except OverflowError:
        return
    assert tokens.moment(whole.isoformat()) == expected


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "0001-01-01T01:00:00+01:00", "0001-01-01T00:00:00.000Z"])
def test_the_zero_time_is_no_end(text: str) -> None:
    token = tokens.read(with_expiry(text))
    assert (token.expiry, token.end) == (tokens.NEVER, None)


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ({}, "must not be an empty object"),
        ({"installed": {"client_id": "x"}}, "the file of an OAuth client"),
        ({"web": {"client_id": "x"}}, "the file of an OAuth client"),
        ({"type": "service_account", "private_key": "x"}, "the key of a service account"),
        ({"refresh_token": "r"}, "requires access_token"),
        ({"access_token": "", "refresh_token": "r"}, "requires access_token"),
        ({"access_token": "a", "expiry": ""}, "an expiry that rclone cannot read"),
        ({"access_token": "a", "expires_in": "3600"}, "expires_in as a whole number"),
        ({"access_token": "a", "expires_in": 2**63}, "expires_in as a whole number"),
        ({"access_token": "a", "expires_in": -(2**63) - 1}, "expires_in as a whole number"),
    ],
)
@pytest.mark.parametrize("key", [*RENEWING, "pcloud"])
def test_a_token_that_cannot_work_is_refused_with_its_reason(key: str, token: dict[str, Any], reason: str) -> None:
    [problem] = PROVIDERS[key].parse({"token": token})[1]
    assert problem.field == f"{key}.token"
    assert reason in problem.reason
    assert problem.remedy


WHOLE = json.dumps({"access_token": "hush", "refresh_token": "r", "expiry": "2030-01-01T00:00:00Z"})


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (
            f"Paste the following into your remote machine --->\n{WHOLE}\n<---End paste",
            "the lines of `rclone authorize`",
        ),
        (f"{WHOLE}\n<---End paste", "the lines of `rclone authorize`"),
        (f"remote machine --->\n{WHOLE}", "the lines of `rclone authorize`"),
        (f"[remote]\ntype = box\ntoken = {WHOLE}\n", "a part of an rclone.conf"),
        (f"token = {WHOLE}", "a part of an rclone.conf"),
        (f"export RCLONE_BOX_TOKEN={WHOLE}", "a part of an rclone.conf"),
        (str(json.loads(WHOLE)), "single quotes"),
        (json.dumps(WHOLE), "text in quotes"),
        (f"'{WHOLE}'", "text in quotes"),
        (f"\ufeff{WHOLE}", "byte order mark"),
        (base64.b64encode(WHOLE.encode()).decode(), "Base64"),
        (base64.urlsafe_b64encode(f'{{"token": "{chr(0xFF) * 9}"}}'.encode()).decode().rstrip("="), "Base64"),
        (base64.encodebytes(WHOLE.encode()).decode(), "Base64"),
        (f"[{WHOLE}]", "rclone cannot read anything else"),
        (f"{WHOLE},", "rclone cannot read anything else"),
        ("!hush", "rclone cannot read anything else"),
        ({"type": "box", "token": WHOLE}, "inside of another object"),
        ({"token": json.loads(WHOLE)}, "inside of another object"),
        ({"token": "hush", "refresh_token": "r"}, "requires access_token, but has token"),
    ],
)
@pytest.mark.parametrize("key", [*RENEWING, "pcloud"])
def test_a_token_that_is_copied_with_something_around_it_is_refused_with_what_to_remove(
    key: str, token: Any, reason: str
) -> None:
    [problem] = PROVIDERS[key].parse({"token": token})[1]
    assert reason in problem.reason
    assert problem.remedy
    assert "hush" not in str(problem)


def test_an_access_token_alone_is_a_token_of_the_provider_for_which_rclone_takes_it() -> None:
    provider = PROVIDERS["dropbox"]
    [field] = [option for option in provider.options().values() if option.name == "token"]
    alone = "hush-A.b_1"
    values, problems = provider.parse({"token": alone})
    made = {"access_token": alone, "token_type": "bearer", "expiry": "0001-01-01T00:00:00Z"}
    assert (json.loads(str(values["token"])), problems) == (made, [])
    assert field.kind.same(alone, values["token"])
    assert not field.kind.same("other", values["token"])
    assert [*provider.warn({"token": alone})] == []
    assert ["so it stops working" in warning for warning in provider.warn({"token": f"sl.{alone}"})] == [True]
    assert provider.parse({"token": "sl hush"})[1]
    for key in {*RENEWING} - {"dropbox"}:
        assert PROVIDERS[key].parse({"token": alone})[1], key


def test_a_stored_access_token_alone_is_in_sync_with_itself() -> None:
    nas = FakeNas(
        {"id": 1, "name": "d", "provider": {"type": "DROPBOX", "client_id": "", "client_secret": "", "token": "A"}}
    )
    for token, changed in (("A", []), ("B", ["token"]), ("B", [])):
        desired = spec.read({"name": "d", **DEFAULTS, "dropbox": {"token": token}})
        assert ensure(KIND, desired, Nas(nas), check_mode=False)["changed_fields"] == changed


@pytest.mark.parametrize("rest", [{}, {"expires_in": 3600}, {"expiry": None}, {"Expiry": None}, {"scope": "x"}])
@pytest.mark.parametrize("key", RENEWING)
def test_a_token_that_rclone_would_never_renew_expires_at_a_time_that_every_run_writes_alike(
    key: str, rest: dict[str, Any]
) -> None:
    provider = PROVIDERS[key]
    token = {"access_token": "a", "refresh_token": "r", **rest}
    values, problems = provider.parse({"token": token})
    kept = {name: value for name, value in token.items() if name.lower() != "expiry"}
    assert (json.loads(str(values["token"])), problems) == ({**kept, "expiry": "1970-01-01T00:00:00Z"}, [])
    assert provider.parse({"token": json.dumps(token)}) == (values, [])
    assert provider.parse(values) == (values, [])
    assert [*provider.warn(values)] == []


@pytest.mark.parametrize(
    ("key", "token"),
    [
        ("pcloud", {"access_token": "a", "refresh_token": "r"}),
        ("box", {"access_token": "a"}),
        ("box", {"access_token": "a", "refresh_token": "r", "expiry": "0001-01-01T00:00:00Z"}),
        ("box", {"access_token": "a", "refresh_token": "r", "expiry": "2030-01-01T00:00:00Z"}),
    ],
)
def test_any_other_token_is_written_as_it_is(key: str, token: dict[str, Any]) -> None:
    assert PROVIDERS[key].parse({"token": token})[0] == {"token": json.dumps(token)}


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ({"access_token": "a", "refresh_token": "r"}, "has a refresh_token but no expiry"),
        ({"access_token": "a"}, "has no refresh_token, so it stops"),
        ({"access_token": "a", "expiry": "9999-01-01T00:00:00Z"}, "has no refresh_token, so it stops"),
        ({"access_token": "a", "expiry": "2020-01-01T02:00:00+01:00"}, "expired at 2020-01-01 01:00 UTC"),
        ({"access_token": "a", "expiry": "0001-01-01T00:00:00Z"}, None),
        ({"AccessToken": "a", "RefreshToken": "r", "Expiry": "2020-01-01T00:00:00Z"}, None),
        ({"ACCESS_TOKEN": "a", "REFRESH_TOKEN": "r", "EXPIRY": "2020-01-01T00:00:00Z"}, None),
        ({"access_token": "a", "expiry": "soon"}, "contains an expiry that rclone cannot read"),
    ],
)
@pytest.mark.parametrize("key", RENEWING)
def test_a_stored_token_is_warned_about_exactly_if_it_will_stop_working(
    key: str, token: dict[str, Any], words: str | None
) -> None:
    warnings = [*PROVIDERS[key].warn({"token": json.dumps(token)})]
    assert len(warnings) == (words is not None)
    assert words is None or words in warnings[0]


def test_a_token_that_rclone_would_never_renew_is_written_once_and_its_renewal_stays() -> None:
    token = {"access_token": "a", "refresh_token": "r", "expires_in": 3600}
    stored = {"type": "BOX", "client_id": "", "client_secret": "", "token": json.dumps(token)}
    nas = FakeNas({"id": 1, "name": "box", "provider": stored})

    def run() -> list[str]:
        desired = spec.read({"name": "box", **DEFAULTS, "box": {"token": token}})
        changed: list[str] = ensure(KIND, desired, Nas(nas), check_mode=False)["changed_fields"]
        return changed

    assert [run(), run()] == [["token"], []], "a stored token without expiry is a difference"
    renewed = {**token, "access_token": "b", "expiry": "2026-01-01T00:00:00Z"}
    nas.entries[1]["provider"]["token"] = json.dumps(renewed)
    assert run() == []
    assert json.loads(nas.entries[1]["provider"]["token"]) == renewed


@pytest.mark.parametrize("token", ["", MASK, None])
def test_a_token_that_is_hidden_or_missing_is_not_warned_about(token: str | None) -> None:
    assert [*PROVIDERS["box"].warn({"token": token})] == []


def test_a_token_has_what_its_text_has() -> None:
    assert tokens.read('{"access_token": "a"}') == tokens.OAuthToken("a", "", None)
    assert tokens.read('{"RefreshToken": "r", "AccessToken": "a"}') == tokens.OAuthToken("a", "r", None)


def test_a_token_that_gets_an_expiry_keeps_its_letters() -> None:
    token = json.dumps({"access_token": "ü", "refresh_token": "r"}, ensure_ascii=False)
    assert json.loads(tokens.renewable(token)) == {**json.loads(token), "expiry": tokens.LONG_AGO}
    assert '"ü"' in tokens.renewable(token)


@pytest.mark.parametrize(("token", "reason"), [("", "must not be empty"), (5, "must be text")])
def test_what_is_no_text_is_not_read_as_a_token(token: Any, reason: str) -> None:
    _values, [problem] = PROVIDERS["box"].parse({"token": token})
    assert problem.reason == reason


@pytest.mark.parametrize("stored", [None, "", "no JSON", "{}"])
def test_a_stored_value_without_a_token_is_not_newer(stored: Any) -> None:
    assert tokens.find(stored) is None
    token = json.dumps({"access_token": "a", "expiry": "2030-01-01T00:00:00Z"})
    assert not PROVIDERS["box"].token_is_newer({"token": stored}, {"token": token})


def test_a_probe_sends_an_access_token_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def send(*_request: Any, headers: dict[str, str], **_options: Any) -> SimpleNamespace:
        sent.append(headers["Authorization"])
        return SimpleNamespace(status_code=200, reason="OK", text="", headers={})

    monkeypatch.setattr(dropbox, "send", send)
    provider = PROVIDERS["dropbox"]
    assert provider.probe
    provider.probe({"token": "abc.1"}, ProbeTarget())
    assert sent == ["Bearer abc.1"]


def test_an_access_token_with_a_dot_is_not_base64() -> None:
    values, problems = PROVIDERS["dropbox"].parse({"token": "e.y.J.h.IjoxfQ"})
    assert not problems
    assert json.loads(str(values["token"]))["access_token"] == "e.y.J.h.IjoxfQ"
    for encoded in ("eyJhIjoxfQ", "e3t7eXXX"):
        assert PROVIDERS["dropbox"].parse({"token": encoded})[1]


@pytest.mark.parametrize(
    ("text", "is_base64"),
    [
        ("eyJhIjoxfQ", True),
        ("eyJhIjoxfQ==", True),
        ("eyJhIjoxfQ===", True),
        ("e\n yJhIjox\nfQ==", True),
        ("IHsiYSI6Ij4_In0", True),
        ("e.y.J.h.IjoxfQ", False),
        ("WzFd", False),
        ("eyJhIjoxf", False),
    ],
)
def test_base64_of_an_object_is_recognized(text: str, is_base64: bool) -> None:
    assert is_base64_of_object(text) is is_base64
