# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report which secret each credential of a NAS has during a rotation, and which secrets to revoke."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.nasops.truenas.plugins.module_utils import mistyped
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.foreign import clean, one_line

DOCUMENTATION = r"""
name: rotation
short_description: Report which credentials of a NAS have their new secret
version_added: 0.1.0
author:
  - The nasops.truenas maintainers (@nasops)
description:
  - Reads the result of M(nasops.truenas.cloud_credentials) for a rotation. Returns whether the NAS stores the new secret of each
    credential, and which old secrets to revoke. Secret values are not included.
  - The playbook C(nasops.truenas.rotate) uses it for its report.
positional: _input
options:
  _input:
    description: Names of the credentials, in the order of the task's list.
    type: list
    elements: str
    required: true
  host:
    description: Name of the NAS.
    type: str
    required: true
  result:
    description: Result of the task that replaces the secrets. If it is not set, the NAS was not reached.
    type: dict
  recheck:
    description:
      - Result of the same task in check mode after O(result) failed. It shows whether the NAS stores the new secrets.
    type: dict
  check_mode:
    description: Whether O(result) is a prediction of check mode.
    type: bool
    default: false
  absent:
    description: Names of credentials that are declared absent, and that might still be stored with their old secret.
    type: list
    elements: str
    default: []
  stored:
    description:
      - Result of M(nasops.truenas.cloud_credential_info). It shows which credentials in O(absent) exist. Without it, their
        state is V(unknown).
    type: dict
"""

EXAMPLES = r"""
- name: Show which secret each credential has
  ansible.builtin.debug:
    msg: "{{ ['offsite'] | nasops.truenas.rotation(inventory_hostname, swapped) | map(attribute='text') }}"
"""

RETURN = r"""
_value:
  description:
    - A dict for each credential, with its C(host), C(credential), C(state), C(keep_old_secret), C(replaced), and C(text).
    - C(state) is V(new) if the NAS stores the declared secret and nothing failed. It is V(failed) if the NAS stores the declared
      secret although the task failed, V(old) if it does not store the secret or was not reached, and otherwise V(unknown).
    - C(keep_old_secret) is true if the old secret must not be revoked yet, because of the state, or because another credential on
      the NAS has it.
    - C(replaced) is the return value C(replaced) of M(nasops.truenas.cloud_credentials). C(text) is a sentence with all of this.
  type: list
  elements: dict
"""

NEW = "new"
FAILED = "failed"
OLD = "old"
UNKNOWN = "unknown"

UNDETERMINED = "could not determine whether the old or the new secret is stored"

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
    """Return a row for each credential. Raises AnsibleFilterError if names is not a list, or does not match the result."""
    if not isinstance(names, (list, tuple)):
        raise AnsibleFilterError("nasops.truenas.rotation: requires a list of names")
    if problems := mistyped.problems({"names": names, "absent": absent}, _LISTS):
        raise AnsibleFilterError(f"nasops.truenas.rotation:\n{InvalidInput(problems)}")
    rows = []
    for index, name in enumerate(names):
        item = _item(names, index, result)
        state, text = (
            _after_task(item, _item(names, index, recheck), check_mode)
            if item
            else (OLD, "was not reached, and keeps its previous values")
        )
        rows.append(_row(host, name, state, text, item.get("replaced") if item else None))
    return [*rows, *(_row(host, name, *_declared_absent(name, stored)) for name in absent)]


def _row(host: str, name: str, state: str, text: str, replaced: Mapping[str, Any] | None = None) -> dict[str, Any]:
    keep_old_secret = state != NEW or bool(replaced and replaced["also_in"])
    row = {"host": host, "credential": name, "state": state, "keep_old_secret": keep_old_secret, "replaced": replaced}
    # The names of other credentials come from the NAS, and the roles print this text.
    return {**row, "text": clean(f"{host}: {name}: {text}.")}


def _declared_absent(name: str, stored: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return state and message for a credential that is declared absent."""
    if stored is None or "credentials" not in stored:
        return UNKNOWN, "declared absent, but might still be stored with its old secret"
    if any(credential["name"] == name for credential in stored["credentials"]):
        return OLD, "declared absent, but still stored with its old secret. Run nasops.truenas.provision first"
    return NEW, "declared absent, and does not exist"


def _item(names: Sequence[str], index: int, result: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the result of one credential, or that of the whole task if the task has no items; None without a result."""
    if result is None or "credentials" not in result:
        return result
    items = result["credentials"]
    if len(items) != len(names):
        raise AnsibleFilterError("nasops.truenas.rotation: the result belongs to other credentials")
    item: Mapping[str, Any] = items[index]
    return item


def _after_task(item: Mapping[str, Any], recheck: Mapping[str, Any] | None, check_mode: bool) -> tuple[str, str]:
    """Return state and message for a credential after the task that replaces secrets."""
    if item.get("failed"):
        return _after_failure(item, recheck, check_mode)
    done = _done(item, check_mode) if item["changed"] else "nothing changed"
    if doubt := _doubt(item):
        return UNKNOWN, f"{done}; {UNDETERMINED}: {doubt}"
    if not item["changed"]:
        return NEW, f"{done}, because the new secret is already stored"
    return OLD if check_mode else NEW, done


def _done(item: Mapping[str, Any], check_mode: bool) -> str:
    if item["action"] == "created":
        return f"{'would be created' if check_mode else 'created'} with the new secret; nothing to revoke"
    if not item["replaced"]:
        updated = "would update" if check_mode else "updated"
        return f"{updated} {_listed(item['changed_fields'])} without replacing a secret; nothing to revoke"
    has, revoke = ("would get", "Then revoke") if check_mode else ("has", "Revoke")
    others = _listed(item["replaced"]["also_in"])
    when = f" when it is no longer used by {others} on this NAS" if others else ""
    return f"{has} the new secret. {revoke} {_identified(item['replaced'])}{when}"


def _doubt(item: Mapping[str, Any]) -> str:
    """Return why it is uncertain whether the declared secret is stored; empty if it is certain."""
    if item["kept_reasons"]:
        return f"the NAS keeps {_listed(item['kept_reasons'])}"
    return f"the NAS hides {_listed(item['unknown_fields'])} from this account" if item["unknown_fields"] else ""


def _after_failure(item: Mapping[str, Any], recheck: Mapping[str, Any] | None, check_mode: bool) -> tuple[str, str]:
    fails, why = "would fail" if check_mode else "failed", str(item.get("msg", "")).rstrip(".")
    if item.get("replaced"):
        why += f". Do not revoke {_identified(item['replaced'])} yet"
    if recheck is None or "action" not in recheck or recheck.get("failed") or _doubt(recheck):
        return UNKNOWN, f"{fails}; {UNDETERMINED}: {why}"
    if not recheck["changed"]:
        return FAILED, f"{fails}, but the NAS stores the declared values: {why}"
    if recheck["action"] == "created":
        return OLD, f"{fails}, and the credential does not exist: {why}"
    return OLD, f"{fails}, and the NAS keeps the old secret: {why}"


def _identified(replaced: Mapping[str, Any]) -> str:
    """Return the replaced secret in words: `the previous secret_access_key (s3: access_key_id AKIAEXAMPLE)`."""
    values = ", ".join(f"{name} {value}" for name, value in _flat(replaced["identified_by"]))
    return f"the previous {_listed(replaced['fields'])} ({replaced['provider']}{': ' if values else ''}{values})"


def _flat(shown: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in shown.items():
        if isinstance(value, Mapping):
            yield from _flat(value)
        elif value is not None:
            yield name, value


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(one_line, names))


class FilterModule:
    """The filter plugin of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"rotation": rotation}
