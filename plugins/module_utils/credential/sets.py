# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of credentials: the options of its items and of the task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..arguments import UPDATE, VERIFICATION
from ..engine import batch
from ..engine.batch import DesiredSet
from ..engine.pending import of
from ..errors import Problem
from ..file_options import FileReader
from . import spec
from .spec import DesiredCredential

OPTION = "credentials"

INHERITED = (*UPDATE, *VERIFICATION)
"""Options that the task sets for all items and that items can override."""

SHARED = (*spec.PENDING,)
"""Options of a single credential that a set has once, for all items."""

ARGUMENTS: dict[str, Any] = batch.arguments(OPTION, spec.ARGUMENTS, INHERITED, SHARED)


def read(params: Mapping[str, Any]) -> DesiredSet[DesiredCredential]:
    """Return the desired set for a task's options. Raises InvalidInput with all problems of all items."""
    return batch.read(OPTION, params, spec.read, INHERITED, of(params, *SHARED))


def complete(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with the default of each that is left out, as Ansible completes those of a task."""
    items = [batch.complete(item, ARGUMENTS[OPTION]["options"]) for item in params[OPTION]]
    return {**batch.complete(params, ARGUMENTS), OPTION: items}


def with_files(params: Mapping[str, Any], read_file: FileReader) -> dict[str, Any]:
    """Return the options with the text of each file in place of its path; see `spec.with_files`."""
    return batch.with_files(OPTION, params, lambda item: spec.with_files(item, read_file))


def duplicates(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each name that two items share, even if other options are invalid."""
    return batch.duplicates(OPTION, params)
