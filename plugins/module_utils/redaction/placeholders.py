# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks for placeholders in secrets that the task uses but does not store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import Problem
from ..fields.kinds import is_placeholder


def problems(secrets: Mapping[str, str | None]) -> Iterator[Problem]:
    """Yield a problem for each option whose secret is a placeholder. In an API key, it can follow the ID."""
    for option, value in secrets.items():
        if value and (is_placeholder(value) or (option == "api_key" and is_placeholder(value.partition("-")[2]))):
            yield Problem(
                option,
                "must be the real value, not a placeholder such as Ansible prints in place of a secret",
                "Set the real value.",
            )
