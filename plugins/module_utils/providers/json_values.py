# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that are JSON: how to read, compare, and mask tokens and the keys of service accounts.

All functions are pure.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..fields.kinds import Refused, as_text, readable, refuse_placeholders, text


def json_text(value: Any) -> Any:
    """Return a mapping or JSON text as text."""
    value = text(as_text(value))
    if isinstance(value, str):
        parsed = json_object(value)
        refuse_placeholders(leaf for name, leaf in _leaves(parsed))
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


def why_no_object(text: str) -> tuple[str, str] | None:
    """Return the reason and the remedy for text that only copying has made something else than a JSON object, or None."""
    found = text.strip()
    if text.startswith("\ufeff"):
        return "must not start with a byte order mark", "Save the file as UTF-8 without it."
    if re.match(r"\{\s*'", found):
        return (
            "must be a JSON object, but has single quotes",
            "Write it as a mapping, or as text with the filter to_json.",
        )
    if re.match(r"""['"]\s*\{""", found):
        return (
            "must be a JSON object, but is text in quotes",
            "Remove the outer quotes, for example with the filter from_json.",
        )
    if is_base64_of_object(found):
        return "must be a JSON object, but is Base64", "Decode it, and use the object in it."
    return None


def is_base64_of_object(text: str) -> bool:
    """Return whether text is Base64, with or without padding, whose content starts as a JSON object."""
    plain = "".join(text.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).lstrip().startswith(b"{")
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


def readable_leaves(value: str, *names: str) -> dict[str, Any]:
    """Return the named entries of a JSON object, null for missing ones; an empty mapping for any other text."""
    parsed = json_object(value)
    if parsed is None:
        return {}
    leaves = {name: parsed.get(name) for name in names}
    return {name: readable(leaf) if isinstance(leaf, str) else None for name, leaf in leaves.items()}
