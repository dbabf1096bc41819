# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud sync and cloud backup tasks: what is sent, compared, refused, and shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.backup_task.fields import FIELDS as BACKUP
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task.fields import Field, taken_by
from ansible_collections.nasops.truenas.plugins.module_utils.providers import BY_WIRE_TYPE
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task.fields import FIELDS as SYNC
from ansible_collections.nasops.truenas.plugins.module_utils.versions import parse
from tests import facts
from tests.unit.cloud_tasks import ALL, CANARY, CREDENTIALS, OFFSITE, PUSH, REPOSITORY, TaskNas, run

KINDS: dict[str, tuple[dict[str, Field], dict[str, Any]]] = {
    "cloudsync": (SYNC, PUSH),
    "cloud_backup": (BACKUP, REPOSITORY),
}


@pytest.fixture(params=[*KINDS])
def kind(request: pytest.FixtureRequest) -> tuple[TaskNas, dict[str, Any]]:
    """A NAS for one kind of task, and the options of a task."""
    return TaskNas(request.param), dict(KINDS[request.param][1])


@pytest.fixture
def sync() -> TaskNas:
    """A NAS with one cloud sync task."""
    nas = TaskNas()
    run(nas, **PUSH)
    return forget(nas)


@pytest.fixture
def backup() -> TaskNas:
    """A NAS with one cloud backup task."""
    nas = TaskNas("cloud_backup")
    run(nas, **REPOSITORY)
    return forget(nas)


def forget(nas: TaskNas) -> TaskNas:
    """Forget the calls so far."""
    nas.calls.clear()
    nas.params.clear()
    return nas


def refusals(nas: TaskNas, **options: Any) -> dict[str, str]:
    """Return the reasons by field for which a run, and a check run, is refused."""
    reasons = []
    for check in (True, False):
        with pytest.raises(errors.InvalidInput) as refused:
            run(nas, check, **options)
        reasons.append({problem.field: problem.reason for problem in refused.value.problems})
    assert reasons[0] == reasons[1]
    assert nas.writes == []
    return reasons[0]


# The tables of fields, against the facts.


@pytest.mark.parametrize("service", KINDS)
def test_the_fields_are_those_of_the_facts(service: str) -> None:
    known = {one["name"]: one for one in facts.TASKS[service]["v27.0.0"]}
    ours = {entry.wire_name: entry for entry in KINDS[service][0].values() if not entry.attribute}
    assert {*ours, "description", "credentials", "attributes"} == {*known}
    for name, entry in ours.items():
        fact = known[name]
        assert (entry.required, entry.secret) == (fact["required"], fact["secret"])
        assert entry.to_wire(entry.default) == fact.get("default")
        assert entry.fixed is (fact.get("update") is False)
        assert (entry.nothing is not None) is fact.get("nullable", False)
        first = min(
            version
            for version in facts.TASKS[service]
            if name in {one["name"] for one in facts.TASKS[service][version]}
        )
        assert entry.since == parse(first)


@pytest.mark.parametrize("wire_type", facts.TASKS["attributes"])
def test_the_attributes_of_a_provider_are_those_of_the_facts(wire_type: str) -> None:
    provider = BY_WIRE_TYPE[wire_type]
    known = {one["name"]: one for one in facts.TASKS["attributes"][wire_type]}
    ours = {SYNC[name].wire_name: SYNC[name].to_wire(default) for name, default in taken_by(provider).items()}
    assert ours == {name: fact.get("default") for name, fact in known.items()}
    assert {SYNC[name].wire_name for name in taken_by(provider) if SYNC[name].required} == {
        name for name, fact in known.items() if fact["required"]
    }
    limits = known.get("chunk_size", {}).get("constraints", {"min": 0, "max": 0})
    assert provider.chunk_sizes == (limits["min"], limits.get("max", 2**63 - 1))


def test_providers_without_facts_cannot_have_tasks() -> None:
    assert {wire_type for wire_type, one in BY_WIRE_TYPE.items() if not one.can_have_tasks} == (
        BY_WIRE_TYPE.keys() - facts.TASKS["attributes"].keys()
    )


# The way of one task.


def test_create_again_change_rename_delete(kind: tuple[TaskNas, dict[str, Any]]) -> None:
    nas, task = kind
    planned = run(nas, check=True, **task)
    assert nas.writes == []
    made = run(nas, **task)
    assert (made["action"], made["diff"], made["changed_fields"]) == (
        "created",
        planned["diff"],
        planned["changed_fields"],
    )
    forget(nas)
    assert run(nas, **task)["changed"] is False
    assert nas.calls == [f"{nas.service}.query"], "the row brings the credential along"
    assert run(nas, description=task["description"], enabled=False)["changed_fields"] == ["enabled"]
    assert nas.params[-1] == (f"{nas.service}.update", [1, {"enabled": False}])
    renamed = run(nas, **task, new_description="another")
    headers = (renamed["diff"]["before_header"], renamed["diff"]["after_header"])
    assert headers == (f"{task['description']} (stored)", "another (desired)")
    assert (renamed["changed_fields"], renamed["task"]["description"]) == (["description"], "another")
    assert nas.params[-1] == (f"{nas.service}.update", [1, {"description": "another"}])
    assert run(nas, **task, new_description="another")["changed"] is False
    assert run(nas, description="another", state="absent")["action"] == "deleted"
    assert run(nas, description="another", state="absent")["changed"] is False
    assert nas.rows == {}


def test_a_write_waits_for_the_provider(kind: tuple[TaskNas, dict[str, Any]]) -> None:
    nas, task = kind
    run(nas, **task, provider_timeout=7)
    assert 7 in nas.timeouts
    run(nas, description=task["description"], state="absent", provider_timeout=7)
    assert nas.timeouts[-1] is None
    assert "provider_timeout" in refusals(TaskNas(nas.service), **task, provider_timeout=0)


def test_a_new_task_needs_what_has_no_default(kind: tuple[TaskNas, dict[str, Any]]) -> None:
    nas, task = kind
    required = {name for name, entry in KINDS[nas.service][0].items() if entry.required}
    given = {name: task[name] for name in ("description", "credential", "schedule")}
    assert refusals(nas, **given).keys() == required
    without = {name: value for name, value in task.items() if name != "credential"}
    assert refusals(nas, **without).keys() == {"credential"}
    with pytest.raises(errors.NotFound, match="'nightli' not found"):
        run(nas, description="nightli", new_description="x")


def test_an_id_finds_a_task(sync: TaskNas) -> None:
    sync.store(9, {**sync.rows[1], "credentials": 1})
    assert refusals(sync, **PUSH)["description"].endswith("(ids 1, 9)")
    assert run(sync, **PUSH, id=9)["changed"] is False
    assert run(sync, description="weekly", id=9)["changed_fields"] == ["description"]
    assert "is 'weekly'" in refusals(TaskNasWith(sync), description="nightly", id=9, state="absent")["description"]
    with pytest.raises(errors.NotFound, match="no cloud sync task with id 5"):
        run(sync, **PUSH, id=5)
    assert "id" in refusals(TaskNas(), **PUSH, id=0)


def TaskNasWith(other: TaskNas) -> TaskNas:
    """Return a NAS with the tasks of another one and no calls."""
    nas = TaskNas(other.service)
    nas.rows = other.rows
    return nas


# Equality by meaning, and what is sent.


@pytest.mark.parametrize(
    "same",
    [
        {"schedule": {"minute": "30", "hour": "03"}},
        {"schedule": {"minute": "30", "hour": "3-3", "dow": "0-7"}},
        {"folder": "/nas1/"},
        {"exclude": ["b", "a.txt", "a.txt"]},
        {"bwlimit": ["8:00,1K", "23:00,off"]},
        {"transfers": 0},
        {"server_side_encryption": ""},
    ],
)
def test_another_text_of_the_same_meaning_is_no_change(same: dict[str, Any]) -> None:
    nas = TaskNas()
    limits = [{"time": "08:00", "bandwidth": 1024}, {"time": "23:00", "bandwidth": None}]
    run(nas, **PUSH, exclude=["a.txt", "b"], bwlimit=limits)
    assert run(forget(nas), **{**PUSH, **same})["changed"] is False
    assert nas.writes == []


@pytest.mark.parametrize(
    ("stored", "declared"),
    [("8:00", ["08:00,1K"]), ("08:00", ["08:00,2K"]), ("08:00", [])],
)
def test_a_time_that_is_not_padded_is_drift(stored: str, declared: list[str]) -> None:
    nas = TaskNas()
    run(nas, **PUSH, bwlimit=["08:00,1K"])
    nas.rows[1]["bwlimit"][0]["time"] = stored
    assert run(nas, **PUSH, bwlimit=declared)["changed_fields"] == ["bwlimit"]


def test_schedule_and_attributes_are_sent_whole_and_nothing_else(sync: TaskNas) -> None:
    run(sync, description="nightly", schedule={"hour": "4"}, storage_class="GLACIER")
    assert sync.params[-1][1][1] == {
        "schedule": {"minute": "00", "hour": "4", "dom": "*", "month": "*", "dow": "*"},
        "attributes": {
            "bucket": "backups",
            "folder": "nas1",
            "fast_list": False,
            "storage_class": "GLACIER",
            "region": "",
            "encryption": None,
        },
    }


def test_the_stored_text_of_an_equal_folder_is_sent_back(sync: TaskNas) -> None:
    run(sync, description="nightly", folder="/nas1//", server_side_encryption="AES256")
    assert sync.rows[1]["attributes"] | {"folder": "nas1", "encryption": "AES256"} == sync.rows[1]["attributes"]


def test_folders_of_a_backup_are_compared_as_restic_opens_them(backup: TaskNas) -> None:
    assert run(backup, description="photos", folder="./x/..//photos/")["changed"] is False


@pytest.mark.parametrize(("declared", "changed"), [(["a", "b"], False), (["b", "a"], False), (["!a", "b"], True)])
def test_the_order_of_exclusions_matters_to_restic_only_with_a_negation(declared: list[str], changed: bool) -> None:
    nas = TaskNas("cloud_backup")
    run(nas, **REPOSITORY, exclude=["b", "!a"] if changed else ["b", "a"])
    assert run(nas, **REPOSITORY, exclude=declared)["changed"] is changed


def test_a_region_that_the_nas_computes_is_no_drift() -> None:
    nas = TaskNas()
    first = run(nas, **{**PUSH, "credential": "other", "region": "eu-west-1"})
    assert nas.rows[1]["attributes"]["region"] == "us-east-1"
    assert any("region has no effect" in warning for warning in first["warnings"])
    again = run(nas, **{**PUSH, "credential": "other", "region": "eu-west-1"})
    assert (again["changed"], again["warnings"], again["task"]["region"]) == (False, [], "us-east-1")
    assert run(nas, **PUSH, region="eu-west-1")["changed_fields"] == ["credential", "region"], "this one has a region"


def test_25_04_stores_no_storage_class_unless_one_is_given(sync: TaskNas) -> None:
    del sync.rows[1]["attributes"]["storage_class"]
    assert run(sync, **PUSH, storage_class="")["changed"] is False
    assert run(sync, **PUSH, storage_class="GLACIER")["changed_fields"] == ["storage_class"]


def test_undeclared_options_can_be_reset(sync: TaskNas) -> None:
    sync.store(
        1,
        {
            **sync.rows[1],
            "credentials": 1,
            "exclude": ["x.txt"],
            "encryption_password": f"{CANARY}-1",
            "enabled": False,
        },
    )
    assert run(sync, **PUSH)["changed"] is False
    reset = run(sync, **PUSH, undeclared="default")
    assert reset["changed_fields"] == ["enabled", "encryption_password", "exclude"]
    assert run(sync, description="nightly", undeclared="default", folder="nas1")["changed_fields"] == ["schedule"]


# Credentials and providers.


@pytest.mark.parametrize("wire_type", facts.TASKS["attributes"])
def test_each_provider_takes_its_attributes_and_no_others(wire_type: str) -> None:
    values: dict[str, Any] = {
        "bucket": "b",
        "folder": "f",
        "fast_list": True,
        "chunk_size": 64,
        "storage_class": "GLACIER",
        "region": "r",
        "server_side_encryption": "AES256",
        "bucket_policy_only": True,
        "acknowledge_abuse": True,
    }
    provider = BY_WIRE_TYPE[wire_type]
    login = {"id": 1, "name": "offsite", "provider": {"type": wire_type, **CREDENTIALS.get(wire_type, {})}}
    base: dict[str, Any] = {
        "description": "d",
        "credential": "offsite",
        "path": "/mnt/tank/a",
        "direction": "PULL",
        "transfer_mode": "COPY",
    }
    taken = {name: value for name, value in values.items() if name in taken_by(provider)}
    nas = TaskNas(credentials=(login,))
    run(nas, **base, **taken)
    assert nas.params[2][1][0]["attributes"] == {SYNC[name].wire_name: value for name, value in taken.items()}
    assert run(nas, **base, **taken)["changed"] is False
    for name in values.keys() - taken.keys():
        reason = refusals(TaskNas(credentials=(login,)), **base, **taken, **{name: values[name]})[name]
        assert reason == f"cannot be combined with a credential for {provider.title}"


@pytest.mark.parametrize(
    ("credential_name", "options", "field"),
    [
        ("cloud", {"chunk_size": 4}, "chunk_size"),
        ("mega", {}, "credential"),
        ("web", {"bucket": None}, "direction"),
        ("nowhere", {}, "credential"),
    ],
)
def test_what_a_provider_does_not_support_is_refused(credential_name: str, options: dict[str, Any], field: str) -> None:
    task = {
        name: value for name, value in {**PUSH, "credential": credential_name, **options}.items() if value is not None
    }
    assert field in refusals(TaskNas(), **task)


def test_root_folders_of_google_photos_are_refused() -> None:
    login = {"id": 1, "name": "offsite", "provider": {"type": "GOOGLE_PHOTOS"}}
    task = {**PUSH, "folder": "/media/"}
    del task["bucket"]
    assert "folder" in refusals(TaskNas(credentials=(login,)), **task)


def test_another_provider_needs_its_own_place(sync: TaskNas) -> None:
    reasons = refusals(sync, description="nightly", credential="cloud")
    assert reasons.keys() == {"bucket", "folder"}
    assert "because the provider of the credential changes" in reasons["bucket"]
    done = run(sync, description="nightly", credential="cloud", bucket="b", folder="")
    assert done["changed_fields"] == ["bucket", "credential", "folder"]
    assert sync.params[-1][1][1] == {
        "credentials": 3,
        "attributes": {"bucket": "b", "folder": "", "fast_list": False, "chunk_size": 96},
    }


def test_another_credential_of_the_provider_keeps_the_place(sync: TaskNas) -> None:
    assert run(sync, description="nightly", credential="other")["changed_fields"] == ["credential"]
    assert sync.params[-1][1][1] == {"credentials": 2}


def test_a_pending_credential_counts_in_check_mode_only() -> None:
    task = {**PUSH, "credential": "soon", "pending_credentials": [{"name": "soon"}]}
    planned = run(TaskNas(), check=True, **task)
    assert (planned["action"], planned["task"]["credential"], planned["task"]["id"]) == ("created", "soon", None)
    assert any("'soon' does not exist yet" in warning for warning in planned["warnings"])
    with pytest.raises(errors.InvalidInput, match="credential: 'soon' not found"):
        run(TaskNas(), **task)
    with pytest.raises(errors.InvalidInput, match=r"Did you mean 'offsite'\?"):
        run(TaskNas(), **{**PUSH, "credential": "Offsite"})


def test_an_account_that_cannot_list_credentials_learns_the_role(backup: TaskNas) -> None:
    backup.answers["cloudsync.credentials.query"] = errors.NotPermitted("no")
    assert run(backup, **REPOSITORY)["changed"] is False, "the row brings the credential along"
    with pytest.raises(errors.NotPermitted, match="CLOUD_SYNC_READ"):
        run(backup, **{**REPOSITORY, "credential": "offsite"})


@pytest.mark.parametrize("name", ["cloud", "branch", "ftp", "web"])
def test_only_two_providers_take_backups(name: str) -> None:
    nas = TaskNas("cloud_backup")
    reason = refusals(nas, **{**REPOSITORY, "credential": name})["credential"]
    assert "no restic configuration" in reason
    assert run(TaskNas("cloud_backup"), **{**REPOSITORY, "credential": "offsite"})["action"] == "created"


# Secrets.


@pytest.mark.parametrize("service", KINDS)
def test_a_reader_cannot_compare_secrets_and_writes_nothing(service: str) -> None:
    nas, option = TaskNas(service), {"cloudsync": "encryption_password", "cloud_backup": "repository_password"}[service]
    task = {**KINDS[service][1], option: f"{CANARY}-1"}
    run(nas, **task)
    forget(nas).granted = frozenset({"CLOUD_SYNC_READ", "CLOUD_BACKUP_READ"})
    result = run(nas, check=True, **task)
    assert (result["changed"], result["drift"], result["unknown_fields"]) == (False, "unknown", [option])
    assert result["task"][option] == "unknown (redacted)"
    with pytest.raises(errors.NotPermitted, match="_WRITE"):
        run(nas, **task)
    kept = run(nas, **task, update_secret="on_create")
    assert (kept["changed"], kept["kept_fields"]) == (False, [option])
    assert nas.writes == []


def test_secrets_that_differ_have_masks_that_differ(sync: TaskNas) -> None:
    run(sync, description="nightly", encryption=True, encryption_password=f"{CANARY}-1")
    result = run(sync, description="nightly", encryption_password=f"{CANARY}-2", encryption_salt=f"{CANARY}-3")
    assert result["changed_fields"] == ["encryption_password", "encryption_salt"]
    before, after = result["diff"]["before"], result["diff"]["after"]
    assert (before["encryption_password"], after["encryption_password"]) == ("******** (stored)", "******** (desired)")
    assert (before["encryption_salt"], after["encryption_salt"]) == ("", "********")
    kept = run(sync, description="nightly", encryption_password=f"{CANARY}-4", update_secret="on_create")
    assert (kept["changed"], kept["kept_fields"]) == (False, ["encryption_password"])


@pytest.mark.parametrize("secret", ["********", "$REDACTED$", "CHANGE_ME"])
def test_a_placeholder_is_not_stored_as_a_secret(secret: str) -> None:
    assert "encryption_password" in refusals(TaskNas(), **PUSH, encryption_password=secret)
    assert "repository_password" in refusals(TaskNas("cloud_backup"), **{**REPOSITORY, "repository_password": secret})


def test_no_secret_is_in_an_error_of_the_nas(kind: tuple[TaskNas, dict[str, Any]]) -> None:
    nas, task = kind
    login = {"cloudsync": f"{CANARY}-s3", "cloud_backup": f"{CANARY}-storj"}[nas.service]
    text = f"rclone said: SignatureDoesNotMatch {login} {task.get('repository_password', '')}"
    nas.answers[f"{nas.service}.create"] = errors.ServerFault(text, reason=text)
    with pytest.raises(errors.ServerFault, match="SignatureDoesNotMatch") as failed:
        run(nas, **task)
    assert "rejects this secret" in str(failed.value) or "Check" in str(failed.value), "the cause is explained"


def test_errors_of_the_nas_name_the_option(backup: TaskNas) -> None:
    problems = [errors.Problem(name, "no") for name in ("attributes.folder", "password", "credentials", "chunk_size")]
    backup.answers["cloud_backup.update"] = errors.InvalidField("no", problems)
    with pytest.raises(errors.InvalidField) as refused:
        run(backup, description="photos", keep_last=3)
    assert [problem.field for problem in refused.value.problems] == [
        "folder",
        "repository_password",
        "credential",
        "chunk_size",
    ]


# What only a full administrator, only a creation, or only a newer NAS can do.


def test_scripts_need_a_full_administrator(sync: TaskNas) -> None:
    sync.granted = frozenset({"CLOUD_SYNC_WRITE"})
    assert run(sync, **PUSH, enabled=False)["changed"] is True
    forget(sync)
    assert "pre_script" in refusals(sync, **PUSH, pre_script="date")
    sync.rows[1]["post_script"] = "date"
    assert "post_script" in refusals(sync, **PUSH, enabled=True)
    assert run(sync, **PUSH)["changed"] is False
    assert run(sync, **PUSH, enabled=True, post_script="")["changed_fields"] == ["enabled", "post_script"]


def test_what_cannot_be_changed_is_refused_with_the_way_to_do_it(backup: TaskNas) -> None:
    assert run(backup, **REPOSITORY, absolute_paths=False)["changed"] is False
    assert "absolute_paths" in refusals(backup, **REPOSITORY, absolute_paths=True)
    other = {**REPOSITORY, "repository_password": f"{CANARY}-other"}
    assert "cannot change the password of a repository" in refusals(backup, **other)["repository_password"]
    moved = run(backup, **{**other, "folder": "photos2"})
    assert moved["changed_fields"] == ["folder", "repository_password"]
    assert "absolute_paths" not in backup.params[-1][1][1]


def test_a_newer_field_is_refused_on_an_older_nas() -> None:
    nas = TaskNas("cloud_backup", "25.04.2")
    assert "25.10.0" in refusals(nas, **REPOSITORY, rate_limit=5)["rate_limit"]
    assert run(nas, **REPOSITORY, rate_limit=0, cache_path="")["action"] == "created"
    assert "rate_limit" not in nas.rows[1]
    assert run(nas, **REPOSITORY, rate_limit=0, cache_path="")["changed"] is False
    assert "rate_limit" in refusals_after(nas, **REPOSITORY, rate_limit=5)
    newer = TaskNas("cloud_backup", "25.10.0")
    run(newer, **REPOSITORY)
    assert run(newer, **REPOSITORY, rate_limit=5)["changed_fields"] == ["rate_limit"]
    assert newer.rows[1]["rate_limit"] == 5
    assert run(newer, **REPOSITORY, rate_limit=0)["changed"] is True
    assert newer.rows[1]["rate_limit"] is None


def refusals_after(nas: TaskNas, **options: Any) -> dict[str, str]:
    """Return the refusals of a NAS that has been written to before."""
    return refusals(forget(nas), **options)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"snapshot": True, "direction": "PULL"}, "snapshot"),
        ({"snapshot": True, "transfer_mode": "MOVE"}, "snapshot"),
        ({"encryption": True}, "encryption_password"),
        ({"path": "tank/x"}, "path"),
        ({"path": "/mnt"}, "path"),
        ({"path": "/mnt/tank/../../etc"}, "path"),
        ({"path": "/dev/zvol/tank/v"}, "path"),
        ({"path": ""}, "path"),
        ({"bucket": ""}, "bucket"),
        ({"folder": "x" * 1025}, "folder"),
        ({"exclude": ["a", ""]}, "exclude[1]"),
        ({"transfers": -1}, "transfers"),
        ({"args": "--include 'a"}, "args"),
        ({"schedule": {"hour": "22-6"}}, "schedule.hour"),
        ({"schedule": {"dom": "31", "month": "2"}}, "schedule"),
        ({"bwlimit": ["24:00,1"]}, "bwlimit[0]"),
        ({"description": ""}, "description"),
        ({"new_description": "", "description": "x"}, "new_description"),
    ],
)
def test_contradictions_are_refused_before_a_write(options: dict[str, Any], field: str) -> None:
    assert refusals(TaskNas(), **{**PUSH, **options}).keys() == {field}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"snapshot": True, "absolute_paths": True}, "snapshot"),
        ({"keep_last": 0}, "keep_last"),
        ({"repository_password": ""}, "repository_password"),
    ],
)
def test_contradictions_of_a_backup_are_refused_before_a_write(options: dict[str, Any], field: str) -> None:
    assert refusals(TaskNas("cloud_backup"), **{**REPOSITORY, **options}).keys() == {field}


def test_a_volume_can_be_backed_up() -> None:
    assert run(TaskNas("cloud_backup"), **{**REPOSITORY, "path": "/dev/zvol/tank/vm"})["action"] == "created"


def test_a_locked_dataset_and_a_running_job_are_warned_about(sync: TaskNas) -> None:
    sync.rows[1] |= {"locked": True, "job": {"id": 3, "state": "RUNNING"}}
    result = run(sync, **PUSH)
    assert (result["changed"], result["task"]["locked"]) == (False, True)
    assert any("locked" in warning for warning in result["warnings"])
    [warning] = run(sync, check=True, description="nightly", state="absent")["warnings"]
    assert "aborts the run" in warning


def test_a_new_task_on_a_locked_dataset_is_warned_about_when_the_nas_reports_the_lock(
    kind: tuple[TaskNas, dict[str, Any]],
) -> None:
    nas, task = kind
    nas.answers[f"{nas.service}.create"] = lambda payload: {**nas.store(1, payload), "locked": True}
    assert run(nas, check=True, **task)["warnings"] == [], "nothing shows it before the write"
    [warning] = run(nas, **task)["warnings"]
    assert "locked, so every run fails" in warning


# Any state, any declaration.

_PATTERNS = st.lists(st.sampled_from(["*.tmp", "a b", "cache/**"]), max_size=2)
DECLARED = st.fixed_dictionaries(
    {},
    optional={
        "schedule": st.fixed_dictionaries(
            {}, optional={"hour": st.sampled_from(["3", "03", "1-3", "*"]), "dow": st.sampled_from(["0", "7", "*"])}
        ),
        "folder": st.sampled_from(["nas1", "/nas1/", "x"]),
        "storage_class": st.sampled_from(["", "GLACIER"]),
        "exclude": _PATTERNS,
        "bwlimit": st.sampled_from([[], ["8:00,1K"], ["08:00,1K", "9:00,off"]]),
        "transfers": st.sampled_from([0, 4]),
        "enabled": st.booleans(),
        "encryption_salt": st.sampled_from(["", f"{CANARY}-1", f"{CANARY}-2"]),
        "credential": st.sampled_from(["offsite", "other"]),
        "undeclared": st.sampled_from(["keep", "default"]),
        "update_secret": st.sampled_from(["always", "on_create"]),
    },
)


@settings(max_examples=150, deadline=None)
@given(DECLARED, DECLARED)
def test_check_mode_reports_what_a_run_changes_and_a_second_run_changes_nothing(first: Any, second: Any) -> None:
    nas = TaskNas()
    run(nas, **{**PUSH, **first})
    task = {**PUSH, **second}
    stored = json.dumps(nas.rows)
    planned = run(nas, check=True, **task)
    assert json.dumps(nas.rows) == stored
    done = run(nas, **task)
    # Only check mode returns changes for later tasks.
    ours: dict[str, Any] = {"task": None, "pending_tasks": []}
    assert {**done, **ours} == {**planned, **ours}
    assert run(nas, **task)["changed"] is False
    assert (json.dumps(nas.rows) == stored) is not done["changed"]


def test_a_field_knows_its_null() -> None:
    entry = Field("rate_limit", 0, nothing=0)
    assert [entry.to_wire(value) for value in (0, 5)] == [None, 5]
    assert [entry.to_option(value) for value in (None, 5)] == [0, 5]


def test_a_credential_without_a_login_is_no_obstacle(sync: TaskNas) -> None:
    sync.rows[1]["credentials"] = {"id": 1, "name": "offsite", "provider": "********"}
    assert run(sync, **PUSH)["changed"] is False
    sync.rows[1]["credentials"] = None
    assert run(sync, check=True, **PUSH)["changed_fields"] == ["credential"]


@pytest.mark.parametrize("module", ["cloud_sync_task_info", "cloud_sync_task", "cloud_sync_tasks"])
def test_an_api_version_without_the_methods_is_named(module: str) -> None:
    nas = TaskNas()
    nas.answers["cloudsync.query"] = lambda *_: errors.ServerFault("This NAS does not have the method.", -32601)
    options = {"cloud_sync_task": PUSH, "cloud_sync_tasks": {"tasks": [PUSH]}}.get(module, {})
    with pytest.raises(errors.ServerFault, match=r"API version 25.04.2. Remove api_version\.$"):
        run(nas, module=module, api_version=(25, 4, 2), **options)
    with pytest.raises(errors.ServerFault, match=r"does not have the method\.$"):
        run(nas, module=module, **options)


def test_a_backup_on_an_older_api_version_refuses_fields_that_it_hides() -> None:
    nas = TaskNas("cloud_backup", "26.0.0")
    with pytest.raises(
        errors.InvalidInput,
        match=r"rate_limit: requires TrueNAS 25\.10\.0 or later, but this NAS or api_version is older",
    ):
        run(nas, api_version=(25, 4, 2), **REPOSITORY, rate_limit=5)
    assert run(nas, api_version=(25, 10, 0), **REPOSITORY, rate_limit=5)["changed"] is True


def test_a_write_that_takes_too_long_is_looked_for_and_reported(backup: TaskNas) -> None:
    backup.answers["cloud_backup.update"] = errors.TimedOut("No answer within 7 s.")
    with pytest.raises(errors.TimedOut, match="Raise provider_timeout"):
        run(backup, description="photos", enabled=False, provider_timeout=7)
    assert backup.writes == ["cloud_backup.update"], "the write might still run"

    def late(number: int, payload: dict[str, Any]) -> Any:
        backup.update(number, payload)
        return errors.TimedOut("No answer within 7 s.")

    backup.answers["cloud_backup.update"] = late
    done = run(backup, description="photos", enabled=False, provider_timeout=7)
    assert (done["changed"], done["task"]["enabled"]) == (True, False)


def test_an_error_that_the_facts_explain_has_a_remedy(sync: TaskNas, backup: TaskNas) -> None:
    wrong = [errors.Problem("password", "Fatal: wrong password or no key found")]
    backup.answers["cloud_backup.update"] = errors.InvalidField("no", wrong)
    with pytest.raises(errors.InvalidField, match=r"repository_password: Fatal.*Set it, or another folder\."):
        run(backup, description="photos", keep_last=3)
    gone = [errors.Problem("attributes.folder", "Directory does not exist")]
    sync.answers["cloudsync.update"] = errors.InvalidField("no", gone)
    with pytest.raises(errors.InvalidField, match=r"folder: Directory does not exist\. Create the folder"):
        run(sync, **{**PUSH, "direction": "PULL"})


@pytest.mark.parametrize(("service", "task"), [("cloudsync", PUSH), ("cloud_backup", REPOSITORY)])
def test_a_task_that_the_nas_might_still_create_is_not_created_again(service: str, task: dict[str, Any]) -> None:
    nas = TaskNas(service)
    nas.answers[f"{service}.create"] = errors.ConnectionLost("lost.")
    with pytest.raises(errors.ConnectionLost, match="might have applied the change"):
        run(nas, **task)
    assert nas.calls.count(f"{service}.create") == 1


# A provider that this collection does not know.

NEWCOMER = {"id": 9, "name": "newcomer", "provider": {"type": "NEWCOMER", "key": f"{CANARY}-new"}}
KEYERROR = errors.ServerFault("[KeyError] 'NEWCOMER'")


def with_newcomer(service: str) -> TaskNas:
    """Return a NAS with a credential of a provider that this collection does not know, which the NAS itself cannot use either."""
    nas = TaskNas(service, credentials=(*ALL, NEWCOMER))
    nas.answers |= {f"{service}.create": KEYERROR}
    return nas


@pytest.mark.parametrize(("service", "task"), [("cloudsync", PUSH), ("cloud_backup", REPOSITORY)])
def test_a_task_for_a_provider_that_nobody_knows_is_refused_before_the_write(
    service: str, task: dict[str, Any]
) -> None:
    for check in (True, False):
        with pytest.raises(errors.InvalidInput) as caught:
            run(with_newcomer(service), check, **{**task, "credential": "newcomer"})
        [problem] = caught.value.problems
        assert (problem.field, problem.remedy[:7]) == ("credential", "Choose ")
        assert problem.reason == "must not be for NEWCOMER, which this collection does not support for tasks"


def test_a_stored_task_for_a_provider_that_nobody_knows_keeps_its_attributes() -> None:
    nas = TaskNas(credentials=(*ALL, NEWCOMER))
    run(nas, **PUSH)
    nas.rows[1]["credentials"] = NEWCOMER
    nas.rows[1]["attributes"] = {"bucket": "b", "folder": "f", "zone": "z"}
    for check in (True, False):
        with pytest.raises(errors.InvalidInput, match="credential: must not be for NEWCOMER"):
            run(nas, check, description="nightly", folder="g")
    assert run(nas, True, description="nightly", credential="offsite", bucket="b", folder="f")["changed"]
    nas.answers["cloudsync.update"] = lambda number, change: {**nas.rows[number], **change}
    for check in (True, False):
        assert run(nas, check, description="nightly", enabled=False)["changed_fields"] == ["enabled"]
    assert nas.params[-1] == ("cloudsync.update", [1, {"enabled": False}])


def test_a_task_of_an_account_that_reads_no_login_is_still_compared() -> None:
    nas = TaskNas()
    run(nas, **PUSH)
    nas.answers["cloudsync.query"] = [{**nas.rows[1], "credentials": {**OFFSITE, "provider": "********"}}]
    nas.granted = frozenset({"CLOUD_SYNC_READ"})
    assert run(nas, check=True, description="nightly", folder="g")["changed_fields"] == ["folder"]


@pytest.mark.parametrize(("version", "is_refused"), [("25.10.0", True), ("25.10.0.1", False), ("25.10.1", False)])
def test_one_release_alone_refuses_a_chunk_size(version: str, is_refused: bool) -> None:
    nas = TaskNas(version=version)
    task = {**PUSH, "credential": "cloud"}
    run(nas, **task)
    nas.rows[1]["attributes"]["chunk_size"] = 150
    nas.calls.clear()
    assert run(nas, True, **{**PUSH, "credential": "cloud"}, chunk_size=150)["changed"] is False, "it is stored"
    run(nas, True, description="nightly", enabled=False)
    for declared in ({"chunk_size": 151}, {"folder": "g"}):
        if is_refused:
            with pytest.raises(errors.InvalidInput, match=r"chunk_size: .* at most 149 .* on TrueNAS 25\.10\.0\."):
                run(nas, True, description="nightly", **declared)
        else:
            assert run(nas, True, description="nightly", **declared)["changed"] is True
