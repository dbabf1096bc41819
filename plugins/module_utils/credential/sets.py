# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of credentials: the options of its items and of the task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..engine import batch
from ..engine.batch import DesiredSet
from ..errors import Problem
from . import spec
from .spec import Desired

OPTION = "credentials"

INHERITED = (
    "undeclared",
    "update_token",
    "update_secret",
    "allow_type_change",
    "verify",
    "verify_again",
    "verify_by",
    "verify_write",
    "verify_timeout",
    "verify_may_refresh",
    "on_inconclusive",
)
"""Options that the task sets for all items and that items can override."""

SHARED = ("pending_keypairs",)
"""Options of a single credential that a set has once, for all items."""


def read(params: Mapping[str, Any]) -> DesiredSet[Desired]:
    """Return the desired set for a task's options. Raises InvalidInput with all problems of all items."""
    return batch.read(OPTION, params, spec.read, INHERITED, params.get("pending_keypairs") or ())


def with_files(params: Mapping[str, Any], read_file: Callable[[str], str]) -> dict[str, Any]:
    """Return the options with the text of each file in place of its path; see `spec.with_files`."""
    return batch.with_files(OPTION, params, lambda item: spec.with_files(item, read_file))


def duplicates(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each name that two items share, even if other options are invalid."""
    return batch.duplicates(OPTION, params)
