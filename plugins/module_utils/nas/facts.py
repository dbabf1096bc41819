# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about a NAS that require calls. They are read only if a plan depends on them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from ..transport.session import Call


@dataclass(frozen=True)
class Fact:
    """One fact: a function from the relevant IDs to the calls, and a reader for their answers.

    An answer can be an exception, which the reader handles or raises. If `cached`, the fact is kept until the next write to
    `service` or until the caches of the NAS are cleared.
    """

    name: str
    calls: Callable[[Collection[int]], list[Call]]
    read: Callable[..., Any]
    service: str = ""
    cached: bool = True
