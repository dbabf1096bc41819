# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of value that provider fields hold: how each is read, normalised, compared and shown.

Everything here is pure. A value that the NAS would store and could never use is refused here, with a remedy.
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
"""What a secret looks like in everything this collection prints, and what the NAS sends to accounts that may not read."""

MASK_STORED = f"{MASK} (stored)"
MASK_DESIRED = f"{MASK} (desired)"

UNKNOWN = "unknown (redacted)"
"""Shown for a stored value that the NAS hides from an account without the write role."""

TO_FILL_IN = "CHANGE_ME"
"""What the export writes where a secret is to be filled in."""

_WHOLE_PLACEHOLDERS = frozenset({MASK, MASK_STORED, MASK_DESIRED, UNKNOWN, "<redacted>"})
"""Placeholders that replace a whole secret. `<redacted>` is how ansible-core prints a value that it has not decrypted.

Ansible up to 2.21 also writes eight asterisks into a longer text. An honest password can contain eight asterisks, too, so they
count only as a whole value, a whole leaf of JSON, or the user or password of a URL.
"""

_PLACEHOLDERS_WITHIN = ("$REDACTED$", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")
"""Placeholders of ansible-core, from 2.22 on and up to 2.21. It writes the first one into longer texts. Neither occurs in an
honest secret, so they count wherever they are."""


class Refused(ValueError):
    """A value that can never work; carries the reason and the remedy, neither of which quotes a secret."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def _itself(value: str) -> Iterator[str]:
    yield value


def readable(value: str) -> str:
    """Return a value that is no secret as it may be shown: without a password in a URL, or a key that was put there.

    A password that was not percent-encoded may hold any sign, so everything up to the last @ goes.
    """
    if looks_like_key(value):
        return MASK
    return _USERINFO.sub(lambda found: f"{found.group('scheme') or ''}{MASK}@", value)


_USERINFO = re.compile(r"(?s)^(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*:[/\\]+)?(?P<userinfo>(?(scheme).*|.*:.*))@")


_KEY_BODY = re.compile(
    r"\s*(?:(?:b3BlbnNzaC1rZXk|MI[IG]|MHcCAQEE|MC4CAQAw|LS0tLS1CRUdJTi)[A-Za-z0-9+/=\s]{40,}|\ufeff?\s*PuTTY-User-Key-File-)"
)
"""How private keys begin: the base64 of OpenSSH's, RSA, EC, PKCS #8 and of a PEM as a whole, and PuTTY's."""


def looks_like_key(value: Any) -> bool:
    """Tell whether a value is the text of a private key, or its inside, wherever it was put."""
    if not isinstance(value, str):
        return False
    # SSH.com writes fewer dashes.
    return "-----BEGIN" in value or "---- BEGIN SSH2" in value or _KEY_BODY.match(value) is not None


def _nothing(value: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Kind:
    """How Ansible reads a kind of value, when two of them are the same, what of one may be shown and what is its secret.

    `preview` returns what may be shown of the inside of a secret, by name.
    """

    ansible: str = "str"
    same: Callable[[Any, Any], bool] = operator.eq
    public: Callable[[str], str] = readable
    secrets: Callable[[str], Iterator[str]] = _itself
    preview: Callable[[str], dict[str, Any]] = _nothing


def text(value: Any) -> Any:
    """Refuse the stand-ins for a secret, which the NAS would store in the secret's place (truenas-api/wire.md §3)."""
    if isinstance(value, str):
        _refuse_placeholders([value])
    return value


def _refuse_placeholders(texts: Iterable[str]) -> None:
    found = {*texts}
    if TO_FILL_IN in found:
        raise Refused(f"still is or holds {TO_FILL_IN}, as the export writes it", "Fill in the real value.")
    if any(map(_is_masked, found)):
        raise Refused(
            "is or holds a masked value, which the NAS would store in place of the real one",
            "Give the real value, or leave the field out to keep what is stored.",
        )


def _is_masked(value: str) -> bool:
    return value in _WHOLE_PLACEHOLDERS or any(placeholder in value for placeholder in _PLACEHOLDERS_WITHIN)


def is_placeholder(value: str) -> bool:
    """Return whether a text stands for a secret, as Ansible, this collection, or its export writes it."""
    return value == TO_FILL_IN or _is_masked(value)


def base64_text(value: Any) -> Any:
    """Refuse what is no base64 of the usual alphabet with its padding, which is how rclone decodes it (tried with 1.75)."""
    value = text(value)
    # The NAS drops line breaks.
    if isinstance(value, str) and not _BASE64.fullmatch(re.sub(r"[\r\n]", "", value)):
        raise Refused("is not base64, so the NAS cannot use it", "Copy the whole key, with the = at its end.")
    return value


_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def as_text(value: Any) -> Any:
    """Turn a mapping into JSON text; leave anything else as it is."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else value


def json_text(value: Any) -> Any:
    """Read a mapping or JSON text as text."""
    value = text(as_text(value))
    if isinstance(value, str):
        parsed = json_object(value)
        _refuse_placeholders(leaf for name, leaf in _leaves(parsed))
        _refuse_unquoted(parsed or {})
    return value


def _refuse_unquoted(parsed: Mapping[str, Any]) -> None:
    """Refuse a token or key with a number or a boolean for a text: YAML made it, and rclone reads only text there."""
    if found := [name for name in _TEXTS_IN_JSON if not isinstance(parsed.get(name, ""), (str, type(None)))]:
        raise Refused(f"must have text as {' and '.join(found)}, but has another type there", "Put each in quotes.")


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in parsed JSON with the name it stands under."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, name)
    elif isinstance(value, str):
        yield name, value


def json_object(value: str) -> dict[str, Any] | None:
    """Return what the JSON text says if it is an object, else None."""
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def service_account(value: Any) -> Any:
    """Turn a service account key into JSON text. Raises Refused for one with which the NAS or rclone on it can do nothing."""
    value = json_text(value)
    if not isinstance(value, str):
        return value
    remedy = "Give the whole key file as Google issued it, as a mapping, as JSON text or by service_account_file."
    key = json_object(value)
    if key is None:
        raise Refused("is not a JSON object", remedy)
    if key.keys() & {"installed", "web"}:
        raise Refused("is the file of an OAuth client, not the key of a service account", remedy)
    kind = key.get("type")
    if isinstance(kind, str) and kind not in ("", SERVICE_ACCOUNT):
        raise Refused(f"has another type than {SERVICE_ACCOUNT}, so rclone on the NAS cannot use it", remedy)
    missing = [name for name in _NEEDED if not isinstance(key.get(name), str) or not key[name]]
    if missing:
        raise Refused(f"has no {' and no '.join(missing)}, without which the NAS cannot use it", remedy)
    _refuse_broken_pem(key["private_key"], remedy)
    return value


SERVICE_ACCOUNT = "service_account"
_NEEDED = ("type", "project_id", "client_email", "private_key")
"""What rclone needs of a service account, each as text (tried with rclone 1.75); the NAS itself reads `project_id`."""


def _refuse_broken_pem(private_key: Any, remedy: str) -> None:
    """Refuse a PEM that rclone does not read, above all one without line breaks, which newer cryptography does read.

    Tried with rclone 1.75. It takes PKCS #8 and PKCS #1, spaces behind a line, empty lines, and text before and after.
    """
    if not isinstance(private_key, str) or "BEGIN" not in private_key:
        return
    found = next((block for block in _PEM.finditer(private_key) if _is_base64(block["body"])), None)
    if found is None:
        raise Refused("has a private_key that is damaged or has lost its line breaks, so rclone cannot read it", remedy)
    if found["label"].startswith(("EC ", "OPENSSH ", "ENCRYPTED ")):
        raise Refused("has a private_key that is not a plain RSA key, so rclone cannot use it", remedy)


_PEM = re.compile(r"(?ms)^-----BEGIN (?P<label>[^\n-]+)-----[ \t\r]*\n(?P<body>.*?)^-----END (?P=label)-----[ \t\r]*$")


def _is_base64(body: str) -> bool:
    """Return whether the lines between BEGIN and END hold something; headers may precede it."""
    try:
        return bool(base64.b64decode(re.sub(r"(?m)^[^:\n]+:.*$|[ \t\r\n]", "", body), validate=True))
    except ValueError:
        return False


def same_json(one: Any, other: Any) -> bool:
    """Tell whether two JSON texts mean the same; text that is not JSON is compared as text."""
    return bool(one == other or _canonical(one) == _canonical(other))


def _canonical(value: Any) -> Any:
    try:
        return json.dumps(json.loads(value), sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return (value,)


def json_secrets(value: str) -> Iterator[str]:
    """Yield the text itself and the secret texts in it; what only describes a key or a token is no secret."""
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
"""Keys of service accounts and tokens that may be read, as the NAS's own form shows them."""


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
    """Return which key a service account's is."""
    return _readable_leaves(value, "project_id", "client_email", "private_key_id")


def token_preview(value: str) -> dict[str, Any]:
    """Return what sort of token it is, when it expires, and whether it can then be renewed."""
    shown = _readable_leaves(value, "token_type", "expiry")
    # rclone once wrote RefreshToken.
    refreshable = any(
        leaf and name.lower() in ("refresh_token", "refreshtoken") for name, leaf in (json_object(value) or {}).items()
    )
    return {**shown, "refreshable": refreshable} if shown else {}


def _readable_leaves(value: str, *names: str) -> dict[str, Any]:
    """Return these entries of JSON text, null for one that is not there; nothing of text that is no JSON object."""
    parsed = json_object(value)
    if parsed is None:
        return {}
    leaves = {name: parsed.get(name) for name in names}
    return {name: readable(leaf) if isinstance(leaf, str) else None for name, leaf in leaves.items()}


@functools.cache
def _url_adapter() -> TypeAdapter[HttpUrl]:
    return TypeAdapter(HttpUrl)


def normalize_url(value: str) -> str:
    """Return the URL as the NAS stores it: it normalises with the same library (truenas-api/providers.md, Normalisation).

    Raises Refused for what the NAS rejects, and for port 0, which it stores but cannot connect to.
    """
    if re.match(r"(?i)https?://[^/?#@]*:[/?#][^@]*@", value):
        raise Refused(
            "has a password with a sign that ends the host", "Percent-encode the password, / as %2F and so on."
        )
    try:
        url = _url_adapter().validate_python(value, strict=True)
    except ValidationError as error:
        raise Refused(*_why_not_a_url(value, error.errors(include_input=False, include_url=False)[0]["msg"])) from None
    if url.port == 0:
        raise Refused("has port 0, to which nothing can connect", "Give a port from 1 to 65535 or none.")
    return str(url)


def _why_not_a_url(value: str, error_line: str) -> tuple[str, str]:
    if "://" not in value and re.fullmatch(r"(?!https?:)[A-Za-z0-9.\-\[\]:]+(/[^@\s]*)?", value, re.IGNORECASE):
        return "has no scheme", f"Write it as a URL, for example https://{value}"
    if re.search(r"[\s\\]", value):
        return (
            "holds a space, a line break or a backslash",
            "Write it as a plain URL, for example https://host.example/path",
        )
    reason = error_line.removeprefix("Input should be a valid URL").strip(", ") or "is not a URL"
    return f"is not a URL that the NAS takes ({reason})", "Write it as a URL, for example https://host.example/path"


def http_url(value: Any) -> Any:
    """Read an http or https URL."""
    if not isinstance(value, str):
        return value
    value = _real_url(value)
    _refuse_colon(unquote(url_userinfo(value).partition(":")[0]))
    return normalize_url(value)


def _real_url(value: str) -> str:
    _refuse_placeholders([value, *url_userinfo(value).split(":")])
    return value


def basic_user(value: Any) -> Any:
    """Read the user of a login by HTTP's Basic authentication."""
    if isinstance(text(value), str):
        _refuse_colon(value)
    return value


def _refuse_colon(user: str) -> None:
    """Refuse a user that a server would cut: Basic authentication ends it at the first colon (RFC 7617, 2)."""
    if ":" in user:
        raise Refused(
            "has a colon in the user, where HTTP's Basic authentication ends it", "Log in as a user without a colon."
        )


def url_or_empty(value: Any) -> Any:
    """Read an http or https URL, or nothing."""
    return value if value == "" else http_url(value)


def https_url(value: Any) -> Any:
    """Read a URL that must be https."""
    value = http_url(value)
    if isinstance(value, str) and not value.startswith("https:"):
        raise Refused("is not https, which is all that the NAS takes here", "Write it as https://...")
    return value


def url_as_is(value: Any) -> Any:
    """Read a URL that the NAS stores byte for byte, or nothing; a bare host could not be used."""
    if isinstance(value, str) and _real_url(value) and not re.match(r"(?i)https?://", value):
        raise Refused("has no scheme", "Write it as a URL, for example https://host.example:5000/v3")
    return value


def url_userinfo(url: str) -> str:
    """Return the `user:password` of a URL, or an empty text."""
    found = _USERINFO.match(url)
    return found.group("userinfo") if found else ""


def url_user(url: str) -> str:
    """Return the user of a URL that has a password as well, or an empty text."""
    user, colon, _password = url_userinfo(url).partition(":")
    return user if colon else ""


IN_CLEAR = "{}.url begins with http://, so the password is sent in clear: write https:// if the server takes it."
"""The warning for a URL of which `sends_password_in_clear` is true, with the provider's key to fill in."""


def sends_password_in_clear(url: Any, password: Any = None) -> bool:
    """Tell whether a URL without TLS comes with a password, in itself or beside it."""
    plain = isinstance(url, str) and re.match(r"(?i)http://", url) is not None
    return plain and bool(password or url_userinfo(url).partition(":")[2])


def secrets_in_readable(value: str) -> Iterator[str]:
    """Yield what is secret in a value that may otherwise be read: a URL's user and password, a key in the wrong place."""
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
