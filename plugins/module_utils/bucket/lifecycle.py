# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifecycle rules of a bucket in the form of S3: their meaning, whatever form a server returns them in, and in words. Pure.

Servers sort rules, make up IDs, return a filter in its old form, take a combined filter apart, and add null values (seen with
moto 5.2.5, Ceph RGW 16.2.15, and SeaweedFS 4.48).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import counted

Rule = Mapping[str, Any]
Meaning = Mapping[str, Any]

_ACTIONS = (
    "Expiration",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
    "Transitions",
    "NoncurrentVersionTransitions",
)


def meaning(rule: Rule) -> Meaning:
    """Return what a rule does and to which objects, equal for all of its forms. Its ID is not a part of that."""
    found: dict[str, Any] = {"enabled": rule.get("Status") != "Disabled", **_scope(rule)}
    for action in _ACTIONS:
        if value := _without_nothing(rule.get(action)):
            found[action] = value
    return found


def _scope(rule: Rule) -> dict[str, Any]:
    given = rule.get("Filter") or {}
    flat = {**given, **(given.get("And") or {})}
    tags = [flat["Tag"]] if flat.get("Tag") else flat.get("Tags") or []
    scope = {
        "prefix": flat.get("Prefix") or rule.get("Prefix") or "",
        "larger_than": flat.get("ObjectSizeGreaterThan") or 0,
        "smaller_than": flat.get("ObjectSizeLessThan") or 0,
        "tags": sorted((tag.get("Key", ""), tag.get("Value", "")) for tag in tags),
    }
    return {name: value for name, value in scope.items() if value}


def _without_nothing(value: Any) -> Any:
    """Return a value without members that are null, zero, false, or empty; a list in a fixed order."""
    if isinstance(value, Mapping):
        kept = {name: _without_nothing(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one}
    if isinstance(value, (list, tuple)):
        return sorted(filter(None, map(_without_nothing, value)), key=lambda one: json.dumps(one, sort_keys=True))
    return _with_text(value)


def public(rule: Rule) -> dict[str, Any]:
    """Return a rule for a result, with dates as text."""
    return {name: _with_text(value) for name, value in rule.items()}


def _with_text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return public(value)
    if isinstance(value, (list, tuple)):
        return [_with_text(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def same(left: Sequence[Rule], right: Sequence[Rule]) -> bool:
    """Return whether two lists of rules do the same, in any order. An ID counts only if both rules have one."""
    return len(left) == len(right) and not changed(left, right)


def changed(wanted: Sequence[Rule], found: Sequence[Rule]) -> list[tuple[Rule, Rule | None]]:
    """Return each wanted rule that was not found with its meaning, and the found rule in its place, if any."""
    left = [*found]
    missing = []
    for rule in wanted:
        match = next((one for one in left if _id_fits(rule, one) and meaning(one) == meaning(rule)), None)
        if match is None:
            missing.append(rule)
        else:
            left.remove(match)
    pairs: list[tuple[Rule, Rule | None]] = []
    for rule in missing:
        instead = next((one for one in left if rule.get("ID") and one.get("ID") == rule["ID"]), None)
        if instead is not None:
            left.remove(instead)
        pairs.append((rule, instead))
    return pairs


def _id_fits(wanted: Rule, found: Rule) -> bool:
    return not wanted.get("ID") or not found.get("ID") or wanted["ID"] == found["ID"]


def merged(stored: Sequence[Rule], own: Sequence[Rule], absent: Sequence[str], purge: bool) -> list[Rule]:
    """Return the rules to write: the stored ones in the new form, with each own rule in the place of the one with its ID."""
    named = {rule["ID"]: rule for rule in own}
    kept = [] if purge else [current(rule) for rule in stored if rule.get("ID") not in {*named, *absent}]
    # A rule that is stored in another form, but means the same, is kept as it is.
    same_as_stored = {
        rule["ID"]: current(rule)
        for rule in stored
        if rule.get("ID") in named and meaning(rule) == meaning(named[rule["ID"]])
    }
    return [*kept, *(same_as_stored.get(id_, rule) for id_, rule in named.items())]


def rehearsal(wanted: Sequence[Rule], stored: Sequence[Rule]) -> list[Rule]:
    """Return the rules with those disabled that are new and have a limit that a server can drop; nothing if none are."""
    new = [rule for rule, _instead in changed(wanted, stored) if _is_limited(rule)]
    return [{**rule, "Status": "Disabled"} if rule in new else rule for rule in wanted] if new else []


def _is_limited(rule: Rule) -> bool:
    found = meaning(rule)
    old = found.get("NoncurrentVersionExpiration", {})
    return bool({"prefix", "larger_than", "smaller_than", "tags"} & {*found} or old.get("NewerNoncurrentVersions"))


def current(rule: Rule) -> Rule:
    """Return a rule with its filter in the new form, because servers refuse a list with rules of both forms."""
    if "Prefix" not in rule:
        return rule
    rest = {name: value for name, value in rule.items() if name != "Prefix"}
    return rest if rest.get("Filter") else {**rest, "Filter": {"Prefix": rule["Prefix"]}}


def described(rule: Rule) -> str:
    """Return what a rule does in words: `deletes old versions of every object in the bucket after 30 days`."""
    found = meaning(rule)
    acts = [*_acts(found)] or ["does nothing"]
    return f"{' and '.join(acts)}{'' if found['enabled'] else ' once it is enabled'}"


def _acts(found: Meaning) -> Iterator[str]:
    scope = _in_words(found)
    if expiration := found.get("Expiration"):
        when = (
            expiration.get("Days") and f"after {counted(expiration['Days'], 'day')}"
        ) or f"at {expiration.get('Date', 'once')}"
        yield (
            "removes markers of deleted objects"
            if "ExpiredObjectDeleteMarker" in expiration
            else f"deletes {scope} {when}"
        )
    if old := found.get("NoncurrentVersionExpiration"):
        keeps = old.get("NewerNoncurrentVersions")
        kept = f" except for the newest {keeps}" if keeps else ", and keeps none of them"
        yield f"deletes old versions of {scope} after {counted(old.get('NoncurrentDays', 0), 'day')}{kept}"
    if uploads := found.get("AbortIncompleteMultipartUpload"):
        yield f"removes unfinished uploads of {scope} after {counted(uploads.get('DaysAfterInitiation', 0), 'day')}"
    if found.get("Transitions") or found.get("NoncurrentVersionTransitions"):
        yield f"moves {scope} to another storage class"


def _in_words(found: Meaning) -> str:
    limits = []
    if "prefix" in found:
        limits.append(f"whose name begins with {found['prefix']!r}")
    if "larger_than" in found:
        limits.append(f"of more than {counted(found['larger_than'], 'byte')}")
    if "smaller_than" in found:
        limits.append(f"of less than {counted(found['smaller_than'], 'byte')}")
    if "tags" in found:
        limits.append(f"with the tags {', '.join(f'{key}={value}' for key, value in found['tags'])}")
    return f"each object {' and '.join(limits)}" if limits else "every object in the bucket"
