# SPDX-License-Identifier: GPL-3.0-or-later
"""The options for the verification of a credential."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules with verification share."""

    DOCUMENTATION = r"""
options:
  verify:
    description:
      - When to verify that the credential works with its provider.
      - V(never) does not verify.
      - V(changed) verifies a credential that is created or whose provider fields change, but not in check mode.
      - V(always) verifies in every run, also in check mode.
      - A credential is verified before it is written. If the provider refuses it, nothing is written. If the verification is
        inconclusive or skipped, the credential is written with a warning, see C(on_inconclusive). Checks that need a stored
        credential, see C(verify_bucket), run after the write. If one of them fails, the task rolls back to the previous values.
    type: str
    choices: [never, changed, always]
    default: never
  verify_again:
    description:
      - Whether to verify the stored credential again after the write, from the same sides. If this verification fails, the task
        rolls back to the previous values.
      - A credential that cannot be verified before the write, see C(verify_may_refresh), is not written.
      - Requires C(verify). Has no effect if nothing is written, for example in check mode.
    type: bool
    default: false
  verify_by:
    description:
      - Which side verifies.
      - V(nas) verifies on the NAS with rclone, as its tasks do. The NAS lists the root, or the place in C(verify_bucket) and
        C(verify_path).
      - V(controller) verifies on the host that runs the task, with a client for the provider. Some providers require a library.
        These are boto3 for S3 and Storj, paramiko for SFTP, requests for providers with HTTP APIs, azure-storage-blob for Azure,
        google-auth for Google Cloud Storage, and keystoneauth1 for Swift. If an SFTP credential refers to a keypair, the task
        reads the key from the NAS, which requires the role C(KEYCHAIN_CREDENTIAL_WRITE).
      - V(both) verifies from both sides, and uses the worse result.
    type: str
    choices: [nas, controller, both]
    default: nas
  verify_write:
    description:
      - Whether the controller also writes a small file with a unique name, and deletes it again. The NAS only reads.
    type: bool
    default: false
  verify_timeout:
    description:
      - Seconds to wait for the verification of one credential. The NAS itself sets no limit.
    type: float
    default: 180
  verify_may_refresh:
    description:
      - Whether to verify providers that can issue a new refresh token on each use, namely Box, Google Drive, Google Photos,
        OneDrive, pCloud, and Yandex.
      - A verification discards the new token, which can invalidate the stored one. Without V(true), it is skipped for these
        providers.
    type: bool
    default: false
  on_inconclusive:
    description:
      - Whether to store a credential with a warning, or to fail, if its verification is inconclusive.
      - V(warn) writes the credential and warns.
      - V(fail) fails, as if the provider had refused the credential.
      - V(fail_unless_valid) also fails if the verification is skipped.
      - A verification that is skipped is not inconclusive. With the other values, the credential is then written with a warning,
        unless C(verify_again) is set.
    type: str
    choices: [warn, fail, fail_unless_valid]
    default: warn
"""

    PLACE = r"""
options:
  verify_bucket:
    description:
      - The bucket or container to list. A key that is not allowed to list the root is valid if it can list this bucket.
      - Without this option, an empty list of buckets is V(inconclusive), because some services return one to a key without any
        permissions.
      - The NAS lists the bucket with the stored credential, after the write.
    type: str
  verify_path:
    description:
      - The folder to list, in O(verify_bucket) if the provider has buckets.
    type: str
"""
