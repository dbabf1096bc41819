# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the provider models, and the traits that each provider file defines.

A provider is a pydantic model whose fields are those of the API (truenas-api/providers.md). An instance holds the
declared values. The model requires no field, because a task can keep stored values; the trait `required` says whether
the desired state needs a value. The rest of the collection reads the traits and refers to no provider by name.
"""

from __future__ import annotations

import functools
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .._pydantic import BaseModel, ConfigDict, Field, ValidationError
from ..diagnosis.causes import Patterns
from ..diagnosis.probes.base import Probe
from ..errors import Problem
from ..interpolation import REASON, fields_with_reference
from ..versions import Version
from ..versions import parse as parse_version
from .values import MASK, Kind, Refused, WireValue, as_text, secrets_in_readable

FIRST_VERSION: Version = (25, 4, 0)


@dataclass(frozen=True)
class Option:
    """One field of a provider, with the traits that a type cannot express.

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
    """Declare a provider's field. `limits` are pydantic's (min_length, ge, ...); `wire` is an API name that Python forbids."""
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


class Provider(BaseModel):
    """Base of the provider models; see the module docstring."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, defer_build=True)

    key: ClassVar[str]
    """The option of the task, for example `s3`."""
    wire_type: ClassVar[str]
    """The `type` in the API, for example `S3`."""
    title: ClassVar[str]
    """The provider's own name."""
    since: ClassVar[Version] = FIRST_VERSION
    """The first TrueNAS version that supports the type."""
    token_field: ClassVar[str] = ""
    """The field with the login token, if any."""
    rotates_token: ClassVar[bool] = False
    """Whether the NAS stores a refreshed token, so using the token can invalidate it (truenas-api/providers.md)."""
    retired: ClassVar[str] = ""
    """Why the provider can no longer be used, or an empty text."""
    from_file: ClassVar[Mapping[str, str]] = {}
    """Options with the path of a file on the controller, each with the field that receives the text of the file."""
    has_buckets: ClassVar[bool] = False
    """Whether the root holds buckets or containers, to one of which a key can be limited (truenas-api/providers.md)."""
    can_create_buckets: ClassVar[bool] = False
    """Whether the NAS can create a bucket there (truenas-api/providers.md)."""
    task_attributes: ClassVar[Mapping[str, WireValue]] = {}
    """The options of a cloud task that only some providers take, in addition to bucket and folder, each with the default of the
    NAS (truenas-api/tasks.md §4)."""
    chunk_sizes: ClassVar[tuple[int, int]] = (0, 0)
    """The limits of `chunk_size` in MiB, if it is one of them."""
    can_have_tasks: ClassVar[bool] = True
    """Whether tasks can use a credential of the provider."""
    is_read_only: ClassVar[bool] = False
    """Whether tasks can only pull."""
    refused_folders: ClassVar[frozenset[str]] = frozenset()
    """Folders, without slashes at their ends, that the NAS refuses for tasks."""
    directory_markers: ClassVar[str] = ""
    """The flag of rclone to store folders as objects, so that a missing folder differs from an empty one."""
    times_flag: ClassVar[str] = ""
    """The flag of rclone to compare times where it otherwise compares only sizes."""
    error_patterns: ClassVar[Patterns] = ()
    """Error messages that only this provider uses; see diagnosis/causes.py."""
    hints: ClassVar[Mapping[str, str]] = {}
    """The provider's own advice by name of the cause; `{name}` refers to a group of the pattern that matched."""
    probe: ClassVar[Probe | None] = None
    """How to verify from the controller, if possible; see diagnosis/probes/base.py."""

    in_rclone_file: ClassVar[bool] = True
    """Whether the NAS writes the fields to an rclone configuration (truenas-api/providers.md)."""
    rclone_type: ClassVar[str]
    """The rclone backend that the NAS uses (truenas-api/providers.md)."""
    rclone_aliases: ClassVar[tuple[str, ...]] = ()
    """Other names of the backend, without spaces."""
    rclone_host: ClassVar[str] = ""
    """The suffix of the endpoint's host, if the backend serves several providers."""
    rclone_refused: ClassVar[Mapping[str, str]] = {}
    """Options of the backend that a remote needs to open the same storage, but that the NAS does not support, each with
    the remedy. `name=value` stands for one value of an option."""
    rclone_fields: ClassVar[frozenset[str]] = frozenset()
    """Options of the backend that map to a field with another name."""
    rclone_usual: ClassVar[frozenset[tuple[str, str]]] = frozenset()
    """Options of the backend with the value that the NAS uses anyway; they need no warning."""
    rclone_key_options: ClassVar[frozenset[str]] = frozenset()
    """Options of the backend that a keypair on the NAS replaces."""

    @classmethod
    def options(cls) -> Mapping[str, Option]:
        """Return the fields by API name, in the order of the file."""
        return _options(cls)

    @classmethod
    def keypair_field(cls) -> Option | None:
        """Return the field with the ID of a keypair on the NAS, or None."""
        return next((option for option in cls.options().values() if option.refers_to_keypair), None)

    @classmethod
    def extra_options(cls) -> Mapping[str, str]:
        """Return the task's options that are not fields, each with the field that it sets."""
        keypair = cls.keypair_field()
        return {
            **cls.from_file,
            **(dict.fromkeys((keypair.name_option, keypair.generate_option), keypair.name) if keypair else {}),
        }

    @classmethod
    def wire_name(cls, written: str) -> str:
        """Return the API name of an option, also for an alias; an unknown name is returned unchanged."""
        return next((name for name, option in cls.options().items() if written in option.aliases), written)

    @classmethod
    def declares_secret(cls, given: Mapping[str, Any]) -> bool:
        """Return whether the options of a task declare a secret or a keypair, also by file or by name."""
        keypair = cls.keypair_field()
        for written, value in given.items():
            option = cls.options().get(cls.extra_options().get(written, cls.wire_name(written)))
            if option is None or value in (None, "") or (keypair and written == keypair.generate_option):
                continue
            if option.refers_to_keypair or any(option.secrets(value)):
                return True
        return False

    @classmethod
    def token_is_newer(cls, stored: Mapping[str, WireValue], desired: Mapping[str, WireValue]) -> bool:
        """Return whether the stored token is newer than the desired token."""
        return False

    @classmethod
    def same_client(cls, stored: Mapping[str, WireValue], desired: Mapping[str, WireValue]) -> bool:
        """Return whether the desired OAuth client can use the stored token."""
        return True

    @classmethod
    def computed_attributes(cls, values: Mapping[str, WireValue]) -> frozenset[str]:
        """Return the task attributes that the NAS computes for a credential with these API values."""
        return frozenset()

    @classmethod
    def repository_base(cls, values: Mapping[str, WireValue]) -> str:
        """Return the address of the service in a backup repository, or an empty text if the NAS cannot back up to it.

        `values` are the API values of the credential (truenas-api/tasks.md §6).
        """
        return ""

    @classmethod
    def hint(cls, cause: str, values: Mapping[str, Any]) -> str | None:
        """Return the provider's own advice for a cause, or None to use the general hint; `values` are API values."""
        return cls.hints.get(cause)

    @classmethod
    def why_not_to_use_token(cls, may_refresh: bool, doing: str) -> str:
        """Return why an action that discards refreshed tokens must not use the token; empty if the action is allowed.

        `doing` names the action, for example `a verification`; `may_refresh` is the option `verify_may_refresh`.
        """
        if may_refresh or not cls.rotates_token:
            return ""
        return (
            f"{cls.title} can send a new refresh token each time the current one is used, and {doing} would discard it. "
            "To continue anyway, set verify_may_refresh: true"
        )

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Return complete API values without nulls as rclone options, as the tasks of the NAS set them; passwords in clear.

        `key_file` is the path of the private key. Raises InvalidInput for values that rclone cannot use.
        """
        return dict(values)

    @classmethod
    def from_rclone(cls, options: Mapping[str, str]) -> dict[str, str]:
        """Return nonempty rclone options with the names and values of the fields.

        Passwords are in clear. Options that keep a name of rclone are not supported by the NAS; omitted ones are not needed.
        """
        return dict(options)

    @classmethod
    def needs_newer(cls, options: Mapping[str, str], version: Version) -> Iterator[Problem]:
        """Yield a problem for each rclone option that requires a later TrueNAS version than `version`."""
        yield from ()

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> tuple[dict[str, WireValue], list[Problem]]:
        """Parse the declared values.

        Takes option values by API name. Returns the normalized API values and the problems, each with the field
        named as in the task (`s3.endpoint`).
        """
        options = cls.options()
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, value in given.items():
            if cls.in_rclone_file and any(fields_with_reference({name: as_text(value)})):
                problems.append(Problem(f"{cls.key}.{name}", REASON, "Use a value without it, for example a new key."))
                continue
            try:
                values[name] = options[name].to_wire(value) if name in options else value
            except Refused as refused:
                problems.append(Problem(f"{cls.key}.{name}", refused.reason, refused.remedy))
        try:
            return cls.usable(cls.model_validate(values).model_dump(by_alias=True, exclude_unset=True)), problems
        except ValidationError as error:
            return {}, [*problems, *map(cls._problem, error.errors(include_url=False, include_input=False))]

    @classmethod
    def remedies(cls, values: Mapping[str, WireValue]) -> Mapping[str, str]:
        """Return special remedies for missing required fields, by field name."""
        return {}

    @classmethod
    def contradictions(cls, values: Mapping[str, WireValue]) -> Iterator[Problem]:
        """Yield a problem for each combination of values that cannot work."""
        yield from ()

    @classmethod
    def usable(cls, declared: Mapping[str, WireValue]) -> dict[str, WireValue]:
        """Return declared API values in the form that the NAS can use.

        Stored values are not converted. A stored value in another form is drift, which the next write removes.
        """
        return dict(declared)

    @classmethod
    def _problem(cls, error: Mapping[str, Any]) -> Problem:
        field = f"{cls.key}.{error['loc'][0]}"
        context = error.get("ctx", {})
        refused = context.get("error")
        if isinstance(refused, Refused):
            return Problem(field, refused.reason, refused.remedy)
        reason, remedy = _REASONS.get(error["type"], ("{msg}", "Use a value that the NAS accepts."))
        placeholders = {**context, "msg": error["msg"], "fields": ", ".join(cls.options())}
        return Problem(field, reason.format_map(placeholders), remedy.format_map(placeholders))

    @classmethod
    def normalize(cls, stored: Mapping[str, WireValue]) -> dict[str, WireValue]:
        """Return stored API values, normalized as declared ones are; an invalid value is returned unchanged."""
        normal = dict(stored)
        for name in cls.options().keys() & stored.keys():
            try:
                normal.update(cls.model_validate({name: stored[name]}).model_dump(by_alias=True, exclude_unset=True))
            except ValidationError:
                continue
        return normal

    @classmethod
    def defaults(cls, version: Version) -> dict[str, WireValue]:
        """Return the values that a NAS of that version stores for fields that a request omits."""
        return {
            name: option.default
            for name, option in cls.options().items()
            if option.since <= version and not option.required
        }

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Yield a warning for each suspicious value among the complete values; providers extend this method."""
        if cls.retired:
            yield f"{cls.title}: {cls.retired}"
        for name in fields_with_reference(values) if cls.in_rclone_file else ():
            yield f"{cls.key}.{name} {REASON}, so the NAS uses a different value than it stores. Declare one without it."

    @classmethod
    def warn_of_lengths(cls, values: Mapping[str, WireValue], written: Container[str]) -> Iterator[str]:
        """Yield a warning for each written field whose length the NAS accepts, but its web form rejects.

        `values` are complete; `written` are the fields that change, because a stored length needs no warning in every run.
        """
        for name, option in cls.options().items():
            value = values.get(name) if name in written else None
            low, high = option.form_length or (0, 0)
            if high and isinstance(value, str) and not low <= len(value) <= high:
                yield (
                    f"{cls.key}.{name} has {len(value)} characters. The NAS accepts it, but its web form requires "
                    f"{low} to {high}. Check that the value is complete."
                )


@functools.cache
def _options(provider: type[Provider]) -> Mapping[str, Option]:
    options = {}
    for attribute, field in provider.model_fields.items():
        name = field.alias or attribute
        kind = next(item for item in field.metadata if isinstance(item, Kind))
        extra: Any = field.json_schema_extra
        options[name] = Option(name=name, kind=kind, **extra["traits"])
    return options


_REASONS = {
    "extra_forbidden": ("is not a field of this provider", "Use one of: {fields}."),
    "string_too_short": ("must not be empty", "Set a value."),
    "string_too_long": ("must have at most {max_length} characters", "Shorten the value."),
    "string_type": ("must be text", "Put the value in quotes."),
    "string_pattern_mismatch": ("contains a character that the NAS rejects", "Use only text that matches {pattern}."),
    "greater_than_equal": ("must be at least {ge}", "Set a number of {ge} or more."),
    "less_than_equal": ("must be at most {le}", "Set a number of {le} or less."),
    "int_type": ("must be a whole number", "Set a number."),
    "bool_type": ("must be true or false", "Set true or false."),
}
