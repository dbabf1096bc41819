# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries that the database carries out (truenas-api/wire.md §3 Query; upstream plugins/datastore/, service/crud_service.py and
crud_service_part.py)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import sql
from tests.simulator.errors import MatchNotFound
from tests.simulator.query import QueryOptions
from tests.simulator.store import KEYCHAIN, Store
from tests.unit.in_process import InProcessNas

ROWS = [("Key 1", "B"), ("key_2", "A"), ("5", "B")]


def found(filters: list[Any], *, compiled: bool = False, **options: Any) -> Any:
    """Return what the database finds."""
    store = Store()
    for name, kind in ROWS:
        store.insert(KEYCHAIN, {"name": name, "type": kind, "attributes": {"x": 1}})
    whole = QueryOptions(force_sql_filters=True, **options).model_dump()
    return sql.query(store, KEYCHAIN, ("id", "name", "type"), filters, whole, dict, compiled=compiled)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ([["name", "=", 5]], [3]),
        ([["id", "=", "1"]], [1]),
        ([["name", "=", "KEY 1"]], []),
        ([["name", "^", "KEY"]], [1, 2]),
        ([["name", "^", "key_"]], [1, 2]),
        ([["name", "$", "2"]], [2]),
        ([["name", "rin", "E"]], [1, 2]),
        ([["name", "~", "Y.[0-9]"]], [1, 2]),
        ([["id", "in", [1, None, 3]]], [1, 3]),
        ([["id", "nin", [1, None]]], [2, 3]),
        ([["name", "=", None]], []),
        ([["name", "!=", None], ["id", ">", 1]], [2, 3]),
        ([["OR", [["id", "=", 1], ["OR", [["type", "=", "A"]]]]]], [1, 2]),
        ([["attributes", "=", "x"]], []),
        ([["attributes", "!=", "x"]], [1, 2, 3]),
    ],
)
def test_values_compare_as_in_sqlite(filters: list[Any], ids: list[int], compiled: bool) -> None:
    assert [row["id"] for row in found(filters, compiled=compiled)] == ids


def test_before_27_the_database_orders_and_selects() -> None:
    assert [row["id"] for row in found([], order_by=["type", "-id"])] == [2, 3, 1], "the first key counts most"
    assert [row["id"] for row in found([], order_by=["nulls_last:-name"])] == [2, 1, 3]
    assert found([], order_by=["name"], select=["id"], offset=1, limit=1) == [{"id": 1}]
    assert found([], select=["attributes.x", ["id", "number"]]) == [{}, {}, {}]
    assert found([], count=True, limit=1, offset=1) == 3
    assert [row["id"] for row in found([], offset=-1)] == [1, 2, 3]
    assert found([], get=True, order_by=["-id"])["id"] == 3
    for key in ("none", "-none", "nulls_first:none"):
        with pytest.raises(KeyError, match="'none'"):
            found([], order_by=[key])
    with pytest.raises(MatchNotFound):
        found([["id", "=", 9]], get=True)


def test_from_27_on_it_only_filters() -> None:
    assert found([["id", "<", 3]], compiled=True, select=["attributes.x"]) == [{"attributes": {"x": 1}}] * 2
    assert found([], compiled=True, order_by=["-id"], limit=1)[0]["id"] == 3


@pytest.mark.parametrize(
    ("condition", "error"),
    [
        (["name.x", "=", 1], IndexError),
        (["name__x", "=", 1], IndexError),
        (["none", "=", 1], KeyError),
        (["name", "C=", "x"], ValueError),
        (["AND", []], ValueError),
        (["id", "in", 5], TypeError),
    ],
)
def test_what_it_cannot_do(condition: list[Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        found([condition])


@pytest.mark.parametrize("service", ["cloudsync.credentials", "keychaincredential", "cloudsync"])
@pytest.mark.parametrize(("version", "applies"), [("v25.10.0", True), ("v26.0.0", True), ("v27.0.0", False)])
def test_options_of_get_instance_apply_up_to_26(service: str, version: str, applies: bool) -> None:
    with InProcessNas(version) as nas:
        provider = {"type": "B2", "account": "a", "key": "k"}
        nas.call("cloudsync.credentials.create", {"name": "x", "provider": provider})
        pair = nas.call("keychaincredential.generate_ssh_key_pair")
        nas.call("keychaincredential.create", {"name": "x", "type": "SSH_KEY_PAIR", "attributes": pair})
        task = {"path": "/mnt/tank/data", "credentials": 1, "direction": "PUSH", "transfer_mode": "COPY"}
        nas.call("cloudsync.create", {**task, "attributes": {"bucket": "b", "folder": ""}})
        row = nas.call(f"{service}.get_instance", 1, {"select": ["id"]})
        assert (row == {"id": 1}) is applies
        if applies:
            with pytest.raises(Exception, match="not subscriptable"):
                nas.call(f"{service}.get_instance", 1, {"count": True})
        else:
            assert nas.call(f"{service}.get_instance", 1, {"count": True})["id"] == 1
