# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task is to those who run it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Problem
from ..nas.client import Nas

Act = Callable[[Nas], dict[str, Any]]
FileReader = Callable[[str], str]


def no_files(params: Mapping[str, Any], read_file: FileReader) -> dict[str, Any]:
    """Return the options as they are: none of them names a file."""
    return dict(params)


def no_conflicts(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield nothing: no two options are about one thing."""
    yield from ()


@dataclass(frozen=True)
class TaskKind:
    """A module's argument spec, and how its options become something to do.

    `read` takes options and check mode, raises InvalidInput for what is wrong before anything is sent, and returns what is to
    be done with a NAS. `with_files` replaces the files that options name by their text, on the controller. `conflicts` yields
    which options contradict each other, also among options whose types are wrong, for which `read` cannot be asked.
    """

    arguments: Mapping[str, Any]
    read: Callable[[Mapping[str, Any], bool], Act]
    with_files: Callable[[Mapping[str, Any], FileReader], dict[str, Any]] = no_files
    conflicts: Callable[[Mapping[str, Any]], Iterator[Problem]] = no_conflicts
