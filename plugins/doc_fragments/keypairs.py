# SPDX-License-Identifier: GPL-3.0-or-later
# Generated from the modules' documentation by tools/generate: change the documentation, then run `make generate`.
"""The keypairs option of ssh_keypairs."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the list of SSH keypairs."""

    DOCUMENTATION = r"""
options:
  keypairs:
    description:
    - The desired keypairs, each with the options of M(nasops.truenas.ssh_keypair).
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
        - Name of the keypair. Case and spaces matter.
        - Keypairs and SSH connections share one set of names.
        type: str
        required: true
      state:
        description:
        - Whether the keypair must exist.
        - V(present) creates or updates the keypair. Without O(keypairs[].generate) or a private key, it fails if
          the keypair does not exist.
        - V(absent) deletes the keypair.
        type: str
        choices:
        - present
        - absent
        default: present
      new_name:
        description:
        - Rename the keypair to this. If it already has this name, nothing changes.
        - Credentials and connections refer to the keypair by its ID, so a rename does not affect them.
        type: str
      generate:
        description:
        - Whether to create the keypair on the NAS, as an RSA key, if it does not exist. An existing keypair is
          not changed.
        - The NAS generates the keys in one call and stores them in another, so the private key passes through the
          memory of the task. The task does not store it.
        type: bool
        default: false
      private_key:
        description:
        - Text of the private key in OpenSSH, PEM, or PuTTY format, without a passphrase.
        - If the keypair stores another key, the task replaces its private and its public key.
        type: str
      private_key_file:
        description:
        - File on the controller that contains the private key. It can be encrypted with Ansible Vault.
        - Not read if O(keypairs[].state=absent).
        type: path
      public_key:
        description:
        - The public key of the private key, as a line of a C(.pub) file. Set it only to add a comment. The comparison
          of keys ignores comments.
        type: str
      cascade:
        description:
        - Whether to delete the keypair with O(keypairs[].state=absent) even if it is used.
        - V(true) also deletes SSH connections that use the keypair. SFTP credentials that use it keep no key, and
          the NAS does not report it. The task warns and lists each of them.
        - With V(false), the task fails if the keypair is used, and lists everything that uses it.
        type: bool
        default: false
"""
