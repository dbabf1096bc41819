# SPDX-License-Identifier: GPL-3.0-or-later
"""The number of parameters, of which servers before 25.04 complain before they look at them (truenas-api/older.md §1, Errors)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..crud import check_count
from ..errors import CallError, ValidationErrors
from ..old_schema import ABSENT, Parameters
from . import facts
from .answers import Outer


def of_handler(handler: Callable[..., Any]) -> dict[str, bool]:
    """Return the parameters of a handler after the Call: whether each has to be sent."""
    [_call, *others] = inspect.signature(handler).parameters.values()
    positional = [one for one in others if one.kind is one.POSITIONAL_OR_KEYWORD]
    return {one.name: one.default is one.empty for one in positional}


def of_schema(args: Any) -> dict[str, bool]:
    """Return the parameters of a model or of an older schema: whether each has to be sent."""
    if isinstance(args, Parameters):
        return {field.name: field.required or field.default is ABSENT for field in args.fields}
    return {name: field.is_required() for name, field in args.model_fields.items()}


def check(version: str, method: str, known: Mapping[str, bool], params: list[Any]) -> None:
    """Raise what a wrong number of parameters raises: IndexError or CallError for too many, TypeError for too few of create,
    update, and delete, and otherwise a fault for each that is missing, on CORE for the first."""
    if len(params) > len(known):
        if facts.is_core(version):
            raise IndexError("list index out of range")
        raise CallError(f"Too many arguments (expected {len(known)}, found {len(params)})")
    check_count(method, params)
    missing = [name for name, required in [*known.items()][len(params) :] if required]
    if missing and facts.is_core(version):
        raise Outer(missing[0], "attribute required")
    errors = ValidationErrors()
    for name in missing:
        errors.add(name, "attribute required")
    errors.check()
