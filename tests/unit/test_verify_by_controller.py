# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification by the controller, with probes."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.credential.verification import ask
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis import causes, pool
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import Aim, ProbeRefused
from ansible_collections.nasops.truenas.plugins.module_utils.engine import batch
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential_info import TASK as INFO
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import defaults, run, task_of_set
from tests.unit.verifications import B2, B2_OPTIONS, LOOK, PAIR, SECRET, STORED, VERIFY, info, sftp


@pytest.mark.parametrize(
    ("account", "by", "state", "who"),
    [
        ("a", "controller", "valid", "controller"),
        ("wrong", "controller", "invalid", "controller"),
        ("wrong", "both", "invalid", "controller"),
        ("odd", "controller", "inconclusive", "controller"),
        ("a", "both", "valid", "nas"),
    ],
)
def test_who_is_asked(probed: list[Any], account: str, by: str, state: str, who: str) -> None:
    nas = FakeNas()
    options: dict[str, Any] = {"b2": {"account": account, "key": SECRET}, "verify": "always", "verify_by": by}
    if state == "invalid":
        with pytest.raises(errors.VerificationFailed) as caught:
            run(nas, **options)
        found = caught.value.details()["verification"]
        assert found["hint"]
    else:
        found = run(nas, **options)["verification"]
    assert (found["state"], found["by"]) == (state, who)
    if account == "odd":
        assert (found["cause"], found["error"]) == ("unknown", "The check itself failed (RuntimeError)")
    assert nas.calls.count(VERIFY) == (by == "both")
    assert "keychaincredential.query" not in nas.calls
    assert len(probed) == 1


@pytest.mark.parametrize(("account", "state"), [("a", "valid"), ("odd", "inconclusive"), ("wrong", "invalid")])
def test_a_verification_by_the_controller_has_the_time_of_its_own_probe(
    probed: list[Any], account: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(7.0, 0.126)
    monkeypatch.setattr(pool, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    stored = {**STORED, "provider": {**B2, "account": account}}
    [credential] = info(FakeNas(stored), verify="always", verify_by="controller")
    assert (credential["verification"]["state"], credential["verification"]["seconds"]) == (state, 0.13)


def test_the_controller_looks_into_the_bucket_before_anything_is_written(probed: list[Any]) -> None:
    nas = FakeNas()
    run(
        nas,
        b2={"account": "a", "key": SECRET},
        verify="changed",
        verify_by="controller",
        verify_bucket="x",
        verify_path="y",
        verify_write=True,
        verify_timeout=21,
    )
    assert probed[0][1] == Aim("x", "y", True, 21, None)
    assert LOOK not in nas.calls


def test_a_probe_that_takes_too_long_is_given_up(probed: list[Any]) -> None:
    begun = time.monotonic()
    options: dict[str, Any] = {"b2": {"account": "slow", "key": SECRET}, "verify": "always", "verify_by": "controller"}
    result = run(FakeNas(), **options, verify_timeout=0.1)
    assert (result["verification"]["state"], result["verification"]["cause"]) == ("inconclusive", "timeout")
    assert time.monotonic() - begun < 0.5


def test_probes_that_hang_make_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = threading.Event()
    monkeypatch.setattr(
        PROVIDERS["b2"], "probe", staticmethod(lambda wire, aim: wire["account"] == "hang" and hanging.wait(20))
    )
    accounts = ["hang"] * 10 + ["a"]
    items = [
        {"name": f"n{n}", "state": "present", "b2": {"account": account, "key": SECRET}, "clear_fields": []}
        for n, account in enumerate(accounts)
    ]
    wanted = task_of_set(*items, verify="always", verify_by="controller", verify_timeout=0.2)
    result = batch.ensure(KIND, wanted, Nas(FakeNas()), True)
    hanging.set()
    assert [item["verification"]["state"] for item in result["credentials"]] == ["inconclusive"] * 10 + ["valid"]


def test_what_is_left_of_a_secret_is_hidden_too() -> None:
    key = "abcdefgh?ij=klm"
    nas = FakeNas(answers={VERIFY: {"valid": False, "error": "", "excerpt": f"bad key {key}"}})
    with pytest.raises(errors.VerificationFailed) as caught:
        run(nas, b2={"account": "a", "key": key}, verify="changed")
    assert "abcdefgh" not in str(caught.value)


def test_a_side_that_was_skipped_is_reported_though_the_other_is_valid(probed: list[Any]) -> None:
    result = run(
        FakeNas(), True, b2={"account": "a", "key": SECRET}, verify="always", verify_by="both", verify_bucket="x"
    )
    assert result["verification"]["state"] == "valid"
    assert any("from the NAS" in warning for warning in result["warnings"])


def test_one_slow_probe_holds_up_no_other(probed: list[Any]) -> None:
    items = [
        {"name": f"n{n}", "state": "present", "b2": {"account": "slow", "key": SECRET}, "clear_fields": []}
        for n in range(10)
    ]
    wanted = task_of_set(*items, verify="always", verify_by="controller")
    begun = time.monotonic()
    result = batch.ensure(KIND, wanted, Nas(FakeNas()), True)
    assert {item["verification"]["state"] for item in result["credentials"]} == {"valid"}
    assert time.monotonic() - begun < 1.8, "ten of 0.6 seconds, together"


def test_the_progress_counts_the_verifications_that_are_done(probed: list[Any]) -> None:
    b2 = [{**STORED, "id": number, "name": f"n{number}"} for number in (1, 2, 3)]
    box = {"id": 9, "name": "skipped", "provider": {"type": "BOX", "client_id": "", "client_secret": "", "token": "{}"}}
    told: list[tuple[int, int]] = []
    nas = Nas(FakeNas(*b2, box))
    nas.progress = lambda done, total: told.append((done, total))
    INFO.read({**defaults(INFO.arguments), "verify": "always"}, False)(nas)
    assert told == [(1, 3), (2, 3), (3, 3)], "a provider that is spared is not waited for"
    told.clear()
    INFO.read({**defaults(INFO.arguments), "verify": "always", "verify_by": "both"}, False)(nas)
    assert told == [(done, 6) for done in range(1, 7)], "each side verifies each credential"


def test_an_unresolved_name_is_recognized_with_any_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def probe(wire: Mapping[str, Any], aim: Aim) -> None:
        try:
            try:
                raise socket.gaierror(-2, "Name or service not known")
            except OSError as error:
                raise ValueError("Could not connect to the endpoint URL") from error
        except ValueError as error:
            raise ProbeRefused(str(error), causes.UNREACHABLE) from error

    monkeypatch.setattr(PROVIDERS["b2"], "probe", staticmethod(probe))
    [found] = info(FakeNas(STORED), verify="always", verify_by="controller")
    assert found["verification"]["cause"] == "unknown_host"
    assert "DNS" in found["verification"]["hint"]


@pytest.mark.parametrize(
    ("rows", "state", "says"),
    [
        ([{**PAIR, "attributes": {"private_key": SECRET, "public_key": ""}}], "valid", ""),
        ([{**PAIR, "attributes": "********"}], "skipped", "KEYCHAIN_CREDENTIAL_WRITE"),
        ([], "invalid", "keypair"),
        (errors.NotPermitted("no"), "skipped", "KEYCHAIN_CREDENTIAL_WRITE"),
    ],
)
def test_the_key_of_a_keypair_is_fetched_for_the_controller(
    monkeypatch: pytest.MonkeyPatch, rows: Any, state: str, says: str
) -> None:
    keys = []
    monkeypatch.setattr(PROVIDERS["sftp"], "probe", staticmethod(lambda wire, aim: keys.append(aim.private_key)))
    nas = FakeNas(sftp(), answers={"keychaincredential.query": rows})
    [found] = info(nas, verify="always", verify_by="controller")
    assert found["verification"]["state"] == state
    assert says in found["verification"]["error"] + found["verification"]["hint"]
    assert bool(found["verification"]["error"]) == (state == "skipped"), "no provider has said anything"
    assert (found["verification"]["by"], found["verification"]["seconds"]) == ("controller", 0)
    assert keys == ([SECRET] if state == "valid" else [])


def test_a_library_that_is_not_there_is_named_as_ansible_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def probe(wire: Mapping[str, Any], aim: Aim) -> None:
        raise errors.MissingLibrary("paramiko", "Traceback")

    monkeypatch.setattr(PROVIDERS["b2"], "probe", staticmethod(probe))
    nas = FakeNas()
    with pytest.raises(errors.MissingLibrary, match=r"Failed to import the required Python library \(paramiko\)"):
        run(nas, b2={"account": "a", "key": SECRET}, verify="changed", verify_by="controller")
    assert nas.writes == []


def test_what_is_not_stored_yet_is_reported_as_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(7.0, 0.126)
    monkeypatch.setattr(ask, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    result = run(FakeNas(), True, b2=B2_OPTIONS, verify="always")
    assert result["verification"] == {
        "state": "skipped",
        "by": "nas",
        "cause": ask.NOT_STORED,
        "error": ask._NOT_STORED,
        "hint": "",
        "seconds": 0.13,
    }
