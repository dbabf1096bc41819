# SPDX-License-Identifier: GPL-3.0-or-later
"""A value that rclone on the NAS would read otherwise is refused when declared, and not called valid when stored."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.credential import spec
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.causes import MISREAD
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import Aim, ProbeRefused
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import ARGUMENTS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential_info import TASK as INFO
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import defaults

TEXTS = {"str", "raw"}
WRITTEN = [
    (provider.key, option.name)
    for provider in PROVIDERS.values()
    if provider.in_rclone_file
    for option in provider.options().values()
    if option.kind.ansible in TEXTS and not option.choices and not option.refers_to_keypair and option.name != "pass"
]
URL = "https://h.example/%(cd)s"


def problems(key: str, name: str, value: Any) -> list[str]:
    """Return what is wrong with the value of a field."""
    _values, found = PROVIDERS[key].parse({name: value})
    return [f"{problem.field} {problem.reason}" for problem in found]


@pytest.mark.parametrize(("key", "name"), WRITTEN)
@pytest.mark.parametrize(
    "value", ["ab%(cd)sef", URL, '{"access_token":"a%(x)s"}', "a%(c\r\nd)s", {"project_id": "%(p)s"}]
)
def test_a_reference_is_refused_in_every_field_that_rclone_reads(key: str, name: str, value: Any) -> None:
    [problem] = problems(key, name, value)
    assert problem.startswith(f"{key}.{name} contains %(...)s, which rclone replaces")
    assert "cd" not in problem


@pytest.mark.parametrize(("key", "name"), WRITTEN)
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (" hush", "starts or ends with a space"),
        ("hush\t\n", "starts or ends with a space"),
        ("`hush`", "starts with `"),
        ("\n`hush", "starts with `"),
        ('"""hush', "starts with `"),
    ],
)
def test_a_value_that_rclone_does_not_read_as_it_is_is_refused(key: str, name: str, value: str, reason: str) -> None:
    [problem] = problems(key, name, value)
    assert problem.startswith(f"{key}.{name} {reason}")
    assert "hush" not in problem
    [warning] = [it for it in PROVIDERS[key].warn({name: value, "pass": value}) if reason in it]
    assert warning.startswith(f"{key}.{name} {reason}")
    assert "hush" not in warning


@pytest.mark.parametrize(("key", "name"), WRITTEN)
@pytest.mark.parametrize("value", ["50%", "a%(b)d", "%()s", "%(open", "%%s", "(a)s"])
def test_other_percent_signs_are_no_reference(key: str, name: str, value: str) -> None:
    assert not [problem for problem in problems(key, name, value) if "%(...)s" in problem]


@pytest.mark.parametrize("key", ["ftp", "mega", "sftp", "webdav"])
@pytest.mark.parametrize("value", ["ab%(cd)sef", " ab ", "`ab", '"""ab"""'])
def test_an_obscured_password_may_be_any_text(key: str, value: str) -> None:
    assert not problems(key, "pass", value)


def test_what_never_reaches_rclone_may_be_any_text() -> None:
    assert not problems("mega", "user", "ab%(cd)sef")


@pytest.mark.parametrize("key", [provider.key for provider in PROVIDERS.values() if provider.probe])
def test_a_probe_asks_no_provider_about_a_stored_value_that_rclone_misreads(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)
    probe = PROVIDERS[key].probe
    assert probe is not None
    names = [name for provider, name in WRITTEN if provider == key]
    for name in names:
        for value in ("ab%(cd)sef", "cd ", "`cd`"):
            with pytest.raises(ProbeRefused) as caught:
                probe({name: value}, Aim())
            assert caught.value.cause == MISREAD
            assert str(caught.value).startswith(f"{name} ")
            assert "cd" not in str(caught.value)


def test_a_stored_reference_is_inconclusive_to_the_controller_and_a_declared_one_is_not_sent() -> None:
    secret = "hush%(cd)s-canary"
    stored = {"type": "B2", "account": "a", "key": secret}
    nas = FakeNas({"id": 4, "name": "offsite", "provider": stored})
    options = {**defaults(INFO.arguments), "verify": "always", "verify_by": "controller"}
    [found] = INFO.read(options, True)(Nas(nas))["credentials"]
    assert (found["verification"]["state"], found["verification"]["cause"]) == ("inconclusive", "misread")
    assert (
        found["verification"]["error"]
        == "key contains %(...)s, which rclone replaces with the value of another option, or with nothing"
    )
    assert "Declare a value without %(...)s" in found["verification"]["hint"]
    assert "hush" not in json.dumps(found)
    with pytest.raises(InvalidInput, match=r"b2.key: contains %\(\.\.\.\)s") as caught:
        spec.read({"name": "offsite", **defaults(ARGUMENTS), "b2": {"account": "a", "key": secret}})
    assert "hush" not in str(caught.value)
    assert nas.writes == []


@pytest.mark.parametrize(("key", "name"), WRITTEN)
def test_a_stored_reference_is_warned_of(key: str, name: str) -> None:
    [warning] = [it for it in PROVIDERS[key].warn({name: "ab%(cd)sef", "pass": "%(x)s"}) if "%(...)s" in it]
    assert warning.startswith(f"{key}.{name} contains")


def test_every_value_that_rclone_misreads_is_reported() -> None:
    _values, found = PROVIDERS["b2"].parse({"account": "`a`", "key": "ab%(cd)sef"})
    assert [problem.field for problem in found] == ["b2.account", "b2.key"]


def test_the_remedy_for_a_value_that_rclone_misreads() -> None:
    _values, [problem] = PROVIDERS["b2"].parse({"key": "ab%(cd)sef"})
    assert (problem.field, problem.remedy) == ("b2.key", "Use a value without it, for example a new key.")
