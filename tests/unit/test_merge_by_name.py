# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's list of credentials on top of the fleet's."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.nasops.truenas.plugins.filter.merge_by_description import merge_by_description
from ansible_collections.nasops.truenas.plugins.filter.merge_by_name import merge_by_name

OFFSITE = {"name": "offsite", "verify": "always", "s3": {"endpoint": "https://s3.example.net", "access_key_id": "A"}}


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of the warnings that filters show."""
    shown: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _display, text: shown.append(text))
    return shown


def test_a_host_declares_only_the_differences() -> None:
    own = {"name": "offsite", "s3": {"access_key_id": "B", "secret_access_key": "hush"}}
    other = {"name": "other", "ftp": {"host": "h"}}
    merged = {"endpoint": "https://s3.example.net", "access_key_id": "B", "secret_access_key": "hush"}
    assert merge_by_name([OFFSITE], [other, own]) == [{"name": "offsite", "verify": "always", "s3": merged}, other]


@pytest.mark.parametrize(
    "own", [{"name": "offsite", "state": "absent"}, {"name": "offsite", "ftp": {"host": "h"}}], ids=["absent", "other"]
)
def test_what_shares_nothing_takes_the_place(own: dict[str, Any]) -> None:
    assert merge_by_name([OFFSITE], [own]) == [own]


def test_an_option_alone_keeps_the_provider() -> None:
    assert merge_by_name([OFFSITE], [{"name": "offsite", "verify": "never"}]) == [{**OFFSITE, "verify": "never"}]


def test_an_alias_and_a_file_are_the_same_field() -> None:
    fleet = [
        {"name": "a", "ftp": {"host": "h", "pass": "fleet"}},
        {"name": "g", "google_cloud_storage": {"service_account_credentials": "{}"}},
    ]
    own = [
        {"name": "a", "ftp": {"password": "own"}},
        {"name": "g", "google_cloud_storage": {"service_account_file": "f"}},
    ]
    assert merge_by_name(fleet, own) == [
        {"name": "a", "ftp": {"host": "h", "password": "own"}},
        {"name": "g", "google_cloud_storage": {"service_account_file": "f"}},
    ]


def test_what_a_host_declares_is_there_although_the_fleet_has_it_go() -> None:
    assert merge_by_name([{"name": "offsite", "state": "absent"}], [OFFSITE]) == [OFFSITE]
    assert merge_by_name([{"name": "offsite", "state": "absent"}], [{"name": "offsite", "verify": "never"}]) == [
        {"name": "offsite", "state": "absent", "verify": "never"}
    ]


def test_what_one_clears_the_other_may_declare() -> None:
    clearing = {"name": "s", "clear_fields": ["pass", "port"], "sftp": {"host": "h"}}
    declaring = {"name": "s", "sftp": {"password": "hush"}}
    assert merge_by_name([clearing], [declaring]) == [
        {"name": "s", "clear_fields": ["port"], "sftp": {"host": "h", "password": "hush"}}
    ]
    assert merge_by_name([declaring], [clearing]) == [clearing]


@pytest.mark.parametrize("fields", [["pass", "port"], "pass,port"], ids=["list", "text"])
def test_a_field_is_cleared_without_its_provider(fields: Any) -> None:
    fleet = [{"name": "s", "sftp": {"host": "h", "port": 23, "password": "hush"}}]
    cleared = {"name": "s", "clear_fields": fields}
    assert merge_by_name(fleet, [cleared]) == [{**cleared, "sftp": {"host": "h"}}]


class Omit:
    """An object of no type of YAML, as Ansible's `omit` is."""


@pytest.mark.parametrize("unset", [None, Omit()], ids=["null", "omit"])
def test_what_is_not_set_overrides_nothing(unset: Any, warned: list[str]) -> None:
    own = {"name": "offsite", "state": unset, "verify": unset, "s3": {"access_key_id": unset}, "ftp": unset}
    assert merge_by_name([OFFSITE], [own]) == [OFFSITE]
    retired = {"name": "offsite", "state": "absent"}
    assert merge_by_name([retired], [{"name": "offsite", "state": unset, "s3": unset}]) == [retired]
    task = {"description": "nightly", "id": 3, "path": "/mnt/tank"}
    assert merge_by_description([task], [{**task, "path": unset, "state": unset}]) == [task]
    merge_by_name([], [{"name": "new", "ftp": {"host": unset}}])
    assert "'new' of the host matches no item of the fleet" in warned[0]


@pytest.mark.parametrize(
    ("own", "merged"),
    [
        ({"private_key": 3}, {"private_key": 3}),
        ({"private_key_id": 3}, {"private_key_id": 3}),
        ({"private_key_name": "own"}, {"private_key_name": "own", "generate_private_key": True}),
        ({"generate_private_key": False}, {"private_key_name": "fleet", "generate_private_key": False}),
        ({"user": "u"}, {"private_key_name": "fleet", "generate_private_key": True, "user": "u"}),
    ],
)
def test_a_name_and_a_number_are_the_same_field(own: dict[str, Any], merged: dict[str, Any]) -> None:
    fleet = {"name": "s", "sftp": {"host": "h", "private_key_name": "fleet", "generate_private_key": True}}
    assert merge_by_name([fleet], [{"name": "s", "sftp": own}]) == [{"name": "s", "sftp": {"host": "h", **merged}}]


@pytest.mark.parametrize(
    ("fleet", "own", "error_line"),
    [
        ("hush", [], "credentials must be a list"),
        ([], ["hush"], r"top\[0\] requires a name"),
        ([OFFSITE, OFFSITE], [], "credentials contains 'offsite' twice"),
    ],
)
def test_what_is_no_list_of_credentials_is_refused_without_its_values(fleet: Any, own: Any, error_line: str) -> None:
    with pytest.raises(AnsibleFilterError, match=error_line) as refused:
        merge_by_name(fleet, own)
    assert "hush" not in str(refused.value)


def test_an_override_of_nothing_is_warned_about_with_the_name_that_was_meant(warned: list[str]) -> None:
    own = [{"name": "offsit", "s3": {"access_key_id": "B"}}, {"name": "zzz", "verify": "never"}]
    merge_by_name([OFFSITE], own)
    merge_by_description(
        [{"description": "nightly", "credential": "c", "path": "/mnt/tank"}],
        [{"description": "nigthly", "path": "/mnt/b"}],
    )
    assert [text.split(": ", 1)[1] for text in warned] == [
        "'offsit' of the host matches no item of the fleet, and its declaration is incomplete. Did you mean 'offsite'?",
        "'zzz' of the host matches no item of the fleet, and its declaration is incomplete.",
        "'nigthly' of the host matches no item of the fleet, and its declaration is incomplete. Did you mean 'nightly'?",
    ]


@pytest.mark.parametrize(
    "own",
    [
        {"name": "offsite", "s3": {"access_key_id": "B"}},
        {"name": "offsite-2", "s3": {"access_key_id": "B", "secret_access_key": "hush"}},
        {"name": "offsit", "state": "absent"},
        {"name": "share", "http": {"url": "https://h"}},
    ],
    ids=["override", "complete", "absent", "other"],
)
def test_an_item_that_the_nas_could_create_needs_no_match(own: dict[str, Any], warned: list[str]) -> None:
    merge_by_name([OFFSITE], [own])
    assert warned == []
