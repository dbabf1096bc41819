# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of modules that encrypt with Ansible Vault."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules with encrypted files share."""

    DOCUMENTATION = r"""
options:
  vault_id:
    description: Vault ID to encrypt with. By default, the first vault ID of the run.
    type: str
"""
