# SPDX-License-Identifier: GPL-3.0-or-later
"""Export the credentials of a NAS as variables, on the controller, which has the vault secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.nasops.truenas.plugins.module_utils import _pydantic
from ansible_collections.nasops.truenas.plugins.module_utils.credential.export import Export
from ansible_collections.nasops.truenas.plugins.module_utils.credential.shared_secrets import with_references
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, Problem, TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import TO_FILL_IN
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_credential_export
from ansible_collections.nasops.truenas.plugins.plugin_utils.exported_files import (
    CREDENTIALS,
    TASKS,
    VAULT,
    group_variables,
)
from ansible_collections.nasops.truenas.plugins.plugin_utils.in_process import InProcessAction
from ansible_collections.nasops.truenas.plugins.plugin_utils.on_controller import failed
from ansible_collections.nasops.truenas.plugins.plugin_utils.variables import as_yaml
from ansible_collections.nasops.truenas.plugins.plugin_utils.vaulted import (
    StoredVariables,
    VaultedFile,
    stored_variables,
    write_whole,
)

HEADER = "---\n# Exported by nasops.truenas.cloud_credential_export; the secrets are variables of cloud_credentials_vault.yml.\n"
TO_FILL = "---\n# Fill in, then encrypt: ansible-vault encrypt cloud_credentials_vault.yml\n"


class ActionModule(InProcessAction):
    """Action plugin that runs in place of the module."""

    kind = cloud_credential_export.TASK

    _supports_async = False

    def _needs_a_process(self) -> bool:
        """Return False: no other process has the vault secret."""
        return False

    def _outcome(self, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            _pydantic.require()
            outcome = super()._outcome(params)
            export = outcome.pop("export", None)
            return outcome if export is None else self._written(export, params)
        except TrueNASError as error:
            return failed(error)
        except OSError as error:
            return {"failed": True, "msg": f"Cannot write {params['dest']}: {error.strerror}."}

    def _written(self, export: Export, params: Mapping[str, Any]) -> dict[str, Any]:
        """Check both files, write those that differ, and return the result of the task."""
        folder = Path(params["dest"]).absolute() / params["host_name"]
        vault = folder / VAULT
        if params["group_dest"]:
            export = with_references(export, group_variables(self._loader, params["group_dest"])[0])
        texts = {folder / CREDENTIALS: HEADER + as_yaml({params["variable"]: list(export.credentials)})}
        if params["export_tasks"]:
            texts[folder / TASKS] = HEADER + as_yaml(export.tasks)
        writes = [path for path, text in texts.items() if self._text(path) != text]
        if not params["force"] and (changed := [path for path in writes if path.exists()]):
            raise InvalidInput([_in_the_way(path) for path in changed])
        present = stored_variables(self._loader, vault)
        write_vault = _vault_writer(export, params, vault, present)
        warnings = [*export.warnings]
        if write_vault:
            writes.append(vault)
        elif not params["export_secrets"]:
            warnings += _missing(export, present)
        if writes and not self._task.check_mode:
            folder.mkdir(parents=True, exist_ok=True)
            # Write the secrets first: the other files refer to them.
            if write_vault:
                write_vault()
            for path in texts.keys() & {*writes}:
                write_whole(path, texts[path].encode())
        return {
            "changed": bool(writes),
            "dest": str(folder),
            "written": [str(path) for path in writes],
            "credentials": [credential["name"] for credential in export.credentials],
            "tasks": [task["description"] for tasks in export.tasks.values() for task in tasks],
            "variables": [*export.secrets],
            "warnings": warnings,
        }

    def _text(self, path: Path) -> str | None:
        """Return the content of a file, decrypted; None if the file does not exist or cannot be decrypted."""
        if not path.exists():
            return None
        try:
            return str(self._loader.get_text_file_contents(str(path)))
        except AnsibleError:
            return None


def _vault_writer(
    export: Export, params: Mapping[str, Any], vault: Path, present: StoredVariables | None
) -> Callable[[], None] | None:
    """Return a function that writes the vault file, or None if the file stays as it is. Raises InvalidInput."""
    if not params["export_secrets"]:
        text = TO_FILL + as_yaml(dict.fromkeys(export.secrets, TO_FILL_IN))
        return None if vault.exists() else lambda: write_whole(vault, text.encode())
    form = params["encryption"]
    if present is not None and present.values == export.secrets and present.encryption == form:
        return None
    if vault.exists() and not params["force"]:
        raise InvalidInput([_in_the_way(vault)])
    file = VaultedFile(str(vault), params["vault_id"], params["force"], True, form)
    return lambda: file.write(export.secrets, present)


def _in_the_way(path: Path) -> Problem:
    remedy = "Set force: true to replace the file; in the playbook, nas_export_force."
    return Problem("dest", f"contains {path}, whose content differs", remedy)


def _missing(export: Export, present: StoredVariables | None) -> Iterator[str]:
    """Yield a warning for variables that the existing vault file lacks, if the task can read it."""
    lacking = [name for name in export.secrets if present is not None and name not in present.values]
    if lacking:
        yield f"{VAULT} was not changed. It lacks {', '.join(lacking)}."
