# SPDX-License-Identifier: GPL-3.0-or-later
"""OAuth tokens as rclone reads them: Go's encoding/json into the fields of oauth2.Token (tried with rclone 1.75).

Names count whatever their case, of two equal ones the last counts, and null leaves a field alone. A token without
access_token is read once more by the names that early versions of rclone wrote: AccessToken, RefreshToken, Expiry.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from .._pydantic import BeforeValidator
from .values import TOKEN, Refused, json_text

NEVER = datetime.datetime(1, 1, 1, tzinfo=datetime.timezone.utc)  # noqa: UP017 - imported by older Pythons, too, to report them
"""The zero time of rclone: the token does not expire."""

LONG_AGO = "1970-01-01T00:00:00Z"
"""An expiry that makes rclone renew the token before its first use."""

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
_REMEDY = 'Give the token as rclone writes it: {"access_token": ..., "refresh_token": ..., "expiry": ...}.'


@dataclass(frozen=True)
class OAuthToken:
    """The parts of a token that rclone uses. `expiry` is None if there is none, and NEVER for the zero time."""

    access_token: str
    refresh_token: str
    expiry: datetime.datetime | None

    @property
    def end(self) -> datetime.datetime | None:
        """The time at which the access token stops working, as far as the token says one."""
        return None if self.expiry == NEVER else self.expiry

    @property
    def is_never_renewed(self) -> bool:
        """Whether rclone never renews it although it could: it looks at the expiry alone, and not at an answer of 401."""
        return bool(self.refresh_token) and self.expiry is None


def read(text: str) -> OAuthToken:
    """Return the token in JSON text. Raises Refused for text from which rclone gets no token."""
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_no_json)
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, _Pairs):
        raise Refused("is not a JSON object, so rclone on the NAS cannot read it", _REMEDY)
    expiry = _expiry(pairs, text)
    fields = _typed(pairs)
    if not fields.get("access_token"):
        fields = _typed((_OLD_NAMES.get(name.lower(), ""), value) for name, value in pairs)
    access, refresh = fields.get("access_token", ""), fields.get("refresh_token", "")
    if not access and not refresh:
        raise Refused(*_why_no_token(pairs))
    return OAuthToken(access, refresh, expiry)


def find(text: Any) -> OAuthToken | None:
    """Return the token in a stored value, or None if rclone reads none from it."""
    try:
        return read(text) if isinstance(text, str) else None
    except Refused:
        return None


def moment(text: str) -> datetime.datetime:
    """Return the time in text as Go's time.UnmarshalJSON reads it: RFC 3339 with capital T and Z, and an offset.

    As there, the hour may have one digit, a comma may begin the fraction, and an offset may be as far as 24:60. A time that
    Python cannot hold becomes the nearest that it can. Raises ValueError for any other text.
    """
    found = _RFC_3339.fullmatch(text)
    if not found:
        raise ValueError("not a time of RFC 3339")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction, sign, hours, minutes = found.groups()[6:]
    offset = datetime.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if int(hours or 0) > 24 or int(minutes or 0) > 60:
        raise ValueError("the offset is out of range")
    microsecond = int((fraction or "")[:6].ljust(6, "0"))
    # Python has no year 0, which is a leap year like 4.
    local = datetime.datetime(year or 4, month, day, hour, minute, second, microsecond, datetime.UTC)
    try:
        return (local + offset if sign == "-" else local - offset) if year else _FIRST
    except OverflowError:
        return _LAST if sign == "-" else _FIRST


def renewable(text: str) -> str:
    """Return a token that rclone renews: one with a refresh token and no expiry gets one that has passed.

    The time at which its `expires_in` began is unknown, and any later run has to find the same text.
    """
    if not read(text).is_never_renewed:
        return text
    others = {name: value for name, value in json.loads(text).items() if name.lower() != "expiry"}
    return json.dumps({**others, "expiry": LONG_AGO}, ensure_ascii=False)


class _Pairs(list[tuple[str, Any]]):
    """The names and values of a JSON object in their order, equal names included."""


def _no_json(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _typed(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the last value of each field that is not null. Raises Refused for one of another type."""
    fields = {}
    for written, value in pairs:
        name = written.lower()
        if name not in _TYPES or value is None:
            continue
        kind, words = _TYPES[name]
        if type(value) is not kind or (isinstance(value, int) and not -(2**63) <= value < 2**63):
            raise Refused(
                f"has an entry {name} that is not {words}, so rclone cannot read the token", f"Write {name} as {words}."
            )
        fields[name] = value
    return fields


def _expiry(pairs: _Pairs, text: str) -> datetime.datetime | None:
    """Return the expiry among the pairs of the token in `text`. Raises Refused for one that rclone cannot read."""
    found = None
    for name, value in pairs:
        if name.lower() != "expiry" or value is None:
            continue
        try:
            found = moment(value)
        except (TypeError, ValueError):
            raise Refused(
                "has an expiry that rclone cannot read, so it cannot read the token",
                f"Write it with T and an offset, as {LONG_AGO} or 2026-01-31T18:00:00+01:00.",
            ) from None
    # Go does not undo JSON's escapes in a time; .NET writes the plus of an offset as one.
    if found and _ESCAPE_IN_EXPIRY.search(text):
        raise Refused(
            "has an expiry with a backslash, so rclone cannot read it", "Write every character of it as it is."
        )
    return found


def _why_no_token(pairs: _Pairs) -> tuple[str, str]:
    names = {name for name, value in pairs}
    if not names:
        return "is an empty object", _REMEDY
    if names & {"installed", "web"}:
        return (
            "is the file of an OAuth client, not a token",
            "Give its client_id and client_secret as these fields, and log in with cloud_oauth_token for the token.",
        )
    if {"type", "private_key"} <= names:
        return "is the key of a service account and not a token", _REMEDY
    return "has no access_token, without which rclone cannot read the rest", _REMEDY


def oauth_token(value: Any) -> Any:
    """Turn an OAuth token into the JSON text that rclone reads. Raises Refused for one that it cannot read."""
    value = json_text(value)
    if isinstance(value, str) and value:
        read(value)
    return value


Token = Annotated[str, BeforeValidator(oauth_token), TOKEN]
