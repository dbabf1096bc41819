# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults strike the call they are meant for, once, and leave behind what they say."""

from __future__ import annotations

import contextlib
import ssl
import time

import pytest
import websocket

from tests.simulator import Simulator
from tests.simulator.faults import Fault, Faults, Planned, parse

from .samples import sent
from .wire import Wire

CREATE = ("cloudsync.credentials.create", {"name": "struck", "provider": sent("B2")})
LOST = (ConnectionError, ssl.SSLError, websocket.WebSocketConnectionClosedException)


def stored(nas: Simulator) -> int:
    """How many of the struck call's credentials there are."""
    with Wire(nas) as wire:
        wire.login()
        return wire.call("cloudsync.credentials.query", [["name", "=", "struck"]], {"count": True})  # type: ignore[no-any-return]


def test_parse() -> None:
    assert parse("busy") == Planned(Fault.BUSY, 1)
    assert parse("no-reply:12") == Planned(Fault.NO_REPLY, 12)


@pytest.mark.parametrize("text", ["nonsense", "busy:0", "busy:-1", "busy:x"])
def test_parse_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


def test_each_fault_strikes_once() -> None:
    faults = Faults([Planned(Fault.BUSY, 2), Planned(Fault.NO_REPLY, 3)])
    assert [faults.next_call() for _ in range(5)] == [None, Fault.BUSY, Fault.NO_REPLY, None, None]


def test_reset_before_reply() -> None:
    with Simulator(faults=["reset-before-reply"]) as nas:
        with contextlib.closing(Wire(nas).login().socket) as socket, Wire(nas) as other:
            wire = other.login()
            with pytest.raises(LOST):
                wire.reply(*CREATE)
            # The other connection lives.
            assert socket.connected
        assert stored(nas) == 1
        struck = [line for line in nas.journal() if line["method"] == CREATE[0]]
        assert [line["ok"] for line in struck] == [True]


def test_reset_after_reply() -> None:
    with Simulator(faults=["reset-after-reply"]) as nas:
        with Wire(nas) as wire:
            assert wire.login().call(*CREATE)["name"] == "struck"
            with pytest.raises(LOST):
                wire.socket.recv()
        assert stored(nas) == 1


def test_no_reply() -> None:
    with Simulator(faults=["no-reply"]) as nas, Wire(nas) as wire:
        wire.login().send(*CREATE)
        deadline = time.monotonic() + 5
        while not any(line["method"] == CREATE[0] for line in nas.journal()):
            assert time.monotonic() < deadline, "the call was not carried out"
        later = wire.send("core.ping")
        assert wire.receive()["id"] == later
        assert stored(nas) == 1


def test_busy_on_the_second_call() -> None:
    with Simulator(faults=["busy:2"]) as nas, Wire(nas) as wire:
        # Neither anonymous calls nor logins count.
        wire.call("core.ping")
        wire.login().login()
        wire.call("core.ping")
        data = wire.error(*CREATE)["data"]
        assert (data["error"], data["errname"]) == (16, "EBUSY")
        assert data["reason"].startswith("[EBUSY] ")
        assert stored(nas) == 0
        assert wire.call(*CREATE)["name"] == "struck"


def test_close_1009() -> None:
    with Simulator(faults=["close-1009"]) as nas:
        with Wire(nas) as wire:
            wire.login().send(*CREATE)
            assert wire.close_frame() == (1009, "Max message length is 64 kB")
        assert stored(nas) == 0


def test_several_faults() -> None:
    with Simulator(faults=["busy:1", "busy:3"]) as nas, Wire(nas) as wire:
        wire.login()
        outcomes = ["error" in wire.reply("core.ping") for _ in range(4)]
        assert outcomes == [True, False, True, False]
