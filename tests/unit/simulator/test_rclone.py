# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written for rclone, and checks that cannot run (truenas-api/wire.md §3 verify, §7b)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator import Simulator
from tests.simulator.rclone import excerpt, options, render

from .samples import sent, stored
from .wire import Wire, triple

VERIFY = "cloudsync.credentials.verify"


def test_fields_become_options_under_their_names() -> None:
    assert options(stored("SFTP")) == {"type": "sftp", "host": "h", "port": 22, "user": "u"}
    assert options(stored("B2")) == {"type": "b2", "account": "a", "key": "k"}


@pytest.mark.parametrize(
    ("kind", "change", "expected"),
    [
        ("S3", {"provider": ""}, {"provider": "Other", "max_upload_parts": 10000}),
        ("S3", {"provider": "Minio", "endpoint": "https://s3.fr-par.scw.cloud/"}, {"max_upload_parts": 1000}),
        ("S3", {"endpoint": "https://s3.scw.cloud/", "max_upload_parts": 9}, {"max_upload_parts": 9}),
        ("STORJ_IX", {}, {"type": "s3", "provider": "Other", "endpoint": "https://gateway.storjshare.io/"}),
        ("GOOGLE_DRIVE", {}, {"type": "drive", "root_folder_id": "root"}),
        ("GOOGLE_DRIVE", {"team_drive": "t"}, {"team_drive": "t", "root_folder_id": None}),
        ("WEBDAV", {}, {"vendor": "OTHER"}),
        ("ONEDRIVE", {}, {"drive_type": "BUSINESS"}),
        ("OPENSTACK_SWIFT", {}, {"auth_version": None, "domain": ""}),
        (
            "GOOGLE_CLOUD_STORAGE",
            {"service_account_credentials": '{"project_id": "p"}'},
            {"type": "google cloud storage", "project_number": "p"},
        ),
    ],
)
def test_mapping(kind: str, change: dict[str, Any], expected: dict[str, Any]) -> None:
    found = options({**stored(kind), **change})
    assert {key: found.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    ("kind", "task", "expected"),
    [
        ("WEBDAV", {}, {"vendor": "other"}),
        ("ONEDRIVE", {}, {"drive_type": "business", "checkers": "1"}),
        ("S3", {}, {"region": "us-east-1", "skip_region": None, "signatures_v2": None}),
        ("B2", {}, {"chunk_size": "96M"}),
        ("STORJ_IX", {}, {"chunk_size": "64M", "disable_http2": "true"}),
    ],
)
def test_mapping_of_tasks(kind: str, task: dict[str, Any], expected: dict[str, Any]) -> None:
    found = options(stored(kind), {"folder": "", **task})
    assert {key: found.get(key) for key in expected} == expected


def test_text_of_the_configuration() -> None:
    text = render({"type": "x", "on": True, "off": False, "number": 1, "lines": "a\r\nb\n", "blank": " a ", "none": ""})
    assert text == '[remote]\ntype = x\non = true\noff = false\nnumber = 1\nlines = ab\nblank = " a "\nnone = \n'


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        ('2026/01/02 03:04:05 Failed to create file system for "remote:": no\nmore\n', "no"),
        ("2026/01/02 03:04:05 ERROR : : error listing: denied\n", "denied"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_excerpt(stderr: str, expected: str) -> None:
    assert excerpt(stderr) == expected


@pytest.fixture(scope="module")
def wire(nas: Simulator) -> Iterator[Wire]:
    with Wire(nas) as connection:
        yield connection.login()


@pytest.mark.parametrize(
    ("provider", "number", "reason"),
    [
        (sent("MEGA"), 22, "'MEGA'"),
        ({**sent("SFTP"), "private_key": 9999}, 2, "[ENOENT] Credential does not exist"),
        ({**sent("GOOGLE_CLOUD_STORAGE"), "service_account_credentials": "{}"}, 22, "'project_id'"),
        (sent("GOOGLE_CLOUD_STORAGE"), 22, "Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_checks_that_cannot_run(wire: Wire, provider: dict[str, Any], number: int, reason: str) -> None:
    error = wire.error(VERIFY, provider)
    assert (error["code"], error["data"]["error"], error["data"]["reason"]) == (-32001, number, reason)


def test_key_of_the_wrong_type(wire: Wire) -> None:
    attributes = {"host": "h", "private_key": 1, "remote_host_key": "k"}
    entry = {"name": "no pair", "type": "SSH_CREDENTIALS", "attributes": attributes}
    created = wire.call("keychaincredential.create", entry)
    data = wire.error(VERIFY, {**sent("SFTP"), "private_key": created["id"]})["data"]
    assert (data["error"], data["reason"]) == (22, "[EINVAL] Credential is not of type SSH_KEY_PAIR")


def test_verify_checks_its_parameter(wire: Wire) -> None:
    prefix = "cloud_sync_credentials_create"
    assert wire.extra(VERIFY, {"type": "B2", "key": "k"}) == [triple(f"{prefix}.B2.account", "Field required")]
    assert wire.extra(VERIFY, {}) == [triple(f"{prefix}.type", "Field required")]
