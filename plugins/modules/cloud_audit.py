#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look for what is odd about the cloud credentials of a TrueNAS box."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_audit
short_description: Look for what is odd about the cloud credentials of a TrueNAS box
version_added: 0.1.0
description:
  - Compares what is stored with what is declared, and looks for credentials that no task uses, tokens that cannot be refreshed,
    URLs without TLS, and an account that may do more than it needs to.
  - Writes nothing, takes one login and one query, and shows no secret.
  - What is found is no failure of the task. M(nasops.truenas.cloud_audit_report) makes a report of the results of a fleet, and
    can fail.
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.update
  - nasops.truenas.update.pending
  - nasops.truenas.verification
  - nasops.truenas.providers.credentials
attributes:
  check_mode:
    description: Changes nothing, so it runs in check mode as it always does.
    support: full
  diff_mode:
    description: What differs is part of the result.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
options:
  undeclared:
    description:
      - What fields that an item does not mention are compared with, for items that do not say so themselves. With V(keep) with
        nothing, with V(default) with the NAS's defaults.
  update_token:
    description:
      - Which token counts if the stored one and the declared one differ, for items that do not say so themselves.
  update_secret:
    description:
      - When declared secrets are compared with stored ones, for items that do not set this themselves.
      - V(always) reports stored secrets that differ. V(on_create) accepts every stored secret.
  allow_type_change:
    description:
      - Whether a credential in use may become one of another provider, for items that do not say so themselves. Where it may not,
        another provider is reported as RV(audit.credentials[].state=refused).
  keep:
    description:
      - Names of credentials that nobody needs to declare, or patterns such as V(manual-*). If O(credentials) is empty, none needs
        to be.
    type: list
    elements: str
    default: []
  pending_keypairs:
    description:
      - Names of SSH keypairs that are declared, too. A credential that names one is not refused where the NAS lacks it.
  expires_within:
    description:
      - Days within which the end of a token that cannot be refreshed is reported.
    type: int
    default: 14
  digest_key:
    description:
      - A random text, the same for every NAS of a run and another one for every run. With it the result has a keyed digest
        (HMAC-SHA-256) of each secret, by which it can be told that NAS share one.
      - Keep it nowhere. Who has it can find out from the digests whether a secret is one that they guess.
    type: str
seealso:
  - module: nasops.truenas.cloud_audit_report
  - module: nasops.truenas.cloud_credentials
"""

EXAMPLES = r"""
- name: Does this NAS have what the fleet has, and do the credentials open their providers?
  nasops.truenas.cloud_audit:
    host: nas1.example.net
    username: auditor
    api_key: "{{ vault_truenas_key }}"
    credentials: "{{ fleet_credentials }}"
    verify: always
    keep:
      - manual-*
  register: found

- name: What is odd, with nothing declared
  nasops.truenas.cloud_audit:
    host: nas1.example.net
    username: auditor
    api_key: "{{ vault_truenas_key }}"
    credentials: []
"""

RETURN = r"""
audit:
  description: What was found.
  type: dict
  returned: success
  contains:
    findings:
      description: What is to be said of the NAS and the account, each with C(rule), C(level), C(message) and C(field).
      type: list
      elements: dict
    credentials:
      description: The credentials that are stored or declared, by name.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the credential.
          type: str
        id:
          description: Its number on the NAS, or null if it is not there.
          type: int
        provider:
          description: Its provider, as the option is called.
          type: str
        state:
          description: What is to be said of it. V(stored) means that nothing is declared for it.
          type: str
          choices: [same, stored, drift, missing, should-be-absent, unmanaged, not-supported, unknown]
        fields:
          description: What differs, each with C(name), C(stored) and C(desired), secrets masked.
          type: list
          elements: dict
        unknown_fields:
          description: Names of the fields that the NAS hides from this account.
          type: list
          elements: str
        verification:
          description: What came of its verification, as in M(nasops.truenas.cloud_credential).
          type: dict
        users:
          description: Tasks that use it; null if that is not known.
          type: list
          elements: str
        findings:
          description: What is to be said of it, each with C(rule), C(level), C(message) and C(field).
          type: list
          elements: dict
        digests:
          description: Digests of its secrets by field, see O(digest_key).
          type: dict
        renews:
          description: Whether the NAS renews its token by itself.
          type: bool
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_audit import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
