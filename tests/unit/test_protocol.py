# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole dialogues with a NAS, without a socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.jsonrpc import Dialogue
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import Account
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Call, Session

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
        self.welcome = WELCOME if welcome is None else welcome
        self.sent: list[dict[str, Any]] = []
        self.inbox: list[str] = []
        self.late: list[str] = []
        self.closed = False
        self.most_at_once = 0

    def send(self, text: str) -> None:
        """Take a request; its reply waits until it is asked for."""
        request = json.loads(text)
        self.sent.append(request)
        reply = {"result": self.welcome} if request["method"] == "auth.login_ex" else self.serve(request)
        if reply is not None:
            self.inbox.append(json.dumps({"jsonrpc": "2.0", "id": request["id"], **reply}))
        self.most_at_once = max(self.most_at_once, len(self.inbox))

    def receive(self, deadline: float) -> str:
        """Return the last reply first, for the server keeps no order; one that comes out of the blue before all others."""
        if not self.inbox:
            raise errors.TimedOut("nothing comes")
        return self.late.pop() if self.late else self.inbox.pop()

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


def session(serve: Serve) -> tuple[Session, Line]:
    """Return a logged-in session and its line."""
    line = Line(serve)
    return Session(line, ACCOUNT, timeout=1), line


def test_the_login_is_one_call_and_asks_for_the_roles() -> None:
    opened, line = session(lambda request: {"result": None})
    assert line.sent == [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "auth.login_ex",
            "params": [
                {
                    "mechanism": "API_KEY_PLAIN",
                    "api_key": "1-hush-canary",
                    "username": "automation",
                    "login_options": {"user_info": True},
                }
            ],
        }
    ]
    assert opened.may("CLOUD_SYNC_WRITE")
    assert not opened.may("CLOUD_BACKUP_READ")


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


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("AUTH_ERR", "wrong or was revoked"),
        ("EXPIRED", "revoked"),
        ("OTP_REQUIRED", "two factors"),
        ("DENIED", "may not use the API"),
        ("REDIRECT", "standby node"),
    ],
)
def test_each_refusal_of_a_login_says_what_to_do(kind: str, hint: str) -> None:
    line = Line(lambda request: None, welcome={"response_type": kind})
    with pytest.raises(errors.AuthenticationError, match=hint) as caught:
        Session(line, ACCOUNT, 1)
    assert "hush-canary" not in str(caught.value)
    assert line.closed


def test_secrets_are_not_in_the_representation_of_an_account() -> None:
    assert "hush-canary" not in repr(ACCOUNT)


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
    line.late.append('{"jsonrpc":"2.0","id":2,"result":"late"}')
    assert opened.call("quick") == "quick"


def test_no_answer_in_time() -> None:
    opened = session(lambda request: None)[0]
    with pytest.raises(errors.TimedOut):
        opened.call("m")


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (failure(-32001, 13, "[EACCES] Not authorized"), errors.NotPermitted, "does not permit m: Not authorized"),
        (failure(-32001, 207, "[ENOTAUTHENTICATED] Not authenticated"), errors.AuthenticationError, "not logged in"),
        (failure(-32001, 16, "[EBUSY] Rate Limit Exceeded"), errors.RateLimited, "20 logins a minute"),
        (
            {"code": -32000, "message": "Maximum number of concurrent calls (20) has exceeded"},
            errors.RateLimited,
            "at once",
        ),
        ({"code": -32601, "message": "Method does not exist"}, errors.ServerFault, "no method m"),
        (
            failure(-32001, 14, "[EFAULT] This credential is used by cloud sync task nightly"),
            errors.InUse,
            "used by cloud sync task nightly",
        ),
        (failure(-32001, 14, "[EFAULT] Something\nTraceback hush"), errors.ServerFault, "Something$"),
        (failure(-32602, 22, "x", [[None, "Cloud credential 9 does not exist", 2]]), errors.NotFound, "x"),
        (
            failure(-32602, 22, "x", [["cloud_sync_credentials_create.provider.S3.endpoint", "bad or worse", 22]]),
            errors.InvalidField,
            "s3.endpoint: bad or worse",
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
    dialogue = Dialogue()
    with pytest.raises(errors.InvalidInput, match="above 8192"):
        dialogue.request("m", "x" * 8200)
    dialogue.logged_in = True
    text = dialogue.request("m", "ü" * 65000)[1]
    assert len(text) < 65536, "characters count as the server counts them, unescaped"
    with pytest.raises(errors.InvalidInput, match="above 65536"):
        dialogue.request("m", "x" * 65536)


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
        Dialogue().receive(text)
