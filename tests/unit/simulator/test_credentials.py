# SPDX-License-Identifier: GPL-3.0-or-later
"""`cloudsync.credentials`: stored forms, checks, merging, uniqueness, redaction (truenas-api/wire.md §3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import Simulator

from .samples import MINIMAL, NEWER_TYPES, sent, stored
from .wire import Wire, triple

CREATE = "cloudsync.credentials.create"
UPDATE = "cloudsync.credentials.update"
QUERY = "cloudsync.credentials.query"
REDACTED = "********"
VISIBLE = {
    "S3": {"type", "endpoint", "provider", "force_path_style", "sign_accept_encoding"},
    "STORJ_IX": {"type", "endpoint"},
}
S3 = sent("S3")


@pytest.mark.parametrize("kind", MINIMAL)
def test_stored_form(admin: Wire, kind: str) -> None:
    created = admin.call(CREATE, {"name": f"stored {kind}", "provider": sent(kind)})
    assert created == {"id": created["id"], "name": f"stored {kind}", "provider": stored(kind)}
    assert admin.call("cloudsync.credentials.get_instance", created["id"]) == created


@pytest.mark.parametrize("version", ["v25.04.0", "v25.04.2", "v25.10.0", "v26.0.0", "v27.0.0"])
def test_stored_form_by_version(newest: Simulator, version: str) -> None:
    with Wire(newest, f"/api/{version}") as wire:
        wire.login()
        for kind in MINIMAL.keys() - NEWER_TYPES.get(version, set()):
            created = wire.call(CREATE, {"name": f"{version} {kind}", "provider": sent(kind)})
            assert created["provider"] == stored(kind, version)


@pytest.mark.parametrize("kind", MINIMAL)
def test_redaction_is_per_field_and_hides_any_type(admin: Wire, reader: Wire, kind: str) -> None:
    name = f"redacted {kind}"
    admin.call(CREATE, {"name": name, "provider": sent(kind)})
    (seen,) = reader.call(QUERY, [["name", "=", name]])
    visible = VISIBLE.get(kind, {"type"})
    expected = {key: value if key in visible else REDACTED for key, value in stored(kind).items()}
    assert seen["provider"] == expected


def test_reader_filters_on_what_it_cannot_see(admin: Wire, reader: Wire) -> None:
    admin.call(CREATE, {"name": "by secret", "provider": {**sent("B2"), "account": "only-this-one"}})
    (found,) = reader.call(QUERY, [["provider.account", "=", "only-this-one"]])
    assert found["name"] == "by secret"
    assert found["provider"]["account"] == REDACTED


@pytest.mark.parametrize("select", [["provider.key"], [["provider.key", "key"]], ["provider"], ["provider.type"]])
def test_reader_cannot_select_a_secret(admin: Wire, reader: Wire, select: list[Any]) -> None:
    if not reader.call(QUERY, [["name", "=", "selected"]]):
        admin.call(CREATE, {"name": "selected", "provider": {**sent("B2"), "key": "do-not-show"}})
    assert "do-not-show" in str(admin.call(QUERY, [["name", "=", "selected"]]))
    assert "do-not-show" not in str(reader.call(QUERY, [["name", "=", "selected"]], {"select": select}))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://Example.COM", "https://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:80", "http://example.com/"),
        ("https://s3.example.com/path/", "https://s3.example.com/path/"),
        ("https://h/a", "https://h/a"),
        ("https://münchen.de", "https://xn--mnchen-3ya.de/"),
        ("https://bücher.x/ü", "https://xn--bcher-kva.x/%C3%BC"),
        ("https://ex.com?x=1", "https://ex.com/?x=1"),
        ("http://h:443/", "http://h:443/"),
        ("https://h/a/../b", "https://h/b"),
        ("http://010.0.0.1", "http://8.0.0.1/"),
        ("http://0x7f000001", "http://127.0.0.1/"),
        ("http://u:p@h/a?b#c", "http://u:p@h/a?b#c"),
        ("", ""),
    ],
)
def test_urls_are_normalised(admin: Wire, given: str, expected: str) -> None:
    created = admin.call(CREATE, {"name": f"url {given}", "provider": {**S3, "endpoint": given}})
    assert created["provider"]["endpoint"] == expected


@pytest.mark.parametrize("url", ["s3.example.com", "host:9000", "ftp://h", "http://h:65536", "https:///", None, 1])
def test_bad_url_reports_both_members_of_the_union(admin: Wire, url: Any) -> None:
    ((attribute, message, number),) = admin.extra(CREATE, {"name": "x", "provider": {**S3, "endpoint": url}})
    assert (attribute, number) == ("cloud_sync_credentials_create.provider.S3.endpoint", 22)
    assert message.startswith("Input should be '' or ")


@pytest.mark.parametrize(
    ("provider", "attribute", "message"),
    [
        ({}, ".type", "Field required"),
        ({"type": "S3", "secret_access_key": "s"}, ".S3.access_key_id", "Field required"),
        ({**S3, "foo": None}, ".S3.foo", "Extra inputs are not permitted"),
        ({**S3, "max_upload_parts": "1"}, ".S3.max_upload_parts", "Input should be a valid integer"),
        ({**S3, "max_upload_parts": 1.0}, ".S3.max_upload_parts", "Input should be a valid integer"),
        ({**S3, "max_upload_parts": True}, ".S3.max_upload_parts", "Input should be a valid integer"),
        ({**S3, "skip_region": 1}, ".S3.skip_region", "Input should be a valid boolean"),
        ({**S3, "region": None}, ".S3.region", "Input should be a valid string"),
        ({**S3, "region": "r" * 1025}, ".S3.region", "String should have at most 1024 characters"),
        ({**S3, "access_key_id": ""}, ".S3.access_key_id", "String should have at least 1 character"),
        ({**sent("FTP"), "pass_": "x"}, ".FTP.pass_", "Extra inputs are not permitted"),
        ({"type": "FTP", "host": "h", "user": "u"}, ".FTP.pass", "Field required"),
        (
            {**sent("AZUREBLOB"), "account": "a_b"},
            ".AZUREBLOB.account",
            "Assertion failed, Account Name field can only contain alphanumeric characters, - and .",
        ),
        (
            {**sent("STORJ_IX"), "endpoint": "http://h"},
            ".STORJ_IX.endpoint",
            "Value error, URL scheme must be https",
        ),
        (
            {**sent("WEBDAV"), "vendor": "other"},
            ".WEBDAV.vendor",
            "Input should be 'NEXTCLOUD', 'OWNCLOUD', 'SHAREPOINT' or 'OTHER'",
        ),
    ],
)
def test_validation_errors(admin: Wire, provider: dict[str, Any], attribute: str, message: str) -> None:
    extra = admin.extra(CREATE, {"name": "x", "provider": provider})
    assert extra == [triple(f"cloud_sync_credentials_create.provider{attribute}", message)]


def test_unknown_type_lists_the_tags(admin: Wire) -> None:
    ((attribute, message, _rest),) = admin.extra(CREATE, {"name": "x", "provider": {"type": "s3"}})
    assert attribute == "cloud_sync_credentials_create.provider"
    assert message.startswith("Input tag 's3' found using 'type' does not match any of the expected tags: 'AZUREBLOB'")
    assert message.endswith("'S3', 'SFTP', 'STORJ_IX', 'OPENSTACK_SWIFT', 'WEBDAV', 'YANDEX'")


def test_reason_has_a_line_per_error(admin: Wire) -> None:
    error = admin.error(CREATE, {"name": "", "provider": {"type": "B2"}})
    prefix = "[EINVAL] cloud_sync_credentials_create"
    assert error["message"] == "Invalid params"
    assert error["data"]["reason"] == (
        f"{prefix}.name: String should have at least 1 character\n"
        f"{prefix}.provider.B2.account: Field required\n"
        f"{prefix}.provider.B2.key: Field required\n"
    )


@pytest.mark.parametrize(("given", "kept"), [(True, 1), (False, 0), (3.0, 3), (None, None), (2, 2)])
def test_swift_auth_version_matches_by_equality(admin: Wire, given: Any, kept: Any) -> None:
    provider = {**sent("OPENSTACK_SWIFT"), "auth_version": given}
    created = admin.call(CREATE, {"name": f"swift {given!r}", "provider": provider})
    assert created["provider"]["auth_version"] is kept or created["provider"]["auth_version"] == kept
    assert type(created["provider"]["auth_version"]) is type(kept)


def test_pass_has_a_synonym_on_input_only(admin: Wire) -> None:
    provider = {"type": "FTP", "host": "h", "user": "u", "pass_": "p"}
    created = admin.call(CREATE, {"name": "synonym", "provider": provider})
    assert created["provider"] == {"type": "FTP", "host": "h", "port": 21, "user": "u", "pass": "p"}


def test_texts_are_stored_as_sent(admin: Wire) -> None:
    token = ' {"a":\r\n 1}\t\u0000é '
    created = admin.call(CREATE, {"name": " padded ", "provider": {"type": "BOX", "token": token}})
    assert created["name"] == " padded "
    assert created["provider"]["token"] == token


def test_names_are_unique_by_exact_comparison(admin: Wire) -> None:
    first = admin.call(CREATE, {"name": "unique", "provider": sent("B2")})
    admin.call(CREATE, {"name": "Unique", "provider": sent("B2")})
    taken = "Object with this name already exists"
    assert admin.extra(CREATE, {"name": "unique", "provider": sent("B2")}) == [
        triple("cloud_sync_credentials_create.name", taken)
    ]
    assert admin.extra(UPDATE, first["id"], {"name": "Unique"}) == [triple("cloud_sync_credentials_update.name", taken)]
    assert admin.call(UPDATE, first["id"], {"name": "unique"})["name"] == "unique"


def test_two_creates_at_once_can_make_duplicates(admin: Wire) -> None:
    admin.send(CREATE, {"name": "twin", "provider": sent("B2")})
    admin.send(CREATE, {"name": "twin", "provider": sent("B2")})
    assert all("result" in admin.receive() for _turn in range(2))
    assert admin.call(QUERY, [["name", "=", "twin"]], {"count": True}) == 2


def test_update_merges_top_level_keys_only(admin: Wire) -> None:
    provider = {**S3, "region": "eu", "force_path_style": False}
    created = admin.call(CREATE, {"name": "merge", "provider": provider})
    assert admin.call(UPDATE, created["id"], {}) == created
    renamed = admin.call(UPDATE, created["id"], {"name": "merged"})
    assert renamed == {**created, "name": "merged"}
    replaced = admin.call(UPDATE, created["id"], {"provider": S3})
    assert replaced == {"id": created["id"], "name": "merged", "provider": stored("S3")}
    retyped = admin.call(UPDATE, created["id"], {"provider": sent("B2")})
    assert retyped["provider"] == stored("B2")


def test_update_refuses_incomplete_providers_ids_and_unknown_keys(admin: Wire) -> None:
    created = admin.call(CREATE, {"name": "strict", "provider": sent("B2")})
    prefix = "cloud_sync_credentials_update"
    assert admin.extra(UPDATE, created["id"], {"provider": {"type": "B2", "key": "k"}}) == [
        triple(f"{prefix}.provider.B2.account", "Field required")
    ]
    for key in ("id", "attributes"):
        assert admin.extra(UPDATE, created["id"], {key: created["id"]}) == [
            triple(f"{prefix}.{key}", "Extra inputs are not permitted")
        ]
    assert admin.extra(UPDATE, created["id"], {"name": None}) == [
        triple(f"{prefix}.name", "Input should be a valid string")
    ]
    assert admin.call("cloudsync.credentials.get_instance", created["id"]) == created


def test_echoed_ids_are_refused_first(admin: Wire) -> None:
    created = admin.call(CREATE, {"name": "echoed", "provider": sent("B2")})
    echo = {"provider": {"type": "B2", "account": "", "key": "k"}, "more": 1, "name": "", "id": created["id"]}
    for method, params in ((CREATE, [echo]), (UPDATE, [created["id"], echo])):
        assert [attribute.partition(".")[2] for attribute, _rest, _number in admin.extra(method, *params)] == [
            "id",
            "name",
            "provider.B2.account",
            "more",
        ]


def test_asterisks_are_stored_like_any_text(admin: Wire) -> None:
    created = admin.call(CREATE, {"name": "stars", "provider": sent("B2")})
    updated = admin.call(UPDATE, created["id"], {"provider": {"type": "B2", "account": "a", "key": REDACTED}})
    assert updated["provider"]["key"] == REDACTED


def test_unknown_ids(admin: Wire) -> None:
    missing = [triple(None, "Credentials 9999 does not exist", 2)]
    error = admin.error("cloudsync.credentials.get_instance", 9999)
    assert error["data"]["extra"] == missing
    assert (error["data"]["error"], error["data"]["errname"]) == (22, "EINVAL")
    assert error["data"]["reason"] == "[ENOENT] None: Credentials 9999 does not exist"
    assert admin.extra(UPDATE, 9999, {"name": "x"}) == missing
    assert admin.call("cloudsync.credentials.delete", 9999) is True


def test_delete(admin: Wire) -> None:
    created = admin.call(CREATE, {"name": "short-lived", "provider": sent("B2")})
    assert admin.call("cloudsync.credentials.delete", created["id"]) is True
    assert admin.call(QUERY, [["id", "=", created["id"]]]) == []


def test_parameters(admin: Wire) -> None:
    assert admin.extra("cloudsync.credentials.get_instance") == [triple("id", "Field required")]
    assert admin.extra(QUERY, [], {}, 1) == [triple("", "Too many arguments (expected 2, found 3)")]
    assert admin.extra("cloudsync.credentials.delete", "1") == [triple("id", "Input should be a valid integer")]
    assert admin.extra(CREATE, ["x"]) == [
        triple(
            "cloud_sync_credentials_create", "Input should be a valid dictionary or instance of CloudCredentialCreate"
        )
    ]


def test_s3_provider_choices(admin: Wire, reader: Wire) -> None:
    for wire in (admin, reader):
        assert list(wire.call("cloudsync.credentials.s3_provider_choices")) == ["Other"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        (CREATE, [{"name": "x", "provider": sent("B2")}]),
        (UPDATE, [1, {"name": "x"}]),
        ("cloudsync.credentials.delete", [1]),
        ("cloudsync.credentials.verify", [sent("B2")]),
        ("cloudsync.list_buckets", [1]),
    ],
)
def test_reader_may_not_write(reader: Wire, method: str, params: list[Any]) -> None:
    data = reader.error(method, *params)["data"]
    assert (data["error"], data["errname"], data["reason"]) == (13, "EACCES", "[EACCES] Not authorized")
