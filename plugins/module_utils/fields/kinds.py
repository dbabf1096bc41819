# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of values in fields: how to read, normalize, compare, and show each kind.

All functions are pure. They reject values that the NAS would store but could never use, with a remedy.
"""

from __future__ import annotations

import functools
import json
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote

from .._pydantic import BeforeValidator, Field, HttpUrl, TypeAdapter, ValidationError

if TYPE_CHECKING:
    # Python 3.9 lacks it, and imports this file to report that it is too old.
    from typing import TypeAlias

WireValue: TypeAlias = "str | int | bool | None"

MASK = "********"
"""The mask for secrets in all output. The NAS sends the same text to accounts without the write role."""

MASK_STORED = f"{MASK} (stored)"
MASK_DESIRED = f"{MASK} (desired)"

UNKNOWN = "unknown (redacted)"
"""Shown for a stored value that the NAS hides from an account without the write role."""

TO_FILL_IN = "CHANGE_ME"
"""The export's placeholder for a secret that the user must fill in."""

_WHOLE_PLACEHOLDERS = frozenset({MASK, MASK_STORED, MASK_DESIRED, UNKNOWN, "<redacted>"})
"""Placeholders that replace a whole secret. ansible-core prints `<redacted>` for a value that it has not decrypted.

Ansible up to 2.21 also writes eight asterisks into longer texts. A real password can contain eight asterisks, so they are
rejected only as a whole value, a whole leaf of JSON, or the user or password of a URL.
"""

_PLACEHOLDERS_WITHIN = ("$REDACTED$", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")
"""Placeholders of ansible-core: since 2.22, and up to 2.21. It writes the first one into longer texts. Neither occurs in a
real secret, so they are rejected anywhere in a text."""


class Refused(ValueError):
    """A value that can never work. The reason and the remedy do not quote secrets."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def _itself(value: str) -> Iterator[str]:
    yield value


def readable(value: str) -> str:
    """Return a nonsecret value for output: the login in a URL masked, and a misplaced private key as well.

    A password that is not percent-encoded can contain any character, so everything up to the last @ is masked.
    """
    if looks_like_key(value):
        return MASK
    return _USERINFO.sub(lambda match: f"{match.group('scheme') or ''}{MASK}@", value)


_USERINFO = re.compile(r"(?s)^(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*:[/\\]+)?(?P<userinfo>(?(scheme).*|.*:.*))@")


_KEY_BODY = re.compile(
    r"\s*(?:(?:b3BlbnNzaC1rZXk|MI[IG]|MHcCAQEE|MC4CAQAw|LS0tLS1CRUdJTi)[A-Za-z0-9+/=\s]{40,}|\ufeff?\s*PuTTY-User-Key-File-)"
)
"""The first characters of private keys: base64 of OpenSSH, RSA, EC, and PKCS #8 keys and of a whole PEM, and PuTTY."""


def looks_like_key(value: Any) -> bool:
    """Return whether a value is the text or the base64 body of a private key."""
    if not isinstance(value, str):
        return False
    # SSH.com writes fewer dashes.
    return "-----BEGIN" in value or "---- BEGIN SSH2" in value or _KEY_BODY.match(value) is not None


def _nothing(value: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Kind:
    """How to handle a kind of value: its Ansible type, comparison, masked form, and secrets.

    `preview` returns the parts of a secret that can be shown, by name.
    """

    ansible: str = "str"
    same: Callable[[Any, Any], bool] = operator.eq
    public: Callable[[str], str] = readable
    secrets: Callable[[str], Iterator[str]] = _itself
    preview: Callable[[str], dict[str, Any]] = _nothing


def text(value: Any) -> Any:
    """Reject placeholders, which the NAS would store in place of the secret (truenas-api/wire.md §3)."""
    if isinstance(value, str):
        refuse_placeholders([value])
    return value


def refuse_placeholders(texts: Iterable[str]) -> None:
    """Raise Refused if one of the texts is a placeholder for a secret."""
    unique = {*texts}
    if TO_FILL_IN in unique:
        raise Refused(f"still contains the placeholder {TO_FILL_IN} of the export", "Set the real value.")
    if any(map(_is_masked, unique)):
        raise Refused(
            "contains a masked value, which would overwrite the real one on the NAS",
            "Set the real value, or remove the field to keep the stored one.",
        )


def _is_masked(value: str) -> bool:
    return value in _WHOLE_PLACEHOLDERS or any(placeholder in value for placeholder in _PLACEHOLDERS_WITHIN)


def is_placeholder(value: str) -> bool:
    """Return whether a text is a placeholder for a secret from Ansible, this collection, or its export."""
    return value == TO_FILL_IN or _is_masked(value)


def base64_text(value: Any) -> Any:
    """Reject text that is not padded base64 of the standard alphabet, which rclone expects (tried with 1.75)."""
    value = text(value)
    # The NAS drops line breaks.
    if isinstance(value, str) and not _BASE64.fullmatch(re.sub(r"[\r\n]", "", value)):
        raise Refused("must be base64", "Copy the complete key, including the = at its end.")
    return value


_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def as_text(value: Any) -> Any:
    """Return a mapping as JSON text, and any other value unchanged."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else value


@functools.cache
def _url_adapter() -> TypeAdapter[HttpUrl]:
    return TypeAdapter(HttpUrl)


def normalize_url(value: str) -> str:
    """Return the URL as the NAS stores it; it uses the same library (truenas-api/providers.md, Normalization).

    Raises Refused for a URL that the NAS rejects, and for port 0, which it stores but cannot connect to.
    """
    if re.match(r"(?i)https?://[^/?#@]*:[/?#][^@]*@", value):
        raise Refused(
            "contains a password with a character that ends the host",
            "Percent-encode the password, for example / as %2F.",
        )
    try:
        url = _url_adapter().validate_python(value, strict=True)
    except ValidationError as error:
        raise Refused(*_why_not_a_url(value, error.errors(include_input=False, include_url=False)[0]["msg"])) from None
    if url.port == 0:
        raise Refused("must not have port 0", "Use a port from 1 to 65535, or omit the port.")
    return str(url)


def _is_url(value: str) -> bool:
    try:
        _url_adapter().validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _why_not_a_url(value: str, error_line: str) -> tuple[str, str]:
    lacks_scheme = re.fullmatch(r"(?!https?:)[A-Za-z0-9.\-\[\]:]+(/[^@\s]*)?", value, re.IGNORECASE)
    if "://" not in value and lacks_scheme and _is_url(f"https://{value}"):
        return "must start with a scheme", f"Use a URL, for example https://{value}"
    if re.search(r"[\s\\]", value):
        return (
            "must not contain spaces, line breaks, or backslashes",
            "Use a plain URL, for example https://host.example/path",
        )
    reason = error_line.removeprefix("Input should be a valid URL").strip(", ") or "not a URL"
    return f"must be a URL that the NAS accepts ({reason})", "Use a URL, for example https://host.example/path"


def http_url(value: Any) -> Any:
    """Return a normalized http or https URL."""
    if not isinstance(value, str):
        return value
    value = _real_url(value)
    _refuse_colon(unquote(url_userinfo(value).partition(":")[0]))
    return normalize_url(value)


def _real_url(value: str) -> str:
    refuse_placeholders([value, *url_userinfo(value).split(":")])
    return value


def basic_user(value: Any) -> Any:
    """Return the user of an HTTP Basic login."""
    if isinstance(text(value), str):
        _refuse_colon(value)
    return value


def _refuse_colon(user: str) -> None:
    """Reject a user with a colon, at which Basic authentication would cut it off (RFC 7617, 2)."""
    if ":" in user:
        raise Refused(
            "must not have a colon in the user, because HTTP Basic authentication cuts the user off there",
            "Use an account without a colon in its name.",
        )


def url_or_empty(value: Any) -> Any:
    """Return a normalized http or https URL, or an empty text."""
    return value if value == "" else http_url(value)


def https_url(value: Any) -> Any:
    """Return a normalized https URL."""
    value = http_url(value)
    if isinstance(value, str) and not value.startswith("https:"):
        raise Refused("must be an https URL", "Use a URL that starts with https://.")
    return value


def url_as_is(value: Any) -> Any:
    """Return a URL that the NAS stores unchanged, or an empty text. Rejects a host without a scheme."""
    if isinstance(value, str) and _real_url(value) and not re.match(r"(?i)https?://", value):
        raise Refused("must start with a scheme", "Use a URL, for example https://host.example:5000/v3")
    return value


def url_userinfo(url: str) -> str:
    """Return the `user:password` of a URL, or an empty text."""
    match = _USERINFO.match(url)
    return match.group("userinfo") if match else ""


def url_user(url: str) -> str:
    """Return the user of a URL if it also has a password, else an empty text."""
    user, colon, _password = url_userinfo(url).partition(":")
    return user if colon else ""


IN_CLEAR = "{} starts with http://, so the password is sent without encryption. Use https:// if the server supports it."
"""The warning for a URL for which `sends_password_in_clear` is true; the placeholder is the field."""


def sends_password_in_clear(url: Any, password: Any = None) -> bool:
    """Return whether a URL without TLS is used with a password, in the URL or in its own field."""
    plain = isinstance(url, str) and re.match(r"(?i)http://", url) is not None
    return plain and bool(password or url_userinfo(url).partition(":")[2])


def secrets_in_readable(value: str) -> Iterator[str]:
    """Yield the secrets in a nonsecret value: the user and password of a URL, and a misplaced private key."""
    userinfo = url_userinfo(value)
    yield from filter(None, (userinfo, userinfo.partition(":")[2]))
    if looks_like_key(value):
        yield value


def no_url(remedy: str) -> Callable[[Any], Any]:
    """Return a validator of a name or an ID. It raises Refused with this remedy for a URL or a path."""

    def check(value: Any) -> Any:
        value = text(value)
        if isinstance(value, str) and "/" in value:
            raise Refused("must not be a URL or a path", remedy)
        return value

    return check


Text = Annotated[str, BeforeValidator(text), Field(max_length=1024), Kind()]
BasicUser = Annotated[str, BeforeValidator(basic_user), Field(max_length=1024), Kind()]
Flag = Annotated[bool, Kind("bool")]
Count = Annotated[int, Field(ge=1), Kind("int")]
Port = Annotated[int, Field(ge=1, le=65535), Kind("int")]
Url = Annotated[str, BeforeValidator(http_url), Field(max_length=2083), Kind()]
UrlOrEmpty = Annotated[str, BeforeValidator(url_or_empty), Field(max_length=2083), Kind()]
UrlAsIs = Annotated[str, BeforeValidator(url_as_is), Field(max_length=1024), Kind()]
