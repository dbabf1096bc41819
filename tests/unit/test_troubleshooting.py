# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of messages: every error and every cause has its place there, and every message on it really appears."""

from __future__ import annotations

import base64
import inspect
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509

from ansible_collections.nasops.truenas.plugins.module_utils import _pydantic, errors, mistyped, requirements
from ansible_collections.nasops.truenas.plugins.module_utils.config_values import misread_fields
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis import causes
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.causes import CAUSES
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.classify import classify
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.messages import ANY, ENTRIES, Entry
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes import base as probes
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes import web
from ansible_collections.nasops.truenas.plugins.module_utils.engine import batch
from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection, over_ssh
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.oauth import flow
from ansible_collections.nasops.truenas.plugins.module_utils.oauth.loopback import Redirects
from ansible_collections.nasops.truenas.plugins.module_utils.oauth.token import rclone_token
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.faults import decode_error
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import Account
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.storage import buckets
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_credential
from ansible_collections.nasops.truenas.plugins.module_utils.transport import channel_errors
from ansible_collections.nasops.truenas.plugins.module_utils.transport.address import Address
from ansible_collections.nasops.truenas.plugins.module_utils.transport.channel import Channel
from ansible_collections.nasops.truenas.plugins.module_utils.transport.over_ssh import Report
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND
from tests.simulator.tls import LOOPBACK, Authority
from tests.unit import test_connection, test_login, test_oauth, test_task_runs
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import run, task_of_set
from tests.unit.test_older_nas import in_module
from tools.docsite.links import anchors
from tools.generate import troubleshooting

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/troubleshooting.md").read_text()
NEVER_RAISED = {errors.ServerError}
"""The classes that only others derive from."""

B2 = {"account": "a", "key": "hush-canary"}
STORED = {"id": 3, "name": "offsite", "provider": {"type": "B2", **B2}}
MASKED = {"id": 3, "name": "offsite", "provider": {"type": "B2", "account": "********", "key": "********"}}
S3 = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": "hush-canary", "endpoint": "https://s3.example.net"}


def failure(act: Callable[..., Any], *given: Any, **options: Any) -> errors.TrueNASError:
    """Return the error that a call raises."""
    with pytest.raises(errors.TrueNASError) as caught:
        act(*given, **options)
    return caught.value


def refused(account: Account, kind: str) -> errors.TrueNASError:
    """Return the error of a login that the NAS answers with a kind of refusal."""
    return failure(test_login.hold, account, lambda method, data: {"response_type": kind} if data else [])


def from_nas(errno: int, reason: str, method: str = "cloudsync.credentials.query") -> errors.TrueNASError:
    """Return the error for a refusal of the NAS."""
    return decode_error({"code": -32001, "data": {"error": errno, "reason": reason}}, method)


@contextmanager
def serving(answer: bytes, tls: ssl.SSLContext | None) -> Iterator[int]:
    """A server on loopback for one connection, which gets this answer; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer = listener.accept()[0]
            try:
                peer = tls.wrap_socket(peer, server_side=True) if tls else peer
                peer.recv(4096)
                peer.sendall(answer)
            except (OSError, ssl.SSLError):
                # The client does not trust the certificate.
                pass
            finally:
                peer.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@dataclass
class World:
    """The means of a test to provoke a message."""

    monkeypatch: pytest.MonkeyPatch
    authority: Authority
    ca_path: Path
    folder: Path

    def connecting(
        self, answer: str, names: Sequence[x509.GeneralName] = LOOPBACK, **given: Any
    ) -> errors.TrueNASError:
        """Return the error of a connection with TLS to a server that answers with this head of HTTP."""
        tls = self.authority.server(names)[0]
        with serving(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode(), tls) as port:
            return failure(Channel, Address("127.0.0.1", port, **{"ca_path": str(self.ca_path), **given}))


@pytest.fixture(scope="module")
def authority() -> Authority:
    """An authority for the certificates of servers on loopback."""
    return Authority()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, authority: Authority, tmp_path: Path) -> World:
    """The means of a test."""
    ca_path = tmp_path / "ca.pem"
    ca_path.write_bytes(authority.pem)
    return World(monkeypatch, authority, ca_path, tmp_path)


Found = Sequence[errors.TrueNASError | str]
"""Errors, and warnings."""


def of_libraries(world: World) -> Found:
    world.monkeypatch.setattr(_pydantic, "IMPORT_ERROR", "No module named 'pydantic'")
    world.monkeypatch.setattr(_pydantic, "FOUND", "")
    return [failure(requirements.require)]


def of_addresses(world: World) -> Found:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        unused = listener.getsockname()[1]
    found = [
        failure(Channel, Address("127.0.0.1", unused)),
        failure(Channel, Address(f"{'a' * 64}.example", 443)),
        world.connecting("503 X"),
        channel_errors.CLOSE_REASONS[1008]("wss://nas1:443/api/current"),
    ]
    with serving(b"HTTP/1.1 403 X\r\n\r\n", None) as port:
        for name in ("no_proxy", "NO_PROXY"):
            world.monkeypatch.delenv(name, raising=False)
        world.monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        found.append(failure(Channel, Address("nas.example", 443)))
        world.monkeypatch.delenv("https_proxy")
    return found


def over_the_socket(error: str) -> errors.TrueNASError:
    """Return the error if each socket of a NAS fails with an error of the system."""
    target = over_ssh.read({"via": "ssh", "host": "nas1", "timeout": 60.0})
    return over_ssh.refusal(target, Report("backup", refused={"/var/run/middleware/middlewared.sock": error}))


def of_servers(world: World) -> Found:
    return [world.connecting("404 X"), world.connecting("302 X\r\nLocation: https://127.0.0.1/ui/")]


def of_broken_connections(world: World) -> Found:
    url = "wss://nas1:443/api/current"
    return [channel_errors.lost(url), channel_errors.of_close(b"\x03\xe9going away", url)]


def of_certificates(world: World) -> Found:
    garbage = world.folder / "garbage.pem"
    garbage.write_text("not a certificate")
    return [
        world.connecting("200 X", ca_path=None),
        world.connecting("200 X", names=[x509.DNSName("other.example")]),
        failure(Address("127.0.0.1", 443, ca_path=str(garbage)).tls),
    ]


def of_plain_servers(world: World) -> Found:
    with serving(b"HTTP/1.1 400 X\r\n\r\n", None) as port:
        return [failure(Channel, Address("127.0.0.1", port))]


def of_logins(world: World) -> Found:
    kinds = iter(["OTP_REQUIRED", "AUTH_ERR"])
    return [
        *(refused(account, "AUTH_ERR") for account in (test_login.BY_KEY, test_login.BY_PASSWORD)),
        refused(test_login.BY_KEY, "DENIED"),
        refused(test_login.BY_PASSWORD, "OTP_REQUIRED"),
        failure(test_login.hold, test_login.WITH_CODE, lambda method, data: {"response_type": next(kinds)}),
    ]


def of_impostors(world: World) -> Found:
    forged = test_login.ScramServer(last=lambda text: f"v={base64.b64encode(bytes(64)).decode()}")
    other = test_login.ScramServer(first=lambda text: f"r={'A' * 88}," + text.partition(",")[2])
    return [failure(test_login.hold, test_login.BY_KEY, server) for server in (forged, other)]


def of_roles(world: World) -> Found:
    return [failure(run, FakeNas(reader=True), b2=B2), from_nas(13, "Not authorized")]


def of_readers(world: World) -> Found:
    shown = in_module(FakeNas(MASKED, reader=True), "cloud_credential_info", reveal_secrets=True)
    return [*run(FakeNas(MASKED, reader=True), check=True, b2=B2)["warnings"], *shown["warnings"]]


def of_names(world: World) -> Found:
    return [
        failure(buckets.listing, "nobody", Nas(FakeNas(STORED)), 60),
        failure(run, FakeNas(), new_name="abroad"),
    ]


def of_types(world: World) -> Found:
    given = {"name": "offsite", "b2": {"account": True, "key": 342391}}
    return [errors.InvalidInput([problem]) for problem in mistyped.problems(given, cloud_credential.ARGUMENTS)]


def of_use(world: World) -> Found:
    tasks = [{"id": 5, "description": "nightly", "credentials": {"id": 3}}]
    return [failure(run, FakeNas(STORED, answers={"cloudsync.query": tasks}), state="absent")]


def of_sets(world: World) -> Found:
    items = ({"name": "offsite", "state": "absent"}, {"name": "new", "state": "present", "b2": B2})
    refusal = errors.ServerFault("no")
    nas = FakeNas(STORED, answers={"cloudsync.credentials.create": refusal})
    result = batch.ensure(KIND, task_of_set(*items), Nas(nas), check_mode=False)
    return [item["msg"] for item in result["credentials"]]


def of_verifications(world: World) -> Found:
    answers = [{"valid": False, "error": text, "excerpt": text} for text in ("403 Forbidden", "i/o timeout")]
    token = {"token": {"access_token": "hush-canary", "refresh_token": "hush-canary", "expiry": "2026-01-01T00:00:00Z"}}
    return [
        failure(run, FakeNas(), box=token, verify="always", verify_again=True),
        failure(run, FakeNas(), box=token, verify="always", on_inconclusive="fail_unless_valid"),
        *(
            failure(
                run,
                FakeNas(answers={"cloudsync.credentials.verify": answer}),
                b2=B2,
                verify="always",
                on_inconclusive="fail",
            )
            for answer in answers
        ),
    ]


def of_runs(world: World) -> Found:
    found = []
    for state in ("FAILED", "ABORTED", "RUNNING"):
        nas = test_task_runs.prepared("cloudsync")
        test_task_runs.ends(nas, state, error="no")
        found.append(test_task_runs.failure(nas, **({"run_timeout": 1e-9} if state == "RUNNING" else {})))
    return found


def of_browsers(world: World) -> Found:
    answers = ({"error": "access_denied", "state": "STATE"}, {"code": "c", "state": "another"})
    return [
        *(
            failure(flow.browser, flow.read(test_oauth.options()), *test_oauth.redirected(**answer)[:2])
            for answer in answers
        ),
        failure(Redirects(7).wait, 0.001),
        failure(rclone_token, {"access_token": "a"}, test_oauth.OAUTH["box"], test_oauth.NOW),
    ]


def of_providers(world: World) -> Found:
    fault = errors.ServerFault("The NAS failed", -32001, 14, "403 Forbidden")
    return [failure(buckets.listing, "offsite", Nas(FakeNas(STORED, answers={"cloudsync.list_buckets": fault})), 60)]


INVALID_VALUE = {
    "code": -32602,
    "data": {"error": 22, "extra": [["cloud_sync_credentials_create.name", "This name is taken", 22]]},
}
PROVOKED: dict[str, Callable[[World], Found]] = {
    "pydantic or another Python library is missing": of_libraries,
    "A library for one function is missing": lambda world: [failure(probes.library, "no_such_library", "paramiko")],
    "Cannot connect to the NAS": of_addresses,
    "The socket of the NAS cannot be used over SSH": lambda world: [
        over_the_socket("ENOENT"),
        over_the_socket("ECONNREFUSED"),
    ],
    "The SSH user has no rights on the NAS": lambda world: [
        over_the_socket("EACCES"),
        errors.AuthenticationError(over_ssh._NO_ACCOUNT.format(name="nas1", user="backup")),
    ],
    "The server has no API of TrueNAS": of_servers,
    "The connection was lost": of_broken_connections,
    "The session has ended": lambda world: [from_nas(207, "Not authenticated")],
    "The NAS did not answer in time": lambda world: [channel_errors.late("wss://nas1:443/api/current")],
    "The certificate is not trusted": of_certificates,
    "The server does not use TLS": of_plain_servers,
    "The API key or the password is refused": of_logins,
    "The API key was revoked because it was sent without TLS": lambda world: [refused(test_login.BY_KEY, "EXPIRED")],
    "An address without TLS is refused": lambda world: [
        failure(connection.read, test_connection.options(host="ws://nas.example"))
    ],
    "The server cannot prove that it knows the API key": of_impostors,
    "The login limit of the NAS is reached": lambda world: [from_nas(16, "Rate limit exceeded")],
    "The standby node of a pair answers": lambda world: [refused(test_login.BY_KEY, "REDIRECT")],
    "The account lacks a role": of_roles,
    "The NAS hides fields": of_readers,
    "A masked value is refused": lambda world: [failure(run, FakeNas(), b2={**B2, "key": "********"})],
    "A name was not found": of_names,
    "Two objects have the same name": lambda world: [
        failure(run, FakeNas(STORED, {**STORED, "id": 4}), b2={"account": "other"})
    ],
    "An option requires a newer TrueNAS": lambda world: [
        failure(run, FakeNas(version="25.04.0"), s3={**S3, "force_path_style": False})
    ],
    "Text must be in quotes": of_types,
    "A field is required": lambda world: [failure(run, FakeNas(), b2={"account": "a"})],
    "An object is still in use": of_use,
    "An object was not deleted": of_sets,
    "A purge of everything is refused": lambda world: [failure(task_of_set, purge=True)],
    "A verification failed": of_verifications,
    "A run of a cloud task failed": of_runs,
    "A login in the browser failed": of_browsers,
    "A provider refused a request": of_providers,
    "The NAS refuses a value": lambda world: [decode_error(INVALID_VALUE, "cloudsync.credentials.create")],
    "The NAS stores a row that cannot be read": lambda world: [
        failure(run, FakeNas(answers={"cloudsync.credentials.query": [{"id": 4}]}), b2=B2)
    ],
    "The NAS failed": lambda world: [
        from_nas(14, "disk full"),
        decode_error({"code": -32601}, "cloudsync.credentials.query"),
    ],
}
"""How to provoke the messages of each section."""


def pattern(message: str) -> re.Pattern[str]:
    """Return the expression for texts that begin with a message."""
    return re.compile(".+?".join(map(re.escape, message.split(ANY))), re.DOTALL)


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.heading for entry in ENTRIES])
def test_each_message_on_the_page_appears(entry: Entry, world: World) -> None:
    found = PROVOKED[entry.heading](world)
    for message in entry.messages:
        matching = [one for one in found if pattern(message).match(str(one))]
        assert matching, f"{message!r} is not among {[*map(str, found)]}"
        for one in matching:
            # A warning is text, and so is the message of an item in the result of a set.
            assert one.__class__ is entry.error or (isinstance(one, str) and entry.error in (None, errors.TrueNASError))
    assert "hush-canary" not in "".join(map(str, found))


def test_every_section_is_provoked() -> None:
    assert [*PROVOKED] == [entry.heading for entry in ENTRIES]


def test_every_error_has_a_section() -> None:
    tree = [error for error in vars(errors).values() if inspect.isclass(error) and issubclass(error, Exception)]
    assert {entry.error for entry in ENTRIES} - {None} == {*tree} - NEVER_RAISED
    assert next(error for _depth, error in troubleshooting.classes()) is errors.TrueNASError
    assert {error for _depth, error in troubleshooting.classes()} == {*tree}
    for error in tree:
        assert f"`{error.__name__}` | {troubleshooting.meaning_of(error)} |" in PAGE


def test_the_errors_without_a_section_are_never_raised() -> None:
    raised = re.compile(rf"(?<!class )\b(?:{'|'.join(error.__name__ for error in NEVER_RAISED)})\(")
    for path in (ROOT / "plugins").rglob("*.py"):
        assert not raised.search(re.sub(r"class \w+\(.*\):", "", path.read_text())), path


def classified(text: str) -> set[str]:
    """Return the causes of a message, of any provider or of none."""
    return {classify(text, provider).name for provider in [None, *PROVIDERS.values()]}


def of_the_collection(name: str) -> str:
    """Return the text with which the collection itself gives a cause."""
    if name == causes.UNSUPPORTED_LOGIN.name:
        answer = SimpleNamespace(status_code=401, reason="X", headers={"WWW-Authenticate": "Digest realm=x"})
        with pytest.raises(probes.ProbeRefused) as caught:
            web._needs_basic(answer)
        assert caught.value.cause == causes.UNSUPPORTED_LOGIN
        return str(caught.value)
    if name == causes.MISREAD.name:
        return "".join(reason for _field, reason in misread_fields({"key": "%(a)s"}))
    return probes.NO_BUCKET if name == causes.EMPTY_ROOT.name else ""


@pytest.mark.parametrize("name", CAUSES)
def test_each_message_of_a_cause_has_that_cause(name: str) -> None:
    seen = CAUSES[name].seen
    assert bool(seen) == (name != causes.UNKNOWN.name)
    for text in seen:
        assert text in of_the_collection(name) or name in classified(text), text
    assert f"| `{name}` | {CAUSES[name].state} |" in PAGE


def test_every_link_of_the_page_leads_somewhere() -> None:
    outside = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)]+)\)", outside):
        name, _hash, place = target.partition("#")
        linked = ROOT / "docs" / name if name else ROOT / "docs/troubleshooting.md"
        assert linked.exists(), target
        assert not place or place in anchors(linked.read_text()), target
