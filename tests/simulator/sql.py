# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries with `force_sql_filters`, which the database carries out (truenas-api/wire.md §3 Query; upstream
plugins/datastore/filter.py and read.py, service/crud_service.py and crud_service_part.py).

It has columns only and fewer operators, and compares as SQLite does: a number with the text of a column as text, `^`, `$`, and
`rin` by LIKE, which knows wildcards and no case, and `~` anywhere in the text, without its case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .errors import MatchNotFound
from .query import filter_list
from .store import Store

Row = dict[str, Any]

_COMPARISONS = {"=": "=", "!=": "!=", ">": ">", ">=": ">=", "<": "<", "<=": "<="}
_LIKE = {"^": ("", "%"), "$": ("%", ""), "rin": ("%", "%")}
_SECRET = "attributes"
"""The column that is encrypted, so nothing equals what it holds."""


def query(
    store: Store,
    table: str,
    columns: Iterable[str],
    filters: list[Any],
    options: Row,
    entry: Callable[[Row], Row],
    *,
    compiled: bool,
) -> Any:
    """Return the answer of a query: entries, one with `get`, a number with `count`.

    From 27.0 on (`compiled`) the database does no more than filter. Before, it also orders, by the first key first, and counts,
    and `select` takes nothing but whole values. Raises KeyError for a name that is no column, IndexError for a path, ValueError
    for an operator, MatchNotFound.
    """
    known = frozenset(columns) | {_SECRET}
    condition, values = where(filters, known)
    if compiled:
        return filter_list(map(entry, store.found(table, condition, values)), [], options, compiled=True)
    if options["count"]:
        return len(store.found(table, condition, values))
    order = [_ordering(key, known) for key in options["order_by"]]
    limit, offset = options["limit"] or -1, options["offset"]
    rows = [entry(row) for row in store.found(table, condition, values, order=order, limit=limit, offset=offset)]
    if select := options["select"]:
        rows = [{key: value for key, value in row.items() if key in select} for row in rows]
    if not options["get"]:
        return rows
    if not rows:
        raise MatchNotFound
    return rows[0]


def where(filters: list[Any], columns: frozenset[str]) -> tuple[str, list[Any]]:
    """Return a condition of SQL and its values."""
    parts = [_condition(one, columns) for one in filters]
    return " and ".join(f"({text})" for text, _values in parts) or "1", [
        value for _text, found in parts for value in found
    ]


def _condition(condition: list[Any], columns: frozenset[str]) -> tuple[str, list[Any]]:
    if len(condition) == 2:
        name, branches = condition
        if name != "OR":
            raise ValueError(f"Invalid operation: {name}")
        parts = [_condition(branch, columns) for branch in branches]
        return " or ".join(f"({text})" for text, _values in parts), [value for _text, found in parts for value in found]
    name, symbol, operand = condition
    return _comparison(_column(name, columns), symbol, operand)


def _comparison(column: str, symbol: str, operand: Any) -> tuple[str, list[Any]]:
    if symbol in ("=", "!=") and operand is None:
        return f"{column} is {'' if symbol == '=' else 'not '}null", []
    if found := _COMPARISONS.get(symbol):
        return f"{column} {found} ?", [operand]
    if symbol == "~":
        return f"{column} regexp ?", [operand]
    if affixes := _LIKE.get(symbol):
        before, after = affixes
        return f"{column} like ? || ? || ?", [before, operand, after]
    if symbol not in ("in", "nin"):
        raise ValueError(f"Invalid operation: {symbol}")
    has_null = None in operand
    members = [value for value in operand if value is not None]
    listed = f"{column} in ({', '.join('?' * len(members))})"
    if symbol == "in":
        return listed + (f" or {column} is null" if has_null else ""), members
    return f"not {listed}" + (f" and {column} is not null" if has_null else ""), members


def _column(name: str, columns: frozenset[str]) -> str:
    if "__" in name or "." in name:
        # The server takes it for a foreign key and finds none.
        raise IndexError("list index out of range")
    if name not in columns:
        raise KeyError(name)
    return "'encrypted'" if name == _SECRET else name


def _ordering(key: str, columns: frozenset[str]) -> str:
    nulls = next((word for word in ("nulls_first", "nulls_last") if key.startswith(f"{word}:")), "")
    name = key.removeprefix(f"{nulls}:") if nulls else key
    if name.removeprefix("-") not in columns:
        raise KeyError(name.removeprefix("-"))
    direction = " desc" if name.startswith("-") else ""
    return f"{_column(name.removeprefix('-'), columns)}{direction}{nulls and ' ' + nulls.replace('_', ' ')}"
