# SPDX-License-Identifier: GPL-3.0-or-later
"""From sections of an rclone.conf to credentials as a task writes them, and back; each provider's file has what is its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import _pydantic, mistyped
from ..credential import spec
from ..credential.stored import document
from ..errors import InvalidInput, Problem
from ..interpolation import OBSCURED
from ..providers import PROVIDERS, Provider
from ..providers.values import WireValue
from ..tasks.cloud_credential import ARGUMENTS
from ..versions import Version
from . import conf
from .obscure import obscure, reveal
from .options import FLAGS, HARMLESS, RCLONE, SERVICES, THREE_VALUED

_WRAPS = frozenset({"alias", "archive", "cache", "chunker", "combine", "compress", "crypt", "hasher", "union"})

_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), "true"),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), "false"),
}
"""What rclone takes as a boolean, tried with rclone 1.75; three-valued options take any case, and `unset`."""

_REMOTE_NAME = re.compile(r"[\w.+@](?:[\w.+@ -]*[\w.+@-])?")
"""What rclone takes as the name of a remote."""


@dataclass
class Imported:
    """What came of a file: credentials, and by section what is wrong with those that are none; `warnings` are for a person."""

    credentials: list[dict[str, Any]] = field(default_factory=list)
    unusable: dict[str, list[Problem]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def from_text(text: str, keypairs: Mapping[str, Any] | None = None, version: Version | None = None) -> Imported:
    """Return the remotes of an rclone.conf as credentials.

    `keypairs` has the NAS's keypairs for SFTP by section: a number, or a name. Fields that came after `version` are left out,
    with a warning. Raises InvalidInput if the text is no such file, or `keypairs` names a section that is not there.
    """
    _pydantic.require()
    sections = conf.read(text)
    replaced = conf.with_references(text)
    keypairs = keypairs or {}
    if unknown := [name for name in keypairs if name not in sections]:
        raise InvalidInput(
            [Problem("keypairs", f"there is no section {', '.join(unknown)}", "Use the sections' names.")]
        )
    imported = Imported()
    for name, section in sections.items():
        if name == conf.DEFAULT and "type" not in section:
            continue
        try:
            credential, warnings = _credential(name, _inherited(name, sections), keypairs.get(name), version)
        except InvalidInput as error:
            imported.unusable[name] = [*error.problems]
        else:
            imported.credentials.append(credential)
            if replaced[name]:
                warnings.append(
                    f"replaced %(...)s in {', '.join(replaced[name])}, as rclone does. Check that this is what was meant."
                )
            imported.warnings += [f"[{name}] {warning}" for warning in warnings]
    return imported


def to_text(credentials: Iterable[Mapping[str, Any]], key_files: Mapping[str, str] | None = None) -> str:
    """Return an rclone.conf whose remotes open what the credentials open, in the way of the NAS's tasks.

    `key_files` has the path of the private key by credential, for SFTP with a keypair. Credentials with `state: absent` are left
    out. Raises InvalidInput for one that a task would refuse, and for one that rclone cannot open.
    """
    _pydantic.require()
    sections: dict[str, dict[str, str]] = {}
    credentials = [*credentials]
    if problems := mistyped.of_items("credentials", credentials, ARGUMENTS):
        raise InvalidInput(problems)
    given = [_checked(index, credential) for index, credential in enumerate(credentials)]
    wanted = [params for params in given if params["state"] == "present"]
    for name, count in Counter(params["name"] for params in wanted).items():
        if count > 1:
            problems.append(Problem(name, f"is given {count} times", "Give each credential once."))
        if not _REMOTE_NAME.fullmatch(name):
            problems.append(
                Problem(name, "cannot be the name of a remote", "Use letters, digits, _ - . + @ and inner spaces.")
            )
    for params in wanted:
        try:
            sections[params["name"]] = _section(params, (key_files or {}).get(params["name"]))
        except InvalidInput as error:
            problems += [Problem(f"{params['name']}: {p.field}", p.reason, p.remedy) for p in error.problems]
    for name, section in sections.items():
        if taken := sorted(_inherited(name, sections).keys() - section.keys()):
            reason = f"would take {', '.join(taken)} from {name.rpartition('.')[0]}, as rclone reads the name"
            problems.append(Problem(name, reason, "Write a dash in place of the last dot, or write them to two files."))
    if problems:
        raise InvalidInput(problems)
    return conf.write(sections)


def _inherited(name: str, sections: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the options of a section; rclone takes those that [a.b] lacks from [a]."""
    parent, _, last = name.rpartition(".")
    return {**(_inherited(parent, sections) if last and parent in sections else {}), **sections[name]}


def _credential(
    name: str, section: Mapping[str, str], keypair: Any, version: Version | None
) -> tuple[dict[str, Any], list[str]]:
    """Return a section as a credential, with warnings of what it does not carry over. Raises InvalidInput."""
    options, problems = _options(name, section)
    provider = _provider(name, section.get("type", ""), options)
    options = {key: value for key, value in options.items() if (key, value) not in provider.rclone_usual}
    problems += _refused(name, provider, options, bool(keypair))
    if version:
        problems += [Problem(f"[{name}] {p.field}", p.reason, p.remedy) for p in provider.needs_newer(options, version)]
    if options.get(OBSCURED):
        try:
            options[OBSCURED] = reveal(options[OBSCURED])
        except ValueError as error:
            problems.append(Problem(f"[{name}] {OBSCURED}", str(error), "Let `rclone config` write it."))
    if problems:
        raise InvalidInput(problems)
    fields = provider.from_rclone(options)
    known = {key: value for key, value in fields.items() if key in provider.options()}
    files = {key: value for key, value in fields.items() if key in provider.from_file}
    lost = fields.keys() - known.keys() - files.keys() - provider.rclone_refused.keys()
    values, problems = provider.parse({key: _typed(provider, key, value) for key, value in known.items()})
    in_files = {provider.from_file[key] for key in files}
    problems += [
        Problem(p.field, p.reason, "Add it to the section.")
        for p in spec.missing(provider, values)
        if p.field.rpartition(".")[2] not in {*in_files, *known}
    ]
    if problems:
        raise InvalidInput(Problem(f"[{name}] {p.field}", p.reason, p.remedy) for p in problems)
    warnings = [*_lost(provider, lost, options)]
    late = [key for key in values if version and provider.options()[key].since > version]
    if late:
        warnings.append(f"left out, because they came later than that version: {', '.join(late)}.")
    values = {key: value for key, value in values.items() if key not in late}
    credential = document(name, provider, provider.wire_type, values, reveal=True)
    credential[provider.key] |= files
    if keypair is not None:
        credential[provider.key] |= _keypair(provider, name, keypair)
        return credential, warnings
    return credential, [*warnings, *provider.warn(values)]


def _options(name: str, section: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """Return the options of a section that are set, booleans as true or false, with a problem for each that is none."""
    options = {}
    problems = []
    for key, value in section.items():
        if key == "type" or not value or (key in THREE_VALUED and value.lower() == "unset"):
            continue
        if key not in FLAGS | THREE_VALUED:
            options[key] = value
        elif flag := _BOOLEANS.get(value.lower() if key in THREE_VALUED else value):
            options[key] = flag
        else:
            problems.append(
                Problem(f"[{name}] {key}", "is not a boolean that rclone can read", "Write it as true or false.")
            )
    return options, problems


def _refused(name: str, provider: type[Provider], options: Mapping[str, str], has_keypair: bool) -> Iterator[Problem]:
    """Yield a problem for each option in use without which the NAS could not log in."""
    for key, remedy in provider.rclone_refused.items():
        option, separator, word = key.partition("=")
        value = options.get(option, "")
        in_use = value == word if separator else bool(value) and not (option in FLAGS and value == "false")
        if in_use and not (has_keypair and key in provider.rclone_key_options):
            yield Problem(f"[{name}] {key}", "the NAS has no place for it and could not log in without it", remedy)


def _lost(provider: type[Provider], lost: Collection[str], options: Mapping[str, str]) -> Iterator[str]:
    """Yield a warning of the options that the NAS has no place for, and of words that rclone does not know."""
    same_backend = [other for other in PROVIDERS.values() if other.rclone_type == provider.rclone_type]
    known = {*HARMLESS.get(provider.rclone_type, ())}.union(
        *({*it.rclone_fields, *it.options()} for it in same_backend)
    )
    unknown = sorted(key for key in lost if key.partition("=")[0] not in known)
    if harmless := sorted({*lost} - {*unknown}):
        yield f"the NAS has no place for: {', '.join(harmless)}. rclone's defaults count there."
    if unknown:
        yield (
            f"left out, because rclone {RCLONE} does not know them either: {', '.join(unknown)}. Check that the login does not "
            "need them."
        )
    word, services = options.get("provider", ""), SERVICES.get(provider.rclone_type, ())
    if word and services and word not in services:
        yield f"rclone {RCLONE} does not know the provider {word!r}. It knows: {', '.join(services)}."


def _keypair(provider: type[Provider], name: str, keypair: Any) -> dict[str, Any]:
    """Return the field that refers to a keypair by its number, or the option that does so by its name."""
    field = provider.keypair_field()
    if field is None:
        raise InvalidInput([Problem("keypairs", f"[{name}] does not log in with a keypair", "Leave it out.")])
    return {field.name if isinstance(keypair, int) else field.name_option: keypair}


def _provider(name: str, rclone_type: str, options: Mapping[str, str]) -> type[Provider]:
    """Return the provider that the NAS has for a section; of several, the one that is made for the endpoint."""
    # rclone takes a backend's name without its spaces, too.
    wanted = rclone_type.replace(" ", "")
    host = re.sub(r"^\w+://|[/:].*$", "", options.get("endpoint", ""))
    fitting = [
        provider
        for provider in PROVIDERS.values()
        if wanted in (provider.rclone_type.replace(" ", ""), *provider.rclone_aliases)
        and host.endswith(provider.rclone_host)
    ]
    if fitting and wanted:
        return max(fitting, key=lambda provider: len(provider.rclone_host))
    field = f"[{name}] type"
    if not wanted:
        raise InvalidInput([Problem(field, "is missing", "Leave the section out.")])
    if wanted in _WRAPS:
        raise InvalidInput(
            [
                Problem(
                    field, f"{rclone_type} wraps other remotes, and a credential is one storage", "Take what it wraps."
                )
            ]
        )
    raise InvalidInput([Problem(field, f"the NAS has no provider for {rclone_type!r}", "Leave the section out.")])


def _typed(provider: type[Provider], name: str, value: str) -> WireValue:
    """Return a text of rclone's as the field's type, or as it is if it is none."""
    kind = provider.options()[name].kind.ansible
    if kind == "int" and re.fullmatch(r"[+-]?\d{1,19}", value):
        return int(value)
    if kind == "bool":
        return {"true": True, "false": False}.get(value, value)
    return value


def _checked(index: int, credential: Mapping[str, Any]) -> dict[str, Any]:
    """Return a credential as Ansible gives it to a task. Raises InvalidInput, naming fields and no values."""
    # Imported late: only the controller's filters come here.
    from ..redaction.no_log import ArgumentSpecValidator  # noqa: PLC0415 - for the filters only, and slow to import

    if not isinstance(credential, Mapping):
        raise InvalidInput([Problem(f"credentials[{index}]", "is not a mapping", "Give what cloud_credentials takes.")])
    given = {key: value for key, value in credential.items() if value is not None and key != "id"}
    for key in PROVIDERS:
        if isinstance(given.get(key), Mapping):
            given[key] = {name: value for name, value in given[key].items() if value is not None}
    checked = ArgumentSpecValidator(ARGUMENTS).validate(given)
    if checked.error_messages:
        # Ansible's own words may quote a value.
        reason = "is not what cloud_credentials takes"
        raise InvalidInput([Problem(f"credentials[{index}]", reason, "Check the names and types of its options.")])
    return dict(checked.validated_parameters)


def _section(params: Mapping[str, Any], key_file: str | None) -> dict[str, str]:
    """Return a credential as a section, the password obscured. Raises InvalidInput."""
    files = {
        option: params[key][option]
        for key, provider in PROVIDERS.items()
        for option in provider.from_file
        if (params.get(key) or {}).get(option)
    }
    given = {key: _without(params.get(key), files) for key in PROVIDERS}
    desired = spec.read({**params, **given, "new_name": None, "undeclared": "keep"})
    provider = desired.provider
    if provider is None:
        raise InvalidInput([Problem("provider", "is missing", "Give one.")])
    in_files = {provider.from_file[option] for option in files}
    if twice := sorted(in_files & desired.declared.keys()):
        raise InvalidInput([Problem(name, "is given together with a file", "Give one of them.") for name in twice])
    problems = spec.missing(provider, {**dict.fromkeys(in_files), **desired.declared})
    if missing := [*problems]:
        raise InvalidInput(missing)
    values = {option.name: option.default for option in provider.options().values()} | dict(desired.declared)
    options = provider.to_rclone({key: value for key, value in values.items() if value is not None}, key_file)
    section = {"type": provider.rclone_type, **{key: _written(value) for key, value in options.items()}, **files}
    if OBSCURED in section:
        section[OBSCURED] = obscure(section[OBSCURED].replace("\r", "").replace("\n", ""))
    return section


def _without(given: Any, names: Collection[str]) -> Any:
    """Return a provider's options without those of these names; None stays None."""
    return given and {name: value for name, value in given.items() if name not in names}


def _written(value: WireValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
