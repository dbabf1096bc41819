# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect a token that a run sends to more than one NAS.

Worker processes share no memory, so a file in the temporary directory of the run records which NAS got which token. The file
contains only digests, with a random key for each run. Only its owner can read it, and it is deleted when the run ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible import constants

from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import as_text
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.providers.json_values import json_object

FILE = "nasops.truenas-tokens"


def warnings(params: Mapping[str, Any], nas: str, folder: str | None = None) -> list[str]:
    """Return a warning for each token in the options that another NAS got earlier in this run, and record the tokens.

    This applies only to providers that issue a new refresh token on each use: each NAS that refreshes the token can end the
    login of the others. `nas` identifies the NAS; `folder` is the temporary directory of the run.
    """
    tokens = [token for item in (params, *(params.get("credentials") or ())) for token in _tokens(item)]
    if not tokens:
        return []
    try:
        others = _exchange([token for title, token in tokens], nas, Path(folder or constants.DEFAULT_LOCAL_TMP))
    except OSError:
        # Without the file, the run continues without the warning.
        return []
    return [
        f"The {title} token is also used on {other}. When one NAS refreshes it, the other can lose access. Get a separate token "
        "for each NAS."
        for (title, token), other in zip(tokens, others, strict=True)
        if other
    ]


def _tokens(item: Any) -> Iterator[tuple[str, str]]:
    """Yield the title of the provider, and the part of the token that a refresh invalidates."""
    if not isinstance(item, Mapping) or item.get("state") == "absent":
        return
    for provider in PROVIDERS.values():
        given = item.get(provider.key)
        if not provider.rotates_token or not isinstance(given, Mapping):
            continue
        token = next((given[name] for name in given if provider.wire_name(name) == provider.token_field), None)
        text = as_text(token)
        if isinstance(text, str) and text:
            parsed = json_object(text) or {}
            yield provider.title, str(parsed.get("refresh_token") or parsed.get("access_token") or text)


def _exchange(tokens: list[str], nas: str, folder: Path) -> list[str]:
    """Record that this NAS got these tokens; return, for each, another NAS that got it earlier, or an empty text."""
    handle = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        key, *lines = file.read().splitlines() or [secrets.token_hex(32)]
        known = [line.split(" ", 1) for line in lines]
        digests = [hmac.new(bytes.fromhex(key), token.encode(), hashlib.sha256).hexdigest() for token in tokens]
        file.seek(0)
        file.write("".join(f"{line}\n" for line in [key, *lines, *(f"{digest} {nas}" for digest in digests)]))
    return [next((other for digest, other in known if digest == mine and other != nas), "") for mine in digests]
