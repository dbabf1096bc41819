# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the credentials that declare no secret to rotate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.nasops.truenas.plugins.module_utils import _pydantic, mistyped
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import ARGUMENTS

DOCUMENTATION = r"""
name: without_secret
short_description: List the cloud credentials that declare no secret
version_added: 0.1.0
author:
  - The nasops.truenas maintainers (@nasops)
description:
  - Returns the names of the credentials that declare neither a secret nor an SSH keypair. A secret in a URL and the file of a
    secret count as secrets.
  - The playbook C(nasops.truenas.rotate) refuses these credentials, because they have no new secret to compare.
positional: _input
options:
  _input:
    description: Credentials in the form of O(nasops.truenas.cloud_credentials#module:credentials).
    type: list
    elements: dict
    required: true
notes:
  - Requires pydantic in the Python that runs Ansible.
"""

EXAMPLES = r"""
- name: Check that every credential declares its secret
  ansible.builtin.assert:
    that: nas_cloud_credentials | nasops.truenas.without_secret | length == 0
"""

RETURN = r"""
_value:
  description: The names, in the order of the list.
  type: list
  elements: str
"""


def without_secret(credentials: Any) -> list[str]:
    """Return the names. Raises AnsibleFilterError with indexes, but without values, for an invalid list."""
    if _pydantic.IMPORT_ERROR:
        raise AnsibleFilterError("nasops.truenas.without_secret: requires pydantic")
    if not isinstance(credentials, (list, tuple)):
        raise AnsibleFilterError("nasops.truenas.without_secret: requires a list of credentials")
    if problems := mistyped.of_items("credentials", credentials, ARGUMENTS):
        raise AnsibleFilterError(f"nasops.truenas.without_secret:\n{InvalidInput(problems)}")
    names = []
    for index, item in enumerate(credentials):
        if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
            raise AnsibleFilterError(f"nasops.truenas.without_secret: credentials[{index}] requires a name")
        if not any(
            provider.declares_secret(item[key])
            for key, provider in PROVIDERS.items()
            if isinstance(item.get(key), Mapping)
        ):
            names.append(item["name"])
    return names


class FilterModule:
    """The filter plugin of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"without_secret": without_secret}
