# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired credential of a task's options, with all checks that do not require the NAS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .. import mistyped
from ..arguments import (
    CLOUD_CREDENTIAL,
    PENDING_CREDENTIALS,
    PENDING_KEYPAIRS,
    PENDING_TASKS,
    UPDATE,
    VERIFICATION,
    VERIFICATION_PLACE,
)
from ..engine import names
from ..errors import InvalidInput, Problem
from ..fields.kinds import WireValue
from ..file_options import FileOption, FileReader
from ..protocol.messages import LIMIT_AFTER_LOGIN
from ..providers import PROVIDERS, Provider
from ..providers.arguments import PROVIDER_ARGUMENTS
from . import keypair_reference
from .keypair_reference import PENDING_ID, KeypairRef
from .stored import CREDENTIALS
from .verification import request
from .verification.request import VerifyRequest

PENDING: dict[str, Any] = {**PENDING_KEYPAIRS, **PENDING_CREDENTIALS, **PENDING_TASKS}
"""The options that take the changes of earlier tasks."""

ARGUMENTS: dict[str, Any] = {
    **CLOUD_CREDENTIAL,
    **UPDATE,
    **PENDING,
    **VERIFICATION,
    **VERIFICATION_PLACE,
    **PROVIDER_ARGUMENTS,
}
"""The options of `cloud_credential`."""

ENVELOPE = 512
"""Upper limit of the characters in a request in addition to the name and the provider."""


@dataclass(frozen=True)
class DesiredCredential(names.Desired):
    """One desired credential.

    `declared` has normalized wire values by wire name. If a `keypair` is named, its field contains PENDING_ID, because its ID is
    unknown without the NAS.
    """

    provider: type[Provider] | None = None
    declared: Mapping[str, WireValue] = field(default_factory=dict)
    cleared: frozenset[str] = frozenset()
    keypair: KeypairRef | None = None
    undeclared: str = "keep"
    update_token: str = "newest"  # noqa: S105 - the name of a choice, not a secret
    update_secret: str = "always"  # noqa: S105 - the name of a choice, not a secret
    allow_type_change: bool = False
    replace_with: str | None = None
    verify_request: VerifyRequest = field(default_factory=VerifyRequest)


def read(params: Mapping[str, Any]) -> DesiredCredential:
    """Return the desired credential for the options of `cloud_credential`. Raises InvalidInput with all problems."""
    desired = DesiredCredential(
        name=params["name"],
        state=params["state"],
        new_name=params.get("new_name") if params.get("new_name") != params["name"] else None,
        undeclared=params["undeclared"],
        update_token=params["update_token"],
        update_secret=params["update_secret"],
        allow_type_change=params["allow_type_change"],
        replace_with=params.get("replace_with"),
        verify_request=request.read(params),
    )
    given = [key for key in PROVIDERS if params.get(key) is not None]
    problems = [*_identity_problems(params), *_provider_problems(params, given)]
    if len(given) == 1 and not desired.is_absent:
        desired, field_problems = _with_fields(desired, PROVIDERS[given[0]], params)
        problems += field_problems
    problems += request.problems(desired.verify_request, desired.provider)
    if problems:
        raise InvalidInput(problems)
    return desired


def _identity_problems(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each name that the NAS refuses, or that the state of the credential excludes."""
    yield from CREDENTIALS.name_problems("name", params["name"])
    if params.get("new_name") is not None:
        yield from CREDENTIALS.name_problems("new_name", params["new_name"])
        if params["state"] == "absent":
            yield Problem("new_name", "cannot be combined with state: absent", "Remove one of them.")
    if params.get("replace_with") is not None:
        yield from _replacement_problems(params["replace_with"], params["name"], params["state"])


def _provider_problems(params: Mapping[str, Any], given: Sequence[str]) -> Iterator[Problem]:
    """Yield a problem if the task does not have the one provider that it needs; `given` are those that it has."""
    if params["state"] != "absent":
        if len(given) > 1:
            yield Problem(given[1], f"cannot be combined with {given[0]}", "Set only one of them.")
        elif not given and params.get("new_name") is None:
            yield Problem("provider", "is required with state: present", f"Set exactly one of: {', '.join(PROVIDERS)}.")
    if not given and params.get("clear_fields"):
        yield Problem("clear_fields", "requires a provider", "Set the provider of these fields, or remove this option.")


def _with_fields(
    desired: DesiredCredential, provider: type[Provider], params: Mapping[str, Any]
) -> tuple[DesiredCredential, list[Problem]]:
    """Return the desired credential with the fields of its provider, and the problems of these fields."""
    declared, field_problems = provider.parse(canonical(provider, params[provider.key]))
    keypair, keypair_problems = keypair_reference.read(provider, params[provider.key])
    if keypair:
        declared[keypair.field] = PENDING_ID
    cleared, clear_problems = _cleared(provider, params.get("clear_fields") or [], declared)
    problems = field_problems + keypair_problems + clear_problems
    for file in _file_options(provider):
        problems += file.unread(params[provider.key])
    if desired.undeclared == "default" and not field_problems:
        problems += missing(provider, declared)
    problems += too_long(provider, desired.name, declared)
    return replace(desired, provider=provider, declared=declared, cleared=cleared, keypair=keypair), problems


def field_problems(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems of single fields of the provider, without those of fields with mistakes in their types and names."""
    given = [key for key in PROVIDERS if mistyped.is_given(params.get(key))]
    if len(given) == 1 and isinstance(params[given[0]], Mapping) and params.get("state") != "absent":
        provider = PROVIDERS[given[0]]
        fields = mistyped.sound(params[provider.key], PROVIDER_ARGUMENTS[provider.key]["options"])
        for name, value in canonical(provider, fields).items():
            yield from provider.parse({name: value})[1]


def with_files(params: Mapping[str, Any], read_file: FileReader) -> dict[str, Any]:
    """Return the options with the text of each file in place of its path.

    Raises the errors of `FileOption.with_text`, with the problems of all files.
    """
    replaced = dict(params)
    problems: list[Problem] = []
    for provider in PROVIDERS.values():
        if isinstance(params.get(provider.key), Mapping):
            for file in _file_options(provider):
                try:
                    replaced[provider.key] = file.with_text(replaced[provider.key], read_file)
                except InvalidInput as error:
                    problems += error.problems
    if problems:
        raise InvalidInput(problems)
    return replaced


def _file_options(provider: type[Provider]) -> Iterator[FileOption]:
    """Yield the options of a provider that take the path of a file with a secret."""
    for option, target in provider.from_file.items():
        aliases = provider.options()[target].aliases
        yield FileOption(option, target, _is_content, section=f"{provider.key}.", aliases=aliases)


def _is_content(text: str) -> bool:
    return "\n" in text or "{" in text


def missing(provider: type[Provider], values: Mapping[str, WireValue], all_known: bool = True) -> Iterator[Problem]:
    """Yield a problem for each required field that `values` lacks, and for values that contradict each other.

    A contradiction is only certain if all values are known, and the NAS hides none of them from the account.
    """
    remedies = provider.remedies(values)
    for name, option in provider.options().items():
        if option.required and name not in values:
            remedy = remedies.get(name, "Set it in the task.")
            reason = "is required, because the NAS does not store a value for it"
            yield Problem(f"{provider.key}.{name}", reason, remedy)
    if all_known:
        yield from provider.contradictions(values)


def canonical(provider: type[Provider], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declared fields by wire name, with aliases resolved, without nulls and options that are not fields."""
    values: dict[str, Any] = {}
    for written, value in given.items():
        if value is not None and written not in provider.extra_options():
            values.setdefault(provider.wire_name(written), value)
    return values


def _replacement_problems(replace_with: str, name: str, state: str) -> Iterator[Problem]:
    if state != "absent":
        yield Problem(
            "replace_with",
            "requires state: absent",
            "Remove it: it names the credential that takes over the tasks of the deleted one.",
        )
    elif replace_with == name:
        yield Problem("replace_with", "must not be the deleted credential itself", "Set another credential.")


def _cleared(
    provider: type[Provider], names: list[str], declared: Mapping[str, WireValue]
) -> tuple[frozenset[str], list[Problem]]:
    options = provider.options()
    cleared = [provider.wire_name(name) for name in names]
    problems = []
    for name in cleared:
        if name not in options:
            problems.append(
                Problem(
                    "clear_fields",
                    f"must contain only fields of {provider.key}",
                    f"Choose from: {', '.join(options)}.",
                )
            )
        elif options[name].required:
            problems.append(
                Problem(
                    "clear_fields",
                    f"must not contain {provider.key}.{name}, which is required and does not have a default",
                    "Declare a value for the field.",
                )
            )
        elif name in declared:
            problems.append(
                Problem(
                    "clear_fields",
                    f"must not contain {provider.key}.{name}, which the task declares",
                    "Either declare or clear the field.",
                )
            )
    return frozenset(cleared), problems


def too_long(provider: type[Provider], name: str, declared: Mapping[str, WireValue]) -> Iterator[Problem]:
    """Yield a problem if a request with these values would make the NAS close the connection."""
    total = len(json.dumps([name, declared], ensure_ascii=False)) + ENVELOPE
    if declared and total > LIMIT_AFTER_LOGIN:
        longest = max(declared, key=lambda key: len(str(declared[key])))
        yield Problem(
            f"{provider.key}.{longest}",
            f"makes a request of about {total} characters, but the NAS accepts up to {LIMIT_AFTER_LOGIN}",
            "Shorten the value.",
        )
