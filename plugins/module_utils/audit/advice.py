# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings on a stored credential itself, and digests to compare secrets between NAS systems."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Any

from ..credential.stored import StoredCredential
from ..fields.kinds import MASK, Refused
from ..providers import tokens
from ..providers.oauth import OAuthProvider
from .rules import Finding

MIN_SECRET_LENGTH = 6
"""Minimum length of a secret to compare, in characters, because short secrets can be equal by chance."""


def advice(stored: StoredCredential, now: datetime.datetime, days: int) -> Iterator[Finding]:
    """Yield a finding for each problem of the credential, except in values that the NAS hides."""
    if stored.provider is None:
        yield Finding("unknown-provider", f"The provider {stored.wire_type!r} was not audited.")
        return
    if stored.provider.retired:
        yield Finding("retired-provider", stored.provider.retired)
    for name, value in stored.values.items():
        if isinstance(value, str) and re.match(r"(?i)http://", value):
            yield Finding("plain-http", f"{name} starts with http://, so secrets are sent without encryption.", name)
    if issubclass(stored.provider, OAuthProvider) and stored.provider.oauth.refreshes:
        yield from _of_token(stored.provider, stored.values.get("token"), now, days)


def _of_token(provider: type[OAuthProvider], text: Any, now: datetime.datetime, days: int) -> Iterator[Finding]:
    if not isinstance(text, str) or text in ("", MASK):
        return
    try:
        token = tokens.read(provider.as_rclone_reads(text))
    except Refused as refused:
        yield Finding("no-refresh-token", f"The token {refused.reason}.", "token")
        return
    if provider.is_lasting(token):
        return
    if token.is_never_renewed:
        yield Finding("no-refresh-token", "The token has no expiry, so rclone never refreshes it.", "token")
    if token.refresh_token:
        return
    yield Finding("no-refresh-token", "The token has no refresh_token, so rclone cannot refresh it.", "token")
    if token.end is None:
        return
    end = token.end.isoformat(timespec="minutes")
    if token.end <= now:
        yield Finding("token-expired", f"The token expired at {end}.", "token")
    elif token.end <= now + datetime.timedelta(days=days):
        yield Finding("token-expires", f"The token expires at {end}.", "token")


def digests(stored: StoredCredential, key: str) -> dict[str, list[str]]:
    """Return keyed digests of the credential's secrets by field, without values that the NAS hides."""
    by_field: dict[str, list[str]] = {}
    options = stored.provider.options() if stored.provider else {}
    for name, value in stored.values.items():
        option = options.get(name)
        texts = {text for text in option.secrets(value) if len(text) >= MIN_SECRET_LENGTH} - {MASK} if option else set()
        if texts:
            by_field[name] = sorted(
                hmac.new(key.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
                for text in texts
            )
    return by_field
