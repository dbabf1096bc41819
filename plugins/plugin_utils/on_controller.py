# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that always run on the controller: the result of a failure, and the base class of those that contact no NAS."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ansible_collections.nasops.truenas.plugins.module_utils import mistyped
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, MissingLibrary, TrueNASError
from ansible_collections.nasops.truenas.plugins.plugin_utils.plain import plain, without_nulls


def failed(error: TrueNASError) -> dict[str, Any]:
    """Return the result of a task that failed with this error."""
    if isinstance(error, MissingLibrary):
        return {"failed": True, "msg": f"The Python that runs Ansible lacks {error.library}. Install it with pip."}
    return {"failed": True, "msg": str(error), **error.details()}


class ControllerAction(ActionBase):
    """Base class of action plugins that run in place of a module and contact no NAS.

    `arguments` is the argument spec of the module. `doing` completes "Cannot ..." in the error for a file that cannot be written.
    """

    arguments: ClassVar[Mapping[str, Any]]
    doing: ClassVar[str]

    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        given = without_nulls(plain(self._task.args))
        try:
            if problems := mistyped.refusals(given, self.arguments):
                raise InvalidInput(problems)
            params = ArgumentSpecValidator(self.arguments).validate(given).validated_parameters
            return {**result, **self._outcome(params, task_vars or {})}
        except InvalidInput as error:
            return {**result, **failed(error)}
        except OSError as error:
            return {**result, "failed": True, "msg": f"Cannot {self.doing}: {error.strerror}."}

    @abstractmethod
    def _outcome(self, params: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outcome for validated options. Raises InvalidInput and OSError."""
