# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole set of credentials in one task, on a NAS in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.arguments import PURGE
from ansible_collections.nasops.truenas.plugins.module_utils.credential import sets
from ansible_collections.nasops.truenas.plugins.module_utils.diff import headers
from ansible_collections.nasops.truenas.plugins.module_utils.engine import batch
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import fresh_kind
from tests.unit.tasks import task_of_set as task

SECRET = "hush-canary-0001"
B2 = {"account": "a", "key": SECRET}


def stored(id_: int, name: str, **fields: Any) -> dict[str, Any]:
    """Return a stored B2 credential."""
    return {"id": id_, "name": name, "provider": {"type": "B2", **B2, **fields}}


def item(name: str, **options: Any) -> dict[str, Any]:
    """Return an item as Ansible hands it over: what was not given is null, but for the defaults."""
    inherited = dict.fromkeys(sets.INHERITED)
    return {
        "name": name,
        "state": "present",
        **inherited,
        **({} if "state" in options else {"b2": dict(B2)}),
        **options,
    }


def run(nas: FakeNas, *items: dict[str, Any], check: bool = False, **options: Any) -> dict[str, Any]:
    """Run a task and return its result, having looked for secrets in it."""
    result = batch.ensure(fresh_kind(), task(*items, **options), Nas(nas), check)
    assert "hush-canary" not in json.dumps(result)
    failed = [item["msg"] for item in result["credentials"] if item.get("failed")]
    assert all(f"\n{message}\n" in f"\n{result['msg']}\n" for message in failed), "each failure has its own lines"
    assert result.get("failed", False) == bool(result["counts"]["failed"])
    return result


def test_two_items_with_one_name_are_reported_whichever_option_holds_it() -> None:
    tasks = [{"name": "a"}, {"description": "a"}, {"description": "b", "new_description": "a"}]
    problems = batch.duplicates("tasks", {"tasks": tasks}, "description")
    assert [(str(one.item), one.field) for one in problems] == [
        ("tasks[1] (a)", "description"),
        ("tasks[2] (b)", "new_description"),
    ]


def test_a_new_name_that_another_credential_has_is_a_duplicate() -> None:
    items = [{"name": "a"}, {"name": "b", "new_name": "a"}, {"name": "c", "new_name": "c"}]
    [problem] = sets.duplicates({"credentials": items})
    assert (problem.path, problem.remedy) == (
        "credentials[1] (b).new_name",
        "Rename in an earlier task, so that the name is free.",
    )


def test_names_that_are_swapped_need_an_earlier_task() -> None:
    swapped = [{"name": "a", "new_name": "b"}, {"name": "b", "new_name": "a"}, {"name": "c"}, {"name": "c"}]
    remedies = [problem.remedy for problem in sets.duplicates({"credentials": swapped})]
    assert [remedy.split()[0] for remedy in remedies] == ["Rename", "Rename", "List"]


def test_names_that_are_empty_or_no_text_are_no_duplicates() -> None:
    items = [{"name": name} for name in ("", "", None, None, ["a"], ["a"])]
    assert [*batch.duplicates("credentials", {"credentials": items})] == []
    for given in ({}, {"credentials": None}, {"credentials": 5}, {"credentials": [5, None]}):
        assert [*batch.duplicates("credentials", given)] == []


def test_items_of_a_set_have_the_options_of_one_object_but_for_those_of_the_task() -> None:
    single = {
        "name": {"type": "str", "required": True},
        "undeclared": {"type": "str", "default": "keep"},
        "pending": {"type": "list", "default": []},
    }
    arguments = batch.arguments("things", single, ("undeclared",), ("pending",))
    assert arguments.pop("things") == {
        "type": "list",
        "elements": "dict",
        "required": True,
        "no_log": False,
        "options": {"name": single["name"], "undeclared": {"type": "str"}},
    }
    assert {name: arguments.pop(name) for name in ("undeclared", "pending")} == {
        name: single[name] for name in ("undeclared", "pending")
    }
    assert arguments == PURGE
    assert batch.arguments("things", single, ())["things"]["options"] == single


def test_a_set_is_made_and_then_stays_with_one_query() -> None:
    nas = FakeNas(stored(1, "old"), stored(2, "same"))
    items = [item("new"), item("same"), item("old", state="absent"), item("other", b2={"account": "z", "key": SECRET})]
    result = run(nas, *items)
    assert [entry["action"] for entry in result["credentials"]] == ["created", "none", "deleted", "created"]
    assert {result["diff"][f"{side}_header"] for side in ("before", "after")} == {*headers("credentials").values()}
    assert result["counts"] == {"created": 2, "updated": 0, "deleted": 1, "none": 1, "failed": 0}
    # The second one looks whether somebody else has created the same.
    assert nas.calls.count("cloudsync.credentials.query") == 2
    assert nas.writes[-1] == "cloudsync.credentials.delete"
    nas.calls.clear()
    again = run(nas, *items)
    assert (again["changed"], again["counts"]["none"]) == (False, 4)
    assert nas.calls == ["cloudsync.credentials.query"]
    assert again["diff"]["before"] == again["diff"]["after"]


def test_the_diff_is_one_document_by_name() -> None:
    nas = FakeNas(stored(1, "one"), stored(2, "two", account="z"))
    result = run(nas, item("one", new_name="first"), item("two"), item("three"))
    assert set(result["diff"]["before"]) == {"one", "two"}
    assert set(result["diff"]["after"]) == {"first", "two", "three"}
    assert result["diff"]["after"]["two"] == {"b2": {"account": "a", "key": "********"}}


def test_purge_deletes_what_nothing_keeps() -> None:
    nas = FakeNas(stored(1, "one"), stored(2, "manual-a"), stored(3, "Manual-b"), stored(4, "x[1]"), stored(5, "gone"))
    options: dict[str, Any] = {"purge": True, "purge_keep": ["manual-*", "x[[]1]", "nothing-*"]}
    assert sorted(run(nas, item("one"), check=True, **options)["purged"]) == ["Manual-b", "gone"]
    assert nas.writes == []
    result = run(nas, item("one"), **options)
    assert sorted(result["purged"]) == ["Manual-b", "gone"]
    assert {entry["name"] for entry in nas.entries.values()} == {"one", "manual-a", "x[1]"}
    assert "gone" not in result["diff"]["after"]


def test_purge_keeps_a_name_with_brackets() -> None:
    nas = FakeNas(stored(1, "one"), stored(2, "[prod] offsite"))
    assert run(nas, item("one"), purge=True, purge_keep=["[prod] offsite"])["purged"] == []


@pytest.mark.parametrize("kept", ["Manual", " manual", "man\u00ad ual", "\uff4danual"])
def test_purge_refuses_to_delete_what_a_name_to_keep_looks_like(kept: str) -> None:
    nas = FakeNas(stored(1, "one"), stored(2, "manual"))
    for check in (True, False):
        with pytest.raises(errors.InvalidInput, match=r"^purge_keep: .* does not keep 'manual'"):
            run(nas, item("one"), check=check, purge=True, purge_keep=[kept, "x*"])
    assert nas.writes == []
    both = FakeNas(stored(1, "one"), stored(2, "manual"), stored(3, kept))
    assert run(both, item("one"), purge=True, purge_keep=[kept])["purged"] == ["manual"]


def test_purge_spares_both_names_of_a_renamed_credential() -> None:
    nas = FakeNas(stored(1, "one"))
    assert run(nas, item("one", new_name="first"), purge=True)["purged"] == []
    assert run(nas, item("one", new_name="first"), purge=True)["changed"] is False


def test_purge_of_everything_has_to_be_meant() -> None:
    with pytest.raises(errors.InvalidInput, match="set purge_all: true") as refused:
        task(purge=True)
    [problem] = refused.value.problems
    assert (problem.field, problem.remedy) == ("credentials", "To allow this, set purge_all: true.")
    nas = FakeNas(stored(1, "one"))
    assert run(nas, purge=True, purge_all=True)["purged"] == ["one"]
    assert run(nas)["changed"] is False


def test_what_could_not_be_deleted_is_not_purged() -> None:
    nas = FakeNas(stored(1, "one"), answers={"cloudsync.credentials.delete": errors.ServerFault("locked.")})
    result = run(nas, item("new"), purge=True)
    assert (result["purged"], result["failed"], result["counts"]["deleted"]) == ([], True, 0)
    assert result["undeclared"] == ["one"]


def test_purge_of_what_tasks_use_fails_before_anything_is_written_and_names_them_all() -> None:
    tasks = [
        {"id": 5, "description": "nightly", "credentials": {"id": 1}},
        {"id": 6, "description": "x", "credentials": {"id": 2}},
    ]
    nas = FakeNas(stored(1, "one"), stored(2, "two"), stored(3, "free"), answers={"cloudsync.query": tasks})
    with pytest.raises(errors.InvalidInput) as caught:
        run(nas, item("new"), purge=True)
    assert [problem.path for problem in caught.value.problems] == ["purge (one)", "purge (two)"]
    assert "cloud sync task 'nightly' (id 5)" in str(caught.value)
    assert str(caught.value).count("Name it in purge_keep to keep it.") == 2
    assert [problem.field for problem in caught.value.problems] == ["", ""]
    assert nas.writes == []


def test_a_credential_that_cannot_be_renamed_is_reported_with_its_item_and_no_field() -> None:
    with pytest.raises(errors.InvalidInput) as caught:
        run(FakeNas(), item("new"), {**item("old", new_name="other"), "b2": None})
    [problem] = caught.value.problems
    assert (problem.path, problem.field) == ("credentials[1] (old)", "")


def test_tasks_move_without_a_warning_to_another_provider_if_there_are_none() -> None:
    nas = FakeNas(stored(1, "old"), {"id": 2, "name": "new", "provider": {"type": "HTTP", "url": "https://h/"}})
    assert run(nas, item("old", state="absent", replace_with="new"))["warnings"] == []


def test_a_credential_that_is_absent_already_is_reported_by_its_name() -> None:
    result = run(FakeNas(), item("gone", state="absent"))
    assert [(one["name"], one["action"]) for one in result["credentials"]] == [("gone", "none")]


def test_a_secret_whose_replacement_fails_is_not_replaced() -> None:
    nas = FakeNas(stored(1, "one"), answers={"cloudsync.credentials.update": errors.ServerFault("locked.")})
    new = {**B2, "key": f"{SECRET}-2"}
    failed = run(nas, item("one", b2=new))["credentials"][0]
    assert (failed["failed"], failed["replaced"]) == (True, None)
    del nas.answers["cloudsync.credentials.update"]
    assert run(nas, item("one", b2=new))["credentials"][0]["replaced"]["fields"] == ["key"]


def test_check_mode_finds_a_replaced_secret_in_a_credential_that_it_would_create() -> None:
    items = [item("one", b2={**B2, "key": f"{SECRET}-2"}), item("two")]
    for check in (True, False):
        found = run(FakeNas(stored(1, "one")), *items, check=check)["credentials"][0]["replaced"]
        assert (found["fields"], found["also_in"]) == (["key"], ["two"])


def test_the_diff_of_a_delete_has_the_fields_by_their_options() -> None:
    nas = FakeNas(stored(1, "one"))
    before = run(nas, item("one", state="absent"))["diff"]["before"]
    assert before == {"one": {"b2": {"account": "a", "key": "********"}}}


def test_purge_keep_is_no_remedy_for_a_credential_that_an_item_deletes() -> None:
    tasks = [{"id": 5, "description": "nightly", "credentials": {"id": 1}}]
    nas = FakeNas(stored(1, "one"), answers={"cloudsync.query": tasks})
    with pytest.raises(errors.InvalidInput) as caught:
        run(nas, item("one", state="absent"))
    [problem] = caught.value.problems
    assert (problem.path, problem.field, problem.remedy) == ("credentials[0] (one)", "", "")


def test_all_that_is_wrong_is_reported_at_once_with_index_and_name() -> None:
    with pytest.raises(errors.InvalidInput) as caught:
        task(item("good"), item("bad", b2={"account": "", "key": ""}), item("", b2=None))
    assert [problem.path for problem in caught.value.problems] == [
        "credentials[1] (bad).b2.account",
        "credentials[1] (bad).b2.key",
        "credentials[2].name",
        "credentials[2].provider",
    ]


def test_problems_that_only_the_nas_knows_are_reported_at_once_before_anything_is_written() -> None:
    nas = FakeNas(stored(1, "twice"), stored(2, "twice"), stored(3, "abroad"), stored(4, "home"))
    with pytest.raises(errors.InvalidInput) as caught:
        run(
            nas,
            item("new"),
            item("twice"),
            item("missing", b2={"account": "a"}),
            item("home", new_name="abroad"),
            item("nobody", b2=None, new_name="somebody"),
        )
    labels = [problem.path.partition(".")[0] for problem in caught.value.problems]
    assert labels == [
        f"credentials[{place}] ({name})" for place, name in enumerate(["twice", "missing", "home", "nobody"], 1)
    ]
    assert nas.writes == []


@pytest.mark.parametrize(
    "items",
    [
        (item("one"), item("one")),
        (item("one", new_name="two"), item("two")),
        (item("two"), item("one", new_name="two")),
        (item("one", new_name="three"), item("two", new_name="three")),
    ],
)
def test_two_items_may_not_want_one_name(items: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(errors.InvalidInput, match=r"credentials\[1\].*duplicates the name in credentials\[0\]"):
        task(*items)


def test_one_failed_write_fails_alone_and_holds_the_deletes() -> None:
    nas = FakeNas(stored(1, "gone"), stored(2, "old", account="z"))
    nas.answers["cloudsync.credentials.update"] = errors.ServerFault("disk full")
    result = run(nas, item("new"), item("old"), item("gone", state="absent"))
    assert [entry["action"] for entry in result["credentials"]] == ["created", "none", "none"]
    assert [entry.get("failed", False) for entry in result["credentials"]] == [False, True, True]
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["counts"] == {"created": 1, "updated": 0, "deleted": 0, "none": 0, "failed": 2}
    assert "disk full" in result["msg"]
    assert "run the task again" in result["credentials"][2]["msg"]
    assert {entry["name"] for entry in nas.entries.values()} == {"new", "old", "gone"}
    del nas.answers["cloudsync.credentials.update"]
    assert run(nas, item("new"), item("old"), item("gone", state="absent"))["counts"] == {
        "created": 0,
        "updated": 1,
        "deleted": 1,
        "none": 1,
        "failed": 0,
    }


def test_a_refused_verification_fails_its_item_alone() -> None:
    nas = FakeNas(answers={"cloudsync.credentials.verify": {"valid": False, "error": "", "excerpt": f"no {SECRET}"}})
    result = run(nas, item("bad", verify="changed"), item("good", verify="never"), verify="always")
    bad, good = result["credentials"]
    assert (bad["failed"], bad["verification"]["state"], bad["action"]) == (True, "invalid", "none")
    assert good["action"] == "created"
    assert "no ********" in result["msg"]


def test_items_inherit_what_they_do_not_say() -> None:
    read = task(item("a", verify="never"), item("b"), verify="always", undeclared="default", verify_timeout=7)
    assert [(one.verify_request.when, one.undeclared, one.verify_request.timeout) for one in read.items] == [
        ("never", "default", 7.0),
        ("always", "default", 7.0),
    ]


def test_a_reader_may_check_but_not_apply() -> None:
    nas = FakeNas(stored(1, "one"), reader=True)
    assert run(nas, item("one"), item("two"), check=True)["counts"]["created"] == 1
    with pytest.raises(errors.NotPermitted, match=r"'two' \(created\)"):
        run(nas, item("one"), item("two"))
    with pytest.raises(errors.NotPermitted, match=r"'one' \(compare .*account"):
        run(nas, item("one"))
    assert nas.writes == []


def test_files_are_read_item_by_item() -> None:
    key = json.dumps({"type": "service_account", "project_id": "p", "client_email": "b@p", "private_key": "k"})

    def read(path: str) -> str:
        if path == "missing.json":
            raise OSError("no such file")
        return key

    given = {
        "credentials": [{"name": "a", "google_cloud_storage": {"service_account_file": "key.json"}}, {"name": "b"}]
    }
    replaced = sets.with_files(given, read)
    assert replaced["credentials"][0]["google_cloud_storage"] == {"service_account_credentials": key}
    given["credentials"].append({"name": "c", "google_cloud_storage": {"service_account_file": "missing.json"}})
    with pytest.raises(
        errors.InvalidInput, match=r"credentials\[2\] \(c\).*service_account_file: must be a readable file"
    ):
        sets.with_files(given, read)


def test_a_file_cannot_be_combined_with_another_name_of_its_field() -> None:
    google = PROVIDERS["google_cloud_storage"]
    for name in ("service_account_credentials", *google.options()["service_account_credentials"].aliases):
        given = {"credentials": [{"name": "a", "google_cloud_storage": {"service_account_file": "f", name: "{}"}}]}
        with pytest.raises(errors.InvalidInput, match="cannot be combined with service_account_credentials"):
            sets.with_files(given, lambda path: "{}")


def test_a_file_is_read_although_the_provider_has_another_option_for_files(monkeypatch: pytest.MonkeyPatch) -> None:
    google = PROVIDERS["google_cloud_storage"]
    [target] = google.from_file.values()
    monkeypatch.setattr(google, "from_file", {"other_file": target, **google.from_file})
    given = {"credentials": [{"name": "a", "google_cloud_storage": {"service_account_file": "key.json"}}]}
    [replaced] = sets.with_files(given, str)["credentials"]
    assert replaced["google_cloud_storage"] == {"service_account_credentials": "key.json"}


@pytest.mark.parametrize("wrong", [{"other_file": "a", "service_account_credentials": "{}"}, {"other_file": "a\nb"}])
def test_a_mistake_in_one_option_for_files_does_not_hide_that_in_another(
    wrong: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: str) -> str:
        raise OSError("no such file")

    google = PROVIDERS["google_cloud_storage"]
    [target] = google.from_file.values()
    monkeypatch.setattr(google, "from_file", {"other_file": target, **google.from_file})
    given = {"name": "a", "google_cloud_storage": {**wrong, "service_account_file": "missing.json"}}
    with pytest.raises(errors.InvalidInput) as caught:
        sets.with_files({"credentials": [given]}, read)
    assert [problem.field for problem in caught.value.problems] == [
        "google_cloud_storage.other_file",
        "google_cloud_storage.service_account_file",
    ]


def test_every_file_that_cannot_be_read_is_reported_and_what_is_no_item_stays() -> None:
    def read(path: str) -> str:
        raise OSError("no such file")

    sections = [{"name": name, "google_cloud_storage": {"service_account_file": "missing.json"}} for name in ("a", "b")]
    with pytest.raises(errors.InvalidInput) as caught:
        sets.with_files({"credentials": sections}, read)
    assert [str(problem.item) for problem in caught.value.problems] == ["credentials[0] (a)", "credentials[1] (b)"]
    assert sets.with_files({"credentials": ["a", None]}, read)["credentials"] == ["a", None]


@pytest.mark.parametrize("check", [True, False])
def test_tasks_do_not_move_to_a_credential_that_the_same_task_creates_and_that_cannot_have_them(check: bool) -> None:
    glacier = {"bucket": "b", "folder": "f", "storage_class": "GLACIER"}
    tasks = [{"id": 5, "description": "nightly", "path": "/mnt/t", "credentials": {"id": 1}, "attributes": glacier}]
    nas = FakeNas(stored(1, "old"), answers={"cloudsync.query": tasks})
    web = {"url": "https://h.example/", "vendor": "OTHER", "user": "u", "pass": SECRET}
    items = [item("old", state="absent", replace_with="new"), {**item("new", webdav=web), "b2": None}]
    with pytest.raises(errors.InvalidInput, match=r"replace_with: cannot be 'new' for the cloud sync task 'nightly'"):
        run(nas, *items, check=check)
    assert nas.writes == []


@pytest.mark.parametrize("check", [True, False])
def test_a_backup_does_not_move_to_a_new_credential_that_leads_to_the_repository_of_another(check: bool) -> None:
    amazon = {"type": "S3", "access_key_id": "a", "secret_access_key": SECRET, "endpoint": ""}
    entries = [
        {"id": number, "name": name, "provider": {**amazon, "endpoint": endpoint}}
        for number, name, endpoint in ((1, "old", ""), (2, "other", "https://s3.example"))
    ]
    tasks = [{"id": number + 4, "description": f"t{number}", "credentials": {"id": number}} for number in (1, 2)]
    nas = FakeNas(*entries, answers={"cloud_backup.query": tasks})
    new = {"access_key_id": "a", "secret_access_key": SECRET, "endpoint": "https://s3.example/"}
    items = [item("old", state="absent", replace_with="new"), {**item("new", s3=new), "b2": None}]
    with pytest.raises(errors.InvalidInput, match=r"cannot be 'new' for the cloud backup task 't1'.*'t2'"):
        run(nas, *items, check=check)
    assert nas.writes == []


def test_tasks_move_although_the_same_task_renames_a_credential_without_its_provider() -> None:
    tasks = [{"id": 5, "description": "nightly", "credentials": {"id": 1}}]
    nas = FakeNas(
        stored(1, "old"), stored(2, "new"), stored(3, "x"), answers={"cloudsync.query": tasks, "cloudsync.update": {}}
    )
    run(nas, item("old", state="absent", replace_with="new"), item("new"), {**item("x", new_name="y"), "b2": None})
    assert sorted(one["name"] for one in nas.entries.values()) == ["new", "y"]
    assert ("cloudsync.update", (5, {"credentials": 2})) in nas.params


def test_a_credential_that_no_task_uses_moves_none() -> None:
    nas = FakeNas(stored(1, "old"), stored(2, "new"))
    result = run(nas, item("old", state="absent", replace_with="new"), item("new"), check=True)
    assert "tasks" not in json.dumps(result["diff"]["before"]["old"])
    assert result["diff"]["after"].get("old", {}) == {}


@pytest.mark.parametrize("secret", ['{"private_key": "hush-canary-0001"}', "hush-canary-0001\nrest", 7])
def test_a_secret_in_place_of_its_path_is_refused_and_not_read(secret: Any) -> None:
    def read(path: str) -> str:
        raise AssertionError(path)

    given = {"credentials": [{"name": "a", "google_cloud_storage": {"service_account_file": secret}}]}
    with pytest.raises(errors.InvalidInput, match="must be a file path, but contains the secret itself") as caught:
        sets.with_files(given, read)
    assert "hush" not in str(caught.value)


def test_tasks_move_to_a_credential_that_the_same_task_creates() -> None:
    tasks = [{"id": 5, "description": "nightly", "credentials": {"id": 1}}]
    nas = FakeNas(stored(1, "old"), answers={"cloudsync.query": tasks, "cloudsync.update": {}})
    items = [item("old", state="absent", replace_with="new"), item("new")]
    predicted = run(nas, *items, check=True)
    assert predicted["credentials"][0]["moved_tasks"][0]["credential"] == "new"
    assert predicted["diff"]["after"]["old"] == {"tasks": {"cloud sync task 'nightly' (id 5)": "new"}}
    result = run(nas, *items)
    assert result["diff"] == predicted["diff"]
    assert ("cloudsync.update", (5, {"credentials": 2})) in nas.params
    assert nas.writes == ["cloudsync.credentials.create", "cloudsync.update", "cloudsync.credentials.delete"]


@pytest.mark.parametrize("purge", [True, False])
def test_tasks_do_not_move_to_a_credential_that_goes(purge: bool) -> None:
    nas = FakeNas(stored(1, "old"), stored(2, "other"))
    rest = [] if purge else [item("other", state="absent")]
    with pytest.raises(
        errors.InvalidInput, match=r"\(old\)\.replace_with: must not be 'other', which the same task deletes"
    ):
        run(nas, item("old", state="absent", replace_with="other"), *rest, purge=purge)


def test_two_replacements_of_one_name_are_reported_with_the_item() -> None:
    tasks = [{"id": 5, "description": "nightly", "credentials": {"id": 1}}]
    nas = FakeNas(stored(1, "old"), stored(2, "new"), stored(3, "new"), answers={"cloudsync.query": tasks})
    with pytest.raises(
        errors.InvalidInput, match=r"credentials\[0\] \(old\)\.name: the NAS has 2 credentials named 'new'"
    ):
        run(nas, item("old", state="absent", replace_with="new"))


def test_after_a_refused_write_the_next_task_reads_again() -> None:
    fake = FakeNas(answers={"cloudsync.credentials.create": errors.ServerFault("The disk is full.")})
    nas = Nas(fake)
    assert batch.ensure(fresh_kind(), task(item("one")), nas, False)["failed"]
    del fake.answers["cloudsync.credentials.create"]
    fake.entries[1] = stored(1, "one")
    assert batch.ensure(fresh_kind(), task(item("one")), nas, False)["changed"] is False
    assert fake.calls == ["cloudsync.credentials.query", "cloudsync.credentials.create", "cloudsync.credentials.query"]


def test_a_fault_of_the_session_while_writing_loses_no_outcome() -> None:
    nas = FakeNas()
    each = nas.each

    def broken(calls: Any) -> Any:
        for answer in each(calls):
            yield answer
            if any(call.method.endswith(".create") for call in calls):
                raise errors.ServerFault("The NAS sent a reply that does not belong to any request.")

    nas.each = broken  # type: ignore[method-assign]  # a session that breaks
    result = run(nas, item("one"), item("two"))
    assert [entry["name"] for entry in result["credentials"]] == ["one", "two"]
    assert len(nas.entries) == 2
    assert (result["counts"]["created"], result["counts"]["failed"]) == (2, 0), "what is stored was looked at"


def test_the_fault_of_the_session_is_reported_if_the_stored_state_is_unknown() -> None:
    nas = FakeNas()
    each = nas.each

    def broken(calls: Any) -> Any:
        if not any(call.method.endswith(".create") for call in calls):
            return each(calls)
        nas.answers["cloudsync.credentials.query"] = errors.ServerFault("odd")
        raise errors.ServerFault("The NAS sent a reply that does not belong to any request.")

    nas.each = broken  # type: ignore[method-assign]  # a session that breaks
    [failed] = run(nas, item("one"))["credentials"]
    assert failed["msg"].startswith("The NAS sent a reply that does not belong to any request.")


def test_no_secret_is_in_the_problems_that_the_nas_names() -> None:
    problem = errors.Problem("b2.key", f"value {SECRET} is odd")
    refusal = errors.InvalidField(str(problem), [problem])
    nas = FakeNas(answers={"cloudsync.credentials.create": refusal})
    result = run(nas, item("one"))
    assert result["credentials"][0]["problems"][0]["reason"] == "value ******** is odd"


def test_nothing_is_deleted_after_a_task_that_could_not_be_moved() -> None:
    task_row = {"id": 5, "description": "nightly", "credentials": {"id": 1}}
    refusal = errors.InvalidField("path: is gone", [errors.Problem("path", "is gone")])
    nas = FakeNas(
        stored(1, "one"),
        stored(2, "two"),
        stored(3, "three"),
        answers={"cloudsync.query": [task_row], "cloudsync.update": refusal},
    )
    result = run(nas, item("one", state="absent", replace_with="three"), item("two", state="absent"))
    assert [entry["failed"] for entry in result["credentials"]] == [True, True]
    assert "cannot use" in result["credentials"][0]["msg"]
    assert sorted(nas.entries) == [1, 2, 3]


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (errors.AuthenticationError("The session is not logged in."), "use 'one' again"),
        (errors.TimedOut("late"), "These tasks now use 'three': cloud sync task"),
    ],
)
def test_the_credential_of_reassigned_tasks_is_reported_if_the_delete_fails(
    failure: errors.TrueNASError, told: str
) -> None:
    task_row = {"id": 5, "description": "nightly", "credentials": {"id": 1}}
    nas = FakeNas(
        stored(1, "one"),
        stored(3, "three"),
        answers={"cloudsync.query": [task_row], "cloudsync.update": {}, "cloudsync.credentials.delete": failure},
    )
    result = run(nas, item("one", state="absent", replace_with="three"))
    assert told in result["credentials"][0]["msg"]


def test_no_task_is_moved_after_a_failure() -> None:
    """They would go to the other credential and back."""
    task_row = {"id": 5, "description": "nightly", "credentials": {"id": 1}}
    refusal = errors.ServerFault("The disk is full.")
    nas = FakeNas(
        stored(1, "one"),
        stored(3, "three"),
        answers={"cloudsync.query": [task_row], "cloudsync.update": {}, "cloudsync.credentials.create": refusal},
    )
    result = run(nas, item("new"), item("one", state="absent", replace_with="three"))
    assert [entry["failed"] for entry in result["credentials"]] == [True, True]
    assert result["credentials"][1]["msg"].startswith("'one' was not deleted because another item failed.")
    assert nas.writes == ["cloudsync.credentials.create"]


def test_tasks_that_were_moved_go_back_if_those_of_another_item_cannot_be() -> None:
    rows = [{"id": n + 4, "description": f"t{n}", "credentials": {"id": n}} for n in (1, 2)]
    refusal = errors.ServerFault("The task is locked.")
    nas = FakeNas(
        stored(1, "one"),
        stored(2, "two"),
        stored(3, "three"),
        answers={"cloudsync.query": rows, "cloudsync.update": lambda number, _: refusal if number == 6 else {}},
    )
    result = run(nas, *(item(name, state="absent", replace_with="three") for name in ("one", "two")))
    assert [entry["failed"] for entry in result["credentials"]] == [True, True]
    moves = [params for method, params in nas.params if method == "cloudsync.update" and params[0] == 5]
    assert moves == [(5, {"credentials": 3}), (5, {"credentials": 1})]
    assert sorted(nas.entries) == [1, 2, 3]


def test_each_item_has_its_warnings_and_an_empty_set_has_none() -> None:
    warnings = run(FakeNas(), item(" one"), item("two "))["warnings"]
    assert [text.partition(" starts")[0] for text in warnings] == ["' one'", "'two '"]
    empty = run(FakeNas(stored(1, "one")))
    assert (empty["changed"], empty["drift"], empty["warnings"]) == (False, "none", [])


def test_a_warning_of_several_items_is_shown_once() -> None:
    nas = FakeNas(stored(1, "one"), stored(2, "two"), answers={"cloud_backup.query": errors.NotPermitted("No.")})
    warnings = run(nas, item("one", state="absent"), item("two", state="absent"))["warnings"]
    assert len([text for text in warnings if "cloud backup task" in text]) == 1


@pytest.mark.parametrize(
    ("odd", "shared"),
    [(5, [2]), ({"name": 7.5, "new_name": "a"}, [1, 2]), ({"name": None, "new_name": "a"}, [1, 2])],
)
def test_a_name_that_two_items_share_is_found_next_to_one_that_is_not_text(odd: Any, shared: list[int]) -> None:
    found = batch.duplicates("credentials", {"credentials": [odd, {"name": "a"}, {"name": "a"}]})
    assert [problem.item and problem.item.index for problem in found] == shared
