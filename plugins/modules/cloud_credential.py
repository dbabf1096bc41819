#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage one cloud credential of a TrueNAS box."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_credential
short_description: Manage a cloud credential of a TrueNAS box
version_added: 0.1.0
description:
  - Creates, changes, renames and deletes the credentials that cloud sync and cloud backup tasks of TrueNAS log in with.
  - Compares what the task declares with what is stored, in the form in which the NAS stores it, and writes only if they differ.
  - A secret never appears in any output. Where one differs, the diff says that it does.
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.update
  - nasops.truenas.update.pending
  - nasops.truenas.verification
  - nasops.truenas.verification.place
  - nasops.truenas.providers
attributes:
  check_mode:
    description: Can run in check mode, and then predicts exactly what would be done without doing it.
    support: full
  diff_mode:
    description: Returns what was stored and what is stored afterwards, with every secret masked.
    support: full
  idempotent:
    description: Running the task again changes nothing.
    support: full
options:
  name:
    description:
      - Name of the credential. It is compared exactly, with its case and its blanks, as the NAS does.
    type: str
    required: true
  state:
    description:
      - V(present) makes the NAS have the credential. It needs exactly one provider, unless O(new_name) only renames.
      - V(absent) makes the NAS not have it. A credential that a cloud sync or cloud backup task uses is not deleted; the
        failure names every such task. See O(replace_with).
    type: str
    choices: [present, absent]
    default: present
  new_name:
    description:
      - Renames the credential. If it already has this name, nothing changes.
      - It is an error if the NAS has credentials of both names.
    type: str
  clear_fields:
    description:
      - Names of fields of the provider to put back to their default, which for some is null.
      - A task cannot say so with the field itself, because Ansible does not tell a null from an option that is left out.
    type: list
    elements: str
    default: []
  replace_with:
    description:
      - With O(state=absent), the name of another credential that the cloud sync and cloud backup tasks of this one use from then
        on. They are moved first. If one cannot be moved, those that were go back, and nothing is deleted.
      - The NAS checks a task as a whole when it is moved, and for one that pulls looks for its folder with the other credential.
      - In M(nasops.truenas.cloud_credentials) it may be one that the same task creates.
    type: str
seealso:
  - module: nasops.truenas.cloud_credentials
  - module: nasops.truenas.cloud_credential_info
"""

EXAMPLES = r"""
- name: The off-site bucket
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

# From here on the connection comes from module_defaults or from the environment.
- name: A new secret, everything else as it is
  nasops.truenas.cloud_credential:
    name: offsite
    s3:
      secret_access_key: "{{ vault_s3_secret_new }}"

- name: No password any more, the keypair alone
  nasops.truenas.cloud_credential:
    name: vault at the other site
    sftp:
      private_key_name: other site
    clear_fields: [pass]

- name: A keypair that the NAS makes if it has none of that name
  nasops.truenas.cloud_credential:
    name: archive
    sftp:
      host: archive.example.net
      user: backup
      private_key_name: archive
      generate_private_key: true
  register: archive

- name: A token as rclone writes it, which the NAS refreshes from then on
  nasops.truenas.cloud_credential:
    name: drive
    google_drive:
      client_id: "{{ drive_client_id }}"
      client_secret: "{{ vault_drive_client_secret }}"
      token: "{{ vault_drive_token }}"

- name: Rename
  nasops.truenas.cloud_credential:
    name: offsite
    new_name: offsite-eu

- name: Remove, and let the tasks that use it go on with another one
  nasops.truenas.cloud_credential:
    name: offsite
    state: absent
    replace_with: offsite-eu

- name: Remove
  nasops.truenas.cloud_credential:
    name: old bucket
    state: absent
"""

RETURN = r"""
action:
  description: What was done, or in check mode would be done.
  type: str
  returned: success
  choices: [created, updated, deleted, none]
  sample: updated
changed_fields:
  description: Names of the fields that differ, V(name) and V(provider) among them.
  type: list
  elements: str
  returned: success
  sample: [secret_access_key]
unknown_fields:
  description: Names of the declared fields that the NAS hides from this account, so that they cannot be compared.
  type: list
  elements: str
  returned: success
  sample: []
kept_fields:
  description:
    - Names of the declared fields whose stored value was left alone, because the NAS has renewed it, or because
      O(update_token) or O(update_secret) say so.
  type: list
  elements: str
  returned: success
  sample: [token]
kept_reasons:
  description: The same, each with the reason.
  type: list
  elements: str
  returned: success
  sample: [token (refreshed by the NAS)]
drift:
  description:
    - Whether what was stored differed from what the task wants, in check mode as well.
    - V(unknown) means that what this account can see does not differ, and that the NAS hides the rest from it.
  type: str
  returned: success
  choices: [none, found, unknown]
  sample: none
generated_keypair:
  description:
    - The SSH keypair that the NAS made for this, because of O(sftp.generate_private_key).
    - In check mode what would be made, without what only the NAS can tell.
  type: dict
  returned: when one is made
  contains:
    id:
      description: The number of the keypair on this NAS.
      type: int
    name:
      description: Its name.
      type: str
    public_key:
      description: What the far side has to know, as a line of its C(authorized_keys).
      type: str
    fingerprint:
      description: Its fingerprint as OpenSSH prints it.
      type: str
    type:
      description: Its type.
      type: str
replaced:
  description:
    - The stored secrets that this credential no longer has because of the change, so that they can be revoked at the provider,
      or none. A field that changes around its secret, such as the path of a URL, has none to be revoked.
    - No secret is among it, nor is what the NAS hides from this account.
    - After a failure that came too late, so that what was written stands, it tells what that has replaced. Do not revoke it
      before the new secret is known to open the provider.
  type: dict
  returned: success, and failure after a write that stands
  contains:
    provider:
      description: The provider that they are for, as the option is called; of one that is not known, as the NAS calls it.
      type: str
    fields:
      description: Names of the fields that held them. A V(private_key) is a keypair of the NAS.
      type: list
      elements: str
    identified_by:
      description:
        - What tells whose they were. The former fields that are no secrets and not the NAS's defaults, and of service accounts
          and tokens what may be read of them.
      type: dict
    also_in:
      description:
        - Names of the other credentials of this NAS that have one of these secrets after the task. As long as there are any,
          revoking it would lock them out.
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
  description: The tasks that use another credential now, because of O(replace_with).
  type: list
  elements: dict
  returned: success
  contains:
    service:
      description: The service of the NAS that the task belongs to.
      type: str
      choices: [cloudsync, cloud_backup]
    id:
      description: Number of the task.
      type: int
    description:
      description: What the task is called.
      type: str
    credential:
      description: Name of the credential that it uses now.
      type: str
credential:
  description:
    - The credential as it is stored afterwards, in the shape of the options and with its C(id). Secrets are masked.
    - None if it was deleted or not there. In check mode, a credential that would be created has no C(id).
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
    - What came of the verification, or none if there was not any.
    - If both sides were asked it is the worse answer, and C(parts) has both.
  type: dict
  returned: success, and on failure if the verification is the reason
  contains:
    state:
      description:
        - V(valid) if the credential opens the provider.
        - V(invalid) if the provider refused, or is not where the credential says.
        - V(inconclusive) if nothing was found out, for example because the key may not list the root.
        - V(skipped) if trying could do harm, or nobody could try.
      type: str
      choices: [valid, invalid, inconclusive, skipped]
    by:
      description: Who tried.
      type: str
      choices: [nas, controller]
    cause:
      description: Why not, as one word. The list is in docs/verification.md.
      type: str
    error:
      description: Why not, in the provider's words, without secrets.
      type: str
    hint:
      description: What to do about it.
      type: str
    seconds:
      description: Seconds until the answer was there.
      type: float
problems:
  description: What is wrong with the options, one by one.
  type: list
  elements: dict
  returned: when options are refused
  contains:
    field:
      description: The option.
      type: str
    reason:
      description: What is wrong with it.
      type: str
    remedy:
      description: What to do about it.
      type: str
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
