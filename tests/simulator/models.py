# SPDX-License-Identifier: GPL-3.0-or-later
"""The ground rules of the server's pydantic models, and the way values pass through them.

Sources: upstream api/base/model.py, api/base/handler/accept.py, api/base/handler/result.py.
"""

from __future__ import annotations

from collections import defaultdict
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pydantic
from annotated_types import MaxLen, MinLen
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Secret, create_model
from pydantic_core import PydanticCustomError

from .errors import ValidationErrors

REDACTED = "********"

NonEmptyString = Annotated[str, MinLen(1)]
LongString = Annotated[str, MaxLen(2**31 - 1)]
LongNonEmptyString = Annotated[LongString, MinLen(1)]


class Model(BaseModel):
    """Strict types, no unknown keys, strings of at most 1024 characters unless a field says otherwise."""

    model_config = ConfigDict(extra="forbid", strict=True, str_max_length=1024, populate_by_name=True)


class Partial(Model):
    """Base of update models: only the keys that were sent are dumped."""


def model(class_name: str, base: type[Model] = Model, /, **fields: Any) -> type[Model]:
    """Build a model; a field is an annotation (required) or an (annotation, default) pair."""
    given = {key: value if isinstance(value, tuple) else (value, ...) for key, value in fields.items()}
    return create_model(class_name, __base__=base, **given)  # type: ignore[no-any-return, call-overload]  # a model of fields that are known at run time


def _refuse(_value: Any) -> None:
    raise PydanticCustomError("excluded", "Extra inputs are not permitted")


# A field that entries have and a model refuses, at its own place among the errors rather than after all others.
Excluded = Annotated[Any, AfterValidator(_refuse), Field(exclude=True)]


def secret(annotation: Any) -> Any:
    """Return the annotation of a secret whose own annotation is computed."""
    return Secret[annotation]


def validate(cls: type[Model], data: dict[str, Any]) -> Model:
    """Check `data` against the model. Raises ValidationErrors with the server's attribute paths.

    The members of a union report one error each under their own repr; the server joins those with " or ".
    """
    try:
        return cls(**data)
    except pydantic.ValidationError as error:
        raise _flatten(error) from None


def fits(cls: type[Model], result: Any) -> bool:
    """Return whether a result model accepts a result."""
    try:
        validate(cls, {"result": result})
    except ValidationErrors:
        return False
    return True


def accept(cls: type[Model], params: list[Any]) -> list[Any]:
    """Check positional parameters and return them with defaults filled in and secrets open.

    Raises ValidationErrors, also for more parameters than the method has.
    """
    names = list(cls.model_fields)
    if len(params) > len(names):
        errors = ValidationErrors()
        errors.add("", f"Too many arguments (expected {len(names)}, found {len(params)})")
        raise errors
    checked = dump(validate(cls, dict(zip(names, params, strict=False))), expose=True)
    return [checked[name] for name in names]


def dump(value: Any, *, expose: bool) -> Any:
    """Return the plain data of a validated value; closed secrets, whatever they hold, become the eight asterisks."""
    if isinstance(value, Secret):
        return dump(value.get_secret_value(), expose=True) if expose else REDACTED
    if isinstance(value, BaseModel):
        return {
            field.alias or name: dump(getattr(value, name), expose=expose)
            for name, field in type(value).model_fields.items()
            if not field.exclude and (not isinstance(value, Partial) or name in value.model_fields_set)
        }
    if isinstance(value, dict):
        return {key: dump(item, expose=expose) for key, item in value.items()}
    if isinstance(value, list):
        return [dump(item, expose=expose) for item in value]
    return value


def remove_secrets(annotation: Any, value: Any) -> Any:
    """Redact a value its model rejects: unknown keys go, secrets become asterisks, a null stays
    (upstream api/base/handler/remove_secrets.py)."""
    if get_origin(annotation) is Secret:
        return None if value is None else REDACTED
    if isinstance(value, list):
        item = next((get_args(member)[0] for member in _members(annotation) if get_origin(member) is list), Any)
        return [remove_secrets(item, element) for element in value]
    candidates = [member for member in _members(annotation) if isinstance(member, type) and issubclass(member, Model)]
    if not (isinstance(value, dict) and candidates):
        return value
    chosen = candidates[0] if len(candidates) == 1 else next((m for m in candidates if _is_tagged(m, value)), None)
    if chosen is None:
        return {key: item if key == "type" else REDACTED for key, item in value.items()}
    return {
        field.alias or name: remove_secrets(field.annotation, value[field.alias or name])
        for name, field in chosen.model_fields.items()
        if (field.alias or name) in value
    }


def _members(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _is_tagged(cls: type[Model], value: dict[str, Any]) -> bool:
    return "type" in cls.model_fields and value.get("type") in get_args(cls.model_fields["type"].annotation)


def _flatten(error: pydantic.ValidationError) -> ValidationErrors:
    errors = ValidationErrors()
    union_messages: defaultdict[str, list[str]] = defaultdict(list)
    for detail in error.errors():
        path = [str(part) for part in detail["loc"]]
        message = detail["msg"]
        if detail["type"] == "union_tag_not_found":
            path.append(detail["ctx"]["discriminator"].strip("'"))
            message = "Field required"
        elif path and ("[" in path[-1] or "(" in path[-1]):
            union_messages[".".join(path[:-1])].append(message)
            continue
        errors.add(".".join(path), message)
    for attribute, messages in union_messages.items():
        errors.add(attribute, " or ".join(messages))
    return errors
