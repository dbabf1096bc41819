# SPDX-License-Identifier: GPL-3.0-or-later
"""Precompute an API key. The action plugin writes the file, because the controller has the vault secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arguments import PRECOMPUTED_KEY, VAULT
from ..errors import AuthenticationError, InvalidField, InvalidInput, Problem
from ..nas import account
from ..nas.client import Nas
from ..protocol.api_key import Precomputed
from ..protocol.login import Account, precompute
from .base import Act, TaskKind, variable_problems

ARGUMENTS = {**PRECOMPUTED_KEY, **VAULT}

_NO_SCRAM = (
    "This NAS does not support SCRAM, which requires TrueNAS 26.0 or later, so a precomputed key cannot log in to it. Use the "
    "raw key."
)


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that asks a NAS. Its result has the parts of the key as `parts`. Raises InvalidInput."""
    problems = [*variable_problems(params["variable"])]
    user = account.read(params, None)
    raw = user.api_key
    if raw is None:
        problems.append(Problem("api_key", "is missing", "Set the raw key: a password cannot be precomputed."))
    elif isinstance(raw, Precomputed):
        problems.append(Problem("api_key", "must be the raw key, but is precomputed already", "Set the raw key."))
    if problems or not isinstance(raw, str):
        raise InvalidInput(problems)
    return lambda nas: {"parts": _computed(user, raw, nas).parts()}


def _computed(user: Account, raw: str, nas: Nas) -> Precomputed:
    if nas.is_older:
        raise AuthenticationError(_NO_SCRAM)
    conversation = precompute(user, raw)
    outcome: Any = None
    while True:
        try:
            method, *params = conversation.send(outcome)
        except StopIteration as done:
            computed: Precomputed = done.value
            return computed
        try:
            outcome = nas.call(method, *params)
        except InvalidField:
            raise AuthenticationError(_NO_SCRAM) from None


TASK = TaskKind(ARGUMENTS, read)
