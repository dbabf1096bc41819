# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an rclone.conf as a list of credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.nasops.truenas.plugins.module_utils import mistyped
from ansible_collections.nasops.truenas.plugins.module_utils.errors import MissingLibrary, TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.rclone import convert
from ansible_collections.nasops.truenas.plugins.module_utils.versions import parse

DOCUMENTATION = r"""
name: from_rclone
short_description: Read the remotes of an rclone.conf as cloud credentials
version_added: 0.1.0
author:
  - The nasops.truenas maintainers (@nasops)
description:
  - Returns a list that the option O(nasops.truenas.cloud_credentials#module:credentials) takes, with a credential for each
    section. Passwords that rclone obscured are in clear in it, so keep it out of output with C(no_log).
  - A remote that the NAS has no provider for, that wraps another one, or that logs in with what the NAS has no place for is an
    error that names the section, the reason and the remedy.
  - Options that the NAS has no place for and that a login does not need are named in a warning. They stay at rclone's defaults.
  - The text is read as rclone reads it. V(%(name\)s) in a value is replaced by the option of that name.
positional: _input
options:
  _input:
    description: Text of an rclone.conf that is not encrypted.
    type: str
    required: true
  skip_unknown:
    description: Leave out the sections that are no credential of the NAS, with a warning, instead of failing.
    type: bool
    default: false
  keypairs:
    description:
      - For SFTP remotes with a private key, the SSH keypair on the NAS that takes its place, by section. A number goes into
        C(private_key), a text into C(private_key_name).
    type: dict
    default: {}
  version:
    description:
      - The oldest TrueNAS that the list is meant for, such as V(25.04.2). Fields that came later are left out, with a warning.
    type: str
notes:
  - Needs pydantic, and cryptography for passwords, in the Python that runs Ansible.
"""

EXAMPLES = r"""
- name: All remotes of this machine
  nasops.truenas.cloud_credentials:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    credentials: >-
      {{ lookup('ansible.builtin.file', '~/.config/rclone/rclone.conf')
         | nasops.truenas.from_rclone(skip_unknown=true, version='25.04.2', keypairs={'archive': 'archive'}) }}
"""

RETURN = r"""
_value:
  description: The credentials, in the order of the file.
  type: list
  elements: dict
"""


def from_rclone(
    text: Any, skip_unknown: bool = False, keypairs: Mapping[str, Any] | None = None, version: str | None = None
) -> list[dict[str, Any]]:
    """Return the credentials. Raises AnsibleFilterError, naming sections and options and no values."""
    if not isinstance(text, str):
        raise AnsibleFilterError("nasops.truenas.from_rclone: give the text of an rclone.conf")
    if keypairs is not None and not isinstance(keypairs, Mapping):
        raise AnsibleFilterError("nasops.truenas.from_rclone: give keypairs as a mapping of sections to names")
    wrong = mistyped.problems({"version": version}, {"version": {"type": "str"}})
    for section, keypair in (keypairs or {}).items():
        # A number is an ID, a text is a name.
        if isinstance(keypair, bool) or not isinstance(keypair, (int, str, type(None))):
            wrong.append(mistyped.no_text(f"keypairs.{section}", keypair))
    if wrong:
        raise AnsibleFilterError("\n".join(["nasops.truenas.from_rclone:", *map(str, wrong)]))
    try:
        imported = convert.from_text(text, keypairs, parse(version) if version else None)
    except MissingLibrary as error:
        raise AnsibleFilterError(f"nasops.truenas.from_rclone: needs {error.library}") from None
    except (TrueNASError, ValueError) as error:
        raise AnsibleFilterError(f"nasops.truenas.from_rclone: {error}") from None
    problems = [str(problem) for found in imported.unusable.values() for problem in found]
    if problems and not skip_unknown:
        raise AnsibleFilterError("\n".join(["nasops.truenas.from_rclone: not all sections can be used.", *problems]))
    display = Display()
    for warning in [*(f"left out: {problem}" for problem in problems), *imported.warnings]:
        display.warning(f"nasops.truenas.from_rclone: {warning}")
    return imported.credentials


class FilterModule:
    """What Ansible asks for filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"from_rclone": from_rclone}
