# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of an API key: the raw key, and a precomputed one, for which a login needs no PBKDF2.

The forms are those of the official client (truenas-api/wire.md, corrections to §2).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InvalidInput, Problem
from ..names import most_similar
from .pbkdf2 import pbkdf2

RAW_FORM = r"[0-9]{1,18}-[A-Za-z0-9]{64}"
"""The format of a raw key: its ID, a dash, and 64 letters and digits (truenas-api/older.md)."""

OPTION = "api_key"
FILE_OPTION = "api_key_file"
RAW = "raw_key"
ID = "api_key_id"
KEYS = CLIENT, STORED, SERVER = ("client_key", "stored_key", "server_key")
SECTION = "TRUENAS_API_KEY"
"""The section of an INI text that is read if there are others."""

KEY_SIZE = hashlib.sha512().digest_size

_ONE_SOURCE = "Copy all parts again, from the same API key of the same NAS."
_FORMS = f"Set the raw key, or {', '.join((*KEYS, ID))} as a mapping, as JSON, or as INI."
_NAME = re.compile("[a-z][a-z_]{0,30}")
_BEGINNINGS = ("{", "[", "#", ";")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")


@dataclass(frozen=True)
class Precomputed:
    """An API key after PBKDF2 with the salt and the iterations of one NAS (RFC 5802 §3). It logs in to that NAS with SCRAM."""

    key_id: int
    client_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)

    @classmethod
    def of(cls, raw: str, salt: bytes, iterations: int) -> Precomputed:
        """Return the precomputed form of a raw key. Takes as long as `pbkdf2`."""
        number, _dash, secret = raw.partition("-")
        salted = pbkdf2(secret.encode(), salt, iterations)
        return cls(int(number), *(hmac.digest(salted, label, "sha512") for label in (b"Client Key", b"Server Key")))

    @property
    def stored_key(self) -> bytes:
        """The hash of the client key, which the NAS stores."""
        return hashlib.sha512(self.client_key).digest()

    def parts(self) -> dict[str, Any]:
        """Return the form that the option takes: the ID, and the keys in base64."""
        return {ID: self.key_id, **{name: base64.b64encode(getattr(self, name)).decode() for name in KEYS}}


Derive = Callable[[str, bytes, int], Precomputed]
"""Returns the precomputed form of a raw key, with a salt and a number of iterations, as `Precomputed.of` does."""


def read(value: Any) -> str | Precomputed:
    """Return the key that the option contains, in any form. Raises InvalidInput, which quotes no part of the value.

    A raw key is returned as it is; the caller checks it.
    """
    if isinstance(value, Mapping):
        return _of_parts(value)
    if not isinstance(value, str):
        raise _refused("must be text or a mapping", _FORMS)
    text = value.strip()
    if text.startswith("{"):
        return _of_parts(_from_json(text))
    return _of_parts(_from_ini(text)) if text.startswith(_BEGINNINGS) else value


def is_key(value: Any) -> bool:
    """Return whether a value looks like a key in any form, and not like the path of a file."""
    if not isinstance(value, str):
        return isinstance(value, Mapping)
    text = value.strip()
    return "\n" in text or text.startswith(_BEGINNINGS) or re.fullmatch(RAW_FORM, text) is not None


def secret_texts(value: Any) -> Iterator[str]:
    """Yield the secret texts of an option's value: the whole text, and each part by itself, of malformed values, too."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if not _is_name(name):
                # It might be a key that was pasted in the wrong place.
                yield str(name)
            if name != ID:
                yield from secret_texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from secret_texts(part)
    elif value is not None and not isinstance(value, bool):
        text = str(value)
        yield text
        if text.strip().startswith(_BEGINNINGS):
            # JSON can escape a slash.
            yield from _ENCODED.findall(text.replace("\\/", "/"))


def _of_parts(parts: Mapping[str, Any]) -> str | Precomputed:
    problems = [*_name_problems(parts)]
    raw = parts.get(RAW)
    if raw is not None and len(parts) > 1:
        problems.append(Problem(f"{OPTION}.{RAW}", f"cannot be combined with {', '.join(KEYS)}", "Set only one form."))
    elif raw is not None and not isinstance(raw, str):
        problems.append(Problem(f"{OPTION}.{RAW}", "must be text", "Put it in quotes."))
    if raw is not None and not problems:
        return str(raw)
    if raw is None:
        problems += _id_problems(parts.get(ID))
        problems += [problem for name in KEYS for problem in _key_problems(name, parts.get(name))]
    if not problems and hashlib.sha512(_decoded(parts[CLIENT])).digest() != _decoded(parts[STORED]):
        reason = f"does not belong to {CLIENT}, because it is not its hash"
        problems.append(Problem(f"{OPTION}.{STORED}", reason, _ONE_SOURCE))
    if problems:
        raise InvalidInput(problems)
    return Precomputed(int(parts[ID]), _decoded(parts[CLIENT]), _decoded(parts[SERVER]))


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _name_problems(parts: Mapping[str, Any]) -> Iterator[Problem]:
    known = (*KEYS, ID, RAW)
    for name in parts:
        if name not in known:
            shown = repr(name) if _is_name(name) else "a name that does not belong to a key"
            similar = most_similar(known, name) if _is_name(name) else []
            advice = f"Did you mean {similar[0]!r}?" if similar else _FORMS
            yield Problem(OPTION, f"contains {shown}", advice)


def _id_problems(value: Any) -> Iterator[Problem]:
    if value is None:
        yield _missing(ID)
    elif isinstance(value, bool) or not re.fullmatch("[0-9]{1,18}", str(value)):
        yield Problem(f"{OPTION}.{ID}", "must be a whole number", "Set the number before the dash of the raw key.")


def _key_problems(name: str, value: Any) -> Iterator[Problem]:
    if value is None:
        yield _missing(name)
        return
    try:
        size = len(_decoded(value))
    except ValueError:
        yield Problem(f"{OPTION}.{name}", "must be base64 text", _ONE_SOURCE)
        return
    if size != KEY_SIZE:
        yield Problem(f"{OPTION}.{name}", f"must contain {KEY_SIZE} bytes, but contains {size}", _ONE_SOURCE)


def _missing(name: str) -> Problem:
    return Problem(f"{OPTION}.{name}", "is missing", _FORMS)


def _decoded(value: Any) -> bytes:
    """Return the bytes of a base64 text. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError
    return base64.b64decode(value, validate=True)


def _from_json(text: str) -> Mapping[str, Any]:
    try:
        return dict(json.loads(text))
    except (ValueError, RecursionError):
        raise _refused("must be valid JSON if it begins with a brace", _FORMS) from None


def _from_ini(text: str) -> Mapping[str, Any]:
    import configparser  # noqa: PLC0415 - slow to import, and rarely needed

    ini = configparser.ConfigParser(interpolation=None)
    try:
        ini.read_string(text)
    except configparser.Error:
        reason = "must be valid INI if it begins with a bracket or a comment"
        raise _refused(reason, f"Begin with [{SECTION}].") from None
    names = ini.sections() or [ini.default_section]
    if SECTION not in names and len(names) > 1:
        reason = f"has several INI sections, but none is named {SECTION}"
        raise _refused(reason, f"Rename the section of the key to [{SECTION}].")
    return dict(ini[SECTION if SECTION in names else names[0]])


def _refused(reason: str, remedy: str) -> InvalidInput:
    return InvalidInput([Problem(OPTION, reason, remedy)])
