# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON-RPC 2.0 as the NAS speaks it: text in, replies out, no socket (truenas-api/wire.md §1)."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput, Problem, ServerFault, TrueNASError
from .faults import decode_error

LIMIT_BEFORE_LOGIN = 8192
LIMIT_AFTER_LOGIN = 65536


@dataclass(frozen=True)
class Reply:
    """The answer to the request of that id: a result, or the error that the NAS reported."""

    id: int
    result: Any = None
    error: TrueNASError | None = None


class RpcConnection:
    """One connection's requests and replies.

    `logged_in` raises the size limit of messages, as it does on the server; sizes are in characters, which is why text
    goes out unescaped.
    """

    def __init__(self) -> None:
        self.logged_in = False
        self._ids = itertools.count(1)
        self._methods: dict[int, str] = {}

    def request(self, method: str, *params: Any) -> tuple[int, str]:
        """Return the id and the text of a request. Raises InvalidInput for one that would close the connection."""
        number = next(self._ids)
        message = json.dumps(
            {"jsonrpc": "2.0", "id": number, "method": method, "params": params},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        limit = LIMIT_AFTER_LOGIN if self.logged_in else LIMIT_BEFORE_LOGIN
        if len(message) > limit:
            raise InvalidInput(
                [
                    Problem(
                        method,
                        f"the request has {len(message)} characters; the NAS closes the connection above {limit}",
                        "Shorten the longest value, which is usually a token, a key file or the name.",
                    )
                ]
            )
        self._methods[number] = method
        return number, message

    def receive(self, message: str) -> Reply | None:
        """Return the reply that the text holds, or None for a notification. Raises ServerFault for anything else."""
        try:
            envelope = json.loads(message)
        except (ValueError, RecursionError):
            raise ServerFault("The NAS sent something that is not JSON; is this really a TrueNAS API?") from None
        if not isinstance(envelope, dict):
            raise ServerFault("The NAS sent JSON that is no JSON-RPC reply; is this really a TrueNAS API?")
        if "method" in envelope:
            return None
        number = envelope.get("id")
        method = self._methods.pop(number, "") if isinstance(number, int) else ""
        error = None if envelope.get("error") is None else decode_error(envelope["error"], method)
        if not isinstance(number, int) or not method:
            raise error or ServerFault("The NAS answered a question that was not asked.")
        return Reply(number, envelope.get("result"), error)
