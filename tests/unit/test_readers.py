# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts from which the NAS hides values."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from tests import facts
from tests.unit.credentials import DECLARED, OTHER, S3, SECRET, STORED
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import run, task


def test_a_reader_can_check_what_is_visible_and_apply_nothing() -> None:
    nas = FakeNas(STORED, reader=True)
    hidden = run(nas, True, s3={"secret_access_key": OTHER, "region": "r"})
    assert (hidden["changed"], hidden["unknown_fields"]) == (False, ["region", "secret_access_key"])
    assert hidden["diff"]["before"] == hidden["diff"]["after"]
    assert hidden["diff"]["before"]["s3"]["region"] == "unknown (redacted)"
    assert any("CLOUD_SYNC_WRITE" in warning for warning in hidden["warnings"])
    visible = run(nas, True, s3={"endpoint": "https://other.example", "region": "r"})
    assert visible["changed_fields"] == ["endpoint"]
    with pytest.raises(errors.NotPermitted, match="CLOUD_SYNC_WRITE"):
        run(nas, s3={"endpoint": "https://other.example"})
    assert nas.writes == []


@pytest.mark.parametrize(
    ("options", "compared"),
    [
        ({"s3": {"region": "r"}}, "region"),
        ({"s3": {"secret_access_key": OTHER, "region": "r"}}, "region, secret_access_key"),
        ({"s3": DECLARED}, "access_key_id, secret_access_key"),
        ({"s3": {}, "clear_fields": ["region"]}, "region"),
    ],
)
def test_a_reader_who_applies_what_cannot_be_compared_fails_before_anything_is_sent(
    options: dict[str, Any], compared: str
) -> None:
    nas = FakeNas(STORED, reader=True)
    with pytest.raises(errors.NotPermitted, match=rf"role CLOUD_SYNC_WRITE.*'offsite' \(compare .*{compared}"):
        run(nas, **options)
    assert nas.writes == []
    checked = run(nas, True, **options)
    assert (checked["changed"], checked["drift"]) == (False, "unknown")
    [warning] = checked["warnings"]
    assert f"could not compare {', '.join(checked['unknown_fields'])}, because the NAS hides the values" in warning


@pytest.mark.parametrize(
    "options",
    [
        {"s3": {}},
        {"s3": {"endpoint": S3["endpoint"]}},
        {"s3": {"secret_access_key": OTHER}, "update_secret": "on_create"},
        {"name": "new", "state": "absent"},
    ],
)
def test_a_reader_with_nothing_to_compare_and_nothing_to_change_is_fine(options: dict[str, Any]) -> None:
    result = run(FakeNas(STORED, reader=True), **options)
    assert (result["changed"], result["drift"]) == (False, "none")


def test_a_reader_need_not_know_a_secret_that_stays_anyway() -> None:
    result = run(FakeNas(STORED, reader=True), True, s3={"secret_access_key": OTHER}, update_secret="on_create")
    assert (result["drift"], result["unknown_fields"], result["warnings"]) == ("none", [], [])


@pytest.mark.parametrize(
    ("options", "reader", "drift"),
    [
        ({"s3": DECLARED}, False, "none"),
        ({"s3": {"region": "r"}}, False, "found"),
        ({"s3": {"region": "r"}}, True, "unknown"),
        ({"s3": {"endpoint": "https://s3.example.net"}}, True, "none"),
        ({"s3": {"endpoint": "https://other.example", "region": "r"}}, True, "found"),
        ({"name": "new", "s3": DECLARED}, True, "found"),
        ({"state": "absent"}, True, "found"),
        ({"name": "new", "state": "absent"}, True, "none"),
    ],
)
def test_drift_is_reported_as_far_as_the_account_can_see_it(options: dict[str, Any], reader: bool, drift: str) -> None:
    assert run(FakeNas(STORED, reader=reader), True, **options)["drift"] == drift


def test_eight_asterisks_in_a_field_that_the_nas_shows_are_a_value_to_a_reader_too() -> None:
    [shown] = [field for field in facts.fields("S3").values() if field["name"] == "provider"]
    assert not shown["secret"]
    nas = FakeNas({**STORED, "provider": {**S3, "provider": "********"}}, reader=True)
    result = run(nas, check=True, s3={"provider": "Minio"})
    assert (result["changed_fields"], result["unknown_fields"]) == (["provider"], [])


def test_hidden_values_do_not_contradict_each_other() -> None:
    login = {"auth": "https://k.example/v3", "user": "u", "key": SECRET, "auth_version": 3, "domain": ""}
    hidden = {f"application_credential_{part}": "" for part in ("id", "name", "secret")}
    nas = FakeNas({**STORED, "provider": {"type": "OPENSTACK_SWIFT", **login, **hidden, "user_id": ""}}, reader=True)
    empty = dict.fromkeys(("application_credential_id", "user_id", "domain"), "")
    declared = {"auth": "https://k.example/v3", "user": "u", "key": SECRET, "auth_version": "3", **empty}
    assert run(nas, True, openstack_swift=declared)["changed"] is False


def test_known_values_of_an_update_contradict_each_other() -> None:
    login = {
        "auth": "https://k.example/v3",
        "user": "u",
        "key": SECRET,
        "auth_version": 3,
        "domain": "d",
        "user_id": "",
    }
    application = {"application_credential_id": "", "application_credential_name": "n"}
    stored = {"type": "OPENSTACK_SWIFT", **login, **application, "application_credential_secret": SECRET}
    for check in (True, False):
        nas = FakeNas({**STORED, "provider": stored})
        with pytest.raises(errors.InvalidInput, match="openstack_swift"):
            run(nas, check, openstack_swift={"domain": ""})
        assert nas.writes == []
    declared = {**{name: value for name, value in stored.items() if name != "type"}, "auth_version": "3", "domain": ""}
    with pytest.raises(errors.InvalidInput, match="openstack_swift"):
        run(FakeNas({**STORED, "provider": stored}, reader=True), True, openstack_swift=declared)
    with pytest.raises(errors.InvalidInput, match="openstack_swift"):
        task(undeclared="default", openstack_swift=declared)
