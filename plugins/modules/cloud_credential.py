#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a cloud credential of a TrueNAS system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_credential
short_description: Manage a cloud credential of a TrueNAS system
version_added: 0.1.0
description:
  - Creates, changes, renames, and deletes the credentials that TrueNAS uses for cloud sync and cloud backup tasks.
  - Compares the declared values with the stored ones, in the form in which the NAS stores them, and writes only if they differ.
  - Secrets never appear in any output. If a secret differs, the diff shows only that it does.
  - Requires the role C(CLOUD_SYNC_WRITE). To list and reassign the cloud backup tasks of a credential, the account also needs
    the roles C(CLOUD_BACKUP_READ) and C(CLOUD_BACKUP_WRITE).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.update
  - nasops.truenas.pending.keypair
  - nasops.truenas.pending.credential
  - nasops.truenas.pending.task
  - nasops.truenas.verification
  - nasops.truenas.verification.place
  - nasops.truenas.providers
attributes:
  check_mode:
    description: Predicts in check mode exactly what a run would change, and never writes.
    support: full
  diff_mode:
    description: Returns the stored and the desired credential, with every secret masked.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
options:
  name:
    description:
      - Name of the credential. Case and spaces matter, as they do on the NAS.
    type: str
    required: true
  state:
    description:
      - Whether the credential must exist.
      - V(present) creates or updates the credential. It requires exactly one provider, unless O(new_name) only renames.
      - V(absent) deletes the credential. If a cloud sync or cloud backup task uses it, nothing is deleted, and the error lists
        every such task. See O(replace_with).
    type: str
    choices: [present, absent]
    default: present
  new_name:
    description:
      - Rename the credential to this. If it already has this name, nothing changes.
      - The task fails if credentials of both names exist.
    type: str
  clear_fields:
    description:
      - Names of provider fields to reset to their defaults. The default of some fields is null.
      - A null in the field itself does not reset it, because Ansible does not distinguish null from an option that is not set.
    type: list
    elements: str
    default: []
  replace_with:
    description:
      - With O(state=absent), reassign the cloud sync and cloud backup tasks that use this credential to another one, by its name.
      - Tasks are reassigned before the deletion. If one cannot be reassigned, the others return to this credential, and nothing
        is deleted.
      - When a task is reassigned, the NAS checks all of its settings. For a task that pulls, the NAS also checks that its folder
        exists with the other credential.
      - In M(nasops.truenas.cloud_credentials), the same list can create the other credential.
    type: str
seealso:
  - module: nasops.truenas.cloud_credentials
  - module: nasops.truenas.cloud_credential_info
"""

EXAMPLES = r"""
- name: Apply the credential of the off-site bucket, and verify it when it changes
  nasops.truenas.cloud_credential:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    name: offsite
    s3:
      access_key_id: AKIAEXAMPLE
      secret_access_key: "{{ vault_s3_secret }}"
      endpoint: https://s3.example.net
    verify: changed

# The connection of the following tasks comes from module_defaults or from the environment.
- name: Replace the secret, and keep everything else
  nasops.truenas.cloud_credential:
    name: offsite
    s3:
      secret_access_key: "{{ vault_s3_secret_new }}"

- name: Log in with the keypair only, and clear the password
  nasops.truenas.cloud_credential:
    name: off-site archive
    sftp:
      private_key_name: off-site
    clear_fields: [pass]

- name: Log in with a keypair that the NAS creates if it does not exist
  nasops.truenas.cloud_credential:
    name: archive
    sftp:
      host: archive.example.net
      user: backup
      private_key_name: archive
      generate_private_key: true
  register: archive

- name: Apply a token in the format of rclone, which the NAS refreshes from then on
  nasops.truenas.cloud_credential:
    name: drive
    google_drive:
      client_id: "{{ drive_client_id }}"
      client_secret: "{{ vault_drive_client_secret }}"
      token: "{{ vault_drive_token }}"

- name: Rename a credential
  nasops.truenas.cloud_credential:
    name: offsite
    new_name: offsite-eu

- name: Delete a credential, and reassign the tasks that use it to another one
  nasops.truenas.cloud_credential:
    name: offsite
    state: absent
    replace_with: offsite-eu

- name: Delete a credential that no task uses
  nasops.truenas.cloud_credential:
    name: old bucket
    state: absent
"""

RETURN = r"""
action:
  description: The change that was made, in check mode the one that a run would make.
  type: str
  returned: success
  choices: [created, updated, deleted, none]
  sample: updated
changed_fields:
  description: Names of the fields that differ. V(name) and V(provider) can be among them.
  type: list
  elements: str
  returned: success
  sample: [secret_access_key]
unknown_fields:
  description: Names of the declared fields that could not be compared, because the NAS hides them from this account.
  type: list
  elements: str
  returned: success
  sample: []
kept_fields:
  description:
    - Names of the declared fields whose stored value the task kept, because the NAS has refreshed it, or because of
      O(update_token) or O(update_secret).
  type: list
  elements: str
  returned: success
  sample: [token]
kept_reasons:
  description: The fields in RV(kept_fields), each with the reason.
  type: list
  elements: str
  returned: success
  sample: [token (refreshed by the NAS)]
drift:
  description:
    - Whether the stored credential differed from the desired one, also in check mode.
    - V(unknown) means that the visible fields do not differ, and that the NAS hides the others from this account.
  type: str
  returned: success
  choices: [none, found, unknown]
  sample: none
generated_keypair:
  description:
    - The SSH keypair that the NAS created because of O(sftp.generate_private_key).
    - In check mode, the keypair that a run would create, without the values that only the NAS can provide.
  type: dict
  returned: when a keypair is created
  contains:
    id:
      description: ID of the keypair on this NAS.
      type: int
    name:
      description: Name of the keypair.
      type: str
    public_key:
      description: The public key, as a line for C(authorized_keys) on the server.
      type: str
    fingerprint:
      description: The fingerprint as OpenSSH prints it.
      type: str
    type:
      description: Type of the key.
      type: str
replaced:
  description:
    - Secrets that the change replaced and that you can now revoke at the provider. Null if there are none. Secret values are not
      included, nor are values that the NAS hides from this account.
    - A field that changes while its secret stays, such as the path of a URL, is not included.
    - If the task fails after a write that it could not roll back, this describes the secrets that the write replaced. Do not
      revoke them before you know that the new secret works.
  type: dict
  returned: success, and failure after a write that was not rolled back
  contains:
    provider:
      description: Name of the provider's option. For a provider that this collection does not support, its name on the NAS.
      type: str
    fields:
      description: Names of the fields that stored the secrets. V(private_key) refers to an SSH keypair on the NAS.
      type: list
      elements: str
    identified_by:
      description:
        - The previous values that identify the secrets. These are the fields that are not secret and differ from the defaults of
          the NAS, and the readable parts of service accounts and tokens.
      type: dict
    also_in:
      description:
        - Names of the other credentials on this NAS that still have one of these secrets after the task. If you revoke the
          secret, they stop working.
      type: list
      elements: str
  sample:
    provider: s3
    fields: [secret_access_key]
    identified_by:
      access_key_id: AKIAEXAMPLE
      endpoint: https://s3.example.net/
    also_in: []
moved_tasks:
  description: The cloud sync and cloud backup tasks that were reassigned because of O(replace_with).
  type: list
  elements: dict
  returned: success
  contains:
    service:
      description: The service on the NAS that the task belongs to.
      type: str
      choices: [cloudsync, cloud_backup]
    id:
      description: ID of the task.
      type: int
    description:
      description: Description of the task.
      type: str
    credential:
      description: Name of the credential that the task uses now.
      type: str
credential:
  description:
    - The credential after the task, in the form of the options and with its C(id). Secrets are masked.
    - Null if it was deleted or did not exist. In check mode, a credential that a run would create has no C(id).
  type: dict
  returned: success
  sample:
    id: 7
    name: offsite
    s3:
      access_key_id: AKIAEXAMPLE
      secret_access_key: "********"
      endpoint: https://s3.example.net/
verification:
  description:
    - Result of the verification. Null if the task did not verify.
    - With O(verify_by=both) it is the worse of the two results, and C(parts) contains both.
  type: dict
  returned: success, and on failure if the verification is the reason
  contains:
    state:
      description:
        - V(valid) if the credential works.
        - V(invalid) if the provider refused it, or does not exist at the declared address.
        - V(inconclusive) if the verification neither succeeded nor was refused, for example because the key is not allowed to
          list the root. A warning then states whether the task stores the credential anyway.
        - V(skipped) if a verification could do harm, or was not possible. A warning then states whether the task stores the
          credential anyway.
      type: str
      choices: [valid, invalid, inconclusive, skipped]
    by:
      description: Which side verified.
      type: str
      choices: [nas, controller]
    cause:
      description: Identifier of the cause, if the credential is not valid. docs/verification.md lists the causes.
      type: str
    error:
      description: The provider's error message, without secrets.
      type: str
    hint:
      description: How to fix it.
      type: str
    seconds:
      description: Duration of the verification in seconds.
      type: float
problems:
  description: The mistakes in the options, one by one.
  type: list
  elements: dict
  returned: when an option is invalid
  contains:
    field:
      description: The option, such as V(sftp.port).
      type: str
    reason:
      description: The mistake.
      type: str
    remedy:
      description: How to fix it.
      type: str
pending_credentials:
  description:
    - The credentials that a run would create, change, or delete, without secrets, for the option of this name of later tasks.
      Empty outside check mode.
  type: list
  elements: dict
  returned: success
  sample:
    - id: 3
      name: offsite
      former_name: offsite
      provider: s3
      fields: {access_key_id: AKIAEXAMPLE, endpoint: "https://s3.example.net", region: ""}
      keypair: null
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
