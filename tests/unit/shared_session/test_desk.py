# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of requests of several workers, and the messages between them and the broker."""

from __future__ import annotations

import json
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.desk import SPAN, Desk
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.frames import (
    GO,
    LOST,
    Reader,
    frame,
    pack_error,
    unpack_error,
)


def ask(desk: Desk, worker: int, count: int) -> None:
    """Queue requests of a worker."""
    for index in range(count):
        desk.ask(worker, worker * SPAN + index, f"{worker}/{index}")


def sent(desk: Desk) -> list[str]:
    """Return the texts of the requests to send now."""
    return [text for _worker, text in desk.due()]


def test_ten_requests_are_under_way_and_a_reply_makes_room_for_one_more() -> None:
    desk = Desk()
    worker = desk.join()
    ask(desk, worker, 12)
    assert sent(desk) == [f"1/{index}" for index in range(10)]
    assert sent(desk) == []
    assert desk.answered(SPAN + 3) == worker
    assert sent(desk) == ["1/10"]


def test_workers_take_turns() -> None:
    desk = Desk()
    first, second, third = desk.join(), desk.join(), desk.join()
    ask(desk, first, 20)
    ask(desk, second, 2)
    ask(desk, third, 1)
    assert sent(desk)[:6] == ["1/0", "2/0", "3/0", "1/1", "2/1", "1/2"]


def test_a_reply_goes_once_to_its_worker_unless_that_has_given_up() -> None:
    desk = Desk()
    first, second = desk.join(), desk.join()
    ask(desk, first, 1)
    ask(desk, second, 2)
    assert len(sent(desk)) == 3
    assert desk.waiting == {first, second}
    desk.abandon(2 * SPAN)
    assert desk.answered(2 * SPAN) is None
    assert desk.answered(2 * SPAN + 1) == second
    assert desk.answered(2 * SPAN + 1) is None
    desk.leave(first)
    assert desk.answered(SPAN) is None
    assert desk.waiting == set()


def test_a_worker_with_a_subscription_waits_without_a_call() -> None:
    desk = Desk()
    worker, other = desk.join(), desk.join()
    for change, waits in ((1, True), (1, True), (-1, True), (-1, False), (-1, False), (1, False), (1, True)):
        desk.subscribed(worker, change)
        assert (worker in desk.waiting) is waits
    desk.subscribed(other, 0)
    assert other not in desk.waiting
    desk.leave(worker)
    assert desk.waiting == set()


def test_an_abandoned_call_makes_room_but_ten_of_them_are_too_many() -> None:
    desk = Desk()
    worker = desk.join()
    ask(desk, worker, 20)
    for index in range(10):
        assert not desk.is_stuck
        sent(desk)
        desk.abandon(SPAN + index)
    assert desk.is_stuck
    desk.answered(SPAN)
    assert not desk.is_stuck, "the NAS has ended that call"


def test_requests_of_a_worker_that_left_are_not_sent() -> None:
    desk = Desk()
    gone, here = desk.join(), desk.join()
    ask(desk, gone, 15)
    sent(desk)
    desk.leave(gone)
    ask(desk, here, 1)
    assert sent(desk) == ["2/0"]


@pytest.mark.parametrize("number", [0, 5, 2 * SPAN, 3 * SPAN - 1, SPAN])
def test_a_worker_can_only_use_free_request_ids_of_its_own(number: int) -> None:
    desk = Desk()
    worker = desk.join()
    ask(desk, worker, 1)
    sent(desk)
    with pytest.raises(ValueError, match="cannot use"):
        desk.ask(worker, number, "{}")


@given(st.lists(st.tuples(st.sampled_from([b"Q", b"R"]), st.binary(max_size=300)), max_size=8), st.data())
def test_messages_survive_any_division_into_pieces(messages: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    stream = b"".join(frame(kind, body) for kind, body in messages)
    reader = Reader()
    found: deque[tuple[bytes, bytes]] = deque()
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found.extend(reader.feed(stream[:size]))
        stream = stream[size:]
    assert list(found) == messages


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.AuthenticationError("The NAS refused the login."), errors.AuthenticationError),
        (errors.RateLimited("Too many logins."), errors.RateLimited),
        (errors.NotTLS("No TLS."), errors.NotTLS),
        (errors.ConnectionLost("Gone."), errors.ConnectionLost),
        (errors.StandbyNode(["https://b"]), errors.AuthenticationError),
        (errors.InvalidField("Refused.", ()), errors.ServerFault),
    ],
)
def test_an_error_reaches_another_worker_with_its_type_and_its_text(
    error: errors.TrueNASError, kind: type[errors.TrueNASError]
) -> None:
    received = unpack_error(pack_error(error))
    assert (type(received), str(received)) == (kind, str(error))


def test_only_errors_of_the_collection_can_be_received() -> None:
    with pytest.raises(KeyError):
        unpack_error(json.dumps(["SystemExit", "x"]).encode())


def test_an_empty_message_has_a_kind() -> None:
    assert [*Reader().feed(frame(GO) + frame(LOST, b"x"))] == [(GO, b""), (LOST, b"x")]
