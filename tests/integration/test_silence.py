# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections on which the NAS is silent for longer than the web server in front of it allows."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from ansible_collections.nasops.truenas.plugins.module_utils.transport import channel as channels
from ansible_collections.nasops.truenas.plugins.module_utils.transport.channel import Channel
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Session
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session import broker
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.wire import BrokerWire
from tests.simulator import Simulator
from tests.unit.tasks import defaults

QUERY = "cloudsync.credentials.query"


def opened(box: Simulator) -> Session:
    """Return a session with the NAS."""
    options = {"host": box.host, "port": box.port, "ca_path": box.ca_file, "username": box.user}
    return connection.read({**defaults(connection.ARGUMENTS), **options, "api_key": box.api_key, "timeout": 7}).open()


@pytest.mark.parametrize(("ping_after", "survives"), [(0.3, True), (100, False)])
def test_a_call_that_takes_long_is_kept_alive_by_pings(
    ping_after: float, survives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "PING_AFTER", ping_after)
    with Simulator(version="25.10.0", latency_ms=1500, idle_limit=1) as box:
        if survives:
            with opened(box) as session:
                assert session.call(QUERY) == []
        else:
            with pytest.raises(errors.ConnectionLost):
                opened(box)


@pytest.mark.parametrize(("ping_after", "error"), [(0.3, errors.TimedOut), (100, errors.ConnectionLost)])
def test_a_job_without_events_is_kept_alive_by_pings(
    ping_after: float, error: type[errors.TrueNASError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "PING_AFTER", ping_after)
    with Simulator(version="25.10.0", idle_limit=1) as box, opened(box) as session:
        session.subscribe("core.get_jobs")
        with pytest.raises(error):
            session.next_event(time.monotonic() + 2.5)
        assert session.broken is (error is errors.ConnectionLost)


@pytest.mark.parametrize(("ping_after", "survives"), [(0.3, True), (100, False)])
def test_a_shared_login_is_kept_alive_between_tasks(
    ping_after: float, survives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "PING_AFTER", ping_after)
    monkeypatch.setattr(broker, "PAUSE", 0.1)
    with Simulator(version="25.10.0", idle_limit=1) as box:
        channel = opened(box).wire
        assert isinstance(channel, Channel)
        serving = broker.Broker(channel, None)

        def serve() -> None:
            with suppress(errors.TrueNASError):
                serving.run()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        time.sleep(2.5)
        assert thread.is_alive() == survives
        if survives:
            near, far = socket.socketpair()
            serving.add(far)
            wire = BrokerWire(near, box.url)
            hello = wire.greet(time.monotonic() + 5)
            assert Session(wire, None, 5, first_id=hello.first_id).call(QUERY) == []
    thread.join(5)
    assert not thread.is_alive(), "the NAS has ended"
