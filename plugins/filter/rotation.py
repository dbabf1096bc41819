# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells which secret each credential of a NAS has during a rotation, and which one is to be revoked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.nasops.truenas.plugins.module_utils import mistyped

DOCUMENTATION = r"""
name: rotation
short_description: Tell which credentials of a NAS have their new secret
version_added: 0.1.0
author:
  - The nasops.truenas maintainers (@nasops)
description:
  - Reads what M(nasops.truenas.cloud_credentials) returned for a rotation, and says of each credential whether the NAS stores its
    new secret, and whose the old one was that is to be revoked. No secret is among it.
  - It is what the playbook C(nasops.truenas.rotate) reports with.
positional: _input
options:
  _input:
    description: Names of the credentials, in the order in which the task had them.
    type: list
    elements: str
    required: true
  host:
    description: Name of the NAS.
    type: str
    required: true
  result:
    description: What the task that swaps returned. Without it the NAS counts as not reached.
    type: dict
  recheck:
    description:
      - What the same task returned in check mode after O(result) failed, from which follows what the NAS stores now.
    type: dict
  check_mode:
    description: Whether O(result) is a prediction.
    type: bool
    default: false
  absent:
    description: Names of credentials that the NAS is not to have any more, and that may be there still, with their old secret.
    type: list
    elements: str
    default: []
  stored:
    description:
      - What M(nasops.truenas.cloud_credential_info) returned, from which follows which of O(absent) are there. Without it that is
        not known.
    type: dict
"""

EXAMPLES = r"""
- name: Which one each credential has
  ansible.builtin.debug:
    msg: "{{ ['offsite'] | nasops.truenas.rotation(inventory_hostname, swapped) | map(attribute='text') }}"
"""

RETURN = r"""
_value:
  description:
    - A dict for each credential, with its C(host), C(credential), C(state), C(keep_old_secret), C(replaced) and C(text).
    - C(state) is V(new) if the NAS has what was declared and nothing failed, V(failed) if it stores what was declared although
      that failed, V(old) if it does not store it or was not reached, and V(unknown) if that could not be told.
    - C(keep_old_secret) is true while the old secret must not be revoked, because of the state, or because another credential of
      the NAS has it.
    - C(replaced) is what M(nasops.truenas.cloud_credentials) returned under that name, and C(text) says all of it in words.
  type: list
  elements: dict
"""

NEW = "new"
FAILED = "failed"
OLD = "old"
UNKNOWN = "unknown"

_LISTS = {option: {"type": "list", "elements": "str"} for option in ("names", "absent")}


def rotation(
    names: Any,
    host: str,
    result: Mapping[str, Any] | None = None,
    recheck: Mapping[str, Any] | None = None,
    check_mode: bool = False,
    absent: Sequence[str] = (),
    stored: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Return the rows. Raises AnsibleFilterError for names that are no list, or that are not those of the result."""
    if not isinstance(names, (list, tuple)):
        raise AnsibleFilterError("nasops.truenas.rotation: give a list of names")
    if problems := mistyped.problems({"names": names, "absent": absent}, _LISTS):
        raise AnsibleFilterError("\n".join(["nasops.truenas.rotation:", *map(str, problems)]))
    rows = []
    for place, name in enumerate(names):
        item = _item(names, place, result)
        state, text = (
            _told(item, _item(names, place, recheck), check_mode)
            if item
            else (OLD, "was not reached, and keeps what it had")
        )
        rows.append(_row(host, name, state, text, item.get("replaced") if item else None))
    return [*rows, *(_row(host, name, *_of_one_that_goes(name, stored)) for name in absent)]


def _row(host: str, name: str, state: str, text: str, replaced: Mapping[str, Any] | None = None) -> dict[str, Any]:
    keep_old_secret = state != NEW or bool(replaced and replaced["also_in"])
    row = {"host": host, "credential": name, "state": state, "keep_old_secret": keep_old_secret, "replaced": replaced}
    return {**row, "text": f"{host}: {name}: {text}."}


def _of_one_that_goes(name: str, stored: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return which secret a credential has that is not to be there any more, and what a person should know of it."""
    if stored is None or "credentials" not in stored:
        return UNKNOWN, "is to go there, and may still be stored with its old secret"
    if any(credential["name"] == name for credential in stored["credentials"]):
        return OLD, "is to go there, and is still stored with its old secret: run nasops.truenas.provision first"
    return NEW, "is to go there, and is gone"


def _item(names: Sequence[str], place: int, result: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what a task says of one credential, which is what it says as a whole if it ended before; None without a task."""
    if result is None or "credentials" not in result:
        return result
    items = result["credentials"]
    if len(items) != len(names):
        raise AnsibleFilterError("nasops.truenas.rotation: the result is not that of these credentials")
    found: Mapping[str, Any] = items[place]
    return found


def _told(item: Mapping[str, Any], recheck: Mapping[str, Any] | None, check_mode: bool) -> tuple[str, str]:
    """Return which secret a credential has, and what a person should know of it."""
    if item.get("failed"):
        return _after_failure(item, recheck, check_mode)
    done = _done(item, check_mode) if item["changed"] else "nothing changed"
    if doubt := _doubt(item):
        return UNKNOWN, f"{done}; {doubt}, so which secret it has is not known"
    if not item["changed"]:
        return NEW, f"{done}, it has its new secret already"
    return OLD if check_mode else NEW, done


def _done(item: Mapping[str, Any], check_mode: bool) -> str:
    has = "would get" if check_mode else "has"
    if item["action"] == "created":
        return f"{has} its new secret, and was not there before: nothing is to be revoked"
    if not item["replaced"]:
        return f"{has} {_listed(item['changed_fields'])} as declared, and no secret is out of use: nothing is to be revoked"
    others = _listed(item["replaced"]["also_in"])
    when = f", once it is out of {others} on this NAS as well" if others else ""
    return f"{has} its new secret. {'Then to' if check_mode else 'To'} be revoked{when}: {_whose(item['replaced'])}"


def _doubt(item: Mapping[str, Any]) -> str:
    """Return what keeps from knowing whether the declared secret is stored; empty if nothing does."""
    if item["kept_reasons"]:
        return f"it keeps {_listed(item['kept_reasons'])}"
    return f"it hides {_listed(item['unknown_fields'])} from this account" if item["unknown_fields"] else ""


def _after_failure(item: Mapping[str, Any], recheck: Mapping[str, Any] | None, check_mode: bool) -> tuple[str, str]:
    fails, why = "would fail" if check_mode else "failed", str(item.get("msg", "")).rstrip(".")
    if item.get("replaced"):
        why += f". What it was stored in place of is not to be revoked yet: {_whose(item['replaced'])}"
    if recheck is None or "action" not in recheck or recheck.get("failed") or _doubt(recheck):
        return UNKNOWN, f"{fails}, and which secret it has is not known: {why}"
    if not recheck["changed"]:
        return FAILED, f"{fails}, although what is declared is stored: {why}"
    return OLD, f"{fails}, and {'is not there' if recheck['action'] == 'created' else 'its old secret stays'}: {why}"


def _whose(replaced: Mapping[str, Any]) -> str:
    """Return what is to be revoked in a person's words, for example `secret_access_key (s3: access_key_id AKIAEXAMPLE)`."""
    told = ", ".join(f"{name} {value}" for name, value in _flat(replaced["identified_by"]))
    return f"the former {_listed(replaced['fields'])} ({replaced['provider']}{': ' if told else ''}{told})"


def _flat(shown: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in shown.items():
        if isinstance(value, Mapping):
            yield from _flat(value)
        elif value is not None:
            yield name, value


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


class FilterModule:
    """What Ansible asks for filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"rotation": rotation}
