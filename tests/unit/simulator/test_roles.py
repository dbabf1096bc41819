# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles include, and what a login says of them (truenas-api/wire.md §2; upstream role.py, privilege.py)."""

from __future__ import annotations

import pytest

from tests.simulator import Simulator, roles
from tests.simulator.local import parse_account

from .wire import Wire


@pytest.mark.parametrize(
    ("held", "others"),
    [
        ("CLOUD_SYNC_READ", set()),
        ("CLOUD_SYNC_WRITE", {"CLOUD_SYNC_READ"}),
        ("SERVICE_WRITE", set()),
        ("SYSTEM_AUDIT_WRITE", set()),
        ("REPLICATION_TASK_WRITE_PULL", {"REPLICATION_TASK_WRITE", "REPLICATION_TASK_READ"}),
        ("READONLY_ADMIN", roles.READ),
        ("FULL_ADMIN", roles.ALL - {"FULL_ADMIN"}),
    ],
)
def test_a_role_includes_others(held: str, others: set[str]) -> None:
    _uid, credential = parse_account(f"3000=automation:{held}")
    assert credential.roles == {held} | others


def test_what_other_roles_allow() -> None:
    def may(held: str, role: str) -> bool:
        return parse_account(f"3000=automation:{held}")[1].has_any_role(frozenset({role}))

    assert may("REPLICATION_ADMIN", "KEYCHAIN_CREDENTIAL_WRITE")
    assert may("FILESYSTEM_FULL_CONTROL", "FILESYSTEM_DATA_WRITE")
    assert may("SHARING_ADMIN", "CLOUD_SYNC_READ")
    assert not may("SHARING_ADMIN", "CLOUD_SYNC_WRITE")


def test_a_full_administrator_has_one_entry_and_all_roles(nas: Simulator) -> None:
    with Wire(nas) as admin:
        privilege = admin.login().call("auth.me")["privilege"]
    assert privilege["allowlist"] == [{"method": "*", "resource": "*"}]
    assert {"FULL_ADMIN", "PRIVILEGE_WRITE", "TRUENAS_CONNECT_READ"} < set(privilege["roles"]["$set"])


def test_a_reader_can_subscribe_to_what_it_can_query(nas: Simulator) -> None:
    with Wire(nas) as reader:
        allowed = reader.login(read_only=True).call("auth.me")["privilege"]["allowlist"]
    assert {"method": "SUBSCRIBE", "resource": "cloudsync.credentials.query"} in allowed
    assert {"method": "SUBSCRIBE", "resource": "cloudsync.credentials.get_instance"} not in allowed
