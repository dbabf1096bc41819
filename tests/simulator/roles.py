# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of a NAS, and the lists of what they allow that a login is answered with (upstream role.py,
plugins/account_/privilege.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

FULL_ADMIN = "FULL_ADMIN"
READONLY_ADMIN = "READONLY_ADMIN"

_READ_AND_WRITE = """
    ACCOUNT API_KEY AUTH_SESSIONS BOOT_ENV DIRECTORY_SERVICE DISK FAILOVER FILESYSTEM_ATTRS FILESYSTEM_DATA IPMI KMIP PRIVILEGE
    REPORTING SUPPORT SSH ALERT_LIST ALERT CLOUD_BACKUP CLOUD_SYNC ENCLOSURE NETWORK_GENERAL NETWORK_INTERFACE VM VM_DEVICE JBOF
    TRUECOMMAND TRUENAS_CONNECT CERTIFICATE CATALOG DOCKER APPS SHARING_FTP SHARING_ISCSI_AUTH SHARING_ISCSI_EXTENT
    SHARING_ISCSI_GLOBAL SHARING_ISCSI_HOST SHARING_ISCSI_INITIATOR SHARING_ISCSI_PORTAL SHARING_ISCSI_TARGET
    SHARING_ISCSI_TARGETEXTENT SHARING_ISCSI SHARING_NFS SHARING_NVME_TARGET SHARING_SMB SHARING KEYCHAIN_CREDENTIAL
    REPLICATION_TASK_CONFIG REPLICATION_TASK SNAPSHOT_TASK POOL_SCRUB POOL DATASET SNAPSHOT SYSTEM_GENERAL SYSTEM_PRODUCT
    SYSTEM_ADVANCED SYSTEM_SECURITY SYSTEM_TUNABLE SYSTEM_CRON SYSTEM_UPDATE VIRT_GLOBAL VIRT_INSTANCE VIRT_IMAGE
    """
"""Each has a role for reading, and one for writing that includes it."""

_APART = """
    SYSTEM_AUDIT_READ SYSTEM_AUDIT_WRITE SERVICE_READ SERVICE_WRITE MAIL_WRITE DATASET_DELETE SNAPSHOT_DELETE
    VIRT_INSTANCE_DELETE ZFS_RESOURCE_READ
    """
"""Roles that include no other."""

READ = frozenset(
    {
        *(f"{name}_READ" for name in _READ_AND_WRITE.split()),
        *(name for name in _APART.split() if name.endswith("READ")),
    }
)

_INCLUDED: dict[str, frozenset[str]] = {
    **{f"{name}_WRITE": frozenset({f"{name}_READ"}) for name in _READ_AND_WRITE.split()},
    "FILESYSTEM_FULL_CONTROL": frozenset({"FILESYSTEM_ATTRS_WRITE", "FILESYSTEM_DATA_WRITE"}),
    "REPLICATION_TASK_WRITE_PULL": frozenset({"REPLICATION_TASK_WRITE"}),
    "REPLICATION_ADMIN": frozenset(
        f"{name}_WRITE"
        for name in ("KEYCHAIN_CREDENTIAL", "REPLICATION_TASK_CONFIG", "REPLICATION_TASK", "SNAPSHOT_TASK", "SNAPSHOT")
    ),
    "SHARING_ADMIN": frozenset({READONLY_ADMIN, "DATASET_WRITE", "SHARING_WRITE", "FILESYSTEM_ATTRS_WRITE"}),
    READONLY_ADMIN: READ,
}

ALL = READ | {FULL_ADMIN, *_APART.split(), *_INCLUDED}


def included(roles: Iterable[str]) -> frozenset[str]:
    """Return the roles with all that they include. A full administrator has every role."""
    found: set[str] = set()
    left = [*roles]
    while left:
        role = left.pop()
        if role not in found:
            found.add(role)
            left += ALL if role == FULL_ADMIN else _INCLUDED.get(role, ())
    return frozenset(found)


_SIZE_OF_A_READERS_LIST = 45_000
"""Characters. A real login of a reader is answered with 47 kB (truenas-api/wire.md, corrections to §2)."""


@cache
def allowlist(roles: frozenset[str], methods: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the allowlist of an account whose roles allow these methods; who can query rows can subscribe to them.

    An account that can read everything has each method of the NAS in it. Those of services that are not simulated have made-up
    names here, as many as make the list as long as a real one.
    """
    if FULL_ADMIN in roles:
        return [{"method": "*", "resource": "*"}]
    found = [*_entries(methods)]
    if READONLY_ADMIN in roles:
        short = _SIZE_OF_A_READERS_LIST - len(str(found))
        each = len(str([*_entries(["not_simulated.0000"])]))
        found += _entries(f"not_simulated.{number:04}" for number in range(short // each))
    return found


def _entries(methods: Iterable[str]) -> Iterator[dict[str, str]]:
    for method in methods:
        yield {"method": "CALL", "resource": method}
        if method.endswith(".query"):
            yield {"method": "SUBSCRIBE", "resource": method}
