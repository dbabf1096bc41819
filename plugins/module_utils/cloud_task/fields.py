# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a cloud task: option, name on the wire, default, and comparison (truenas-api/tasks.md §2, §4).

Tasks and stored objects are compared by the values of the options: attributes of the provider next to the other fields, and an
empty text or 0 in place of null.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import Misread
from ..names import MAX_LENGTH
from ..providers import Provider
from ..versions import FIRST_VERSION, Version
from . import schedule


@dataclass(frozen=True)
class Field:
    """One field of a task.

    `wire` is the name on the wire, if it differs from the option. `nothing` is the option's value for null, if the NAS stores
    null. An `attribute` is a part of the provider's attributes. A `fixed` field cannot be changed after the creation. Only a
    field `on_core` exists on TrueNAS CORE. `longest` is the maximum length of a text or of each text in a list, `least` the
    minimum of a number. `holds` is the type of the value where the default does not show it, and `items` that of the values in
    a list or an object. `values_since` has the values that came later than the field.
    """

    name: str
    default: Any = None
    wire: str = ""
    required: bool = False
    secret: bool = False
    attribute: bool = False
    fixed: bool = False
    on_core: bool = True
    since: Version = FIRST_VERSION
    nothing: Any = None
    longest: int | None = MAX_LENGTH
    least: int = 1
    holds: type = str
    items: type = str
    values_since: Mapping[Any, Version] = field(default_factory=dict)
    same: Callable[[Any, Any], bool] = operator.eq

    @property
    def wire_name(self) -> str:
        """The name on the wire."""
        return self.wire or self.name

    def to_wire(self, value: Any) -> Any:
        """Return the API value for an option's value."""
        return None if self.nothing is not None and value == self.nothing else value

    def to_option(self, value: Any) -> Any:
        """Return the option's value for an API value."""
        if value is not None:
            return value
        # Null in place of a text, a list, or an object is an empty one.
        is_empty = self.nothing is None and isinstance(self.default, (str, list, dict))
        return type(self.default)() if is_empty else self.nothing

    def fits(self, value: Any) -> bool:
        """Return whether a value of the NAS has the type of this field. Null always has."""
        kind = self.holds if self.default is None else type(self.default)
        if value is None:
            return True
        if issubclass(kind, (list, dict)):
            inner = value.values() if isinstance(value, dict) else value
            return isinstance(value, kind) and all(isinstance(item, self.items) for item in inner)
        return isinstance(value, str) if issubclass(kind, str) else isinstance(value, (int, float))


def same_patterns(left: Iterable[str], right: Iterable[str]) -> bool:
    """Return whether two lists of patterns filter alike where all patterns of a list have the same effect."""
    return {*left} == {*right}


LOCATION = (
    Field("bucket", required=True, attribute=True),
    Field("folder", required=True, attribute=True),
    Field("fast_list", False, attribute=True),
    Field("chunk_size", attribute=True, holds=int),
    # (truenas-api/older.md §3)
    Field(
        "storage_class",
        "",
        attribute=True,
        values_since={"INTELLIGENT_TIERING": (24, 4, 0), "GLACIER_IR": FIRST_VERSION},
    ),
    Field("region", "", attribute=True, on_core=False),
    Field("server_side_encryption", "", wire="encryption", attribute=True, nothing=""),
    Field("bucket_policy_only", False, attribute=True, on_core=False),
    Field("acknowledge_abuse", False, attribute=True, on_core=False),
)
"""The attributes of all providers; `Provider.task_attributes` has those of one, with its defaults."""

COMMON = (
    Field("path", required=True),
    *LOCATION,
    Field("schedule", schedule.DEFAULT, same=schedule.same),
    Field("pre_script", "", longest=None),
    Field("post_script", "", longest=None),
    Field("snapshot", False),
    Field("args", "", longest=None),
    Field("enabled", True),
)
"""The fields that cloud sync and cloud backup tasks share, except for the description and the credential."""


def by_name(*fields: Field) -> dict[str, Field]:
    """Return fields by their option."""
    return {one.name: one for one in fields}


def taken_by(provider: type[Provider]) -> dict[str, Any]:
    """Return the attributes that tasks of a provider take, each with its default; bucket and folder have none."""
    return {**({"bucket": None} if provider.has_buckets else {}), "folder": None, **provider.task_attributes}


def from_wire(fields: Mapping[str, Field], row: Mapping[str, Any], provider: type[Provider] | None) -> dict[str, Any]:
    """Return the values of a stored task by option, without fields that this version of the NAS does not have.

    Attributes that the NAS left out have the default of the provider: 25.04 stores no storage class unless one is given. So do
    those that are null, if the NAS refuses null. Raises Misread for a value of another type.
    """
    attributes = row["attributes"] if isinstance(row.get("attributes"), Mapping) else {}
    known = {name: default for name, default in (taken_by(provider) if provider else {}).items() if default is not None}
    nulls = known.keys() & _null_attributes(fields, attributes)
    values = {}
    for name, entry in fields.items():
        source = attributes if entry.attribute else row
        if entry.wire_name in source:
            if not entry.fits(source[entry.wire_name]):
                raise Misread.of("task", name)
            values[name] = known[name] if name in nulls else entry.to_option(source[entry.wire_name])
        elif entry.attribute and name in known:
            values[name] = known[name]
    return values


def unsendable(fields: Mapping[str, Field], row: Mapping[str, Any], provider: type[Provider] | None) -> frozenset[str]:
    """Return the options of a stored task that each write has to contain, because the NAS refuses what it stores.

    These are texts, lists, and objects that are null, and all attributes if the provider does not take one of them or one is
    null. CORE stores such attributes, and an upgrade keeps them (truenas-api/older.md §3).
    """
    attributes = row["attributes"] if isinstance(row.get("attributes"), Mapping) else {}
    taken = {fields[name].wire_name for name in taken_by(provider)} if provider else attributes.keys()
    empty = [
        name
        for name, entry in fields.items()
        if not (entry.attribute or entry.fixed) and entry.to_option(None) is not None
    ]
    nulls = {name for name in empty if fields[name].nothing is None and row.get(fields[name].wire_name, "") is None}
    is_odd = bool(attributes.keys() - taken or (provider and _null_attributes(fields, attributes)))
    return frozenset(nulls | ({"folder"} if is_odd else set()))


def _null_attributes(fields: Mapping[str, Field], attributes: Mapping[str, Any]) -> set[str]:
    """Return the options of stored attributes that are null, although the NAS refuses null (truenas-api/tasks.md §2)."""
    return {
        name
        for name, entry in fields.items()
        if entry.attribute and entry.nothing is None and attributes.get(entry.wire_name, "") is None
    }


def to_wire(fields: Mapping[str, Field], values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the named values as the NAS takes them.

    If one is an attribute, all attributes are sent, because the NAS replaces them as a whole.
    """
    wanted = {*names}
    payload = {
        entry.wire_name: entry.to_wire(values[name])
        for name, entry in fields.items()
        if name in wanted and not entry.attribute
    }
    if any(fields[name].attribute for name in wanted):
        payload["attributes"] = {
            entry.wire_name: entry.to_wire(values[name])
            for name, entry in fields.items()
            if entry.attribute and name in values
        }
    return payload
