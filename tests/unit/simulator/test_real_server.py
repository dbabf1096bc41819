# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies in which the simulated NAS once differed from the real server's own code (truenas-api/wire.md, corrections)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator import Simulator
from tests.simulator.limits import RateLimit

from .samples import sent
from .wire import Wire, triple

SERVICES = ("cloudsync.credentials", "cloudsync", "cloud_backup", "keychaincredential")
QUERY = "cloudsync.credentials.query"


@pytest.fixture
def wire(newest: Simulator) -> Iterator[Wire]:
    """The administrator's connection to a 27.0."""
    with Wire(newest) as connection:
        yield connection.login()


def told(error: dict[str, Any]) -> tuple[Any, ...]:
    """What a client can make of an error."""
    data = error["data"]
    return error["code"], data["error"], data["errname"], data["reason"], data["extra"], data["trace"]["class"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    ("name", "params", "reason"),
    [
        ("create", [], "CRUDService.create() missing 1 required positional argument: 'data'"),
        ("create", [{}, {}], "CRUDService.create() takes 5 positional arguments but 6 were given"),
        ("update", [], "CRUDService.update() missing 2 required positional arguments: 'id_' and 'data'"),
        ("update", [1], "CRUDService.update() missing 1 required positional argument: 'data'"),
        ("update", [1, {}, {}], "CRUDService.update() takes 6 positional arguments but 7 were given"),
        ("delete", [], "CRUDService.delete() missing 1 required positional argument: 'id_'"),
    ],
)
def test_a_wrong_number_of_parameters_is_pythons_own_error(
    wire: Wire, service: str, name: str, params: list[Any], reason: str
) -> None:
    assert told(wire.error(f"{service}.{name}", *params)) == (-32001, 22, "EINVAL", reason, None, "TypeError")


def test_what_delete_is_given_beyond_the_id_is_a_matter_of_its_model(wire: Wire) -> None:
    assert wire.extra("cloudsync.credentials.delete", 1, {}) == [triple("", "Too many arguments (expected 1, found 2)")]
    assert wire.extra("keychaincredential.delete", 1, {"x": 1})[0][:2] == [
        "options.x",
        "Extra inputs are not permitted",
    ]


def test_rights_come_before_the_number_of_parameters(newest: Simulator, wire: Wire) -> None:
    with Wire(newest) as other:
        assert other.error("cloudsync.credentials.create")["data"]["error"] == 207
        assert other.login(read_only=True).error("cloudsync.credentials.create")["data"]["error"] == 13


def test_older_paths_check_parameters_by_their_models_before_they_ask_who_calls(newest: Simulator) -> None:
    with Wire(newest, "/api/v25.10.0") as old:
        assert old.extra("cloudsync.credentials.create") == [triple("cloud_sync_credentials_create", "Field required")]
        assert old.extra("cloudsync.credentials.create", {}, {}) == [
            triple("", "Too many arguments (expected 1, found 2)")
        ]
        assert old.error("cloudsync.credentials.create", {"name": "x", "provider": sent("B2")})["data"]["error"] == 207


@pytest.mark.parametrize("path", ["v25.04.0", "v25.04.2"])
def test_an_older_path_lacks_methods_and_results(newest: Simulator, path: str) -> None:
    with Wire(newest, f"/api/{path}") as old:
        # Parameters of a query are the same on all paths, so who calls is asked first there, but nowhere else.
        for method in ("cloudsync.query", "core.get_jobs"):
            assert old.error(method)["data"]["error"] == 207
        for method in ("system.version", "core.get_methods", "core.get_services", "core.job_wait"):
            service, _dot, name = method.rpartition(".")
            assert told(old.error(method)) == (
                *(-32001, 201, "ENOMETHOD"),
                f"[ENOMETHOD] Method {name!r} not found in {service!r}",
                *(None, "MethodNotFoundError"),
            )
        old.login()
        for method, model in (("cloudsync.query", "CloudSyncQueryResult"), ("core.get_jobs", "CoreGetJobsResult")):
            text = f"API version '{path}' does not contain model '{model}'"
            assert told(old.error(method)) == (
                *(-32001, 22, "EINVAL", text, None),
                "APIVersionDoesNotContainModelException",
            )
        assert old.call("core.subscribe", "core.get_jobs")
        assert old.call("cloud_backup.query") == []


def test_a_selected_part_of_an_object_drops_the_row_from_27_on(nas: Simulator, wire: Wire) -> None:
    for kind in ("S3", "B2"):
        wire.call("cloudsync.credentials.create", {"name": f"part {kind}", "provider": sent(kind)})
    mine = [["name", "^", "part "]]
    for select in (["id", "provider.type"], ["id", ["provider.type", "type"]], ["id", ["name", "label"]]):
        for more in ({}, {"order_by": ["id"]}):
            assert wire.call(QUERY, mine, {"select": select, **more}) == []
    whole = wire.call(QUERY, mine, {"select": ["name", "provider"]})
    assert [row["provider"]["type"] for row in whole] == ["S3", "B2"]
    assert wire.call(QUERY, mine, {"select": ["provider.type"], "count": True}) == 2
    with Wire(nas) as before:
        before.login().call("cloudsync.credentials.create", {"name": "part", "provider": sent("B2")})
        options = {"select": ["provider.type"]}
        assert before.call(QUERY, [["name", "=", "part"]], options) == [{"provider": {"type": "B2"}}]


def test_keypairs_are_made_into_entries_too(wire: Wire) -> None:
    pair = wire.call("keychaincredential.generate_ssh_key_pair")
    wire.call("keychaincredential.create", {"name": "part", "type": "SSH_KEY_PAIR", "attributes": pair})
    found = wire.call("keychaincredential.query", [], {"select": [["name", "label"]]})
    assert found == []
    assert wire.call("keychaincredential.query", [], {"select": ["name"]}) == [{"name": "part"}]


@pytest.mark.parametrize("version", ["v25.04.0", "v25.10.0", "v26.0.0", "current"])
def test_the_name_of_an_azure_account_is_asserted(newest: Simulator, version: str) -> None:
    with Wire(newest, f"/api/{version}") as any_path:
        created = {"name": "x", "provider": {**sent("AZUREBLOB"), "account": "a_b"}}
        ((_attribute, message, _number),) = any_path.login().extra("cloudsync.credentials.create", created)
        assert message == "Assertion failed, Account Name field can only contain alphanumeric characters, - and ."


def test_the_version_of_a_nightly_build(wire: Wire) -> None:
    assert wire.call("system.version_short").startswith("27.0.0-MASTER-20260822-")
    assert wire.call("system.version").startswith("TrueNAS-27.0.0-MASTER-20260822-")


def test_private_methods_can_be_called_by_who_may_call_everything(newest: Simulator, wire: Wire) -> None:
    row = {"id": 1, "name": "x", "provider": "B2", "attributes": {"account": "a", "key": "k"}}
    entry = {"id": 1, "name": "x", "provider": {"type": "B2", "account": "a", "key": "k"}}
    extend = "cloudsync.credentials.extend"
    assert wire.call(extend, row) == entry
    missing = "CredentialsService.extend() missing 1 required positional argument: 'data'"
    assert told(wire.error(extend)) == (-32001, 22, "EINVAL", missing, None, "TypeError")
    assert told(wire.error(extend, {}))[3:] == ("'provider'", None, "KeyError")
    assert extend not in wire.call("core.get_methods")
    with Wire(newest, "/api/v25.04.2") as old, Wire(newest) as reader:
        assert old.login().call(extend, row) == entry
        assert reader.login(read_only=True).error(extend, row)["data"]["error"] == 13


def test_errors_of_ssh_keygen_end_their_lines_as_text_does(wire: Wire) -> None:
    key = {"name": "bad", "type": "SSH_KEY_PAIR", "attributes": {"private_key": "junk"}}
    ((_attribute, message, _number),) = wire.extra("keychaincredential.create", key)
    assert message.endswith("\n")
    assert "\r" not in message


def test_services_are_listed_for_everybody(newest: Simulator) -> None:
    with Wire(newest) as reader:
        services = reader.login(read_only=True).call("core.get_services")
        assert services["cloudsync.credentials"]["type"] == "crud"
        assert services["core"]["type"] == "service"
        config = services["cloudsync.credentials"]["config"]
        assert (config["namespace"], config["role_prefix"]) == ("cloudsync.credentials", "CLOUD_SYNC")
        assert "core" not in reader.call("core.get_services", "CLI")
        assert reader.extra("core.get_services", "X")[0][0] == "target"


def test_a_login_is_answered_at_length(newest: Simulator) -> None:
    """A reader's answer lists every method; the client has to take it before it trusts the server."""
    lengths = []
    for read_only in (False, True):
        with Wire(newest) as anonymous:
            key = newest.read_only_api_key if read_only else newest.api_key
            data = {"mechanism": "API_KEY_PLAIN", "username": newest.user, "api_key": key}
            response = anonymous.call("auth.login_ex", data)
            lengths.append(len(json.dumps(response)))
            assert response["user_info"] == anonymous.call("auth.me")
    assert 2_500 < lengths[0] < 4_000
    assert 40_000 < lengths[1] < 50_000


def test_what_the_official_client_does_works_with_a_readers_key(nas: Simulator) -> None:
    """It listens to jobs as soon as it is logged in, whoever that is (client:__init__.py)."""
    with Wire(nas) as client, Wire(nas) as admin:
        client.call("core.set_options", {"private_methods": False, "py_exceptions": False})
        client.login(read_only=True)
        assert client.call("core.subscribe", "core.get_jobs")
        assert isinstance(client.call("core.get_jobs"), list)
        number = admin.login().call("core.job_wait", 0)
        event = client.receive()["params"]
        assert (event["collection"], event["msg"], event["id"]) == ("core.get_jobs", "added", number)


def test_calls_are_counted_by_method_and_address(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    limit = RateLimit(20)
    assert [limit.exceeded("auth.login_ex", "a") for _call in range(22)] == [False] * 20 + [True] * 2
    assert not limit.exceeded("auth.mechanism_choices", "a")
    assert not limit.exceeded("auth.login_ex", "b")
    # Blocked calls count, and leave the window as it was.
    now[0] = 59.9
    assert limit.exceeded("auth.login_ex", "a")
    now[0] = 60.0
    assert not limit.exceeded("auth.login_ex", "a")


def test_a_full_cache_of_counts_blocks_everybody_until_it_is_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    limit = RateLimit(20)
    assert not any(limit.exceeded("core.ping", str(address)) for address in range(99))
    assert limit.exceeded("core.ping", "99")
    assert limit.exceeded("core.ping", "0")
    # The limit holds at exactly this number.
    assert not limit.exceeded("core.ping", "100")
    now[0] = 600.0
    assert not limit.exceeded("core.ping", "0")


def test_a_login_that_fails_leaves_the_session_and_is_not_counted() -> None:
    with Simulator(version="27.0.0", login_limit=2) as nas, Wire(nas) as session:
        session.login()
        data = {"mechanism": "API_KEY_PLAIN", "username": nas.user, "api_key": nas.api_key}
        for _login in range(3):
            assert session.call("auth.login_ex", data)["response_type"] == "SUCCESS"
        assert session.call("auth.login_ex", {**data, "api_key": "1-wrong"})["response_type"] == "AUTH_ERR"
        assert session.call("auth.me")["pw_name"] == nas.user
