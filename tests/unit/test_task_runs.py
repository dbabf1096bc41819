# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of cloud tasks: started or joined, waited for, explained."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.backup_task import transferred as restic
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task import run_errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas import jobs as jobs_of_nas
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.protocol import jobs
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.messages import Event
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task import transferred as rclone
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_sync_run
from tests.unit.cloud_tasks import CANARY, PUSH, REPOSITORY, TaskNas, run
from tests.unit.session import Reopening

COPIED = """2026/11/27 15:45:01 INFO  : a.txt: Copied (new)
2026/11/27 15:45:01 INFO  :{blank}
Transferred:   \t         11 B / 11 B, 100%, 0 B/s, ETA -
Checks:                 0 / 0, -, Listed 3
{deleted}Transferred:            2 / 2, 100%
Elapsed time:         0.1s

"""
NOTHING = """2026/11/27 15:45:01 INFO  : There was nothing to transfer
2026/11/27 15:45:01 INFO  :{blank}
Transferred:   \t          0 B / 0 B, -, 0 B/s, ETA -
Checks:                 2 / 2, 100%, Listed 6
{deleted}Elapsed time:         0.0s

"""
DELETED = "Deleted:                1 (files), 0 (dirs), 5 B (freed)\n"
LINE = "2026/11/27 15:45:09 INFO  :"
NOUNS = {"cloudsync": "cloud sync task", "cloud_backup": "cloud backup task"}
SUMMARY = "message_type: summary\nfiles_new: {}\nfiles_changed: {}\ndata_added: {}\nsnapshot_id: 3ebde08d"


def log(text: str, deleted: str = "") -> str:
    """Return a log of rclone, which ends the first line of a block with a blank."""
    return text.format(blank=" ", deleted=deleted)


@pytest.fixture(params=["cloudsync", "cloud_backup"])
def nas(request: pytest.FixtureRequest) -> TaskNas:
    """A NAS with one task of each kind, whose runs succeed at once."""
    return prepared(request.param)


@pytest.fixture
def sync() -> TaskNas:
    """A NAS with a cloud sync task."""
    return prepared("cloudsync")


def prepared(service: str) -> TaskNas:
    """Return a NAS with the task 1, and a reply for its runs."""
    nas = TaskNas(service)
    run(nas, **(PUSH if service == "cloudsync" else REPOSITORY))
    nas.calls.clear()
    nas.params.clear()
    nas.answers[f"{service}.sync"] = 7
    return nas


def job(nas: TaskNas, state: str, number: int = 7, arguments: Any = None, **more: Any) -> dict[str, Any]:
    """Return a run of the task 1."""
    named = {"id": number, "method": f"{nas.service}.sync", "arguments": arguments or [1], "state": state}
    return {**named, "time_started": {"$date": 0}, "time_finished": {"$date": 60_000}, **more}


def ends(nas: TaskNas, state: str = "SUCCESS", **more: Any) -> None:
    """Let the NAS report a run to its end."""
    for word, reached in (("added", "WAITING"), ("changed", "RUNNING"), ("changed", state)):
        fields = job(nas, reached, **(more if reached == state else {"arguments": more.get("arguments")}))
        nas.events.append(Event("core.get_jobs", word, 7, fields))


def start(nas: TaskNas, check: bool = False, **options: Any) -> dict[str, Any]:
    """Run the task, by its description unless told otherwise."""
    module = {"cloudsync": "cloud_sync_run", "cloud_backup": "cloud_backup_run"}[nas.service]
    name = nas.rows[1]["description"] if 1 in nas.rows else "gone"
    given: dict[str, Any] = {**({} if "id" in options else {"description": name}), **options}
    return run(nas, check, module, **given)


def failure(nas: TaskNas, **options: Any) -> errors.TrueNASError:
    """Return the error of a run."""
    with pytest.raises(errors.TrueNASError) as caught:
        start(nas, **options)
    return caught.value


def test_a_run_costs_four_calls_and_reports_the_job(nas: TaskNas) -> None:
    ends(nas)
    result = start(nas)
    assert nas.calls == [f"{nas.service}.query", "core.subscribe", f"{nas.service}.sync", "core.unsubscribe"]
    assert nas.params[-1] == (f"{nas.service}.sync", [1]), "options would lock all tasks"
    assert result["job"] == {
        "id": 7,
        "state": "SUCCESS",
        "error": None,
        "started": "1970-01-01T00:00:00Z",
        "finished": "1970-01-01T00:01:00Z",
    }
    assert (result["changed"], result["action"]) == (True, "started"), "an unknown transfer counts as a change"
    assert result["task"] == {"id": 1, "description": nas.rows[1]["description"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (log(COPIED), ({"files": 2, "size": "11 B", "deleted": 0}, True)),
        (log(NOTHING), ({"files": 0, "size": "0 B", "deleted": 0}, False)),
        (log(NOTHING, DELETED), ({"files": 0, "size": "0 B", "deleted": 1}, True)),
        (log(NOTHING, "Deleted:                3\n"), ({"files": 0, "size": "0 B", "deleted": 3}, True)),
        # A block in the middle has numbers of the middle.
        (f"{log(COPIED)}{LINE} b: Copied (new)\n", ({"files": None, "size": None, "deleted": 0}, None)),
        (f"{log(COPIED)}{LINE} There was nothing to transfer\n", ({"files": 0, "size": "0 B", "deleted": 0}, False)),
        (f"{log(NOTHING)}{LINE} b: Deleted\n{LINE} c: Deleted\n", ({"files": 0, "size": "0 B", "deleted": 2}, True)),
        (
            f"... 9 more lines ...\n{LINE} There was nothing to transfer\n",
            ({"files": 0, "size": "0 B", "deleted": None}, None),
        ),
        ("", ({"files": None, "size": None, "deleted": None}, None)),
    ],
)
def test_a_run_of_rclone_is_a_change_unless_its_statistics_prove_that_nothing_moved(text: str, expected: Any) -> None:
    done = rclone.read(jobs.read(job(TaskNas(), "SUCCESS", logs_excerpt=text)))
    assert (done.shown, done.changed) == expected


@pytest.mark.parametrize(
    ("activity", "files", "size"),
    [
        ("30 B / 30 B, 0 B/s, ETA -, checks: 1 / 1, 30 / 30", 30, "30 B"),
        ("1.221 GiB / 1.221 GiB, 10 MiB/s, ETA 0s, 2 / 2", 2, "1.221 GiB"),
        ("checks: 2 / 2", None, None),
        ("Starting", None, None),
    ],
)
def test_the_progress_has_the_numbers_of_a_long_run(activity: str, files: int | None, size: str | None) -> None:
    row = job(TaskNas(), "SUCCESS", logs_excerpt="... 9 more lines ...\n", progress={"description": activity})
    done = rclone.read(jobs.read(row))
    assert (done.shown["files"], done.shown["size"], done.changed) == (files, size, True if files else None)


@pytest.mark.parametrize(
    ("text", "files", "added", "changed"),
    [
        (SUMMARY.format(1, 2, 707), 3, 707, True),
        (SUMMARY.format(0, 0, 0), 0, 0, False),
        (SUMMARY.format(1, 0, 0), 1, 0, True),
        ("", None, None, None),
    ],
)
def test_a_backup_is_a_change_if_it_added_data(text: str, files: Any, added: Any, changed: Any) -> None:
    done = restic.read(jobs.read(job(TaskNas(), "SUCCESS", logs_excerpt=text)))
    assert (done.shown["files"], done.shown["bytes"], done.changed) == (files, added, changed)
    assert done.shown["snapshot"] == ("3ebde08d" if text else None)


def test_a_run_without_a_transfer_is_no_change(sync: TaskNas) -> None:
    ends(sync, logs_excerpt=log(NOTHING))
    assert start(sync)["changed"] is False
    backup = prepared("cloud_backup")
    ends(backup, logs_excerpt=SUMMARY.format(0, 0, 0))
    assert start(backup)["changed"] is False


def test_check_mode_starts_nothing_and_predicts_the_run(nas: TaskNas) -> None:
    result = start(nas, check=True)
    assert nas.calls == [f"{nas.service}.query"]
    assert (result["changed"], result["action"], result["job"], result["transferred"]) == (True, "started", None, None)
    assert result["msg"].startswith("Would start a run of the cloud ")
    nas.rows[1]["job"] = job(nas, "RUNNING")
    assert start(nas, check=True)["msg"].startswith("Would wait for the run that is in progress of the cloud ")


@pytest.mark.parametrize("state", ["RUNNING", "WAITING"])
def test_a_run_in_progress_is_joined(nas: TaskNas, state: str) -> None:
    nas.rows[1]["job"] = job(nas, state)
    nas.answers["core.get_jobs"] = [job(nas, "SUCCESS")]
    result = start(nas)
    assert (result["action"], result["job"]["state"]) == ("joined", "SUCCESS")
    assert f"{nas.service}.sync" not in nas.calls


@pytest.mark.parametrize(
    "other",
    [
        {"state": "SUCCESS"},
        {"state": "RUNNING", "arguments": [1, {"dry_run": True}]},
        {"state": "RUNNING", "method": "cloudsync.restore"},
        {"state": "RUNNING", "id": None},
    ],
)
def test_another_job_of_the_task_is_not_joined(nas: TaskNas, other: dict[str, Any]) -> None:
    nas.rows[1]["job"] = {**job(nas, "RUNNING", 3), **other}
    ends(nas)
    assert start(nas)["action"] == "started"


def test_a_lost_reply_finds_the_run_that_began_after_the_last_one(nas: TaskNas) -> None:
    nas.rows[1]["job"] = job(nas, "SUCCESS", 3)
    nas.answers[f"{nas.service}.sync"] = errors.ConnectionLost("gone")
    nas.answers["core.get_jobs"] = [job(nas, "SUCCESS")]
    assert start(nas)["job"]["id"] == 7
    assert nas.calls.count(f"{nas.service}.sync") == 1
    assert ("core.get_jobs", [[["method", "=", f"{nas.service}.sync"], ["id", ">", 3]]]) in nas.params


def test_without_waiting_the_state_is_that_of_the_start(nas: TaskNas) -> None:
    nas.events.append(Event("core.get_jobs", "added", 7, job(nas, "RUNNING", time_finished=None)))
    result = start(nas, wait=False)
    assert (result["job"]["state"], result["job"]["finished"]) == ("RUNNING", None)
    assert (result["changed"], result["transferred"]) == (True, None)
    nas.rows[1]["job"] = job(nas, "RUNNING")
    nas.answers["core.get_jobs"] = [job(nas, "RUNNING")]
    joined = start(nas, wait=False)
    assert (joined["changed"], joined["action"]) == (False, "joined"), "this task did nothing"


def test_a_dry_run_changes_nothing_and_refuses_the_run_of_another_task(sync: TaskNas) -> None:
    ends(sync, arguments=[1, {"dry_run": True}], logs_excerpt=log(COPIED))
    result = start(sync, dry_run=True)
    assert (result["changed"], result["transferred"]["files"]) == (False, 2)
    assert sync.params[-1] == ("cloudsync.sync", [1, {"dry_run": True}])
    assert start(sync, check=True, dry_run=True)["changed"] is False
    ends(sync, arguments=[2, {"dry_run": True}])
    assert "Nothing was started" in str(failure(sync, dry_run=True))


def test_a_disabled_task_runs_and_a_locked_one_does_not(nas: TaskNas) -> None:
    nas.rows[1] |= {"enabled": False}
    ends(nas)
    assert start(nas)["action"] == "started"
    nas.rows[1] |= {"locked": True}
    nas.calls.clear()
    for check in (True, False):
        assert "is locked, so each run fails. Unlock the dataset first." in str(failure(nas, check=check))
    assert nas.calls == [f"{nas.service}.query"] * 2


def test_two_tasks_of_one_description_are_named_and_the_id_chooses(nas: TaskNas) -> None:
    nas.rows[2] = {**nas.rows[1], "id": 2}
    assert "(ids 1, 2). Set id to choose one." in str(failure(nas))
    ends(nas)
    assert start(nas, id=1)["task"]["id"] == 1


def test_a_task_that_is_not_stored_is_an_error(nas: TaskNas) -> None:
    name = nas.rows[1]["description"]
    assert f"Did you mean {name!r}?" in str(failure(nas, description=f" {name.upper()}"))
    assert "'x'. Check the description, or create the task first." in str(failure(nas, description="x"))
    assert "with the ID 9. Correct the id." in str(failure(nas, id=9))


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"description": None}, "description, id"),
        ({"id": 1, "description": "nightly"}, "description, id"),
        ({"run_timeout": 0}, "run_timeout"),
        ({"run_timeout": 30 * 86400 + 1}, "run_timeout"),
        ({"abort_on_timeout": True, "wait": False}, "abort_on_timeout"),
        ({"dry_run": True, "wait": False}, "dry_run"),
    ],
)
def test_contradictions_are_refused_before_a_call(sync: TaskNas, options: dict[str, Any], field: str) -> None:
    error = failure(sync, **options)
    assert [problem["field"] for problem in error.details()["problems"]] == [field]
    assert sync.calls == []


def test_a_reader_learns_the_missing_role(nas: TaskNas) -> None:
    role = {"cloudsync": "CLOUD_SYNC", "cloud_backup": "CLOUD_BACKUP"}[nas.service]
    nas.granted = frozenset({f"{role}_READ"})
    for check in (True, False):
        assert f"needs the role {role}_WRITE to run the cloud " in str(failure(nas, check=check))


def test_a_run_that_fails_is_explained_without_secrets(sync: TaskNas) -> None:
    line = f"2026/11/27 ERROR : error reading: AccessDenied: {CANARY}-s3, status code: 403"
    ends(sync, "FAILED", error=f"Elapsed time\n{CANARY}-s3", logs_excerpt=f"2026/11/27 INFO  : a\n{line}\n{line}2\n")
    error = failure(sync)
    details = error.details()
    assert "AccessDenied: ********" in details["error"]
    assert details["cause"] == "forbidden"
    assert details["hint"] in str(error)
    assert (details["job"]["state"], details["changed"]) == ("FAILED", False)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("[EFAULT] Dataset is locked", "locked"),
        ("[EFAULT] Directory '/mnt/tank/none' does not exist", "local_path"),
        ("[EFAULT] '/mnt/tank/file' is not a directory", "local_path"),
        ("Fatal: wrong password or no key found", "wrong_repository_password"),
        ("Fatal: unable to open\nIs there a repository at the following location?\ns3:x", "no_repository"),
        (
            '[EFAULT] 2026/11/27 15:57:51 CRITICAL: Failed to create file system for "remote:x": is a file not a directory',
            "not_a_folder",
        ),
        ("[EFAULT] Fatal: unable to open config file: Stat: The specified key does not exist.", "no_repository"),
        ("[EFAULT] Pre-script failed with exit code 3", "script"),
        ("Warning: at least one source file could not be read\nrestic failed with exit code 3", "unreadable_file"),
        ("dial tcp: lookup nowhere: no such host", "unknown_host"),
        ("anything", "unknown"),
    ],
)
def test_errors_of_the_nas_and_of_restic_have_causes(nas: TaskNas, error: str, cause: str) -> None:
    ends(nas, "FAILED", error=error)
    details = failure(nas).details()
    assert details["cause"] == cause
    assert details["error"] in error
    assert not details["error"].startswith(("[", "20"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INFO : a: Copied\nERROR : b: no space\n", "b: no space"),
        ("Error: unknown flag: --x\nUsage:\n", "Error: unknown flag: --x"),
        ('{"message_type":"error","error":{"message":"denied"},"item":"/a"}', "/a: denied"),
        ('{"message_type":"error","error.message":"denied"}', "denied"),
        ('{"message_type":"error","error":{"Op":"read","Path":"/a","Err":5},"item":"/a"}', "/a: read failed"),
        ('{"message_type":"status"}\n{broken', ""),
        ("", ""),
    ],
)
def test_the_first_error_of_a_log(text: str, expected: str) -> None:
    assert run_errors.first_error(text, "", ()) == expected


def test_a_run_that_takes_too_long_continues_or_is_aborted(nas: TaskNas) -> None:
    running = Event("core.get_jobs", "added", 7, job(nas, "RUNNING"))
    nas.events.append(running)
    error = failure(nas, run_timeout=1e-9)
    assert "The NAS continues it as job 7" in str(error)
    assert f"{nas.service}.abort" not in nas.calls
    nas.events.extend([running, errors.TimedOut("late"), Event("core.get_jobs", "changed", 7, job(nas, "ABORTED"))])
    nas.answers[f"{nas.service}.abort"] = True
    error = failure(nas, run_timeout=1e-9, abort_on_timeout=True)
    assert "It was aborted" in str(error)
    assert error.details()["job"]["state"] == "ABORTED"
    assert nas.params[-1] == (f"{nas.service}.abort", [1])


def test_a_run_that_ends_just_before_its_abort_has_its_result(nas: TaskNas) -> None:
    running = Event("core.get_jobs", "added", 7, job(nas, "RUNNING"))
    nas.events.extend([running, errors.TimedOut("late"), Event("core.get_jobs", "changed", 7, job(nas, "SUCCESS"))])
    nas.answers[f"{nas.service}.abort"] = False
    assert start(nas, run_timeout=1e-9, abort_on_timeout=True)["job"]["state"] == "SUCCESS"


def test_a_run_of_somebody_else_is_not_aborted(nas: TaskNas) -> None:
    nas.rows[1]["job"] = job(nas, "RUNNING")
    nas.answers["core.get_jobs"] = [job(nas, "RUNNING")]
    assert "It was not aborted" in str(failure(nas, run_timeout=1e-9, abort_on_timeout=True))
    assert f"{nas.service}.abort" not in nas.calls


def test_a_run_that_was_aborted_on_the_nas_is_a_failure(nas: TaskNas) -> None:
    ends(nas, "ABORTED")
    assert "was aborted on the NAS" in str(failure(nas))


def test_snapshots_are_sorted_and_their_errors_explained() -> None:
    nas = prepared("cloud_backup")
    rows = [
        {"id": "b", "time": {"$date": 60_000}, "hostname": "nas1", "paths": ["/mnt/tank/photos"], "tree": "t"},
        {"id": "a", "time": {"$date": 0}, "hostname": "nas1", "paths": ["/mnt/tank/photos"]},
    ]
    nas.answers["cloud_backup.list_snapshots"] = rows
    found = run(nas, module="cloud_backup_snapshots_info", description="photos", provider_timeout=7)
    assert [(one["id"], one["time"]) for one in found["snapshots"]] == [
        ("a", "1970-01-01T00:00:00Z"),
        ("b", "1970-01-01T00:01:00Z"),
    ]
    assert set(found["snapshots"][0]) == {"id", "time", "hostname", "paths"}
    assert (found["changed"], found["task"]) == (False, {"id": 1, "description": "photos"})
    for reason, cause in (
        (f"Fatal: wrong password or no key found {CANARY}-restic", "wrong_repository_password"),
        ("Fatal: unable to open config file\nIs there a repository at the following location?", "no_repository"),
        ("", "unknown"),
    ):
        nas.answers["cloud_backup.list_snapshots"] = errors.ServerFault("The NAS failed", -32001, 14, reason)
        with pytest.raises(
            errors.ProviderFailed, match="cannot list the snapshots of the cloud backup task 'photos'"
        ) as caught:
            run(nas, module="cloud_backup_snapshots_info", id=1)
        assert caught.value.cause == cause
        assert CANARY not in json.dumps([str(caught.value), caught.value.details()])
    nas.answers["cloud_backup.list_snapshots"] = errors.TimedOut("late")
    with pytest.raises(errors.TimedOut, match="within provider_timeout"):
        run(nas, module="cloud_backup_snapshots_info", id=1)
    with pytest.raises(errors.InvalidInput):
        run(nas, module="cloud_backup_snapshots_info", id=1, provider_timeout=0)


def test_a_run_reports_its_progress_in_percent_and_no_text_of_rclone(sync: TaskNas) -> None:
    for state, progress in (("WAITING", None), ("RUNNING", {"percent": 42, "description": CANARY}), ("RUNNING", None)):
        sync.events.append(Event("core.get_jobs", "changed", 7, job(sync, state, progress=progress)))
    sync.events.append(Event("core.get_jobs", "changed", 7, job(sync, "SUCCESS")))
    nas, lines = Nas(sync), list[str]()
    nas.running = lines.append
    params = {"description": "nightly", "id": None, "wait": True, "run_timeout": 9, "abort_on_timeout": False}
    cloud_sync_run.TASK.read({**params, "dry_run": False}, False)(nas)
    assert lines == [
        "cloud sync task 'nightly' waits for its turn",
        "cloud sync task 'nightly' runs, 42 % done",
        "cloud sync task 'nightly' runs",
    ]


def test_a_start_whose_reply_is_nonsense_is_found_and_not_repeated(nas: TaskNas) -> None:
    def nonsense(*given: Any) -> Any:
        nas.broken = True
        nas.answers["core.get_jobs"] = [job(nas, "SUCCESS")]
        raise errors.ServerFault("The NAS did not send JSON.")

    class Back(Reopening):
        api_version = None

        def open(self) -> Any:
            nas.broken = False
            return nas

    nas.answers[f"{nas.service}.sync"] = nonsense
    start = jobs_of_nas.Start(f"{nas.service}.sync", (1,))
    with jobs_of_nas.following(Nas(nas, Back()), start) as following:
        assert following.start() == 7
    assert nas.calls.count(f"{nas.service}.sync") == 1


def created(nas: TaskNas, description: str = "fresh") -> list[dict[str, Any]]:
    """Return the change of an earlier task of check mode that creates a task."""
    return [{"service": nas.service, "id": None, "description": description, "credential": "offsite"}]


def test_a_check_says_that_it_would_run_a_task_that_an_earlier_one_creates(nas: TaskNas) -> None:
    result = start(nas, check=True, description="fresh", pending_tasks=created(nas))
    assert result["msg"] == f"Would start a run of the {NOUNS[nas.service]} 'fresh', which an earlier task creates."
    assert result["task"] == {"id": None, "description": "fresh"}
    assert (result["changed"], result["action"], result["job"]) == (True, "started", None)
    assert nas.calls == [f"{nas.service}.query"]
    nas.granted = frozenset()
    assert "needs the role" in str(failure(nas, check=True, description="fresh", pending_tasks=created(nas)))


def test_a_task_that_no_earlier_one_creates_is_missing_in_a_check_and_in_a_run(nas: TaskNas) -> None:
    for check, pending in ((True, created(nas, "other")), (False, created(nas)), (True, [])):
        error = failure(nas, check=check, description="fresh", pending_tasks=pending)
        assert f"The NAS has no {NOUNS[nas.service]} 'fresh'" in str(error)
        assert "pass it on in pending_tasks" in str(error)
    assert "'fresh'" in str(failure(nas, check=True, description="Fresh", pending_tasks=created(nas)))


def test_the_snapshots_of_a_task_that_an_earlier_one_creates_are_unknown() -> None:
    nas = prepared("cloud_backup")
    given: dict[str, Any] = {"description": "fresh", "pending_tasks": created(nas)}
    result = run(nas, True, "cloud_backup_snapshots_info", **given)
    assert (result["task"], result["snapshots"]) == ({"id": None, "description": "fresh"}, [])
    assert result["warnings"] == [
        "Cloud backup task 'fresh' does not exist yet, because an earlier task creates it. Its snapshots are unknown."
    ]
    assert nas.calls == ["cloud_backup.query"]
    with pytest.raises(errors.NotFound):
        run(nas, False, "cloud_backup_snapshots_info", **given)


def test_a_task_that_an_earlier_one_creates_has_no_proof_but_a_warning() -> None:
    nas = prepared("cloud_backup")
    nas.answers["cloudsync.query"] = []
    given: dict[str, Any] = {"descriptions": ["fresh"], "fail_on": "inconclusive", "pending_tasks": created(nas)}
    result = run(nas, True, "backup_proof", **given)
    assert (result["proofs"], result.get("failed")) == ([], None)
    assert result["warnings"] == [
        "Could not prove the cloud backup task 'fresh': an earlier task creates it, so it does not exist yet."
    ]
    with pytest.raises(errors.NotFound):
        run(nas, False, "backup_proof", **given)
