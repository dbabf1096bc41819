# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes that bring the settings of a bucket from the stored to the desired ones. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..errors import counted
from . import lifecycle
from .settings import FIELDS, LOCK, OFF, PUBLIC, RULES, SUSPENDED, VERSIONING, Desired, Stored

NEW_BUCKET = Stored(OFF, None, (), False)
"""The settings of a bucket without settings."""


def after(desired: Desired, stored: Stored) -> Stored:
    """Return the settings that the bucket must have afterwards. Those that the task does not manage stay as they are."""
    rules = stored.rules
    if desired.rules is not None:
        rules = tuple(lifecycle.merged(stored.rules or (), desired.rules, desired.absent, desired.purge))
    versioning = desired.versioning or stored.versioning
    if versioning == SUSPENDED and stored.versioning == OFF:
        # A bucket that never had versions makes none.
        versioning = OFF
    return Stored(
        versioning=versioning,
        lock=desired.lock or stored.lock,
        rules=rules,
        public_blocked=stored.public_blocked if desired.public_blocked is None else desired.public_blocked,
    )


def differing(wanted: Stored, stored: Stored) -> list[str]:
    """Return the settings that differ in meaning, in the order in which they are written."""
    differ = {
        VERSIONING: wanted.versioning != stored.versioning,
        LOCK: wanted.lock != stored.lock,
        RULES: not lifecycle.same(wanted.rules or (), stored.rules or ()),
        PUBLIC: bool(wanted.public_blocked) != bool(stored.public_blocked),
    }
    return [name for name, differs in differ.items() if differs]


def shown(stored: Stored) -> dict[str, Any]:
    """Return the settings for a result or a diff, without those that were not read."""
    found: dict[str, Any] = {}
    if stored.versioning is not None:
        found[VERSIONING] = stored.versioning
    if stored.lock is not None:
        found[LOCK] = stored.lock.public()
    if stored.rules is not None:
        found[RULES] = [
            lifecycle.public(rule) for rule in sorted(stored.rules, key=lambda rule: str(rule.get("ID", "")))
        ]
    if stored.public_blocked is not None:
        found[PUBLIC] = stored.public_blocked
    return found


def not_kept(name: str, wanted: Stored, found: Stored) -> Iterator[str]:
    """Yield a sentence for each part of a setting that the server did not keep."""
    if name == RULES:
        for rule, instead in lifecycle.changed(wanted.rules or (), found.rules or ()):
            written = f"The rule {rule.get('ID', '')!r} {lifecycle.described(rule)}"
            if instead is None:
                yield f"{written}, but the server dropped it"
            else:
                yield f"{written}. As the server stores it, the rule {lifecycle.described(instead)}"
        extra = len(found.rules or ()) - len(wanted.rules or ())
        if extra > 0:
            yield f"The server stores {counted(extra, 'more rule')} than were written"
    else:
        was, now = (shown(replace(Stored(), **{FIELDS[name]: getattr(one, FIELDS[name])})) for one in (wanted, found))
        yield f"{was.get(name)} was written, but the server stores {now.get(name)}"
