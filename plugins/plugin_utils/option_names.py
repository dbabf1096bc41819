# SPDX-License-Identifier: GPL-3.0-or-later
"""Mark the names of options in messages for an HTML page."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from ansible_collections.nasops.truenas.plugins.module_utils.backup_task.kind import BACKUP
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task.kind import SYNC


@functools.cache
def _patterns() -> tuple[str, ...]:
    """Return where a name is the name of an option, and not an English word.

    Not at import: without pydantic, the providers have no options.
    """
    names = {name for provider in PROVIDERS.values() for name in provider.options()} | {
        *SYNC.type.fields,
        *BACKUP.type.fields,
    }
    known = f"(?:{'|'.join(sorted(names))})"
    return (
        rf"^{known}\b",
        rf"\b{known} (?:and|or) {known}\b",
        rf"\b{known}: \w+",
        r"\b[a-z]+(?:_[a-z]+)+\b(?:: \w+)?",
        r"--[a-z][a-z0-9-]+",
        r"\bargs\b",
    )


def marked(message: str, fields: Iterable[str] = ()) -> Markup:
    """Return the message, escaped, with each name of an option as code; `fields` are the options that it is about."""
    own = [rf"\b{re.escape(field)}\b" for field in fields if field.isidentifier()]
    # A name in quotes, in a path, or in an address is part of somebody's text.
    names = re.compile(rf"(?<![\w'/.-])(?:{'|'.join([*_patterns(), *own])})(?![\w'/-])")
    parts: list[Markup] = []
    end = 0
    for found in names.finditer(message):
        parts.append(escape(message[end : found.start()]))
        # Only two names have a word between them.
        words = re.split(r"( and | or )", found[0])
        parts += (escape(word) if odd % 2 else Markup("<code>{}</code>").format(word) for odd, word in enumerate(words))
        end = found.end()
    return Markup("").join([*parts, escape(message[end:])])
