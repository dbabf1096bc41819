# SPDX-License-Identifier: GPL-3.0-or-later
"""OAuth tokens as rclone reads them: Go's encoding/json into the fields of oauth2.Token (tried with rclone 1.75).

The case of names does not matter, the last of equal names wins, and null is ignored. If a token has no access_token, rclone
reads it again with the names that its early versions wrote: AccessToken, RefreshToken, Expiry.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from .._pydantic import BeforeValidator
from ..fields.kinds import Kind, Refused
from .json_values import json_object, json_secrets, json_text, readable_leaves, same_json, why_no_object

NEVER = datetime.datetime(1, 1, 1, tzinfo=datetime.timezone.utc)  # noqa: UP017 - imported by older Pythons, too, to report them
"""rclone's zero time: the token does not expire."""

LONG_AGO = "1970-01-01T00:00:00Z"
"""An expiry that makes rclone refresh the token before its first use."""

_TYPES: Mapping[str, tuple[type, str]] = {
    "access_token": (str, "text"),
    "token_type": (str, "text"),
    "refresh_token": (str, "text"),
    "expires_in": (int, "a whole number without quotes"),
}
_OLD_NAMES = {"accesstoken": "access_token", "refreshtoken": "refresh_token"}

_FIRST = NEVER + datetime.timedelta.resolution
_LAST = datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)  # noqa: UP017 - as above

_RFC_3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_ESCAPE_IN_EXPIRY = re.compile(r'(?i)"expiry"\s*:\s*"[^"\\]*\\')
_REMEDY = 'Use a token in the format of rclone: {"access_token": ..., "refresh_token": ..., "expiry": ...}.'


@dataclass(frozen=True)
class OAuthToken:
    """The parts of a token that rclone uses. `expiry` is None if the token has none, and NEVER for the zero time."""

    access_token: str
    refresh_token: str
    expiry: datetime.datetime | None

    @property
    def end(self) -> datetime.datetime | None:
        """The time when the access token expires, or None."""
        return None if self.expiry == NEVER else self.expiry

    @property
    def is_never_renewed(self) -> bool:
        """Whether rclone never refreshes the token although it could: it checks only the expiry and ignores responses of 401."""
        return bool(self.refresh_token) and self.expiry is None


def read(text: str) -> OAuthToken:
    """Return the token in JSON text. Raises Refused for text in which rclone finds no token."""
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_no_json)
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, _Pairs):
        raise Refused(*_why_no_object(text))
    expiry = _expiry(pairs, text)
    fields = _typed(pairs)
    if not fields.get("access_token"):
        fields = _typed((_OLD_NAMES.get(name.lower(), ""), value) for name, value in pairs)
    access, refresh = fields.get("access_token", ""), fields.get("refresh_token", "")
    if not access and not refresh:
        raise Refused(*_why_no_token(pairs))
    return OAuthToken(access, refresh, expiry)


def find(text: Any) -> OAuthToken | None:
    """Return the token in a stored value, or None if rclone finds none."""
    try:
        return read(text) if isinstance(text, str) else None
    except Refused:
        return None


def moment(text: str) -> datetime.datetime:
    """Return the time in a text as Go's time.UnmarshalJSON reads it: RFC 3339 with capital T and Z, and an offset.

    As in Go, the hour can have one digit, a comma can start the fraction, and an offset can be up to 24:60. A time outside of
    Python's range becomes the nearest one in the range. Raises ValueError for any other text.
    """
    match = _RFC_3339.fullmatch(text)
    if not match:
        raise ValueError("not a time of RFC 3339")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, sign, hours, minutes = match.groups()[6:]
    offset = datetime.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if int(hours or 0) > 24 or int(minutes or 0) > 60:
        raise ValueError("the offset is out of range")
    microsecond = int((fraction or "")[:6].ljust(6, "0"))
    # Python has no year 0. Year 4 replaces it, because both are leap years.
    local = datetime.datetime(year or 4, month, day, hour, minute, second, microsecond, datetime.UTC)
    try:
        return (local + offset if sign == "-" else local - offset) if year else _FIRST
    except OverflowError:
        return _LAST if sign == "-" else _FIRST


def renewable(text: str) -> str:
    """Return the token, with a past expiry if it has a refresh token and no expiry, so that rclone refreshes it.

    The start time of `expires_in` is unknown, and later runs must produce the same text.
    """
    if not read(text).is_never_renewed:
        return text
    others = {name: value for name, value in json.loads(text).items() if name.lower() != "expiry"}
    return json.dumps({**others, "expiry": LONG_AGO}, ensure_ascii=False)


class _Pairs(list[tuple[str, Any]]):
    """The names and values of a JSON object in their order, equal names included."""


def _no_json(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _typed(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the last value of each field that is not null. Raises Refused for a value of another type."""
    fields = {}
    for written, value in pairs:
        name = written.lower()
        if name not in _TYPES or value is None:
            continue
        kind, description = _TYPES[name]
        # A boolean is an int in Python, but not in JSON.
        is_kind = isinstance(value, kind) and not isinstance(value, bool)
        if not is_kind or (isinstance(value, int) and not -(2**63) <= value < 2**63):
            raise Refused(f"must contain {name} as {description}", f"Write {name} as {description}.")
        fields[name] = value
    return fields


def _expiry(pairs: _Pairs, text: str) -> datetime.datetime | None:
    """Return the expiry of the token in `text`, whose pairs are given, or None. Raises Refused if rclone cannot read it."""
    expiry = None
    for name, value in pairs:
        if name.lower() != "expiry" or value is None:
            continue
        try:
            expiry = moment(value)
        except (TypeError, ValueError):
            raise Refused(
                "contains an expiry that rclone cannot read",
                f"Write expiry with T and an offset, for example {LONG_AGO} or 2026-01-31T18:00:00+01:00.",
            ) from None
    # Go does not decode JSON escapes in a time; .NET escapes the plus of an offset.
    if expiry and _ESCAPE_IN_EXPIRY.search(text):
        raise Refused("contains an expiry with a backslash, which rclone cannot read", "Write expiry without escapes.")
    return expiry


def _why_no_object(text: str) -> tuple[str, str]:
    """Return the reason and the remedy for text that is not a JSON object, by the way in which tokens are often copied."""
    found = text.strip()
    if "--->" in found or "<---" in found:
        reason = "must be a JSON object, but has the lines of `rclone authorize` around it"
        return reason, "Use only the text between these lines."
    if re.match(r"(?i)\[[^\]{}]+\]\s|[\w ]*token\s*=", found):
        return "must be a JSON object, but is a part of an rclone.conf", "Use only the value of token."
    return why_no_object(text) or ("must be a JSON object, because rclone cannot read anything else", _REMEDY)


def _why_no_token(pairs: _Pairs) -> tuple[str, str]:
    names = {name for name, value in pairs}
    if not names:
        return "must not be an empty object", _REMEDY
    if names & {"installed", "web"}:
        return (
            "must be a token, but is the file of an OAuth client",
            "Set client_id and client_secret from the file, and use cloud_oauth_token to get a token.",
        )
    if {"type", "private_key"} <= names:
        return "must be a token, but is the key of a service account", _REMEDY
    if any(name == "token" and (isinstance(value, _Pairs) or str(value).startswith("{")) for name, value in pairs):
        return "requires access_token, but the token is inside of another object", "Use the value of its token."
    if {"token", "refresh_token"} <= names:
        return (
            "requires access_token, but has token, as the libraries of Google write it",
            "Rename token to access_token.",
        )
    return "requires access_token", _REMEDY


def oauth_token(value: Any) -> Any:
    """Convert an OAuth token to the JSON text that rclone reads. Raises Refused for a token that it cannot read."""
    value = json_text(value)
    if isinstance(value, str) and value:
        read(value)
    return value


def token_preview(value: str) -> dict[str, Any]:
    """Return the token's type and expiry, and whether it can be refreshed."""
    shown = readable_leaves(value, "token_type", "expiry")
    # rclone once wrote RefreshToken.
    refreshable = any(
        leaf and name.lower() in ("refresh_token", "refreshtoken") for name, leaf in (json_object(value) or {}).items()
    )
    return {**shown, "refreshable": refreshable} if shown else {}


TOKEN = Kind("raw", same=same_json, secrets=json_secrets, preview=token_preview)
OpaqueToken = Annotated[str, BeforeValidator(json_text), TOKEN]
Token = Annotated[str, BeforeValidator(oauth_token), TOKEN]
