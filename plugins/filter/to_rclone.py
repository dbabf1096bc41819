# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write cloud credentials as an rclone.conf."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.nasops.truenas.plugins.module_utils import value_types
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, MissingLibrary, TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.rclone import convert

DOCUMENTATION = r"""
name: to_rclone
short_description: Write cloud credentials as an rclone.conf
version_added: 0.1.0
author:
  - The nasops.truenas maintainers (@nasops)
description:
  - Returns the text of an rclone.conf with a remote for each credential. rclone uses a remote as a cloud sync task on the NAS
    uses the credential.
  - The text contains every secret, and anyone can reveal the passwords that rclone obscures. Use C(no_log), and a file that only
    its owner can read.
  - Obscured passwords differ each time, as with rclone.
  - A value that contains V(%(name\)s) is an error, because rclone would replace it.
positional: _input
options:
  _input:
    description:
      - Credentials in the form of O(nasops.truenas.cloud_credentials#module:credentials). Those with C(state=absent) are
        omitted.
    type: list
    elements: dict
    required: true
  key_files:
    description: Path of the private key for each SFTP credential with a keypair, because the key itself is on the NAS.
    type: dict
    default: {}
notes:
  - Requires pydantic, and cryptography for passwords, in the Python that runs Ansible.
"""

EXAMPLES = r"""
- name: Write the credentials of the fleet as remotes for rclone
  ansible.builtin.copy:
    content: "{{ fleet_credentials | nasops.truenas.to_rclone(key_files={'archive': '~/.ssh/archive'}) }}"
    dest: ~/fleet-rclone.conf
    mode: "0600"
  no_log: true
"""

RETURN = r"""
_value:
  description: The text of the rclone.conf.
  type: str
"""


def to_rclone(credentials: Any, key_files: Mapping[str, str] | None = None) -> str:
    """Return the text. Raises AnsibleFilterError with credentials and fields, but without values."""
    if not isinstance(credentials, (list, tuple)):
        raise AnsibleFilterError("nasops.truenas.to_rclone: requires a list of credentials")
    paths = [*(key_files or {}).items()]
    if wrong := [value_types.not_text(f"key_files.{name}", path) for name, path in paths if not isinstance(path, str)]:
        raise AnsibleFilterError(f"nasops.truenas.to_rclone:\n{InvalidInput(wrong)}")
    try:
        return convert.to_text(credentials, key_files)
    except MissingLibrary as error:
        raise AnsibleFilterError(f"nasops.truenas.to_rclone: requires {error.library}") from None
    except TrueNASError as error:
        raise AnsibleFilterError(f"nasops.truenas.to_rclone: {error}") from None


class FilterModule:
    """The filter plugin of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"to_rclone": to_rclone}
