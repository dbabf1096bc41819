# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of wrong types, in Ansible's worker process and in a process of their own: the same refusal before any connection."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.nasops.truenas.plugins.module_utils.nas.connection import ARGUMENTS as CONNECTION
from ansible_collections.nasops.truenas.plugins.module_utils.nas.connection import Connection
from ansible_collections.nasops.truenas.plugins.module_utils.providers.arguments import PROVIDER_ARGUMENTS
from tests.unit.tasks import COLLECTION, in_the_worker
from tests.unit.test_mistyped import READINGS, SPECS, given, options, read

ON_THE_CONTROLLER = (
    "cloud_audit_report",
    "cloud_oauth_token",
    "cloud_credential_export",
    "cloud_export_shared",
    "precomputed_key",
)
"""The modules that only run as actions."""
WRONG = ["yes", "00412345670001", "1.10", "[hush]", "{hush: hush}"]
"""What JSON tells apart from text."""

Run = Callable[[str, dict[str, Any]], dict[str, Any]]


@pytest.fixture
def as_module(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a module's own file, with its options as JSON."""

    def run(module: str, arguments: dict[str, Any]) -> dict[str, Any]:
        with patch_module_args(arguments), pytest.raises(SystemExit):
            importlib.import_module(f"{COLLECTION}.modules.{module}").main()
        return dict(json.loads(capsys.readouterr().out))

    return run


@pytest.fixture(autouse=True)
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails a test that connects."""

    def fail(self: Connection) -> None:
        raise AssertionError("connected")

    monkeypatch.setattr(Connection, "open", fail)


def merged(one: Any, other: Any) -> Any:
    """Return options that have all that two have."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **other, **{key: merged(one[key], other[key]) for key in one.keys() & other.keys()}}
    if isinstance(one, list) and isinstance(other, list) and isinstance(one[0], dict):
        return [merged(mine, theirs) for mine, theirs in zip(one, other, strict=True)]
    # An item's stand-in for a name gives way.
    return one if other == "second" else other


def tasks(module: str, value: Any) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield options with the value in place of every text, one provider at a time, and how many texts these are."""
    texts = [path for path, _argument in options(module, "str", "path")]
    used = {step for path in texts for step in path if step in PROVIDER_ARGUMENTS} or {""}
    for provider in sorted(used):
        chosen = [path for path in texts if provider in path or not used.intersection(path)]
        whole: dict[str, Any] = {}
        for path in chosen:
            whole = merged(whole, given(path, value))
        yield whole, len(chosen)


@pytest.mark.parametrize("written", WRONG)
@pytest.mark.parametrize("module", SPECS)
def test_all_texts_of_a_module_are_refused_at_once_both_ways(module: str, written: str, as_module: Run) -> None:
    value = read(written)
    for arguments, number in tasks(module, value):
        here = in_the_worker(module, arguments)
        assert here["failed"]
        refused = [problem for problem in here["problems"] if problem["reason"].startswith("must be text")]
        assert len(refused) == len({problem["field"] for problem in refused}) == number
        assert all(READINGS[written] in problem["reason"] for problem in refused)
        assert "hush" not in json.dumps({**here, "invocation": None})
        if module not in ON_THE_CONTROLLER:
            there = as_module(module, arguments)
            assert (there["msg"], there["problems"]) == (here["msg"], here["problems"])


@pytest.mark.parametrize("written", ["2024-01-01", "2024-01-01T10:00:00Z", "!!binary aGVsbG8="])
@pytest.mark.parametrize("module", SPECS)
def test_a_date_is_refused_before_the_module_gets_it_as_text(module: str, written: str) -> None:
    for arguments, number in tasks(module, read(written)):
        here = in_the_worker(module, arguments)
        refused = [problem for problem in here["problems"] if READINGS[written] in problem["reason"]]
        assert len(refused) == number
        json.dumps({**here, "invocation": None})


LOGIN = {"host": "nas.example.net", "username": "u", "api_key": "1-hush-canary"}

MISTAKES: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "a typo": ("cloud_credential", {"name": "a", "b2": {"acount": "hush-canary"}}, ["b2"]),
    "a typo above": ("cloud_credential", {"name": "a", "secert": "hush-canary"}, [""]),
    "typos in a list": (
        "cloud_credentials",
        {"credentials": [{"name": "a", "b2": {"kee": "hush-canary"}}, {"name": "b", "sftpp": {}}, {"nmae": "c"}]},
        ["credentials[0] (a).b2", "credentials[1] (b)", "credentials[2]", "credentials[2].name"],
    ),
    "text for a provider": ("cloud_credential", {"name": "a", "s3": "hush-canary"}, ["s3"]),
    "two providers": ("cloud_credential", {"name": "a", "s3": {"x": 1}, "ftp": {"y": 2}}, ["ftp"]),
    "a duplicate and a typo": (
        "cloud_credentials",
        {"credentials": [{"name": "x", "b2": {"kee": "hush-canary"}}, {"name": "x", "state": "absent"}]},
        ["credentials[0] (x).b2", "credentials[1] (x).name"],
    ),
    "a duplicate and no provider": (
        "cloud_credentials",
        {"credentials": [{"name": "x", "b2": {}}, {"name": "x", "state": "absent"}, {"name": "y"}]},
        ["credentials[1] (x).name", "credentials[2] (y).provider"],
    ),
    "a choice": ("cloud_credential", {"name": "a", "state": "gone"}, ["state"]),
    "no name": ("ssh_keypair", {}, ["name"]),
    "a number for a provider": ("cloud_credential", {"name": "a", "b2": 5}, ["b2"]),
    "a number for a provider in a list": (
        "cloud_credentials",
        {"credentials": [{"name": "a", "s3": 1.5}, {"name": "b", "b2": True}]},
        ["credentials[0] (a).s3", "credentials[1] (b).b2"],
    ),
    "a number for a schedule": ("cloud_sync_task", {"description": "a", "schedule": 5}, ["schedule"]),
    "infinity": ("cloud_sync_task", {"description": "a", "transfers": float("inf")}, ["transfers"]),
    "infinity for a port": ("cloud_credential", {"name": "a", "ftp": {"port": float("inf")}}, ["ftp.port"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_reads_the_same_both_ways(mistake: str, as_module: Run) -> None:
    module, arguments, fields = MISTAKES[mistake]
    here, there = in_the_worker(module, LOGIN | arguments), as_module(module, LOGIN | arguments)
    assert [problem["field"] for problem in here["problems"]] == fields
    assert (there["msg"], there["problems"]) == (here["msg"], here["problems"])
    assert "hush-canary" not in json.dumps([here, there])


def test_the_environment_of_another_process_may_have_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CONNECTION["host"]["required"]
    monkeypatch.delenv("TRUENAS_HOST", raising=False)
    plugin = importlib.import_module(f"{COLLECTION}.action.cloud_credential_info").ActionModule
    monkeypatch.setattr(plugin, "_needs_a_process", lambda self: True)
    monkeypatch.setattr(plugin, "_execute_module", lambda self, **options: {"handed": options["module_args"]})
    assert in_the_worker("cloud_credential_info", {"name": "a"})["handed"] == {"name": "a"}
    assert "handed" not in in_the_worker("cloud_credential_info", {"name": 5})


def test_a_file_that_cannot_be_read_hides_no_other_mistake(tmp_path: Path) -> None:
    missing = {"service_account_file": str(tmp_path / "missing.json")}
    items = [{"name": "x", "google_cloud_storage": missing}, {"name": "x", "state": "gone"}]
    result = in_the_worker("cloud_credentials", {**LOGIN, "credentials": items})
    assert [problem["field"] for problem in result["problems"]] == [
        "credentials[1] (x).state",
        "credentials[0] (x).google_cloud_storage.service_account_file",
        "credentials[1] (x).name",
    ]


def test_null_is_not_given_both_ways(as_module: Run) -> None:
    arguments = {**LOGIN, "name": "a", "api_key": None, "password": "p", "ftp": {"pass": None, "password": 5}}
    here, there = in_the_worker("cloud_credential", arguments), as_module("cloud_credential", arguments)
    assert [problem["field"] for problem in here["problems"]] == ["ftp.password"]
    assert there["problems"] == here["problems"]
