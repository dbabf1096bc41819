# SPDX-License-Identifier: GPL-3.0-or-later
"""From stored credentials to variables of a playbook."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from ansible_collections.nasops.truenas.plugins.module_utils.credential.export import Variable, export, prefix_of
from ansible_collections.nasops.truenas.plugins.module_utils.credential.stored import StoredCredential
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, NotPermitted
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_credential_export
from ansible_collections.nasops.truenas.plugins.plugin_utils.variables import as_yaml
from tests.unit.fake_nas import FakeNas

S3: dict[str, Any] = {
    "access_key_id": "A",
    "secret_access_key": "hush",
    "endpoint": "",
    "max_upload_parts": 10000,
    "skip_region": False,
}


def test_each_secret_becomes_a_variable() -> None:
    found = export([StoredCredential(1, "Off-site ü", "S3", S3)], "NAS1.example.net")
    name = "vault_nas_nas1_example_net_off_site_secret_access_key"
    [credential] = found.credentials
    assert credential == {"name": "Off-site ü", "s3": {**S3, "secret_access_key": name}}
    assert isinstance(credential["s3"]["secret_access_key"], Variable)
    assert (found.secrets, found.warnings) == ({name: "hush"}, ())


@pytest.mark.parametrize(
    ("wire_type", "values", "shown"),
    [
        ("HTTP", {"url": "https://u:hush@h/x"}, {"url": "vault_nas_h_n_url"}),
        ("HTTP", {"url": "https://h/x"}, {"url": "https://h/x"}),
        ("FTP", {"host": "h", "user": "u", "pass": "", "port": 21}, {"host": "h", "user": "u", "pass": "", "port": 21}),
        (
            "SFTP",
            {"host": "-----BEGIN hush", "user": "u", "pass": None, "private_key": 3},
            {"host": "vault_nas_h_n_host", "user": "u", "private_key": 3},
        ),
        (
            "OPENSTACK_SWIFT",
            {"auth_version": None, "endpoint_type": None},
            {"auth_version": "auto", "endpoint_type": "none"},
        ),
        ("OPENSTACK_SWIFT", {"auth_version": 0}, {"auth_version": "0"}),
    ],
)
def test_only_secrets_become_variables(wire_type: str, values: dict[str, Any], shown: dict[str, Any]) -> None:
    found = export([StoredCredential(1, "n", wire_type, values)], "h")
    assert list(found.credentials[0].values())[1] == shown
    assert "hush" not in json.dumps(found.credentials)


def test_a_password_next_to_a_named_keypair_becomes_a_variable() -> None:
    values: dict[str, Any] = {"host": "h", "user": "u", "private_key": 3, "pass": "hush"}
    found = export([StoredCredential(1, "n", "SFTP", values)], "h", {3: "backup"})
    sftp = {"host": "h", "user": "u", "private_key_name": "backup", "pass": "vault_nas_h_n_pass"}
    assert found.credentials[0]["sftp"] == sftp
    assert found.secrets == {"vault_nas_h_n_pass": "hush"}


def test_the_prefix_of_a_host_has_no_sign_twice() -> None:
    assert prefix_of("(NAS-1)") == "vault_nas_nas_1_"


def test_names_that_differ_in_signs_only_get_variables_of_their_own() -> None:
    stored = [StoredCredential(number, name, "S3", S3) for number, name in enumerate(("a b", "a-b", "ü"), start=1)]
    assert list(export(stored, "h").secrets) == [
        "vault_nas_h_a_b_secret_access_key",
        "vault_nas_h_a_b_secret_access_key_2",
        "vault_nas_h_secret_access_key",
    ]


def test_what_cannot_be_declared_is_reported() -> None:
    stored = [
        StoredCredential(1, "twice", "S3", S3),
        StoredCredential(2, "twice", "S3", {**S3, "new_field": "hush"}),
        StoredCredential(3, "alien", "NEWCOMER", {"x": "hush"}),
        StoredCredential(4, "masked", "S3", {**S3, "secret_access_key": "********"}),
    ]
    found = export(stored, "h")
    assert [credential["name"] for credential in found.credentials] == ["masked", "twice", "twice"]
    told = "\n".join(found.warnings)
    for words in (
        "2 credentials are named 'twice'",
        "the field 'new_field'",
        "'NEWCOMER'",
        "'masked' is stored with a value that a task cannot declare",
    ):
        assert words in told
    assert "hush" not in told
    assert "hush" not in json.dumps(found.credentials)


def test_a_reader_has_nothing_to_export() -> None:
    params = {"dest": "d", "host_name": "h", "variable": "v", "export_tasks": False}
    with pytest.raises(NotPermitted):
        cloud_credential_export.read(params, False)(Nas(FakeNas(reader=True)))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"host_name": "a/b"}, "host_name"), ({"host_name": ".."}, "host_name"), ({"variable": "no-name"}, "variable")],
)
def test_what_can_be_no_file(wrong: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        cloud_credential_export.read({"host_name": "h", "variable": "v", **wrong}, False)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_only_a_variable_is_a_template() -> None:
    text = as_yaml({"a": Variable("other"), "b": ["{{ x }}", "{% x", "{# x"], "c": "yes", "d": {"e": 1, "f": None}})
    assert text.splitlines()[0] == 'a: "{{ other }}"'
    assert text.count("!unsafe") == 3
    read = yaml.safe_load(text.replace("!unsafe ", ""))
    assert read == {"a": "{{ other }}", "b": ["{{ x }}", "{% x", "{# x"], "c": "yes", "d": {"e": 1, "f": None}}


def test_a_value_is_never_written_as_a_reference_to_another() -> None:
    shared = {"x": ["y"]}
    assert "&" not in as_yaml({"a": shared, "b": shared})


def test_a_keypair_is_declared_by_its_name() -> None:
    sftp = {"host": "h", "user": "u", "pass": None, "private_key": 3}
    named = export([StoredCredential(1, "n", "SFTP", sftp)], "h", {3: "archive"})
    assert named.credentials[0]["sftp"] == {"host": "h", "user": "u", "private_key_name": "archive"}
    assert named.warnings == ()
    unnamed = export([StoredCredential(1, "n", "SFTP", sftp)], "h", {4: "archive"})
    assert unnamed.credentials[0]["sftp"]["private_key"] == 3
    assert "keypair by its ID 3" in unnamed.warnings[0]
    assert export([StoredCredential(1, "n", "SFTP", {**sftp, "private_key": None})], "h").warnings == ()
