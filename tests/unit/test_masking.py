# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a task's options may be shown, and what Ansible is told to blank."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from ansible_collections.nasops.truenas.plugins.module_utils.oauth import arguments as oauth
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.redaction import no_log
from ansible_collections.nasops.truenas.plugins.module_utils.redaction import options as masking
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import (
    cloud_audit,
    cloud_credential,
    cloud_credentials,
    ssh_keypair,
)

SPEC = {**connection.ARGUMENTS, **cloud_credential.ARGUMENTS}
CANARY = "hush-canary"


def test_every_secret_option_and_every_misspelt_one_is_masked() -> None:
    for key, provider in PROVIDERS.items():
        names = [
            name for option in provider.options().values() if option.secret for name in (option.name, *option.aliases)
        ]
        given = dict.fromkeys([*names, "secert_access_key"], CANARY)
        shown = masking.masked({key: given, "name": "n", "api_key": CANARY, "paswort": CANARY}, SPEC)
        assert CANARY not in json.dumps(shown)
        assert shown["name"] == "n"


def test_what_is_no_secret_stays_readable() -> None:
    given: dict[str, Any] = {
        "sftp": {"host": "h", "username": "u", "port": 22, "private_key": 3, "pass": None},
        "webdav": {"url": f"https://u:{CANARY}@h.example/x", "vendor": "OTHER"},
        "google_cloud_storage": {"service_account_file": "/etc/key.json", "service_account_credentials": None},
        "openstack_swift": {"auth_version": "auto", "region": ""},
    }
    given["sftp"]["private_key_id"] = "7"
    shown = masking.masked(given, SPEC)
    assert shown["sftp"] == {"host": "h", "username": "u", "port": 22, "private_key": 3, "private_key_id": "7"}
    assert shown["webdav"] == {"url": "https://********@h.example/x", "vendor": "OTHER"}
    assert shown["google_cloud_storage"] == {"service_account_file": "/etc/key.json"}
    assert shown["openstack_swift"] == given["openstack_swift"]


def test_key_text_in_the_wrong_place_is_masked() -> None:
    key = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}"
    for name in ("private_key", "host", "user"):
        assert CANARY not in json.dumps(masking.masked({"sftp": {name: key}}, SPEC))
        assert key in set(masking.option_secrets({"sftp": {name: key}}, SPEC))


@pytest.mark.parametrize(
    "options",
    [
        {"sftp": {"private_key": {"private_key": CANARY}}},
        {"sftp": {"private_key": [CANARY]}},
        {"sftp": {"private_key_id": CANARY}},
        {"google_cloud_storage": {"service_account_file": f'{{"private_key": "{CANARY}"}}'}},
        {"host": f"wss://admin:{CANARY}@nas"},
        {"ca_path": f"-----BEGIN {CANARY}"},
        {"http": {"url": f"https:/u:{CANARY}@h"}},
    ],
)
def test_a_secret_in_the_wrong_place_is_masked(options: dict[str, Any]) -> None:
    assert CANARY not in json.dumps(masking.masked(options, SPEC))


def test_a_provider_that_is_no_mapping_is_masked_whole() -> None:
    assert masking.masked({"s3": CANARY}, SPEC) == {"s3": "********"}


def test_what_ansible_blanks() -> None:
    account = {
        "type": "service_account",
        "project_id": "project",
        "private_key": f"{CANARY}-1",
        "private_key_id": "abcdef",
    }
    told = set(
        masking.option_secrets(
            {
                "api_key": f"{CANARY}-2",
                "password": None,
                "otp": f"{CANARY}-7",
                "google_cloud_storage": {"service_account_credentials": account},
                "box": {
                    "token": {"access_token": f"{CANARY}-3", "token_type": "Bearer"},
                    "client_secret": f"{CANARY}-4",
                },
                "http": {"url": f"https://u:{CANARY}-5@h.example/"},
                "s3": {"access_key_id": "AKIAEXAMPLE", "secret_access_key": f"{CANARY}-6", "region": "eu-1"},
            },
            SPEC,
        )
    )
    assert {f"{CANARY}-{number}" for number in range(1, 8)} <= told
    assert not {"service_account", "project", "abcdef", "Bearer", "AKIAEXAMPLE", "eu-1", "u"} & told


def test_a_list_of_credentials_is_masked_item_by_item() -> None:
    spec = {**connection.ARGUMENTS, **cloud_credentials.ARGUMENTS}
    item = {"name": "n", "s3": {"secret_access_key": CANARY, "region": "eu-1"}, "secert": CANARY}
    shown = masking.masked({"credentials": [item, CANARY], "purge": True}, spec)
    assert shown["credentials"] == [
        {"name": "n", "s3": {"secret_access_key": "********", "region": "eu-1"}, "secert": "********"},
        "********",
    ]
    assert masking.masked({"credentials": CANARY}, spec) == {"credentials": "********"}
    assert CANARY in set(masking.option_secrets({"credentials": [item]}, spec))


def _marked(spec: Mapping[str, Any]) -> list[str]:
    return [
        written
        for name, argument in spec.items()
        if argument.get("no_log")
        for written in (name, *argument.get("aliases", ()))
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        cloud_credential.ARGUMENTS,
        cloud_credentials.ARGUMENTS,
        cloud_audit.ARGUMENTS,
        ssh_keypair.ARGUMENTS,
        oauth.ARGUMENTS,
    ],
)
def test_every_option_that_the_spec_marks_is_a_secret(arguments: Mapping[str, Any]) -> None:
    spec = {**connection.ARGUMENTS, **arguments}
    for name in _marked(spec):
        assert masking.secrets_to_mask({name: CANARY}, spec) == {CANARY}, name
    assert masking.secrets_to_mask(dict.fromkeys(spec, None), spec) == set()


@pytest.mark.parametrize("value", ["22", "admin", "********", "CHANGE_ME", "$REDACTED$", "<redacted>"])
def test_neither_a_short_secret_nor_a_placeholder_is_masked_elsewhere(value: str) -> None:
    assert masking.secrets_to_mask({"password": value, "ftp": {"pass": value}}, SPEC) == set()


def test_the_spec_that_ansible_validates_marks_no_secret() -> None:
    spec = {**connection.ARGUMENTS, **cloud_credentials.ARGUMENTS}
    seen = no_log.unmarked(spec)
    pairs = [(spec, seen)]
    for before, after in pairs:
        assert before.keys() == after.keys()
        for name, argument in before.items():
            pairs += [(argument["options"], after[name]["options"])] if "options" in argument else []
            rest = {key: value for key, value in argument.items() if key not in ("no_log", "options")}
            assert rest == {key: value for key, value in after[name].items() if key not in ("no_log", "options")}
            # What is not said is not made up: Ansible warns of it.
            assert after[name].get("no_log") is (None if argument.get("no_log") is None else False)
    assert len(pairs) > len(PROVIDERS)


def test_validating_registers_no_secret_with_ansible_and_reporting_the_real_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registered: set[str] = set()
    monkeypatch.setattr(no_log, "register_secrets", registered.update)
    params = {"ftp": {"host": "h", "user": "u", "pass": "22"}, "api_key": CANARY}
    found = no_log.ArgumentSpecValidator(SPEC).validate(params)
    assert not getattr(found, "_no_log_values", None)
    result = no_log.mask_secrets({"msg": f"port 22, {CANARY}", "port": 22}, masking.secrets_to_mask(params, SPEC))
    assert result == {"msg": "port 22, ********", "port": 22}
    assert registered == {CANARY}
