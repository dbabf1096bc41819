# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in to a provider, on the controller, which has the browser and the vault secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.nasops.truenas.plugins.module_utils import _pydantic, mistyped
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.oauth import flow
from ansible_collections.nasops.truenas.plugins.module_utils.oauth.arguments import ARGUMENTS
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.no_log import ArgumentSpecValidator, mask_secrets
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.options import masked, secrets_to_mask
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.base import variable_problems
from ansible_collections.nasops.truenas.plugins.plugin_utils import loop_items
from ansible_collections.nasops.truenas.plugins.plugin_utils.on_controller import failed
from ansible_collections.nasops.truenas.plugins.plugin_utils.plain import plain, with_dates_as_text, without_nulls
from ansible_collections.nasops.truenas.plugins.plugin_utils.vaulted import VaultedFile


class ActionModule(ActionBase):
    """Action plugin that runs in place of the module."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write the token to the file, and return the file and the variable, but not the token."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        given = without_nulls(plain(self._task.args))
        arguments = with_dates_as_text(given)
        if problems := mistyped.refusals(given, ARGUMENTS):
            outcome = failed(InvalidInput(problems))
        else:
            outcome = self._outcome(ArgumentSpecValidator(ARGUMENTS).validate(arguments).validated_parameters)
        outcome.setdefault("changed", False)
        outcome["invocation"] = {"module_args": masked(arguments, ARGUMENTS)}
        if loop_items.leaks_secret(task_vars or {}, arguments, ARGUMENTS):
            outcome |= {"_ansible_no_log": True, "warnings": [*outcome.get("warnings", ()), loop_items.WARNING]}
        return {**result, **mask_secrets(outcome, secrets_to_mask(arguments, ARGUMENTS))}

    def _outcome(self, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            _pydantic.require()
            login = flow.read(params)
            if problems := [*variable_problems(params["variable"])]:
                raise InvalidInput(problems)
            file = VaultedFile(params["dest"], params.get("vault_id"), params["force"])
            written = {"dest": str(file.path), "variable": params["variable"], "provider": params["provider"]}
            if self._task.check_mode:
                return {"changed": True, "msg": "Would ask you to log in, and write the token.", **written}
            granted = flow.run(login, Display().display)
            file.write({params["variable"]: dict(granted.token)})
        except TrueNASError as error:
            return failed(error)
        except OSError as error:
            return {
                "failed": True,
                "msg": f"Cannot write the token: {error.strerror}. The token is lost. Run the task again.",
            }
        return {
            "changed": True,
            **written,
            "expiry": granted.token["expiry"],
            "hostname": granted.hostname or None,
        }
