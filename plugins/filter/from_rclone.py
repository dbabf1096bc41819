# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the remotes of an rclone.conf as cloud credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.nasops.truenas.plugins.module_utils import mistyped, value_types
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, MissingLibrary, TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.rclone import convert
from ansible_collections.nasops.truenas.plugins.module_utils.versions import parse

DOCUMENTATION = r"""
name: from_rclone
short_description: Read the remotes of an rclone.conf as cloud credentials
version_added: 0.1.0
author:
  - The nasops.truenas maintainers (@nasops)
description:
  - Returns a list for O(nasops.truenas.cloud_credentials#module:credentials), with a credential for each section.
  - The list contains the passwords that rclone obscured in plain text, so use C(no_log).
  - A remote is an error if the NAS does not support its provider, if it wraps another remote, or if its login needs options that
    the NAS does not support. The error contains the section, the reason, and the fix.
  - Other options that the NAS does not support produce a warning. The NAS then uses the defaults of rclone.
  - The filter reads the text as rclone does. V(%(name\)s) in a value is replaced by the option of that name.
positional: _input
options:
  _input:
    description: Text of an rclone.conf that is not encrypted.
    type: str
    required: true
  skip_unknown:
    description: Whether to omit sections that cannot be a credential on the NAS, with a warning, instead of failing.
    type: bool
    default: false
  keypairs:
    description:
      - For each section of an SFTP remote with a private key, the SSH keypair on the NAS to use instead. A number sets
        C(private_key), a text sets C(private_key_name).
    type: dict
    default: {}
  version:
    description:
      - The oldest TrueNAS version in your fleet, such as V(25.04.2). The filter then omits fields that this version does not
        support, with a warning.
    type: str
notes:
  - Requires pydantic, and cryptography for passwords, in the Python that runs Ansible.
"""

EXAMPLES = r"""
- name: Apply the remotes of the controller's rclone.conf
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
    """Return the credentials. Raises AnsibleFilterError with sections and options, but without values."""
    if not isinstance(text, str):
        raise AnsibleFilterError("nasops.truenas.from_rclone: requires the text of an rclone.conf")
    if keypairs is not None and not isinstance(keypairs, Mapping):
        raise AnsibleFilterError("nasops.truenas.from_rclone: keypairs must be a mapping of sections to names")
    wrong = mistyped.problems({"version": version}, {"version": {"type": "str"}})
    for section, keypair in (keypairs or {}).items():
        # A number is an ID, a text is a name.
        if isinstance(keypair, bool) or not isinstance(keypair, (int, str, type(None))):
            wrong.append(value_types.not_text(f"keypairs.{section}", keypair))
    if wrong:
        raise AnsibleFilterError(f"nasops.truenas.from_rclone:\n{InvalidInput(wrong)}")
    try:
        imported = convert.from_text(text, keypairs, parse(version) if version else None)
    except MissingLibrary as error:
        raise AnsibleFilterError(f"nasops.truenas.from_rclone: requires {error.library}") from None
    except (TrueNASError, ValueError) as error:
        raise AnsibleFilterError(f"nasops.truenas.from_rclone: {error}") from None
    problems = [str(problem) for section in imported.unusable.values() for problem in section]
    if problems and not skip_unknown:
        raise AnsibleFilterError("\n".join(["nasops.truenas.from_rclone: some sections cannot be used.", *problems]))
    display = Display()
    for warning in [*(f"omitted {problem}" for problem in problems), *imported.warnings]:
        display.warning(f"nasops.truenas.from_rclone: {warning}")
    return imported.credentials


class FilterModule:
    """The filter plugin of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"from_rclone": from_rclone}
