# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider models say what the facts say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils import versions
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import MASK
from ansible_collections.nasops.truenas.plugins.module_utils.providers import BY_WIRE_TYPE, PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.providers.base import Provider, words
from ansible_collections.nasops.truenas.plugins.module_utils.providers.json_values import json_secrets
from ansible_collections.nasops.truenas.plugins.module_utils.providers.tokens import token_preview
from tests import facts

BY_VERSION = [(version, wire_type) for version, types in facts.VERSIONS.items() for wire_type in types]
SECRET = {
    ("AZUREBLOB", "key"),
    ("B2", "key"),
    ("OPENSTACK_SWIFT", "key"),
    ("OPENSTACK_SWIFT", "auth_token"),
    ("OPENSTACK_SWIFT", "application_credential_secret"),
    ("GOOGLE_CLOUD_STORAGE", "service_account_credentials"),
    *((wire_type, "secret_access_key") for wire_type in ("S3", "STORJ_IX")),
    *((wire_type, "pass") for wire_type in ("FTP", "SFTP", "WEBDAV", "MEGA")),
    *((wire_type, "client_secret") for wire_type in facts.NEWEST if "client_secret" in facts.fields(wire_type)),
    *((wire_type, "token") for wire_type in facts.NEWEST if "token" in facts.fields(wire_type)),
}


def test_there_is_a_model_for_every_type_of_the_newest_server() -> None:
    assert set(BY_WIRE_TYPE) == set(facts.NEWEST)
    assert len(PROVIDERS) == 19


@pytest.mark.parametrize(("version", "wire_type"), BY_VERSION)
def test_fields_defaults_and_requirements_of_each_version(version: str, wire_type: str) -> None:
    provider = BY_WIRE_TYPE[wire_type]
    number = versions.parse(version)
    options = {name: option for name, option in provider.options().items() if option.since <= number}
    known = facts.fields(wire_type, version)
    assert set(options) == set(known)
    for name, option in options.items():
        field = known[name]
        # Swift's two keys are required by the server but may be null: the models send them always, as null.
        nullable = None in field.get("enum", [])
        assert option.required == (field["required"] and not nullable), name
        assert option.redacted_by_server == field["secret"], name
        if not option.required:
            assert option.default == field.get("default"), name
    assert provider.since <= number


@pytest.mark.parametrize("wire_type", facts.NEWEST)
def test_limits_are_the_servers(wire_type: str) -> None:
    provider = BY_WIRE_TYPE[wire_type]
    for name, field in facts.fields(wire_type).items():
        limits = field.get("constraints", {})
        if limits.get("max_length") == 1024 and "regex" not in limits and name not in ("auth", "storage_url"):
            assert provider.parse({name: "x" * 1024})[1] == []
            [problem] = provider.parse({name: "x" * 1028})[1]
            assert (problem.field, problem.reason) == (f"{provider.key}.{name}", "must have at most 1024 characters")
        if limits.get("min_length") == 1:
            assert provider.parse({name: ""})[1], f"{name} may not be empty"
        elif limits and "url" not in limits:
            assert provider.parse({name: ""})[1] == [], f"{name} may be empty"


def test_which_fields_are_secret() -> None:
    found = {
        (wire_type, name)
        for wire_type, provider in BY_WIRE_TYPE.items()
        for name, option in provider.options().items()
        if option.secret
    }
    assert found == SECRET


@pytest.mark.parametrize("wire_type", facts.NEWEST)
@given(data=st.data())
def test_whatever_makes_sense_is_accepted_and_is_a_fixed_point(wire_type: str, data: st.DataObject) -> None:
    provider = BY_WIRE_TYPE[wire_type]
    values, problems = provider.parse(data.draw(facts.options(wire_type)))
    assert problems == []
    again = provider.normalize(values)
    assert all(provider.options()[name].same(again[name], value) for name, value in values.items())


@pytest.mark.parametrize(
    ("key", "given_", "field", "reason", "remedy"),
    [
        ("ftp", {"port": 0}, "ftp.port", "at least 1", "1 or more"),
        ("sftp", {"port": 65536}, "sftp.port", "at most 65535", "65535 or less"),
        (
            "sftp",
            {"private_key": "-----BEGIN OPENSSH PRIVATE KEY-----"},
            "sftp.private_key",
            "text of a key",
            "private_key_name",
        ),
        ("sftp", {"private_key": "mykey"}, "sftp.private_key", "not a number", "private_key_name"),
        ("sftp", {"private_key": "k" * 63}, "sftp.private_key", "not a number", "private_key_name"),
        ("sftp", {"private_key": "k" * 64}, "sftp.private_key", "text of a key", "private_key_name"),
        (
            "google_cloud_storage",
            {"service_account_credentials": "no"},
            "service_account_credentials",
            "JSON",
            "key file",
        ),
        (
            "google_cloud_storage",
            {"service_account_credentials": {"a": 1}},
            "service_account",
            "project_id",
            "key file",
        ),
        ("box", {"token": "ya29.abc"}, "box.token", "must be a JSON object", "access_token"),
        ("s3", {"endpoint": "s3.example.net"}, "s3.endpoint", "start with a scheme", "https://s3.example.net"),
        ("s3", {"endpoint": "minio:9000"}, "s3.endpoint", "start with a scheme", "https://minio:9000"),
        ("azureblob", {"endpoint": "ftp://x.example"}, "azureblob.endpoint", "http", "https://"),
        ("webdav", {"url": "https://x.example/a b"}, "webdav.url", "space", "https://"),
        ("http", {"url": ""}, "http.url", "", "https://"),
        ("http", {"url": "http://x.example:0/"}, "http.url", "port 0", "65535"),
        ("storj_ix", {"endpoint": "http://gateway.example"}, "storj_ix.endpoint", "must be an https URL", "https://"),
        ("azureblob", {"account": "a1.blob.core.windows.net"}, "azureblob.account", "the name alone", "first dot"),
        ("azureblob", {"account": "https://a1.blob.core.windows.net/c"}, "azureblob.account", "the name alone", "dot"),
        (
            "azureblob",
            {"key": "AccountName=a;AccountKey=aGk=;x=y"},
            "azureblob.key",
            "connection string",
            "AccountKey=",
        ),
        ("azureblob", {"key": "?sv=2022-11-02&sig=a%3D"}, "azureblob.key", "shared access signature", "access key"),
        ("azureblob", {"key": "https://a1.blob.core.windows.net/?sig=a"}, "azureblob.key", "access signature", "key"),
        ("azureblob", {"key": "aGk"}, "azureblob.key", "must be base64", "the = at its end"),
        ("azureblob", {"key": MASK}, "azureblob.key", "masked", "keep"),
        ("azureblob", {"account": MASK}, "azureblob.account", "masked", "keep"),
        ("pcloud", {"hostname": "https://eapi.pcloud.com"}, "pcloud.hostname", "a URL or a path", "eapi.pcloud.com"),
        ("pcloud", {"hostname": "eapi.pcloud.com/"}, "pcloud.hostname", "a URL or a path", "the name alone"),
        ("pcloud", {"hostname": MASK}, "pcloud.hostname", "masked", "keep"),
        (
            "google_drive",
            {"team_drive": "https://drive.google.com/drive/folders/0AB?usp=sharing"},
            "google_drive.team_drive",
            "a URL or a path",
            "after folders/",
        ),
        (
            "onedrive",
            {"drive_id": "https://x-my.sharepoint.com/u"},
            "onedrive.drive_id",
            "a URL",
            "onedrive_drive_info",
        ),
        ("azureblob", {"account": "my_account"}, "azureblob.account", "character", "A-Za-z0-9"),
        ("s3", {"secret_access_key": MASK}, "s3.secret_access_key", "masked", "keep"),
        ("s3", {"secret_access_key": f"{MASK} (desired)"}, "s3.secret_access_key", "masked", "keep"),
        ("s3", {"secret_access_key": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}, "s3.secret_access_key", "masked", "keep"),
        ("openstack_swift", {"auth": "keystone:5000"}, "openstack_swift.auth", "start with a scheme", "https://"),
        ("http", {"url": "https://u:#secret@h.example/x"}, "http.url", "ends the host", "Percent-encode"),
        ("http", {"url": "https://********@h.example/"}, "http.url", "masked", "keep"),
        ("box", {"token": {"access_token": "x", "refresh_token": MASK}}, "box.token", "masked", "keep"),
        ("sftp", {"private_key": {"private_key": "x"}}, "sftp.private_key", "text of a key", "private_key_name"),
        ("b2", {"account": ""}, "b2.account", "empty", "Set a value"),
        ("webdav", {"vendor": "nextcloud"}, "webdav.vendor", "one of the choices", "NEXTCLOUD"),
        ("openstack_swift", {"auth_version": "4"}, "openstack_swift.auth_version", "one of the choices", "auto"),
        ("s3", {"bucket": "x"}, "s3.bucket", "not a field", "access_key_id"),
    ],
)
def test_nonsense_is_refused_with_field_reason_and_remedy(
    key: str, given_: dict[str, Any], field: str, reason: str, remedy: str
) -> None:
    [problem] = PROVIDERS[key].parse(given_)[1]
    assert field in problem.field
    assert reason in problem.reason
    assert remedy in problem.remedy


def test_storj_reads_an_empty_endpoint_as_the_default() -> None:
    provider = PROVIDERS["storj_ix"]
    assert provider.parse({"endpoint": ""})[0] == {"endpoint": "https://gateway.storjshare.io/"}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("https://Example.COM", "https://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:80", "http://example.com/"),
        ("https://s3.example.com/path/", "https://s3.example.com/path/"),
        ("https://h/a", "https://h/a"),
        ("https://münchen.de", "https://xn--mnchen-3ya.de/"),
        ("https://ex.com?x=1", "https://ex.com/?x=1"),
        ("https://bücher.x/ü", "https://xn--bcher-kva.x/%C3%BC"),
        ("https://h/a/../b", "https://h/b"),
        ("http://010.0.0.1", "http://8.0.0.1/"),
        ("https://[2001:DB8:0::1]/", "https://[2001:db8::1]/"),
        ("https://u:p@h", "https://u:p@h/"),
    ],
)
def test_urls_are_normalised_as_the_server_does(sent: str, stored: str) -> None:
    assert PROVIDERS["s3"].parse({"endpoint": sent}) == ({"endpoint": stored}, [])


def test_the_words_for_swift_are_the_wires_nulls_and_numbers() -> None:
    provider = PROVIDERS["openstack_swift"]
    values, problems = provider.parse({"auth_version": "auto", "endpoint_type": "none"})
    assert (values, problems) == ({"auth_version": None, "endpoint_type": None}, [])
    assert provider.parse({"auth_version": "3"})[0] == {"auth_version": 3}
    assert provider.options()["auth_version"].to_option(None) == "auto"
    assert provider.options()["auth_version"].to_option(0) == "0"


def test_a_mapping_becomes_json_text_not_pythons_repr() -> None:
    values = PROVIDERS["dropbox"].parse({"token": {"access_token": "a", "ok": True, "none": None, "ü": "ü"}})[0]
    assert values["token"] == '{"access_token": "a", "ok": true, "none": null, "ü": "ü"}'


def test_stored_values_are_compared_in_the_form_that_the_nas_stores() -> None:
    webdav = PROVIDERS["webdav"]
    assert webdav.normalize({"url": "https://H.example", "pass": "x", "newer": "X"}) == {
        "url": "https://h.example/",
        "pass": "x",
        "newer": "X",
    }
    invalid = {"access_key_id": 5, "region": 5}
    endpoint = PROVIDERS["s3"].normalize({**invalid, "endpoint": "https://H.example"})
    assert endpoint == {**invalid, "endpoint": "https://h.example/"}
    assert webdav.normalize({"url": "H.example", "vendor": "other"}) == {"url": "H.example", "vendor": "other"}


@pytest.mark.parametrize(
    ("values", "computed"),
    [
        ({"region": ""}, {"region"}),
        ({"region": " "}, {"region"}),
        ({}, {"region"}),
        ({"region": "r"}, set()),
        ({"region": "", "skip_region": True}, set()),
    ],
)
def test_the_nas_computes_the_region_of_a_task_if_the_credential_has_none(
    values: dict[str, Any], computed: set[str]
) -> None:
    assert PROVIDERS["s3"].computed_attributes(values) == computed


def test_a_json_list_is_a_secret_by_its_name() -> None:
    text = '{"scope": ["read"], "other": ["hush", ["hush too"]], "type": "t"}'
    assert [*json_secrets(text)] == [text, "hush", "hush too"]


@pytest.mark.parametrize(("written", "stored"), [("7", 7), (7, 7), ("007", 7)])
def test_the_id_of_a_keypair_is_a_number_although_it_comes_from_a_template(written: Any, stored: int) -> None:
    assert PROVIDERS["sftp"].parse({"private_key": written}) == ({"private_key": stored}, [])


def test_long_lists_of_names_are_written_as_text() -> None:
    assert words("\n  one two\n  three ") == ("one", "two", "three")


def test_warnings() -> None:
    assert any("JSON" in warning for warning in PROVIDERS["hubic"].warn({"token": "opaque"}))


APPLICATION: dict[str, Any] = {"application_credential_id": "i", "application_credential_secret": "s"}
NAMED: dict[str, Any] = {"application_credential_name": "n", "application_credential_secret": "s", "auth_version": 3}
V3_URL: dict[str, Any] = {"auth": "https://k.example/v3"}
NEEDS_TENANT = "requires tenant or tenant_id"
NO_TENANTS = "supports neither tenants nor domains"
UNSUPPORTED = "does not support application credentials"
HALF = "an application credential requires its secret and its ID or name"


@pytest.mark.parametrize(
    ("values", "warned"),
    [
        *(({"auth_version": version}, [NEEDS_TENANT]) for version in (2, 3)),
        *(({"auth_version": 3, name: "t"}, []) for name in ("tenant", "tenant_id")),
        *(({"auth_version": version}, []) for version in (None, 0, 1)),
        *(
            ({"auth_version": 1, name: "t"}, [NO_TENANTS])
            for name in ("tenant", "tenant_id", "tenant_domain", "domain")
        ),
        ({"auth_version": 0, "tenant": "t"}, []),
        (APPLICATION | {"auth_version": 3}, []),
        (NAMED, []),
        *((APPLICATION | {"auth_version": version}, [UNSUPPORTED]) for version in (1, 2)),
        *(({name: "x"}, [HALF]) for name in sorted({*APPLICATION, *NAMED} - {"auth_version"})),
        ({"application_credential_id": "i", "application_credential_name": "n"}, [HALF]),
    ],
)
def test_a_swift_login_that_its_version_does_not_support_is_warned_about(
    values: dict[str, Any], warned: list[str]
) -> None:
    found = [*PROVIDERS["openstack_swift"].warn(values)]
    assert [text.partition(reason)[1] for text, reason in zip(found, warned, strict=True)] == warned


@pytest.mark.parametrize(
    ("values", "unused"),
    [
        (APPLICATION | {"auth_version": 3}, {"key", "user"}),
        (APPLICATION | V3_URL, {"key", "user"}),
        (APPLICATION | V3_URL | {"auth_version": 2}, set()),
        (APPLICATION | {"auth": "https://k.example/v2.0"}, set()),
        (NAMED | {"user_id": "u"}, {"key", "user"}),
        (NAMED | {"domain": "d"}, {"key"}),
        ({"application_credential_id": "i", "auth_version": 3}, set()),
    ],
)
def test_what_an_application_credential_does_not_use_can_be_any_text(values: dict[str, Any], unused: set[str]) -> None:
    remedies = PROVIDERS["openstack_swift"].remedies(values)
    assert {*remedies} == unused
    assert all(remedy.startswith("Set any text") for remedy in remedies.values())


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({}, True),
        ({"storage_url": "https://s.example/"}, True),
        ({"auth_token": "hush"}, True),
        ({"storage_url": "https://s.example/", "auth_token": "hush"}, False),
        *(({name: "x"}, False) for name in ("application_credential_id", "user_id", "domain")),
        ({"auth_version": 2}, False),
        ({"application_credential_secret": ""}, False),
    ],
)
def test_the_name_of_an_application_credential_needs_its_user(more: dict[str, Any], refused: bool) -> None:
    problems = [*PROVIDERS["openstack_swift"].contradictions(NAMED | more)]
    assert [problem.field for problem in problems] == (["openstack_swift.domain"] if refused else [])


KEYS = {"access_key_id": "AK", "secret_access_key": "x" * 64}
USUAL = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": "x" * 40}


@pytest.mark.parametrize(
    ("values", "written", "named"),
    [
        (KEYS, {"access_key_id", "secret_access_key"}, ["access_key_id has 2", "secret_access_key has 64"]),
        (KEYS | {"endpoint": ""}, {"secret_access_key"}, ["secret_access_key has 64"]),
        (KEYS, set(), []),
        (KEYS, {"region"}, []),
        (KEYS | {"endpoint": "https://a.r2.example"}, {"access_key_id", "secret_access_key"}, []),
        (USUAL, {"access_key_id", "secret_access_key"}, []),
        *(
            ({"access_key_id": "a" * low, "secret_access_key": "x" * high}, {"access_key_id", "secret_access_key"}, [])
            for low, high in ((5, 8), (20, 40))
        ),
    ],
)
def test_only_a_length_that_is_new_to_amazon_is_warned_about(
    values: dict[str, Any], written: set[str], named: list[str]
) -> None:
    warnings = [*PROVIDERS["s3"].warn_of_lengths(values, written)]
    assert [text.removeprefix("s3.").partition(" characters")[0] for text in warnings] == named


@pytest.mark.parametrize("key", [key for key, provider in PROVIDERS.items() if provider.token_field])
@pytest.mark.parametrize("name", ["access_token", "refresh_token", "token_type"])
def test_a_token_has_text_where_rclone_reads_text(key: str, name: str) -> None:
    field = PROVIDERS[key].token_field
    for value in (342391, True, 1.1, ["hush"], {"hush": "hush"}):
        token = {
            "access_token": "hush",
            "refresh_token": "hush",
            "expires_in": 3600,
            "ext_expires_in": 3600,
            name: value,
        }
        for declared in (token, json.dumps(token)):
            _values, [problem] = PROVIDERS[key].parse({field: declared})
            assert problem.field == f"{key}.{field}"
            assert problem.reason == f"must contain text as {name}, not another type"
    fine = {"access_token": "342391", "expires_in": 3600, "refresh_token": "750", "token_type": None}
    assert PROVIDERS[key].parse({field: fine})[1] == []


@pytest.mark.parametrize("name", ["private_key", "private_key_id", "project_id", "client_email", "client_id"])
def test_a_service_account_has_text_where_google_has_text(name: str) -> None:
    key = {"type": "service_account", "project_id": "p", "private_key": "hush", "client_id": "1042", name: 1042}
    _values, [problem] = PROVIDERS["google_cloud_storage"].parse({"service_account_credentials": key})
    assert problem.reason == f"must contain text as {name}, not another type"


def test_advice_about_the_style_of_addresses_is_for_a_nas_that_has_the_field() -> None:
    s3 = PROVIDERS["s3"]
    advice = s3.hint("path_style", {"force_path_style": True})
    assert advice
    assert s3.hint("path_style", {}) is None
    assert s3.hint("wrong_region", {}) == s3.hint("wrong_region", {"force_path_style": True})
    whole = s3.hint("wrong_secret", {"force_path_style": True, "sign_accept_encoding": True})
    rest = s3.hint("wrong_secret", {})
    assert whole
    assert rest
    assert whole.startswith(rest)
    assert "sign_accept_encoding" in whole.removeprefix(rest)


def test_a_secret_is_found_behind_fields_that_are_none() -> None:
    s3 = PROVIDERS["s3"]
    assert s3.declares_secret({"region": None, "endpoint": "", "secret_access_key": "s"})
    assert not s3.declares_secret({"region": "r", "secret_access_key": ""})
    assert not PROVIDERS["sftp"].declares_secret({"private_key_name": ""}), "it names no keypair"


def test_json_is_compared_by_its_values_and_not_by_the_order_of_its_keys() -> None:
    same = PROVIDERS["dropbox"].options()["token"].same
    assert same('{"access_token": "a", "token_type": "b"}', '{"token_type":"b","access_token":"a"}')
    assert not same('{"access_token": "a"}', '{"access_token": "b"}')


@pytest.mark.parametrize("name", ["refresh_token", "RefreshToken"])
def test_a_token_that_rclone_wrote_once_can_be_refreshed_as_well(name: str) -> None:
    assert token_preview(json.dumps({"access_token": "a", name: "r"}))["refreshable"] is True
    assert token_preview(json.dumps({"access_token": "a", name: ""}))["refreshable"] is False


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"access_key_id": "ASIAIOSFODNN7EXAMPLE"}, "starts with ASIA"),
        (
            {"access_key_id": "ASIAIOSFODNN7EXAMPLE", "endpoint": "https://s3.eu-west-1.amazonaws.com/"},
            "starts with ASIA",
        ),
        ({"access_key_id": "ASIA", "endpoint": "https://minio.example/"}, ""),
        ({"access_key_id": "ASIA", "endpoint": "https://[amazonaws.com"}, ""),
        ({"access_key_id": "AKIAIOSFODNN7EXAMPLE"}, ""),
        ({"secret_access_key": "AKIAIOSFODNN7EXAMPLE"}, "looks like the ID of an access key"),
        ({"secret_access_key": "ASIAIOSFODNN7EXAMPLE"}, "looks like the ID of an access key"),
        ({"secret_access_key": "AKIAIOSFODNN7EXAMPLE0"}, ""),
        ({"secret_access_key": None, "access_key_id": None}, ""),
    ],
)
def test_a_key_of_amazon_that_cannot_work_is_warned_about(values: dict[str, Any], words: str) -> None:
    found = [*PROVIDERS["s3"].warn({"access_key_id": "A", "secret_access_key": "hush", "endpoint": "", **values})]
    assert len(found) == bool(words)
    assert words in "".join(found)


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_a_stored_text_that_is_not_a_url_ends_no_warning_in_an_exception(provider: type[Provider]) -> None:
    values = {name: "https://[x" for name, option in provider.options().items() if not option.secret}
    assert all(
        isinstance(warning, str) for warning in provider.warn({**provider.defaults(versions.FIRST_VERSION), **values})
    )
    assert isinstance(provider.repository_base(values), (str, type(None)))


@pytest.mark.parametrize("value", [5, None, True, ["a"]])
def test_an_account_that_is_not_text_is_a_problem(value: Any) -> None:
    _values, [problem] = PROVIDERS["azureblob"].parse({"account": value})
    assert (problem.field, problem.reason) == ("azureblob.account", "must be text")
