# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare client: it sends frames and returns what comes back, with no opinion on either."""

from __future__ import annotations

import json
import socket
import ssl
from types import TracebackType
from typing import Any, Self

import websocket

from tests.simulator import Simulator

TIMEOUT = 20


class Wire:
    """One connection to a simulator; `path` chooses the interface version."""

    def __init__(self, nas: Simulator, path: str = "/api/current") -> None:
        scheme = "wss" if nas.ca_file else "ws"
        context = ssl.create_default_context(cafile=nas.ca_file) if nas.ca_file else None
        self.socket = websocket.create_connection(
            f"{scheme}://{nas.host}:{nas.port}{path}",
            timeout=TIMEOUT,
            sslopt={"context": context} if context else {},
            sockopt=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        self._nas = nas
        self._last_id = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, method: str, *params: Any) -> int:
        """Send a request without waiting; its id."""
        self._last_id += 1
        request = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": list(params)}
        self.socket.send(json.dumps(request))
        return self._last_id

    def receive(self) -> dict[str, Any]:
        """Return the next reply."""
        return json.loads(self.socket.recv())  # type: ignore[no-any-return]  # a message holds any JSON

    def reply(self, method: str, *params: Any) -> dict[str, Any]:
        """Send a request and return its reply."""
        sent = self.send(method, *params)
        reply = self.receive()
        assert reply["id"] == sent
        return reply

    def call(self, method: str, *params: Any) -> Any:
        """Return the result of a call that has to succeed."""
        reply = self.reply(method, *params)
        assert "error" not in reply, reply
        return reply["result"]

    def error(self, method: str, *params: Any) -> dict[str, Any]:
        """Return the error of a call that has to fail."""
        reply = self.reply(method, *params)
        assert "result" not in reply, reply
        return reply["error"]  # type: ignore[no-any-return]  # a message holds any JSON

    def extra(self, method: str, *params: Any) -> list[list[Any]]:
        """Return the triples of a call that has to fail with -32602."""
        error = self.error(method, *params)
        assert error["code"] == -32602, error
        return error["data"]["extra"]  # type: ignore[no-any-return]  # a message holds any JSON

    def login(self, *, read_only: bool = False, key: str = "") -> Self:
        """Log in with the administrator's key, the reader's, or the one given."""
        key = key or (self._nas.read_only_api_key if read_only else self._nas.api_key)
        data = {"mechanism": "API_KEY_PLAIN", "username": self._nas.user, "api_key": key}
        assert self.call("auth.login_ex", data)["response_type"] == "SUCCESS"
        return self

    def close_frame(self) -> tuple[int, str]:
        """Code and reason of the close frame that comes next."""
        opcode, data = self.socket.recv_data(control_frame=True)
        assert opcode == websocket.ABNF.OPCODE_CLOSE, (opcode, data)
        return int.from_bytes(data[:2], "big"), data[2:].decode()


def triple(attribute: str | None, message: str, number: int = 22) -> list[Any]:
    """Return one element of `extra`."""
    return [attribute, message, number]
