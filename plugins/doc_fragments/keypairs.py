# SPDX-License-Identifier: GPL-3.0-or-later
# Generated from the modules' documentation by tools/generate: change the documentation, then run `make generate`.
"""The list option of ssh_keypairs."""

from __future__ import annotations


class ModuleDocFragment:
    """The SSH keypairs of a set."""

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
        - Name of the keypair. Upper and lower case and blanks matter.
        - Keypairs and SSH connections share one set of names.
        type: str
        required: true
      state:
        description:
        - Whether the keypair is to be there.
        - Without O(keypairs[].generate) and a private key, V(present) says that it has to be there already.
        type: str
        choices:
        - present
        - absent
        default: present
      new_name:
        description:
        - Rename the keypair to this. Once it has this name, the task changes nothing.
        - Whatever uses the keypair does so by its number, and is not affected.
        type: str
      generate:
        description:
        - Have the NAS make the keypair, an RSA one, if there is none of that name. A keypair that is there is left
          as it is.
        - The NAS makes the keys in one call and stores them in another, so the private key passes through the memory
          of the task. It is written nowhere.
        type: bool
        default: false
      private_key:
        description:
        - Text of the private key, in OpenSSH's format, as PEM or in PuTTY's format, without a passphrase.
        - If another key is stored under the name, both keys are replaced.
        type: str
      private_key_file:
        description:
        - File on the controller that holds the private key. It may be encrypted with Ansible Vault.
        - Not read if O(keypairs[].state=absent).
        type: path
      public_key:
        description:
        - The public key that belongs to the private one, as a line of a C(.pub) file. Needed only to give it a
          comment, which does not count where keys are compared.
        type: str
      cascade:
        description:
        - With O(keypairs[].state=absent), delete the keypair even if it is used.
        - SSH connections that use it are deleted as well. SFTP credentials that use it stay without a key, and
          nothing on the NAS tells so. The task warns, naming each.
        - Without this a keypair in use is an error that names everything that uses it.
        type: bool
        default: false
"""
