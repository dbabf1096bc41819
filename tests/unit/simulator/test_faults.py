# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults strike the call they are meant for, once, and leave behind what they say."""

from __future__ import annotations

import ssl
import time
from typing import Any

import pytest
import websocket

from tests.simulator import Simulator
from tests.simulator.faults import Fault, Faults, Planned, parse

from .samples import sent
from .wire import Wire

CREATE = "cloudsync.credentials.create"
LOST = (ConnectionError, ssl.SSLError, websocket.WebSocketConnectionClosedException)


def test_parse() -> None:
    assert parse("busy") == Planned(Fault.BUSY, 1)
    assert parse("no-reply:12") == Planned(Fault.NO_REPLY, 12)


@pytest.mark.parametrize("text", ["nonsense", "busy:0", "busy:-1", "busy:x"])
def test_parse_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


def test_each_fault_strikes_once() -> None:
    faults = Faults([Planned(Fault.BUSY, 2), Planned(Fault.NO_REPLY, 3)])
    assert [faults.next_call() for _turn in range(5)] == [None, Fault.BUSY, Fault.NO_REPLY, None, None]


def create(name: str) -> tuple[str, dict[str, Any]]:
    return CREATE, {"name": name, "provider": sent("B2")}


def outcome(nas: Simulator, name: str) -> bool:
    """Return whether the journal says that the call was carried out, once it says anything."""
    deadline = time.monotonic() + 5
    while True:
        for line in nas.journal():
            if line.get("name") == name:
                return bool(line["ok"])
        assert time.monotonic() < deadline, "the call never came to an end"
        time.sleep(0.01)


def strike_reset_before_reply(struck: Simulator) -> None:
    with Wire(struck) as wire, Wire(struck) as bystander:
        # Neither anonymous calls nor logins count.
        wire.call("core.ping")
        wire.login().login()
        with pytest.raises(LOST):
            wire.reply(*create("reset before"))
        assert outcome(struck, "reset before") is True
        assert bystander.call("core.ping") == "pong"


def strike_reset_after_reply(struck: Simulator) -> None:
    with Wire(struck) as wire:
        assert wire.login().call(*create("reset after"))["name"] == "reset after"
        with pytest.raises(LOST):
            wire.socket.recv()


def strike_no_reply(struck: Simulator) -> None:
    with Wire(struck) as wire:
        wire.login().send(*create("no reply"))
        assert outcome(struck, "no reply") is True
        wire.socket.settimeout(0.2)
        with pytest.raises(websocket.WebSocketTimeoutException):
            wire.socket.recv()


def strike_busy(struck: Simulator) -> None:
    with Wire(struck) as wire:
        error = wire.login().error(*create("busy"))
        assert (error["code"], error["data"]["error"], error["data"]["errname"]) == (-32001, 16, "EBUSY")
        assert error["data"]["reason"].startswith("[EBUSY] ")


def strike_close_1009(struck: Simulator) -> None:
    with Wire(struck) as wire:
        wire.login().send(*create("closed"))
        assert wire.close_frame() == (1009, "Max message length is 64 kB")


def test_first_five_calls_are_struck_and_the_sixth_is_not() -> None:
    faults = ["reset-before-reply", "reset-after-reply:2", "no-reply:3", "busy:4", "close-1009:5"]
    with Simulator(faults=faults) as struck:
        strike_reset_before_reply(struck)
        strike_reset_after_reply(struck)
        strike_no_reply(struck)
        strike_busy(struck)
        strike_close_1009(struck)
        with Wire(struck) as wire:
            wire.login().call(*create("unharmed"))
            names = [row["name"] for row in wire.call("cloudsync.credentials.query")]
            assert names == ["reset before", "reset after", "no reply", "unharmed"]
