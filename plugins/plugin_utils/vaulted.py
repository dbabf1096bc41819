# SPDX-License-Identifier: GPL-3.0-or-later
"""A variables file whose secrets are encrypted with Ansible Vault. The plain text is never on disk."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultHelper, VaultLib, VaultSecretsContext, match_encrypt_secret

from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, Problem
from ansible_collections.nasops.truenas.plugins.plugin_utils.plain import plain
from ansible_collections.nasops.truenas.plugins.plugin_utils.variables import Ciphertext, as_yaml

FILE, VALUES = "file", "values"
"""The forms of encryption: the whole file, or each value by itself, with the names of the variables in plain text."""


@dataclass(frozen=True, repr=False)
class StoredVariables:
    """The variables of a file, decrypted, and the ciphertexts of those that are encrypted by themselves."""

    values: Mapping[str, Any]
    ciphertexts: Mapping[str, str]
    is_vault: bool

    @property
    def encryption(self) -> str | None:
        """FILE or VALUES; None if a value is in plain text."""
        if self.is_vault:
            return FILE
        return VALUES if self.ciphertexts.keys() == self.values.keys() else None


def stored_variables(loader: DataLoader, path: Path) -> StoredVariables | None:
    """Return the variables of a file. Return None if the file does not exist, cannot be decrypted, or is not a mapping."""
    if not path.exists():
        return None
    try:
        found = loader.load_from_file(str(path), cache="none", unsafe=True)
        values = plain(found or {})
    except AnsibleError:
        return None
    if not isinstance(values, dict):
        return None
    ciphertexts = {name: VaultHelper.get_ciphertext(value, with_tags=False) for name, value in (found or {}).items()}
    return StoredVariables(
        values,
        {str(name): text for name, text in ciphertexts.items() if text},
        path.read_bytes().startswith(b"$ANSIBLE_VAULT"),
    )


class VaultedFile:
    """A vaulted file to write. The constructor checks path and vault ID, and raises InvalidInput."""

    def __init__(
        self, path: str, vault_id: str | None, force: bool, make_folder: bool = False, encryption: str = FILE
    ) -> None:
        self.path = Path(path)
        self._force = force
        self._make_folder = make_folder
        self._encryption = encryption
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

    def write(self, variables: Mapping[str, Any], present: StoredVariables | None = None) -> None:
        """Write the variables atomically, for the owner only. Raises InvalidInput if the file has appeared in the meantime.

        A value that `present` has keeps its ciphertext, so version control shows only the values that have changed.
        """
        if self._encryption == FILE:
            encrypted = self._encrypt(as_yaml(variables))
        else:
            encrypted = b"---\n" + self._by_value(variables, present).encode()
        if self._make_folder:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, encrypted, self._check)

    def _by_value(self, variables: Mapping[str, Any], present: StoredVariables | None) -> str:
        kept = {}
        if present:
            unchanged = [name for name, value in present.values.items() if variables.get(name) == value]
            kept = {name: present.ciphertexts[name] for name in unchanged if name in present.ciphertexts}
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in variables.items()}
        return as_yaml(
            {name: Ciphertext(kept.get(name) or self._encrypt(text).decode()) for name, text in texts.items()}
        )

    def _encrypt(self, text: str) -> bytes:
        encrypted: bytes = self._vault.encrypt(text, self._secret, vault_id=self.vault_id)
        return encrypted

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
