# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of a task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Problem
from ..nas.client import Nas

Act = Callable[[Nas], dict[str, Any]]
FileReader = Callable[[str], str]


def no_files(params: Mapping[str, Any], read_file: FileReader) -> dict[str, Any]:
    """Return the options unchanged, for tasks whose options do not name files."""
    return dict(params)


def no_conflicts(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield nothing, for tasks whose options cannot conflict."""
    yield from ()


def always(params: Mapping[str, Any]) -> bool:
    """Return True, for tasks that never run without a NAS."""
    return True


@dataclass(frozen=True)
class TaskKind:
    """A module's argument spec, and the functions that process its options.

    `read` gets the options and the check mode. It raises InvalidInput before anything is sent, and returns a function that
    applies the task to a NAS. `with_files` replaces file paths in options with the text of the files, on the controller.
    `conflicts` yields a problem for each contradiction between options, even if other options have the wrong type, which `read`
    does not support. If `needs_nas` is false for the options, the function of `read` is applied to `UNCONNECTED`, and the options
    of the connection are not read.
    """

    arguments: Mapping[str, Any]
    read: Callable[[Mapping[str, Any], bool], Act]
    with_files: Callable[[Mapping[str, Any], FileReader], dict[str, Any]] = no_files
    conflicts: Callable[[Mapping[str, Any]], Iterator[Problem]] = no_conflicts
    needs_nas: Callable[[Mapping[str, Any]], bool] = always
