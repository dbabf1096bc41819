# SPDX-License-Identifier: GPL-3.0-or-later
"""The login options of a task: the account and its secret."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..arguments import ENVIRONMENT
from ..errors import InvalidInput, Problem
from ..file_options import FileOption, FileReader
from ..protocol import api_key
from ..protocol.api_key import Precomputed
from ..protocol.login import AUTO, PLAIN, Account
from ..redaction import placeholders
from ..versions import Version

FIRST_WITH_SCRAM = (26, 0, 0)
"""The first version of the API that has logins with SCRAM (truenas-api/wire.md §2)."""

KEY_FILE = FileOption(api_key.FILE_OPTION, api_key.OPTION, api_key.is_key, "key")
"""The file of the API key."""

_SECRETS = {name: ENVIRONMENT[name] for name in ("api_key", "password")}
_OTP = ENVIRONMENT["otp"]


def with_files(params: Mapping[str, Any], read_file: FileReader) -> dict[str, Any]:
    """Return the options with the text of the API key's file in place of its path.

    Raises the errors of `FileOption.with_text`.
    """
    return KEY_FILE.with_text(params, lambda path: read_file(path).strip())


def read(params: Mapping[str, Any], api: Version | None) -> Account:
    """Return the account for the options; `api` is the declared version of the API. Raises InvalidInput with all problems.

    Uses secrets from the environment only if the task sets neither API key nor password, and the one-time code only with a
    password.
    """
    if unread := [*KEY_FILE.unread(params)]:
        raise InvalidInput(unread)
    secrets = {name: params[name] for name in _SECRETS if params[name] is not None} or {
        name: os.environ[variable] for name, variable in _SECRETS.items() if os.environ.get(variable)
    }
    otp = params["otp"]
    if otp is None and "password" in secrets:
        otp = os.environ.get(_OTP) or None
    problems = [*_account_problems(params["username"], secrets, otp)]
    key: str | Precomputed | None = None
    try:
        key = api_key.read(secrets["api_key"]) if secrets.get("api_key") else None
    except InvalidInput as error:
        problems += error.problems
    password = secrets.get("password")
    problems += (
        _precomputed_problems(params, api) if isinstance(key, Precomputed) else _secret_problems(key, password, otp)
    )
    if problems:
        raise InvalidInput(problems)
    given = params["api_key_mechanism"]
    # API versions before 26.0 do not have SCRAM, whatever the NAS itself offers.
    mechanism = PLAIN if given == AUTO and api is not None and api < FIRST_WITH_SCRAM else given
    return Account(params["username"], key, password, otp, mechanism, params["channel_binding"])


def environment_secrets() -> set[str]:
    """Return the secret texts in the environment variables of the account, whether the task uses them or not."""
    found = {text for name in ("password", "otp") if (text := os.environ.get(ENVIRONMENT[name]))}
    return found | {*api_key.secret_texts(os.environ.get(ENVIRONMENT["api_key"]) or None)}


def _account_problems(username: str, secrets: Mapping[str, Any], otp: str | None) -> Iterator[Problem]:
    if not username:
        yield Problem("username", "must not be empty", "Set the user that the API key or the password belongs to.")
    if len(secrets) != 1:
        reason = "cannot be combined" if secrets else "are both missing"
        yield Problem("api_key, password", reason, "Set exactly one of them.")
    for option, value in secrets.items():
        if not value:
            yield Problem(option, "must not be empty", "Set the real value.")
    if otp is not None and "password" not in secrets:
        yield Problem("otp", "requires password", "Remove it: an API key does not need a one-time code.")


def _precomputed_problems(params: Mapping[str, Any], api: Version | None) -> Iterator[Problem]:
    if params["api_key_mechanism"] == PLAIN:
        reason = "must not be plain for a precomputed api_key, which requires SCRAM"
        yield Problem("api_key_mechanism", reason, "Remove it, or set api_key to the raw key.")
    if api is not None and api < FIRST_WITH_SCRAM:
        reason = "must be v26.0.0 or later for a precomputed api_key, which requires SCRAM"
        yield Problem("api_version", reason, "Remove it, or set api_key to the raw key.")


def _secret_problems(key: str | None, password: str | None, otp: str | None) -> Iterator[Problem]:
    not_real = [*placeholders.problems({"api_key": key, "password": password, "otp": otp})]
    yield from not_real
    if not_real:
        return
    if key and not re.fullmatch(r"[0-9]{1,18}-\S+", key):
        yield Problem(
            "api_key",
            "must be a number, a dash, and the key, without spaces and line breaks",
            "Set it exactly as the NAS showed it when the key was created.",
        )
    if re.fullmatch(api_key.RAW_FORM, (password or "").strip()):
        yield Problem(
            "password", "must be the password of the user, but looks like an API key", "Set it as api_key instead."
        )
    if otp is not None and not re.fullmatch("[0-9]{6,8}", otp):
        yield Problem(
            "otp",
            "must have 6 to 8 digits",
            "Set the code in quotes, because YAML reads 012345 as another number.",
        )
