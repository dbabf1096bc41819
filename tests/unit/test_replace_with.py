# SPDX-License-Identifier: GPL-3.0-or-later
"""Deletion of a credential that tasks use: they are reassigned first."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from tests.unit.credentials import DECLARED, SECRET, SERVICE_TASKS, STORED, foretold, only
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import fresh_kind, run, task

ABROAD = {**STORED, "id": 4, "name": "abroad"}
GOES: dict[str, Any] = {"state": "absent", "replace_with": "abroad"}
MOVES = ("cloudsync.update", "cloud_backup.update")


def used(**answers: Any) -> FakeNas:
    """Return a NAS with two credentials, the first of which two tasks use."""
    return FakeNas(
        STORED, ABROAD, answers={**SERVICE_TASKS, "cloudsync.update": {}, "cloud_backup.update": {}, **answers}
    )


def moved(nas: FakeNas) -> list[tuple[Any, ...]]:
    """Return which tasks were given which credential, in order."""
    return [(method, number, given["credentials"]) for method, (number, given) in only(nas, MOVES)]


def test_tasks_are_moved_before_their_credential_goes() -> None:
    predicted = run(nas := used(), True, **GOES)
    assert nas.writes == []
    assert foretold(run(nas, **GOES)) == foretold(predicted)
    assert moved(nas) == [("cloudsync.update", 5, 4), ("cloud_backup.update", 2, 4)]
    assert nas.writes[-1] == "cloudsync.credentials.delete"
    assert list(nas.entries) == [4]
    assert predicted["moved_tasks"] == [
        {"service": "cloudsync", "id": 5, "description": "nightly", "credential": "abroad"},
        {"service": "cloud_backup", "id": 2, "description": "", "credential": "abroad"},
    ]
    names = ("cloud sync task 'nightly' (id 5)", "cloud backup task id 2")
    assert predicted["diff"]["before"]["tasks"] == dict.fromkeys(names, "offsite")
    assert predicted["diff"]["after"] == {"tasks": dict.fromkeys(names, "abroad")}
    again = run(FakeNas(ABROAD), **GOES)
    assert (again["changed"], again["moved_tasks"]) == (False, [])


def test_a_task_that_a_play_gives_a_credential_counts_as_its_user() -> None:
    nas = FakeNas(ABROAD, STORED, answers=SERVICE_TASKS)
    changes = {"pending_tasks": [{"service": "cloudsync", "id": 5, "credential": "abroad"}]}
    with pytest.raises(errors.InUse, match="is used by cloud sync task id 5"):
        ensure(fresh_kind(), task(name="abroad", state="absent"), Nas(nas), True, changes)


def test_one_that_cannot_be_moved_sends_the_others_back_and_nothing_is_deleted() -> None:
    nas = used(**{"cloud_backup.update": errors.ServerFault("dataset is locked.")})
    with pytest.raises(errors.TrueNASError) as caught:
        run(nas, **GOES)
    assert moved(nas) == [("cloudsync.update", 5, 4), ("cloud_backup.update", 2, 4), ("cloudsync.update", 5, 3)]
    assert "cloud backup task id 2 cannot use 'abroad': dataset is locked." in str(caught.value)
    assert "These tasks use 'offsite' again: cloud sync task 'nightly' (id 5)." in str(caught.value)
    assert "cloudsync.credentials.delete" not in nas.calls


def test_one_that_cannot_go_back_is_named_with_what_it_uses() -> None:
    nas = used(**{"cloud_backup.update": errors.ServerFault("locked.")})
    real = nas.call

    def call(method: str, *params: Any, timeout: float | None = None) -> Any:
        if method == "cloudsync.update" and params[1] == {"credentials": 3}:
            raise errors.ServerFault("path gone.")
        return real(method, *params, timeout=timeout)

    nas.call = call  # type: ignore[method-assign]  # a fault in one call
    with pytest.raises(
        errors.TrueNASError, match=r"'nightly' \(id 5\) could not be reassigned to 'offsite' and now uses 'abroad'"
    ):
        run(nas, **GOES)


def test_a_delete_that_the_nas_refuses_after_all_sends_the_tasks_back() -> None:
    nas = used(**{"cloudsync.credentials.delete": errors.InUse("used by cloud sync task new.")})
    with pytest.raises(errors.InUse, match="use 'offsite' again"):
        run(nas, **GOES)
    assert moved(nas)[2:] == [("cloudsync.update", 5, 3), ("cloud_backup.update", 2, 3)]


def test_a_move_has_the_time_to_list_a_remote_folder() -> None:
    nas = used()
    real, given = nas.call, []

    def call(method: str, *params: Any, timeout: float | None = None) -> Any:
        if method in MOVES:
            given.append(timeout)
        return real(method, *params)

    nas.call = call  # type: ignore[method-assign]  # records the timeouts
    run(nas, **GOES)
    assert given == [180, 180]


def test_a_delete_whose_reply_is_lost_after_the_moves_is_not_sent_again() -> None:
    """Another client might have given the credential tasks again."""
    nas = used(**{"cloudsync.credentials.delete": errors.ConnectionLost("lost.")})
    with pytest.raises(errors.ConnectionLost, match=r"These tasks now use 'abroad': .*nightly"):
        run(nas, **GOES)
    assert nas.calls.count("cloudsync.credentials.delete") == 1


def test_a_connection_lost_during_reassignment_lists_the_uncertain_tasks() -> None:
    nas = used(**{"cloud_backup.update": errors.ConnectionLost("lost.")})
    with pytest.raises(errors.ConnectionLost, match=r"might already use 'abroad': .*nightly.*id 2.*Run the task again"):
        run(nas, **GOES)


@pytest.mark.parametrize("check", [True, False])
def test_the_other_credential_has_to_be_there(check: bool) -> None:
    nas = used()
    with pytest.raises(errors.NotFound, match=r"Credential 'Abroad' not found.*Did you mean 'abroad'"):
        run(nas, check, state="absent", replace_with="Abroad")
    assert nas.calls == ["cloudsync.credentials.query", "cloudsync.query", "cloud_backup.query"]
    assert nas.writes == []


def test_tasks_that_cannot_all_be_seen_are_not_moved() -> None:
    nas = used(**{"cloud_backup.query": errors.NotPermitted("no")})
    with pytest.raises(errors.NotPermitted, match="cloud backup task"):
        run(nas, **GOES)
    assert nas.writes == []


def test_moving_backups_takes_the_role_for_backups() -> None:
    nas = used()
    nas.may = lambda role: role == "CLOUD_SYNC_WRITE"  # type: ignore[method-assign]  # an account with one role
    with pytest.raises(errors.NotPermitted, match="needs the role CLOUD_BACKUP_WRITE"):
        run(nas, **GOES)
    assert nas.writes == []


B2_ABROAD = {"id": 4, "name": "abroad", "provider": {"type": "B2", "account": "a", "key": SECRET}}


def test_tasks_moved_to_another_provider_are_warned_about() -> None:
    nas = used(**{"cloud_backup.query": []})
    nas.entries[4] = B2_ABROAD
    assert any("a folder for Amazon S3" in warning for warning in run(nas, True, **GOES)["warnings"])
    run(nas, **GOES)
    [(_method, (_number, sent))] = only(nas, MOVES)
    assert sent == {
        "credentials": 4,
        "attributes": {"bucket": "b", "folder": "f", "fast_list": False, "chunk_size": 96},
    }


@pytest.mark.parametrize("check", [True, False])
def test_tasks_that_cannot_use_the_other_credential_are_named_before_a_write(check: bool) -> None:
    glacier = {"bucket": "b", "folder": "f", "storage_class": "GLACIER"}
    [sync] = SERVICE_TASKS["cloudsync.query"]
    nas = used(**{"cloudsync.query": [{**sync, "attributes": glacier}]})
    nas.entries[4] = B2_ABROAD
    with pytest.raises(errors.InvalidInput) as refused:
        run(nas, check, **GOES)
    assert [(problem.field, problem.reason.partition(": ")[0]) for problem in refused.value.problems] == [
        ("replace_with", "cannot be 'abroad' for the cloud sync task 'nightly' (id 5)"),
        ("replace_with", "cannot be 'abroad' for the cloud backup task id 2"),
    ]
    assert nas.writes == []


def test_a_refusal_of_the_nas_names_the_option_and_no_secret_of_the_task() -> None:
    text = "cloud_backup_update.password: no key found for hush-canary-repository"
    refusal = errors.InvalidField(text, [errors.Problem("password", "no key found for hush-canary-repository")])
    with pytest.raises(errors.TrueNASError, match="repository_password: no key found for") as refused:
        run(used(**{"cloud_backup.update": refusal}), **GOES)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"s3": DECLARED, "replace_with": "x"}, "^replace_with: requires state: absent"),
        ({"state": "absent", "replace_with": "offsite"}, "^replace_with: must not be the deleted credential itself"),
    ],
)
def test_replace_with_is_for_a_credential_that_goes(options: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.InvalidInput, match=message):
        task(**options)
