# SPDX-License-Identifier: GPL-3.0-or-later
"""A shared login with a NAS before 25.04."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas.connection import Connection
from ansible_collections.nasops.truenas.plugins.module_utils.transport.calls import Call
from ansible_collections.nasops.truenas.plugins.module_utils.transport.channel import Channel
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Session
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.broker import Broker
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.frames import Reader
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.hub import order, read_order
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.wire import BrokerWire
from tests.simulator import Simulator
from tests.unit.test_ddp import QUERY, target

JOBS = "core.get_jobs"


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker that has logged in once."""
    with Simulator(version="24.10.2", seed={"keypairs": [{"name": "k", "public_key": "ssh-rsa AAAA"}]}) as nas:
        session = target(nas).open()
        assert isinstance(session.wire, Channel)
        running = Broker(session.wire, session.roles, session.wire.dialect)

        def serve() -> None:
            with contextlib.suppress(errors.TrueNASError, OSError, ValueError):
                running.run()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield running
        assert [line["method"] for line in nas.journal()].count("auth.login_with_api_key") == 1
    thread.join(10)


def join(broker: Broker) -> Session:
    """Return the session of a new worker."""
    near, far = socket.socketpair()
    broker.add(far)
    wire = BrokerWire(near, "nas")
    hello = wire.greet(time.monotonic() + 5)
    return Session(wire, None, 5, roles=hello.roles, first_id=hello.first_id, dialect=hello.dialect)


def test_workers_share_a_login_and_each_gets_its_replies(broker: Broker) -> None:
    sessions = [join(broker) for _index in range(3)]
    assert all(session.is_older for session in sessions)
    for session in sessions:
        answers = session.call_all([Call(QUERY), Call("keychaincredential.query"), Call("auth.me"), Call("nothing.x")])
        assert [answers[0], answers[1][0]["name"]] == [[], "k"]
        assert all(isinstance(answer, errors.ServerError) for answer in answers[2:])


def test_events_reach_subscribers_and_the_end_of_a_subscription_blocks_no_other(broker: Broker) -> None:
    listener, other = join(broker), join(broker)
    for _time in range(12):
        # More than the calls that may be under way at the same time.
        listener.subscribe(JOBS)
        listener.unsubscribe(JOBS)
    listener.subscribe(JOBS)
    other.call_all([Call("core.job_abort", (1,))])
    assert other.call(QUERY) == []
    assert listener.call(QUERY) == []


def test_the_order_of_a_worker_lists_the_accepted_dialects() -> None:
    with Simulator(version="24.10.2") as nas:
        for api, or_ddp, dialect in (("auto", True, "jsonrpc"), ("ddp", False, "ddp"), ("jsonrpc", False, "jsonrpc")):
            [(_kind, body)] = Reader().feed(order("a", target(nas, api=api)))
            found: Connection = read_order(body)[1]
            assert (found.or_ddp, found.address.dialect) == (or_ddp, dialect)
