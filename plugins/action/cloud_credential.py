# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of cloud_credential that has to happen on the controller: reading the files that options name."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.nasops.truenas.plugins.module_utils.credential.spec import with_files
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput


class ActionModule(ActionBase):
    """Runs the module of the same name."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        result = super().run(tmp, task_vars)
        try:
            arguments = with_files(self._task.args, self._read)
        except InvalidInput as error:
            raise AnsibleActionFail(str(error), result=error.details()) from None
        return {**result, **self._execute_module(module_args=arguments, task_vars=task_vars)}

    def _read(self, path: str) -> str:
        """Return the text of a file on the controller, decrypted if it is a vault. Raises OSError if it cannot be read."""
        try:
            return str(self._loader.get_text_file_contents(self._find_needle("files", path)))
        except AnsibleError as error:
            raise OSError(str(error.message).splitlines()[0]) from None
