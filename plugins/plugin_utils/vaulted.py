# SPDX-License-Identifier: GPL-3.0-or-later
"""A variables file that is encrypted with Ansible Vault. The plain text is never on disk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecretsContext, match_encrypt_secret

from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, Problem
from ansible_collections.nasops.truenas.plugins.plugin_utils.variables import as_yaml


class VaultedFile:
    """A vaulted file to write. The constructor checks path and vault ID, and raises InvalidInput."""

    def __init__(self, path: str, vault_id: str | None, force: bool, make_folder: bool = False) -> None:
        self.path = Path(path)
        self._force = force
        self._make_folder = make_folder
        context = VaultSecretsContext.current(optional=True)
        secrets = context.secrets if context else []
        try:
            matched = match_encrypt_secret(secrets, encrypt_vault_id=vault_id)
        except AnsibleError:
            matched = None
        problems = [*self._problems()]
        if matched is None:
            which = f" with the ID {vault_id!r}" if vault_id else ""
            problems.append(
                Problem(
                    "vault_id",
                    f"requires a vault secret{which}, which this run does not have",
                    "Start Ansible with --ask-vault-pass or --vault-id.",
                )
            )
        if matched is None or problems:
            raise InvalidInput(problems)
        self.vault_id, self._secret = matched
        self._vault = VaultLib(secrets)

    def write(self, variables: Mapping[str, Any]) -> None:
        """Write the variables atomically, for the owner only. Raises InvalidInput if the file has appeared in the meantime."""
        encrypted = self._vault.encrypt(as_yaml(variables), self._secret, vault_id=self.vault_id)
        if self._make_folder:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, encrypted, self._check)

    def _check(self) -> None:
        if problems := [*self._problems()]:
            raise InvalidInput(problems)

    def _problems(self) -> list[Problem]:
        if self.path.is_dir():
            return [Problem("dest", "must be a file, but is a folder", "Set the path of a file.")]
        if self.path.exists() and not self._force:
            return [Problem("dest", "already exists", "Set another file, or set force: true to overwrite it.")]
        if self._make_folder and not self.path.parent.exists():
            return []
        if not self.path.parent.is_dir() or not os.access(self.path.parent, os.W_OK):
            return [
                Problem(
                    "dest",
                    "must be in an existing folder with write permission",
                    "Create the folder, or set another file.",
                )
            ]
        return []


def write_whole(path: Path, content: bytes, check: Callable[[], None] = lambda: None) -> None:
    """Write a file atomically, for its owner only. `check` runs last, and can raise."""
    # mkstemp creates the file with permissions for its owner only.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        check()
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
