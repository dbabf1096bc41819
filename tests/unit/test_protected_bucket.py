# SPDX-License-Identifier: GPL-3.0-or-later
"""Protected buckets: rules compared by meaning, the order of requests, and what happens if a server drops a part of a rule."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from botocore.exceptions import ClientError  # type: ignore[import-untyped]  # botocore has no types

from ansible_collections.nasops.truenas.plugins.module_utils.bucket import (
    account,
    ensure,
    lifecycle,
    plan,
    remote,
    settings,
)
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes import s3_client
from ansible_collections.nasops.truenas.plugins.module_utils.errors import (
    InvalidInput,
    NotFound,
    NotPermitted,
    ProviderFailed,
    Unreachable,
)
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.nas.unconnected import Unconnected
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import protected_bucket
from tests.unit.fake_nas import FakeNas

SECRET = "hush/secret+canary"
KEY = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": SECRET}
OLD = {"name": "old", "old_versions_after": 30}
UPLOADS = {"name": "uploads", "unfinished_uploads_after": 7}
EXPIRES = "NoncurrentVersionExpiration"
FOREIGN = {"ID": "theirs", "Status": "Enabled", "Prefix": "logs/", "Expiration": {"Days": 90}}


def options(**given: Any) -> dict[str, Any]:
    """Return complete options of the module; an account unless they have a credential."""
    login = {} if "credential" in given else {"s3": KEY}
    validated = ArgumentSpecValidator(protected_bucket.ARGUMENTS).validate({"bucket": "backups", **login, **given})
    assert not validated.error_messages, validated.error_messages
    found: dict[str, Any] = validated.validated_parameters
    return found


def desired(**given: Any) -> settings.Desired:
    """Return the settings that the options declare."""
    return settings.read(options(**given))


class Server(remote.Bucket):
    """A bucket on a server that keeps settings in memory, as `store` makes of each write."""

    def __init__(self, stored: settings.Stored | None, store: Callable[[Any], Any] = copy.deepcopy) -> None:
        self.name = "backups"
        self._values = {}
        self.stored, self.store = stored, store
        self.requests: list[str] = []

    @property
    def place(self) -> str:
        return "the server"

    def read(self, names: Any) -> settings.Stored | None:
        self.requests += [f"get {name}" for name in names]
        if self.stored is None:
            return None
        fields = {settings.FIELDS[name]: getattr(self.stored, settings.FIELDS[name]) for name in names}
        return settings.Stored(**fields)

    def create(self, locked: bool) -> None:
        self.requests.append("create locked" if locked else "create")
        self.stored = replace(plan.NEW_BUCKET, versioning="enabled" if locked else "off")

    def write(self, name: str, wanted: settings.Stored) -> None:
        assert self.stored is not None
        self.requests.append(f"put {name}")
        value = getattr(wanted, settings.FIELDS[name])
        stored: Any = tuple(map(self.store, value)) if name == settings.RULES else value
        self.stored = replace(self.stored, **{settings.FIELDS[name]: stored})


def server(*rules: Mapping[str, Any], store: Callable[[Any], Any] = copy.deepcopy, **more: Any) -> Server:
    """Return a server whose bucket has versions and these rules."""
    return Server(settings.Stored(**{"versioning": "enabled", "rules": rules, "public_blocked": False, **more}), store)


def as_ceph(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Ceph RGW 16.2.15 stores of a rule: no size, no number of versions, and an empty filter in its old form."""
    changed = copy.deepcopy(dict(rule))
    given = changed.pop("Filter", None) or {"Prefix": changed.pop("Prefix", "")}
    flat = {**given.pop("And", {}), **given}
    flat.pop("ObjectSizeGreaterThan", None)
    changed.get(EXPIRES, {}).pop("NewerNoncurrentVersions", None)
    return {**changed, "Filter": flat} if flat.get("Prefix") else {**changed, "Prefix": ""}


TAG = {"Key": "k", "Value": "v"}
SAME = [
    ({"Filter": {"Prefix": ""}}, {"Prefix": ""}),
    ({"Filter": {}}, {"Prefix": ""}),
    ({"Filter": {"Prefix": "a/"}}, {"Prefix": "a/"}),
    ({"Filter": {"And": {"Prefix": "a/", "Tags": [TAG]}}}, {"Filter": {"Prefix": "a/", "Tag": TAG}}),
    ({"Expiration": {"Days": 3}}, {"Expiration": {"Days": 3, "ExpiredObjectDeleteMarker": False}}),
    (
        {EXPIRES: {"NoncurrentDays": 3}},
        {EXPIRES: {"NoncurrentDays": 3, "NewerNoncurrentVersions": 0}},
    ),
    ({"ID": "a", "Prefix": ""}, {"Prefix": ""}),
    (
        {"Transitions": [{"Days": 1, "StorageClass": "B"}, {"Days": 9, "StorageClass": "A"}]},
        {"Transitions": [{"StorageClass": "A", "Days": 9}, {"StorageClass": "B", "Days": 1}]},
    ),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_forms_of_one_rule_are_equal(left: Any, right: Any) -> None:
    assert lifecycle.same([left], [right])
    assert lifecycle.same([right, FOREIGN], [FOREIGN, left])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"Prefix": "a"}, {"Prefix": "b"}),
        ({"Status": "Disabled", "Prefix": ""}, {"Status": "Enabled", "Prefix": ""}),
        ({"Filter": {"ObjectSizeGreaterThan": 5}}, {"Filter": {}}),
        (
            {EXPIRES: {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2}},
            {EXPIRES: {"NoncurrentDays": 3}},
        ),
        ({"ID": "a", "Prefix": ""}, {"ID": "b", "Prefix": ""}),
        ({"Expiration": {"Days": 3}}, {"Expiration": {"Days": 4}}),
        ({"Filter": {"Tag": {"Key": "k", "Value": "v"}}}, {"Filter": {"Tag": {"Key": "k", "Value": "w"}}}),
    ],
)
def test_rules_of_other_meaning_differ(left: Any, right: Any) -> None:
    assert not lifecycle.same([left], [right])


def test_a_bucket_in_sync_needs_one_request_for_each_setting() -> None:
    box = server(as_ceph({"ID": "old", "Status": "Enabled", "Filter": {}, EXPIRES: {"NoncurrentDays": 30}}),
                 lock=settings.Lock("governance", 3), public_blocked=True)  # fmt: skip
    lock = {"mode": "governance", "days": 3}
    found = ensure.ensure(desired(object_lock=lock, lifecycle_rules=[OLD], block_public_access=True), box, False)
    assert (found["changed"], found["action"], found["changed_fields"]) == (False, "none", [])
    assert box.requests == ["get versioning", "get object_lock", "get lifecycle_rules", "get block_public_access"]


def test_only_declared_settings_are_read_and_written() -> None:
    box = server(versioning="off")
    found = ensure.ensure(desired(versioning="enabled"), box, False)
    assert box.requests == ["get versioning", "put versioning", "get versioning"]
    assert found["settings"] == {"versioning": "enabled"}
    assert found["diff"]["before"] == {"versioning": "off"}


@pytest.mark.parametrize("check_mode", [True, False])
def test_check_mode_predicts_what_a_run_does(check_mode: bool) -> None:
    box = Server(None)
    declared = desired(create=True, versioning="enabled", lifecycle_rules=[OLD, UPLOADS], block_public_access=True)
    found = ensure.ensure(declared, box, check_mode)
    assert found["action"] == "created"
    assert found["changed_fields"] == ["versioning", "lifecycle_rules", "block_public_access"]
    assert [rule["ID"] for rule in found["settings"]["lifecycle_rules"]] == ["old", "uploads"]
    assert (box.stored is None) is check_mode
    assert any(request.startswith(("put", "create")) for request in box.requests) is not check_mode
    if not check_mode:
        assert not ensure.ensure(declared, box, False)["changed"]


def test_a_bucket_is_only_created_if_the_task_requests_it() -> None:
    box = Server(None)
    with pytest.raises(ProviderFailed, match="does not exist at the server"):
        ensure.ensure(desired(versioning="enabled"), box, False)
    assert box.requests == ["get versioning"]


def test_a_locked_bucket_is_created_with_object_lock() -> None:
    box = Server(None)
    found = ensure.ensure(desired(create=True, object_lock={"mode": "governance", "days": 2}), box, False)
    assert "create locked" in box.requests
    assert found["settings"] == {"versioning": "enabled", "object_lock": {"mode": "governance", "days": 2}}


def test_rules_of_others_are_kept_in_their_new_form_unless_purged() -> None:
    box = server(FOREIGN)
    ensure.ensure(desired(lifecycle_rules=[OLD]), box, False)
    assert box.stored is not None
    assert [rule["ID"] for rule in box.stored.rules or ()] == ["theirs", "old"]
    assert (box.stored.rules or ())[0]["Filter"] == {"Prefix": "logs/"}
    assert not ensure.ensure(desired(lifecycle_rules=[OLD]), box, False)["changed"]
    ensure.ensure(desired(lifecycle_rules=[OLD], purge=True), box, False)
    assert [rule["ID"] for rule in box.stored.rules or ()] == ["old"]
    ensure.ensure(desired(lifecycle_rules=[{"name": "old", "state": "absent"}]), box, False)
    assert box.stored.rules == ()


DROPPED = [
    ({**OLD, "larger_than": 1048576}, "every object in the bucket"),
    ({**OLD, "keep_versions": 3}, "and keeps none of them"),
    ({**OLD, "prefix": "a/", "larger_than": 5}, "each object whose name begins with 'a/' after"),
]


@pytest.mark.parametrize(("rule", "words"), DROPPED)
def test_a_dropped_limit_is_an_error_and_the_previous_rules_are_put_back(rule: Any, words: str) -> None:
    box = server(FOREIGN, store=as_ceph)
    seen: list[Any] = []
    write = box.write

    def watched(name: str, wanted: settings.Stored) -> None:
        write(name, wanted)
        seen.append(box.stored.rules if box.stored else None)

    box.write = watched  # type: ignore[method-assign]  # watched in place of the method
    with pytest.raises(ProviderFailed) as refused:
        ensure.ensure(desired(lifecycle_rules=[rule]), box, False)
    assert words in str(refused.value).partition("As the server stores it")[2]
    assert str(refused.value).endswith("The previous rules were restored.")
    assert refused.value.cause == "not_kept"
    # The rule without its limit was never enabled.
    assert all(one["Status"] == "Disabled" for rules in seen for one in rules if one["ID"] == "old")
    assert box.stored is not None
    assert lifecycle.same(box.stored.rules or (), [FOREIGN])


def test_a_rule_that_the_server_drops_is_an_error() -> None:
    box = server(store=lambda rule: {**rule, "ID": "other", "Status": "Disabled"})
    with pytest.raises(ProviderFailed, match="but the server dropped it"):
        ensure.ensure(desired(lifecycle_rules=[OLD]), box, False)


def test_a_rule_with_a_limit_is_written_disabled_first() -> None:
    box = server()
    ensure.ensure(desired(lifecycle_rules=[{**OLD, "keep_versions": 3}]), box, False)
    assert box.requests == ["get lifecycle_rules", *["put lifecycle_rules", "get lifecycle_rules"] * 2]
    assert box.stored is not None
    assert [rule["Status"] for rule in box.stored.rules or ()] == ["Enabled"]


def test_a_setting_that_is_still_the_previous_one_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    box = server(versioning="off")
    slept: list[float] = []
    read = box.read

    def slow(names: Any) -> settings.Stored | None:
        found = read(names)
        return replace(found, versioning="off") if found and slept != [0.5, 1.0] else found

    monkeypatch.setattr(box, "read", slow)
    monkeypatch.setattr("time.sleep", slept.append)
    assert ensure.ensure(desired(versioning="enabled"), box, False)["changed"]
    assert slept == [0.5, 1.0]


def test_an_error_names_the_settings_that_were_applied_before() -> None:
    class Refusing(Server):
        def write(self, name: str, wanted: settings.Stored) -> None:
            if name == settings.LOCK:
                raise ProviderFailed("Cannot set object lock.", "not_supported")
            super().write(name, wanted)

    box = Refusing(plan.NEW_BUCKET)
    with pytest.raises(ProviderFailed, match=r"Cannot set object lock\. Applied before: versioning\."):
        ensure.ensure(desired(object_lock={"mode": "governance", "days": 2}), box, False)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"bucket": "a/b"}, "bucket"),
        ({"bucket": ""}, "bucket"),
        ({"object_lock": {"mode": "compliance", "days": 3}}, "object_lock.mode"),
        ({"object_lock": {"mode": "governance", "days": 0}}, "object_lock.days"),
        ({"object_lock": {"mode": "governance", "days": 3}, "versioning": "suspended"}, "versioning"),
        ({"lifecycle_rules": [{"name": "x"}]}, "lifecycle_rules[0] (x).old_versions_after"),
        ({"lifecycle_rules": [{"name": "x", "old_versions_after": 0}]}, "lifecycle_rules[0] (x).old_versions_after"),
        ({"lifecycle_rules": [{**UPLOADS, "keep_versions": 3}]}, "lifecycle_rules[0] (uploads).keep_versions"),
        ({"lifecycle_rules": [{**UPLOADS, "larger_than": 3}]}, "lifecycle_rules[0] (uploads).larger_than"),
        ({"lifecycle_rules": [OLD, OLD]}, "lifecycle_rules[1] (old).name"),
        ({"lifecycle_rules": [{**OLD, "name": ""}]}, "lifecycle_rules[0].name"),
        ({"purge": True}, "purge"),
        ({"request_timeout": 0}, "request_timeout"),
        ({"credential": "offsite"}, "host"),
        ({"credential": "offsite", "s3": KEY}, "s3"),
        ({"s3": None}, "credential"),
        ({"s3": {"access_key_id": "AKIAEXAMPLE"}}, "s3.secret_access_key"),
        ({"s3": {**KEY, "endpoint": "ftp://x"}}, "s3.endpoint"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_before_anything_is_sent(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        protected_bucket.read(options(**given), False)
    assert field in [problem.path for problem in refused.value.problems]
    assert SECRET not in str(refused.value)


def test_compliance_is_accepted_once_confirmed() -> None:
    assert desired(object_lock={"mode": "compliance", "days": 3}, confirm=True).lock == settings.Lock("compliance", 3)


def test_the_key_of_a_stored_credential_is_read_from_the_nas() -> None:
    stored = {"id": 3, "name": "offsite", "provider": {"type": "S3", **KEY, "endpoint": "https://s3.example.net\n"}}
    nas = Nas(
        FakeNas(stored, {"id": 4, "name": "files", "provider": {"type": "FTP", "host": "h", "user": "u", "pass": "p"}})
    )
    provider, values = account.of_nas("offsite", nas)
    assert (provider.key, values["secret_access_key"]) == ("s3", SECRET)
    assert values["endpoint"] == "https://s3.example.net"
    assert SECRET in nas.held
    with pytest.raises(NotFound):
        account.of_nas("nobody", nas)
    with pytest.raises(InvalidInput, match="must be for one of"):
        account.of_nas("files", nas)


def test_a_secret_that_the_nas_hides_is_not_sent_to_the_provider() -> None:
    hidden = {"id": 3, "name": "offsite", "provider": {"type": "S3", **dict.fromkeys(KEY, "********")}}
    with pytest.raises(NotPermitted, match="CLOUD_SYNC_WRITE"):
        account.of_nas("offsite", Nas(FakeNas(hidden)))


def test_a_task_with_an_account_of_its_own_needs_no_nas() -> None:
    assert not protected_bucket.needs_nas(options())
    assert protected_bucket.needs_nas(options(credential="offsite"))
    nas = Nas(Unconnected())
    assert not nas.may("CLOUD_SYNC_WRITE")
    with pytest.raises(Unreachable, match="Set host"):
        nas.call("system.info")


def test_a_result_has_dates_as_text() -> None:
    when = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
    rule = {
        "ID": "once",
        "Status": "Enabled",
        "Prefix": "",
        "Expiration": {"Date": when},
        "Transitions": [{"Date": when}],
    }
    found = ensure.ensure(desired(lifecycle_rules=[OLD]), server(rule), True)
    assert "2027-01-01T00:00:00+00:00" in json.dumps(found)


def test_a_bucket_that_another_client_deletes_is_an_error() -> None:
    class Deleted(Server):
        def write(self, name: str, wanted: settings.Stored) -> None:
            raise remote.NoBucket

    with pytest.raises(ProviderFailed, match="does not exist at the server"):
        ensure.ensure(desired(lifecycle_rules=[OLD]), Deleted(plan.NEW_BUCKET), False)


def test_a_server_that_ignores_rules_gets_no_request_to_delete_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf(Server):
        def write(self, name: str, wanted: settings.Stored) -> None:
            self.requests.append(f"put {name}")

    monkeypatch.setattr("time.sleep", lambda seconds: None)
    box = Deaf(plan.NEW_BUCKET)
    with pytest.raises(ProviderFailed, match=r"but the server dropped it.*The previous rules are still stored"):
        ensure.ensure(desired(lifecycle_rules=[OLD]), box, False)
    assert box.requests.count("put lifecycle_rules") == 1


class Refusing:
    """A client of boto3 that refuses every request with a code."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def refuse(**_: Any) -> Any:
            raise ClientError({"Error": {"Code": self.code, "Message": f"{SECRET} is wrong"}}, name)

        return refuse


@pytest.mark.parametrize(
    ("code", "cause", "words"),
    [
        ("AccessDenied", "forbidden", "belongs to another account, or the key lacks the right"),
        ("NotImplemented", "not_supported", "does not support the setting"),
        ("MethodNotAllowed", "not_supported", "does not support the setting"),
        ("InternalError", "unknown", "InternalError"),
    ],
)
def test_a_refusal_has_a_cause_and_a_remedy_without_the_secret(
    code: str, cause: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_client, "client", lambda values, timeout: Refusing(code))
    act = protected_bucket.read(options(versioning="enabled", create=True), False)
    with pytest.raises(ProviderFailed) as refused:
        act(Nas(Unconnected()))
    assert (refused.value.cause, words in str(refused.value)) == (cause, True)
    assert SECRET not in str(refused.value)


def test_a_name_that_is_taken_belongs_to_another_account(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Refusing("BucketAlreadyExists")
    monkeypatch.setattr(s3_client, "client", lambda values, timeout: taken)
    provider, values = PROVIDERS["s3"], {**KEY, "endpoint": ""}
    bucket = remote.Bucket("backups", provider, values, 5)
    with pytest.raises(ProviderFailed, match="belongs to another account"):
        bucket.create(locked=False)
    with pytest.raises(ProviderFailed, match="does not support the setting"):
        bucket.write(settings.RULES, plan.NEW_BUCKET)
