# SPDX-License-Identifier: GPL-3.0-or-later
"""Query filters and options over rows in memory (truenas-api/wire.md §3; upstream utils/filter_list.py and
api/base/validators/; from 27.0 on truenas_pyos src/cext/filter_utils/, which compiles filters). Comparing happens on
plain rows, exact and case-sensitive unless an operator starts with C."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from . import versions
from .errors import MatchNotFound
from .models import Model

MAX_LIMIT = 10000
_MAX_DEPTH = 3
_MAX_COMPILED_DEPTH = 64
_MISSING = object()


def _unless_none(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, operand: value is not None and compare(value, operand)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "~": lambda value, pattern: re.match(pattern, value or "") is not None,
    "in": lambda value, operand: value in operand,
    "nin": _unless_none(lambda value, operand: value not in operand),
    "rin": _unless_none(lambda value, operand: operand in value),
    "rnin": _unless_none(lambda value, operand: operand not in value),
    "^": _unless_none(lambda value, operand: value.startswith(operand)),
    "!^": _unless_none(lambda value, operand: not value.startswith(operand)),
    "$": _unless_none(lambda value, operand: value.endswith(operand)),
    "!$": _unless_none(lambda value, operand: not value.endswith(operand)),
}


def check_filters(filters: list[Any], depth: int = 0) -> list[Any]:
    """Return `filters` if they are well formed. Raises ValueError with the server's text, TypeError for non-lists."""
    if depth > _MAX_DEPTH:
        raise ValueError("query-filters max recursion depth exceeded")
    for condition in filters:
        if len(condition) == 2:
            _check_disjunction(condition, depth)
        elif len(condition) == 3:
            _check_operator(condition[1])
        else:
            raise ValueError(f"Invalid filter {condition}")
    return filters


def compile_filters(filters: list[Any]) -> list[Any]:
    """Check as check_filters, for servers that compile filters: other texts, another depth, and `C~` and an empty OR pass."""
    for condition in filters:
        _compile(condition, 0)
    return filters


def check_options(options: dict[str, Any]) -> None:
    """Check options. Raises ValueError with the server's text for options that contradict each other or are out of range."""
    if options["get"] and (options["limit"] > 1 or options["offset"]):
        raise ValueError("Invalid options combination. `get` implies a single result.")
    for selector in options["select"]:
        _check_selector(selector)


class QueryOptions(Model):
    """Options of a query method (upstream api/v27_0_0/common.py)."""

    extra: dict[str, Any] = Field(default={})
    order_by: list[str] = Field(default=[])
    select: list[str | list[Any]] = Field(default=[])
    count: bool = False
    get: bool = False
    offset: int = 0
    limit: int = Field(default=0, ge=0, le=MAX_LIMIT)
    force_sql_filters: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_options(self.model_dump())
        return self


class QueryArgs(Model):
    """Return the parameters of a query method up to 26.0."""

    filters: Annotated[list[Any], AfterValidator(check_filters)] = Field(default=[])
    options: QueryOptions = Field(default=QueryOptions())


class CompiledQueryArgs(Model):
    """Return the parameters of a query method from 27.0 on."""

    filters: Annotated[list[Any], AfterValidator(compile_filters)] = Field(default=[])
    options: QueryOptions = Field(default=QueryOptions())


def compiles(version: str) -> bool:
    """Return whether a version compiles its filters."""
    return versions.at_least(version, "v27.0.0")


def query_args(version: str) -> type[Model]:
    """Return the parameters of a query method in a version."""
    return CompiledQueryArgs if compiles(version) else QueryArgs


class GetInstanceArgs(Model):
    """Parameters of `get_instance`."""

    id: int
    options: QueryOptions = Field(default=QueryOptions())


def filter_list(
    rows: Iterable[dict[str, Any]], filters: list[Any], options: dict[str, Any], *, compiled: bool = False
) -> Any:
    """Return the rows that match all filters; a row with `get`, a number with `count`. Raises MatchNotFound for `get`.

    As on the server, what was not selected cannot be ordered by. Of several keys to order by the last is the most
    significant, with `compiled` filters the first.
    """
    found = [row for row in rows if all(_matches(row, condition) for condition in filters)]
    if select := options.get("select"):
        found = [_selected(row, select) for row in found]
    keys = options.get("order_by", [])
    if options.get("get") and not keys:
        if filters and not compiled:
            return _first(found)
        found = found[:1] if compiled else found
    if options.get("count"):
        return len(found)
    for key in reversed(keys) if compiled else keys:
        found = _ordered(found, key, compiled=compiled)
    if options.get("get"):
        return _first(found)
    found = found[options.get("offset", 0) :]
    return found[: options["limit"]] if options.get("limit") else found


def _first(found: list[dict[str, Any]]) -> dict[str, Any]:
    if not found:
        raise MatchNotFound
    return found[0]


def _check_disjunction(condition: list[Any], depth: int) -> None:
    name, branches = condition
    if name != "OR":
        raise ValueError(f"Invalid operation: {name}")
    if not branches:
        raise ValueError("OR filter requires at least one branch.")
    for branch in branches:
        check_filters(branch if isinstance(branch[0], list) else [branch], depth + 1)


def _check_operator(name: str) -> None:
    folded = name.startswith("C")
    if folded and name == "C~":
        raise ValueError(f"Invalid case-insensitive operation: {name}")
    if name[1 if folded else 0 :] not in _OPERATORS:
        raise ValueError(f"Invalid operation: {name}")


def _compile(condition: list[Any], depth: int) -> None:
    if depth > _MAX_COMPILED_DEPTH:
        raise RecursionError("filter_list: maximum filter nesting depth exceeded")
    if len(condition) == 3:
        _compile_leaf(condition[1], condition[2])
        return
    if len(condition) != 2:
        raise ValueError(f"filter_list: invalid filter length {len(condition)}")
    name, branches = condition
    if name != "OR":
        raise ValueError('filter_list: len-2 filter must start with "OR"')
    for branch in branches:
        for part in branch if isinstance(branch[0], list) else [branch]:
            _compile(part, depth + 1)


def _compile_leaf(name: str, operand: Any) -> None:
    symbol = name.removeprefix("C")
    if symbol not in _OPERATORS:
        raise ValueError(f"filter_list: unknown operator '{symbol}'")
    if symbol != name and not isinstance(operand, (str, list, type(None))):
        raise ValueError(f"filter_list: cannot casefold value of type {type(operand).__name__}")
    if symbol == "~":
        re.compile(operand)


def _check_selector(selector: str | list[Any]) -> None:
    if isinstance(selector, str):
        return
    if len(selector) != 2:
        raise ValueError(
            f"{selector}: A select as list may only contain two parameters: the name of the parameter being "
            "selected, and the name to which to assign it in resulting data."
        )
    for index, part in enumerate(selector):
        if not isinstance(part, str):
            raise ValueError(f"{selector}: {('first', 'second')[index]} item must be a string.")


def _matches(row: Any, condition: list[Any]) -> bool:
    if len(condition) == 2:
        return any(
            all(_matches(row, part) for part in branch) if isinstance(branch[0], list) else _matches(row, branch)
            for branch in condition[1]
        )
    path, name, operand = condition
    return any(_compare(value, name, operand) for value in _values(row, path))


def _compare(value: Any, name: str, operand: Any) -> bool:
    if name == "C~":
        # A pattern stays as it is.
        return _OPERATORS["~"](_folded(value), operand)
    if name.startswith("C"):
        return _OPERATORS[name[1:]](_folded(value), _folded(operand))
    return _OPERATORS[name](value, operand)


def _folded(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, (list, tuple)):
        return [item.casefold() for item in value]
    raise ValueError(f"{type(value)}: support for casefolding object type not implemented.")


def _values(value: Any, path: str) -> list[Any]:
    """Return the values at a dotted path: none for an absent key, several behind a `*`."""
    for index, step in enumerate(steps := _steps(path)):
        if isinstance(value, dict):
            value = value.get(step, _MISSING)
        elif isinstance(value, (list, tuple)):
            if step == "*":
                rest = ".".join(part.replace(".", "\\.") for part in steps[index + 1 :])
                return [found for item in value for found in _values(item, rest)]
            if not step.isdigit():
                raise ValueError(f"{step}: must be array index or wildcard character")
            value = value[int(step)] if int(step) < len(value) else None
    return [] if value is _MISSING else [value]


def _steps(path: str) -> list[str]:
    """Split at dots; a dot behind a backslash belongs to the key."""
    return [step.replace("\\.", ".") for step in re.split(r"(?<!\\)\.", path)] if path else []


def _ordered(rows: list[dict[str, Any]], key: str, *, compiled: bool) -> list[dict[str, Any]]:
    placement, _rest, rest = key.rpartition(":")
    name = rest.removeprefix("-")
    reverse = rest.startswith("-")

    def value(row: dict[str, Any]) -> Any:
        return next(iter(_values(row, name)), None)

    if placement not in ("nulls_first", "nulls_last"):
        name, reverse = key.removeprefix("-"), key.startswith("-")
        if compiled:
            # Nothing but nulls can be ordered.
            pairs = sorted(((value(row), -at if reverse else at) for at, row in enumerate(rows)), reverse=reverse)
            return [rows[abs(at)] for _value, at in pairs]
        try:
            return sorted(rows, key=value, reverse=reverse)
        except TypeError as error:
            if "NoneType" not in str(error):
                raise
            raise ValueError(
                f"Cannot sort by {key!r} because the field contains null values. Please use "
                f'"nulls_first:{key}" or "nulls_last:{key}" to specify null placement.'
            ) from error
    # The server looks for a null under the whole name, so a dotted one has nothing but nulls.
    nulls = [row for row in rows if row.get(name) is None]
    others = sorted((row for row in rows if row.get(name) is not None), key=value, reverse=reverse)
    return nulls + others if placement == "nulls_first" else others + nulls


def _selected(row: dict[str, Any], select: list[Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for selector in select:
        path, new_name = selector if isinstance(selector, list) else (selector, None)
        value: Any = row
        steps = _steps(path)
        for step in steps:
            if isinstance(value, dict):
                value = value.get(step, _MISSING)
            elif isinstance(value, list):
                raise ValueError("Selecting by list index is not supported")
        if value is _MISSING:
            continue
        target = entry
        if new_name is None:
            for step in steps[:-1]:
                target = target.setdefault(step, {})
        target[new_name or steps[-1]] = value
    return entry
