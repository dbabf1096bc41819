# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters and options of query methods (truenas-api/wire.md §3 Query)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator import Simulator
from tests.simulator.errors import MatchNotFound
from tests.simulator.query import check_filters, filter_list

from .samples import sent
from .wire import Wire, triple

ROWS: list[dict[str, Any]] = [
    {"id": 1, "name": "b2", "note": None, "a.b": 1, "tags": ["x", "y"], "provider": {"type": "B2", "key": "Zed"}},
    {"id": 2, "name": "B2", "note": "n", "tags": [], "provider": {"type": "S3", "key": "abc"}},
    {"id": 3, "name": "backup", "note": "m", "tags": [{"k": 1}, {"k": 2}], "provider": {"type": "S3", "region": ""}},
]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ([], [1, 2, 3]),
        ([["name", "=", "b2"]], [1]),
        ([["name", "C=", "b2"]], [1, 2]),
        ([["name", "!=", "b2"]], [2, 3]),
        ([["id", ">", 1], ["id", "<=", 2]], [2]),
        ([["id", ">=", 2], ["id", "<", 3]], [2]),
        ([["id", "in", [1, 3]]], [1, 3]),
        ([["id", "nin", [1, 3]]], [2]),
        ([["name", "^", "b"]], [1, 3]),
        ([["name", "!^", "b"]], [2]),
        ([["name", "$", "2"]], [1, 2]),
        ([["name", "C$", "B2"]], [1, 2]),
        ([["name", "!$", "2"]], [3]),
        ([["name", "~", "b.*p$"]], [3]),
        ([["note", "~", "^$"]], [1]),
        ([["note", "^", "n"]], [2]),
        ([["note", "=", None]], [1]),
        ([["tags", "rin", "x"]], [1]),
        ([["tags", "rnin", "x"]], [2, 3]),
        ([["tags.0", "=", "x"]], [1]),
        ([["tags.*.k", "=", 2]], [3]),
        ([["provider.type", "=", "S3"]], [2, 3]),
        ([["provider.key", "=", "Zed"]], [1]),
        ([["provider.region", "=", ""]], [3]),
        # An absent key matches nothing, not even "is not".
        ([["provider.key", "!=", "Zed"]], [2]),
        ([["a\\.b", "=", 1]], [1]),
        ([["OR", [["id", "=", 1], ["name", "=", "backup"]]]], [1, 3]),
        ([["OR", [[["id", ">", 1], ["provider.type", "=", "S3"]], ["id", "=", 9]]], ["name", "=", "B2"]], [2]),
    ],
)
def test_filters(filters: list[Any], ids: list[int]) -> None:
    assert check_filters(filters) is filters
    assert [row["id"] for row in filter_list(ROWS, filters, {})] == ids


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"count": True}, 3),
        ({"count": True, "limit": 1}, 3),
        ({"select": ["id"], "order_by": ["-id"]}, [{"id": 3}, {"id": 2}, {"id": 1}]),
        ({"select": ["id"], "offset": 1}, [{"id": 2}, {"id": 3}]),
        ({"select": ["id"], "offset": 1, "limit": 1}, [{"id": 2}]),
        ({"select": ["id"], "limit": 0}, [{"id": 1}, {"id": 2}, {"id": 3}]),
        (
            {"select": ["id", "note"], "order_by": ["nulls_first:note"]},
            [{"id": 1, "note": None}, {"id": 3, "note": "m"}, {"id": 2, "note": "n"}],
        ),
        (
            {"select": ["id", "note"], "order_by": ["nulls_last:-note"]},
            [{"id": 2, "note": "n"}, {"id": 3, "note": "m"}, {"id": 1, "note": None}],
        ),
        ({"select": ["id"], "order_by": ["nulls_first:-provider.type", "-id"]}, [{"id": 3}, {"id": 2}, {"id": 1}]),
        ({"select": ["name"], "order_by": ["name"], "get": True}, {"name": "B2"}),
        ({"get": True, "count": True}, 3),
        (
            {"select": ["provider.key", ["provider.type", "kind"]], "limit": 1},
            [{"provider": {"key": "Zed"}, "kind": "B2"}],
        ),
        ({"select": ["nothing"], "limit": 1}, [{}]),
    ],
)
def test_options(options: dict[str, Any], expected: Any) -> None:
    assert filter_list(ROWS, [], options) == expected


def test_rows_are_selected_before_they_are_ordered() -> None:
    """So a key that was not selected is a null in all of them (upstream utils/filter_list.py)."""
    with pytest.raises(ValueError, match="Cannot sort by '-id' because the field contains null values"):
        filter_list(ROWS, [], {"select": ["name"], "order_by": ["-id"]})
    assert filter_list(ROWS, [["id", "=", 1]], {"select": ["name"], "order_by": ["-id"]}) == [{"name": "b2"}]


def test_filtered_get_outdoes_count() -> None:
    """Upstream utils/filter_list.py."""
    assert filter_list(ROWS, [["id", "=", 1]], {"get": True, "count": True}) == ROWS[0]


def test_get_without_a_match() -> None:
    with pytest.raises(MatchNotFound):
        filter_list(ROWS, [["id", "=", 9]], {"get": True})


def test_nulls_have_to_be_placed() -> None:
    with pytest.raises(ValueError, match='"nulls_first:note" or "nulls_last:note"'):
        filter_list(ROWS, [], {"order_by": ["note"]})


@pytest.fixture(scope="module")
def wire(nas: Simulator) -> Iterator[Wire]:
    with Wire(nas) as connection:
        yield connection.login(read_only=True)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ([["name", "like", "x"]], "Invalid operation: like"),
        ([["name", "C~", "x"]], "Invalid case-insensitive operation: C~"),
        ([["name", "="]], "Invalid operation: name"),
        ([["name"]], "Invalid filter ['name']"),
        ([["OR", []]], "OR filter requires at least one branch."),
        ([["OR", [["OR", [["OR", [["OR", [["id", "=", 1]]]]]]]]]], "query-filters max recursion depth exceeded"),
    ],
)
def test_nonsense_filters(wire: Wire, filters: list[Any], message: str) -> None:
    assert wire.extra("cloudsync.credentials.query", filters) == [triple("filters", f"Value error, {message}")]


@pytest.fixture(scope="module")
def newest_wire(newest: Simulator) -> Iterator[Wire]:
    with Wire(newest) as connection:
        yield connection.login()


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ([["name", "Clike", "x"]], "unknown operator 'like'"),
        ([["name", "="]], 'len-2 filter must start with "OR"'),
        (["x"], "invalid filter length 1"),
        ([["OR", [["name"]]]], "invalid filter length 1"),
        ([["name", "C=", 1]], "cannot casefold value of type int"),
    ],
)
def test_nonsense_filters_from_27_on(newest_wire: Wire, filters: list[Any], message: str) -> None:
    """Upstream truenas_pyos src/cext/filter_utils/filter_list.c."""
    assert newest_wire.extra("cloudsync.credentials.query", filters) == [
        triple("filters", f"Value error, filter_list: {message}")
    ]


def test_more_filters_make_sense_from_27_on(newest_wire: Wire) -> None:
    """Upstream truenas_pyos src/cext/filter_utils/filter_list.c."""
    newest_wire.call("cloudsync.credentials.create", {"name": "Sense", "provider": sent("B2")})
    count = {"count": True}
    assert newest_wire.call("cloudsync.credentials.query", [["name", "C~", "sense"]], count) == 1
    assert newest_wire.call("cloudsync.credentials.query", [["OR", []]], count) == 0
    nested: list[Any] = ["name", "=", "Sense"]
    for _turn in range(4):
        nested = ["OR", [nested]]
    assert newest_wire.call("cloudsync.credentials.query", [nested], count) == 1
    for _turn in range(61):
        nested = ["OR", [nested]]
    error = newest_wire.error("cloudsync.credentials.query", [nested])
    assert (error["code"], error["data"]["reason"]) == (-32001, "filter_list: maximum filter nesting depth exceeded")


def test_the_first_key_to_order_by_counts_most_from_27_on() -> None:
    """Upstream truenas_pyos src/cext/filter_utils/filter_options.c; before it was the last."""
    options = {"select": ["id", "provider.type"], "order_by": ["-provider.type", "id"]}
    assert [row["id"] for row in filter_list(ROWS, [], options, compiled=True)] == [2, 3, 1]
    assert [row["id"] for row in filter_list(ROWS, [], options)] == [1, 2, 3]


def test_nothing_but_nulls_can_be_ordered_from_27_on() -> None:
    """Upstream truenas_pyos src/cext/filter_utils/filter_options.c."""
    options = {"select": ["name"], "order_by": ["-id"]}
    assert [row["name"] for row in filter_list(ROWS, [], options, compiled=True)] == ["b2", "B2", "backup"]
    with pytest.raises(TypeError, match="NoneType"):
        filter_list(ROWS, [], {"order_by": ["note"]}, compiled=True)


@pytest.mark.parametrize("filters", [[], [["id", ">", 1]]])
def test_get_finds_one_row_to_count_from_27_on(filters: list[Any]) -> None:
    """Upstream truenas_pyos src/cext/filter_utils/truenas_pyfilter.c."""
    assert filter_list(ROWS, filters, {"get": True, "count": True}, compiled=True) == 1
    assert filter_list(ROWS, filters, {"get": True}, compiled=True) in ROWS


@pytest.mark.parametrize(
    ("options", "attribute", "message"),
    [
        ({"limit": 10001}, "options.limit", "Input should be less than or equal to 10000"),
        ({"limit": -1}, "options.limit", "Input should be greater than or equal to 0"),
        ({"limit": "1"}, "options.limit", "Input should be a valid integer"),
        (
            {"get": True, "offset": 1},
            "options",
            "Value error, Invalid options combination. `get` implies a single result.",
        ),
        ({"more": 1}, "options.more", "Extra inputs are not permitted"),
    ],
)
def test_nonsense_options(wire: Wire, options: dict[str, Any], attribute: str, message: str) -> None:
    assert wire.extra("cloudsync.credentials.query", [], options) == [triple(attribute, message)]


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        ([["name", "=", "sql"]], 1),
        ([["name", "=", "SQL"]], 0),
        ([["provider", "=", "B2"], ["name", "^", "sq"]], 1),
        ([["OR", [["name", "=", "sql"], ["name", "=", "none"]]]], 1),
    ],
)
def test_filters_of_the_database(admin: Wire, filters: list[Any], number: int) -> None:
    if not admin.call("cloudsync.credentials.query", [["name", "=", "sql"]]):
        admin.call("cloudsync.credentials.create", {"name": "sql", "provider": sent("B2")})
    options = {"force_sql_filters": True}
    found = admin.call("cloudsync.credentials.query", filters, options)
    assert [row["provider"]["type"] for row in found] == ["B2"] * number
    assert admin.call("cloudsync.credentials.query", filters, {**options, "count": True}) == number


@pytest.mark.parametrize(
    ("method", "condition", "reason"),
    [
        ("cloudsync.credentials.query", ["provider.type", "=", "B2"], "list index out of range"),
        ("cloudsync.credentials.query", ["type", "=", "B2"], "'type'"),
        ("keychaincredential.query", ["provider", "=", "B2"], "'provider'"),
        ("keychaincredential.query", ["name", "C=", "x"], "Invalid operation: C="),
    ],
)
def test_what_the_database_cannot_filter_by(wire: Wire, method: str, condition: list[Any], reason: str) -> None:
    error = wire.error(method, [condition], {"force_sql_filters": True})
    assert (error["code"], error["data"]["reason"]) == (-32001, reason)


def test_get_without_a_match_on_the_wire(wire: Wire) -> None:
    error = wire.error("cloudsync.credentials.query", [["id", "=", 9999]], {"get": True})
    assert (error["code"], error["data"]["error"], error["data"]["reason"]) == (-32001, 22, "MatchNotFound()")
