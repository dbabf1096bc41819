# SPDX-License-Identifier: GPL-3.0-or-later
"""Masking that is independent of Ansible's `no_log`, so it is the same on every ansible-core.

Up to 2.21, Ansible masks the values of `no_log` options in the module's own result. From 2.22 on, it registers them as secrets
when it validates the options. It then does not change results, but masks every registered text of any length in all later
output of the play. A password "22" would mask every port, and a value "Bearer" in a token every "Bearer". So Ansible validates
an argument spec without `no_log`, and this file masks the result and registers the secrets.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator as AnsiblesValidator

from .messages import cleaned, sanitized
from .texts import redact_in

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:
    # Before 2.22, Ansible cannot register secrets.
    def register_secrets(values: Set[str]) -> None:
        """Do nothing."""


def unmarked(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return an argument spec with `no_log` false in place of true.

    An unset `no_log` stays unset, because Ansible warns if an option looks like a secret and does not set it.
    """
    return {name: _unmarked(argument) for name, argument in spec.items()}


def _unmarked(argument: Mapping[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = {**argument, "no_log": False} if argument.get("no_log") else {**argument}
    return {**changed, "options": unmarked(argument["options"])} if "options" in argument else changed


class ArgumentSpecValidator(AnsiblesValidator):  # type: ignore[misc]  # Ansible's class has no types
    """Ansible's validator, without the registration of values as secrets."""

    def __init__(self, argument_spec: Mapping[str, Any]) -> None:
        super().__init__(unmarked(argument_spec))


def mask_secrets(result: Mapping[str, Any], secrets: Set[str], others: Set[str] = frozenset()) -> dict[str, Any]:
    """Return a task's result with these secrets masked. From 2.22 on, also make Ansible mask them in all output.

    Results do not contain secrets in the first place, so this is a second safeguard. `others` are other secrets, such as
    those that the NAS stores; they are masked in messages only. Ansible prints all of a failed result, so all of it is
    sanitized.
    """
    register_secrets(secrets)
    hidden: dict[str, Any] = sanitized(redact_in(result, secrets), others)
    return cleaned(hidden) if result.get("failed") else hidden
