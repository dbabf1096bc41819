# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings on the buckets and the keys of cloud tasks, and what policies allow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.audit import compare, look_at_buckets
from ansible_collections.nasops.truenas.plugins.module_utils.audit.bucket_advice import Seen, advice
from ansible_collections.nasops.truenas.plugins.module_utils.audit.rules import RULES
from ansible_collections.nasops.truenas.plugins.module_utils.bucket.remote import Bucket
from ansible_collections.nasops.truenas.plugins.module_utils.bucket.settings import Lock
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task.stored import StoredTask
from ansible_collections.nasops.truenas.plugins.module_utils.credential.stored import StoredCredential
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.key_rights import KeyRights, allows
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes import b2
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from tests.unit.tasks import defaults

DELETE = "s3:DeleteObjectVersion"
OBJECT = "arn:aws:s3:::backups/file"
OLD = {"Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 9}}
UPLOADS = {"Prefix": "", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 9}}
GOOD: dict[str, Any] = {
    "versioning": "enabled",
    "rules": ({"ID": "a", "Status": "Enabled", **OLD}, {"ID": "b", "Status": "Enabled", **UPLOADS}),
}
NO_MORE = KeyRights(False, False, "")
S3 = StoredCredential(3, "offsite", "S3", {"access_key_id": "A", "secret_access_key": "hush-canary"})
B2 = StoredCredential(4, "blaze", "B2", {"account": "a", "key": "hush-canary"})


def task(number: int = 1, credential: StoredCredential = S3, **values: Any) -> StoredTask:
    """Return a stored push to a folder of the bucket."""
    usual = {"direction": "PUSH", "transfer_mode": "SYNC", "bucket": "backups", "folder": "nas1"}
    return StoredTask(number, "nightly", {**usual, **values}, credential)


def found(backs_up: bool = False, **seen: Any) -> list[str]:
    """Return the rules of the findings on a good bucket with a good key, except for what differs."""
    usual: dict[str, Any] = {"tasks": (task(),), "settings": GOOD, "rights": NO_MORE}
    return [finding.rule for finding in advice(Seen("backups", **{**usual, **seen}), backs_up)]


def ruled(*rules: Mapping[str, Any], versioning: str = "enabled") -> dict[str, Any]:
    """Return settings with these rules, which are enabled unless they say otherwise."""
    return {"versioning": versioning, "rules": tuple({"Status": "Enabled", **rule} for rule in rules)}


@pytest.mark.parametrize(
    ("seen", "rules"),
    [
        ({}, []),
        ({"settings": ruled(OLD, UPLOADS, versioning="off")}, ["versions-off"]),
        ({"settings": ruled(OLD, UPLOADS, versioning="suspended")}, ["versions-off"]),
        ({"settings": ruled(versioning="off")}, ["versions-off", "no-upload-rule"]),
        ({"settings": ruled()}, ["no-version-rule", "no-upload-rule"]),
        ({"settings": ruled({**OLD, "Filter": {"Prefix": "nas1/"}}, UPLOADS)}, []),
        ({"settings": ruled({**OLD, "Filter": {"Prefix": "nas2/"}}, UPLOADS)}, ["no-version-rule"]),
        ({"settings": ruled({**OLD, "Status": "Disabled"}, UPLOADS)}, ["no-version-rule"]),
        ({"settings": ruled(OLD), "tasks": (task(direction="PULL"),)}, []),
        ({"settings": ruled(OLD), "tasks": (), "backups": (task(),)}, ["no-upload-rule"]),
        ({"settings": {}, "unread": {"versioning": "Refused."}}, ["bucket-unknown"]),
        ({"settings": {**GOOD, "lock": None}, "must_be_locked": True}, ["lock-missing"]),
        ({"settings": {**GOOD, "lock": Lock("governance", 3)}, "must_be_locked": True}, []),
        ({"settings": {**GOOD, "lock": None}}, []),
        ({"rights": KeyRights(None, None, "")}, ["key-unknown"]),
        ({"rights": KeyRights(False, True, "")}, ["key-deletes-versions"]),
        ({"rights": KeyRights(True, False, "")}, ["key-lists-buckets"]),
        ({"rights": None}, []),
        ({"rights": KeyRights(False, True, ""), "tasks": (task(credential=B2, args="--b2-hard-delete"),)}, []),
    ],
)
def test_a_finding_for_each_gap(seen: dict[str, Any], rules: list[str]) -> None:
    assert found(**seen) == rules


def test_a_key_with_a_backup_may_list_the_buckets() -> None:
    assert found(backs_up=True, rights=KeyRights(True, False, "")) == []


ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
DENY = {"Effect": "Deny", "Action": [DELETE], "Resource": "*"}
IF = {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], False),
        ([ALLOW], True),
        ([{**ALLOW, "Action": "*"}], True),
        ([{**ALLOW, "Action": ["s3:GetObject", "S3:deleteobject*"]}], True),
        ([{**ALLOW, "Action": ["s3:DeleteObject"]}], False),
        ([{**ALLOW, "Resource": "arn:aws:s3:::backups/*"}], True),
        ([{**ALLOW, "Resource": "arn:aws:s3:::backup?/f*e"}], True),
        ([{**ALLOW, "Resource": ["arn:aws:s3:::backups", "arn:aws:s3:::other/*"]}], False),
        ([ALLOW, DENY], False),
        ([{**ALLOW, **IF}], None),
        ([ALLOW, {**DENY, **IF}], None),
        ([{**ALLOW, **IF}, DENY], False),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], True),
        ([{"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "*"}], False),
        ([{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::backups/*"}], False),
        ([{"Effect": "Odd", "Action": "*", "Resource": "*"}], False),
        (["odd"], False),
    ],
)
def test_what_policies_allow(statements: list[Any], expected: bool | None) -> None:
    assert allows([{"Statement": statements}], DELETE, OBJECT) is expected
    assert allows([{"Statement": one} for one in statements], DELETE, OBJECT) is expected


def test_a_deny_in_another_policy_wins() -> None:
    assert allows([{"Statement": ALLOW}, {"Statement": DENY}], DELETE, OBJECT) is False


def looked(
    monkeypatch: pytest.MonkeyPatch, *tasks: StoredTask, backups: tuple[StoredTask, ...] = ()
) -> dict[int, list[str]]:
    """Return the rules of the findings by credential, if every key may do all and no bucket answers."""
    everything = KeyRights(True, True, "as it says")
    for credential in (S3, B2):
        assert credential.provider
        monkeypatch.setattr(
            credential.provider, "rights_of_key", staticmethod(lambda values, bucket, timeout: everything)
        )
    monkeypatch.setattr(Bucket, "read", lambda self, names: None)
    audit = look_at_buckets.BucketAudit(True, (), 5)
    shown = look_at_buckets.findings(audit, (S3, B2), {"cloudsync": [*tasks], "cloud_backup": [*backups]})
    assert "hush-canary" not in str(shown)
    return {id_: [finding.rule for finding in findings] for id_, findings in shown.items()}


def test_each_key_and_bucket_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = (task(1), task(2, folder="nas2"), task(3, bucket="other"), task(4, B2), task(5, bucket=""))
    assert looked(monkeypatch, *tasks) == {
        3: ["bucket-unknown", "key-deletes-versions", "key-lists-buckets", "bucket-unknown", "key-deletes-versions"],
        4: ["key-deletes-versions", "key-lists-buckets"],
    }
    assert looked(monkeypatch, backups=(task(),)) == {3: ["bucket-unknown", "key-deletes-versions"]}
    assert looked(monkeypatch) == {}


def test_a_key_that_the_nas_hides_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = StoredCredential(3, "offsite", "S3", {"access_key_id": "********", "secret_access_key": "********"})
    audit = look_at_buckets.BucketAudit(True, (), 5)
    shown = look_at_buckets.findings(audit, (hidden,), {"cloudsync": [task(credential=hidden)]})
    assert [(finding.rule, finding.message) for finding in shown[3]] == [
        (
            "bucket-unknown",
            "Could not read the settings of the bucket 'backups': The NAS hides the key from this account.",
        )
    ]


def test_nothing_is_asked_unless_wanted() -> None:
    audit = look_at_buckets.BucketAudit(False, (), 5)
    assert look_at_buckets.findings(audit, (S3,), {"cloudsync": [task()]}) == {}


def test_a_locked_bucket_requires_the_look() -> None:
    from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_audit

    with pytest.raises(InvalidInput, match="locked_buckets: requires look_at_buckets"):
        compare.read({**defaults(cloud_audit.ARGUMENTS), "credentials": [], "locked_buckets": ["backups"]})


def test_b2_reports_the_rights_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(**allowed: Any) -> None:
        account = {"apiInfo": {"storageApi": {"allowed": allowed}}}
        monkeypatch.setattr(b2, "_account", lambda values, target: account)

    answer(capabilities=["listBuckets", "deleteFiles"], buckets=None)
    assert b2.rights(B2.values, "backups", 5) == KeyRights(True, True, "according to its capabilities")
    answer(capabilities=["listBuckets", "listFiles"], buckets=[{"id": "1", "name": "backups"}])
    assert b2.rights(B2.values, "backups", 5) == KeyRights(False, False, "according to its capabilities")
    answer()
    assert b2.rights(B2.values, "backups", 5).deletes_versions is None


def test_the_page_lists_each_rule_of_buckets() -> None:
    page = (Path(__file__).parents[2] / "docs/audit.md").read_text()
    rules = {
        name for name in RULES if name.startswith(("key-", "bucket-", "versions-", "lock-", "no-version", "no-upload"))
    }
    assert len(rules) == 8
    assert {name for name in rules if f"`{name}`" not in page} == set()
