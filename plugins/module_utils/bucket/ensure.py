# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the settings of one bucket to the desired ones, and read back what the server has made of them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from ..errors import ProviderFailed, TrueNASError, sentences
from . import lifecycle, plan
from .remote import NOT_KEPT, NOUNS, Bucket, NoBucket
from .settings import FIELDS, RULES, Desired, Stored

PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds to wait before a setting is read back again that has not changed yet: Amazon applies settings with a delay."""

KEEP_ADVICE = "This server does not support such a setting. Declare another one, or use another server."


def ensure(desired: Desired, bucket: Bucket, check_mode: bool) -> dict[str, Any]:
    """Return the task's result. Raises ProviderFailed if the provider refuses a request, or drops a part of a setting."""
    try:
        return _ensured(desired, bucket, check_mode)
    except NoBucket:
        # Another client has deleted it since it was read.
        raise bucket.missing() from None


def _ensured(desired: Desired, bucket: Bucket, check_mode: bool) -> dict[str, Any]:
    names = desired.managed
    stored = bucket.read(names)
    is_new = stored is None
    if stored is None:
        if not desired.create:
            raise bucket.missing()
        stored = _only(plan.NEW_BUCKET, names)
    before = stored
    if is_new and not check_mode:
        bucket.create(locked=desired.lock is not None)
        stored = bucket.read(names) or stored
    wanted = plan.after(desired, stored)
    if not check_mode:
        _apply(bucket, wanted, stored, is_new)
    return _result(desired, before, wanted, is_new)


def _apply(bucket: Bucket, wanted: Stored, stored: Stored, is_new: bool) -> None:
    """Write the settings that differ. An error names those that were written before."""
    written = ["the new bucket"] if is_new else []
    for name in plan.differing(wanted, stored):
        try:
            stored = _written(bucket, name, wanted, stored)
        except TrueNASError as error:
            error.note(f"Applied before: {', '.join(written)}" if written else "")
            raise
        written.append(NOUNS[name])


def _only(settings: Stored, names: tuple[str, ...]) -> Stored:
    """Return the settings without those that the task does not read."""
    return replace(Stored(), **{FIELDS[name]: getattr(settings, FIELDS[name]) for name in names})


def _result(desired: Desired, before: Stored, wanted: Stored, is_new: bool) -> dict[str, Any]:
    changed = plan.differing(wanted, before)
    action = "created" if is_new else "updated" if changed else "none"
    return {
        "changed": action != "none",
        "action": action,
        "bucket": desired.bucket,
        "changed_fields": changed,
        "settings": plan.shown(wanted),
        "diff": {
            "before_header": f"{desired.bucket} (stored)",
            "after_header": f"{desired.bucket} (desired)",
            "before": {} if is_new else plan.shown(before),
            "after": plan.shown(wanted),
        },
    }


def _written(bucket: Bucket, name: str, wanted: Stored, previous: Stored) -> Stored:
    """Write one setting, read it back, and return the settings with it. Raises ProviderFailed if the server did not keep it.

    A new lifecycle rule with a limit is written disabled first, so that a server that drops the limit never applies the rule.
    """
    rehearsal = lifecycle.rehearsal(wanted.rules or (), previous.rules or ()) if name == RULES else []
    stored = previous
    for settings in (*([replace(wanted, rules=tuple(rehearsal))] if rehearsal else []), wanted):
        bucket.write(name, settings)
        found = _read_back(bucket, name, stored)
        if name in plan.differing(_with(previous, name, settings), _with(previous, name, found)):
            raise _not_kept(bucket, name, settings, found, previous)
        stored = _with(previous, name, settings)
    return stored


def _not_kept(bucket: Bucket, name: str, wanted: Stored, found: Stored, previous: Stored) -> ProviderFailed:
    """Restore the previous lifecycle rules, and return the error."""
    reasons = [*plan.not_kept(name, wanted, found)]
    message = sentences(f"The server did not keep {NOUNS[name]} of the bucket {bucket.name!r}", *reasons, KEEP_ADVICE)
    error = ProviderFailed(message, NOT_KEPT, KEEP_ADVICE)
    if name == RULES:
        error.note(_restore(bucket, previous, found))
    return error


def _with(settings: Stored, name: str, source: Stored) -> Stored:
    return replace(settings, **{FIELDS[name]: getattr(source, FIELDS[name])})


def _read_back(bucket: Bucket, name: str, previous: Stored) -> Stored:
    """Return the setting as the server stores it. While it is unchanged, wait, and read it again."""
    for pause in PAUSES:
        found = _read(bucket, name)
        if name in plan.differing(_with(previous, name, found), previous):
            return found
        time.sleep(pause)
    return _read(bucket, name)


def _read(bucket: Bucket, name: str) -> Stored:
    found = bucket.read([name])
    if found is None:
        raise bucket.missing()
    return found


def _restore(bucket: Bucket, previous: Stored, found: Stored) -> str:
    """Write the previous rules again unless they are still stored, and return a sentence about the outcome.

    A server that ignores the kind of a request would take the deletion of its rules for that of the bucket. Such a server has
    returned no rules, so nothing is deleted there.
    """
    if RULES not in plan.differing(_with(previous, RULES, found), previous):
        return "The previous rules are still stored"
    try:
        bucket.write(RULES, previous)
        now = bucket.read([RULES])
    except (TrueNASError, NoBucket) as error:
        return f"The previous rules could not be restored: {error}"
    if now is None or plan.differing(previous, _with(previous, RULES, now)):
        return "The previous rules were written again, but the server stores others. Check the lifecycle rules of the bucket"
    return "The previous rules were restored"
