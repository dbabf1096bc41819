# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of an API key: what is taken, what is refused before anything is sent, and what is a secret in them."""

from __future__ import annotations

import base64
import configparser
import hashlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import mistyped
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.nas import account, connection
from ansible_collections.nasops.truenas.plugins.module_utils.protocol import api_key
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.api_key import KEYS, Precomputed
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.options import masked, secrets_to_mask
from ansible_collections.nasops.truenas.plugins.plugin_utils.loop_items import leaks_secret
from tests.unit.test_connection import options

RAW = f"12-{'aB3x' * 16}"
KEY = Precomputed.of(RAW, b"salt", 1000)
PARTS = KEY.parts()
SECRET_PARTS = [PARTS[name] for name in KEYS]


def ini(parts: dict[str, Any], section: str = "TRUENAS_API_KEY") -> str:
    """Return parts as INI text, as Python writes it."""
    file = configparser.ConfigParser(interpolation=None)
    file[section] = {name: str(value) for name, value in parts.items()}
    text = io.StringIO()
    file.write(text)
    return text.getvalue()


FORMS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "mapping": lambda parts: parts,
    "json": json.dumps,
    "json in lines": lambda parts: f"\n{json.dumps(parts, indent=2)}\n",
    "ini": ini,
    "ini of another section": lambda parts: ini(parts, "credentials"),
    "ini of the default section": lambda parts: ini(parts, "DEFAULT"),
    "ini among others": lambda parts: f"[other]\nclient_key = x\n{ini(parts)}",
    "ini with a comment": lambda parts: f"# of nas1\n{ini(parts)}",
}


def refused(value: Any) -> list[str]:
    """Return why a value is refused, with the options of a task and in the order of the problems."""
    with pytest.raises(InvalidInput) as caught:
        connection.read(options(api_key=value))
    return [f"{problem.field}: {problem.text}" for problem in caught.value.problems]


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_the_official_client_is_taken(form: str) -> None:
    write = FORMS[form]
    assert connection.read(options(api_key=write(PARTS))).account.api_key == KEY
    assert connection.read(options(api_key=write({"raw_key": RAW}))).account.api_key == RAW


def test_the_environment_can_have_each_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUENAS_API_KEY", json.dumps(PARTS))
    assert connection.read(options(api_key=None)).account.api_key == KEY


def test_an_id_may_be_text() -> None:
    assert api_key.read({**PARTS, "api_key_id": "12"}) == KEY


def test_the_parts_are_those_of_the_standard() -> None:
    assert PARTS["api_key_id"] == 12
    client, stored, _server = (base64.b64decode(part) for part in SECRET_PARTS)
    assert hashlib.sha512(client).digest() == stored
    assert replace(KEY, server_key=b"") != KEY


def without(name: str) -> dict[str, Any]:
    """Return the parts but one."""
    return {key: value for key, value in PARTS.items() if key != name}


LONGER = base64.b64encode(bytes(65)).decode()
OTHER = Precomputed.of(RAW, b"another salt", 1000).parts()
MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    **{
        f"no {name}": (without(name), rf"^api_key\.{name}: is missing\. Set the raw key, or client_key")
        for name in PARTS
    },
    "not base64": (
        {**PARTS, "client_key": "hush-canary!"},
        r"^api_key\.client_key: must be base64 text\. Copy all parts",
    ),
    "no text": ({**PARTS, "server_key": 12345678}, r"^api_key\.server_key: must be base64 text"),
    "too short": ({**PARTS, "stored_key": "aHVzaA=="}, r"^api_key\.stored_key: must contain 64 bytes, but contains 4"),
    "too long": ({**PARTS, "server_key": LONGER}, r"^api_key\.server_key: must contain 64 bytes, but contains 65"),
    "of two keys": (
        {**PARTS, "client_key": OTHER["client_key"]},
        r"^api_key\.stored_key: does not belong to client_key",
    ),
    "no number": (
        {**PARTS, "api_key_id": "twelve"},
        r"^api_key\.api_key_id: must be a whole number\. Set the number before",
    ),
    "negative": ({**PARTS, "api_key_id": -1}, r"^api_key\.api_key_id: must be a whole number"),
    "both forms": ({**PARTS, "raw_key": RAW}, r"^api_key\.raw_key: cannot be combined with client_key"),
    "a typo": ({**PARTS, "cient_key": "x"}, r"^api_key: contains 'cient_key'\. Did you mean 'client_key'\?"),
    "another field": ({**PARTS, "name": "x"}, r"^api_key: contains 'name'\. Set the raw key"),
    "a raw key of no text": ({"raw_key": 12}, r"^api_key\.raw_key: must be text"),
    "a raw key that is none": ({"raw_key": "hush-canary"}, r"^api_key: must be a number, a dash, and the key"),
    "a placeholder": ({"raw_key": "1-********"}, r"^api_key: must be the real value, not a placeholder"),
}


@pytest.mark.parametrize("form", [dict, json.dumps])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_mixture_is_refused_with_its_field(mistake: str, form: Callable[[Any], Any]) -> None:
    parts, expected = MISTAKES[mistake]
    [problem] = refused(form(parts))
    assert re.search(expected, problem), problem
    assert not [part for part in [*SECRET_PARTS, RAW, "hush-canary"] if part in problem]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, "api_key: must not be empty"),
        ([RAW], "api_key: must be text or a mapping"),
        ({RAW: None}, "api_key: contains a name that does not belong to a key"),
        ('{"client_key": "hush-canary"', "api_key: must be valid JSON if it begins with a brace"),
        ("[" * 100_000, "api_key: must be valid INI if it begins with a bracket"),
        ('{"a":' * 100_000, "api_key: must be valid JSON"),
        ("client_key = hush-canary", "api_key: must be a number, a dash, and the key"),
        ("[TRUENAS_API_KEY\nclient_key = hush-canary", "api_key: must be valid INI if it begins with a bracket"),
        (
            "[one]\na = b\n[two]\na = hush-canary",
            "api_key: has several INI sections, but none is named TRUENAS_API_KEY",
        ),
    ],
)
def test_what_is_no_key_is_refused_without_a_quote(value: Any, expected: str) -> None:
    problems = refused(value)
    assert problems[0].startswith(expected)
    assert not [text for text in (RAW, "hush-canary") if text in "".join(problems)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"api_key_mechanism": "plain"}, "api_key_mechanism: must not be plain for a precomputed api_key"),
        ({"api_version": "v25.10.0"}, "api_version: must be v26.0.0 or later for a precomputed api_key"),
        ({"password": "hush-canary"}, "api_key, password: cannot be combined"),
    ],
)
def test_a_precomputed_key_goes_with_scram_only(given: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidInput, match=expected):
        connection.read(options(api_key=PARTS, **given))


def test_a_mapping_is_let_through_for_this_option_alone() -> None:
    for name, argument in connection.ARGUMENTS.items():
        problems = mistyped.problems({name: PARTS}, connection.ARGUMENTS)
        assert (not problems) is (name == "api_key"), argument
    for wrong in (5, True, 1.5, b"x"):
        [problem] = mistyped.problems({"api_key": wrong}, connection.ARGUMENTS)
        assert problem.reason.startswith("must be text")


def test_a_file_is_read_in_each_form() -> None:
    for text in (RAW, f"{RAW}\n", json.dumps(PARTS), ini(PARTS)):
        given = account.with_files({"api_key_file": "key", "name": "a"}, {"key": text}.__getitem__)
        assert given == {"name": "a", "api_key": text.strip()}
    assert account.with_files({"name": "a"}, str) == {"name": "a"}


def missing(path: str) -> str:
    """Stand in for a file that does not exist."""
    raise OSError(f"file {path!r} not found on the controller")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"api_key_file": "key"}, "must be a readable file on the controller: file 'key' not found"),
        ({"api_key_file": "key", "api_key": RAW}, "cannot be combined with api_key"),
        ({"api_key_file": RAW}, "must be a file path, but contains the key itself"),
        ({"api_key_file": json.dumps(PARTS)}, "must be a file path, but contains the key itself"),
        ({"api_key_file": ini(PARTS)}, "must be a file path, but contains the key itself"),
    ],
)
def test_a_file_that_gives_no_key(given: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidInput, match=f"api_key_file: {expected}") as caught:
        account.with_files(given, missing)
    assert not [part for part in [*SECRET_PARTS, RAW] if part in str(caught.value)]
    shown = json.dumps(masked(given, connection.ARGUMENTS))
    assert not [part for part in [*SECRET_PARTS, RAW] if part in shown]
    if "contains" in expected:
        assert {given["api_key_file"]} <= secrets_to_mask(given, connection.ARGUMENTS)


def test_a_module_without_the_file_read_reports_it() -> None:
    with pytest.raises(InvalidInput, match="api_key_file: must be read on the controller"):
        connection.read(options(api_key=None, api_key_file="key"))


@pytest.mark.parametrize("form", FORMS)
def test_each_part_is_a_secret_and_no_name_is(form: str) -> None:
    value = FORMS[form](PARTS)
    for given in (value, value[: len(value) * 9 // 10] if isinstance(value, str) else value):
        params = {"api_key": given}
        found = secrets_to_mask(params, connection.ARGUMENTS)
        assert given is not value or set(SECRET_PARTS) <= found
        assert len(set(SECRET_PARTS) & found) >= 2, "also in what cannot be read"
        assert not {*PARTS, "12", "TRUENAS_API_KEY"} & found
        assert masked(params, connection.ARGUMENTS) == {"api_key": "********"}
    assert RAW in secrets_to_mask({"api_key": FORMS[form]({"raw_key": RAW})}, connection.ARGUMENTS)
    assert set(SECRET_PARTS) <= secrets_to_mask({"api_key": [value]}, connection.ARGUMENTS)
    assert RAW in secrets_to_mask({"api_key": {RAW: None}}, connection.ARGUMENTS)


def test_the_representation_shows_no_part() -> None:
    shown = repr(connection.read(options(api_key=PARTS)))
    assert not [part for part in (KEY.client_key, KEY.server_key) if repr(part) in shown]


@pytest.mark.parametrize("form", FORMS)
def test_a_loop_item_with_a_part_is_seen(form: str) -> None:
    given = {"api_key": FORMS[form](PARTS)}

    def seen(item: Any) -> bool:
        return leaks_secret({"ansible_loop_var": "item", "item": item}, given, connection.ARGUMENTS)

    assert all(seen({"key": part}) for part in SECRET_PARTS)
    assert seen(given["api_key"])
    assert not [item for item in ("client_key", 12, "12", "TRUENAS_API_KEY", {"client_key": "x"}) if seen(item)]
