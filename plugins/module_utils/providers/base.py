# SPDX-License-Identifier: GPL-3.0-or-later
"""What every provider file says of its provider, and what can be asked of it.

A provider is a pydantic model whose fields are the wire's (truenas-api/providers.md). An instance holds what was
declared: no field is required by the model, because a task may leave stored values as they are; whether a value must be
there in the end is a trait. The rest of the collection asks the traits and knows no provider by name.
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
    """One field of a provider: what the model cannot say with a type.

    `name` is the wire's; `choices` maps what a task writes to what the wire carries, where these differ or are few.
    `secret` is masked and marked no_log; `redacted_by_server` is what a reader without the write role gets as asterisks.
    `form_length` is what the NAS's own form asks for. `refers_to_keypair` says that the value is the number of one.
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
        """The option that names the keypair to whose number a field refers."""
        return f"{self.name}_name"

    @property
    def generate_option(self) -> str:
        """The option that has the NAS make that keypair if it is not there."""
        return f"generate_{self.name}"

    def to_wire(self, value: Any) -> Any:
        """Return the wire's value for what a task writes. Raises Refused for a word that is not one of the few."""
        if not self.choices:
            return value
        try:
            return self.choices[value]
        except (KeyError, TypeError):
            raise Refused("is not one of the values it can have", f"Use one of: {', '.join(self.choices)}.") from None

    def to_option(self, value: WireValue) -> WireValue:
        """Return what a task would write for the wire's value."""
        return next((name for name, wire in self.choices.items() if wire == value and type(wire) is type(value)), value)

    def public(self, value: WireValue) -> WireValue:
        """Return the value as it may be shown: a secret masked, a URL without its user and password."""
        if self.secret and value not in (None, ""):
            return MASK
        return self.kind.public(value) if isinstance(value, str) else self.to_option(value)

    def public_as_given(self, value: Any) -> Any:
        """Return what a task wrote as it may be shown, also where it is of a kind that the field does not take."""
        if value is None or (isinstance(value, (str, int, float)) and not self.secret):
            return self.kind.public(value) if isinstance(value, str) else value
        return value if value == "" else MASK

    def secrets(self, value: Any) -> Iterator[str]:
        """Yield the secret texts that a value holds: itself, the secret leaves of a mapping, the password in a URL."""
        value = as_text(value)
        if isinstance(value, str) and value:
            yield from self.kind.secrets(value) if self.secret else secrets_in_readable(value)

    def same(self, one: WireValue, other: WireValue) -> bool:
        """Tell whether two normalised values mean the same to the NAS; null, true and 1 are all different to it."""
        if one is None or other is None or isinstance(one, bool) or isinstance(other, bool):
            return one is other
        return self.kind.same(one, other)


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
    """Declare a provider's field. `limits` are pydantic's (min_length, ge, ...); `wire` is the name if Python forbids it."""
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
    """Base of the provider models; see the module's text."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, defer_build=True)

    key: ClassVar[str]
    """The option of the task, for example `s3`."""
    wire_type: ClassVar[str]
    """The wire's `type`, for example `S3`."""
    title: ClassVar[str]
    """What the provider calls itself."""
    since: ClassVar[Version] = FIRST_VERSION
    """The first server version that takes the type."""
    token_field: ClassVar[str] = ""
    """The field that holds the token of a login, if there is one."""
    rotates_token: ClassVar[bool] = False
    """Whether the NAS writes a refreshed token back, so that using the token may spend it (truenas-api/providers.md)."""
    retired: ClassVar[str] = ""
    """Why the provider can no longer be used, if it cannot."""
    from_file: ClassVar[Mapping[str, str]] = {}
    """Options that name a file on the controller, each with the field whose value is the file's text."""
    has_buckets: ClassVar[bool] = False
    """Whether the root holds buckets or containers, so that a key may be bound to one (truenas-api/providers.md)."""
    can_create_buckets: ClassVar[bool] = False
    """Whether the NAS can create a bucket there (truenas-api/providers.md)."""
    error_patterns: ClassVar[Patterns] = ()
    """What only this provider says of credentials that do not work; see diagnosis/causes.py."""
    hints: ClassVar[Mapping[str, str]] = {}
    """What to do, by the name of a cause, where this provider needs other advice; `{name}` is a group of a complaint."""
    probe: ClassVar[Probe | None] = None
    """How to verify from the machine that runs the task, if that can be done; see diagnosis/probes/base.py."""

    in_rclone_file: ClassVar[bool] = True
    """Whether the NAS writes the fields to a configuration of rclone (truenas-api/providers.md)."""
    rclone_type: ClassVar[str]
    """The backend of rclone that the NAS opens it with (truenas-api/providers.md)."""
    rclone_aliases: ClassVar[tuple[str, ...]] = ()
    """Other names of that backend, without spaces."""
    rclone_host: ClassVar[str] = ""
    """How the host of the endpoint ends, where the backend serves several providers."""
    rclone_refused: ClassVar[Mapping[str, str]] = {}
    """Options of the backend without which a remote does not open, or opens something else, and for which the NAS has no
    place, with the remedy. `name=value` is for one value of an option."""
    rclone_fields: ClassVar[frozenset[str]] = frozenset()
    """Options of the backend that become a field of another name."""
    rclone_usual: ClassVar[frozenset[tuple[str, str]]] = frozenset()
    """Options of the backend with the value that the NAS uses anyway, so that they need not be mentioned."""
    rclone_key_options: ClassVar[frozenset[str]] = frozenset()
    """Those of them that a keypair on the NAS takes the place of."""

    @classmethod
    def options(cls) -> Mapping[str, Option]:
        """Return the fields by wire name, in the order of the file."""
        return _options(cls)

    @classmethod
    def keypair_field(cls) -> Option | None:
        """Return the field that refers to a keypair on the NAS by its number, if there is one."""
        return next((option for option in cls.options().values() if option.refers_to_keypair), None)

    @classmethod
    def extra_options(cls) -> Mapping[str, str]:
        """Return the options that a task has beside the fields, each with the field whose value follows from it."""
        keypair = cls.keypair_field()
        return {
            **cls.from_file,
            **(dict.fromkeys((keypair.name_option, keypair.generate_option), keypair.name) if keypair else {}),
        }

    @classmethod
    def wire_name(cls, written: str) -> str:
        """Return the wire's name of what a task wrote, which may be an alias; an unknown name stays as it is."""
        return next((name for name, option in cls.options().items() if written in option.aliases), written)

    @classmethod
    def declares_secret(cls, given: Mapping[str, Any]) -> bool:
        """Tell whether the options of a task, files and names of keypairs among them, declare a secret or a keypair."""
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
        """Tell whether the stored token is newer than the desired one."""
        return False

    @classmethod
    def same_client(cls, stored: Mapping[str, WireValue], desired: Mapping[str, WireValue]) -> bool:
        """Tell whether the stored token can serve the desired client."""
        return True

    @classmethod
    def hint(cls, cause: str, values: Mapping[str, Any]) -> str | None:
        """Return the provider's own advice for a cause, None where the general one fits; `values` are the wire's."""
        return cls.hints.get(cause)

    @classmethod
    def why_not_to_use_token(cls, may_refresh: bool, doing: str) -> str:
        """Return why the token is not used for something that would throw a new one away; empty if it may be used.

        `doing` is what would be done, for example `a verification`; `may_refresh` is the option `verify_may_refresh`.
        """
        if may_refresh or not cls.rotates_token:
            return ""
        return (
            f"{cls.title} may hand out a new refresh token whenever one is used, and {doing} would throw it away. "
            "Set verify_may_refresh to true to do it all the same"
        )

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Return complete wire values without nulls as options of rclone, in the way of the NAS's tasks; passwords in clear.

        `key_file` is the path of the private key. Raises InvalidInput for what rclone cannot use.
        """
        return dict(values)

    @classmethod
    def from_rclone(cls, options: Mapping[str, str]) -> dict[str, str]:
        """Return options of rclone, none of them empty, by the names and in the words of the fields.

        Passwords are in clear. What keeps another name has no place on the NAS; what is left out needs none.
        """
        return dict(options)

    @classmethod
    def needs_newer(cls, options: Mapping[str, str], version: Version) -> Iterator[Problem]:
        """Yield why a NAS of that version cannot open the remote with these options of rclone, if a later one can."""
        yield from ()

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> tuple[dict[str, WireValue], list[Problem]]:
        """Read what a task declares.

        Takes option values by wire name; returns the normalised wire values and the problems found, each with the field
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
        """Return what to do about a required field that the values lack, where that is not plain, by the field's name."""
        return {}

    @classmethod
    def contradictions(cls, values: Mapping[str, WireValue]) -> Iterator[Problem]:
        """Yield a problem for complete values that can work one by one and not together."""
        yield from ()

    @classmethod
    def usable(cls, declared: Mapping[str, WireValue]) -> dict[str, WireValue]:
        """Return declared wire values in the form that the NAS can use.

        Stored values do not get that form, so that one in another form is a difference, which the next write removes.
        """
        return dict(declared)

    @classmethod
    def _problem(cls, error: Mapping[str, Any]) -> Problem:
        field = f"{cls.key}.{error['loc'][0]}"
        context = error.get("ctx", {})
        refused = context.get("error")
        if isinstance(refused, Refused):
            return Problem(field, refused.reason, refused.remedy)
        reason, remedy = _REASONS.get(error["type"], ("{msg}", "Give a value that the NAS takes."))
        words = {**context, "msg": error["msg"], "fields": ", ".join(cls.options())}
        return Problem(field, reason.format_map(words), remedy.format_map(words))

    @classmethod
    def normalize(cls, stored: Mapping[str, WireValue]) -> dict[str, WireValue]:
        """Return stored wire values in the form that declared ones get; a value that does not fit is kept as it is."""
        normal = dict(stored)
        for name in cls.options().keys() & stored.keys():
            try:
                normal.update(cls.model_validate({name: stored[name]}).model_dump(by_alias=True, exclude_unset=True))
            except ValidationError:
                continue
        return normal

    @classmethod
    def defaults(cls, version: Version) -> dict[str, WireValue]:
        """Return what a server of that version stores for the fields that nobody mentions."""
        return {
            name: option.default
            for name, option in cls.options().items()
            if option.since <= version and not option.required
        }

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Yield what is odd about the complete values but not wrong; a provider with such rules extends this."""
        if cls.retired:
            yield f"{cls.title}: {cls.retired}"
        for name in fields_with_reference(values) if cls.in_rclone_file else ():
            yield f"{cls.key}.{name} {REASON}, so the NAS uses another value than it stores. Declare one without it."

    @classmethod
    def warn_of_lengths(cls, values: Mapping[str, WireValue], written: Container[str]) -> Iterator[str]:
        """Yield which of the fields that are `written` the NAS takes although its own form would not.

        `values` are the complete ones; a length that was stored before is not worth a warning in every run.
        """
        for name, option in cls.options().items():
            value = values.get(name) if name in written else None
            low, high = option.form_length or (0, 0)
            if high and isinstance(value, str) and not low <= len(value) <= high:
                yield (
                    f"{cls.key}.{name} has {len(value)} characters. The NAS takes that, but its own form asks for "
                    f"{low} to {high}: check that it is complete."
                )


@functools.cache
def _options(provider: type[Provider]) -> Mapping[str, Option]:
    found = {}
    for attribute, field in provider.model_fields.items():
        name = field.alias or attribute
        kind = next(item for item in field.metadata if isinstance(item, Kind))
        extra: Any = field.json_schema_extra
        found[name] = Option(name=name, kind=kind, **extra["traits"])
    return found


_REASONS = {
    "extra_forbidden": ("is not a field of this provider", "Its fields are: {fields}."),
    "string_too_short": ("is empty", "Give a value: the NAS needs one."),
    "string_too_long": ("is longer than {max_length} characters, the most that the NAS takes", "Shorten it."),
    "string_type": ("is not text", "Put it in quotes."),
    "string_pattern_mismatch": ("has a character that the NAS refuses", "Use only what matches {pattern}."),
    "greater_than_equal": ("is less than {ge}", "Give a number from {ge} on."),
    "less_than_equal": ("is more than {le}", "Give a number up to {le}."),
    "int_type": ("is not a whole number", "Give a number."),
    "bool_type": ("is neither true nor false", "Give true or false."),
}
