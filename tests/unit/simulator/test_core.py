# SPDX-License-Identifier: GPL-3.0-or-later
"""`core`: options of a connection, events, jobs (truenas-api/wire.md §6, §7)."""

from __future__ import annotations

import base64
import pickle
from typing import Any

import pytest

from tests.simulator import Simulator
from tests.simulator.errors import CallError

from .samples import sent, stored
from .wire import Wire, triple

COLLECTION = "cloudsync.credentials.query"
REDACTED = "********"


def test_options_are_answered_with_all_of_them_and_unknown_ones_ignored(admin: Wire) -> None:
    """Section 6; upstream api/v26_0_0/core.py."""
    default = {"legacy_jobs": True, "private_methods": False, "py_exceptions": False}
    assert admin.call("core.set_options", {"newer": 1}) == default
    assert admin.call("core.set_options", {"legacy_jobs": False}) == {**default, "legacy_jobs": False}
    assert admin.call("core.set_options", {}) == {**default, "legacy_jobs": False}
    assert admin.extra("core.set_options", {"legacy_jobs": 1}) == [
        triple("options.legacy_jobs", "Input should be a valid boolean")
    ]


def test_options_were_answered_with_nothing_before_25_10(newest: Simulator) -> None:
    """Section 6; upstream api/v25_04_2/core.py."""
    with Wire(newest, "/api/v25.04.2") as wire:
        assert wire.call("core.set_options", {"legacy_jobs": False, "newer": 1}) is None


def test_exceptions_come_pickled_on_request_only(admin: Wire) -> None:
    """Section 1, error codes."""
    assert "py_exception" not in admin.error("cloudsync.list_buckets", 9999)["data"]
    admin.call("core.set_options", {"py_exceptions": True})
    error = pickle.loads(base64.b64decode(admin.error("cloudsync.list_buckets", 9999)["data"]["py_exception"]))
    assert isinstance(error, CallError)
    assert str(error) == "[EFAULT] Invalid credentials"


def event(message: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a notification."""
    assert message.keys() == {"jsonrpc", "method", "params"}
    assert message["method"] == "collection_update"
    return message["params"]  # type: ignore[no-any-return]  # a message holds any JSON


@pytest.mark.parametrize("version", ["25.10.0", "27.0.0"])
def test_changes_are_reported_with_secrets_in_clear_until_26(version: str) -> None:
    """Section 6, events."""
    with Simulator(version=version, login_limit=0) as nas, Wire(nas) as admin, Wire(nas) as reader:
        admin.login()
        assert isinstance(reader.login(read_only=True).call("core.subscribe", COLLECTION), str)
        created = admin.call("cloudsync.credentials.create", {"name": "one", "provider": sent("B2")})
        admin.call("cloudsync.credentials.update", created["id"], {"name": "two"})
        admin.call("cloudsync.credentials.delete", created["id"])
        provider = {"type": "B2", "account": REDACTED, "key": REDACTED} if version == "27.0.0" else stored("B2")
        common = {"collection": COLLECTION, "id": created["id"]}
        assert [event(reader.receive()) for _turn in range(3)] == [
            {"msg": "added", **common, "fields": {"id": created["id"], "name": "one", "provider": provider}},
            {"msg": "changed", **common, "fields": {"id": created["id"], "name": "two", "provider": provider}},
            {"msg": "removed", **common},
        ]


def test_an_event_comes_before_the_reply_to_the_call_that_caused_it(admin: Wire) -> None:
    """Upstream service/crud_service.py; failed calls cause none."""
    admin.call("core.subscribe", "*")
    sent_id = admin.send("cloudsync.credentials.create", {"name": "event", "provider": sent("B2")})
    assert event(admin.receive())["msg"] == "added"
    assert admin.receive()["id"] == sent_id
    assert admin.extra("cloudsync.credentials.create", {"name": "event", "provider": sent("B2")})


def test_no_event_is_sent_without_a_subscription(nas: Simulator, admin: Wire) -> None:
    """Section 6, events."""
    with Wire(nas) as other:
        name = other.login().call("core.subscribe", COLLECTION)
        other.call("core.subscribe", "keychaincredential.query")
        assert other.call("core.unsubscribe", name) is None
        assert other.call("core.unsubscribe", "unknown") is None
        admin.call("cloudsync.credentials.create", {"name": "untold", "provider": sent("B2")})
        assert other.call("core.ping") == "pong"


def test_subscribing_needs_the_right_to_read(nas: Simulator, reader: Wire) -> None:
    """Section 6, events."""
    data = reader.error("core.subscribe", "user.query")["data"]
    assert (data["error"], data["reason"]) == (13, "[EACCES] Not authorized")
    with Wire(nas) as anonymous:
        assert anonymous.error("core.subscribe", COLLECTION)["data"]["error"] == 207


def test_there_are_no_jobs(reader: Wire) -> None:
    """Section 7."""
    assert reader.call("core.get_jobs", [["id", "=", 0]]) == []
    assert reader.call("core.get_jobs", [["id", "=", 0]], {"count": True}) == 0
