# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the provider models, and the traits that each provider file defines.

A provider is a pydantic model whose fields are those of the API (truenas-api/providers.md). An instance holds the
declared values. The model requires no field, because a task can keep stored values; the trait `required` records whether
the desired state needs a value. The rest of the collection reads the traits and refers to no provider by name.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any, ClassVar

from .._pydantic import BaseModel, ConfigDict, ValidationError
from ..config_values import misread_fields
from ..diagnosis.causes import Patterns
from ..diagnosis.key_rights import KeyRights
from ..diagnosis.probes.base import Probe
from ..errors import Problem, counted
from ..fields.field import Option, options_of, problem_of
from ..fields.kinds import Refused, WireValue, as_text
from ..versions import FIRST_VERSION, Version


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, for long lists of names."""
    return tuple(text.split())


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
    drive_list_method: ClassVar[str] = ""
    """The method of the NAS that lists the drives of an account, or an empty text."""
    drive_list_fields: ClassVar[tuple[str, ...]] = ()
    """The fields that `drive_list_method` requires."""
    has_buckets: ClassVar[bool] = False
    """Whether the root holds buckets or containers, to one of which a key can be limited (truenas-api/providers.md)."""
    can_create_buckets: ClassVar[bool] = False
    """Whether the NAS can create a bucket there (truenas-api/providers.md)."""
    task_attributes: ClassVar[Mapping[str, WireValue]] = {}
    """The options of a cloud task that only some providers take, in addition to bucket and folder, each with the default of the
    NAS (truenas-api/tasks.md §4)."""
    chunk_sizes: ClassVar[tuple[int, int]] = (0, 0)
    """The limits of `chunk_size` in MiB, if it is one of them."""
    chunk_sizes_in: ClassVar[Mapping[Version, tuple[int, int]]] = {}
    """The same for single releases of TrueNAS with other limits."""
    can_have_tasks: ClassVar[bool] = True
    """Whether tasks can use a credential of the provider."""
    is_read_only: ClassVar[bool] = False
    """Whether tasks can only pull."""
    refused_folders: ClassVar[frozenset[str]] = frozenset()
    """Folders, without slashes at their ends, that the NAS refuses for tasks."""
    directory_markers: ClassVar[str] = ""
    """The flag of rclone to store folders as objects, so that a missing folder differs from an empty one."""
    key_rights: ClassVar[str] = ""
    """How the rights of a key are written: `policy` or `capabilities`. Empty if nobody has tried which rights a task needs."""
    protects_buckets: ClassVar[bool] = False
    """Whether the controller can manage versions, object lock, and lifecycle rules of buckets there."""
    rights_of_key: ClassVar[Callable[[Mapping[str, Any], str, float], KeyRights] | None] = None
    """How to determine the rights of a key without a write: a function of API values, bucket, and timeout in seconds."""
    hard_delete_flag: ClassVar[str] = ""
    """The flag of rclone to delete for good where it otherwise hides."""
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
    rclone_harmless: ClassVar[tuple[str, ...]] = ()
    """Options of the backend that do not change the account and the folders that a remote opens. One provider of a backend
    lists them."""
    rclone_services: ClassVar[tuple[str, ...]] = ()
    """The services that the backend's option `provider` can name, in rclone's order. One provider of a backend lists them."""
    rclone_key_options: ClassVar[frozenset[str]] = frozenset()
    """Options of the backend that a keypair on the NAS replaces."""

    @classmethod
    def options(cls) -> Mapping[str, Option]:
        """Return the fields by API name, in the order of the file."""
        return options_of(cls)

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
    def to_restic(cls, values: Mapping[str, WireValue], place: str, region: str) -> dict[str, str]:
        """Return the environment variables with which restic opens a repository as the NAS does, or nothing if it cannot.

        `values` are API values, `place` is the bucket with the folder, and `region` is that of the task
        (truenas-api/tasks.md §6).
        """
        return {}

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
        """Return complete API values without nulls as rclone options, as the tasks of the NAS set them; passwords in plain text.

        `key_file` is the path of the private key. Raises InvalidInput for values that rclone cannot use.
        """
        return dict(values)

    @classmethod
    def from_rclone(cls, options: Mapping[str, str]) -> dict[str, str]:
        """Return nonempty rclone options with the names and values of the fields.

        Passwords are in plain text. Options that keep a name of rclone are not supported by the NAS; omitted ones are not needed.
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
            if cls.in_rclone_file and (reasons := dict(misread_fields({name: as_text(value)}))):
                remedy = "Use a value without it, for example a new key."
                problems.append(Problem(f"{cls.key}.{name}", reasons[name], remedy))
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
        return problem_of(error, f"{cls.key}.{error['loc'][0]}", cls.options())

    @classmethod
    def normalize(cls, stored: Mapping[str, WireValue]) -> dict[str, WireValue]:
        """Return stored API values, normalized as declared ones are; an invalid value is returned unchanged."""
        normal = dict(stored)
        for name in [name for name in cls.options() if name in stored]:
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
        for name, reason in misread_fields(values) if cls.in_rclone_file else ():
            yield f"{cls.key}.{name} {reason}, so the NAS uses a different value than it stores. Declare one without it."

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
                    f"{cls.key}.{name} has {counted(len(value), 'character')}. The NAS accepts it, but its web form requires "
                    f"{low} to {high}. Check that the value is complete."
                )
