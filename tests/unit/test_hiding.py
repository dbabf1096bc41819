# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are taken out of texts that come from elsewhere, in whatever form they stand there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import readable
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.texts import (
    provider_secrets,
    redact_in,
    redact_text,
    texts,
)


@pytest.mark.parametrize(
    "form",
    ['hush"ca/n ary', 'hush\\"ca/n ary', "hush%22ca/n%20ary", "hush%22ca%2fn%20ary", "hush%22ca%2Fn+ary"],
)
def test_every_form_is_hidden(form: str) -> None:
    assert redact_text(f"error: {form}!", ['hush"ca/n ary']) == "error: ********!"


def test_line_breaks_that_the_nas_drops_and_umlauts_that_json_escapes() -> None:
    assert redact_text("x onetwo y", ["one\r\ntwo"]) == "x ******** y"
    assert redact_text("x h\\u00e4sh y", ["häsh"]) == "x ******** y"


def test_a_short_secret_does_not_eat_the_text() -> None:
    assert redact_text("cannot connect as a", ["a"]) == "cannot connect as ********"


def test_a_result_is_hidden_in_at_every_depth_and_in_every_form() -> None:
    result = {
        "msg": 'said hush"canary',
        "diff": [{"before": "hush%22canary", 'key hush"canary': {"escaped": 'hush\\"canary'}}],
        "id": 123456,
        "seconds": 1.23456,
        "changed": True,
        "nothing": None,
        "name": "offsite",
    }
    assert redact_in(result, ['hush"canary', "123456"]) == {
        "msg": "said ********",
        "diff": [{"before": "********", "key ********": {"escaped": "********"}}],
        "id": "********",
        "seconds": 1.23456,
        "changed": True,
        "nothing": None,
        "name": "offsite",
    }


def test_a_result_without_a_secret_is_left_alone() -> None:
    result = {"name": "offsite", "ids": (1, 2)}
    assert redact_in(result, ["hush-canary", ""]) is result


@given(
    st.recursive(
        st.text() | st.integers() | st.none() | st.booleans(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.text(min_size=6).filter(lambda secret: secret.strip("*")),
)
def test_no_text_of_a_result_holds_a_secret(inner: Any, secret: str) -> None:
    result = {"inner": inner, "at": f"x{secret}y", secret: [secret, {"k": secret}]}
    redacted = redact_in(result, [secret])
    if secret not in "********":
        assert not any(secret in text for text in written(redacted))
        assert secret not in [*texts(redacted)]


def written(value: Any) -> Iterator[str]:
    """Yield the texts in a value, keys included. A number is a secret only as a whole, so it is not among them."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (str(key), *written(item))
    elif isinstance(value, list):
        for item in value:
            yield from written(item)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("https://u:p@h.example/x", "https://********@h.example/x"),
        ("https://u:#p@h.example/x", "https://********@h.example/x"),
        ("https://u:a/b?c@h.example", "https://********@h.example"),
        ("https:/u:p@h", "https:/********@h"),
        ("https:\\\\u:p@h", "https:\\\\********@h"),
        ("u:p@h", "********@h"),
        ("https://token@h", "https://********@h"),
        ("me@example.com", "me@example.com"),
        ("https://h.example/x", "https://h.example/x"),
        ("fe80::1", "fe80::1"),
        ("x -----BEGIN KEY-----", "********"),
    ],
)
def test_what_may_be_read_of_a_value_that_is_no_secret(value: str, shown: str) -> None:
    assert readable(value) == shown


@pytest.mark.parametrize(
    ("key", "field"), [("HTTP", "url"), ("WEBDAV", "url"), ("S3", "endpoint"), ("OPENSTACK_SWIFT", "auth")]
)
@pytest.mark.parametrize(
    ("userinfo", "hidden", "shown"),
    [
        ("uploader:hush", ("uploader:hush", "uploader", "hush"), ("far",)),
        ("up%40loader:hu%20sh", ("up%40loader", "up@loader", "hu sh"), ("far",)),
        ("hushtoken", ("hushtoken",), ("far",)),
        ("", (), ("far", "uploader")),
    ],
)
def test_the_user_and_the_password_of_a_url_are_hidden_in_every_text(
    key: str, field: str, userinfo: str, hidden: tuple[str, ...], shown: tuple[str, ...]
) -> None:
    url = f"https://{userinfo}@far.example/x" if userinfo else "https://far.example/x"
    text = redact_text(" | ".join((url, *hidden, *shown)), provider_secrets({"type": key, field: url}))
    assert not [part for part in hidden if part in text]
    assert all(part in text for part in shown)
