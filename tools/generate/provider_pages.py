# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated parts of the pages of providers: facts, fields, and advice. Everything else on a page is written by hand."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .provider_docs import described
from .registry import providers
from .role_pages import markdown
from .text import ROOT, UTILS, default_text, filled, version_text

SCREEN_NAMES = "## Screen names to wire names"
"""The table of the facts with the names in the web interface of TrueNAS."""
TYPES = {"str": "text", "int": "whole number", "bool": "boolean", "raw": "text or mapping", "path": "path"}

NEW = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- tools/generate writes the parts between the markers; write the other parts by hand. -->
# {title}

<!-- generated: begin facts -->
<!-- generated: end -->

## Example

## Fields

<!-- generated: begin fields -->
<!-- generated: end -->

## Get the secrets

## Rights of the key

## Verify

<!-- generated: begin advice -->
<!-- generated: end -->

## Notes
"""
"""A page for a provider that does not have one yet."""


def page(key: str) -> str:
    """Return the page of a provider with its generated parts up to date."""
    provider = providers()[key]
    path = ROOT / f"docs/providers/{key}.md"
    text = path.read_text() if path.exists() else NEW.format(title=provider.title)
    parts = {"facts": _facts(provider), "fields": _fields(provider), "advice": _advice(provider)}
    return filled(text, lambda name: "\n".join(["", *parts[name], "", ""]))


def _facts(provider: Any) -> list[str]:
    rows = {
        "option of the task": f"`{provider.key}`",
        "type in the API": f"`{provider.wire_type}`",
        "TrueNAS": ", ".join(versions(provider)),
        "backend of rclone": f"`{provider.rclone_type}`",
        "buckets": buckets(provider),
        "cloud sync tasks": sync_tasks(provider),
        "cloud backup tasks": "yes" if provider.repository_base({}) else "no",
        "verification": verification(provider),
        "least rights of a key": _RIGHTS[provider.key_rights],
    }
    if provider.token_field and not provider.retired:
        rows["token"] = (
            f"the NAS {'stores' if provider.rotates_token else 'does not store'} a token that it has refreshed"
        )
    if scopes := getattr(getattr(provider, "oauth", None), "scopes", ()):
        rows["scopes of the login"] = "<br>".join(f"`{scope}`" for scope in scopes)
    first, *others = (f"| {name} | {value} |" for name, value in rows.items())
    return [first, "|---|---|", *others]


_RIGHTS = {
    "": "not measured",
    "policy": "[measured](../least_rights.md); `nasops.truenas.least_policy` returns the policy",
    "capabilities": "[measured](../least_rights.md); `nasops.truenas.least_policy` returns the capabilities",
}


def versions(provider: Any) -> Iterator[str]:
    """Yield the versions of TrueNAS that have a provider."""
    flat = importlib.import_module(f"{UTILS}.nas.flat")
    if flat.offers(flat.CORE.version, provider.wire_type):
        yield "CORE 13"
    if flat.offers(flat.SCALE.version, provider.wire_type):
        yield "24.04, 24.10"
    yield f"{version_text(provider.since).removesuffix('.0')} and later"


def buckets(provider: Any) -> str:
    """Return whether a provider has buckets, and whether the NAS can create one."""
    if not provider.has_buckets:
        return "no"
    return "yes, and the NAS can create them" if provider.can_create_buckets else "yes"


def sync_tasks(provider: Any) -> str:
    """Return what cloud sync tasks can do with a provider."""
    if not provider.can_have_tasks or provider.retired:
        return "no"
    return "pull only" if provider.is_read_only else "push and pull"


def verification(provider: Any) -> str:
    """Return who can verify a credential of a provider."""
    if provider.retired:
        return "not possible"
    if provider.rotates_token:
        return "by the NAS, and only with `verify_may_refresh: true`"
    return "by the NAS and by the controller" if provider.probe else "by the NAS"


def _fields(provider: Any) -> list[str]:
    options = provider.options()
    documented = described(provider)
    dated = {name: since for name, option in options.items() if (since := _since(provider, option))}
    rows = [["field", "value", "default", "secret", *(["since"] if dated else []), "description"]]
    for name, option in options.items():
        default = "required" if option.required else default_text(option)
        secret = "yes" if option.secret else ""
        version = [dated.get(name, "")] if dated else []
        rows.append([f"`{name}`", _value(option), default, secret, *version, markdown(option.description)])
    for name in provider.extra_options():
        text = markdown(" ".join(documented[name]["description"][:2]))
        rows.append([f"`{name}`", TYPES[documented[name]["type"]], "", "", *([""] if dated else []), text])
    return [*_table(rows), "", *_hidden(provider), "", *_names(provider)]


def _since(provider: Any, option: Any) -> str:
    """Return the version of TrueNAS that added a field, or an empty text for one as old as its provider."""
    return version_text(option.since) if option.since > max(provider.since, (25, 4, 0)) else ""


def _names(provider: Any) -> list[str]:
    """Return the table of the other names of fields."""
    screen = screen_names().get(provider.wire_type, {})
    rows = [["field", "in the web interface", "alias of the option"]]
    for name, option in provider.options().items():
        if name in screen or option.aliases:
            aliases = ", ".join(f"`{alias}`" for alias in option.aliases)
            rows.append([f"`{name}`", screen.get(name, ""), aliases])
    return _table(rows)


def _table(rows: list[list[str]]) -> list[str]:
    head, *others = (f"| {' | '.join(row)} |".replace("|  |", "| |").replace("|  |", "| |") for row in rows)
    return [head, "|---" * len(rows[0]) + "|", *others]


def _value(option: Any) -> str:
    if option.refers_to_keypair:
        return "ID"
    return ", ".join(f"`{choice}`" for choice in option.choices) or TYPES[option.kind.ansible]


def _hidden(provider: Any) -> list[str]:
    visible = [f"`{name}`" for name, option in provider.options().items() if not option.redacted_by_server]
    fields = f"every field except {_listed(visible)}" if visible else "every field"
    return [
        "A *required* field has no default: set it when the task creates the credential or changes its provider. A *secret*",
        "never appears in output.",
        f"The NAS hides {fields} from an account without the role `CLOUD_SYNC_WRITE`.",
    ]


def _listed(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)}{',' * (len(first) > 1)} and {last}" if first else last


def screen_names() -> dict[str, dict[str, str]]:
    """Return the names of fields in the web interface, by type in the API and field, from the facts."""
    table = (ROOT / "docs/reference/truenas-api/providers.md").read_text().split(SCREEN_NAMES)[1].split("\n## ")[0]
    found: dict[str, dict[str, str]] = {}
    types: list[str] = []
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 4 or cells[0] in ("screen section", "---"):
            continue
        types = types if cells[2] == "same" else cells[2].split(", ")
        name = re.split(r" \(|: ", cells[1])[0]
        field = re.split(r"[ :]", cells[3])[0]
        if name and not cells[1].startswith("(") and field != "none":
            for wire_type in types:
                found.setdefault(wire_type, {})[field] = name
    return found


def _advice(provider: Any) -> list[str]:
    advice = own_advice(provider)
    general = "[The table of all causes](../verification.md#read-the-result) has the general advice."
    if not advice:
        return [general]
    rows = [f"| `{cause}` | {text} |" for cause, text in advice]
    return ["| cause of a failed verification | advice |", "|---|---|", *rows, "", general]


def own_advice(provider: Any) -> list[tuple[str, str]]:
    """Return the names of causes with the provider's own advice, from its hints and its error patterns."""
    causes: Mapping[str, Any] = importlib.import_module(f"{UTILS}.diagnosis.causes").CAUSES
    special = [
        (cause.name, cause.hint) for _pattern, cause in provider.error_patterns if cause.hint != causes[cause.name].hint
    ]
    found = dict.fromkeys([*provider.hints.items(), *special])
    return [(name, re.sub(r"\{(\w+)\}", lambda word: word[1].upper(), text)) for name, text in found]
