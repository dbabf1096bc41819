# SPDX-License-Identifier: GPL-3.0-or-later
"""An IPv6 address opens SFTP and FTP by both ways of verification, written with brackets or without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.running import Ansible
from tests.lab.base import Server
from tests.lab.ftp import Ftp
from tests.lab.sftp import Sftp
from tests.simulator import Simulator

ONE = "nasops.truenas.cloud_credential"


@pytest.fixture(params=[Sftp, Ftp], ids=["sftp", "ftp"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that listens on ::1."""
    server: Server = request.param()
    server.host = "::1"
    with server:
        yield server


def test_an_ipv6_address_opens_its_server_by_both_ways(ansible: Ansible, nas: Simulator, server: Server) -> None:
    key = type(server).__name__.lower()
    verify = {"verify": "changed", "verify_by": "both", "on_inconclusive": "fail"}
    options = {name: f"{{{{ good['{name}'] }}}}" for name in server.options}
    tasks = [
        {"name": name, ONE: {"name": name.split()[0], key: {**options, "host": host}, **verify}}
        for name, host in (("bare", "::1"), ("brackets", "[::1]"), ("bare again", "::1"))
    ]
    run = ansible.play(tasks, nas, variables={"good": server.options})
    assert run.code == 0, run.output[-3000:]
    for name in ("bare", "brackets"):
        found = run.named(name)
        assert (found["verification"]["state"], found["credential"][key]["host"]) == ("valid", "[::1]")
        assert [part["by"] for part in found["verification"]["parts"]] == ["nas", "controller"]
    assert run.named("bare again")["changed"] is False
