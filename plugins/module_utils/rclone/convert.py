# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of rclone.conf sections to credentials for a task, and back; each provider's file has its own rules."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import _pydantic, mistyped
from ..config_values import OBSCURED, without_line_breaks
from ..credential import spec
from ..credential.stored import document
from ..errors import InvalidInput, Problem
from ..fields.kinds import WireValue
from ..obscure import obscure, reveal
from ..providers import PROVIDERS, Provider
from ..tasks.cloud_credential import ARGUMENTS
from ..versions import Version
from . import conf
from .options import FLAGS, RCLONE, THREE_VALUED

_WRAPS = frozenset({"alias", "archive", "cache", "chunker", "combine", "compress", "crypt", "hasher", "union"})

_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), "true"),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), "false"),
}
"""Texts that rclone accepts as a boolean (tried with rclone 1.75); three-valued options accept any case, and `unset`."""

_HIDDEN = "XXX"
"""The text of `rclone config redacted` in place of a value."""

_REMOTE_NAME = re.compile(r"[\w.+@](?:[\w.+@ -]*[\w.+@-])?")
"""Names of remotes that rclone accepts."""


@dataclass
class Imported:
    """Result of an import: the credentials, the problems of unusable sections by name, and warnings."""

    credentials: list[dict[str, Any]] = field(default_factory=list)
    unusable: dict[str, list[Problem]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def from_text(text: str, keypairs: Mapping[str, Any] | None = None, version: Version | None = None) -> Imported:
    """Return the remotes of an rclone.conf as credentials.

    `keypairs` maps SFTP sections to the IDs or names of keypairs on the NAS. Fields that require a later TrueNAS than `version`
    are omitted, with a warning. Raises InvalidInput for other text, and if a section in `keypairs` does not exist.
    """
    _pydantic.require()
    sections = conf.read(text)
    replaced = conf.with_references(text)
    keypairs = keypairs or {}
    if unknown := [name for name in keypairs if name not in sections]:
        raise InvalidInput(
            [Problem("keypairs", f"section {', '.join(unknown)} not found", "Use names of sections in the file.")]
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
                    f"replaced %(...)s in {', '.join(replaced[name])}, as rclone does. Check that this is intended."
                )
            imported.warnings += [f"[{name}] {warning}" for warning in warnings]
    return imported


def to_text(credentials: Iterable[Mapping[str, Any]], key_files: Mapping[str, str] | None = None) -> str:
    """Return an rclone.conf whose remotes open the same storage as the credentials, as the tasks of the NAS do.

    `key_files` maps SFTP credentials with a keypair to the paths of private keys. Credentials with `state: absent` are omitted.
    Raises InvalidInput for a credential that a task would reject or rclone cannot open.
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
            problems.append(Problem(name, f"is listed {count} times", "List each credential only once."))
        if not _REMOTE_NAME.fullmatch(name):
            problems.append(
                Problem(name, "must be a valid name of a remote", "Use letters, digits, _ - . + @ and inner spaces.")
            )
    for params in wanted:
        try:
            sections[params["name"]] = _section(params, (key_files or {}).get(params["name"]))
        except InvalidInput as error:
            problems += [Problem(f"{params['name']}: {p.field}", p.reason, p.remedy) for p in error.problems]
    for name, section in sections.items():
        if taken := sorted(_inherited(name, sections).keys() - section.keys()):
            reason = f"would inherit {', '.join(taken)} from {name.rpartition('.')[0]} in rclone"
            problems.append(Problem(name, reason, "Replace the last dot by a dash, or use two files."))
    if problems:
        raise InvalidInput(problems)
    return conf.write(sections)


def _inherited(name: str, sections: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the options of a section; in rclone, [a.b] inherits missing options from [a]."""
    parent, _dot, last = name.rpartition(".")
    return {**(_inherited(parent, sections) if last and parent in sections else {}), **sections[name]}


def _credential(
    name: str, section: Mapping[str, str], keypair: Any, version: Version | None
) -> tuple[dict[str, Any], list[str]]:
    """Return a section as a credential, with warnings for options that it cannot carry over. Raises InvalidInput."""
    if hidden := [key for key, value in section.items() if value == _HIDDEN]:
        remedy = "Use the output of `rclone config show`, stored in a vault."
        raise InvalidInput(
            [Problem(f"[{name}] {key}", "is hidden by `rclone config redacted`", remedy) for key in hidden]
        )
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
            problems.append(Problem(f"[{name}] {OBSCURED}", str(error), "Use the value that `rclone config` writes."))
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
        warnings.append(f"omitted, because they require a later TrueNAS version: {', '.join(late)}.")
    values = {key: value for key, value in values.items() if key not in late}
    credential = document(name, provider, provider.wire_type, values, reveal=True)
    credential[provider.key] |= files
    if keypair is not None:
        credential[provider.key] |= _keypair(provider, name, keypair)
        return credential, warnings
    return credential, [*warnings, *provider.warn(values)]


def _options(name: str, section: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """Return the options that a section sets, booleans as true or false, and a problem for each invalid boolean."""
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
            problems.append(Problem(f"[{name}] {key}", "must be a boolean that rclone accepts", "Use true or false."))
    return options, problems


def _refused(name: str, provider: type[Provider], options: Mapping[str, str], has_keypair: bool) -> Iterator[Problem]:
    """Yield a problem for each option that the remote needs and the NAS does not support."""
    for key, remedy in provider.rclone_refused.items():
        option, separator, refused_value = key.partition("=")
        value = options.get(option, "")
        in_use = value == refused_value if separator else bool(value) and not (option in FLAGS and value == "false")
        if in_use and not (has_keypair and key in provider.rclone_key_options):
            yield Problem(f"[{name}] {key}", "is needed by the remote, but not supported by the NAS", remedy)


def _lost(provider: type[Provider], lost: Collection[str], options: Mapping[str, str]) -> Iterator[str]:
    """Yield a warning for options that the NAS does not support, and for options and providers unknown to rclone."""
    same_backend = [other for other in PROVIDERS.values() if other.rclone_type == provider.rclone_type]
    known = {name for it in same_backend for name in (*it.rclone_fields, *it.rclone_harmless, *it.options())}
    unknown = sorted(key for key in lost if key.partition("=")[0] not in known)
    if harmless := sorted({*lost} - {*unknown}):
        yield f"not supported by the NAS, which uses rclone's defaults: {', '.join(harmless)}."
    if unknown:
        yield (
            f"omitted, because rclone {RCLONE} does not support them either: {', '.join(unknown)}. Check that the login does not "
            "need them."
        )
    service, services = options.get("provider", ""), [name for it in same_backend for name in it.rclone_services]
    if service and services and service not in services:
        yield f"rclone {RCLONE} does not support the provider {service!r}. Use one of: {', '.join(services)}."


def _keypair(provider: type[Provider], name: str, keypair: Any) -> dict[str, Any]:
    """Return the field with the ID of a keypair, or the option with its name."""
    field = provider.keypair_field()
    if field is None:
        raise InvalidInput(
            [Problem("keypairs", f"[{name}] does not log in with a keypair", "Remove it from keypairs.")]
        )
    return {field.name if isinstance(keypair, int) else field.name_option: keypair}


def _provider(name: str, rclone_type: str, options: Mapping[str, str]) -> type[Provider]:
    """Return the provider for a section; if several fit, the most specific one for the endpoint."""
    # rclone also accepts a backend's name without its spaces.
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
        raise InvalidInput([Problem(field, "is required", "Set the type, or remove the section.")])
    if wanted in _WRAPS:
        raise InvalidInput(
            [
                Problem(
                    field,
                    f"{rclone_type} wraps other remotes, which a credential cannot do",
                    "Import the wrapped remote.",
                )
            ]
        )
    raise InvalidInput([Problem(field, f"{rclone_type!r} is not supported by the NAS", "Remove the section.")])


def _typed(provider: type[Provider], name: str, value: str) -> WireValue:
    """Return a text of rclone converted to the field's type, or unchanged if it does not fit."""
    kind = provider.options()[name].kind.ansible
    if kind == "int" and re.fullmatch(r"[+-]?\d{1,19}", value):
        return int(value)
    if kind == "bool":
        return {"true": True, "false": False}.get(value, value)
    return value


def _checked(index: int, credential: Mapping[str, Any]) -> dict[str, Any]:
    """Return a credential as Ansible passes it to a task. Raises InvalidInput, which does not quote values."""
    # Imported late: only the filters on the controller need it.
    from ..redaction.no_log import ArgumentSpecValidator  # noqa: PLC0415 - for the filters only, and slow to import

    if not isinstance(credential, Mapping):
        raise InvalidInput(
            [Problem(f"credentials[{index}]", "must be a mapping", "Use an item for cloud_credentials.")]
        )
    given = {key: value for key, value in mistyped.given_options(credential).items() if key != "id"}
    checked = ArgumentSpecValidator(ARGUMENTS).validate(given)
    if checked.error_messages:
        # Ansible's own message can quote a value.
        reason = "must be an item for cloud_credentials"
        raise InvalidInput([Problem(f"credentials[{index}]", reason, "Check the names and types of its options.")])
    return dict(checked.validated_parameters)


def _section(params: Mapping[str, Any], key_file: str | None) -> dict[str, str]:
    """Return a credential as a section with an obscured password. Raises InvalidInput."""
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
        raise InvalidInput([Problem("provider", "is required", "Set the options of one provider.")])
    in_files = {provider.from_file[option] for option in files}
    if twice := sorted(in_files & desired.declared.keys()):
        raise InvalidInput([Problem(name, "cannot be combined with a file", "Set only one of them.") for name in twice])
    problems = spec.missing(provider, {**dict.fromkeys(in_files), **desired.declared})
    if missing := [*problems]:
        raise InvalidInput(missing)
    values = {option.name: option.default for option in provider.options().values()} | dict(desired.declared)
    options = provider.to_rclone({key: value for key, value in values.items() if value is not None}, key_file)
    section = {"type": provider.rclone_type, **{key: _written(value) for key, value in options.items()}, **files}
    if OBSCURED in section:
        section[OBSCURED] = obscure(without_line_breaks(section[OBSCURED]))
    return section


def _without(given: Any, names: Collection[str]) -> Any:
    """Return a provider's options without those in `names`; None stays None."""
    return given and {name: value for name, value in given.items() if name not in names}


def _written(value: WireValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
