# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever JSON a server sends, everything that reads it returns a value or raises an error of the tree."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils import errors, versions
from ansible_collections.nasops.truenas.plugins.module_utils.backup_task import transferred as restic
from ansible_collections.nasops.truenas.plugins.module_utils.backup_task.kind import BACKUP
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task import info as task_info
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task import schedule
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task.info import moment
from ansible_collections.nasops.truenas.plugins.module_utils.credential import facts, info
from ansible_collections.nasops.truenas.plugins.module_utils.credential.export import export
from ansible_collections.nasops.truenas.plugins.module_utils.engine.store import rows, store_of
from ansible_collections.nasops.truenas.plugins.module_utils.keypair.info import listing as keypair_listing
from ansible_collections.nasops.truenas.plugins.module_utils.keypair.keys import private_key
from ansible_collections.nasops.truenas.plugins.module_utils.keypair.kind import KIND as KEYPAIR
from ansible_collections.nasops.truenas.plugins.module_utils.keypair.kind import users
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.protocol import jobs
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.api_key import Precomputed
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.faults import decode_error
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.jsonrpc import RpcConnection
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import Account, log_in
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.messages import MAX_DEPTH, Reply
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.scram import Exchange, end_point
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.rclone import convert
from ansible_collections.nasops.truenas.plugins.module_utils.redaction import texts
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.texts import (
    provider_secrets,
    redact_in,
    redact_text,
    row_secrets,
)
from ansible_collections.nasops.truenas.plugins.module_utils.storage import capabilities
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task import transferred as rclone
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task.kind import SYNC
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import (
    cloud_audit,
    cloud_backup_snapshots_info,
    cloud_bucket_info,
    cloud_credential,
    cloud_credential_info,
    cloud_provider_info,
    cloud_sync_task_info,
    ssh_keypair,
    ssh_keypair_info,
)
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND as CREDENTIAL
from ansible_collections.nasops.truenas.plugins.module_utils.usage.users import users_of
from tests import keys
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import defaults

ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
JSON = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = sorted({field for provider in PROVIDERS.values() for field in provider.options()})
bounded = settings(max_examples=150, deadline=None)


def like(**members: Any) -> st.SearchStrategy[Any]:
    """Return objects that have some of these members, and often the right values."""
    return st.fixed_dictionaries({}, optional={name: right | JSON for name, right in members.items()}) | JSON


PROVIDER = st.builds(
    lambda kind, values: {"type": kind, **values},
    st.sampled_from(sorted(provider.wire_type for provider in PROVIDERS.values())) | JSON,
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5),
)
ROW = like(id=st.integers(), name=st.text(max_size=8), provider=PROVIDER)
KEYCHAIN_ROW = like(
    id=st.integers(),
    name=st.text(max_size=8),
    type=st.just("SSH_KEY_PAIR"),
    attributes=like(private_key=st.text(), public_key=st.text()),
)
TASK_ROW = like(
    id=st.integers(),
    description=st.text(max_size=8),
    credentials=ROW,
    attributes=like(bucket=st.text(), folder=st.text()),
    schedule=like(minute=st.just("0")),
    bwlimit=st.lists(like(time=st.just("01:00"), bandwidth=st.integers())),
    job=like(id=st.integers(), error=st.text(), time_started=like(**{"$date": st.integers()})),
)
ERROR = like(
    code=st.sampled_from([-32602, -32001, -32000, -32601]),
    message=st.text(max_size=8),
    data=like(
        error=st.sampled_from([2, 13, 16, 22, 201, 207]),
        reason=st.text(max_size=20),
        extra=st.lists(st.lists(JSON, min_size=3, max_size=3), max_size=3),
    ),
)


@bounded
@given(
    like(jsonrpc=st.just("2.0"), id=st.just(1), result=JSON, error=ERROR, method=st.text()).map(json.dumps) | st.text()
)
def test_a_reply(message: str) -> None:
    rpc = RpcConnection()
    rpc.request("core.ping")
    with contextlib.suppress(errors.TrueNASError):
        reply = rpc.receive(message)
        assert reply is None or reply.id == 1


@bounded
@given(ERROR)
def test_an_error_object(error: Any) -> None:
    decoded = decode_error(error, "core.ping")
    assert str(decoded)
    decoded.redact(str.upper)
    json.dumps(decoded.details())


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (201, "[ENOMETHOD] Method 'version_short' not found in 'system'"),
        (22, "API version 'v25.04.2' does not contain model 'CloudSyncQueryResult'"),
    ],
)
def test_a_method_that_an_older_path_lacks(number: int, reason: str) -> None:
    error = decode_error({"code": -32001, "message": "", "data": {"error": number, "reason": reason}}, "a.method")
    assert "api_version selects does not have the method a.method" in str(error)
    assert "set it to v25.10.0 or later" in str(error)


def nested(levels: int) -> str:
    """Return a reply whose result is a list in a list and so on."""
    return f'{{"jsonrpc":"2.0","id":1,"result":{"[" * levels}{"]" * levels}}}'


@pytest.mark.parametrize("levels", [MAX_DEPTH, 500, 100_000])
def test_a_reply_that_is_too_deep_for_ansible(levels: int) -> None:
    rpc = RpcConnection()
    rpc.request("core.ping")
    with pytest.raises(errors.ServerFault, match=r"more than 64 levels|did not send JSON"):
        rpc.receive(nested(levels))
    reply = rpc.receive(nested(MAX_DEPTH - 1))
    assert isinstance(reply, Reply)
    redact_in(reply.result, ["secret"])


def test_the_id_of_a_reply_is_a_number() -> None:
    rpc = RpcConnection()
    rpc.request("core.ping")
    with pytest.raises(errors.ServerFault, match="does not belong to any request"):
        rpc.receive('{"jsonrpc":"2.0","id":true,"result":1}')


LOGIN_ANSWER = like(
    response_type=st.sampled_from(["SUCCESS", "OTP_REQUIRED", "REDIRECT", "AUTH_ERR", "SCRAM_RESPONSE"]),
    scram_type=st.sampled_from(["SERVER_FIRST_RESPONSE", "SERVER_FINAL_RESPONSE"]),
    rfc_str=st.text(max_size=20),
    urls=st.lists(JSON, max_size=3),
    user_info=like(privilege=like(roles=like(**{"$set": st.lists(JSON)}))),
)


@bounded
@given(st.lists(LOGIN_ANSWER, min_size=4, max_size=4), st.sampled_from(["auto", "scram", "plain", "password"]))
def test_an_answer_to_a_login(answers: list[Any], way: str) -> None:
    account = Account("u", password="p", otp="123456") if way == "password" else Account("u", "1-key", mechanism=way)
    conversation = log_in(account, lambda: b"certificate")
    with contextlib.suppress(errors.TrueNASError, StopIteration):
        next(conversation)
        for answer in answers:
            conversation.send(answer)


@pytest.mark.parametrize("kind", [["SUCCESS"], {"SUCCESS": 1}, None, 5, "NEW\x1b[31m\n::error::x"])
def test_an_answer_of_an_unknown_type_is_quoted_safely(kind: Any) -> None:
    conversation = log_in(Account("u", "1-key", mechanism="plain"), lambda: None)
    next(conversation)
    with pytest.raises(errors.ServerFault, match="answered the login with") as failed:
        conversation.send({"response_type": kind})
    assert str(failed.value).isprintable()


DERIVED = Precomputed.of("1-key", b"salt", 1)
SCRAM_TEXT = st.from_regex(r"[rsivcp]=[^,]{0,90}(,[rsivcp]=[^,]{0,90}){0,3}", fullmatch=True) | st.text()


@bounded
@given(SCRAM_TEXT, SCRAM_TEXT, st.binary(min_size=33, max_size=80), st.binary(max_size=20), st.integers(0, 10**10))
def test_a_scram_message(first: str, final: str, nonce: bytes, salt: bytes, iterations: int) -> None:
    known = base64.b64encode(b"n" * 32 + nonce).decode()
    for message in (first, f"r={known},s={base64.b64encode(salt).decode()},i={iterations}"):
        exchange = Exchange("u", "1-key", None, nonce=b"n" * 32, derive=lambda *given: DERIVED)
        with contextlib.suppress(errors.TrueNASError):
            exchange.final(message)
        with contextlib.suppress(errors.TrueNASError):
            exchange.verify(final)


@bounded
@given(st.text() | st.from_regex(r"(\[[^\n]{0,9}\]\n|[a-z_]{1,9} ?= ?[^\n]{0,19}\n|#[^\n]*\n){0,9}", fullmatch=True))
def test_an_rclone_conf(text: str) -> None:
    with contextlib.suppress(errors.TrueNASError):
        convert.from_text(text, {}, None)


@pytest.mark.parametrize("milliseconds", [10**20, -(10**20), 10**400, "1", None])
def test_a_moment_that_is_none(milliseconds: Any) -> None:
    assert moment({"$date": milliseconds}) is None


KINDS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (CREDENTIAL, ROW),
    (KEYPAIR, KEYCHAIN_ROW),
    (SYNC.engine, TASK_ROW),
    (BACKUP.engine, TASK_ROW),
]


@pytest.mark.parametrize(("kind", "row"), KINDS, ids=lambda value: getattr(value, "service", ""))
def test_a_row(kind: Any, row: st.SearchStrategy[Any]) -> None:
    @bounded
    @given(row)
    def read(value: Any) -> None:
        with contextlib.suppress(errors.ServerFault):
            entry = kind.read(value)
            assert isinstance(entry.id, int)
            assert isinstance(entry.name, str)
            if kind is CREDENTIAL:
                info.listing([entry])
                info.listing([entry], reveal=True)
                export([entry], "nas1")
                [*provider_secrets(entry.wire)]
            elif kind is KEYPAIR and hasattr(entry, "private_text"):
                keypair_listing([entry], reveal=False)

    read()


@bounded
@given(JSON | st.lists(TASK_ROW, max_size=3), JSON | st.lists(KEYCHAIN_ROW, max_size=3), JSON)
def test_other_facts(tasks: Any, keychain: Any, anything: Any) -> None:
    nas = Nas(FakeNas(answers={"cloudsync.query": tasks, "keychaincredential.used_by": anything}))
    reading: list[Callable[[], Any]] = [
        lambda: users_of(nas),
        lambda: facts.KEYPAIRS.read(keychain),
        lambda: facts.VERSION.read(anything),
        lambda: rows(anything, "rows"),
        lambda: users([1], nas),
    ]
    for read in reading:
        with contextlib.suppress(errors.ServerFault):
            read()


@bounded
@given(JSON | st.lists(ROW | TASK_ROW | KEYCHAIN_ROW, max_size=3))
def test_secrets_in_rows(value: Any) -> None:
    assert all(isinstance(text, str) for text in row_secrets(value))


WRONG: list[dict[str, Any]] = [
    {"id": 1, "name": "good", "provider": {"type": "B2", "account": "a", "key": "hush-canary"}},
    {"id": 2, "name": 5, "provider": {"type": "B2", "key": "hush-canary"}},
    {"id": 3, "provider": None},
    {"id": None, "name": "no\x1b[31mid\n::error::x"},
    {},
]


def test_the_message_names_the_rows_and_fields_that_are_wrong() -> None:
    store = store_of(CREDENTIAL, Nas(FakeNas(answers={"cloudsync.credentials.query": WRONG})))
    with pytest.raises(errors.ServerFault) as failed:
        store.complete()
    for told in ("row 2 (id 2, name 5), field name", "row 3 (id 3), field name", "row 4 (name 'no", "row 5, field id."):
        assert told in str(failed.value)
    assert "hush-canary" not in str(failed.value)
    assert str(failed.value).isprintable()


@pytest.mark.parametrize(
    ("module", "answers", "shown"),
    [
        (cloud_credential_info, {"cloudsync.credentials.query": WRONG}, "credentials"),
        (
            ssh_keypair_info,
            {"keychaincredential.query": [{**row, "type": "SSH_KEY_PAIR"} for row in WRONG]},
            "keypairs",
        ),
        (
            cloud_sync_task_info,
            {
                "cloudsync.query": [
                    {"description" if key == "name" else key: row[key] for key in row} | {"credentials": None}
                    for row in WRONG
                ]
            },
            "tasks",
        ),
    ],
)
def test_an_info_module_reports_what_can_be_read(module: Any, answers: dict[str, Any], shown: str) -> None:
    params = {**defaults(module.TASK.arguments), "name": None}
    result = module.TASK.read(params, False)(Nas(FakeNas(answers=answers)))
    assert [item["id"] for item in result[shown]] == [1]
    assert "row 3 (id 3)" in result["warnings"][0]
    assert "hush-canary" not in json.dumps(result)


def test_rows_that_are_no_objects_and_many_wrong_rows() -> None:
    with pytest.raises(errors.ServerFault, match=r"row 2, row 4\."):
        rows([{}, [], {}, 5], "credentials")
    with pytest.raises(errors.ServerFault, match="row 5 and 7 more"):
        rows([None] * 12, "credentials")


def test_a_version_that_an_older_path_does_not_report_is_newer_than_all_fields() -> None:
    fault = errors.ServerFault("no such method", -32001, 201)
    version = Nas(FakeNas(answers={"system.version_short": fault})).facts([facts.VERSION])[facts.VERSION]
    known = facts.Facts(version=version, api_version=(25, 4, 2))
    assert known.spoken == (25, 4, 2)
    assert known.hidden == ((25, 4, 2), version)
    assert version > max(option.since for provider in PROVIDERS.values() for option in provider.options().values())


NO_NUMBER = [float("nan"), float("inf"), True, None, "5", [1]]


@pytest.mark.parametrize("percent", NO_NUMBER)
def test_a_progress_that_is_no_number(percent: Any) -> None:
    job = {"id": 1, "method": "m", "arguments": [], "state": "RUNNING", "progress": {"percent": percent}}
    assert jobs.read(job).percent is None


@pytest.mark.parametrize("date", [10**18, -(10**18), 10**400, None, "x"])
def test_a_time_without_a_year(date: Any) -> None:
    assert task_info.moment({"$date": date}) is None


def test_numbers_in_a_log_that_are_too_long_to_be_read() -> None:
    number = "9" * 5000
    job = {
        "id": 1,
        "method": "m",
        "arguments": [],
        "state": "SUCCESS",
        "progress": {"description": f"1 B / 1 B, {number} / 2"},
    }
    log = f"files_new: {number}\nfiles_changed: 1\ndata_added: {number}\n"
    assert restic.read(jobs.read({**job, "logs_excerpt": log})).shown["files"] is None
    assert rclone.read(jobs.read({**job, "logs_excerpt": "x"})).shown["files"] is None
    with pytest.raises(ValueError, match="no version number"):
        versions.parse(f"{number}.1")


SYNC_ROW = {"id": 4, "description": "nightly", "credentials": None}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("path", 5),
        ("args", ["--x"]),
        ("exclude", "*"),
        ("exclude", [None]),
        ("bwlimit", [None]),
        ("schedule", []),
        ("schedule", {"minute": []}),
        ("encryption_password", {"hush-canary": 1}),
        ("transfers", "many"),
        ("enabled", []),
    ],
)
def test_a_task_with_a_value_of_another_type(field: str, value: Any) -> None:
    with pytest.raises(errors.ServerFault, match=f"{field} is missing or has another type") as failed:
        SYNC.engine.read({**SYNC_ROW, field: value})
    assert "hush-canary" not in str(failed.value)
    store = store_of(SYNC.engine, Nas(FakeNas(answers={"cloudsync.query": [{**SYNC_ROW, field: value}]})))
    with pytest.raises(errors.ServerFault, match=rf"row 1 \(id 4, description 'nightly'\), field {field}\."):
        store.complete()
    assert store.entries() == []


def test_a_task_with_nulls_has_empty_values() -> None:
    names = ("args", "exclude", "schedule", "transfers", "pre_script")
    values = SYNC.engine.read({**SYNC_ROW, **dict.fromkeys(names)}).values
    assert [values[name] for name in names] == ["", [], {}, 0, ""]


@pytest.mark.parametrize("answer", [None, 5, {}, {"private_key": "x"}, {"private_key": "x", "public_key": [1]}])
def test_a_generated_keypair_without_both_keys(answer: Any) -> None:
    nas = Nas(FakeNas(answers={"keychaincredential.generate_ssh_key_pair": answer}))
    params = {**defaults(ssh_keypair.TASK.arguments), "name": "new", "generate": True}
    with pytest.raises(errors.ServerFault, match="did not answer with a keypair"):
        ssh_keypair.TASK.read(params, False)(nas)


@pytest.mark.parametrize("answer", [5, [5], [{}], [{"name": None}]])
def test_providers_without_names(answer: Any) -> None:
    nas = Nas(FakeNas(answers={"cloudsync.providers": answer, "cloudsync.credentials.s3_provider_choices": {}}))
    with pytest.raises(errors.ServerFault):
        capabilities.report(nas)


def test_half_a_character_in_a_secret() -> None:
    assert redact_text("x hush\ud800canary y", ["hush\ud800canary"]) == "x ******** y"


def test_a_secret_in_a_text_that_is_quoted_twice() -> None:
    secret = "hush-canary-'\"\\\u00fc"
    token = json.dumps({"access_token": secret}, indent=1)
    for quoted in (
        json.dumps({"token": token}),
        json.dumps({"token": token}, ensure_ascii=False),
        repr({"token": token}),
    ):
        assert "hush-canary" not in redact_text(quoted, [secret])


def test_many_forms_of_secrets_that_do_not_occur_cost_no_expressions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(re, "sub", lambda *given, **more: pytest.fail("an expression"))
    monkeypatch.setattr(texts, "_all_forms", lambda secrets: [*secrets])
    assert redact_text("nothing", ["hush%2Fcanary", "hush-canary"]) == "nothing"


VERSION_SEVEN = (
    "MIIBBDCBq6ADAgEGAgEBMAoGCCqGSM49BAMCMAwxCjAIBgNVBAMMAW4wHhcNMjYwMTAxMDAwMDAwWhcNMjYwMTEwMDAwMDAwWjAM"
    "MQowCAYDVQQDDAFuMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELdL1SdKladQt98pMA+gdSvo6g7JwoUbDle2NSlOec4rzSLOw"
    "vbUCih62JP8klx68bStybln3aXb6FwoBsmNOTzAKBggqhkjOPQQDAgNIADBFAiAuyvFgO2ZERstSGhQvuTs1/Zl3sj9+WRblY9fz"
    "q5E6zQIhAINdCPfXaChDFjaBReci9MIcinoBwAcXuA/PmIjPX0rV"
)
"""A certificate of a version of X.509 that does not exist."""


def test_a_certificate_of_an_unknown_version() -> None:
    with pytest.raises(errors.TLSError, match="does not name a hash algorithm"):
        end_point(base64.b64decode(VERSION_SEVEN))


def test_a_pem_whose_padding_is_on_another_line_is_written_again() -> None:
    text = keys.read("ecdsa_in_full.pem")
    moved = text.replace("=\n-----END", "\n=-----END")
    assert moved != text
    assert private_key(moved) == private_key(text)


@pytest.mark.parametrize("written", ["9" * 5000, "1-" + "9" * 5000, "*/" + "9" * 5000, "\u00b2", "\u0663"])
def test_a_schedule_that_cron_cannot_read(written: str) -> None:
    assert [problem.field for problem in schedule.problems({"minute": written})] == ["schedule.minute"]


S3_ROW = {"id": 1, "name": "s3", "provider": {"type": "S3", "access_key_id": "A", "secret_access_key": "hush-canary"}}
TASK = {
    **{
        "id": 1,
        "description": "t",
        "path": "/mnt/tank",
        "credentials": S3_ROW,
        "password": "hush-canary",
        "keep_last": 1,
    },
    **{"attributes": {"bucket": "b", "folder": ""}, "schedule": {}, "include": [], "exclude": [], "job": None},
}
ODD: list[Any] = [
    *(
        None,
        True,
        5,
        "x",
        [],
        {},
        [None],
        [5],
        [[]],
        [{}],
        {"valid": "yes"},
        {"valid": False, "error": [5], "excerpt": {}},
    ),
    *(
        [{"Name": 5, "ModTime": {}}],
        [{"id": 5, "time": {"$date": 10**30}, "paths": 5}],
        [{"title": 5, "unbind_method": []}],
    ),
    *([{"drive_id": [], "drive_type": {}}], [{"name": 5, "task_schema": 5}], {"id": "1", "name": 5, "provider": []}),
]


@pytest.mark.parametrize(
    ("module", "options", "method"),
    [
        (cloud_bucket_info, {"credential": "s3"}, "cloudsync.list_buckets"),
        (cloud_backup_snapshots_info, {"description": "t"}, "cloud_backup.list_snapshots"),
        (cloud_provider_info, {}, "cloudsync.credentials.s3_provider_choices"),
        (cloud_credential, {"name": "s3", "s3": {"secret_access_key": "n"}}, "cloudsync.credentials.verify"),
        (
            cloud_credential,
            {"name": "s3", "s3": {"secret_access_key": "n"}, "verify": "never"},
            "cloudsync.credentials.update",
        ),
        (cloud_credential, {"name": "s3", "state": "absent"}, "cloudsync.credentials.delete"),
        (cloud_audit, {"credentials": []}, "cloud_backup.query"),
    ],
)
def test_every_other_reply(module: Any, options: dict[str, Any], method: str) -> None:
    for odd in ODD:
        answers = {"cloud_backup.query": [TASK], "cloudsync.providers": [], method: odd}
        answers.setdefault("cloudsync.credentials.s3_provider_choices", {})
        if options.get("state") == "absent":
            answers["cloud_backup.query"] = []
        params = {**defaults(module.TASK.arguments), **options}
        with contextlib.suppress(errors.TrueNASError):
            result = module.TASK.read(params, False)(Nas(FakeNas(S3_ROW, answers=answers)))
            assert "hush-canary" not in json.dumps(result)
