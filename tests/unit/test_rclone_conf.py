# SPDX-License-Identifier: GPL-3.0-or-later
"""rclone.conf read and written: against real rclone for the format, and there and back for every provider."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.obscure import reveal
from ansible_collections.nasops.truenas.plugins.module_utils.providers import BY_WIRE_TYPE, PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.rclone import conf, convert
from tests import facts
from tests.simulator.rclone import options as nas_options
from tests.simulator.remotes import REMOTES

NEWEST = (27, 0, 0)


def one(text: str, **options: Any) -> dict[str, Any]:
    """Return the only credential of a file whose sections all can be used."""
    imported = convert.from_text(text, **options)
    assert not imported.unusable
    [credential] = imported.credentials
    return credential


def refusal(section: str, **options: Any) -> str:
    """Return why the section `x` cannot be used."""
    imported = convert.from_text(f"[x]\n{section}", **options)
    assert not imported.credentials
    return "\n".join(map(str, imported.unusable["x"]))


@pytest.mark.parametrize("text", ["plain password", "c2hvcnQ", "ÿ", "A" * 25])
def test_what_is_not_obscured_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="has obscured") as caught:
        reveal(text)
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[a]\ntype = s3\nhush-canary\n", "line 3 must be a section"),
        ("hush-canary = 1\n", "line 1 must not precede the first section"),
        ("# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nhush-canary\n", "must not be encrypted"),
        ("$ANSIBLE_VAULT;1.1;AES256\nhush-canary\n", "must be decrypted, but is a vault"),
        ("~/.config/hush/rclone.conf\n", "is a path"),
        ("/root/hush.txt", "is a path"),
        ("C:\\hush\\rclone.conf", "is a path"),
        ("hush.conf", "is a path"),
        ("/hush = 1\n[a]\n", "line 1 must not precede the first section"),
    ],
)
def test_what_is_no_configuration_is_refused_without_quoting_it(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as caught:
        conf.read(text)
    assert "hush" not in str(caught.value)


def complete(key: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return what the NAS would store for a task's options."""
    provider = PROVIDERS[key]
    values, problems = provider.parse(options)
    assert not problems
    return {**provider.defaults(NEWEST), **values}


def as_tasks_use_it(key: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return stored values as they come back: what rclone cannot tell apart is the same to the NAS's tasks, too."""
    values = {
        name: value.replace("\r", "").replace("\n", "") if isinstance(value, str) else value
        for name, value in values.items()
    }
    if key == "sftp":
        values["pass"] = values["pass"] or None
    if key == "openstack_swift":
        values = {name: value for name, value in values.items() if value is not None}
    if key == "s3":
        old_signatures = values["skip_region"] and values["signatures_v2"]
        # Without a region rclone signs for this one.
        plain = "us-east-1" if values["skip_region"] or not values["region"].strip() else values["region"]
        values |= {
            "skip_region": old_signatures,
            "signatures_v2": old_signatures,
            "region": "" if old_signatures else plain,
            "provider": values["provider"] or "Other",
        }
    return values


@pytest.mark.parametrize("key", PROVIDERS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_there_and_back(key: str, data: st.DataObject) -> None:
    name = data.draw(st.text(string.ascii_letters + "_1", min_size=1))
    options = data.draw(facts.options(PROVIDERS[key].wire_type))
    if key == "storj_ix":
        # Another endpoint is an S3 provider to rclone, and nothing in the file says that it is Storj's.
        options["endpoint"] = data.draw(
            st.sampled_from(["https://gateway.storjshare.io", "https://gateway.storjshare.io/a"])
        )
    # Line breaks alone are a value to the NAS until it writes rclone's configuration.
    assume(not any(isinstance(value, str) and value and not value.strip("\r\n") for value in options.values()))
    keypairs = {name: options["private_key"]} if options.get("private_key") is not None else {}
    text = convert.to_text([{"name": name, key: options}], dict.fromkeys(keypairs, "/key"))
    back = one(text, keypairs=keypairs)
    assert back["name"] == name
    assert as_tasks_use_it(key, complete(key, back[key])) == as_tasks_use_it(key, complete(key, options))


TASKS_ALONE = {"checkers", "chunk_size", "server_side_encryption", "tpslimit", "upload_cutoff"}
"""What a task sets for its own transfers, whatever the credential."""


@pytest.mark.parametrize("key", [BY_WIRE_TYPE[wire_type].key for wire_type in REMOTES])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_what_the_simulated_nas_gives_to_rclone(key: str, data: st.DataObject) -> None:
    provider = PROVIDERS[key]
    options = data.draw(facts.options(provider.wire_type))
    section = conf.read(convert.to_text([{"name": "a", key: options}], {"a": "/key"}))["a"]
    values = complete(key, options)
    expected = nas_options({"type": provider.wire_type, **values}, {})
    if expected.pop("private_key", None) is not None:
        expected["key_file"] = "/key"
    assert expected.keys() - section.keys() <= TASKS_ALONE
    if "pass" in section:
        section["pass"] = reveal(section["pass"])
    for name, value in section.items():
        told = str(expected[name]).lower() if isinstance(expected[name], bool) else str(expected[name])
        assert value == told.replace("\r", "").replace("\n", ""), name


KEY = '{"type":"service_account","project_id":"p","client_email":"b@p","private_key":"k"}'


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ("type = crypt\nremote = a:b", "type: crypt wraps other remotes"),
        ("type = union\nupstreams = a:", "type: union wraps other remotes"),
        ("type = smb\nhost = h", "'smb' is not supported by the NAS"),
        ("host = h", "type: is required"),
        ("type = s3\nenv_auth = true", "env_auth: is needed by the remote, but not supported by the NAS"),
        (
            "type = s3\nprovider = AWS",
            "s3.access_key_id: is required, because the NAS does not store a value for it. Add it to the section.",
        ),
        ("type = webdav\nurl = https://h/\nvendor = sharepoint-ntlm", "the NAS does not support NTLM"),
        ("type = sftp\nhost = h\nuser = u\nkey_file = ~/.ssh/id", "set it in keypairs"),
        ("type = sftp\nhost = h\nuser = u\npass = plain", "pass: must be a password that rclone has obscured"),
        ("type = ftp\nhost = h\nuser = u\ntls = true", "tls: is needed by the remote, but not supported by the NAS"),
        (
            "type = azureblob\nsas_url = https://h/?sig=s",
            "sas_url: is needed by the remote, but not supported by the NAS",
        ),
        ("type = webdav\nurl = h:9\nvendor = other", "webdav.url: must start with a scheme"),
        ("type = drive\ntoken = not json", "google_drive.token: must be a JSON object"),
        ("type = onedrive\ntoken = {}\ndrive_id = d\ndrive_type = other", "drive_type: must be one of the choices"),
        (
            "type = box\ntoken = {}\ntoken_url = https://h",
            "token_url: is needed by the remote, but not supported by the NAS",
        ),
        ("type = ftp\nhost = h\nuser = u\nport = many", "ftp.port: must be a whole number"),
    ],
)
def test_what_the_nas_cannot_use_is_refused_with_the_reason(section: str, reason: str) -> None:
    assert reason in refusal(section)


def test_what_rclone_has_redacted_is_refused() -> None:
    text = "[a]\ntype = b2\naccount = XXX\nkey = XXX\n### Double check the config for sensitive info before posting publicly\n"
    imported = convert.from_text(f"{text}[b]\ntype = http\nurl = https://h/\n")
    assert [problem.field for problem in imported.unusable["a"]] == ["[a] account", "[a] key"]
    assert "is hidden by `rclone config redacted`" in imported.unusable["a"][0].reason
    assert [credential["name"] for credential in imported.credentials] == ["b"]


def test_one_bad_section_does_not_take_the_others_with_it() -> None:
    imported = convert.from_text("[a]\ntype = alias\n[b]\ntype = http\nurl = https://h/\n")
    assert [*imported.unusable] == ["a"]
    assert imported.credentials == [{"name": "b", "http": {"url": "https://h/"}}]


def test_what_has_no_place_is_reported() -> None:
    imported = convert.from_text(
        "[a]\ntype = s3\naccess_key_id = a\nsecret_access_key = s\nenv_auth = false\nstorage_class = GLACIER\nacl = private\n"
        "[b]\ntype = webdav\nurl = https://h/\nvendor = fastmail\n"
    )
    assert imported.warnings == [
        "[a] not supported by the NAS, which uses rclone's defaults: acl, storage_class.",
        "[b] not supported by the NAS, which uses rclone's defaults: vendor=fastmail.",
    ]
    assert imported.credentials[1]["webdav"] == {"url": "https://h/", "user": "", "pass": "", "vendor": "OTHER"}


def test_a_retired_provider_is_reported() -> None:
    [warning] = convert.from_text("[a]\ntype = hubic\ntoken = {}\n").warnings
    assert "the service was shut down" in warning


@pytest.mark.parametrize(("keypair", "fields"), [(3, {"private_key": 3}), ("archive", {"private_key_name": "archive"})])
def test_a_keypair_takes_the_place_of_a_key(keypair: Any, fields: dict[str, Any]) -> None:
    text = "[a]\ntype = sftp\nhost = h\nuser = u\nkey_file = ~/.ssh/id\n"
    assert one(text, keypairs={"a": keypair})["sftp"] == {"host": "h", "user": "u", **fields}


def test_a_keypair_needs_its_section() -> None:
    with pytest.raises(InvalidInput, match="section b not found"):
        convert.from_text("[a]\ntype = http\n", keypairs={"b": 1})
    assert "does not log in with a keypair" in refusal("type = http\nurl = https://h/", keypairs={"x": 1})


def test_fields_that_came_later_are_left_out_for_an_older_nas() -> None:
    text = "[a]\ntype = s3\nprovider = AWS\naccess_key_id = a\nsecret_access_key = s\n"
    imported = convert.from_text(text, version=(25, 4, 2))
    assert "provider" not in imported.credentials[0]["s3"]
    assert imported.warnings == ["[a] omitted, because they require a later TrueNAS version: provider."]


def test_a_key_file_stays_a_file() -> None:
    credential = one("[a]\ntype = gcs\nservice_account_file = /key.json\n")
    assert credential["google_cloud_storage"] == {"service_account_file": "/key.json"}


def test_old_signatures_are_a_region_to_rclone() -> None:
    text = "[a]\ntype = s3\naccess_key_id = a\nsecret_access_key = s\nregion = other-v2-signature\n"
    values = one(text)["s3"]
    assert (values["skip_region"], values["signatures_v2"], "region" in values) == (True, True, False)


def test_scaleway_takes_fewer_parts() -> None:
    for endpoint in ("https://s3.fr-par.scw.cloud", "https://s3.fr-par.scw.cloud/"):
        s3 = {"access_key_id": "a", "secret_access_key": "s", "endpoint": endpoint}
        section = conf.read(convert.to_text([{"name": "a", "s3": s3}]))["a"]
        assert section["max_upload_parts"] == "1000"


@pytest.mark.parametrize(
    ("credentials", "reason"),
    [
        ([{"name": "a/b", "http": {"url": "https://h/"}}], "a/b: must be a valid name of a remote"),
        ([{"name": "a", "http": {"url": "https://h/"}}] * 2, "a: is listed 2 times"),
        ([{"name": "a", "http": {"url": "h"}}], "a: http.url: must start with a scheme"),
        ([{"name": "a", "s3": {"access_key_id": "a"}}], "a: s3.secret_access_key: is required"),
        ([{"name": "a", "s3": {"access_key_id": "a", "secret_access_key": "********"}}], "contains a masked value"),
        (
            [{"name": "a", "sftp": {"host": "h", "user": "u", "private_key": 3}}],
            "sftp.private_key: is stored on the NAS, but rclone needs a file. Set the path of the file in key_files.",
        ),
        ([{"name": "a", "ftp": {"port": "hush-canary"}}], "must be an item for cloud_credentials"),
        (["hush-canary"], "must be a mapping"),
        ([{"name": "a"}], "a: provider: "),
    ],
)
def test_what_rclone_cannot_open_is_refused(credentials: list[Any], reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        convert.to_text(credentials)
    assert reason in str(caught.value)
    assert "hush" not in str(caught.value)


def test_what_was_read_from_a_nas_can_be_written_and_what_is_to_go_is_not() -> None:
    text = convert.to_text(
        [{"id": 7, "name": "a", "http": {"url": "https://h/"}, "ftp": None}, {"name": "b", "state": "absent"}]
    )
    assert conf.read(text) == {"a": {"type": "http", "url": "https://h/"}}


def test_an_application_credential_needs_no_user_and_key() -> None:
    text = "[a]\ntype = swift\nauth = https://k/v3\napplication_credential_id = i\napplication_credential_secret = s\n"
    imported = convert.from_text(text)
    assert not imported.unusable
    values = imported.credentials[0]["openstack_swift"]
    assert values["user"]
    assert values["key"]
    given = convert.from_text(f"{text}user = u\nkey = k\n").credentials[0]["openstack_swift"]
    assert (given["user"], given["key"]) == ("u", "k")


def test_a_remote_that_would_take_options_of_another_one_is_not_written() -> None:
    sftp = {"host": "h", "user": "u"}
    with pytest.raises(InvalidInput, match=r"a\.b: would inherit pass from a in rclone"):
        convert.to_text([{"name": "a", "sftp": {**sftp, "pass": "p"}}, {"name": "a.b", "sftp": sftp}])
    both = [{"name": "a", "sftp": sftp}, {"name": "a.b", "sftp": {**sftp, "pass": "p"}}]
    assert [it["name"] for it in convert.from_text(convert.to_text(both)).credentials] == ["a", "a.b"]


def test_a_key_file_is_written_as_a_file() -> None:
    text = "[a]\ntype = gcs\nservice_account_file = /key.json\n"
    written = convert.to_text(convert.from_text(text).credentials)
    assert conf.read(written) == {"a": {"type": "google cloud storage", "service_account_file": "/key.json"}}
    key = {"service_account_file": "/key.json", "service_account_credentials": KEY}
    with pytest.raises(InvalidInput, match="cannot be combined with a file"):
        convert.to_text([{"name": "a", "google_cloud_storage": key}])


@pytest.mark.parametrize("provider", ["Alibaba", "Netease", "TencentCOS"])
def test_a_service_whose_buckets_are_in_the_host_is_refused_before_26_0(provider: str) -> None:
    text = f"[a]\ntype = s3\nprovider = {provider}\naccess_key_id = a\nsecret_access_key = s\n"
    [problem] = convert.from_text(text, version=(25, 10, 0)).unusable["a"]
    assert (problem.field, "needs the bucket in the host" in problem.reason) == ("[a] provider", True)
    assert one(text, version=(26, 0, 0))["s3"]["provider"] == provider
    assert one(text)["s3"]["provider"] == provider


def test_a_service_unknown_to_rclone_is_reported_with_the_known_ones() -> None:
    keys = "access_key_id = a\nsecret_access_key = s\nendpoint = https://h/\n"
    [warning] = convert.from_text(f"[a]\ntype = s3\nprovider = MinIO\n{keys}").warnings
    assert "does not support the provider 'MinIO'. Use one of: AWS, Alibaba," in warning
    assert not convert.from_text(f"[a]\ntype = s3\nprovider = Minio\n{keys}").warnings


@pytest.mark.parametrize("key", ["box", "dropbox", "drive", "pcloud", "yandex"])
@pytest.mark.parametrize(
    ("client", "warning"),
    [
        ("client_id = c", "client_id is set without client_secret, so rclone sends an empty secret"),
        ("client_secret = s", "client_secret is set without client_id"),
        ("client_id = c\nclient_secret = s", None),
        ("", None),
    ],
)
def test_half_an_oauth_client_is_warned_of(key: str, client: str, warning: str | None) -> None:
    token = '{"access_token":"a","refresh_token":"r","expiry":"2020-01-01T00:00:00Z"}'
    warnings = [
        it for it in convert.from_text(f"[a]\ntype = {key}\ntoken = {token}\n{client}\n").warnings if "client" in it
    ]
    assert len(warnings) == (warning is not None)
    assert warning is None or warning in warnings[0]


def test_the_section_of_defaults_is_no_remote() -> None:
    assert one("[DEFAULT]\nname = h\n[a]\ntype = http\nurl = https://%(name)s/\n")["http"] == {"url": "https://h/"}


P = {"service_account_credentials": '{"project_id": "p"}'}
SECRET_OF_SWIFT = {"application_credential_secret": "s"}


@pytest.mark.parametrize(
    ("key", "section", "fields"),
    [
        ("google_cloud_storage", {**P, "project_number": "p"}, P),
        ("google_cloud_storage", {**P, "project_number": "q"}, {**P, "project_number": "q"}),
        ("google_cloud_storage", {"project_number": "q"}, {"project_number": "q"}),
        ("onedrive", {}, {"drive_id": ""}),
        ("onedrive", {"drive_id": "d", "drive_type": "documentLibrary"}, {"drive_id": "d", "drive_type": "DOCUMENT_LIBRARY"}),
        ("onedrive", {"drive_type": "newer"}, {"drive_id": "", "drive_type": "newer"}),
        ("openstack_swift", {}, {}),
        ("openstack_swift", SECRET_OF_SWIFT, {**SECRET_OF_SWIFT, "user": "unused", "key": "unused"}),
        ("s3", {"v2_auth": "true", "region": "r"}, {"endpoint": "", "skip_region": "true", "signatures_v2": "true"}),
        ("s3", {"v2_auth": "true"}, {"endpoint": "", "skip_region": "true", "signatures_v2": "true"}),
        ("s3", {"v2_auth": "false", "region": "r", "endpoint": "h"}, {"endpoint": "https://h", "region": "r"}),
        ("storj_ix", {"endpoint": "h"}, {"endpoint": "https://h"}),
        ("storj_ix", {}, {"endpoint": ""}),
        ("webdav", {"url": "h", "user": "u"}, {"url": "h", "user": "u", "pass": "", "vendor": "OTHER"}),
        ("webdav", {"vendor": "newer"}, {"user": "", "pass": "", "vendor": "OTHER", "vendor=newer": "newer"}),
    ],
)  # fmt: skip
def test_what_rclone_writes_otherwise_is_converted(key: str, section: dict[str, str], fields: dict[str, str]) -> None:
    assert PROVIDERS[key].from_rclone(section) == fields
