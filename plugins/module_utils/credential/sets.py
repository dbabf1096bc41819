# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of credentials: the options of the list, and of the task that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..arguments import PENDING, UPDATE, VERIFICATION
from ..engine import batch
from ..engine.batch import DesiredSet
from ..errors import Problem
from . import spec
from .spec import Desired

OPTION = "credentials"

INHERITED = (*UPDATE, *VERIFICATION)
"""Options of an item that the task itself may set for all."""

SHARED = (*PENDING,)
"""Options of the module for a single credential that a set has once for all items."""

ARGUMENTS: dict[str, Any] = batch.arguments(OPTION, spec.ARGUMENTS, INHERITED, SHARED)


def read(params: Mapping[str, Any]) -> DesiredSet[Desired]:
    """Return the desired set of a task's options. Raises InvalidInput with every mistake of every item."""
    return batch.read(OPTION, params, spec.read, INHERITED, params.get("pending_keypairs") or ())


def complete(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with the default of each that is left out, as Ansible completes those of a task."""
    items = [batch.complete(item, ARGUMENTS[OPTION]["options"]) for item in params[OPTION]]
    return {**batch.complete(params, ARGUMENTS), OPTION: items}


def with_files(params: Mapping[str, Any], read_file: Callable[[str], str]) -> dict[str, Any]:
    """Return the options with each file that an item names replaced by its text; see `spec.with_files`."""
    return batch.with_files(OPTION, params, lambda item: spec.with_files(item, read_file))


def duplicates(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each name that two items want, whatever else is wrong with the options."""
    return batch.duplicates(OPTION, params)
