# SPDX-License-Identifier: GPL-3.0-or-later
"""A task in Ansible's own worker: which session it uses, when its module runs instead, and what its result shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.release import __version__

from ansible_collections.nasops.truenas.plugins.action.cloud_credential import ActionModule
from ansible_collections.nasops.truenas.plugins.module_utils import _pydantic, _websocket_client, errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas.connection import Connection
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.base import TaskKind
from ansible_collections.nasops.truenas.plugins.plugin_utils import (
    loop_items,
    worker_memory,
    worker_sessions,
)
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import in_the_worker

LOGIN = {"host": "nas.example.net", "username": "u", "api_key": f"1-hush{'x' * 60}"}
B2 = {"account": "a", "key": "hush-canary-0001"}
STORED = {"id": 1, "name": "offsite", "provider": {"type": "B2", **B2}}
QUERY = "cloudsync.credentials.query"
ACCOUNT = json.dumps(
    {"type": "service_account", "project_id": "p", "client_email": "b@p", "private_key": "hush-canary"}
)


class Opened:
    """Stands in for `Connection.open`: each session is a view of its own of one NAS, and is kept here."""

    def __init__(self) -> None:
        self.entries: dict[int, dict[str, Any]] = {}
        self.answers: dict[str, Any] = {}
        self.sessions: list[FakeNas] = []
        self.hosts: list[str] = []

    def __call__(self, connection: Connection, waiting: Any = None) -> FakeNas:
        session = FakeNas(answers=self.answers)
        session.entries = self.entries
        self.sessions.append(session)
        self.hosts.append(connection.address.host)
        return session

    @property
    def calls(self) -> list[str]:
        """The methods called, whatever the session."""
        return [method for session in self.sessions for method in session.calls]


@pytest.fixture
def nas(monkeypatch: pytest.MonkeyPatch) -> Opened:
    """A NAS with one credential, to which no worker is connected yet."""
    opened = Opened()
    opened.entries[1] = STORED
    monkeypatch.setattr(Connection, "open", lambda connection, show=None: opened(connection, show))
    monkeypatch.setattr(worker_sessions, "_connected", {})
    return opened


def run(loader: DataLoader | None = None, name: str = "offsite", **keywords: Any) -> dict[str, Any]:
    """Run a task that declares the credential, with these keywords, and return its result."""
    options = {**LOGIN, "name": name, "b2": B2, **keywords.pop("options", {})}
    return in_the_worker("cloud_credential", options, loader, **keywords)


def test_the_items_of_a_loop_freeze_the_memory_once_or_their_garbage_would_stay(
    nas: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen: list[int] = []
    monkeypatch.setattr(worker_memory, "_frozen", set())
    monkeypatch.setattr("gc.freeze", lambda: frozen.append(1))
    for _item in range(3):
        in_the_worker("cloud_credential_info", LOGIN)
    assert frozen == [1]


def test_the_items_of_a_loop_share_a_session_and_what_it_has_read(nas: Opened) -> None:
    results = [run(name=name) for name in ("offsite", "second", "third", "second")]
    assert [result["action"] for result in results] == ["none", "created", "created", "none"]
    assert nas.hosts == ["nas.example.net"]
    # One more for each creation: whether another client has taken the name.
    assert nas.calls.count(QUERY) == 3


@pytest.mark.parametrize("other", [{"host": "nas2.example.net"}, {"username": "v"}, {"port": 444}, {"timeout": 5}])
def test_another_nas_or_login_has_a_session_of_its_own(nas: Opened, other: dict[str, Any]) -> None:
    for options in ({}, other, {}, other):
        assert run(options=options)["action"] == "none"
    assert len(nas.sessions) == 2


def test_a_broken_session_is_replaced(nas: Opened) -> None:
    run()
    nas.sessions[0].broken = True
    nas.entries.clear()
    assert run()["action"] == "created", "the new session reads again"
    assert len(nas.sessions) == 2
    run()
    assert len(nas.sessions) == 2


@pytest.mark.parametrize("keywords", [{"retries": 2}, {"until": ["result is changed"]}])
def test_a_retry_sees_the_state_of_now_in_the_same_session(nas: Opened, keywords: dict[str, Any]) -> None:
    assert run(**keywords)["action"] == "none"
    nas.entries.clear()
    assert run(**keywords)["action"] == "created"
    assert len(nas.sessions) == 1


def test_without_retries_what_was_read_is_kept(nas: Opened) -> None:
    assert run()["action"] == "none"
    nas.entries.clear()
    assert run()["action"] == "none"


def test_after_a_failure_the_next_item_reads_again(nas: Opened) -> None:
    assert run()["action"] == "none"
    nas.answers["cloudsync.credentials.update"] = errors.ServerFault("The disk is full.")
    nas.sessions[0].answers.update(nas.answers)
    failed = run(options={"b2": {**B2, "account": "z"}})
    assert (failed["failed"], failed["changed"], "disk is full" in failed["msg"]) == (True, False, True)
    nas.entries.clear()
    assert run()["action"] == "created"


def test_a_defect_in_a_task_is_not_swallowed_and_clears_what_was_read(
    nas: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    nas.sessions[0].answers["cloudsync.list_buckets"] = lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError):
        run(options={"verify": "always"})
    nas.entries.clear()
    assert run()["action"] == "created"


def test_a_nas_that_cannot_be_reached_is_a_failure_and_not_kept(nas: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        away.setattr(Connection, "open", lambda connection, show=None: _raise(errors.Unreachable("It is away.")))
        result = run()
    assert (result["failed"], result["changed"], result["msg"]) == (True, False, "It is away.")
    assert run()["action"] == "none"


def _raise(error: Exception) -> Any:
    raise error


def test_check_mode_is_passed_on(nas: Opened) -> None:
    planned = run(name="new", check_mode=True)
    assert (planned["action"], planned["changed"]) == ("created", True)
    assert [entry["name"] for entry in nas.entries.values()] == ["offsite"]
    assert run(name="new", check_mode=False)["changed"]
    assert [entry["name"] for entry in nas.entries.values()] == ["offsite", "new"]


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was handed to the module."""
    found: list[dict[str, Any]] = []

    def execute(action: ActionModule, **given: Any) -> dict[str, Any]:
        found.append(given)
        # ansible_parsed is Ansible's own.
        return {"changed": False, "by": "module", "ansible_parsed": True}

    monkeypatch.setattr(ActionModule, "_execute_module", execute)
    return found


@pytest.mark.parametrize(
    "keywords",
    [
        {"environment": [{"HTTPS_PROXY": "http://proxy.example"}]},
        {"environment": [{}, {"SSL_CERT_FILE": "/x"}]},
        {"become": True},
        {"transport": "ssh"},
        {"async_val": 60},
    ],
)
def test_the_module_runs_where_the_task_needs_another_process(
    nas: Opened, handed: list[dict[str, Any]], keywords: dict[str, Any]
) -> None:
    result = run(**keywords)
    assert result["by"] == "module"
    assert ("ansible_parsed" in result) is ("async_val" in keywords)
    [given] = handed
    assert given["module_args"] == {**LOGIN, "name": "offsite", "b2": B2}
    assert given["wrap_async"] is ("async_val" in keywords)
    assert nas.sessions == []


@pytest.mark.parametrize("environment", [None, [], [{}], [{}, {}]])
def test_an_empty_environment_needs_none(nas: Opened, handed: list[dict[str, Any]], environment: Any) -> None:
    assert run(environment=environment)["action"] == "none"
    assert handed == []


@pytest.mark.parametrize(
    "library",
    [_pydantic, _websocket_client],
    ids=["pydantic", "websocket"],
)
def test_the_module_runs_where_this_process_lacks_a_library(
    nas: Opened, handed: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, library: Any
) -> None:
    monkeypatch.setattr(library, "IMPORT_ERROR", "Traceback")
    assert run()["by"] == "module"
    assert (len(handed), nas.sessions) == (1, [])


def test_a_mistake_is_reported_here_wherever_the_task_would_run(nas: Opened, handed: list[dict[str, Any]]) -> None:
    for become in (False, True):
        result = run(options={"b2": {"acount": "a"}}, become=become)
        assert (result["failed"], result["changed"]) == (True, False)
        assert [problem["field"] for problem in result["problems"]] == ["b2"]
    assert (handed, nas.sessions) == ([], [])


def test_no_secret_of_the_options_is_in_a_result(nas: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(params: Any, check_mode: bool) -> Any:
        texts = [params["api_key"], f"around {params['b2']['key']} it", {"deep": params["b2"]["key"]}]
        return lambda nas: {"changed": False, "told": texts}

    kind = ActionModule.kind
    monkeypatch.setattr(ActionModule, "kind", TaskKind(kind.arguments, read, kind.with_files))
    result = run()
    assert "hush" not in json.dumps(result)
    assert "around" in result["told"][1]
    refused = run(options={"b2": {**B2, "acount": "x"}})
    assert "hush" not in json.dumps(refused)


def test_the_options_are_shown_without_their_secrets(nas: Opened) -> None:
    for result in (run(), run(options={"state": "gone"})):
        assert "hush" not in json.dumps(result)
        if "invocation" not in result:
            # Ansible leaves it out from 2.20 on.
            assert not __version__.startswith("2.19.")
            continue
        shown = result["invocation"]["module_args"]
        assert (shown["name"], shown["b2"]["account"], shown["host"]) == ("offsite", "a", "nas.example.net")


def with_account(loader: DataLoader, path: str) -> dict[str, Any]:
    """Run a task whose service account is in a file."""
    options = {**LOGIN, "name": "offsite", "google_cloud_storage": {"service_account_file": path}}
    return in_the_worker("cloud_credential", options, loader)


def vault(text: str, password: bytes) -> bytes:
    """Return a text as Ansible Vault keeps it."""
    return bytes(VaultLib([("default", VaultSecret(password))]).encrypt(text))


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_file_is_read_on_the_controller_and_decrypted(nas: Opened, tmp_path: Path, encrypted: bool) -> None:
    nas.entries.clear()
    file = tmp_path / "files" / "key.json"
    file.parent.mkdir()
    file.write_bytes(vault(ACCOUNT, b"right") if encrypted else ACCOUNT.encode())
    loader = DataLoader()
    loader.set_basedir(str(tmp_path))
    loader.set_vault_secrets([("default", VaultSecret(b"right"))])
    for path, action in ((str(file), "created"), ("key.json", "none")):
        result = with_account(loader, path)
        assert result.get("action") == action, result
        assert "hush" not in json.dumps(result)
    assert json.loads(nas.entries[1]["provider"]["service_account_credentials"]) == json.loads(ACCOUNT)


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "not found on the controller"), (b"wrong", "cannot be decrypted")]
)
def test_a_file_that_cannot_be_read_is_a_mistake_and_nothing_is_sent(
    nas: Opened, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "key.json"
    if content:
        file.write_bytes(vault(ACCOUNT, content))
    loader = DataLoader()
    loader.set_vault_secrets([("default", VaultSecret(b"right"))])
    result = with_account(loader, str(file))
    [problem] = result["problems"]
    assert problem["field"] == "google_cloud_storage.service_account_file"
    assert reason in problem["reason"]
    assert nas.sessions == []


def test_the_debug_output_of_ansible_does_not_quote_what_the_module_gets(
    nas: Opened, handed: list[dict[str, Any]]
) -> None:
    run(become=True)
    options = handed[0]["module_args"]
    assert options["b2"] == B2
    assert "hush" not in f"{options} {options!r}"
    assert "b2" in repr(options)


@pytest.mark.parametrize("seconds", [0, 60])
def test_a_loop_over_secrets_stays_hidden_when_ansible_polls(
    nas: Opened, handed: list[dict[str, Any]], seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Any] = []
    monkeypatch.setattr(loop_items, "leaks_secret", lambda *given: True)
    original = ActionModule.run

    def remember(action: ActionModule, *given: Any, **more: Any) -> Any:
        result = original(action, *given, **more)
        found.append(action._task.no_log)
        return result

    monkeypatch.setattr(ActionModule, "run", remember)
    assert run(async_val=seconds)["_ansible_no_log"]
    assert bool(found[0]) is bool(seconds)
