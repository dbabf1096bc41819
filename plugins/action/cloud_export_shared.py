# SPDX-License-Identifier: GPL-3.0-or-later
"""Move secrets that several exported hosts share to group variables, on the controller, which has the vault secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.nasops.truenas.plugins.module_utils.arguments import CLOUD_EXPORT_SHARED, VAULT
from ansible_collections.nasops.truenas.plugins.module_utils.credential.shared_secrets import Move, move_shared
from ansible_collections.nasops.truenas.plugins.plugin_utils import exported_files as files
from ansible_collections.nasops.truenas.plugins.plugin_utils.on_controller import ControllerAction
from ansible_collections.nasops.truenas.plugins.plugin_utils.vaulted import (
    StoredVariables,
    VaultedFile,
    stored_variables,
    write_whole,
)


class ActionModule(ControllerAction):
    """Action plugin that runs in place of the module."""

    arguments: ClassVar[Mapping[str, Any]] = {**CLOUD_EXPORT_SHARED, **VAULT}
    doing = "move the shared secrets"

    def _outcome(self, params: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Move the secrets, and return the files and the names of the variables."""
        group, present = files.group_variables(self._loader, params["group_dest"])
        folders = {host: Path(params["dest"]).absolute() / host for host in params["hosts"]}
        exported, warnings = self._exported(folders)
        move = move_shared({host: stored.values for host, stored in exported.items()}, group)
        steps = _steps(params, folders, exported, move, present)
        if not self._task.check_mode:
            for step in steps:
                step.write()
        names = dict.fromkeys(name for renamed in move.renamed.values() for name in renamed.values())
        return {
            "changed": bool(steps),
            "written": [str(step.path) for step in steps],
            "shared": [
                {"variable": str(name), "hosts": [host for host in move.renamed if name in move.renamed[host].values()]}
                for name in names
            ],
            "warnings": warnings,
        }

    def _exported(self, folders: Mapping[str, Path]) -> tuple[dict[str, StoredVariables], list[str]]:
        """Return the encrypted variables of each host, and warnings for files that stay as they are."""
        found: dict[str, StoredVariables] = {}
        warnings = []
        for host, folder in folders.items():
            path = folder / files.VAULT
            stored = stored_variables(self._loader, path)
            if stored is not None and stored.encryption:
                found[host] = stored
            elif path.exists():
                reason = "is not encrypted" if stored else "cannot be read in this run"
                warnings.append(f"Skipped {host}: {path} {reason}.")
        return found, warnings


class _Secrets:
    """A step that writes encrypted variables."""

    def __init__(
        self, path: Path, variables: Mapping[str, Any], params: Mapping[str, Any], present: StoredVariables | None
    ):
        self.path = path
        self._variables = variables
        self._present = present
        form = (present and present.encryption) or params["encryption"]
        self._file = VaultedFile(str(path), params["vault_id"], True, True, form)

    def write(self) -> None:
        self._file.write(self._variables, self._present)


class _References:
    """A step that replaces names of variables in a file without secrets."""

    def __init__(self, path: Path, renamed: Mapping[str, str]):
        self.path = path
        self._before = path.read_text(encoding="utf-8")
        self._after = re.sub(r"\bvault_nas_\w+", lambda name: str(renamed.get(name[0], name[0])), self._before)

    def __bool__(self) -> bool:
        return self._before != self._after

    def write(self) -> None:
        write_whole(self.path, self._after.encode())


def _steps(
    params: Mapping[str, Any],
    folders: Mapping[str, Path],
    exported: Mapping[str, StoredVariables],
    move: Move,
    present: StoredVariables | None,
) -> list[_Secrets | _References]:
    """Return the writes in an order in which each reference finds its variable, also if a write fails."""
    if not move.renamed:
        return []
    steps: list[_Secrets | _References] = []
    if present is None or move.group != present.values:
        steps.append(_Secrets(Path(params["group_dest"]).absolute() / files.VAULT, move.group, params, present))
    for host, renamed in move.renamed.items():
        plain_files = [folders[host] / name for name in (files.CREDENTIALS, files.TASKS)]
        references = [_References(path, renamed) for path in plain_files if path.exists()]
        rest = {name: value for name, value in exported[host].values.items() if name not in renamed}
        steps += [reference for reference in references if reference]
        steps.append(_Secrets(folders[host] / files.VAULT, rest, params, exported[host]))
    return steps
