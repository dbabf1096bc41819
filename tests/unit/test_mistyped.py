# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible would turn into text is refused where it is no text."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credentials import ARGUMENTS
from ansible_collections.nasops.truenas.plugins.plugin_utils.mistyped import complaints, problems


def item(**options: Any) -> dict[str, Any]:
    """Return the options of a task with one credential."""
    return {"credentials": [{"name": "a"}, {"name": "b", **options}]}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (item(sftp={"pass": {"hush": "hush"}}), "credentials[1].sftp.pass"),
        (item(sftp={"password": ["hush"]}), "credentials[1].sftp.password"),
        (
            item(google_cloud_storage={"service_account_file": {"hush": 1}}),
            "credentials[1].google_cloud_storage.service_account_file",
        ),
        (item(verify_bucket=[]), "credentials[1].verify_bucket"),
        ({"credentials": [], "verify": {"hush": "hush"}}, "verify"),
        ({"credentials": [], "purge_keep": ["a", {"name": "hush"}]}, "purge_keep[1]"),
        (item(clear_fields=[["hush"]]), "credentials[1].clear_fields[0]"),
    ],
)
def test_a_mapping_or_a_list_is_no_text(options: dict[str, Any], field: str) -> None:
    [found] = problems(options, ARGUMENTS)
    assert found.field == field
    assert "hush" not in str(found)


@pytest.mark.parametrize(
    "options",
    [
        item(sftp={"pass": 5, "port": "22", "private_key": 3}),
        item(box={"token": {"access_token": "hush"}}),
        item(clear_fields=["pass"], s3="no mapping, which Ansible itself refuses"),
        {"credentials": [], "purge_keep": ["a"], "misspelt": {"a": "b"}},
    ],
)
def test_what_may_be_meant_is_left_to_ansible(options: dict[str, Any]) -> None:
    assert [*problems(options, ARGUMENTS)] == []


def test_all_mistakes_in_a_list_are_told_by_place_and_name() -> None:
    credentials = [
        {"name": "fine"},
        {"name": "b", "s3": {"secret_acces_key": "hush"}},
        {"name": "c", "s3": {"max_upload_parts": "many"}, "state": "gone"},
        {"s3": {}},
        "no mapping",
    ]
    told = complaints({"credentials": credentials, "purge": "maybe"}, ARGUMENTS)
    assert [text.partition(":")[0] for text in told] == [
        "credentials[1] (b)",
        "credentials[2] (c)",
        "credentials[2] (c)",
        "credentials[3]",
        "credentials[4]",
    ]
    assert "hush" not in str(told)
