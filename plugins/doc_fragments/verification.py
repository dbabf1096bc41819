# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say whether, from where and how a credential is verified."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules which verify share."""

    DOCUMENTATION = r"""
options:
  verify:
    description:
      - Whether it is tried if the credential opens its provider.
      - V(changed) verifies a credential that is created or whose provider's fields change, and never in check mode.
      - V(always) verifies every time, in check mode as well.
      - A credential is tried before it is written, and not written if it is refused. What only a stored one can show, see
        C(verify_bucket), is tried afterwards; if that fails, what was stored before is restored.
    type: str
    choices: [never, changed, always]
    default: never
  verify_again:
    description:
      - Whether what was tried before it was written is tried once more as it is stored, by the same sides. If it does not open
        its provider then, what was stored before is restored.
      - A credential that cannot be tried before, see C(verify_may_refresh), is not written.
      - It takes C(verify). Where nothing is written it has no effect, so in check mode and in tasks that only read.
    type: bool
    default: false
  verify_by:
    description:
      - Who tries.
      - V(nas) is the NAS, with rclone, as its tasks will. It lists the root, or what C(verify_bucket) and C(verify_path) name.
      - V(controller) is the machine that runs the task, with the provider's own client. It needs a library for some providers,
        boto3 for S3 and Storj, paramiko for SFTP, requests for what speaks HTTP, azure-storage-blob for Azure, google-auth for
        Google Cloud Storage and keystoneauth1 for Swift. A key that an SFTP credential refers to is fetched from the NAS, which
        takes the role C(KEYCHAIN_CREDENTIAL_WRITE).
      - V(both) asks both, and the worse answer counts.
    type: str
    choices: [nas, controller, both]
    default: nas
  verify_write:
    description:
      - Whether the controller writes a small file with a name of its own, and removes it again. The NAS only reads.
    type: bool
    default: false
  verify_timeout:
    description:
      - Seconds that the verification of one credential may take. The NAS itself sets no limit.
    type: float
    default: 180
  verify_may_refresh:
    description:
      - Whether a provider may be verified that hands out a new refresh token whenever one is used.
      - A verification throws the new token away, which can make the stored one useless, so it is skipped unless this is set.
        It concerns Box, Google Drive, Google Photos, OneDrive, pCloud and Yandex.
    type: bool
    default: false
  on_inconclusive:
    description:
      - What becomes of a credential of which nothing was found out, neither that it opens its provider nor that it does not.
      - V(warn) keeps it and warns, V(fail) treats it as one that was refused.
    type: str
    choices: [warn, fail]
    default: warn
"""

    PLACE = r"""
options:
  verify_bucket:
    description:
      - The bucket or container that has to open. A key that may not list the root but opens this bucket is valid.
      - Without it a root that lists no bucket is V(inconclusive), as some services show one to a key that may do nothing.
      - The NAS looks into it with the stored credential, after it was written.
    type: str
  verify_path:
    description:
      - The folder that has to open, in O(verify_bucket) if the provider has buckets.
    type: str
"""
