# SPDX-License-Identifier: GPL-3.0-or-later
"""A field of an object on the NAS: how a model declares it, and the problems that the model finds in values.

A model is a pydantic model whose fields are those of the API, each declared with `option` and a kind of fields/kinds.py.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._pydantic import BaseModel, Field
from ..errors import Problem
from ..versions import Version
from ..versions import parse as parse_version
from .kinds import MASK, Kind, Refused, WireValue, as_text, secrets_in_readable


@dataclass(frozen=True)
class Option:
    """One field, with the traits that a type cannot express.

    `name` is the API's name. `choices` maps the values of the task's option to API values, for fields with few values.
    `secret` fields are masked and marked no_log. The NAS sends `redacted_by_server` fields as asterisks to accounts
    without the write role. `form_length` is the length that the TrueNAS web form requires. The value of a
    `refers_to_keypair` field is the ID of a keypair.
    """

    name: str
    description: str
    kind: Kind
    required: bool
    default: WireValue
    secret: bool
    redacted_by_server: bool
    since: Version
    aliases: tuple[str, ...]
    choices: Mapping[str, WireValue]
    form_length: tuple[int, int] | None
    refers_to_keypair: bool

    @property
    def name_option(self) -> str:
        """The option with the name of the keypair whose ID the field holds."""
        return f"{self.name}_name"

    @property
    def generate_option(self) -> str:
        """The option that creates the keypair on the NAS if it does not exist."""
        return f"generate_{self.name}"

    def to_wire(self, value: Any) -> Any:
        """Return the API value for an option's value. Raises Refused for a value that is not one of the choices."""
        if not self.choices:
            return value
        try:
            return self.choices[value]
        except (KeyError, TypeError):
            raise Refused("must be one of the choices", f"Use one of: {', '.join(self.choices)}.") from None

    def to_option(self, value: WireValue) -> WireValue:
        """Return the option's value for an API value."""
        return next((name for name, wire in self.choices.items() if wire == value and type(wire) is type(value)), value)

    def public(self, value: WireValue) -> WireValue:
        """Return the value for output: secrets masked, URLs without user and password."""
        if self.secret and value not in (None, ""):
            return MASK
        return self.kind.public(value) if isinstance(value, str) else self.to_option(value)

    def public_as_given(self, value: Any) -> Any:
        """Return an option's value for output, even if its type does not fit the field."""
        if value is None or (isinstance(value, (str, int, float)) and not self.secret):
            return self.kind.public(value) if isinstance(value, str) else value
        return value if value == "" else MASK

    def secrets(self, value: Any) -> Iterator[str]:
        """Yield the secret texts in a value: the value itself, the secret leaves of a mapping, the password in a URL."""
        value = as_text(value)
        if isinstance(value, str) and value:
            yield from self.kind.secrets(value) if self.secret else secrets_in_readable(value)

    def same(self, left: WireValue, right: WireValue) -> bool:
        """Return whether two normalized values are equal for the NAS, which distinguishes null, true, and 1."""
        if left is None or right is None or isinstance(left, bool) or isinstance(right, bool):
            return left is right
        return self.kind.same(left, right)


def option(
    description: str,
    *,
    required: bool = False,
    default: WireValue = None,
    secret: bool = False,
    redacted_by_server: bool = True,
    since: str = "25.04.0",
    aliases: tuple[str, ...] = (),
    choices: Mapping[str, WireValue] | None = None,
    form_length: tuple[int, int] | None = None,
    refers_to_keypair: bool = False,
    wire: str | None = None,
    **limits: Any,
) -> Any:
    """Declare a field of a model. `limits` are pydantic's (min_length, ge, ...); `wire` is an API name that Python forbids."""
    traits: Any = {
        "description": description,
        "required": required,
        "default": default,
        "secret": secret,
        "redacted_by_server": redacted_by_server,
        "since": parse_version(since),
        "aliases": aliases,
        "choices": choices or {},
        "form_length": form_length,
        "refers_to_keypair": refers_to_keypair,
    }
    return Field(default=None, alias=wire, json_schema_extra={"traits": traits}, **limits)


@functools.cache
def options_of(model: type[BaseModel]) -> Mapping[str, Option]:
    """Return the fields of a model by API name, in the order of the file."""
    options = {}
    for attribute, field in model.model_fields.items():
        name = field.alias or attribute
        kind = next(item for item in field.metadata if isinstance(item, Kind))
        extra: Any = field.json_schema_extra
        options[name] = Option(name=name, kind=kind, **extra["traits"])
    return options


def problem_of(error: Mapping[str, Any], field: str, names: Iterable[str]) -> Problem:
    """Return the problem for an error of pydantic. `field` is the field's name in the task, `names` are those of all fields."""
    context = error.get("ctx", {})
    refused = context.get("error")
    if isinstance(refused, Refused):
        return Problem(field, refused.reason, refused.remedy)
    reason, remedy = _REASONS.get(error["type"], ("{msg}", "Use a value that the NAS accepts."))
    placeholders = {**context, "msg": error["msg"], "fields": ", ".join(names)}
    return Problem(field, reason.format_map(placeholders), remedy.format_map(placeholders))


_REASONS = {
    "extra_forbidden": ("is not a field", "Use one of: {fields}."),
    "string_too_short": ("must not be empty", "Set a value."),
    "too_long": ("must have at most {max_length} characters", "Shorten the value."),
    "string_too_long": ("must have at most {max_length} characters", "Shorten the value."),
    "string_type": ("must be text", "Put the value in quotes."),
    "string_pattern_mismatch": ("contains a character that the NAS rejects", "Use only text that matches {pattern}."),
    "greater_than_equal": ("must be at least {ge}", "Set a number of {ge} or more."),
    "less_than_equal": ("must be at most {le}", "Set a number of {le} or less."),
    "int_type": ("must be a whole number", "Set a number."),
    "bool_type": ("must be true or false", "Set true or false."),
}
