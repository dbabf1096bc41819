# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole dialogs with a NAS, without a socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.jsonrpc import UNSUBSCRIBED, Event, RpcConnection
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import Account
from ansible_collections.nasops.truenas.plugins.module_utils.transport.calls import Call, NotSent
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Session

ACCOUNT = Account("automation", api_key="1-hush-canary")
Serve = Callable[[dict[str, Any]], dict[str, Any] | None]
WELCOME: dict[str, Any] = {
    "response_type": "SUCCESS",
    "user_info": {"privilege": {"roles": {"$set": ["CLOUD_SYNC_WRITE"]}}},
}


def failure(code: int, number: int = 0, reason: str = "", extra: Any = None) -> dict[str, Any]:
    """Return an error object as the server makes them."""
    data = {"error": number, "errname": "E", "reason": reason, "trace": {"formatted": "hush-canary"}, "extra": extra}
    return {"code": code, "message": "Method call error", "data": data}


class Line:
    """A connection to a server that is a function: it takes a request and returns the members of the reply."""

    def __init__(self, serve: Serve, welcome: dict[str, Any] | None = None) -> None:
        self.serve = serve
        self.logins: dict[str, dict[str, Any]] = {
            "auth.mechanism_choices": {"result": ["API_KEY_PLAIN"]},
            "auth.login_ex": {"result": WELCOME if welcome is None else welcome},
        }
        self.sent: list[dict[str, Any]] = []
        self.inbox: list[str] = []
        self.late: list[str] = []
        self.abandoned: list[int] = []
        self.closed = self.trusted = False
        self.is_there = True
        self.most_at_once = 0

    def send(self, text: str) -> None:
        """Take a request; its reply waits until it is asked for."""
        request = json.loads(text)
        self.sent.append(request)
        reply = self.logins.get(request["method"]) or self.serve(request)
        if reply is not None:
            self.inbox.append(json.dumps({"jsonrpc": "2.0", "id": request["id"], **reply}))
        self.most_at_once = max(self.most_at_once, len(self.inbox))

    def receive(self, deadline: float) -> str:
        """Return the last reply first, for the server keeps no order; one that comes out of the blue before all others."""
        if not self.inbox:
            raise errors.TimedOut("nothing comes")
        return self.late.pop() if self.late else self.inbox.pop()

    def binding(self) -> bytes | None:
        """There is no TLS here."""
        return None

    def trust(self) -> None:
        """Remember that the login has succeeded."""
        self.trusted = True

    def abandon(self, number: int) -> None:
        """Remember that nobody waits for the reply."""
        self.abandoned.append(number)

    def answers(self) -> bool:
        """Still be there, unless a test says otherwise."""
        return self.is_there

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


def session(serve: Serve) -> tuple[Session, Line]:
    """Return a logged-in session and its line."""
    line = Line(serve)
    return Session(line, ACCOUNT, timeout=1), line


def test_a_session_holds_the_login_s_conversation() -> None:
    opened, line = session(lambda request: {"result": None})
    assert [(request["method"], request["params"]) for request in line.sent] == [
        ("auth.mechanism_choices", []),
        (
            "auth.login_ex",
            [
                {
                    "mechanism": "API_KEY_PLAIN",
                    "api_key": "1-hush-canary",
                    "username": "automation",
                    "login_options": {"user_info": True},
                }
            ],
        ),
    ]
    assert line.trusted
    assert opened.may("CLOUD_SYNC_WRITE")
    assert not opened.may("CLOUD_BACKUP_READ")


def test_what_a_login_fails_with_reaches_the_conversation_and_closes_the_connection() -> None:
    line = Line(lambda request: None)
    line.logins["auth.mechanism_choices"] = {"error": failure(-32001, 22, "'NoneType' object")}
    assert Session(line, ACCOUNT, 1).may("CLOUD_SYNC_WRITE"), "no choices are no SCRAM"
    for busy in ("auth.mechanism_choices", "auth.login_ex"):
        line = Line(lambda request: None)
        line.logins[busy] = {"error": failure(-32001, 16, "[EBUSY] Rate Limit Exceeded")}
        with pytest.raises(errors.RateLimited):
            Session(line, ACCOUNT, 1)
        assert line.closed
        assert line.sent[-1]["method"] == busy


@pytest.mark.parametrize(
    ("roles", "may"),
    [
        ({"$set": ["FULL_ADMIN"]}, True),
        (["CLOUD_SYNC_WRITE"], True),
        ({"$set": ["CLOUD_SYNC_READ"]}, False),
        ([], False),
        (None, True),
    ],
)
def test_roles(roles: Any, may: bool) -> None:
    answer = {"response_type": "SUCCESS", "user_info": {"privilege": {"roles": roles}}}
    line = Line(lambda request: None, welcome=answer)
    assert Session(line, ACCOUNT, 1).may("CLOUD_SYNC_WRITE") is may


def test_a_refused_login_closes_the_connection() -> None:
    line = Line(lambda request: None, welcome={"response_type": "AUTH_ERR"})
    with pytest.raises(errors.AuthenticationError):
        Session(line, ACCOUNT, 1)
    assert line.closed


def test_replies_find_their_calls_in_any_order_and_no_more_than_ten_are_out() -> None:
    opened, line = session(lambda request: {"result": request["params"][0] * 2})
    assert opened.call_all([Call("double", (number,)) for number in range(25)]) == [number * 2 for number in range(25)]
    assert line.most_at_once == 10


def test_one_refused_call_does_not_stop_the_others() -> None:
    gone = {"error": failure(-32001, 2, "gone")}
    opened = session(lambda request: gone if request["params"] == [1] else {"result": 1})[0]
    outcomes = opened.call_all([Call("m", (number,)) for number in range(3)])
    assert outcomes[::2] == [1, 1]
    assert isinstance(outcomes[1], errors.NotFound)


def test_notifications_are_passed_over() -> None:
    opened, line = session(lambda request: {"result": 5})
    line.inbox.append('{"jsonrpc":"2.0","method":"collection_update","params":{}}')
    assert opened.call("m") == 5


def test_a_late_reply_is_not_taken_for_another() -> None:
    opened, line = session(lambda request: None if request["method"] == "slow" else {"result": request["method"]})
    with pytest.raises(errors.TimedOut):
        opened.call("slow")
    line.late.append('{"jsonrpc":"2.0","id":3,"result":"late"}')
    assert opened.call("quick") == "quick"


def test_no_answer_in_time() -> None:
    opened, line = session(lambda request: None)
    with pytest.raises(errors.TimedOut):
        opened.call("m")
    assert line.abandoned == [3], "the two calls of the login come first"


@pytest.mark.parametrize(("is_there", "sent"), [(True, 25), (False, 10)])
def test_nothing_more_is_sent_to_a_nas_that_no_longer_answers(is_there: bool, sent: int) -> None:
    opened, line = session(lambda request: None)
    line.is_there = is_there
    outcomes = opened.call_all([Call("slow", (number,)) for number in range(25)])
    assert len(line.sent) == 2 + sent
    assert all(isinstance(outcome, errors.TimedOut) for outcome in outcomes)
    assert [isinstance(outcome, NotSent) for outcome in outcomes] == [False] * sent + [True] * (25 - sent)
    if not is_there:
        assert str(outcomes[24]) == "The NAS no longer answers, so slow was not sent."


def test_a_session_continues_a_login_with_request_ids_of_its_own() -> None:
    line = Line(lambda request: {"result": request["id"]})
    continued = Session(line, None, 1, roles=frozenset({"FULL_ADMIN"}), first_id=5000)
    assert [continued.call("a"), continued.call("b")] == [5000, 5001]
    assert continued.may("anything")
    assert [request["method"] for request in line.sent] == ["a", "b"]


def test_a_second_reply_is_ignored_and_that_to_no_request_is_not() -> None:
    rpc = RpcConnection(5)
    for _number in range(2):
        rpc.request("m")
    reply = json.dumps({"jsonrpc": "2.0", "id": 5, "result": 1})
    assert rpc.receive(reply)
    assert rpc.receive(reply) is None
    for other in (4, 7):
        with pytest.raises(errors.ServerFault, match="does not belong to any request"):
            rpc.receive(reply.replace("5", str(other)))


@pytest.mark.parametrize(("number", "reason"), [(207, "Not authenticated"), (13, "Session is expired")])
def test_a_session_that_the_nas_has_ended_is_broken(number: int, reason: str) -> None:
    opened = session(lambda request: {"error": failure(-32001, number, f"[EACCES] {reason}")})[0]
    with pytest.raises(errors.SessionEnded, match=reason):
        opened.call("m")
    assert opened.broken


def test_text_that_is_not_unicode_is_refused_before_it_is_sent() -> None:
    opened, line = session(lambda request: {"result": None})
    with pytest.raises(errors.InvalidInput, match="not valid Unicode"):
        opened.call("m", "\ud800")
    assert "m" not in {request["method"] for request in line.sent}


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (failure(-32001, 13, "[EACCES] Not authorized"), errors.NotPermitted, "does not permit m: Not authorized"),
        (failure(-32001, 207, "[ENOTAUTHENTICATED] Not authenticated"), errors.SessionEnded, "has ended the session"),
        (failure(-32001, 16, "[EBUSY] Rate Limit Exceeded"), errors.RateLimited, "20 logins a minute"),
        (
            {"code": -32000, "message": "Maximum number of concurrent calls (20) has exceeded"},
            errors.RateLimited,
            "at the same time",
        ),
        ({"code": -32601, "message": "Method does not exist"}, errors.ServerFault, "does not have the method m"),
        (
            failure(-32001, 14, "[EFAULT] This credential is used by cloud sync task nightly"),
            errors.InUse,
            "used by cloud sync task nightly",
        ),
        (failure(-32001, 14, "[EFAULT] Something\nTraceback hush"), errors.ServerFault, r"Something\. Correct"),
        (failure(-32602, 22, "x", [[None, "Cloud credential 9 does not exist", 2]]), errors.NotFound, "x"),
        (
            failure(-32602, 22, "x", [["cloud_sync_credentials_create.provider.S3.endpoint", "bad or worse", 22]]),
            errors.InvalidField,
            "provider.S3.endpoint: bad or worse",
        ),
        (
            failure(
                -32602, 22, "x", [["cloud_sync_credentials_update.name", "Object with this name already exists", 22]]
            ),
            errors.InvalidField,
            "name: Object with this name already exists",
        ),
        (
            failure(-32602, 22, "[EINVAL] : Too many arguments", [["", "Too many arguments", 22]]),
            errors.InvalidField,
            "Too many",
        ),
    ],
)
def test_error_objects_become_one_tree(error: dict[str, Any], kind: type[errors.TrueNASError], message: str) -> None:
    opened = session(lambda request: {"error": error})[0]
    with pytest.raises(kind, match=message) as caught:
        opened.call("m")
    assert caught.type is kind
    assert "hush" not in str(caught.value)


def test_messages_that_would_close_the_connection_are_not_sent() -> None:
    dialog = RpcConnection()
    with pytest.raises(errors.InvalidInput, match="accepts up to 8192"):
        dialog.request("m", "x" * 8200)
    dialog.logged_in = True
    text = dialog.request("m", "ü" * 65000)[1]
    assert len(text) < 65536, "characters count as the server counts them, unescaped"
    with pytest.raises(errors.InvalidInput, match="accepts up to 65536"):
        dialog.request("m", "x" * 65536)


@pytest.mark.parametrize(
    "members",
    [
        {"result": 1, "error": None},
        {"error": "text"},
        {"error": {"code": -32001, "data": "text"}},
        {"error": {"code": -32602, "message": 5, "data": {"extra": 5, "reason": 5}}},
        {"error": {"code": -32602, "data": {"extra": [[5, 6, 7], "x"], "reason": None}}},
        {"error": {}},
    ],
)
def test_odd_replies_end_in_an_error_of_the_tree_or_none(members: dict[str, Any]) -> None:
    opened = session(lambda request: members)[0]
    [outcome] = opened.call_all([Call("m")])
    assert outcome == 1 or isinstance(outcome, errors.TrueNASError)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        '{"id":[1],"result":1}',
        "[" * 100000,
        "[]",
        '"x"',
        '{"jsonrpc":"2.0","id":99,"result":1}',
        '{"id":null,"result":1}',
    ],
)
def test_what_is_no_reply_is_said_to_be_none(text: str) -> None:
    with pytest.raises(errors.ServerFault):
        RpcConnection().receive(text)


def event(number: int, collection: str = "core.get_jobs", **more: Any) -> str:
    """Return a notification of a change."""
    params = {"msg": "changed", "collection": collection, "id": number, "fields": {"state": "RUNNING"}, **more}
    return json.dumps({"jsonrpc": "2.0", "method": "collection_update", "params": params})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (event(3), Event("core.get_jobs", "changed", 3, {"state": "RUNNING"})),
        (
            json.dumps({"method": "collection_update", "params": {"msg": "removed", "collection": "c", "id": 3}}),
            Event("c", "removed", 3),
        ),
        (
            json.dumps({"method": "notify_unsubscribed", "params": {"collection": "c", "error": None}}),
            Event("c", UNSUBSCRIBED),
        ),
        (event(3, msg="turned"), None),
        (event(3, collection=None), None),  # type: ignore[arg-type]  # a wrong type on purpose
        (json.dumps({"method": "another", "params": {"collection": "c"}}), None),
        (json.dumps({"method": "collection_update"}), None),
        (json.dumps({"method": "collection_update", "params": [1]}), None),
    ],
)
def test_a_notification_is_an_event_or_nothing(text: str, expected: Event | None) -> None:
    assert RpcConnection().receive(text) == expected


def test_events_of_a_subscription_are_kept_during_calls_and_others_are_dropped() -> None:
    opened, line = session(lambda request: {"result": "name"})
    between = [event(1), event(2, collection="other"), event(3)]

    def call() -> None:
        """Make a call before whose reply events arrive."""
        line.late = [*reversed(between)]
        # One more message for each event: `receive` looks there whether something comes.
        line.inbox = []
        assert opened.call("any") == "name"

    call()
    opened.subscribe("core.get_jobs")
    opened.subscribe("core.get_jobs")
    assert [request["method"] for request in line.sent].count("core.subscribe") == 1
    call()
    assert [opened.next_event(0).id for again in range(2)] == [1, 3]
    with pytest.raises(errors.TimedOut):
        opened.next_event(0)


def test_after_the_end_of_a_subscription_events_are_dropped_and_a_new_one_can_begin() -> None:
    opened, line = session(lambda request: {"result": "name"})
    opened.subscribe("core.get_jobs")
    line.inbox.append(event(2))
    assert opened.next_event(0).id == 2
    line.inbox.append(json.dumps({"method": "notify_unsubscribed", "params": {"collection": "core.get_jobs"}}))
    assert opened.next_event(0).kind == UNSUBSCRIBED
    opened.subscribe("core.get_jobs")
    opened.unsubscribe("core.get_jobs")
    opened.unsubscribe("core.get_jobs")
    methods = [request["method"] for request in line.sent]
    assert (methods.count("core.subscribe"), methods.count("core.unsubscribe")) == (2, 1)
    assert line.sent[-1]["params"] == ["name"]


def test_a_subscription_that_is_refused_is_none() -> None:
    opened, line = session(lambda request: {"error": failure(-32001, 13, "[EACCES] Not authorized")})
    with pytest.raises(errors.NotPermitted):
        opened.subscribe("core.get_jobs")
    line.serve = lambda request: {"result": "name"}
    opened.subscribe("core.get_jobs")
    assert [request["method"] for request in line.sent].count("core.subscribe") == 2
