# SPDX-License-Identifier: GPL-3.0-or-later
"""The differences between cloud sync and cloud backup tasks, as a value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.names import Naming
from ..errors import Problem
from .fields import Field
from .hazards import Hazard, Task
from .stored import StoredTask

ValueReader = Callable[[Any], tuple[Any, list[Problem]]]
"""A function from an option's value to the normalized value and the problems with it."""


@dataclass(frozen=True)
class TaskType:
    """One kind of cloud task.

    `fields` has all fields by option, except for description and credential. `readers` normalize options with several forms.
    `advice` has a remedy by a part of the error of the NAS. `local_roots` are the folders of the NAS that a path must be inside.
    `problems` yields contradictions in a complete task that the NAS refuses, `hazards` the settings that lose data.
    `change_problems` compares the task before and after a change, whose last argument are the fields that differ. `repository`
    returns the address of the backup repository, or an empty text if it is unknown; cloud sync tasks have none. Only a kind
    `on_core` exists on TrueNAS CORE. `same_folder` compares folders; its last argument is whether the provider has buckets.
    """

    naming: Naming[StoredTask]
    service: str
    write_role: str
    fields: Mapping[str, Field]
    problems: Callable[[Task], Iterator[Problem]]
    hazards: Callable[[Task], Iterator[Hazard]]
    same_folder: Callable[[str, str, bool], bool]
    change_problems: Callable[[Task, Task, Collection[str]], Iterator[Problem]] = lambda before, after, changed: iter(
        ()
    )
    repository: Callable[[Task], str] | None = None
    local_roots: tuple[str, ...] = ("/mnt/",)
    on_core: bool = True
    readers: Mapping[str, ValueReader] = field(default_factory=dict)
    advice: Mapping[str, str] = field(default_factory=dict)

    def address(self, task: Task) -> str:
        """Return the address of the backup repository of a task, or an empty text."""
        return self.repository(task) if self.repository else ""
