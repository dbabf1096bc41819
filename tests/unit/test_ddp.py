# SPDX-License-Identifier: GPL-3.0-or-later
"""DDP, the protocol before 25.04: what is sent, and what comes of the answers (truenas-api/older.md §1)."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.nas.older import VERSION
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.api_key import Precomputed
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.ddp import CONNECT, DdpConnection, answered, asked
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.dialect import DDP
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import Account
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.messages import MAX_DEPTH, Event, Reply
from ansible_collections.nasops.truenas.plugins.module_utils.transport.calls import Call
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Session
from tests.simulator import Simulator
from tests.simulator.accounts import Logins
from tests.unit.older_nas import API_KEY, OLDER, PASSWORD, OlderNas, OlderWire
from tests.unit.test_connection import options

versions = pytest.mark.parametrize("version", OLDER)
ACCOUNT = Account("automation", API_KEY)
QUERY = "cloudsync.credentials.query"


def session(wire: Any, account: Account = ACCOUNT) -> Session:
    """Return a session over a connection in this process."""
    return Session(wire, account, 5, dialect=DDP)


def sent(wire: OlderWire) -> list[dict[str, Any]]:
    """Return what was sent."""
    return [json.loads(text) for text in wire.sent]


@versions
def test_a_session_logs_in_and_calls(version: str) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect()
        with session(wire) as opened:
            assert opened.is_older
            assert opened.call(QUERY) == []
            assert opened.call_all([Call(QUERY), Call("cloudsync.providers")])[0] == []
            assert opened.has_role("CLOUD_SYNC_WRITE"), "roles are not reported"
        kinds = [message.get("method", message["msg"]) for message in sent(wire)]
        assert kinds == ["connect", "auth.login_with_api_key", QUERY, QUERY, "cloudsync.providers"]
        assert nas.calls()[0] == "auth.login_with_api_key", "no core.ping, auth.me, or system.version"


@versions
def test_nothing_secret_is_sent_before_the_nas_has_connected(version: str) -> None:
    class Silent(OlderWire):
        def receive(self, deadline: float) -> str:
            raise errors.TimedOut("nothing comes")

    with OlderNas(version) as nas:
        wire = Silent(nas, ())
        with pytest.raises(errors.TimedOut):
            session(wire)
        assert [message["msg"] for message in sent(wire)] == ["connect"]


@versions
@pytest.mark.parametrize(
    ("account", "reason"),
    [
        (Account("automation", "1-" + "x" * 64), "refused the API key"),
        (Account("automation", password="wrong"), "only root can log in with a password"),
        (Account("automation", API_KEY, mechanism="scram"), "does not support SCRAM"),
        (Account("automation", Precomputed(1, b"", b"")), "Set api_key to the raw key"),
    ],
)
def test_a_login_that_is_refused(version: str, account: Account, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_seconds: float) -> None:
        pass

    monkeypatch.setattr("tests.simulator.older.logins.asyncio.sleep", at_once)
    with OlderNas(version) as nas:
        wire = nas.connect()
        with pytest.raises(errors.AuthenticationError, match=reason):
            session(wire, account)
        assert wire.sent == [] if "SCRAM" in reason or "raw" in reason else wire.sent


@versions
def test_a_password_with_a_one_time_code(version: str) -> None:
    user = "root" if version == "v13.3" else "automation"
    with OlderNas(version, logins=Logins(otp_secret="JBSWY3DPEHPK3PXP")) as nas:
        from tests.simulator.accounts import one_time_code

        account = Account(user, password=PASSWORD, otp=one_time_code("JBSWY3DPEHPK3PXP"))
        assert session(nas.connect(), account).call(QUERY) == []


@versions
def test_an_error_keeps_nothing_of_the_trace(version: str) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect()
        credential = {"name": "s", "provider": "S3", "attributes": {"access_key_id": "a", "secret_access_key": None}}
        with session(wire) as opened, pytest.raises(errors.InvalidField) as refused:
            opened.call("cloudsync.credentials.create", {**credential, "name": "hush+canary"})
        assert "hush+canary" in wire.received[-1], "the NAS has sent it"
        assert [problem.field for problem in refused.value.problems] == ["attributes.secret_access_key"]
        assert "hush+canary" not in f"{refused.value} {vars(refused.value)} {refused.traceback}"


@versions
def test_events_of_jobs(version: str) -> None:
    with OlderNas(version) as nas:
        wire = nas.connect()
        with session(wire) as opened:
            opened.subscribe("core.get_jobs")
            job = {"id": 7, "state": "RUNNING"}
            event = {"msg": "added", "collection": "core.get_jobs", "id": 7, "fields": job}
            nas.runner.run(nas.nas.notify({"core.get_jobs"}, event))
            assert opened.next_event(time.monotonic() + 1) == Event("core.get_jobs", "added", 7, job)
            opened.unsubscribe("core.get_jobs")
            assert opened.call(QUERY) == [], "the end of a subscription has no answer"
        assert [message["msg"] for message in sent(wire)][-3:] == ["sub", "unsub", "method"]


def test_a_subscription_that_the_key_may_not_have() -> None:
    with OlderNas("v24.10.2", entries=(("CALL", "cloudsync.*"),)) as nas:
        with session(nas.connect()) as opened, pytest.raises(errors.NotPermitted) as refused:
            opened.subscribe("core.get_jobs")
        assert '{"method": "SUBSCRIBE", "resource": "core.get_jobs"}' in str(refused.value)


@pytest.mark.parametrize(
    ("method", "resource"),
    [(QUERY, "cloudsync.*"), ("keychaincredential.query", "keychaincredential.*"), ("core.get_jobs", "core.get_jobs")],
)
def test_what_the_key_may_not_call(method: str, resource: str) -> None:
    with OlderNas("v24.10.2", entries=()) as nas:
        with session(nas.connect()) as opened, pytest.raises(errors.NotPermitted) as refused:
            opened.call(method)
        assert f'{{"method": "CALL", "resource": "{resource}"}}' in str(refused.value)


def failed(**error: Any) -> errors.TrueNASError:
    """Return the exception for an error of a delete."""
    rpc = DdpConnection()
    rpc.request("cloudsync.credentials.delete", 1)
    reply = rpc.receive(json.dumps({"msg": "result", "id": 1, "error": {"type": None, "extra": None, **error}}))
    assert isinstance(reply, Reply)
    assert reply.error is not None
    return reply.error


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        ({"error": 35, "type": "VALIDATION", "extra": [["c.name", "taken", 17]]}, errors.InvalidField, "name: taken"),
        ({"error": 2, "type": "VALIDATION", "extra": [[None, "gone", 2]], "reason": "gone"}, errors.NotFound, "gone."),
        ({"error": 22, "reason": "[zzz] Field was not expected"}, errors.InvalidField, "expected. Remove the"),
        ({"error": 13, "reason": "Not authenticated"}, errors.SessionEnded, "ended the session"),
        ({"error": 207, "reason": "x"}, errors.SessionEnded, "ended the session"),
        ({"error": 13, "reason": "Not authorized"}, errors.NotPermitted, "allowlist"),
        ({"error": 16, "reason": "Rate Limit Exceeded"}, errors.RateLimited, "20 logins a minute"),
        ({"error": 201, "reason": "x"}, errors.ServerFault, "later TrueNAS"),
        ({"error": 14, "reason": "[EFAULT] This credential is used by cloud sync task t"}, errors.InUse, "task t."),
        ({"error": 22, "reason": "(E) FOREIGN KEY constraint failed\n[SQL: x]"}, errors.InUse, "does not name it"),
        ({"error": 2, "reason": "[ENOENT] Credential does not exist"}, errors.NotFound, "does not exist"),
        # FreeBSD's EAGAIN is Linux's EDEADLK, and its EBUSY and EACCES are alone no reason either.
        ({"error": 35, "reason": "odd"}, errors.ServerFault, "odd"),
        ({"error": 16, "reason": "odd"}, errors.ServerFault, "odd"),
        ({"error": 13, "reason": "[EACCES] odd"}, errors.ServerFault, "odd"),
        ({"error": 22, "reason": ""}, errors.ServerFault, "no reason given"),
        ({"error": None, "reason": None, "extra": 5, "type": "VALIDATION"}, errors.InvalidField, "no reason given"),
    ],
)
def test_an_error_is_classified_by_type_inner_number_and_text(error: Any, kind: type[Exception], text: str) -> None:
    found = failed(**error)
    assert isinstance(found, kind)
    assert text in str(found)


@pytest.mark.parametrize(
    "text",
    ["no JSON", "[]", "5", '{"msg": "failed", "version": "1"}', '{"msg": "result", "id": 99}', "[" * 100_000,
     json.dumps({"msg": "result", "id": 1, "result": json.loads("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))}),
     '{"msg": "result", "id": true}', '{"msg": "ready", "subs": []}', '{"msg": "result", "id": null, "error": {}}'],
)  # fmt: skip
def test_a_message_that_is_none_of_ddp(text: str) -> None:
    rpc = DdpConnection()
    rpc.request(CONNECT)
    with pytest.raises(errors.TrueNASError):
        rpc.receive(text)


@pytest.mark.parametrize(
    "text",
    ['{"msg": "pong"}', '{"msg": "nosub", "id": "1"}', '{"server_id": "0"}', '{"msg": "added", "collection": 1}'],
)
def test_an_irrelevant_message_is_ignored(text: str) -> None:
    assert DdpConnection().receive(text) is None


def test_a_deep_trace_is_no_reason_to_fail() -> None:
    trace = json.loads('{"a":' * 200 + "1" + "}" * 200)
    assert isinstance(failed(error=22, reason="x", trace=trace), errors.ServerFault)


def test_what_the_broker_reads_of_messages() -> None:
    rpc = DdpConnection(5_000_000_000)
    assert asked(rpc.request(QUERY)[1]) == (5_000_000_000, 0)
    assert asked(rpc.request("core.subscribe", "core.get_jobs")[1]) == (5_000_000_001, 1)
    assert asked(rpc.request("core.unsubscribe", "5000000001")[1]) == (None, -1)
    assert answered('{"msg": "ready", "subs": ["5000000001"]}') == (5_000_000_001, False)
    assert answered('{"msg": "result", "id": "5000000001", "error": {}}') == (5_000_000_001, False)
    assert answered('{"msg": "result", "id": 7, "result": null}') == (7, False)
    assert answered('{"msg": "changed", "collection": "core.get_jobs", "id": 7}') == (None, False), "the ID of a job"
    assert answered("no JSON") == (None, False)
    assert answered('{"msg": "result", "id": 7, "error": {"error": 207}}') == (7, True)


def test_a_request_that_is_too_long() -> None:
    rpc = DdpConnection()
    with pytest.raises(errors.InvalidInput, match="accepts up to 8192"):
        rpc.request("auth.login_with_api_key", "k" * 9000)
    rpc.logged_in = True
    rpc.request(QUERY, "k" * 9000)
    with pytest.raises(errors.InvalidInput, match="accepts up to 65536"):
        rpc.request(QUERY, "k" * 70_000)


def target(nas: Simulator, **given: Any) -> connection.Connection:
    """Return a connection to a simulated NAS."""
    account = {"username": nas.user, "api_key": nas.api_key, **given}
    trust = {"ca_path": nas.ca_file} if nas.ca_file else {"host": f"ws://{nas.host}", "allow_plaintext": True}
    return connection.read(options(**{"host": nas.host, "port": nas.port, "timeout": 10, **trust, **account}))


def test_the_protocol_is_found_by_looking() -> None:
    with Simulator(version="24.10.2") as nas:
        for api in ("auto", "ddp"):
            with target(nas, api=api).open() as opened:
                assert opened.is_older
                assert opened.call(QUERY) == []
        with pytest.raises(errors.NoJsonRpc, match="a redirect to its web interface"):
            target(nas, api="jsonrpc").open()
        with pytest.raises(errors.NoJsonRpc):
            target(nas, api_version="v25.10.0").open()
        with pytest.raises(errors.AuthenticationError, match="Nothing was sent to it"):
            target(nas, api_key_mechanism="scram").open()
        logins = [line["method"] for line in nas.journal()].count("auth.login_with_api_key")
        assert logins == 2, "who is not to speak DDP has sent no key"


def test_a_404_means_ddp_too_and_a_redirect_to_tls_does_not() -> None:
    with Simulator(version="13.3", without_nginx=True) as nas, target(nas).open() as opened:
        assert opened.call(QUERY) == []
    with Simulator(version="24.04.2", plaintext=True, https_redirect=True) as nas:
        with pytest.raises(errors.Unreachable, match="Remove ws://"):
            target(nas).open()
        assert nas.journal() == []


class _Nothing(BaseHTTPRequestHandler):
    """Answers 404 to everything."""

    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def test_a_server_that_is_neither() -> None:
    with HTTPServer(("127.0.0.1", 0), _Nothing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = {"host": "ws://127.0.0.1", "port": server.server_port, "allow_plaintext": True, "timeout": 5}
        with pytest.raises(errors.Unreachable) as refused:
            connection.read(options(**place)).open()
        with pytest.raises(errors.Unreachable, match="does not support DDP"):
            connection.read(options(**place, api="ddp")).open()
        server.shutdown()
    texts = ("/api/current does not exist", "TrueNAS before 25.04 was tried, too", "/websocket", "check host and port")
    assert all(text in str(refused.value) for text in texts), str(refused.value)


def test_a_newer_nas_is_asked_once_and_in_json_rpc() -> None:
    with Simulator(version="25.10.0") as nas:
        with target(nas).open() as opened:
            assert not opened.is_older
        assert {line["version"] for line in nas.journal()} == {"v25.10.0"}
        with target(nas, api="ddp").open() as opened, pytest.raises(errors.ServerFault, match="set api to auto"):
            Nas(opened).ask(VERSION)


def test_a_long_silence_does_not_end_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.nasops.truenas.plugins.module_utils.transport import channel

    monkeypatch.setattr(channel, "PING_AFTER", 0.2)
    with Simulator(version="24.10.2", idle_limit=0.6, latency_ms=1500) as nas, target(nas).open() as opened:
        assert opened.call(QUERY) == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [({"api": "ddp", "api_version": "v25.10.0"}, "api_version: cannot be combined with api: ddp")],
)
def test_options_that_contradict_each_other(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(errors.InvalidInput, match=reason):
        connection.read(options(**given))
