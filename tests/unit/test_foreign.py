# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts from elsewhere are safe to print, and messages contain no secret that the run has seen, in whatever form."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils.diff import headers
from ansible_collections.nasops.truenas.plugins.module_utils.errors import ServerFault
from ansible_collections.nasops.truenas.plugins.module_utils.foreign import clean, one_line
from ansible_collections.nasops.truenas.plugins.module_utils.nas.account import environment_secrets
from ansible_collections.nasops.truenas.plugins.module_utils.nas.connection import Connection
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.faults import decode_error
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.messages import (
    cleaned,
    is_sanitized,
    sanitized,
)
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.no_log import mask_secrets
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.texts import redact_in, redact_text
from ansible_collections.nasops.truenas.plugins.plugin_utils import in_process, worker_sessions
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import in_the_worker

HOSTILE = (
    "a\x1b[31m\x07\r\n::set-output name=x::y\n  ::stop-commands::t ##[group]z ##vso[task]\u202eb\u2028c\x9bd\u200b"
)
SECRET = "hush-canary/of+all"
OLD = "old-hush-canary"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain text, häß 日本", "plain text, häß 日本"),
        ("\x1b]0;t\x07", "\ufffd]0;t\ufffd"),
        ("::error file=a::b", ": :error file=a::b"),
        ("x ::add-mask::y", "x : :add-mask::y"),
        ("##[error]x", "# #[error]x"),
        ("##vso[task.setvariable]x", "# #vso[task.setvariable]x"),
        ("listens on ::1 and ::ffff:192.0.2.1", "listens on ::1 and ::ffff:192.0.2.1"),
        ("std::string, ## title", "std::string, ## title"),
        ("a\u202eb\u2066c\ud800", "a\ufffdb\ufffdc\ufffd"),
    ],
)
def test_what_controls_a_terminal_or_a_runner_is_replaced(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@settings(max_examples=200, deadline=None)
@given(st.text() | st.from_regex(r"(\s|::|##|\[|[a-z]|\x1b){0,20}", fullmatch=True))
@example(HOSTILE)
@example("::::a::")
@example("###[a]")
def test_no_line_is_a_command(text: str) -> None:
    for line in [*clean(text).split("\n"), one_line(text)]:
        assert not re.match(r"\s*::[A-Za-z].*?::", line)
        assert not re.search(r"##[A-Za-z]*\[", line)
        assert line.replace("\t", "").isprintable()
    assert "\n" not in one_line(text)
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize("code", [-32602, -32001, -32601, -32000])
@pytest.mark.parametrize("errno", [0, 2, 13, 16, 22])
def test_an_error_of_the_nas_is_one_line_for_each_problem(code: int, errno: int) -> None:
    triple = [f"create.{HOSTILE}", HOSTILE, 22]
    error = decode_error(
        {"code": code, "message": HOSTILE, "data": {"error": errno, "reason": HOSTILE, "extra": [triple]}}, "m"
    )
    assert str(error).replace("\n", "").isprintable()
    assert "\n  ::" not in str(error)
    assert not re.search(r"(?m)^\s*::[a-z].*::", str(error))


FORMS = {
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    "pair": base64.b64encode(f"admin:{SECRET}".encode()).decode(),
    "pair of another length": base64.b64encode(f"root1:{SECRET}".encode()).decode(),
    "pair of a third length": base64.b64encode(f"ab:{SECRET}!".encode()).decode(),
    "hex": SECRET.encode().hex(),
    "HEX": SECRET.encode().hex().upper(),
    "URL": f"https://admin:{quote(SECRET, safe='')}@host/",
    "raw pair": f"admin:{SECRET}",
    "JSON": json.dumps({"key": SECRET}),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_hidden_in_every_form(form: str) -> None:
    for hidden in (
        redact_text(f"x {FORMS[form]} y", [SECRET]),
        redact_in({"msg": f"x {FORMS[form]} y"}, [SECRET])["msg"],
    ):
        assert hidden.startswith("x ")
        assert hidden.endswith(" y")
        assert "********" in hidden
        assert FORMS[form] not in hidden
        for token in re.findall(r"[\w+/-]{6,}", hidden):
            assert b"hush" not in base64.b64decode(token[: len(token) // 4 * 4], altchars=b"-_")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=9), st.text(min_size=8, max_size=20), st.binary(max_size=9))
def test_a_secret_is_hidden_in_base64_wherever_it_stands(before: bytes, secret: str, after: bytes) -> None:
    data = before + secret.encode(errors="surrogatepass") + after
    assert redact_text(base64.b64encode(data).decode(), [secret]) == "********"


PRIVATE = "-----BEGIN PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAA\nAAAEBm9uZQAAAAtzc2gt=\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "quoted",
    [PRIVATE, one_line(PRIVATE), PRIVATE.split("\n")[1], PRIVATE.replace("\n", ""), PRIVATE[:60], repr(PRIVATE)],
)
def test_a_secret_of_several_lines_is_hidden_on_one_and_in_part(quoted: str) -> None:
    hidden = redact_text(f"Load key: {quoted} failed", [PRIVATE])
    assert "b3BlbnNzaC1rZXktdjEAAAA" not in hidden
    assert "AAAEBm9uZQAAAAtzc2gt=" not in hidden


def test_secrets_of_rows_that_only_a_fact_has_read_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"encryption_password": "hush-encryption", "password": "hush-backup", "encryption_salt": "hush-salting"}
    owner = {"id": 2, "name": "x", "provider": {"type": "B2", "account": "a", "key": "hush-another"}}
    row = {"id": 7, "description": "nightly", "credentials": owner, **secrets}
    text = " ".join([*secrets.values(), "hush-another"])
    nas = FakeNas(
        {"id": 1, "name": "offsite", "provider": {"type": "B2", "account": "a", "key": OLD}},
        answers={
            "cloudsync.query": [row],
            "cloud_backup.query": [row],
            "cloudsync.credentials.delete": ServerFault(f"failed: {text}"),
        },
    )
    result = told(monkeypatch, "cloud_credential", nas, name="offsite", state="absent")
    assert result["failed"]
    assert "hush" not in json.dumps(result)


def test_messages_are_cleaned_and_stored_values_stay() -> None:
    entry = {"name": HOSTILE, "b2": {"account": OLD}}
    shown = sanitized(
        {"msg": f"{HOSTILE} {OLD}", "warnings": [HOSTILE], "credentials": [{**entry, "reason": OLD}]}, {OLD}
    )
    assert shown["credentials"] == [{**entry, "reason": "********"}]
    assert OLD not in shown["msg"]
    for text in (shown["msg"], *shown["warnings"]):
        assert clean(text) == text


def test_what_is_for_people_alone_is_clean_in_keys_and_headers_too() -> None:
    made = sanitized(
        {
            "diff": {"before": {HOSTILE: {"key": OLD}, f"{HOSTILE}\u200b": 1}, **headers(HOSTILE)},
            "audit": {"credentials": [{"name": HOSTILE, "users": [HOSTILE]}]},
        },
        {OLD},
    )
    assert is_sanitized(made)
    assert OLD not in json.dumps(made)
    assert len(made["diff"]["before"]) == 2
    assert "\n" not in made["diff"]["after_header"]


def test_names_that_become_equal_stay_apart() -> None:
    assert list(cleaned({"a\x1b": 1, "a\x07": 2, "a\ufffd": 3}).values()) == [1, 2, 3]


def test_a_failed_result_is_clean_as_a_whole_because_ansible_prints_it() -> None:
    result = {"credentials": [{"name": HOSTILE}], "failed": True}
    assert is_sanitized(mask_secrets(result, set()))
    assert mask_secrets({**result, "failed": False}, set())["credentials"] == [{"name": HOSTILE}]


@pytest.mark.parametrize("name", ["plain\nwith lines", "häß"])
def test_ordinary_values_are_printed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    nas = FakeNas({"id": 1, "name": name, "provider": {"type": "B2", "account": "a", "key": OLD}})
    result = told(monkeypatch, "cloud_credential_info", nas)
    assert "_ansible_verbose_override" not in result
    assert in_process.NOT_SHOWN not in result.get("warnings", ())


def test_values_that_control_a_terminal_stay_as_they_are_and_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    nas = FakeNas({"id": 1, "name": HOSTILE, "provider": {"type": "B2", "account": "a", "key": OLD}})
    result = told(monkeypatch, "cloud_credential_info", nas)
    assert [entry["name"] for entry in result["credentials"]] == [HOSTILE]
    assert result["_ansible_verbose_override"] is True
    assert in_process.NOT_SHOWN in result["warnings"]


def test_every_secret_of_the_environment_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("API_KEY", "1-hush-canary"), ("PASSWORD", "hush-password"), ("OTP", "123456")):
        monkeypatch.setenv(f"TRUENAS_{name}", value)
    assert environment_secrets() >= {"1-hush-canary", "hush-password", "123456"}


def told(monkeypatch: pytest.MonkeyPatch, module: str, nas: FakeNas, **options: Any) -> dict[str, Any]:
    """Run a task in the worker with a key from the environment, and return its result."""
    monkeypatch.setattr(Connection, "open", lambda connection, show=None: nas)
    monkeypatch.setattr(worker_sessions, "_connected", {})
    monkeypatch.setenv("TRUENAS_API_KEY", "1-hush-environment")
    return in_the_worker(module, {"host": "nas.example", "username": "u", **options}, None)


def test_a_key_of_the_environment_is_hidden_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    nas = FakeNas(answers={"cloudsync.credentials.query": ServerFault("no: 1-hush-environment")})
    result = told(monkeypatch, "cloud_credential_info", nas)
    assert result["failed"]
    assert "hush-environment" not in json.dumps(result)


@pytest.mark.parametrize("method", ["update", "delete"])
def test_the_stored_secret_is_hidden_in_an_error(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    stored = {"id": 1, "name": "offsite", "provider": {"type": "B2", "account": "a", "key": OLD}}
    quoted = base64.b64encode(f"a:{OLD}".encode()).decode()
    nas = FakeNas(stored, answers={f"cloudsync.credentials.{method}": ServerFault(f"failed: {OLD} {quoted} \x1b[31m")})
    options = (
        {"b2": {"account": "a", "key": "new-hush-canary"}, "verify": "never"}
        if method == "update"
        else {"state": "absent"}
    )
    result = told(monkeypatch, "cloud_credential", nas, name="offsite", **options)
    assert result["failed"]
    assert "********" in result["msg"]
    for secret in (OLD, quoted, "new-hush", "\x1b"):
        assert secret not in result["msg"]
