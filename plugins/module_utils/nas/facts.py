# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about a NAS that cost calls, and are asked for only where a plan depends on them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from ..transport.session import Call


@dataclass(frozen=True)
class Fact:
    """One fact: the calls that ask for it, given the IDs that matter, and the reader of their answers.

    An answer can be an exception, which the reader raises or reads. The answer is cached until something of `service` is
    written, or the caches of the NAS are cleared; without `cached` each question asks anew.
    """

    name: str
    calls: Callable[[Collection[int]], list[Call]]
    read: Callable[..., Any]
    service: str = ""
    cached: bool = True
