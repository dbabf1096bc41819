# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of values of schemas that are older than the models: they convert, and have texts of their own
(truenas-api/tasks.md §9; upstream schema/ at TS-25.04)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from . import cron
from .errors import CallError, ValidationErrors
from .models import REDACTED

ABSENT: Any = object()


class Wrong(Exception):
    """A value that cannot be had; the attribute is the innermost one's name."""

    def __init__(self, attribute: str, message: str) -> None:
        super().__init__(attribute, message)
        self.attribute = attribute
        self.message = message

    def __str__(self) -> str:
        return f"[{self.attribute}] {self.message}"


class Field:
    """One value. `clean` converts it and fills in the default, `validate` looks at what came out."""

    def __init__(
        self,
        name: str,
        *,
        default: Any = ABSENT,
        required: bool = False,
        null: bool = False,
        private: bool = False,
        choices: list[Any] | None = None,
        check: Callable[[Any], object] | None = None,
    ) -> None:
        self.name = name
        self.default = default
        self.required = required
        self.private = private
        self._null = null
        self._choices = choices
        self._check = check

    def clean(self, value: Any) -> Any:
        """Return the value to work with. Raises Wrong or ValidationErrors."""
        if value is None and not self._null:
            raise Wrong(self.name, "null not allowed")
        if value is ABSENT:
            if self.default is ABSENT:
                raise Wrong(self.name, "attribute required")
            value = copy.deepcopy(self.default)
        if self._choices is not None and not (value is None and self._null) and value not in self._choices:
            raise Wrong(self.name, f"Invalid choice: {value}")
        return value if value is None else self._converted(value)

    def validate(self, value: Any) -> None:
        """Raise ValidationErrors for a value that is out of bounds."""
        errors = ValidationErrors()
        if self._check is not None and value is not None:
            try:
                self._check(value)
            except ValueError as error:
                errors.add(self.name, str(error))
        errors.check()

    def redacted(self, value: Any) -> Any:
        """Return the value as a reader sees it."""
        return REDACTED if self.private else value

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of the value."""
        kind = _SCHEMA_TYPES[type(self)]
        default = {} if self.default is ABSENT else {"default": self.default}
        choices = {} if self._choices is None else {"enum": self._choices}
        return (
            {"_name_": self.name, "_required_": self.required, "type": [kind, "null"] if self._null else kind}
            | default
            | choices
        )

    def _converted(self, value: Any) -> Any:
        return value


class Text(Field):
    """A text; a whole number becomes one. `blank` says whether one of nothing but blanks will do."""

    def __init__(self, name: str, *, blank: bool = True, limit: int = 1024, **options: Any) -> None:
        super().__init__(name, **options)
        self._blank = blank
        self._limit = limit

    def validate(self, value: Any) -> None:
        """Also check the length."""
        errors = ValidationErrors()
        if value is not None and len(value) > self._limit:
            errors.add(self.name, f"Value greater than {self._limit} not allowed")
        errors.check()
        super().validate(value)

    def _converted(self, value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise Wrong(self.name, "Not a string")
        if not self._blank and not value.strip():
            raise Wrong(self.name, "Empty value not allowed")
        return value


class Number(Field):
    """A whole number, or a text of one."""

    def _converted(self, value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str):
            try:
                return int(value)
            except ValueError:
                pass
        raise Wrong(self.name, "Not an integer")


class Flag(Field):
    """True or false."""

    def _converted(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Wrong(self.name, "Not a boolean")
        return value


_SCHEMA_TYPES: dict[type[Field], str] = {Text: "string", Number: "integer", Flag: "boolean"}


class Items(Field):
    """A list of values of one kind."""

    def __init__(self, name: str, of: Field) -> None:
        super().__init__(name, default=[])
        self._of = of

    def validate(self, value: Any) -> None:
        """Check every item."""
        errors = ValidationErrors()
        for number, item in enumerate(value):
            try:
                self._of.validate(item)
            except ValidationErrors as found:
                errors.add_child(f"{self.name}.{number}", found)
        errors.check()

    def _converted(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Wrong(self.name, "Not a list")
        found = []
        for number, item in enumerate(value):
            try:
                found.append(self._of.clean(copy.deepcopy(item)))
            except (Wrong, ValidationErrors) as error:
                raise Wrong(self.name, f"Item#{number} is not valid per list types: {error}") from None
        return found


class Object(Field):
    """An object of fields, or of anything if it is `open`; a `partial` one lets fields be absent without a default."""

    def __init__(self, name: str, *fields: Field, open_: bool = False, partial: bool = False) -> None:
        super().__init__(name, default={})
        self.fields = {field.name: field for field in fields}
        self._open = open_
        self._partial = partial

    def validate(self, value: Any) -> None:
        """Check every field."""
        errors = ValidationErrors()
        for name, field in self.fields.items():
            if name in value:
                try:
                    field.validate(value[name])
                except ValidationErrors as found:
                    errors.add_child(self.name, found)
        errors.check()

    def redacted(self, value: Any) -> Any:
        """Return the value as a reader sees it."""
        return {key: self.fields[key].redacted(item) if key in self.fields else item for key, item in value.items()}

    def _converted(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Wrong(self.name, "A dict was expected")
        errors = ValidationErrors()
        found = dict(value)
        for key, item in value.items():
            if key in self.fields:
                self._clean(self.fields[key], item, found, errors)
            elif not self._open:
                errors.add(f"{self.name}.{key}", "Field was not expected")
        for name, field in self.fields.items():
            if not self._partial and name not in value and (field.required or field.default is not ABSENT):
                self._clean(field, ABSENT, found, errors)
        errors.check()
        return found

    def _clean(self, field: Field, value: Any, into: dict[str, Any], errors: ValidationErrors) -> None:
        try:
            into[field.name] = field.clean(value)
        except Wrong as error:
            errors.add(f"{self.name}.{error.attribute}", error.message)
        except ValidationErrors as found:
            errors.add_child(self.name, found)


class Schedule(Object):
    """A schedule, of which even an update completes what is missing."""

    def __init__(self, name: str) -> None:
        defaults = {"minute": "00"}
        super().__init__(name, *(Text(field, default=defaults.get(field, "*")) for field in cron.FIELDS))

    def validate(self, value: Any) -> None:
        """Read it as a cron line, too."""
        super().validate(value)
        errors = ValidationErrors()
        try:
            cron.check(value)
        except ValueError as error:
            errors.add(self.name, f"Please ensure fields match cron syntax - {error}")
        errors.check()


class Parameters:
    """The parameters of a method."""

    def __init__(self, *fields: Field) -> None:
        self.fields = fields

    def accept(self, params: list[Any]) -> list[Any]:
        """Check positional parameters and return them converted, with defaults. Raises ValidationErrors, CallError."""
        if len(params) > len(self.fields):
            raise CallError(f"Too many arguments (expected {len(self.fields)}, found {len(params)})")
        errors = ValidationErrors()
        found = []
        for field, value in self.pairs(params):
            try:
                cleaned = field.clean(value)
                field.validate(cleaned)
                found.append(cleaned)
            except Wrong as error:
                errors.add(error.attribute, error.message)
            except ValidationErrors as problems:
                errors.errors += problems.errors
        errors.check()
        return found

    def pairs(self, params: list[Any]) -> list[tuple[Field, Any]]:
        """Return each field with its value, or with ABSENT."""
        given = [copy.deepcopy(value) for value in params]
        return [*zip(self.fields, given + [ABSENT] * (len(self.fields) - len(given)), strict=True)]
