# SPDX-License-Identifier: GPL-3.0-or-later
"""The socket of the NAS itself: its routes, its protocol, and who opens it (truenas-api/older.md §4)."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, UnixConnector, WSServerHandshakeError

from tests.simulator import Simulator, versions
from tests.simulator.accounts import ADMIN_ROLES, READER_ROLES, Credential, Logins, parse_key
from tests.simulator.local import KIND, Local, parse_account, who
from tests.simulator.older import site
from tests.simulator.scram import Verifier
from tests.simulator.server import Running, Settings, run
from tests.simulator.store import CREDENTIALS, KEYCHAIN

ALL = [*versions.OLDER, *versions.VERSIONS]
SCALE = [version for version in versions.OLDER if not version.startswith("v13.")]
KEY = parse_key("1-first", ADMIN_ROLES)
S3 = {"access_key_id": "AKIA", "secret_access_key": "hush+canary"}
QUERY = "cloudsync.credentials.query"
READER = "automation:CLOUD_SYNC_READ,KEYCHAIN_CREDENTIAL_READ"


class Inside:
    """A connection to the socket; `call` returns the answer without its envelope."""

    def __init__(self, version: str, ws: ClientWebSocketResponse) -> None:
        self._older = versions.is_older(version)
        self.ws = ws

    async def call(self, method: str, *params: Any) -> dict[str, Any]:
        """Return `result` or `error` of a call."""
        kind = {"msg": "method"} if self._older else {"jsonrpc": "2.0"}
        await self.ws.send_json({**kind, "id": 1, "method": method, "params": [*params]})
        answer = await self.ws.receive_json()
        return {key: value for key, value in answer.items() if key in ("result", "error")}


def settings(version: str, folder: Path, account: str | None, **changes: Any) -> Settings:
    """Return those of a NAS whose socket the uid of this process opens as an account, by default as uid 0."""
    accounts = dict([parse_account(f"{os.getuid()}={account or 'root:FULL_ADMIN'}")])
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": 0,
        "version": version,
        "user": "automation",
        "keys": [KEY],
        "state": folder / "state",
        "password": None,
        "plaintext": True,
        "latency": 0,
        "login_limit": 1,
        "faults": [],
        "seed": {},
        "logins": Logins(),
        "iterations": 4096,
        "verifiers": {1: Verifier.of(KEY.secret, 1)},
        "rclone_environment": {},
        "local": Local(folder / "s", accounts),
    }
    return Settings(**given | changes)


@asynccontextmanager
async def opened(version: str, folder: Path) -> AsyncIterator[Inside]:
    """Connect to the socket, with a Host header of no meaning."""
    path = site.DDP if versions.is_older(version) else "/api/current"
    async with (
        ClientSession(connector=UnixConnector(str(folder / "s"))) as client,
        client.ws_connect(f"http://any{path}", headers={"Host": "no.such.name:1"}) as ws,
    ):
        if versions.is_older(version):
            await ws.send_json({"msg": "connect", "version": "1", "support": ["1"]})
            assert (await ws.receive_json())["msg"] == "connected"
        yield Inside(version, ws)


Ask = Callable[[Inside, Running], Coroutine[Any, Any, None]]


def ask(version: str, folder: Path, questions: Ask, account: str | None = None, **changes: Any) -> None:
    """Start a NAS, open its socket, and ask."""

    async def converse() -> None:
        async with run(settings(version, folder, account, **changes)) as nas, opened(version, folder) as inside:
            await questions(inside, nas)

    asyncio.run(converse())
    assert not (folder / "s").exists()


@pytest.mark.parametrize("version", ALL)
def test_root_needs_no_login_and_no_web_server_is_in_front(version: str, tmp_path: Path) -> None:
    older = versions.is_older(version)

    async def questions(inside: Inside, _nas: Running) -> None:
        mode = stat.S_IMODE((tmp_path / "s").stat().st_mode)
        assert mode == (0o600 if version.startswith("v13.") else 0o666)
        assert await inside.call(QUERY) == {"result": []}
        if not older:
            me = (await inside.call("auth.me"))["result"]
            assert me["pw_name"] == "root"
            assert "FULL_ADMIN" in me["privilege"]["roles"]["$set"]
        async with ClientSession(connector=UnixConnector(str(tmp_path / "s"))) as client:
            missing = "/api/current" if older else "/api/v1.0"
            with pytest.raises(WSServerHandshakeError) as refused:
                await client.ws_connect(f"http://any{missing}")
            assert refused.value.status == 404
            async with client.get("http://any/ui/") as page:
                assert page.status == 404
            async with client.get("http://any/api/versions") as listed:
                assert listed.status == (404 if older else 200)

    ask(version, tmp_path, questions)


@pytest.mark.parametrize("version", ["v13.3", "v24.10.2", "v25.10.0"])
def test_silence_is_not_cut(version: str, tmp_path: Path) -> None:
    async def questions(inside: Inside, nas: Running) -> None:
        async with ClientSession() as client, client.ws_connect(nas.url) as outside:
            assert (await outside.receive()).data is None, "nginx has cut it"
        assert "result" in await inside.call(QUERY)

    ask(version, tmp_path, questions, idle_limit=0.1)


@pytest.mark.parametrize("version", [*SCALE, *versions.VERSIONS])
def test_another_uid_is_the_account_with_its_roles(version: str, tmp_path: Path) -> None:
    async def questions(inside: Inside, nas: Running) -> None:
        flat = versions.is_older(version)
        given = {"provider": "S3", "attributes": S3} if flat else {"provider": {"type": "S3", **S3}}
        refused = (await inside.call("cloudsync.credentials.create", {"name": "offsite", **given}))["error"]
        assert "Not authorized" in (refused["reason"] if flat else refused["data"]["reason"])
        nas.nas.store.insert(CREDENTIALS, {"name": "offsite", "provider": "S3", "attributes": S3})
        pair = {"private_key": "hush+canary", "public_key": "ssh-ed25519 AAAA"}
        nas.nas.store.insert(KEYCHAIN, {"name": "k", "type": "SSH_KEY_PAIR", "attributes": pair})
        for method in (QUERY, "keychaincredential.query"):
            rows = (await inside.call(method))["result"]
            assert "hush+canary" not in str(rows)
            if flat:
                assert rows[0]["attributes"] == "********"
        if not flat:
            assert (await inside.call("auth.me"))["result"]["pw_name"] == "automation"

    ask(version, tmp_path, questions, READER)


@pytest.mark.parametrize("version", ["v24.10.2", "v25.04.0", "v27.0.0"])
def test_an_account_without_a_privilege_is_not_logged_in(version: str, tmp_path: Path) -> None:
    async def questions(inside: Inside, _nas: Running) -> None:
        refused = (await inside.call(QUERY))["error"]
        assert (refused if "errname" in refused else refused["data"])["error"] == 207

    ask(version, tmp_path, questions, "nobody")


def test_everyone_is_root_on_core(tmp_path: Path) -> None:
    async def questions(inside: Inside, _nas: Running) -> None:
        created = await inside.call(
            "cloudsync.credentials.create", {"name": "offsite", "provider": "S3", "attributes": S3}
        )
        assert created["result"]["attributes"]["secret_access_key"] == "hush+canary"

    ask("v13.3", tmp_path, questions, "nobody")


@pytest.mark.parametrize(("version", "limit"), [("v13.3", 4 << 20), ("v24.04.2", 4 << 20), ("v24.10.2", 65536)])
def test_messages_are_limited_as_after_a_login(version: str, limit: int, tmp_path: Path) -> None:
    async def questions(inside: Inside, _nas: Running) -> None:
        head = '{"msg": "ping", "id": "p", "ignored": "'
        await inside.ws.send_str(f'{head}{"x" * (limit - len(head) - 2)}"}}')
        assert (await inside.ws.receive_json())["msg"] == "pong"
        await inside.ws.send_str(f'{head}{"x" * (limit - len(head) - 1)}"}}')
        assert (await inside.ws.receive()).data == 1009

    ask(version, tmp_path, questions)


@pytest.mark.parametrize("version", ["v24.10.2", "v25.04.2"])
def test_no_limit_counts_logins(version: str, tmp_path: Path) -> None:
    async def questions(inside: Inside, _nas: Running) -> None:
        for _turn in range(3):
            assert await inside.call("auth.login_with_api_key", "1-first") == {"result": True}

    ask(version, tmp_path, questions, "nobody")


def test_who_opens_the_socket() -> None:
    number, reader = parse_account("3000=automation:READONLY_ADMIN")
    assert (number, reader) == (3000, Credential(KIND, "automation", READER_ROLES))
    root = Credential(KIND, "root", frozenset({"FULL_ADMIN"}), attributes=("SYS_ADMIN",))
    for version in ("v24.10.2", "v27.0.0"):
        assert who(version, 0, {}) == root
        assert who(version, 3000, {}) is None
        assert who(version, 3000, {3000: reader}) == reader
        assert who(version, 0, {0: reader}) == reader
    assert who("v13.3", 3000, {3000: reader}) == root
    for wrong in ("3000", "3000=", "x=automation", "3000=automation:CLOUD_SYNC"):
        with pytest.raises(ValueError, match=r"the form UID=NAME|invalid literal"):
            parse_account(wrong)


def test_the_command_line_opens_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "middlewared.sock"
    with Simulator(version="24.10.2", socket=path, socket_accounts=[f"{os.getuid()}=automation:FULL_ADMIN"]) as nas:
        assert nas.socket == str(path)
        assert path.is_socket()
    assert not path.exists()
