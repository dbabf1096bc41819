# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud credentials before TrueNAS 25.04, whose fields are not nested, and the conversion both ways (truenas-api/older.md §2).

Everything else in the collection knows the nested shape: {name, provider: {type, field, ...}}. The flat one is
{name, provider: type, attributes: {field, ...}}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidField, InvalidInput, NotPermitted, Problem, ServerFault
from ..fields.kinds import MASK
from ..providers import BY_WIRE_TYPE
from ..providers.json_values import same_json
from ..versions import FIRST_VERSION, Version
from ..versions import show as show_version
from .flat_fields import ABSENT, CORE_PROVIDERS, FIELDS, SCALE_PROVIDERS

MAX_LENGTH = 1024
"""Characters of a value that is not JSON."""


@dataclass(frozen=True)
class Family:
    """Systems that have the same providers: their title, the text and the number of their first version."""

    title: str
    first: str
    version: Version
    providers: frozenset[str]


CORE = Family("TrueNAS CORE 13", "TrueNAS CORE 13", (13, 0, 0), CORE_PROVIDERS)
SCALE = Family("TrueNAS 24.04 or 24.10", "TrueNAS 24.04", (24, 4, 0), SCALE_PROVIDERS)


def family_of(version: Version) -> Family | None:
    """Return the systems of a version, or None for 25.04 and later."""
    return None if version >= FIRST_VERSION else SCALE if version >= SCALE.version else CORE


def version_of(providers: Any) -> str:
    """Return the version for the answer of `cloudsync.providers`. Raises ServerFault for a system that is not known."""
    rows = [row for row in providers if isinstance(row, Mapping)] if isinstance(providers, list) else []
    names = {str(row.get("name")) for row in rows}
    for family in (CORE, SCALE):
        if names == family.providers:
            return show_version(family.version)
    raise ServerFault(
        "This NAS offers other providers than TrueNAS CORE 13.0, 13.3, 24.04, and 24.10, and the collection supports no other "
        "version before 25.04. For a newer NAS, set api to auto. Upgrade an older one."
    )


def offers(version: Version, wire_type: str) -> bool:
    """Return whether systems of a version before 25.04 have a provider."""
    family = family_of(version)
    return family is not None and wire_type in family.providers


def has(wire_type: str, field: str) -> bool:
    """Return whether systems before 25.04 have a field of a provider."""
    return field in FIELDS.get(wire_type, ())


def left_out(wire_type: str) -> Mapping[str, Any]:
    """Return the fields of a provider that systems before 25.04 do not store unless they are sent, each with its default."""
    return ABSENT.get(wire_type, {})


def which_offer(wire_type: str, since: Version) -> str:
    """Return the versions that have a provider; `since` is the first one from 25.04 on."""
    later = f"TrueNAS {show_version(since)} or later"
    if wire_type in SCALE.providers:
        return f"{SCALE.first} or later" if since == FIRST_VERSION else f"{SCALE.title}, or {later}"
    return f"{CORE.title}, or {later}" if wire_type in CORE.providers else later


def problems(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each value that does not reach the provider; `values` are those of a nested provider."""
    model = BY_WIRE_TYPE.get(str(values.get("type")))
    for name, given in values.items():
        value = _sent(values, name, given)
        reason = ""
        if isinstance(value, str) and re.search(r"[\r\n]", value):
            reason = "must not contain line breaks, which break the configuration of rclone on this NAS"
        elif isinstance(value, str) and value != value.strip():
            reason = "must not begin or end with spaces, which are lost on this NAS"
        elif isinstance(value, str) and len(value) > MAX_LENGTH and not _is_json(values, name):
            reason = f"must have up to {MAX_LENGTH} characters on this NAS"
        if reason:
            field = f"{model.key if model else 'provider'}.{name}"
            yield Problem(field, reason, "Change the value, or upgrade the NAS to TrueNAS 25.04 or later.")


def nested(row: Any) -> Any:
    """Return a flat credential in the nested shape, and anything else unchanged. Raises NotPermitted if its fields are hidden."""
    if not isinstance(row, Mapping) or not isinstance(row.get("provider"), str) or "attributes" not in row:
        return row
    wire_type, attributes = row["provider"], row["attributes"]
    if attributes == MASK:
        raise NotPermitted(
            "This account cannot read cloud credentials: before TrueNAS 25.04, the NAS hides all of their fields from accounts "
            "without the role CLOUD_SYNC_WRITE. Use an API key, or give the account the role."
        )
    fields = dict(attributes) if isinstance(attributes, Mapping) else {}
    kept = {name: value for name, value in row.items() if name != "attributes"}
    return {**kept, "provider": {"type": wire_type, **ABSENT.get(wire_type, {}), **fields}}


def flat(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a nested credential, or a part of one, in the flat shape. Raises InvalidInput for values that do not fit.

    Null is left out, and so are the defaults of fields that stay absent and of fields that are newer.
    """
    provider = payload.get("provider")
    if not isinstance(provider, Mapping):
        return dict(payload)
    wire_type = str(provider.get("type"))
    found = [*_missing(wire_type, provider), *problems(provider)]
    if found:
        raise InvalidInput(found)
    absent = ABSENT.get(wire_type, {})
    attributes = {
        name: _sent(provider, name, value)
        for name, value in provider.items()
        if name in FIELDS[wire_type] and value not in (None, absent.get(name))
    }
    return {**payload, "provider": wire_type, "attributes": attributes}


def renamed(error: InvalidField, wire_type: str) -> InvalidField:
    """Return an error about attributes with the places that they have in the nested shape."""
    return error.renamed(lambda field: re.sub(r"^(attributes\.)+", f"provider.{wire_type}.", field))


def _missing(wire_type: str, provider: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for a provider or a field that no older system has."""
    model = BY_WIRE_TYPE.get(wire_type)
    if model is None or wire_type not in FIELDS:
        yield Problem("provider", f"{wire_type} is not supported before TrueNAS 25.04", "Upgrade the NAS.")
        return
    options = model.options()
    for name, value in provider.items():
        option = options.get(name)
        if name in ("type", *FIELDS[wire_type]) or value is None or (option and option.same(option.default, value)):
            continue
        since = f"requires TrueNAS {show_version(option.since)} or later" if option else "is unknown"
        yield Problem(f"{model.key}.{name}", since, "Remove the option or upgrade the NAS.")


def _sent(provider: Mapping[str, Any], name: str, value: Any) -> Any:
    """Return a value as it is sent: JSON, such as a token, on one line without outer spaces."""
    if not _is_json(provider, name) or not isinstance(value, str) or not re.search(r"[\r\n]|^\s|\s$", value):
        return value
    try:
        return json.dumps(json.loads(value), ensure_ascii=False)
    except (ValueError, RecursionError):
        return value


def _is_json(provider: Mapping[str, Any], name: str) -> bool:
    model = BY_WIRE_TYPE.get(str(provider.get("type")))
    option = model.options().get(name) if model else None
    return option is not None and option.kind.same is same_json


def matching(rows: Any, filters: Collection[Any] = (), options: Mapping[str, Any] | None = None) -> Any:
    """Return the rows of a query that match, with the selected fields: the older systems filter by three columns only.

    Raises ValueError for a filter or an option that the collection does not use.
    """
    options = options or {}
    if unknown := options.keys() - {"select"}:
        raise ValueError(f"{', '.join(sorted(unknown))} of a query")
    if not isinstance(rows, list):
        return rows
    found = [row for row in rows if all(_matches(row, *condition) for condition in filters)]
    names = options.get("select")
    return found if names is None else [_selected(row, names) for row in found]


def _matches(row: Any, path: str, operator: str, operand: Any) -> bool:
    value = row
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if operator == "=":
        return bool(value == operand)
    if operator == "in":
        return value in operand
    if operator == ">":
        return isinstance(value, int) and value > operand
    raise ValueError(f"the operator {operator} of a filter")


def _selected(row: Any, names: Collection[str]) -> Any:
    return {name: row[name] for name in names if name in row} if isinstance(row, Mapping) else row
