# SPDX-License-Identifier: GPL-3.0-or-later
"""How this collection and Ansible's `no_log` work together; the same on every ansible-core.

Up to 2.21, Ansible masks the values of `no_log` options in the module's own result. From 2.22 on it registers them as secrets
when it validates the options, leaves results as they are, and masks every registered text of any length in all that the play
prints afterwards. A password "22" would then mask every port, and a token's leaf "Bearer" every "Bearer". So Ansible validates
an argument spec without `no_log`, the result is masked here, and Ansible learns the secrets from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator as AnsiblesValidator

from .texts import redact_in

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:
    # Before 2.22 Ansible has no register of secrets.
    def register_secrets(values: Set[str]) -> None:
        """Do nothing."""


def unmarked(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return an argument spec in which `no_log` is false where it was true.

    Where it is not set it stays so: Ansible warns of an option that looks like a secret and does not say whether it is one.
    """
    return {name: _unmarked(argument) for name, argument in spec.items()}


def _unmarked(argument: Mapping[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {**argument, "no_log": False} if argument.get("no_log") else {**argument}
    return {**changed, "options": unmarked(argument["options"])} if "options" in argument else changed


class ArgumentSpecValidator(AnsiblesValidator):  # type: ignore[misc]  # Ansible's class has no types
    """Ansible's validator, which registers no value as a secret."""

    def __init__(self, argument_spec: Mapping[str, Any]) -> None:
        super().__init__(unmarked(argument_spec))


def without(result: Mapping[str, Any], secrets: Set[str]) -> dict[str, Any]:
    """Return a task's result with these secrets masked, and have Ansible mask them wherever it prints them, from 2.22 on.

    Results hold no secrets to begin with, so this is the second belt.
    """
    register_secrets(secrets)
    hidden: dict[str, Any] = redact_in(result, secrets)
    return hidden
