# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of credentials that not every version of the API has."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from tests.unit.credentials import DECLARED, OLD_S3, SECRET, STORED
from tests.unit.fake_nas import FakeNas
from tests.unit.session import Reopening
from tests.unit.tasks import fresh_kind, run, task


@pytest.mark.parametrize(
    ("version", "provider", "options", "message"),
    [
        ("25.10.0", "s3", {**DECLARED, "force_path_style": False}, r"force_path_style: requires TrueNAS 26.00.0|26.0"),
        (
            "25.04.0",
            "storj_ix",
            {"access_key_id": "a", "secret_access_key": SECRET, "endpoint": "https://g.example"},
            "25.04.2",
        ),
        (
            "25.04.2",
            "mega",
            {"user": "u", "pass": SECRET},
            r"mega: requires TrueNAS 25.10.0 or later, but this NAS runs 25.04.2",
        ),
    ],
)
def test_what_a_version_lacks_is_refused(version: str, provider: str, options: dict[str, Any], message: str) -> None:
    nas = FakeNas(version=version)
    with pytest.raises(errors.InvalidInput, match=message):
        run(nas, True, **{provider: options})
    assert nas.writes == []


def test_a_field_that_the_version_lacks_is_refused_although_the_replaced_provider_has_one_of_this_name() -> None:
    nas = FakeNas({**STORED, "provider": OLD_S3}, version="25.04.0")
    storj = {"access_key_id": "a", "secret_access_key": SECRET, "endpoint": "https://g.example/"}
    with pytest.raises(errors.InvalidInput, match=r"storj_ix.endpoint: requires TrueNAS 25\.04\.2"):
        run(nas, storj_ix=storj)


@pytest.mark.parametrize(
    ("version", "provider", "options"),
    [
        ("25.04.0", "s3", {"access_key_id": "a", "secret_access_key": SECRET}),
        ("25.04.2", "storj_ix", {"access_key_id": "a", "secret_access_key": SECRET, "endpoint": "https://g.example/"}),
        ("25.10.0", "mega", {"user": "u", "pass": SECRET}),
        ("26.0.0", "s3", {"access_key_id": "a", "secret_access_key": SECRET, "force_path_style": False}),
    ],
)
def test_what_came_with_a_version_is_written_there(version: str, provider: str, options: dict[str, Any]) -> None:
    nas = FakeNas(version=version)
    assert run(nas, False, **{provider: options})["action"] == "created"
    assert nas.entries[1]["provider"].items() >= options.items()


def test_undeclared_default_sends_no_field_that_the_version_lacks() -> None:
    nas = FakeNas(version="25.10.0")
    run(nas, s3={**DECLARED, "region": "eu-1"})
    assert run(nas, s3=DECLARED, undeclared="default")["changed_fields"] == ["region"]
    assert run(nas, s3=DECLARED, undeclared="default")["changed"] is False
    assert "force_path_style" not in nas.entries[1]["provider"]


def test_what_a_version_does_anyway_is_left_out() -> None:
    nas = FakeNas(version="25.10.0")
    run(nas, s3={**DECLARED, "force_path_style": True})
    assert nas.entries[1]["provider"] == OLD_S3
    again = run(nas, s3={**DECLARED, "force_path_style": True})
    assert again["changed"] is False


class Pinned(Reopening):
    """A connection whose task asks for an older version of the API; it never gets lost."""

    def __init__(self, *api_version: int) -> None:
        self.api_version = api_version

    def open(self) -> Any:
        """Not needed."""
        raise AssertionError


def pinned(nas: FakeNas, check: bool, *api_version: int, **options: Any) -> dict[str, Any]:
    """Run a task that asks for a version of the API."""
    return ensure(fresh_kind(), task(**options), Nas(nas, Pinned(*api_version)), check)


@pytest.mark.parametrize("check", [True, False])
def test_an_older_api_is_good_for_reading_but_updates_nothing_that_it_cannot_see(check: bool) -> None:
    nas = FakeNas({**STORED, "provider": OLD_S3}, version="26.0.0")
    assert pinned(nas, check, 25, 10, 0, s3=DECLARED)["changed"] is False
    assert pinned(FakeNas(STORED, version="27.0.0"), check, 26, 0, 0, s3={"region": "r"})["changed"] is True
    with pytest.raises(
        errors.InvalidInput, match=r"^api_version: 25\.10\.0 hides provider, force_path_style, sign_accept_encoding"
    ):
        pinned(nas, check, 25, 10, 0, s3={"region": "r"})
    with pytest.raises(errors.InvalidInput, match=r"force_path_style: requires TrueNAS 26.*api_version is older"):
        pinned(nas, check, 25, 10, 0, s3={"force_path_style": False})
    assert nas.writes == []
    assert pinned(nas, check, 25, 10, 0, new_name="abroad")["changed_fields"] == ["name"], "sends no provider"


def test_an_older_api_that_hides_nothing_updates() -> None:
    b2 = {"type": "B2", "account": "z", "key": SECRET}
    nas = FakeNas({"id": 1, "name": "offsite", "provider": b2}, version="26.0.0")
    assert pinned(nas, False, 25, 10, 0, b2={"account": "a"})["changed_fields"] == ["account"]
    same = FakeNas({**STORED, "provider": OLD_S3}, version="25.10.0")
    assert pinned(same, False, 25, 10, 0, s3={"region": "r"})["changed_fields"] == ["region"]
    with pytest.raises(errors.InvalidInput, match=r"mega: requires TrueNAS 25.10.0 or later, but api_version is older"):
        pinned(nas, False, 25, 4, 2, name="new", mega={"user": "u", "pass": SECRET})
