# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return the public facts of stored cloud credentials."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cloud_credential
short_description: Return the public facts of stored cloud credentials
version_added: 0.1.0
author:
  - The nasops.truenas maintainers (@nasops)
description:
  - Returns the ID, the provider, and the public fields of cloud credentials that a NAS stores. Secret fields are left out, and so
    are fields that the NAS hides from the account.
  - Fails if the NAS has no credential of this name, or several.
  - Runs on the controller. On a host with C(ansible_connection=nasops.truenas.api), the inventory sets the NAS and the account,
    as for tasks. On other hosts, set them as options.
  - In a task, the lookup and the tasks of the run share one login, and all lookups of a task need one query. Outside of tasks,
    for example in the name of a play, each lookup needs a login of its own.
  - To list all credentials, use M(nasops.truenas.cloud_credential_info).
  - Requires the role C(CLOUD_SYNC_READ). Without C(CLOUD_SYNC_WRITE), the NAS hides nearly all fields.
extends_documentation_fragment:
  - nasops.truenas.api_connection
options:
  _terms:
    description: Names of the credentials.
    type: list
    elements: str
    required: true
seealso:
  - module: nasops.truenas.cloud_credential_info
"""

EXAMPLES = r"""
- name: Show the bucket endpoint that a NAS of the inventory uses
  ansible.builtin.debug:
    msg: "{{ lookup('nasops.truenas.cloud_credential', 'offsite').fields.endpoint }}"

- name: Show the IDs of two credentials of a NAS that is not in the inventory
  ansible.builtin.debug:
    msg: "{{ query('nasops.truenas.cloud_credential', 'offsite', 'archive', **nas) | map(attribute='id') }}"
  vars:
    nas:
      host: nas1.example.net
      username: automation
      api_key: "{{ vault_truenas_key }}"
"""

RETURN = r"""
_list:
  description: The facts of each credential, in the order of the names.
  type: list
  elements: dict
  contains:
    id:
      description: ID of the credential on this NAS.
      type: int
    name:
      description: Name of the credential.
      type: str
    provider:
      description: The provider, by the name of its option. Null if this collection does not support the provider.
      type: str
      sample: s3
    fields:
      description: The fields of the provider that are neither secret nor hidden.
      type: dict
      sample:
        access_key_id: AKIAEXAMPLE
        endpoint: https://s3.example.net/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError, AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.nasops.truenas.plugins.module_utils import requirements
from ansible_collections.nasops.truenas.plugins.module_utils.errors import TrueNASError
from ansible_collections.nasops.truenas.plugins.plugin_utils.lookup_facts import Facts


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible has no types
    """The lookup plugin of this file."""

    def run(
        self, terms: Sequence[Any], variables: Mapping[str, Any] | None = None, **options: Any
    ) -> list[dict[str, Any]]:
        """Return the facts of each credential. Raises AnsibleLookupError without secrets."""
        if unmet := requirements.of_ansible():
            raise AnsibleLookupError(str(unmet))
        self.set_options(var_options=variables)
        facts = Facts(self, variables or {}, options)
        try:
            return facts.of(terms)
        except TrueNASError as error:
            raise AnsibleLookupError(f"nasops.truenas.cloud_credential: {facts.redacted(str(error))}") from None

    def read_file(self, path: str, variables: Mapping[str, Any]) -> str:
        """Return the text of a file on the controller, decrypted if it is a vault. Raises OSError if it cannot be read."""
        file = self.find_file_in_search_path(variables, "files", path, ignore_missing=True)
        if not file:
            raise OSError(f"file {path!r} not found on the controller")
        try:
            return str(self._loader.get_text_file_contents(file))
        except AnsibleError:
            raise OSError(f"{file} is unreadable or cannot be decrypted") from None

    def filled(self, value: Any) -> Any:
        """Return a value of the inventory with its templates evaluated."""
        return self._templar.template(value)
