# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a precomputed key to a vault, on the controller, which has the vault secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.nasops.truenas.plugins.module_utils import _pydantic
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, Problem, TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import precomputed_key
from ansible_collections.nasops.truenas.plugins.plugin_utils.in_process import InProcessAction
from ansible_collections.nasops.truenas.plugins.plugin_utils.on_controller import failed
from ansible_collections.nasops.truenas.plugins.plugin_utils.variables import as_yaml
from ansible_collections.nasops.truenas.plugins.plugin_utils.vaulted import VaultedFile


class ActionModule(InProcessAction):
    """Action plugin that runs in place of the module."""

    kind = precomputed_key.TASK

    _supports_async = False

    def _needs_a_process(self) -> bool:
        """Return False: no other process has the vault secret."""
        return False

    def _outcome(self, params: Mapping[str, Any]) -> dict[str, Any]:
        path = Path(params["dest"]).absolute()
        try:
            _pydantic.require()
            # Without a vault secret, nothing is sent.
            file = VaultedFile(str(path), params["vault_id"], params["force"] or path.exists(), make_folder=True)
            outcome = super()._outcome(params)
            parts = outcome.pop("parts", None)
            if parts is None:
                return outcome
            changed = self._write(file, {params["variable"]: parts}, params["force"])
        except TrueNASError as error:
            return failed(error)
        except OSError as error:
            return {"failed": True, "msg": f"Cannot write {path}: {error.strerror}."}
        return {"changed": changed, "dest": str(path), "variable": params["variable"]}

    def _write(self, file: VaultedFile, variables: Mapping[str, Any], force: bool) -> bool:
        """Write the variables unless the file has them, and return whether it differs. Raises InvalidInput."""
        if file.path.exists():
            try:
                present = str(self._loader.get_text_file_contents(str(file.path)))
            except AnsibleError:
                present = ""
            if present == as_yaml(variables) and file.path.read_bytes().startswith(b"$ANSIBLE_VAULT"):
                return False
            if not force:
                reason = f"is {file.path}, whose content differs"
                remedy = "Set force: true to replace the file; in the playbook, nas_key_force."
                raise InvalidInput([Problem("dest", reason, remedy)])
        if not self._task.check_mode:
            file.write(variables)
        return True
