# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of a NAS, and the lists of what they allow that a login is answered with (upstream role.py,
plugins/account_/privilege.py)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

FULL_ADMIN = "FULL_ADMIN"
READONLY_ADMIN = "READONLY_ADMIN"

_READ_AND_WRITE = """
    ACCOUNT FAILOVER AUTH_SESSIONS DIRECTORY_SERVICE KMIP IPMI FILESYSTEM_ATTRS FILESYSTEM_DATA REPORTING SUPPORT SYSTEM_AUDIT
    CLOUD_BACKUP CLOUD_SYNC SERVICE ENCLOSURE NETWORK_INTERFACE VM VM_DEVICE JBOF TRUECOMMAND CERTIFICATE
    CERTIFICATE_AUTHORITY SHARING_ISCSI_AUTH SHARING_ISCSI_EXTENT SHARING_ISCSI_GLOBAL SHARING_ISCSI_HOST
    SHARING_ISCSI_INITIATOR SHARING_ISCSI_PORTAL SHARING_ISCSI_TARGET SHARING_ISCSI_TARGETEXTENT SHARING_ISCSI SHARING_NFS
    SHARING_SMB SHARING KEYCHAIN_CREDENTIAL REPLICATION_TASK_CONFIG REPLICATION_TASK SNAPSHOT_TASK POOL_SCRUB DATASET
    SNAPSHOT CATALOG SYSTEM_GENERAL SYSTEM_ADVANCED
    """
_OTHERS = """
    FILESYSTEM_FULL_CONTROL REPLICATION_TASK_WRITE_PULL DATASET_DELETE SNAPSHOT_DELETE REPLICATION_ADMIN SHARING_ADMIN
    """

READ = frozenset({"ALERT_LIST_READ", "NETWORK_GENERAL_READ", *(f"{name}_READ" for name in _READ_AND_WRITE.split())})
ALL = READ | {FULL_ADMIN, READONLY_ADMIN, *_OTHERS.split(), *(f"{name}_WRITE" for name in _READ_AND_WRITE.split())}

_SIZE_OF_A_READERS_LIST = 45_000
"""Characters. A real login of a reader is answered with 47 kB (truenas-api/wire.md, corrections to §2)."""


@cache
def allowlist(roles: frozenset[str], methods: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the allowlist of an account whose roles allow these methods.

    An account that can read everything has each method of the NAS in it. Those of services that are not simulated have made-up
    names here, as many as make the list as long as a real one.
    """
    if FULL_ADMIN in roles:
        return [{"method": word, "resource": "*"} for word in ("CALL", "SUBSCRIBE")]
    found = [*_entries(methods)]
    if READONLY_ADMIN in roles:
        short = _SIZE_OF_A_READERS_LIST - len(str(found))
        each = len(str([*_entries(["not_simulated.0000"])]))
        found += _entries(f"not_simulated.{number:04}" for number in range(short // each))
    return found


def _entries(methods: Iterable[str]) -> Iterable[dict[str, str]]:
    return ({"method": "CALL", "resource": method} for method in methods)
