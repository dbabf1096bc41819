# SPDX-License-Identifier: GPL-3.0-or-later
"""Which token stays: the declared one, or the one that the NAS has refreshed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.credentials import OTHER, SECRET
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import run


def token(expiry: str | None, access: str = "a") -> dict[str, Any]:
    """Return a token that expires at that time."""
    return {"access_token": f"{SECRET}-{access}", **({"expiry": expiry} if expiry else {})}


@pytest.mark.parametrize(
    ("stored", "declared", "changes"),
    [
        ("2026-09-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
        ("2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z", True),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
        ("2026-01-01T01:00:00.123456789+02:00", "2025-12-31T23:00:00Z", False),
        ("0001-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
        ("2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", True),
        (None, "2026-01-01T00:00:00Z", True),
        ("2026-01-01T00:00:00Z", None, True),
        ("not a time", "2026-01-01T00:00:00Z", True),
    ],
)
def test_a_token_that_the_nas_has_refreshed_is_kept(stored: str | None, declared: str | None, changes: bool) -> None:
    entry = {"type": "BOX", "client_id": "", "client_secret": "", "token": json.dumps(token(stored, "new"))}
    nas = FakeNas({"id": 1, "name": "offsite", "provider": entry})
    result = run(nas, box={"token": token(declared, "old")})
    assert result["changed"] is changes
    assert result["kept_fields"] == ([] if changes else ["token"])
    assert (nas.entries[1]["provider"]["token"] == entry["token"]) is not changes


LATE, EARLY = token("2026-09-01T00:00:00Z", "late"), token("2026-01-01T00:00:00Z", "early")


def with_token(wire_type: str = "BOX", stored: Any = None) -> FakeNas:
    """Return a NAS that stores one credential with a token, given as a mapping or as text; LATE if none is."""
    stored = LATE if stored is None else stored
    text = stored if isinstance(stored, str) else json.dumps(stored)
    provider = {"type": wire_type, "client_id": "", "client_secret": f"{SECRET}-client", "token": text}
    return FakeNas({"id": 1, "name": "offsite", "provider": provider})


@pytest.mark.parametrize("client", [{"client_id": "c"}, {"client_secret": OTHER}])
@pytest.mark.parametrize("update", ["newest", "on_create"])
def test_another_client_brings_its_token(client: dict[str, str], update: str) -> None:
    nas = with_token()
    result = run(nas, box={"token": EARLY, **client}, update_token=update)
    assert result["changed_fields"] == sorted([*client, "token"])
    assert (result["kept_reasons"], json.loads(nas.entries[1]["provider"]["token"])) == ([], EARLY)


@pytest.mark.parametrize(
    ("update", "stored", "declared", "kept"),
    [
        ("newest", LATE, EARLY, ["token (refreshed by the NAS)"]),
        ("newest", EARLY, LATE, None),
        ("always", LATE, EARLY, None),
        ("always", EARLY, LATE, None),
        ("always", EARLY, EARLY, []),
        ("on_create", LATE, EARLY, ["token (update_token is on_create)"]),
        ("on_create", EARLY, LATE, ["token (update_token is on_create)"]),
        ("newest", "no json", EARLY, None),
    ],
)
def test_which_token_stays(update: str, stored: Any, declared: Any, kept: list[str] | None) -> None:
    for check in (True, False):
        nas = with_token(stored=stored)
        result = run(nas, check, box={"token": declared}, update_token=update)
        assert result["changed"] is (kept is None)
        assert result["kept_reasons"] == (kept or [])
        assert result["drift"] == ("found" if kept is None else "none")
    assert run(nas, box={"token": declared}, update_token=update)["changed"] is False


def test_a_newer_token_stays_also_where_the_nas_does_not_refresh_it() -> None:
    assert run(with_token("DROPBOX"), dropbox={"token": EARLY})["kept_reasons"] == ["token (it expires later)"]


def test_a_token_is_written_when_the_credential_is_created_whatever_is_said_of_updates() -> None:
    nas = FakeNas()
    result = run(nas, box={"token": EARLY}, update_token="on_create", update_secret="on_create")
    assert (result["action"], result["kept_reasons"]) == ("created", [])
    assert json.loads(nas.entries[1]["provider"]["token"]) == EARLY


@pytest.mark.parametrize(("refresh", "warned"), [("r", False), ("", True), (None, True)])
def test_a_token_without_refresh_token_is_warned_about(refresh: str | None, warned: bool) -> None:
    declared = {**EARLY, **({} if refresh is None else {"refresh_token": refresh})}
    warnings = run(FakeNas(), box={"token": declared})["warnings"]
    assert any("no refresh_token" in warning for warning in warnings) is warned
    assert run(FakeNas(), pcloud={"token": declared})["warnings"] == [], "pCloud gives out none"


def test_the_same_token_written_otherwise_is_no_change() -> None:
    stored = json.dumps(token("2026-01-01T00:00:00Z"), indent=3).replace("\n", "\r\n")
    nas = FakeNas(
        {
            "id": 1,
            "name": "offsite",
            "provider": {"type": "DROPBOX", "client_id": "", "client_secret": "", "token": stored},
        }
    )
    assert run(nas, dropbox={"token": token("2026-01-01T00:00:00Z")})["changed"] is False
