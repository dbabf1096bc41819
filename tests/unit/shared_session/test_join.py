# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tasks share a login."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.nas.connection import Connection
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import Account
from ansible_collections.nasops.truenas.plugins.module_utils.transport.address import Address
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.join import identity
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.run import Run, current, parent_of

ADDRESS: dict[str, Any] = {
    "host": "nas.example.net",
    "port": 443,
    "plaintext": False,
    "validate_certs": True,
    "ca_path": None,
    "api": "current",
    "dialect": "jsonrpc",
    "over_ssh": False,
}
ACCOUNT: dict[str, Any] = {
    "username": "automation",
    "api_key": None,
    "password": "hush-canary",
    "otp": "123456",
    "mechanism": "auto",
    "bind_channel": True,
}


def target(timeout: float = 60, or_plaintext: bool = False, or_ddp: bool = False, **other: Any) -> Connection:
    """Return a connection with these differences."""
    address = Address(**{name: other.get(name, value) for name, value in ADDRESS.items()})
    account = Account(**{name: other.get(name, value) for name, value in ACCOUNT.items()})
    return Connection(address, account, timeout, or_plaintext, or_ddp=or_ddp)


@pytest.mark.parametrize("other", [{"timeout": 5}, {"otp": "654321"}, {"otp": None}])
def test_tasks_share_a_login_whatever_their_timeout_and_one_time_code(other: dict[str, Any]) -> None:
    assert identity(target()) == identity(target(**other))


@pytest.mark.parametrize(
    "other",
    [
        {"host": "nas2.example.net"},
        {"port": 444},
        {"plaintext": True},
        {"validate_certs": False},
        {"ca_path": "/etc/ca.pem"},
        {"api": "v25.10.0"},
        {"username": "other"},
        {"password": "hush-canary-2"},
        {"password": None, "api_key": "hush-canary"},
        {"mechanism": "scram"},
        {"bind_channel": False},
        {"or_plaintext": True},
        {"or_ddp": True},
        {"dialect": "ddp"},
        {"over_ssh": True},
    ],
)
def test_another_nas_account_or_way_to_log_in_is_another_login(other: dict[str, Any]) -> None:
    run = Run(1, 2, None)  # type: ignore[arg-type]  # not used
    names = {run.name(identity(target())), run.name(identity(target(**other)))}
    assert len(names) == 2
    assert not any("canary" in name for name in names)


def test_each_field_of_a_login_is_part_of_its_identity() -> None:
    assert {field.name for field in fields(Address) if field.compare} == ADDRESS.keys()
    assert {field.name for field in fields(Account) if field.compare} == ACCOUNT.keys()
    assert {field.name for field in fields(Connection) if field.compare} == {
        "address",
        "account",
        "timeout",
        "or_plaintext",
        "or_ddp",
    }


def test_a_process_that_is_not_a_worker_of_ansible_does_not_share() -> None:
    assert current() is None


def test_the_parent_of_a_process_is_known_while_it_runs() -> None:
    assert parent_of(os.getpid()) == os.getppid()
    assert parent_of(4_194_304) is None
