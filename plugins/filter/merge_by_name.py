# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merge a host's list of credentials into the fleet's list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.nasops.truenas.plugins.module_utils import _pydantic, mistyped, names
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS, Provider
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import ARGUMENTS

DOCUMENTATION = r"""
name: merge_by_name
short_description: Merge two lists of cloud credentials by name
version_added: 0.1.0
author:
  - The nasops.truenas maintainers (@nasops)
description:
  - Returns the credentials of both lists, each name once. If both lists have a credential, the fields in O(top) override the
    others, so O(top) needs only the fields that differ, such as the key of one NAS. A null or C(omit) overrides nothing.
  - A credential that has another provider in O(top), or C(state=absent), replaces the other one as a whole.
positional: _input
options:
  _input:
    description:
      - Credentials in the form of O(nasops.truenas.cloud_credentials#module:credentials).
    type: list
    elements: dict
    required: true
  top:
    description: Credentials in the same form, which override those of the input.
    type: list
    elements: dict
    required: true
notes:
  - Requires pydantic in the Python that runs Ansible.
"""

EXAMPLES = r"""
- name: Apply the credentials of the fleet with the key of this NAS
  nasops.truenas.cloud_credentials:
    credentials: "{{ fleet | nasops.truenas.merge_by_name(host) }}"
  vars:
    fleet:
      - name: offsite
        s3:
          endpoint: https://s3.example.net
    host:
      - name: offsite
        s3:
          access_key_id: AKIAEXAMPLE
          secret_access_key: "{{ vault_s3_secret }}"
"""

RETURN = r"""
_value:
  description: The credentials, those of the input first.
  type: list
  elements: dict
"""


def merge_by_name(fleet: Any, top: Any) -> list[dict[str, Any]]:
    """Return the credentials of both lists. Raises AnsibleFilterError with indexes, but without values, for invalid lists."""
    if _pydantic.IMPORT_ERROR:
        raise AnsibleFilterError("nasops.truenas.merge_by_name: requires pydantic")
    merged = _by_name("credentials", fleet)
    own = _by_name("top", top)
    unmatched = [name for name, item in own.items() if name not in merged and _is_incomplete(item)]
    for warning in names.unmatched(unmatched, merged):
        Display().warning(f"nasops.truenas.merge_by_name: {warning}")
    for name, item in own.items():
        merged[name] = _merged(merged[name], item) if name in merged else item
    return list(merged.values())


def _is_incomplete(item: Mapping[str, Any]) -> bool:
    """Return whether a NAS could not create the credential from this item alone."""
    if item.get("state") == "absent":
        return False
    provider = _provider(item)
    if not provider:
        return True
    given = _fields_set(provider, item[provider.key])
    return any(option.required and name not in given for name, option in provider.options().items())


def _by_name(which: str, items: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(items, (list, tuple)):
        raise AnsibleFilterError(f"nasops.truenas.merge_by_name: {which} must be a list")
    if problems := mistyped.of_items(which, items, ARGUMENTS):
        raise AnsibleFilterError(f"nasops.truenas.merge_by_name:\n{InvalidInput(problems)}")
    named: dict[str, dict[str, Any]] = {}
    for index, item in enumerate(items):
        if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
            raise AnsibleFilterError(f"nasops.truenas.merge_by_name: {which}[{index}] requires a name")
        if item["name"] in named:
            raise AnsibleFilterError(f"nasops.truenas.merge_by_name: {which} contains {item['name']!r} twice")
        named[item["name"]] = mistyped.given_options(item)
    return named


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two declarations; the host's values override the fleet's."""
    theirs, ours = _provider(below), _provider(above)
    if above.get("state") == "absent" or (ours and theirs and ours is not theirs):
        return dict(above)
    result = {**below, **above}
    if ours and "state" not in above:
        # A declared provider overrides the state: absent of the other list.
        result.pop("state", None)
    if theirs:
        own = above.get(theirs.key, {})
        overridden = _fields_set(theirs, [*own, *_cleared(above)])
        result[theirs.key] = _without(theirs, below[theirs.key], overridden) | own
        if "clear_fields" in below and "clear_fields" not in above:
            result["clear_fields"] = [name for name in _cleared(below) if _field(theirs, name) not in overridden]
    return result


def _cleared(item: Mapping[str, Any]) -> Sequence[str]:
    """Return the fields that an item clears. As Ansible does, read a text as a list with commas."""
    fields: str | Sequence[str] = item.get("clear_fields", ())
    return fields.split(",") if isinstance(fields, str) else fields


def _provider(item: Mapping[str, Any]) -> type[Provider] | None:
    return next((PROVIDERS[key] for key in PROVIDERS if isinstance(item.get(key), Mapping)), None)


def _fields_set(provider: type[Provider], written: Collection[str]) -> set[str]:
    """Return the fields that these options set, also by an alias, a file, or the name of a keypair."""
    fields = {_field(provider, option) for option in written}
    keypair = provider.keypair_field()
    if keypair and keypair.name in fields and keypair.name_option not in written:
        # The option that creates a keypair belongs to the name of the keypair.
        fields.add(keypair.generate_option)
    return fields


def _without(provider: type[Provider], below: Mapping[str, Any], overridden: Collection[str]) -> dict[str, Any]:
    return {option: below[option] for option in below if _field(provider, option) not in overridden}


def _field(provider: type[Provider], written: str) -> str:
    keypair = provider.keypair_field()
    if keypair and written == keypair.generate_option:
        return written
    return provider.extra_options().get(written, provider.wire_name(written))


class FilterModule:
    """The filter plugin of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"merge_by_name": merge_by_name}
