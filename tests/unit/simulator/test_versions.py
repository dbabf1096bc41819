# SPDX-License-Identifier: GPL-3.0-or-later
"""Older paths on a newer server, and rows of older servers (truenas-api/wire.md §3, §8)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator import Simulator

from .samples import sent, stored
from .wire import Wire, triple

CREATE = "cloudsync.credentials.create"
UPDATE = "cloudsync.credentials.update"
GET = "cloudsync.credentials.get_instance"
S3 = sent("S3")
ODD = {"type": "S3", "access_key_id": "a", "secret_access_key": "do-not-show", "endpoint": "no-scheme", "old": 1}
LEGACY_URL = {"type": "HTTP", "url": "http://Legacy.Example"}


@pytest.fixture
def old(newest: Simulator) -> Iterator[Wire]:
    with Wire(newest, "/api/v25.04.0") as wire:
        yield wire.login()


@pytest.fixture
def new(newest: Simulator) -> Iterator[Wire]:
    with Wire(newest) as wire:
        yield wire.login()


def test_newer_keys_are_hidden_from_an_older_reader_and_reset_by_its_updates(old: Wire, new: Wire) -> None:
    provider = {**S3, "provider": "Minio", "force_path_style": False, "sign_accept_encoding": False}
    created = new.call(CREATE, {"name": "reset", "provider": provider})
    seen = old.call(GET, created["id"])
    assert seen["provider"] == stored("S3", "v25.04.0")
    renamed = old.call(UPDATE, created["id"], {"name": "reset, renamed"})
    assert renamed["provider"] == seen["provider"]
    assert new.call(GET, created["id"])["provider"] == created["provider"]
    old.call(UPDATE, created["id"], {"provider": seen["provider"]})
    assert new.call(GET, created["id"])["provider"] == stored("S3")


def test_older_create_gets_the_newer_defaults(old: Wire, new: Wire) -> None:
    for kind in ("S3", "STORJ_IX", "SFTP"):
        created = old.call(CREATE, {"name": f"old {kind}", "provider": sent(kind)})
        assert new.call(GET, created["id"])["provider"] == stored(kind)


def test_newer_keys_and_types_are_unknown_to_older_paths(old: Wire) -> None:
    path = "cloud_sync_credentials_create.provider"
    assert old.extra(CREATE, {"name": "x", "provider": {**S3, "provider": "Other"}}) == [
        triple(f"{path}.S3.provider", "Extra inputs are not permitted")
    ]
    storj = {**sent("STORJ_IX"), "endpoint": "https://h/"}
    assert old.extra(CREATE, {"name": "x", "provider": storj}) == [
        triple(f"{path}.STORJ_IX.endpoint", "Extra inputs are not permitted")
    ]
    ((attribute, message, _rest),) = old.extra(CREATE, {"name": "x", "provider": sent("MEGA")})
    assert attribute == path
    assert "'MEGA'" not in message.partition("expected tags")[2]


def test_s3_provider_choices_exist_from_26_on(previous: Simulator) -> None:
    with Wire(previous) as wire:
        wire.login()
        assert wire.error("cloudsync.credentials.s3_provider_choices")["code"] == -32601
        assert "cloudsync.credentials.s3_provider_choices" not in wire.call("core.get_methods")


def test_methods_an_older_version_lacks_are_missing_on_its_path(new: Wire, newest: Simulator) -> None:
    assert new.call("cloudsync.credentials.s3_provider_choices")
    with Wire(newest, "/api/v25.10.4") as wire:
        error = wire.error("cloudsync.credentials.s3_provider_choices")
        assert (error["code"], error["data"]["error"], error["data"]["errname"]) == (-32001, 201, "ENOMETHOD")


def test_patch_versions_have_the_models_of_the_last_version_that_changed_any(newest: Simulator) -> None:
    for version, modeled in (("v25.04.1", "v25.04.0"), ("v25.10.5", "v25.10.0")):
        with Wire(newest, f"/api/{version}") as wire:
            wire.login()
            for kind in ("S3", "STORJ_IX"):
                created = wire.call(CREATE, {"name": f"{version} {kind}", "provider": sent(kind)})
                assert created["provider"] == stored(kind, modeled)


def test_seeded_rows_get_defaults_if_they_fit_and_are_shown_raw_if_not_up_to_26() -> None:
    rows = [(3, "odd", ODD), (4, "url", LEGACY_URL), (9, "s3", S3)]
    seed = {"credentials": [{"id": id_, "name": name, "provider": provider} for id_, name, provider in rows]}
    with Simulator(version="26.0.0", seed=seed) as nas:
        with Wire(nas) as wire:
            wire.login()
            assert wire.call(GET, 4)["provider"] == {"type": "HTTP", "url": "http://legacy.example/"}
            assert wire.call(GET, 9)["provider"] == stored("S3", "v26.0.0")
            assert wire.call(GET, 3) == {"id": 3, "name": "odd", "provider": ODD}
            assert wire.extra(GET, 3, {"offset": 1}) == [triple(None, "Credentials 3 does not exist", 2)]
            assert [row["id"] for row in wire.call("cloudsync.credentials.query")] == [3, 4, 9]
            assert wire.call(CREATE, {"name": "next", "provider": sent("B2")})["id"] == 10
        with Wire(nas) as wire:
            wire.login(read_only=True)
            provider = wire.call(GET, 3)["provider"]
            assert "do-not-show" not in str(provider)
            assert (provider["type"], provider["endpoint"]) == ("S3", "no-scheme")


def test_rows_that_do_not_fit_are_deleted_at_the_start_from_27_on() -> None:
    seed = {"credentials": [{"id": 3, "name": "odd", "provider": ODD}, {"id": 9, "name": "b2", "provider": sent("B2")}]}
    with Simulator(version="27.0.0", seed=seed) as nas, Wire(nas) as wire:
        wire.login()
        assert [row["id"] for row in wire.call("cloudsync.credentials.query")] == [9]
