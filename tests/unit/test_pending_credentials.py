# SPDX-License-Identifier: GPL-3.0-or-later
"""The credentials that check mode passes on to later tasks."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.credential.stored import StoredCredential, foresee
from tests.unit.credentials import DECLARED, S3, SECRET, STORED
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import run

S3_EU = {**S3, "region": "eu"}
SFTP = {"type": "SFTP", "host": "h", "port": 22, "user": "u", "pass": SECRET, "private_key": 3}


@pytest.mark.parametrize(
    ("stored", "options", "passed"),
    [
        (
            (),
            {"s3": DECLARED},
            {"id": None, "former_name": None, "name": "offsite", "provider": "s3", "fields": S3, "keypair": None},
        ),
        (
            (STORED,),
            {"s3": {"region": "eu"}, "new_name": "abroad"},
            {"id": 3, "former_name": "offsite", "name": "abroad", "provider": "s3", "fields": S3_EU, "keypair": None},
        ),
        ((STORED,), {"state": "absent"}, {"id": 3, "former_name": "offsite", "name": None}),
        (
            ({"id": 4, "name": "offsite", "provider": SFTP},),
            {"new_name": "abroad"},
            {"id": 4, "former_name": "offsite", "name": "abroad", "provider": "sftp", "fields": SFTP, "keypair": 3},
        ),
        (
            ({"id": 5, "name": "offsite", "provider": {"type": "NEWCOMER", "x": SECRET}},),
            {"new_name": "abroad"},
            {"id": 5, "former_name": "offsite", "name": "abroad"},
        ),
    ],
    ids=["created", "updated", "deleted", "keypair", "unknown"],
)  # fmt: skip
def test_check_mode_passes_a_change_on_without_secrets(
    stored: tuple[Any, ...], options: dict[str, Any], passed: dict[str, Any]
) -> None:
    [pending] = run(FakeNas(*stored), True, **options)["pending_credentials"]
    if "fields" in passed:
        hidden = ("type", "secret_access_key", "private_key", "pass")
        passed = {**passed, "fields": {name: value for name, value in passed["fields"].items() if name not in hidden}}
    assert pending == passed


def test_check_mode_passes_no_keypair_on_that_does_not_exist_yet() -> None:
    sftp = {"host": "h", "user": "u", "private_key_name": "k", "generate_private_key": True}
    [pending] = run(FakeNas(), True, sftp=sftp)["pending_credentials"]
    assert pending["keypair"] is None


@pytest.mark.parametrize(
    ("change", "wire_type", "values"),
    [
        ({"name": "abroad"}, "B2", {"account": "a", "key": SECRET}),
        ({"name": "abroad", "provider": "b2", "fields": {"account": "b"}}, "B2", {"account": "b", "key": SECRET}),
        ({"name": "abroad", "provider": "http", "fields": {"url": "h"}}, "HTTP", {"url": "h"}),
        ({"name": "abroad", "provider": "b2", "fields": None}, "B2", {"account": "a", "key": SECRET}),
    ],
)
def test_check_mode_foresees_the_fields_of_a_credential(
    change: dict[str, Any], wire_type: str, values: dict[str, Any]
) -> None:
    entry = StoredCredential(3, "offsite", "B2", {"account": "a", "key": SECRET})
    [later] = foresee([entry], [{"id": 3, **change}])
    assert (later.name, later.wire_type, dict(later.values)) == ("abroad", wire_type, values)
