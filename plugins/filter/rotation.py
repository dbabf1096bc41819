# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells which secret each credential of a NAS has during a rotation, and which one is to be revoked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

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
  now:
    description:
      - What the same task returned in check mode after O(result) failed, from which follows what the NAS stores now.
    type: dict
  check:
    description: Whether O(result) is a prediction.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Which one each credential has
  ansible.builtin.debug:
    msg: "{{ ['offsite'] | nasops.truenas.rotation(inventory_hostname, swapped) | map(attribute='text') }}"
"""

RETURN = r"""
_value:
  description:
    - A dict for each credential, with its C(host), C(credential), C(state), C(replaced) and C(text).
    - C(state) is V(new) if the NAS stores what was declared, V(old) if it does not or was not reached, and V(unknown) if that
      could not be told.
    - C(replaced) is what M(nasops.truenas.cloud_credentials) returned under that name, and C(text) says all of it in words.
  type: list
  elements: dict
"""

NEW = "new"
OLD = "old"
UNKNOWN = "unknown"


def rotation(
    names: Any,
    host: str,
    result: Mapping[str, Any] | None = None,
    now: Mapping[str, Any] | None = None,
    check: bool = False,
) -> list[dict[str, Any]]:
    """Return the rows. Raises AnsibleFilterError for names that are no list, or that are not those of the result."""
    if not isinstance(names, (list, tuple)):
        raise AnsibleFilterError("nasops.truenas.rotation: give a list of names")
    rows = []
    for place, name in enumerate(names):
        item = _item(names, place, result)
        state, text = (
            _told(item, _item(names, place, now), check) if item else (OLD, "was not reached, and keeps what it had")
        )
        replaced = item.get("replaced") if item else None
        rows.append(
            {"host": host, "credential": name, "state": state, "replaced": replaced, "text": f"{host}: {name}: {text}."}
        )
    return rows


def _item(names: Sequence[str], place: int, result: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what a task says of one credential, which is what it says as a whole if it ended before; None without a task."""
    if result is None or "credentials" not in result:
        return result
    items = result["credentials"]
    if len(items) != len(names):
        raise AnsibleFilterError("nasops.truenas.rotation: the result is not that of these credentials")
    found: Mapping[str, Any] = items[place]
    return found


def _told(item: Mapping[str, Any], now: Mapping[str, Any] | None, check: bool) -> tuple[str, str]:
    """Return which secret a credential has, and what a person should know of it."""
    if item.get("failed"):
        return _after_failure(str(item.get("msg", "")).rstrip("."), now, check)
    done = _done(item, check) if item["changed"] else "nothing changed"
    if doubt := _doubt(item):
        return UNKNOWN, f"{done}; {doubt}, so which secret it has is not known"
    if not item["changed"]:
        return NEW, f"{done}, it has its new secret already"
    return OLD if check else NEW, done


def _done(item: Mapping[str, Any], check: bool) -> str:
    has = "would get" if check else "has"
    if item["action"] == "created":
        return f"{has} its new secret, and was not there before: nothing is to be revoked"
    if not item["replaced"]:
        return f"{has} {_listed(item['changed_fields'])} as declared, and keeps its secret: nothing is to be revoked"
    return f"{has} its new secret. {'Then to' if check else 'To'} be revoked: {_whose(item['replaced'])}"


def _doubt(item: Mapping[str, Any]) -> str:
    """Return what keeps from knowing whether the declared secret is stored; empty if nothing does."""
    if item["kept"]:
        return f"it keeps {_listed(item['kept'])}"
    return f"it hides {_listed(item['unknown_fields'])} from this account" if item["unknown_fields"] else ""


def _after_failure(why: str, now: Mapping[str, Any] | None, check: bool) -> tuple[str, str]:
    fails = "would fail" if check else "failed"
    if now is None or "action" not in now or _doubt(now):
        return UNKNOWN, f"{fails}, and which secret it has is not known: {why}"
    if not now["changed"]:
        return NEW, f"{fails}, but what is declared is stored: {why}"
    return OLD, f"{fails}, and {'is not there' if now['action'] == 'created' else 'its old secret stays'}: {why}"


def _whose(replaced: Mapping[str, Any]) -> str:
    """Return what is to be revoked in a person's words, for example `secret_access_key (s3: access_key_id AKIAEXAMPLE)`."""
    told = ", ".join(f"{name} {value}" for name, value in _flat(replaced["shown"]))
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
