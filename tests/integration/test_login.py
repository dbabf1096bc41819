# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins as a user meets them: with SCRAM and without, one-time codes, pairs of nodes, and whoever is in between."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.integration.prepared_python import PreparedPython
from tests.integration.running import Ansible, Run, prepared
from tests.simulator import Simulator
from tests.simulator.accounts import OTP_SECONDS, one_time_code
from tests.simulator.scram import ITERATIONS

INFO = "nasops.truenas.cloud_credential_info"
QUERY = "cloudsync.credentials.query"
CHOICES = "auth.mechanism_choices"
OTP_SECRET = "JBSWY3DPEHPK3PXP"


Tasks = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def both_ways(python: PreparedPython) -> Tasks:
    """Returns a task that only reads, once for Ansible's worker process and once for a process of its own."""

    def tasks(**options: Any) -> list[dict[str, Any]]:
        task = {INFO: options, "ignore_errors": True}
        return [{"name": "here", **task}, {"name": "module", **task, **prepared(python)}]

    return tasks


def messages(run: Run, host: str | None = None) -> list[str]:
    """Return what both tasks failed with."""
    return [" ".join(run.named(way, host)["msg"].split()) for way in ("here", "module")]


def logins(nas: Simulator) -> list[tuple[str, str | None, str | None]]:
    """Return the calls of the first session: method, mechanism and answer."""
    calls = nas.journal()
    first = [call for call in calls if call["session"] == calls[0]["session"]]
    return [(call["method"], call.get("mechanism"), call.get("answer")) for call in first]


def test_an_older_nas_gets_the_key_and_a_newer_one_never_sees_it(ansible: Ansible, both_ways: Tasks) -> None:
    older, newer = ["25.04.0", "25.04.2", "25.10.0"], ["26.0.0", "27.0.0"]
    with ExitStack() as stack:
        # As many iterations as those of a real NAS.
        fleet = {
            version: stack.enter_context(Simulator(version=version, iterations=ITERATIONS))
            for version in (*older, *newer)
        }
        run = ansible.play(both_ways(), fleet)
        journals = {version: nas.journal() for version, nas in fleet.items()}
        sessions = {version: logins(nas) for version, nas in fleet.items()}
    for version, way in itertools.product(fleet, ("here", "module")):
        assert run.named(way, version)["credentials"] == [], (version, way)
    for version in older:
        assert sessions[version] == [
            (CHOICES, None, None),
            ("auth.login_ex", "API_KEY_PLAIN", "SUCCESS"),
            (QUERY, None, None),
        ], version
        assert journals[version][0]["ok"] is (version == "25.04.0"), "the others fail before the login"
    step = ("auth.login_ex", "SCRAM", "SCRAM_RESPONSE")
    for version in newer:
        assert sessions[version] == [(CHOICES, None, None), step, step, (QUERY, None, None)], version
        assert {call.get("mechanism") for call in journals[version]} == {None, "SCRAM"}, version


def test_a_mechanism_can_be_demanded_by_task_and_environment(ansible: Ansible, both_ways: Tasks) -> None:
    with Simulator() as nas:
        ansible.play(both_ways(api_key_mechanism="plain"), nas)
        assert logins(nas) == [("auth.login_ex", "API_KEY_PLAIN", "SUCCESS"), (QUERY, None, None)]
        nas.clear_journal()
        ansible.play(both_ways(), nas, environment={"TRUENAS_API_KEY_MECHANISM": "scram"})
        assert [method for method, _mechanism, _answer in logins(nas)] == ["auth.login_ex"] * 2 + [QUERY]
    with Simulator(version="25.10.0") as nas:
        for message in messages(ansible.play(both_ways(api_key_mechanism="scram"), nas)):
            assert "does not support SCRAM" in message


def test_a_precomputed_key_is_taken_in_each_form(ansible: Ansible, both_ways: Tasks) -> None:
    key = Simulator.precomputed_key()
    ini = "\n".join(["[TRUENAS_API_KEY]", *(f"{name} = {part}" for name, part in key.items())])
    forms = {"mapping": key, "json": json.dumps(key), "ini": ini}
    variables = {f"key_as_{form}": value for form, value in forms.items()}
    with Simulator(login_limit=0) as nas:
        tasks = [
            {**task, "name": f"{task['name']} {form}", INFO: {"api_key": f"{{{{ key_as_{form} }}}}"}}
            for form in forms
            for task in both_ways()
        ]
        run = ansible.play(tasks, nas, variables=variables)
        assert [line["result"]["credentials"] for line in run.results] == [[]] * 6
        assert {call.get("mechanism") for call in nas.journal()} == {None, "SCRAM"}
        assert CHOICES not in [call["method"] for call in nas.journal()]
        wrong = {**key, "stored_key": key["server_key"]}
        for message in messages(ansible.play(both_ways(api_key="{{ wrong }}"), nas, variables={"wrong": wrong})):
            assert "api_key.stored_key: does not belong to client_key" in message
        other = {**key, "api_key_id": 2}
        for message in messages(ansible.play(both_ways(api_key="{{ other }}"), nas, variables={"other": other})):
            assert "A precomputed key works for one API key of one NAS" in message
    with Simulator(version="25.10.0", login_limit=0) as nas:
        for message in messages(ansible.play(both_ways(api_key="{{ key_as_json }}"), nas, variables=variables)):
            assert "does not support SCRAM" in message
            assert "Set api_key to the raw key" in message


def test_a_key_is_read_from_a_file_on_the_controller(ansible: Ansible, both_ways: Tasks, nas: Simulator) -> None:
    ansible.folder.mkdir()
    (ansible.folder / "password").write_text("of the vault")
    (ansible.folder / "key.json").write_text(json.dumps(nas.precomputed_key()))
    program = Path(sys.executable).with_name("ansible-vault")
    vault = ["--vault-password-file", str(ansible.folder / "password")]
    encrypt = [str(program), "encrypt", *vault, "--output", "vaulted", "key.json"]
    subprocess.run(encrypt, cwd=ansible.folder, check=True, capture_output=True)
    tasks = [
        {**task, "name": f"{task['name']} {file}", INFO: {"api_key": None, "api_key_file": str(ansible.folder / file)}}
        for file in ("key.json", "vaulted")
        for task in both_ways()
    ]
    run = ansible.play(tasks, nas, *vault)
    assert [line["result"]["credentials"] for line in run.results] == [[]] * 4
    for message in messages(ansible.play(both_ways(api_key=None, api_key_file="missing.json"), nas)):
        assert "api_key_file: must be a readable file on the controller: file 'missing.json' not found" in message


REFUSALS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "wrong_key": ({}, {"api_key": "1-wrong"}, "api_key is wrong"),
    "impostor": ({"impostor": True}, {}, "might be intercepting the connection"),
    "hashing": ({"iterations": 5_000_001}, {}, "requested 5000001 hash iterations"),
    "no_access": ({"api_access": False}, {}, "has no API access"),
}
"""How each NAS is, the options of its tasks, and what they fail with."""


def test_a_refused_login_reports_the_reason(ansible: Ansible, both_ways: Tasks) -> None:
    with ExitStack() as stack:
        fleet = {name: stack.enter_context(Simulator(**how)) for name, (how, _given, _message) in REFUSALS.items()}
        keys = {name: given.get("api_key", Simulator.api_key) for name, (_how, given, _message) in REFUSALS.items()}
        tasks = both_ways(api_key="{{ keys[inventory_hostname] }}")
        run = ansible.play(tasks, fleet, variables={"keys": keys})
        journals = {name: nas.journal() for name, nas in fleet.items()}
    for name, (_how, _given, message) in REFUSALS.items():
        for told in messages(run, name):
            assert message in told, name
        assert QUERY not in [call["method"] for call in journals[name]], name
    assert {call.get("mechanism") for call in journals["wrong_key"]} == {None, "SCRAM"}, "it is not tried as it is"


def test_without_tls_scram_spares_the_key(ansible: Ansible, both_ways: Tasks) -> None:
    with Simulator(plaintext=True) as nas:
        run = ansible.play(both_ways(allow_plaintext=True), nas)
        assert run.named("here")["credentials"] == run.named("module")["credentials"] == []
        for message in messages(ansible.play(both_ways(allow_plaintext=True, api_key_mechanism="plain"), nas)):
            assert "revoked" in message


def test_a_password_with_a_code(ansible: Ansible, both_ways: Tasks) -> None:
    with Simulator(otp_secret=OTP_SECRET, login_limit=0) as nas:
        password = {"api_key": None, "password": "{{ password }}"}
        variables = {"password": nas.password}
        for message in messages(ansible.play(both_ways(**password), nas, variables=variables)):
            assert "Set otp to the current code" in message
        wrong = both_ways(**password, otp="{{ code }}")
        for message in messages(ansible.play(wrong, nas, variables={**variables, "code": "00000000"})):
            assert "refused the one-time code" in message
        window = int(time.time() // OTP_SECONDS)
        here, module = both_ways(**password)
        here[INFO] = {**password, "otp": "{{ codes[0] }}"}
        module[INFO] = {**password, "otp": "{{ codes[1] }}"}
        again = {**here, "name": "again"}
        alone = {**here, "name": "alone", INFO: {**here[INFO], "share_session": False}}
        codes = [one_time_code(OTP_SECRET, window), one_time_code(OTP_SECRET, window + 1)]
        nas.clear_journal()
        # The loop's second item, and the next task, go on with the login of the first.
        loop = {**here, "name": "loop", "loop": [1, 2]}
        run = ansible.play([loop, module, again, alone], nas, variables={**variables, "codes": codes})
        assert [item["credentials"] for item in run.named("loop")["results"]] == [[], []]
        assert run.named("module")["credentials"] == []
        assert run.named("again")["credentials"] == []
        assert "refused the one-time code" in run.named("alone")["msg"], "each code is good for one login"
        assert run.named("module")["invocation"]["module_args"]["otp"] == "********"
        assert logins(nas)[:2] == [
            ("auth.login_ex", "PASSWORD_PLAIN", "OTP_REQUIRED"),
            ("auth.login_ex", "OTP_TOKEN", "SUCCESS"),
        ]


def trusted(folder: Path, *boxes: Simulator) -> str:
    """Return a file with the authorities of several NAS."""
    file = folder / "authorities.pem"
    file.write_text("".join(Path(box.ca_file or "").read_text() for box in boxes))
    return str(file)


@pytest.mark.parametrize("version", ["25.10.0", "26.0.0"])
def test_a_standby_node_is_left_for_the_active_one(
    ansible: Ansible, both_ways: Tasks, tmp_path: Path, version: str
) -> None:
    with (
        Simulator(version=version) as active,
        Simulator(version=version, redirect_to=[f"https://{active.host}:{active.port}"]) as standby,
    ):
        run = ansible.play(both_ways(ca_path=trusted(tmp_path, active, standby)), standby)
        assert run.named("here")["credentials"] == run.named("module")["credentials"] == []
        assert {method for method, _mechanism, _answer in logins(standby)} == {CHOICES, "auth.login_ex"}
        assert QUERY in [method for method, _mechanism, _answer in logins(active)]
        active.clear_journal()
        for message in messages(ansible.play(both_ways(), standby)):
            assert "is the standby node of a pair" in message
            assert "is not trusted" in message
        assert active.journal() == [], "nothing is said to a node whose certificate is not trusted"


def test_a_pair_that_sends_in_circles_and_one_that_sends_out_of_tls(
    ansible: Ansible, both_ways: Tasks, tmp_path: Path
) -> None:
    with (
        Simulator(redirect_to=["192.0.2.1"]) as other,
        Simulator(redirect_to=[f"https://{other.host}:{other.port}"]) as standby,
    ):
        run = ansible.play(both_ways(ca_path=trusted(tmp_path, other, standby)), standby)
        for message in messages(run):
            assert f":{standby.port}/" in message
            assert f":{other.port}/" in message
            assert "both report that they are the standby node" in message
    with Simulator(redirect_to=["http://127.0.0.1:1"]) as standby:
        for message in messages(ansible.play(both_ways(), standby)):
            assert "does not use TLS" in message
