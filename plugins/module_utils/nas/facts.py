# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about a NAS that require calls. They are read only if a plan depends on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..transport.calls import Call


@dataclass(frozen=True)
class Fact:
    """One fact: the calls, and a reader for their answers.

    An answer can be an exception, which the reader handles or raises. The fact is kept until the next write to `service` or
    until the caches of the NAS are cleared.
    """

    name: str
    calls: Callable[[], list[Call]]
    read: Callable[..., Any]
    service: str = ""
