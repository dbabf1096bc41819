# SPDX-License-Identifier: GPL-3.0-or-later
"""From a task's options to what it wants: everything that can be checked without the NAS is checked here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine import names
from ..errors import InvalidInput, Problem
from ..protocol.jsonrpc import LIMIT_AFTER_LOGIN
from ..providers import PROVIDERS, Provider
from ..providers.values import WireValue
from . import keypair_reference
from .keypair_reference import PENDING_ID, KeypairRef
from .stored import CREDENTIALS
from .verification import request
from .verification.request import VerifyRequest

ENVELOPE = 512
"""Characters that a request has around the name and the provider, generously."""


@dataclass(frozen=True)
class Desired(names.Desired):
    """One credential as the task wants it.

    `declared` holds normalised wire values by wire name. Where a `keypair` is named, its field is PENDING_ID there: the number
    is the NAS's to tell.
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


def read(params: Mapping[str, Any]) -> Desired:
    """Return what the options of `cloud_credential` ask for. Raises InvalidInput with everything that is wrong."""
    problems = [*CREDENTIALS.name_problems("name", params["name"])]
    new_name = params.get("new_name")
    if new_name is not None:
        problems += CREDENTIALS.name_problems("new_name", new_name)
    replace_with = params.get("replace_with")
    if replace_with is not None:
        problems += _replacement_problems(replace_with, params["name"], params["state"])
    given = [key for key in PROVIDERS if params.get(key) is not None]
    state = params["state"]
    provider: type[Provider] | None = None
    declared: dict[str, WireValue] = {}
    cleared: frozenset[str] = frozenset()
    keypair: KeypairRef | None = None
    if state == "absent":
        if new_name is not None:
            problems.append(Problem("new_name", "is given together with state absent", "Leave one of them out."))
    elif len(given) > 1:
        problems.append(Problem(given[1], f"is given together with {given[0]}", "A credential has one provider."))
    elif given:
        provider = PROVIDERS[given[0]]
        declared, found = provider.parse(_canonical(provider, params[provider.key]))
        keypair, unnamed = keypair_reference.read(provider, params[provider.key])
        if keypair:
            declared[keypair.field] = PENDING_ID
        cleared, unclear = _cleared(provider, params.get("clear_fields") or [], declared)
        problems += found + unnamed + unclear
        problems += _unread(provider, params[provider.key])
        if params["undeclared"] == "default" and not found:
            problems += missing(provider, declared)
        problems += too_long(provider, params["name"], declared)
    elif new_name is None:
        problems.append(
            Problem("provider", "is missing", f"With state present, give exactly one of: {', '.join(PROVIDERS)}.")
        )
    if not given and params.get("clear_fields"):
        problems.append(
            Problem("clear_fields", "is given without a provider", "Give the provider whose fields they are.")
        )
    verify_request = request.read(params)
    problems += request.problems(verify_request, provider)
    if problems:
        raise InvalidInput(problems)
    return Desired(
        name=params["name"],
        state=state,
        new_name=new_name if new_name != params["name"] else None,
        provider=provider,
        declared=declared,
        cleared=cleared,
        keypair=keypair,
        undeclared=params["undeclared"],
        update_token=params["update_token"],
        update_secret=params["update_secret"],
        allow_type_change=params["allow_type_change"],
        replace_with=replace_with,
        verify_request=verify_request,
    )


def with_files(params: Mapping[str, Any], read_file: Callable[[str], str]) -> dict[str, Any]:
    """Return the options with each file that one names replaced by its text.

    `read_file` returns a file's text or raises OSError. Raises InvalidInput for a file that cannot be read, and for a field
    that is given as well.
    """
    replaced = dict(params)
    problems = []
    for provider in PROVIDERS.values():
        given = params.get(provider.key)
        if not isinstance(given, Mapping):
            continue
        given = dict(given)
        for option, target in provider.from_file.items():
            path = given.pop(option, None)
            if path is None:
                continue
            if not isinstance(path, str) or "\n" in path or "{" in path:
                problems.append(
                    Problem(f"{provider.key}.{option}", "is no path but the text itself", f"Give the text as {target}.")
                )
                continue
            if any(given.get(name) is not None for name in (target, *provider.options()[target].aliases)):
                problems.append(
                    Problem(f"{provider.key}.{option}", f"is given together with {target}", "Give one of them.")
                )
                continue
            try:
                given[target] = read_file(path)
            except (OSError, UnicodeDecodeError) as error:
                problems.append(
                    Problem(f"{provider.key}.{option}", f"cannot be read: {error}", "Give a file on the controller.")
                )
        replaced[provider.key] = given
    if problems:
        raise InvalidInput(problems)
    return replaced


def missing(provider: type[Provider], values: Mapping[str, WireValue]) -> Iterator[Problem]:
    """Yield a problem for each field that the provider requires and `values` lacks, and for values that contradict each other."""
    remedies = provider.remedies(values)
    for name, option in provider.options().items():
        if option.required and name not in values:
            remedy = remedies.get(name, "Declare it in the task.")
            yield Problem(f"{provider.key}.{name}", "is missing, and the NAS has no value for it", remedy)
    yield from provider.contradictions(values)


def _canonical(provider: type[Provider], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declared options by wire name: without nulls, aliases resolved, what is no field left aside."""
    values: dict[str, Any] = {}
    for written, value in given.items():
        if value is not None and written not in provider.beside():
            values.setdefault(provider.wire_name(written), value)
    return values


def _unread(provider: type[Provider], given: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each file that `with_files` should have replaced on the controller."""
    for option in provider.from_file:
        if given.get(option) is not None:
            yield Problem(
                f"{provider.key}.{option}",
                "was not read",
                "Run the module through Ansible, which reads it on the controller.",
            )


def _replacement_problems(replace_with: str, name: str, state: str) -> Iterator[Problem]:
    if state != "absent":
        yield Problem("replace_with", "is given with state present", "It is for tasks of a credential that goes.")
    elif replace_with == name:
        yield Problem("replace_with", "is the credential that goes", "Name another one.")


def _cleared(
    provider: type[Provider], names: list[str], declared: Mapping[str, WireValue]
) -> tuple[frozenset[str], list[Problem]]:
    options = provider.options()
    cleared = [provider.wire_name(name) for name in names]
    problems = []
    for name in cleared:
        if name not in options:
            problems.append(
                Problem("clear_fields", f"{provider.key} has no such field", f"Its fields are: {', '.join(options)}.")
            )
        elif options[name].required:
            problems.append(
                Problem(
                    "clear_fields", f"{provider.key}.{name} is required and has no default", "Declare a value for it."
                )
            )
        elif name in declared:
            problems.append(
                Problem("clear_fields", f"{provider.key}.{name} is declared, too", "Declare it or clear it, not both.")
            )
    return frozenset(cleared), problems


def too_long(provider: type[Provider], name: str, declared: Mapping[str, WireValue]) -> Iterator[Problem]:
    """Yield a problem if a request with these values would make the NAS close the connection."""
    total = len(json.dumps([name, declared], ensure_ascii=False)) + ENVELOPE
    if declared and total > LIMIT_AFTER_LOGIN:
        longest = max(declared, key=lambda key: len(str(declared[key])))
        yield Problem(
            f"{provider.key}.{longest}",
            f"makes a request of about {total} characters; the NAS closes the connection above {LIMIT_AFTER_LOGIN}",
            "Shorten it.",
        )
