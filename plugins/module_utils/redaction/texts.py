# SPDX-License-Identifier: GPL-3.0-or-later
"""Redaction of known secrets in foreign texts: from rclone, from a provider, or from the NAS."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote

from ..fields.kinds import MASK, url_user
from ..providers import BY_WIRE_TYPE

LONGEST_ERROR = 500
"""Maximum length in characters of a foreign error that a message quotes."""

SHORT = 4
"""Secrets with fewer characters are redacted only as whole words: a password "a" must not mask every a."""

_HALVES = "surrogatepass"

MIN_ENCODED_LENGTH = 6
"""Secrets with fewer bytes are not looked for in base64 and hexadecimal, where they would occur by chance."""


SECRET_FIELDS = frozenset({"encryption_password", "encryption_salt", "password", "private_key"})
"""The secret fields of tasks and keypairs (truenas-api/tasks.md §2, wire.md §4)."""

_KEY_LINE = re.compile(r"[\w+/=-]{16,}", re.ASCII)
"""A line of a private key, which identifies it and is worth hiding alone."""


def redact_text(text: str, secrets_: Iterable[str]) -> str:
    """Return the text with each secret redacted, in every form in which programs write it."""
    return _redact(text, _all_forms(secrets_))


def redact_in(value: Any, secrets_: Iterable[str]) -> Any:
    """Return a result with each secret redacted in all texts, including keys, and in place of equal numbers."""
    forms = _all_forms(secrets_)
    # Redacting is slow and rarely needed, and a search is fast.
    everything = "\0".join(texts(value)).casefold()
    return _redact_in(value, forms) if any(form.casefold() in everything for form in forms) else value


def _redact_in(value: Any, forms: list[str]) -> Any:
    if isinstance(value, str):
        return _redact(value, forms)
    if isinstance(value, Mapping):
        return {_redact_in(key, forms): _redact_in(item, forms) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redact_in(item, forms) for item in value]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return MASK if is_number and str(value) in forms else value


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a value, including keys, and numbers as text."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _all_forms(secrets_: Iterable[str]) -> list[str]:
    """Return the forms of secrets, longest first."""
    return sorted({form for secret in secrets_ for form in _forms(secret) if form}, key=len, reverse=True)


def _redact(text: str, forms: Iterable[str]) -> str:
    folded = text.casefold()
    for form in forms:
        # Compiling an expression for each of thousands of forms would take seconds.
        if form not in text and ("%" not in form or form.casefold() not in folded):
            continue
        if isinstance(form, Encoded):
            text = re.sub(rf"[\w+/-]*{re.escape(form)}[\w+/-]*=*", MASK, text, flags=re.ASCII)
            continue
        pattern = re.escape(form)
        if len(form) < SHORT:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        text = re.sub(pattern, MASK, text, flags=re.IGNORECASE if "%" in form else 0)
    return text


def _forms(secret: str) -> Iterator[str]:
    # The NAS removes line breaks from values for rclone. Go, JSON, and Python each quote differently.
    lines = secret.splitlines()
    if len(lines) > 1:
        # A message on one line has spaces between them. A message can also be cut off, or quote one line.
        yield " ".join(secret.split())
        yield from (line for line in map(str.strip, lines) if _KEY_LINE.fullmatch(line))
    for value in dict.fromkeys((secret, re.sub(r"[\r\n]", "", secret))):
        yield value
        yield from _encoded(value)
        yield from _quoted(value)
        # A token is a JSON text itself, which the NAS quotes in a reply or in an error.
        yield from (twice for once in (*_quoted(value),) for twice in _quoted(once))
        # JSON can contain half of a character.
        yield from (quote(value, errors=_HALVES), quote(value, safe="", errors=_HALVES), unquote(value))
        yield quote_plus(value, errors=_HALVES)


def _quoted(text: str) -> tuple[str, str, str]:
    """Return the text as JSON and Python quote it, without the quotation marks."""
    return json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]


class Encoded(str):
    """A part of the base64 form of a secret, whatever stands before it, for example a user name and a colon."""


def _encoded(secret: str) -> Iterator[str]:
    """Yield the hexadecimal forms of a secret, and what base64 makes of it after 0, 1, or 2 other bytes (modulo 3)."""
    data = secret.encode(errors=_HALVES)
    if len(data) < MIN_ENCODED_LENGTH:
        return
    yield from (data.hex(), data.hex().upper())
    for before in range(3):
        whole = (before + len(data)) // 3 * 4
        # The characters at the edges depend on the neighbors, too.
        text = base64.b64encode(b"\0" * before + data)[-(-before * 8 // 6) : whole].decode()
        yield from (Encoded(text), Encoded(text.replace("+", "-").replace("/", "_")))


def row_secrets(value: Any) -> Iterator[str]:
    """Yield the secret texts in rows of credentials, tasks, and keypairs, as the NAS sends them."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from row_secrets(item)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if name == "provider" and isinstance(item, Mapping):
                yield from provider_secrets(item)
            elif name in SECRET_FIELDS and isinstance(item, str):
                yield item
            else:
                yield from row_secrets(item)


def provider_secrets(provider: Mapping[str, Any]) -> Iterator[str]:
    """Yield the secret texts in a provider's wire values. For an unknown provider or field, yield every text.

    The user name in a URL is not a secret itself, but is masked as a part of the login in the URL.
    """
    kind = provider.get("type")
    known = BY_WIRE_TYPE.get(kind) if isinstance(kind, str) else None
    options = known.options() if known else {}
    for name, value in provider.items():
        if name in options:
            yield from options[name].secrets(value)
            if isinstance(value, str) and not options[name].secret:
                yield url_user(value)
        elif name != "type" and isinstance(value, str) and value:
            yield value
