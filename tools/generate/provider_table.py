# SPDX-License-Identifier: GPL-3.0-or-later
"""The page with a table for each provider."""

from __future__ import annotations

from typing import Any

from .provider_arguments import arguments
from .registry import providers
from .text import version_text


def table() -> str:
    """Return the page with a table for each provider."""
    lines = [
        "<!-- SPDX-License-Identifier: GPL-3.0-or-later -->",
        "<!-- Generated from the provider models by tools/generate. -->",
        "# Providers",
        "",
        "One table for each provider option of `cloud_credential`. *Required* fields have no default. Set them when the task",
        "creates a credential or changes its provider; for an existing credential they are optional. *Secret* fields never",
        "appear in any output. The NAS returns `********` for *hidden* fields to an account without the role",
        "`CLOUD_SYNC_WRITE`.",
        "",
    ]
    for key, provider in providers().items():
        since = f" From TrueNAS {version_text(provider.since)}." if provider.since > (25, 4, 0) else ""
        note = f" Note that {provider.retired}" if provider.retired else ""
        lines += [f"## `{key}`: {provider.title}", "", f"Name in the API: `{provider.wire_type}`.{since}{note}", ""]
        lines += ["| field | aliases | type | required | default | since | secret | hidden |", "|---" * 8 + "|"]
        for name, option in provider.options().items():
            kind = " / ".join(f"`{word}`" for word in option.choices) or {"raw": "text or mapping"}.get(
                option.kind.ansible, option.kind.ansible
            )
            kind = "ID" if option.refers_to_keypair else kind
            cells = [
                f"`{name}`",
                ", ".join(f"`{alias}`" for alias in option.aliases),
                kind,
                "yes" if option.required else "",
                "" if option.required else default_text(option),
                version_text(option.since) if option.since > (25, 4, 0) else "",
                "yes" if option.secret else "",
                "yes" if option.redacted_by_server else "",
            ]
            lines.append("| " + " | ".join(cells) + " |")
        spec = arguments(provider)
        lines += [f"| `{name}` | | {spec[name]['type']} | | | | | |" for name in provider.extra_options()]
        for name, field in provider.from_file.items():
            lines += ["", f"`{name}` is a file on the controller that contains the text for `{field}`."]
        if keypair := provider.keypair_field():
            lines += [
                "",
                f"`{keypair.name_option}` sets `{keypair.name}` by the name of the keypair. With "
                f"`{keypair.generate_option}`,",
                "the NAS creates the keypair if it does not exist.",
            ]
        lines.append("")
    return "\n".join(lines)


def default_text(option: Any) -> str:
    word = option.to_option(option.default)
    if word is None:
        return "null"
    return "empty" if word == "" else f"`{str(word).lower() if isinstance(word, bool) else word}`"
