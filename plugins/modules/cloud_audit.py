#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit the cloud credentials and the cloud tasks of a TrueNAS system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_audit
short_description: Audit the cloud credentials and the cloud tasks of a TrueNAS system
version_added: 0.1.0
description:
  - Compares the stored credentials with the declared ones, and reports credentials that no task uses, tokens that cannot be
    refreshed, URLs without TLS, and an account with more privileges than it needs.
  - Compares the cloud sync tasks and the cloud backup tasks with the declared ones, and reports tasks that failed, that
    never ran, or that lose data with the settings that are stored.
  - Writes nothing, needs one login and one query of the credentials and of each kind of task, and returns no secrets.
  - Findings do not fail the task. M(nasops.truenas.cloud_audit_report) writes a report on the results of a fleet, and can fail.
  - Requires the role C(CLOUD_SYNC_READ). Compares hidden values only with C(CLOUD_SYNC_WRITE) and C(CLOUD_BACKUP_WRITE), and
    cloud backup tasks only with C(CLOUD_BACKUP_READ).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.update
  - nasops.truenas.verification
  - nasops.truenas.providers.credentials
  - nasops.truenas.sync_tasks.audit
  - nasops.truenas.backup_tasks.audit
attributes:
  check_mode:
    description: Changes nothing, so check mode makes no difference.
    support: full
  diff_mode:
    description: Returns no diff. The result lists the fields that differ.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
options:
  undeclared:
    description:
      - How to treat provider fields that an item does not set. Default for items that do not set this option.
      - V(keep) ignores these fields.
      - V(default) compares them with the defaults of the NAS.
  update_token:
    description:
      - Which token to expect if the stored token differs from the declared one. Default for items that do not set this option.
      - V(newest) accepts the stored token if it expires later than the declared one. V(always) expects the declared token.
        V(on_create) accepts every stored token.
  update_secret:
    description:
      - When to compare declared secrets with stored ones. Default for items that do not set this option.
      - V(always) reports stored secrets that differ. V(on_create) accepts every stored secret.
  allow_type_change:
    description:
      - Whether to allow a change to another provider while tasks use the credential. Default for items that do not set this
        option.
      - Without V(true), another provider is reported as RV(audit.credentials[].state=not-supported).
  keep:
    description:
      - Names of stored credentials that do not need a declaration, or patterns such as V(manual-*).
      - If O(credentials) is empty, no credential needs a declaration.
    type: list
    elements: str
    default: []
  pending_keypairs:
    description:
      - Names of SSH keypairs that are declared elsewhere. A credential can name them although they do not exist on the NAS yet.
    type: list
    elements: str
    default: []
  keep_tasks:
    description:
      - Descriptions of stored tasks that do not need a declaration, or patterns such as V(manual-*).
      - If no task of a kind is declared, tasks of that kind need no declaration.
    type: list
    elements: str
    default: []
  outdated_after:
    description:
      - Report an enabled task whose last run ended more than this number of hours ago. If not set, the age is not judged.
    type: float
  proofs:
    description:
      - The proofs that M(nasops.truenas.backup_proof) returned for this NAS. The report shows each proof with its task. A proof
        that failed or was inconclusive is a finding.
    type: list
    elements: dict
    default: []
  expires_within:
    description:
      - Report a token that cannot be refreshed if it expires within this number of days, from 0 to 36500.
    type: int
    default: 14
  look_at_buckets:
    description:
      - Whether to look at the buckets and the keys of the stored cloud tasks, from the host that runs the task. This requires
        boto3 for providers with the API of S3, and requests for Backblaze B2. O(verify_timeout) is the limit of each request.
      - Only requests that read are sent. The settings of a bucket are read with the key of the credential. A key with the least
        rights cannot read them, and is reported with the rule C(bucket-unknown).
      - Backblaze B2 reports the capabilities of a key when it logs in. At a provider with the API of S3, the policies of the
        key's user are read, if the server answers such questions. If the key cannot read them, the rule is C(key-unknown).
        Policies of buckets and of organizations are not considered.
      - A key that gets a list of buckets can list all buckets. An empty list means nothing, because some servers return it to
        every key.
    type: bool
    default: false
  locked_buckets:
    description:
      - Names of buckets that must have object lock. Requires O(look_at_buckets).
    type: list
    elements: str
    default: []
  digest_key:
    description:
      - A random text that is the same for every NAS in a run, and different in each run. If it is set, the result contains a
        keyed digest (HMAC-SHA-256) of each secret, which shows whether NAS systems share a secret.
      - Do not store it. Anyone who has the key and the digests can test guesses of a secret.
    type: str
seealso:
  - module: nasops.truenas.cloud_audit_report
  - module: nasops.truenas.cloud_credentials
"""

EXAMPLES = r"""
- name: Compare this NAS with the declared credentials, and verify the stored ones
  nasops.truenas.cloud_audit:
    host: nas1.example.net
    username: auditor
    api_key: "{{ vault_truenas_key }}"
    credentials: "{{ fleet_credentials }}"
    verify: always
    keep:
      - manual-*
  register: found

- name: Audit the stored credentials without a declaration
  nasops.truenas.cloud_audit:
    host: nas1.example.net
    username: auditor
    api_key: "{{ vault_truenas_key }}"
    credentials: []
"""

RETURN = r"""
audit:
  description: The findings.
  type: dict
  returned: success
  contains:
    findings:
      description: Findings about the NAS and the account, each with C(rule), C(level), C(message), and C(field).
      type: list
      elements: dict
    credentials:
      description: The credentials that are stored or declared, sorted by name.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the credential.
          type: str
        id:
          description: ID on the NAS, or null if the credential does not exist.
          type: int
        provider:
          description: Name of the provider's option.
          type: str
        state:
          description:
            - How the credential compares with its declaration.
            - V(same) if it matches, V(drift) if it differs, V(missing) if it is declared but does not exist, and
              V(should-be-absent) if it exists but is declared absent.
            - V(stored) if it needs no declaration, and V(unmanaged) if it exists without one.
            - V(not-supported) if this NAS cannot store what is declared, and V(unknown) if the NAS hides fields.
          type: str
          choices: [same, stored, drift, missing, should-be-absent, unmanaged, not-supported, unknown]
        fields:
          description: The fields that differ, each with C(name), C(stored), and C(desired). Secrets are masked.
          type: list
          elements: dict
        unknown_fields:
          description: Names of the fields that the NAS hides from this account.
          type: list
          elements: str
        verification:
          description: Result of its verification, as in M(nasops.truenas.cloud_credential).
          type: dict
        users:
          description: Tasks that use the credential, or null if this account cannot list them.
          type: list
          elements: str
        findings:
          description: Findings about the credential, each with C(rule), C(level), C(message), and C(field).
          type: list
          elements: dict
        digests:
          description: Digests of the secrets by field, see O(digest_key).
          type: dict
        renews:
          description: Whether the NAS refreshes the token.
          type: bool
    tasks:
      description: The cloud sync tasks and the cloud backup tasks that are stored or declared.
      type: list
      elements: dict
      contains:
        kind:
          description: The kind of task.
          type: str
          choices: [cloud sync task, cloud backup task]
        name:
          description: Description of the task.
          type: str
        id:
          description: ID on the NAS, or null if the task does not exist.
          type: int
        credential:
          description: Name of its credential.
          type: str
        state:
          description: How the task compares with its declaration, as for credentials.
          type: str
          choices: [same, stored, drift, missing, should-be-absent, unmanaged, not-supported, unknown]
        enabled:
          description: Whether the NAS runs it on its schedule, or null if it does not exist.
          type: bool
        last_run:
          description: The last run, as RV(nasops.truenas.cloud_sync_task_info#module:tasks[].job), or null.
          type: dict
        fields:
          description: The options that differ, each with C(name), C(stored), and C(desired). Secrets are masked.
          type: list
          elements: dict
        unknown_fields:
          description: Names of the options that the NAS hides from this account.
          type: list
          elements: str
        findings:
          description: Findings about the task, each with C(rule), C(level), C(message), and C(field).
          type: list
          elements: dict
        proof:
          description:
            - The proof of its backup from O(proofs), with C(outcome), C(cause), C(error), C(hint), C(time), C(newest), C(count),
              C(size), and the number of C(fetched) files. Null without one.
          type: dict
        repository:
          description: Address of its backup repository, to compare it with those of other NAS systems, or an empty text.
          type: str
problems:
  description: The mistakes in the options, one by one.
  type: list
  elements: dict
  returned: when an option is invalid
  contains:
    field:
      description: The option with its list item, such as V(credentials[1] (archive\).sftp.port).
      type: str
    index:
      description: Index of the list item.
      type: int
    name:
      description: Name of the list item.
      type: str
    reason:
      description: The mistake.
      type: str
    remedy:
      description: How to fix it.
      type: str
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_audit import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
