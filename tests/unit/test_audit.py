# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is stored and declared to findings, and from findings to reports."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.nasops.truenas.plugins.action import cloud_audit_report
from ansible_collections.nasops.truenas.plugins.module_utils.audit import compare, formats, report
from ansible_collections.nasops.truenas.plugins.module_utils.audit.advice import advice
from ansible_collections.nasops.truenas.plugins.module_utils.audit.rules import FAIL_ON, RULES, Finding, failing
from ansible_collections.nasops.truenas.plugins.module_utils.credential import sets, spec
from ansible_collections.nasops.truenas.plugins.module_utils.credential.stored import StoredCredential
from ansible_collections.nasops.truenas.plugins.module_utils.engine import batch
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, ServerFault
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.messages import is_sanitized
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_audit import ARGUMENTS
from ansible_collections.nasops.truenas.plugins.plugin_utils.audit_page import to_html
from tests.lab.install import from_npm
from tests.unit.fake_nas import FakeNas

SCHEMA = Path(__file__).parents[2] / "roles/cloud_audit/files/report.schema.json"
NOW = datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC)
SECRET = "hush-hush-secret"
S3 = {"type": "S3", "access_key_id": "A", "secret_access_key": SECRET, "endpoint": "https://s3.example.net/"}


def entry(number: int, name: str, **provider: Any) -> dict[str, Any]:
    """Return a stored credential, S3 unless told otherwise."""
    return {"id": number, "name": name, "provider": provider if "type" in provider else {**S3, **provider}}


def audit(nas: FakeNas, *credentials: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return what the task finds, having checked its options as Ansible does."""
    validated = ArgumentSpecValidator(ARGUMENTS).validate({"credentials": list(credentials), **options})
    assert not validated.error_messages
    return compare.compare(compare.read(validated.validated_parameters), Nas(nas), NOW)


def rules(found: dict[str, Any]) -> dict[str, list[str]]:
    """Return the rules of the findings by credential; those about the NAS itself by an empty name."""
    rows = {"": found["findings"]} | {one["name"]: one["findings"] for one in found["credentials"]}
    return {name: [finding["rule"] for finding in findings] for name, findings in rows.items()}


DECLARED = {"name": "offsite", "s3": {"access_key_id": "A", "secret_access_key": SECRET, "region": "eu"}}
USED = {"cloudsync.query": [{"id": 1, "description": "d", "credentials": {"id": 1, "name": "offsite"}}]}


def test_what_is_as_declared_and_used_has_no_findings() -> None:
    nas = FakeNas(entry(1, "offsite", region="eu"), answers=USED)
    found = audit(nas, DECLARED)
    assert rules(found) == {"": ["excess-privileges"], "offsite": []}
    assert found["credentials"][0]["state"] == "same"
    assert found["credentials"][0]["users"] == ["cloud sync task 'd' (id 1)"]
    assert not nas.writes
    assert nas.calls.count("cloudsync.credentials.query") == 1


def test_drift_names_the_field_and_hides_the_secret() -> None:
    found = audit(FakeNas(entry(1, "offsite", region="us", secret_access_key="other-secret"), answers=USED), DECLARED)
    [row] = found["credentials"]
    assert row["state"] == "drift"
    assert {"name": "region", "stored": "us", "desired": "eu"} in row["fields"]
    assert rules(found)["offsite"] == ["drift", "drift"]
    assert SECRET not in json.dumps(found)
    assert "other-secret" not in json.dumps(found)


def test_missing_surplus_unmanaged_and_kept() -> None:
    nas = FakeNas(entry(1, "gone"), entry(2, "stray"), entry(3, "manual-1"), entry(4, "[lab] x"))
    found = audit(nas, DECLARED, {"name": "gone", "state": "absent"}, keep=["manual-*", "[lab] x"])
    assert {row["name"]: row["state"] for row in found["credentials"]} == {
        "offsite": "missing",
        "gone": "should-be-absent",
        "stray": "unmanaged",
        "manual-1": "stored",
        "[lab] x": "stored",
    }


def test_a_reader_gets_unknown() -> None:
    found = audit(FakeNas(entry(1, "offsite", region="eu"), reader=True, answers=USED), DECLARED, digest_key="k")
    [row] = found["credentials"]
    assert row["state"] == "unknown"
    assert "secret_access_key" in row["unknown_fields"]
    assert row["digests"] == {}
    assert rules(found) == {"": [], "offsite": ["hidden"]}


def test_what_cannot_be_on_this_nas_does_not_hide_the_rest() -> None:
    nas = FakeNas(entry(1, "offsite", region="eu"), entry(2, "twice"), entry(3, "twice"), answers=USED)
    found = audit(nas, DECLARED, {"name": "twice", "s3": {"region": "eu"}})
    assert rules(found)["offsite"] == []
    assert found["credentials"][-1]["state"] in ("not-supported", "unmanaged")
    assert "not-supported" in [finding["rule"] for row in found["credentials"] for finding in row["findings"]]


def test_keypairs_are_named_and_those_that_come_first_are_no_obstacle() -> None:
    keychain = [{"id": 6, "name": "old", "type": "SSH_KEY_PAIR"}]
    sftp = {"type": "SFTP", "host": "h", "port": 22, "user": "u", "pass": None, "private_key": 6}
    nas = FakeNas(entry(1, "a", **sftp), answers={"keychaincredential.query": keychain})
    login = {"host": "h", "user": "u"}
    declared = [
        {"name": "a", "sftp": {**login, "private_key_name": "new"}},
        {"name": "b", "mega": {"user": "u", "pass": SECRET}},
        {"name": "c", "sftp": {**login, "private_key_name": "made"}},
        {"name": "d", "sftp": {**login, "private_key_name": "new"}},
    ]
    nas.answers["system.version_short"] = "25.04.2"
    found = {one["name"]: one for one in audit(nas, *declared, pending_keypairs=["new"])["credentials"]}
    assert found["a"]["fields"] == [{"name": "private_key", "stored": "old", "desired": "new"}]
    assert {name: one["state"] for name, one in found.items()} == {
        "a": "drift",
        "b": "not-supported",
        "c": "not-supported",
        "d": "missing",
    }


def test_verification_of_declared_and_of_other_credentials() -> None:
    answer = {"valid": False, "error": "403 Forbidden", "excerpt": "403 Forbidden"}
    refusal = ServerFault("The NAS failed (cloudsync.list_buckets): 403 Forbidden", -32001, 14, "403 Forbidden")
    answers = {**USED, "cloudsync.credentials.verify": answer, "cloudsync.list_buckets": refusal}
    nas = FakeNas(entry(1, "offsite", region="eu"), entry(2, "stray"), answers=answers)
    found = audit(nas, DECLARED, verify="always")
    assert rules(found)["offsite"] == ["invalid"]
    assert rules(found)["stray"] == ["unmanaged", "invalid", "unused"]
    assert not answers.keys() & {*audit_calls(FakeNas(entry(1, "offsite")))} - USED.keys()


@pytest.mark.parametrize("of_the_task", [True, False])
def test_a_new_option_of_credentials_breaks_no_audit(monkeypatch: pytest.MonkeyPatch, of_the_task: bool) -> None:
    new: dict[str, Any] = {"new": {"type": "str", "default": "default"}}
    inherited = (*sets.INHERITED, *(new if of_the_task else ()))
    arguments = batch.arguments(sets.OPTION, {**spec.ARGUMENTS, **new}, inherited, sets.SHARED)
    seen = []

    def read(params: Mapping[str, Any]) -> spec.DesiredCredential:
        seen.append((params["name"], params["new"]))
        return unchanged(params)

    unchanged = spec.read
    monkeypatch.setattr(spec, "read", read)
    monkeypatch.setattr(sets, "INHERITED", inherited)
    monkeypatch.setattr(sets, "ARGUMENTS", arguments)
    monkeypatch.setitem(ARGUMENTS, sets.OPTION, arguments[sets.OPTION])
    options: dict[str, Any] = {"verify": "always"}
    if of_the_task:
        monkeypatch.setitem(ARGUMENTS, "new", new["new"])
        options["new"] = "given"
    answers = {**USED, "cloudsync.credentials.verify": {"valid": True}, "cloudsync.list_buckets": []}
    found = audit(FakeNas(entry(1, "offsite", region="eu"), entry(2, "stray"), answers=answers), DECLARED, **options)
    assert seen == [(name, options.get("new", "default")) for name in ("offsite", "stray")]
    assert all(one["verification"] for one in found["credentials"])


def audit_calls(nas: FakeNas) -> list[str]:
    """Return what an audit without verification asks."""
    audit(nas)
    return nas.calls


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ({"refresh_token": "r", "expiry": "2020-01-01T00:00:00Z"}, ["no-refresh-token"]),
        ({}, ["no-refresh-token"]),
        ({"access_token": "a", "refresh_token": "r", "expiry": "soon"}, ["no-refresh-token"]),
        ({"access_token": "a", "refresh_token": "r"}, ["no-refresh-token"]),
        ({"access_token": "a", "refresh_token": "r", "expiry": "2020-01-01T00:00:00Z"}, []),
        ({"access_token": "a", "expiry": "0001-01-01T00:00:00Z"}, []),
        ({"AccessToken": "a", "RefreshToken": "r", "Expiry": "2020-01-01T00:00:00Z"}, []),
        ({"access_token": "a"}, ["no-refresh-token"]),
        ({"access_token": "a", "expiry": "2026-06-30T00:00:00Z"}, ["no-refresh-token", "token-expired"]),
        ({"access_token": "a", "expiry": "2026-07-10T00:00:00Z"}, ["no-refresh-token", "token-expires"]),
        ({"access_token": "a", "expiry": "2027-07-10T00:00:00Z"}, ["no-refresh-token"]),
    ],
)
def test_tokens(token: dict[str, str], expected: list[str]) -> None:
    box = entry(1, "box", type="BOX", client_id="", client_secret="", token=json.dumps(token))
    assert rules(audit(FakeNas(box, answers=USED)))["box"] == expected


def test_plain_http_and_unknown_providers() -> None:
    unknown = entry(2, "new", type="NEWCLOUD", secret=SECRET)
    found = audit(FakeNas(entry(1, "offsite", endpoint="http://s3.example.net/"), unknown))
    assert rules(found)["offsite"] == ["plain-http", "unused"]
    assert rules(found)["new"] == ["unknown-provider", "unused"]
    assert SECRET not in json.dumps(found)


def results() -> dict[str, dict[str, Any]]:
    """Return the results of two NAS that share a secret, and of one that is down."""
    one, two = FakeNas(entry(1, "offsite", region="us")), FakeNas(entry(1, "else", region="x"))
    return {
        "nas1": {"audit": audit(one, DECLARED, digest_key="k")},
        "nas2": {"audit": audit(two, digest_key="k")},
        "nas3": {"failed": True, "msg": "nas3 cannot be reached \x00 <b>"},
    }


def built(**options: Any) -> dict[str, Any]:
    """Return a report on them."""
    return report.build(results(), "2026-07-01T00:00:00+00:00", options.pop("fail_on", "drift"), **options)


def test_a_report_fits_its_schema_and_names_what_nas_share() -> None:
    made = built(previous=built())
    jsonschema.validate(made, json.loads(SCHEMA.read_text()), format_checker=jsonschema.FormatChecker())
    assert made["failed"]
    assert made["summary"]["nas"] == 3
    assert made["summary"]["unreachable"] == 1
    shared = [(place, one["field"]) for place, one in report.findings(made["nas"]) if one["rule"].startswith("shared")]
    assert shared == [(("nas1", "offsite"), "secret_access_key"), (("nas2", "else"), "secret_access_key")]
    assert "digest" not in json.dumps(made)


def test_a_token_that_two_nas_renew_is_worse_than_a_secret_that_they_share() -> None:
    def box(access: str) -> FakeNas:
        token = json.dumps({"access_token": access, "refresh_token": "the-same-for-both"})
        return FakeNas(entry(1, "box", type="BOX", client_id="", client_secret="", token=token))

    made = report.build(
        {
            name: {"audit": audit(box(access), digest_key="k")}
            for name, access in (("nas1", "of-the-one"), ("nas2", "of-the-other"))
        },
        "now",
        "never",
    )
    shared = [one for place, one in report.findings(made["nas"]) if one["rule"] == "shared-token"]
    assert len(shared) == 2
    assert "the-same-for-both" not in json.dumps(made)


def test_a_secret_of_a_whole_fleet_does_not_make_the_report_grow_with_its_square() -> None:
    def size(count: int) -> int:
        found = audit(FakeNas(entry(1, "offsite")), digest_key="k")
        made = report.build({f"nas{number:04}": {"audit": found} for number in range(count)}, "now", "never")
        return len(json.dumps(made)) // count

    assert size(400) < 1.1 * size(40)


def test_a_shared_secret_names_the_others_and_counts_those_beyond_ten() -> None:
    found = audit(FakeNas(entry(1, "offsite")), digest_key="k")

    def text(count: int) -> str:
        made = report.build({f"nas{number:02}": {"audit": found} for number in range(count)}, "now", "never")
        found_ = (one for place, one in report.findings(made["nas"]) if one["rule"] == "shared-secret")
        return str(next(found_)["message"])

    assert text(2) == "secret_access_key contains a secret that nas01 has, too."
    assert text(3) == "secret_access_key contains a secret that nas01, nas02 have, too."
    assert text(13).endswith("nas09, nas10 and 2 more have, too.")


def matrix(*names: Iterable[str]) -> tuple[list[str], list[list[str]]]:
    """Return the heads of the page's matrix, and what is in its rows, for NAS that have credentials of these names."""
    results = {
        f"nas{number}": {"audit": audit(FakeNas(*(entry(n + 1, name) for n, name in enumerate(stored))))}
        for number, stored in enumerate(names)
    }
    page = to_html(report.build(results, "2026-07-01T00:00:00+00:00", "never"))
    table = re.search(r'<table class="matrix.*?</table>', page, re.DOTALL)
    assert table
    rows = [re.sub(r"<[^>]*>|\s+", " ", row).split() for row in re.findall(r"<tr.*?</tr>", table[0], re.DOTALL)]
    return re.findall(r'<th scope="col">(.*?)</th>', table[0]), rows[1:]


def test_names_that_one_nas_has_share_a_column_once_there_are_many() -> None:
    fleet = [f"c{number:02}" for number in range(11)]
    heads, rows = matrix([*fleet, "mine"], fleet)
    assert heads == ["NAS", *fleet, "mine"]
    heads, rows = matrix([*fleet, "mine", "own"], fleet)
    assert heads == ["NAS", *fleet, "only on this NAS"]
    assert rows[0][-4:] == ["stored", "mine", "stored", "own"]
    assert rows[1][-1] == "none"
    assert matrix([*fleet, "mine", "own"])[0] == ["NAS", *fleet, "mine", "own"], "one NAS alone has nothing else"


def test_a_long_list_of_changes_does_not_push_the_matrix_out_of_sight() -> None:
    made = built(previous=built())
    one = {"nas": "nas1", "credential": "offsite", **Finding("drift", "region differs").public()}
    made["changes"] |= {"new": [one] * 20, "gone": [one] * 21}
    page = to_html(made)
    assert re.search(r'<details open="open">\s*<summary>New \(20\)', page)
    assert re.search(r"<details>\s*<summary>Resolved \(21\)", page)
    assert '<time datetime="2026-07-01T00:00:00+00:00">2026-07-01 00:00 UTC</time>' in page


def test_other_keys_give_other_digests() -> None:
    nas = FakeNas(entry(1, "offsite"))
    first, second = (audit(nas, digest_key=key)["credentials"][0]["digests"] for key in ("k", "l"))
    assert first.keys() == second.keys() == {"secret_access_key"}
    assert first != second
    assert audit(nas)["credentials"][0]["digests"] == {}


@pytest.mark.parametrize(("secret", "fields"), [("abcdef", {"secret_access_key"}), ("abcde", set())])
def test_a_secret_that_others_can_have_by_chance_is_not_compared(secret: str, fields: set[str]) -> None:
    [found] = audit(FakeNas(entry(1, "offsite", secret_access_key=secret)), digest_key="k")["credentials"]
    assert found["digests"].keys() == fields


def test_what_is_new_and_what_is_gone_since_a_previous_report() -> None:
    before = results()
    after = results()
    before["nas1"]["audit"]["credentials"][0]["findings"] = []
    after["nas2"]["audit"]["credentials"][0]["findings"] = []
    previous = report.build(before, "then", "never")
    changes = report.build(after, "now", "never", previous)["changes"]
    assert changes["since"] == "then"
    assert {(one["nas"], one["rule"]) for one in changes["new"]} == {("nas1", "drift"), ("nas1", "unused")}
    assert {(one["nas"], one["rule"]) for one in changes["gone"]} == {("nas2", "unused")}


@pytest.mark.parametrize("fail_on", FAIL_ON)
def test_fail_on_includes_what_is_graver(fail_on: str) -> None:
    order = ["never", "invalid", "drift", "unknown"]
    for rule in RULES.values():
        expected = rule.kind in order and order.index(rule.kind) <= order.index(fail_on)
        assert failing(fail_on, [rule.name]) == [rule.name] * expected, rule.name


def test_junit_lists_failures_and_survives_odd_names() -> None:
    root = ElementTree.fromstring(formats.to_junit(built()))
    suites = {suite.get("name"): suite for suite in root}
    assert suites["nas1"].get("failures") == "1"
    assert suites["nas2"].get("failures") == "0"
    assert suites["nas3"].get("errors") == "1"
    assert "\ufffd <b>" in (suites["nas3"].find(".//error").get("message") or "")  # type: ignore[union-attr] # it is there


def test_sarif_has_a_rule_for_each_result() -> None:
    [run] = formats.to_sarif(built())["runs"]
    rules_ = run["tool"]["driver"]["rules"]
    assert run["results"]
    for result in run["results"]:
        assert rules_[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].startswith("nas")


def test_sarif_fits_its_official_schema() -> None:
    schema = from_npm("formats/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json")
    jsonschema.validate(formats.to_sarif(built(previous=built())), json.loads(schema.read_text()))


def test_sarif_has_what_code_scanning_asks_for_beyond_the_schema() -> None:
    made = results()
    made["nas1"]["audit"]["credentials"][0]["name"] = "odd name/ü"
    [run] = formats.to_sarif(report.build(made, "now", "never"))["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
    fingerprints: dict[tuple[str, str], str] = {}
    for result in run["results"]:
        [location] = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[\w./%-]+", uri, re.ASCII)
        assert location["physicalLocation"]["region"]["startLine"] == 1
        assert (result["ruleId"], uri) not in fingerprints, "two findings that would be one alert"
        fingerprints[result["ruleId"], uri] = result["partialFingerprints"]["primaryLocationLineHash"]
    assert "nas1/odd%20name/%C3%BC/region" in {uri for rule, uri in fingerprints}


def test_junit_has_what_its_readers_require() -> None:
    """JUnit has no schema of its own; these are the required attributes in that of Jenkins' xUnit plugin (junit-10.xsd)."""
    root = ElementTree.fromstring(formats.to_junit(built()))
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors"} <= set(suite.keys())
        assert set(suite.keys()) <= {"name", "tests", "failures", "errors", "skipped", "timestamp"}
        for case in suite:
            assert case.tag == "testcase"
            assert set(case.keys()) == {"classname", "name"}
            assert {one.tag for one in case} <= {"error", "failure", "skipped"}


@pytest.mark.parametrize(
    ("end", "rule"),
    [
        (NOW, "token-expired"),
        (NOW + datetime.timedelta(seconds=1), "token-expires"),
        (NOW + datetime.timedelta(days=7), "token-expires"),
        (NOW + datetime.timedelta(days=7, seconds=1), ""),
    ],
)
def test_a_token_expires_within_the_days_to_the_second(end: datetime.datetime, rule: str) -> None:
    token = json.dumps({"access_token": "a", "expiry": end.isoformat()})
    box = StoredCredential(1, "box", "BOX", {"client_id": "", "client_secret": "", "token": token})
    assert [finding.rule for finding in advice(box, NOW, 7)] == ["no-refresh-token", *filter(None, [rule])]


def test_a_report_is_clean_and_recognizes_what_a_previous_one_has_cleaned(tmp_path: Path) -> None:
    hostile = "one \x1b[31m\x9b\u202e\u2028\u200b\r\n::error::x ##[group]y"
    found = results()
    found["nas1"]["audit"]["credentials"][0]["name"] = hostile
    found["nas1"]["audit"]["credentials"][0]["findings"] = [Finding("unused", f"{hostile} is unused.").public()]
    found["nas2"] = {"failed": True, "msg": f"unreachable {hostile}"}
    action = object.__new__(cloud_audit_report.ActionModule)
    params = {
        "hosts": None,
        "variable": "result",
        "fail_on": "never",
        "dest": str(tmp_path),
        "previous_report": str(tmp_path / "report.json"),
    }
    for _run in range(2):
        action._outcome(params, {"hostvars": {name: {"result": result} for name, result in found.items()}})
    for file in tmp_path.iterdir():
        for line in file.read_text().split("\n"):
            assert is_sanitized(line), file.name
    changes = json.loads((tmp_path / "report.json").read_text())["changes"]
    assert (changes["new"], changes["gone"]) == ([], [])


@pytest.mark.parametrize(("token", "expected"), [("abc.1", []), ("sl.abc", ["no-refresh-token"])])
def test_an_access_token_alone_lasts_unless_its_prefix_says_otherwise(token: str, expected: list[str]) -> None:
    dropbox = StoredCredential(1, "d", "DROPBOX", {"client_id": "", "client_secret": "", "token": token})
    assert [finding.rule for finding in advice(dropbox, NOW, 7)] == expected


@pytest.mark.parametrize("days", [-1, 36501, 10**12])
def test_the_days_ahead_are_limited(days: int) -> None:
    with pytest.raises(InvalidInput, match=r"^expires_within: must be from 0 to 36500 days") as refused:
        audit(FakeNas(), expires_within=days)
    assert refused.value.problems[0].remedy
    audit(FakeNas(), expires_within=36500)
