# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of values in provider fields: how to read, normalize, compare, and show each kind.

All functions are pure. They reject values that the NAS would store but could never use, with a remedy.
"""

from __future__ import annotations

import base64
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
    return _USERINFO.sub(lambda found: f"{found.group('scheme') or ''}{MASK}@", value)


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
        _refuse_placeholders([value])
    return value


def _refuse_placeholders(texts: Iterable[str]) -> None:
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


def json_text(value: Any) -> Any:
    """Return a mapping or JSON text as text."""
    value = text(as_text(value))
    if isinstance(value, str):
        parsed = json_object(value)
        _refuse_placeholders(leaf for name, leaf in _leaves(parsed))
        _refuse_unquoted(parsed or {})
    return value


def _refuse_unquoted(parsed: Mapping[str, Any]) -> None:
    """Reject a token or key in which YAML turned a text into a number or a boolean; rclone accepts only text there."""
    if names := [name for name in _TEXTS_IN_JSON if not isinstance(parsed.get(name, ""), (str, type(None)))]:
        raise Refused(f"must contain text as {' and '.join(names)}, not another type", "Put the text in quotes.")


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in parsed JSON with its key."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, name)
    elif isinstance(value, str):
        yield name, value


def json_object(value: str) -> dict[str, Any] | None:
    """Return the parsed JSON text if it is an object, else None."""
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def service_account(value: Any) -> Any:
    """Convert a service account key to JSON text. Raises Refused for a key that the NAS or its rclone cannot use."""
    value = json_text(value)
    if not isinstance(value, str):
        return value
    remedy = "Use the complete key file from Google as a mapping, as JSON text, or with service_account_file."
    key = json_object(value)
    if key is None:
        raise Refused("must be a JSON object", remedy)
    if key.keys() & {"installed", "web"}:
        raise Refused("must be a service account key, but is the file of an OAuth client", remedy)
    kind = key.get("type")
    if isinstance(kind, str) and kind not in ("", SERVICE_ACCOUNT):
        raise Refused(f"must have the type {SERVICE_ACCOUNT}, because rclone rejects other types", remedy)
    missing = [name for name in _NEEDED if not isinstance(key.get(name), str) or not key[name]]
    if missing:
        raise Refused(f"requires {' and '.join(missing)}", remedy)
    _refuse_broken_pem(key["private_key"], remedy)
    return value


SERVICE_ACCOUNT = "service_account"
_NEEDED = ("type", "project_id", "client_email", "private_key")
"""Keys that rclone requires as text (tried with rclone 1.75); the NAS itself reads `project_id`."""


def _refuse_broken_pem(private_key: Any, remedy: str) -> None:
    """Reject a PEM that rclone cannot read, for example without line breaks, which newer versions of cryptography accept.

    Tried with rclone 1.75. It accepts PKCS #8 and PKCS #1, trailing spaces, empty lines, and text before and after the block.
    """
    if not isinstance(private_key, str) or "BEGIN" not in private_key:
        return
    pem = next((block for block in _PEM.finditer(private_key) if _is_base64(block["body"])), None)
    if pem is None:
        raise Refused("contains a private_key that is damaged or has lost its line breaks", remedy)
    if pem["label"].startswith(("EC ", "OPENSSH ", "ENCRYPTED ")):
        raise Refused("contains a private_key that is not an unencrypted RSA key, so rclone cannot use it", remedy)


_PEM = re.compile(r"(?ms)^-----BEGIN (?P<label>[^\n-]+)-----[ \t\r]*\n(?P<body>.*?)^-----END (?P=label)-----[ \t\r]*$")


def _is_base64(body: str) -> bool:
    """Return whether the lines between BEGIN and END, after optional headers, contain nonempty base64."""
    try:
        return bool(base64.b64decode(re.sub(r"(?m)^[^:\n]+:.*$|[ \t\r\n]", "", body), validate=True))
    except ValueError:
        return False


def same_json(left: Any, right: Any) -> bool:
    """Return whether two JSON texts are equivalent; other text is compared as text."""
    return bool(left == right or _canonical(left) == _canonical(right))


def _canonical(value: Any) -> Any:
    try:
        return json.dumps(json.loads(value), sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return (value,)


def json_secrets(value: str) -> Iterator[str]:
    """Yield the text itself and the secret texts in it. Descriptive keys, such as `token_type`, are not secret."""
    yield value
    for name, leaf in _leaves(json_object(value)):
        if leaf and name not in _DESCRIPTIVE:
            yield leaf


_DESCRIPTIVE = frozenset(
    {
        "auth_provider_x509_cert_url",
        "auth_uri",
        "client_email",
        "client_id",
        "client_x509_cert_url",
        "expires",
        "expires_in",
        "expiry",
        "private_key_id",
        "project_id",
        "scope",
        "token_type",
        "token_uri",
        "type",
        "universe_domain",
    }
)
"""Keys of service accounts and tokens that are not secret; the TrueNAS web form shows them, too."""


_TEXTS_IN_JSON = (
    "access_token",
    "refresh_token",
    "token_type",
    "private_key",
    "private_key_id",
    "project_id",
    "client_email",
    "client_id",
)
"""Keys of tokens (Go's oauth2, which rclone uses) and of service accounts whose values are text."""


def service_account_preview(value: str) -> dict[str, Any]:
    """Return the names that identify the key of a service account."""
    return _readable_leaves(value, "project_id", "client_email", "private_key_id")


def token_preview(value: str) -> dict[str, Any]:
    """Return the token's type and expiry, and whether it can be refreshed."""
    shown = _readable_leaves(value, "token_type", "expiry")
    # rclone once wrote RefreshToken.
    refreshable = any(
        leaf and name.lower() in ("refresh_token", "refreshtoken") for name, leaf in (json_object(value) or {}).items()
    )
    return {**shown, "refreshable": refreshable} if shown else {}


def _readable_leaves(value: str, *names: str) -> dict[str, Any]:
    """Return the named entries of a JSON object, null for missing ones; an empty mapping for any other text."""
    parsed = json_object(value)
    if parsed is None:
        return {}
    leaves = {name: parsed.get(name) for name in names}
    return {name: readable(leaf) if isinstance(leaf, str) else None for name, leaf in leaves.items()}


@functools.cache
def _url_adapter() -> TypeAdapter[HttpUrl]:
    return TypeAdapter(HttpUrl)


def normalize_url(value: str) -> str:
    """Return the URL as the NAS stores it; it uses the same library (truenas-api/providers.md, Normalisation).

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


def _why_not_a_url(value: str, error_line: str) -> tuple[str, str]:
    if "://" not in value and re.fullmatch(r"(?!https?:)[A-Za-z0-9.\-\[\]:]+(/[^@\s]*)?", value, re.IGNORECASE):
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
    _refuse_placeholders([value, *url_userinfo(value).split(":")])
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
    found = _USERINFO.match(url)
    return found.group("userinfo") if found else ""


def url_user(url: str) -> str:
    """Return the user of a URL if it also has a password, else an empty text."""
    user, colon, _password = url_userinfo(url).partition(":")
    return user if colon else ""


IN_CLEAR = "{} starts with http://, so the password is sent in clear. Use https:// if the server supports it."
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


Text = Annotated[str, BeforeValidator(text), Field(max_length=1024), Kind()]
BasicUser = Annotated[str, BeforeValidator(basic_user), Field(max_length=1024), Kind()]
Base64 = Annotated[str, BeforeValidator(base64_text), Field(max_length=1024), Kind()]
Flag = Annotated[bool, Kind("bool")]
Count = Annotated[int, Field(ge=1), Kind("int")]
Port = Annotated[int, Field(ge=1, le=65535), Kind("int")]
Url = Annotated[str, BeforeValidator(http_url), Field(max_length=2083), Kind()]
UrlOrEmpty = Annotated[str, BeforeValidator(url_or_empty), Field(max_length=2083), Kind()]
UrlAsIs = Annotated[str, BeforeValidator(url_as_is), Field(max_length=1024), Kind()]
TOKEN = Kind("raw", same=same_json, secrets=json_secrets, preview=token_preview)
OpaqueToken = Annotated[str, BeforeValidator(json_text), TOKEN]
ServiceAccount = Annotated[
    str,
    BeforeValidator(service_account),
    Kind("raw", same=same_json, secrets=json_secrets, preview=service_account_preview),
]
