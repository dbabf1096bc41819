# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said of a stored credential by itself, and digests by which secrets on different NAS can be compared."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
from collections.abc import Iterator

from ..credential.stored import Stored
from ..providers import tokens
from ..providers.oauth import OAuthProvider
from ..providers.values import MASK, Refused
from .rules import Finding

SHORTEST_SECRET = 6
"""Characters of the shortest secret that is compared: two NAS may well have the same short word by chance."""


def advice(one: Stored, now: datetime.datetime, days: int) -> Iterator[Finding]:
    """Yield what is odd about the credential; what the NAS hides is passed over."""
    if one.provider is None:
        yield Finding("unknown-provider", f"Its provider is {one.wire_type!r}, which was not looked into.")
        return
    if one.provider.retired:
        yield Finding("retired-provider", one.provider.retired)
    for name, value in one.values.items():
        if isinstance(value, str) and re.match(r"(?i)http://", value):
            yield Finding("plain-http", f"{name} begins with http://, so that secrets can be read on the way.", name)
    if issubclass(one.provider, OAuthProvider) and one.provider.oauth.refreshes:
        yield from _of_token(one, now, days)


def _of_token(one: Stored, now: datetime.datetime, days: int) -> Iterator[Finding]:
    text = one.values.get("token")
    if not isinstance(text, str) or text in ("", MASK):
        return
    try:
        token = tokens.read(text)
    except Refused as refused:
        yield Finding("no-refresh-token", f"The token {refused.reason}.", "token")
        return
    if token.expiry == tokens.NEVER:
        return
    if token.is_never_renewed:
        yield Finding("no-refresh-token", "The token has no expiry, without which rclone never renews it.", "token")
    if token.refresh_token:
        return
    yield Finding("no-refresh-token", "The token has no refresh_token, so nothing can renew it.", "token")
    if token.end is None:
        return
    end = token.end.isoformat(timespec="minutes")
    if token.end <= now:
        yield Finding("token-expired", f"The token expired at {end}.", "token")
    elif token.end <= now + datetime.timedelta(days=days):
        yield Finding("token-expires", f"The token expires at {end}.", "token")


def digests(one: Stored, key: str) -> dict[str, list[str]]:
    """Return keyed digests of the credential's secrets by field; nothing of what the NAS hides."""
    found: dict[str, list[str]] = {}
    options = one.provider.options() if one.provider else {}
    for name, value in one.values.items():
        option = options.get(name)
        texts = {text for text in option.secrets(value) if len(text) >= SHORTEST_SECRET} - {MASK} if option else set()
        if texts:
            found[name] = sorted(
                hmac.new(key.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
                for text in texts
            )
    return found
