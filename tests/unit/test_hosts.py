# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of SFTP and FTP: what rclone could not connect to is refused, and an IPv6 address gets the brackets that it needs."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils.credential import spec
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.causes import UNREACHABLE
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.classify import classify
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import ProbeRefused, address
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.rclone import convert
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import ARGUMENTS
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import defaults

DEFAULTS = defaults(ARGUMENTS)
KEYS = ["sftp", "ftp"]
FIELDS = {
    "scheme": "remove the scheme",
    "user": "set the user as user",
    "port": "set the port as port",
    "path": "set the folder in the cloud sync task",
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("ssh://u1.example.net", ["scheme"]),
        ("ftp://[2001:db8::15]", ["scheme"]),
        ("ssh://2001:db8::15", ["scheme"]),
        ("u1@u1.example.net", ["user"]),
        ("u1:hush@u1.example.net", ["user"]),
        ("u1:hu/sh@u1.example.net", ["user"]),
        ("u1@2001:db8::15", ["user"]),
        ("u1.example.net:23", ["port"]),
        ("192.0.2.1:23", ["port"]),
        ("[2001:db8::15]:23", ["port"]),
        ("u1.example.net:", ["port"]),
        ("u1.example.net/backup", ["path"]),
        ("u1.example.net/", ["path"]),
        ("[2001:db8::15]/backup", ["path"]),
        ("//u1.example.net", ["path"]),
        ("sftp://u1:hush@u1.example.net:23/backup", ["scheme", "user", "port", "path"]),
        ("ssh://u1@[2001:db8::15]:23", ["scheme", "user", "port"]),
    ],
)
def test_a_part_of_a_url_is_refused_with_the_field_where_it_belongs(key: str, written: str, parts: list[str]) -> None:
    [problem] = PROVIDERS[key].parse({"host": written})[1]
    assert problem.field == f"{key}.host"
    assert problem.remedy[0].isupper()
    assert problem.reason == f"must not contain a {' or a '.join(parts)}"
    assert [part for part, words in FIELDS.items() if words in problem.remedy.lower()] == parts
    assert "hush" not in problem.remedy


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "written",
    [
        "2001:db8::15::1",
        "2001:db8:g::1",
        "[2001:db8::x]",
        "a:b:c",
        "[::1",
        "::1]",
        "nas:x",
        *(f"u1{it}example" for it in " \t?#,;\\'\"*&="),
    ],
)
def test_a_host_that_is_neither_name_nor_address_is_refused(key: str, written: str) -> None:
    [problem] = PROVIDERS[key].parse({"host": written})[1]
    assert (problem.field, problem.reason) == (f"{key}.host", "must be a name or an address")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "written", ["nas", "u1.example.net", "u1.example.net.", "192.0.2.1", "[192.0.2.1]", "münchen.example", "a_b"]
)
def test_a_name_or_an_address_stays_as_it_is(key: str, written: str) -> None:
    assert PROVIDERS[key].parse({"host": written}) == ({"host": written}, [])


@pytest.mark.parametrize("key", KEYS)
@given(st.ip_addresses(v=6), st.sampled_from(["", "%eth0", "%3"]))
def test_an_ipv6_address_gets_brackets_once(key: str, number: ipaddress.IPv6Address, zone: str) -> None:
    for text in (f"{number}{zone}", f"[{number}{zone}]", f"{number.exploded}{zone}"):
        values, problems = PROVIDERS[key].parse({"host": text})
        assert (values["host"], problems) == (f"[{text.strip('[]')}]", [])
        assert PROVIDERS[key].parse(values) == (values, [])
        assert address(str(values["host"])) == text.strip("[]")
        assert [*PROVIDERS[key].warn({**values, "pass": "x"})] == []


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("declared", ["::1", "[::1]"])
def test_a_stored_ipv6_address_without_brackets_is_a_difference_that_one_run_removes(key: str, declared: str) -> None:
    entry = {"type": key.upper(), "host": "::1", "port": 22, "user": "u", "pass": "p"}
    nas = FakeNas({"id": 1, "name": "x", "provider": entry})

    def run(**options: Any) -> dict[str, Any]:
        return ensure(KIND, spec.read({"name": "x", **DEFAULTS, key: options}), Nas(nas), check_mode=False)

    assert any("without brackets" in warning for warning in run(port=22)["warnings"])
    assert [run(host=declared)["changed_fields"] for turn in range(2)] == [["host"], []]
    assert nas.entries[1]["provider"]["host"] == "[::1]"
    assert run(port=22)["warnings"] == []


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_brackets_are_in_what_rclone_gets_and_in_what_comes_from_it(key: str, host: str) -> None:
    credential = {"name": "x", key: {"host": host, "user": "u", "pass": "p"}}
    assert "host = [::1]\n" in convert.to_text([credential])
    imported = convert.from_text(f"[x]\ntype = {key}\nhost = {host}\nuser = u\n")
    assert imported.credentials[0][key]["host"] == "[::1]"


@pytest.mark.parametrize("key", KEYS)
def test_an_address_without_brackets_is_recognised_and_explained(key: str) -> None:
    cause = classify("dial tcp: address 2001:db8::15:22: too many colons in address", PROVIDERS[key])
    assert cause == UNREACHABLE
    assert "[2001:db8::1]" in cause.hint


def test_the_controller_cannot_connect_where_the_nas_cannot() -> None:
    with pytest.raises(ProbeRefused, match="too many colons"):
        address("2001:db8::15")
