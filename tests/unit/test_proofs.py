# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a proof that need no program and no provider: options, choice of files, judgment, and environment."""

from __future__ import annotations

import datetime
import io
import json
import os
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task.stored import reader
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.obscure import reveal
from ansible_collections.nasops.truenas.plugins.module_utils.proof import program, remote
from ansible_collections.nasops.truenas.plugins.module_utils.proof.causes import EMPTY, OUT_OF_TIME, Unproven, explained
from ansible_collections.nasops.truenas.plugins.module_utils.proof.fetched import Evidence, compare, read
from ansible_collections.nasops.truenas.plugins.module_utils.proof.judgment import Subject, judge
from ansible_collections.nasops.truenas.plugins.module_utils.proof.listing import File, Found, moment, survey
from ansible_collections.nasops.truenas.plugins.module_utils.proof.request import Limits, Request
from ansible_collections.nasops.truenas.plugins.module_utils.proof.request import read as read_request
from ansible_collections.nasops.truenas.plugins.module_utils.providers import BY_WIRE_TYPE
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task.fields import FIELDS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.backup_proof import ARGUMENTS, TASK
from tests.unit.cloud_tasks import TaskNas
from tests.unit.simulator.samples import sent

NOW = datetime.datetime(2026, 7, 10, 12, tzinfo=datetime.UTC)
MANY = 20_000


def options(**given: Any) -> dict[str, Any]:
    """Return the validated options of the module."""
    validated = ArgumentSpecValidator(ARGUMENTS).validate(given)
    assert not validated.error_messages
    return dict(validated.validated_parameters)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"fetch": 0}, "fetch"),
        ({"fetch": 101}, "fetch"),
        ({"max_file_size": 0}, "max_file_size"),
        ({"max_listed": 0}, "max_listed"),
        ({"max_age": 0}, "max_age"),
        ({"max_age": float("nan")}, "max_age"),
        ({"max_age": float("inf")}, "max_age"),
        ({"min_count": -1}, "min_count"),
        ({"min_size": 5, "max_size": 4}, "max_size"),
        ({"descriptions": []}, "descriptions"),
        ({"proof_timeout": 0}, "proof_timeout"),
        ({"checksums": {"a": "0" * 64}}, "checksums"),
        ({"checksums": {"a": "0" * 64}, "descriptions": ["x", "y"]}, "checksums"),
        ({"checksums": {"a": "0" * 63}, "descriptions": ["x"]}, "checksums"),
        ({"checksums": {"a": "g" * 64}, "descriptions": ["x"]}, "checksums"),
        ({"checksums": {"/": "0" * 64}, "descriptions": ["x"]}, "checksums"),
        ({"checksums": {"a": "0" * 64}, "descriptions": ["x"], "patterns": ["*"]}, "checksums"),
    ],
)
def test_a_mistake_in_the_options_is_refused_before_anything_is_sent(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_request(options(**given))
    assert [problem.field for problem in caught.value.problems] == [field]
    assert all(problem.reason for problem in caught.value.problems)


def files(*rows: tuple[str, int, int]) -> list[File]:
    """Return files by path, size, and hour of their time."""
    return [File(path, size, NOW.replace(hour=hour)) for path, size, hour in rows]


@pytest.mark.parametrize(
    ("request_", "taken"),
    [
        (Request(fetch=2), ["new", "docs/b.txt"]),
        (Request(fetch=9), ["new", "docs/b.txt", "a.txt", "docs/scan [1].txt", "empty"]),
        (Request(fetch=2, patterns=("*.txt",)), ["docs/b.txt", "a.txt"]),
        (Request(fetch=2, patterns=("docs/*",)), ["docs/b.txt", "docs/scan [1].txt"]),
        (Request(fetch=2, patterns=("scan [1].txt",)), ["docs/scan [1].txt"]),
        (Request(fetch=2, largest=5), ["a.txt", "empty"]),
        (Request(fetch=1, checksums={"empty": "0" * 32}), ["empty"]),
    ],
)
def test_the_newest_files_that_match_and_are_small_enough_are_read(request_: Request, taken: list[str]) -> None:
    stored = files(("a.txt", 5, 1), ("empty", 0, 9), ("docs/b.txt", 6, 3), ("new", 7, 4), ("unknown", -1, 8))
    stored += files(("docs/scan [1].txt", 6, 0))
    found, choice = survey(stored, request_)
    assert [file.path for file in choice.taken()] == taken
    assert found == Found(NOW.replace(hour=9), 6, 24)


def test_a_long_list_takes_no_memory() -> None:
    stored = (File(f"folder/{number}", number % 7, NOW) for number in range(MANY))
    tracemalloc.start()
    found, choice = survey(stored, Request())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.count, len(choice.taken())) == (MANY, 3)
    assert peak < 100_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-10T12:00:00.000000000Z", NOW),
        ("2026-07-10T14:00:00.123456789+02:00", NOW.replace(microsecond=123456)),
        ("", datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)),
    ],
)
def test_times_of_rclone_and_restic_are_read(text: str, expected: datetime.datetime) -> None:
    assert moment(text) == expected


def test_a_file_is_compared_with_what_the_provider_and_the_task_say_of_it() -> None:
    content = b"content"
    got = read(io.BytesIO(content), 7, Evidence())
    md5, sha256 = got.digests["md5"], got.digests["sha256"]
    file = File("a", 7, NOW, {"md5": md5.upper(), "quickxor": "x"})
    assert compare(file, got, None).compared == ["provider"]
    assert compare(file, got, sha256).compared == ["declared", "provider"]
    for wrong, declared, cause in (
        (File("a", 8, NOW), None, "incomplete"),
        (File("a", 7, NOW, {"md5": sha256[:32]}), None, "checksum"),
        (file, md5[::-1], "checksum"),
    ):
        with pytest.raises(Unproven) as caught:
            compare(wrong, got, declared)
        assert caught.value.cause.name == cause
    with pytest.raises(Unproven, match="max_file_size"):
        read(io.BytesIO(content), 6, Evidence())


def test_limits_are_judged_together_and_outweigh_what_is_inconclusive() -> None:
    evidence = Evidence(Found(NOW - datetime.timedelta(hours=30), 1, 10))
    subject, limits = Subject("cloud sync task", "nightly", 1), Limits(max_age=26, min_count=2, max_size=10)
    proof = judge(subject, evidence, None, "", limits, NOW)
    assert (proof.outcome, proof.cause, proof.age_hours) == ("failed", "too_old", 30)
    assert "30.0 hours old, more than max_age (26). The count is 1, less than min_count (2)." in proof.error
    assert judge(subject, evidence, OUT_OF_TIME, "too slow", limits, NOW).outcome == "failed"
    assert judge(subject, evidence, OUT_OF_TIME, "too slow", Limits(), NOW).outcome == "inconclusive"
    assert judge(subject, evidence, EMPTY, "nothing", limits, NOW).cause == "empty"
    assert judge(subject, evidence, None, "", Limits(max_age=30), NOW).outcome == "proven"


@pytest.mark.parametrize(
    ("text", "cause", "state"),
    [
        ("Fatal: wrong password or no key found", "wrong_repository_password", "invalid"),
        ("Fatal: unable to open config file: Stat: The specified key does not exist.", "no_repository", "invalid"),
        ("Fatal: repository does not exist: unable to open config file", "no_repository", "invalid"),
        ("failed to authenticate decrypted block - bad password?", "wrong_encryption_password", "invalid"),
        ("dial tcp 192.0.2.1:443: connect: connection refused", "unreachable", "inconclusive"),
        ("x509: certificate signed by unknown authority", "tls", "inconclusive"),
        ("api error AccessDenied: Access Denied", "forbidden", "inconclusive"),
        ("Error: unknown flag: --no-traverse", "old_program", "inconclusive"),
        ("read tcp: i/o timeout", "timeout", "inconclusive"),
        ("something else", "unknown", "inconclusive"),
    ],
)
def test_only_what_would_stop_the_nas_is_a_failure(text: str, cause: str, state: str) -> None:
    found = explained(text, BY_WIRE_TYPE["S3"], {})
    assert (found.name, found.state) == (cause, state)


def stored(wire_type: str, **values: Any) -> Any:
    """Return a stored cloud sync task with a credential of this type."""
    attributes = {"folder": "/a/", **({"bucket": "b"} if BY_WIRE_TYPE[wire_type].has_buckets else {})}
    row = {"id": 1, "description": "x", "attributes": attributes, "credentials": {"id": 1, "name": "c"}, **values}
    row["credentials"]["provider"] = {"type": wire_type, **sent(wire_type), **values.pop("login", {})}
    return reader(FIELDS, "cloud sync task")(row)


UNUSABLE = {name for name, provider in BY_WIRE_TYPE.items() if provider.rotates_token or provider.retired}


@pytest.mark.parametrize("wire_type", sorted(UNUSABLE))
def test_a_token_that_a_proof_would_spoil_is_not_used(wire_type: str) -> None:
    with pytest.raises(Unproven) as caught:
        remote.usable_provider(stored(wire_type), "ROLE")
    assert caught.value.cause.state == "inconclusive"
    assert "verify_may_refresh" not in str(caught.value)


@pytest.mark.parametrize("wire_type", sorted(BY_WIRE_TYPE.keys() - UNUSABLE))
def test_rclone_gets_the_credential_of_every_provider_without_line_breaks(wire_type: str) -> None:
    entry = stored(wire_type)
    provider = remote.usable_provider(entry, "ROLE")
    variables = remote.rclone_environment(entry, provider, "-----BEGIN\nkey\n" if provider.keypair_field() else None)
    assert variables["RCLONE_CONFIG_REMOTE_TYPE"] == provider.rclone_type
    assert not [name for name, value in variables.items() if "\n" in value or not value]
    assert remote.root(entry, provider) == ("remote:b/a" if provider.has_buckets else "remote:/a")


def test_the_encryption_is_on_top_and_its_passwords_are_obscured() -> None:
    crypt = {"encryption": True, "filename_encryption": True, "encryption_password": "p", "encryption_salt": ""}
    entry = stored("S3", **crypt)
    variables = remote.rclone_environment(entry, BY_WIRE_TYPE["S3"], None)
    assert reveal(variables["RCLONE_CONFIG_ENCRYPTED_PASSWORD"]) == "p"
    assert "RCLONE_CONFIG_ENCRYPTED_PASSWORD2" not in variables
    assert (variables["RCLONE_CONFIG_ENCRYPTED_REMOTE"], remote.root(entry, BY_WIRE_TYPE["S3"])) == (
        "remote:b/a",
        "encrypted:",
    )


@pytest.mark.parametrize(
    ("login", "region", "address"),
    [
        ({"endpoint": "https://s3.example.net/", "region": "eu"}, "us", "s3:https://s3.example.net/b/f"),
        ({"endpoint": "", "region": "eu"}, "us", "s3:s3.us.amazonaws.com/b/f"),
        ({"endpoint": "", "region": "eu"}, "", "s3:s3.eu.amazonaws.com/b/f"),
        ({"endpoint": "", "region": ""}, "", "s3:s3.amazonaws.com/b/f"),
    ],
)
def test_restic_opens_the_address_of_the_nas(login: dict[str, str], region: str, address: str) -> None:
    values = {"access_key_id": "i", "secret_access_key": "s", **login}
    assert BY_WIRE_TYPE["S3"].to_restic(values, "b/f", region)["RESTIC_REPOSITORY"] == address


def test_restic_opens_the_gateway_without_its_port_and_nothing_else() -> None:
    values = {"access_key_id": "i", "secret_access_key": "s", "endpoint": "https://gw.example.net:8443/"}
    assert BY_WIRE_TYPE["STORJ_IX"].to_restic(values, "b/", "")["RESTIC_REPOSITORY"] == "s3:gw.example.net/b/"
    able = {name for name, provider in BY_WIRE_TYPE.items() if provider.repository_base(sent(name))}
    assert {name for name, provider in BY_WIRE_TYPE.items() if provider.to_restic(sent(name), "b/f", "")} == able


def test_a_missing_program_is_reported_with_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("rclone", "restic"):
        with pytest.raises(Unproven, match=f"{name} is not installed") as caught:
            program.find(name, {})
        assert f"Install {name} " in caught.value.cause.hint
    (tmp_path / "rclone").write_text("#!/bin/sh\n")
    os.chmod(tmp_path / "rclone", 0o700)
    assert program.find("rclone", {}) == str(tmp_path / "rclone")


def test_a_program_does_not_see_the_environment_of_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "RCLONE_RETRIES", "RESTIC_PASSWORD_FILE"):
        monkeypatch.setenv(name, "from outside")
    runner = program.Runner("/usr/bin/env", {"OWN": "value"}, time.monotonic() + 10)
    shown, _notes = runner.run([], lambda output: output.read().decode())
    assert "OWN=value" in shown
    assert "from outside" not in shown


def test_names_and_errors_of_a_program_are_passed_on_whatever_their_length() -> None:
    names = [f"{number:05}{'x' * 200}" for number in range(2000)]
    runner = program.Runner("/bin/sh", {}, time.monotonic() + 10)
    script = 'cat "$1"; head -c 200000 /dev/zero | tr "\\\\0" e >&2; exit 3'
    with pytest.raises(program.ProgramFailed) as caught:
        runner.run(["-c", script, "sh", "{names}"], lambda output: output.read(), names)
    assert 1 <= len(str(caught.value)) <= 65536
    shown, _notes = runner.run(["-c", 'cat "$1"', "sh", "{names}"], lambda output: output.read().decode(), names)
    assert shown.splitlines() == names


SLOW_RCLONE = """#!/bin/sh
sleep 0.4
case $1 in
lsjson) echo '['; echo '{"Path":"a","Size":1,"ModTime":"2026-07-10T12:00:00Z","IsDir":false}'; echo ']' ;;
cat) printf x ;;
esac
"""
"""A program that waits for a provider most of the time."""


def test_twenty_tasks_take_at_most_twice_as_long_as_one(tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text(SLOW_RCLONE)
    slow.chmod(0o700)
    task = {"credentials": 1, "path": "/mnt/x", "attributes": {"bucket": "b", "folder": "f"}, "direction": "PUSH"}
    seconds = {}
    for count in (1, 20):
        nas = TaskNas()
        nas.answers["cloud_backup.query"] = []
        for number in range(count):
            nas.store(number + 1, {**task, "description": f"task {number}", "transfer_mode": "COPY"})
        began = time.monotonic()
        result = TASK.read(options(rclone_path=str(slow)), False)(Nas(nas))
        seconds[count] = time.monotonic() - began
        assert result["counts"]["proven"] == count
    assert seconds[20] < 2 * seconds[1], seconds


@pytest.mark.parametrize(
    ("script", "seconds", "expected"),
    [
        ("printf '{'; echo broken >&2; exit 1", 10.0, "broken"),
        ("printf '{'; sleep 30", 0.3, "proof_timeout"),
        ("printf '{'; exit 0", 10.0, "Expecting property name"),
        ("while :; do echo no; done", 10.0, "status"),
    ],
)
def test_the_reason_for_an_output_that_ends_in_the_middle_is_that_of_the_program(
    script: str, seconds: float, expected: str
) -> None:
    runner = program.Runner("/bin/sh", {}, time.monotonic() + seconds)
    with pytest.raises((program.ProgramFailed, Unproven, ValueError)) as caught:
        runner.run(["-c", script], lambda output: json.loads(output.readline()))
    assert expected in str(caught.value)
