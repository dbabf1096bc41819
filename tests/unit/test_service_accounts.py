# SPDX-License-Identifier: GPL-3.0-or-later
"""A service account's key is taken with all that rclone needs of it, and refused without (tried with rclone 1.75)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS

GCS = PROVIDERS["google_cloud_storage"]
KEY = {"type": "service_account", "project_id": "p", "client_email": "b@p.example", "private_key": "hush"}


@pytest.mark.parametrize("written", [KEY, json.dumps(KEY), {**KEY, "private_key_id": "k", "universe_domain": "x"}])
def test_a_whole_key_is_taken(written: Any) -> None:
    assert GCS.parse({"service_account_credentials": written})[1] == []


@pytest.mark.parametrize("absent", [..., None, "", 5, ["x"]])
@pytest.mark.parametrize("name", KEY)
def test_a_key_without_a_part_is_refused_by_the_name_of_the_part(name: str, absent: Any) -> None:
    written = {other: value for other, value in {**KEY, name: absent}.items() if value is not ...}
    [problem] = GCS.parse({"service_account_credentials": written})[1]
    assert problem.field == "google_cloud_storage.service_account_credentials"
    assert problem.reason.startswith((f"requires {name}", f"must contain text as {name},"))
    assert "hush" not in problem.reason + problem.remedy


@pytest.mark.parametrize("kind", ["authorized_user", "external_account", "Service_Account"])
def test_a_key_of_another_type_is_refused(kind: str) -> None:
    [problem] = GCS.parse({"service_account_credentials": {**KEY, "type": kind}})[1]
    assert "must have the type service_account" in problem.reason


@pytest.mark.parametrize("where", ["installed", "web"])
def test_the_file_of_an_oauth_client_is_called_that(where: str) -> None:
    [problem] = GCS.parse({"service_account_credentials": {where: {"client_id": "x"}}})[1]
    assert "the file of an OAuth client" in problem.reason
