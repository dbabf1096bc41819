# SPDX-License-Identifier: GPL-3.0-or-later
"""The two languages that a NAS can speak, behind one interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import ddp, ddp_login, jsonrpc, local_login, login
from .login import Account, Conversation
from .messages import Messages


@dataclass(frozen=True)
class Dialect:
    """One language.

    - `path` is that of the URL, with the API version in braces.
    - `messages` returns the requests and replies of a connection, from an ID for the first request on. `log_in` yields the
      calls of a login, `enter` those over a local socket, which needs no login.
    - `asked` returns the ID of a request that the NAS answers, and how the request changes the number of subscriptions.
      `answered` returns the ID of the request that a message answers, and whether the session has ended. Both are for the
      broker, which passes messages on.
    - `is_older` is true if the NAS is older than 25.04.
    """

    name: str
    path: str
    messages: Callable[[int], Messages]
    log_in: Callable[[Account, Callable[[], bytes | None]], Conversation]
    enter: Callable[[], Conversation]
    asked: Callable[[str], tuple[int | None, int]]
    answered: Callable[[str], tuple[int | None, bool]]
    is_older: bool = False


JSON_RPC = Dialect(
    name="jsonrpc",
    path="/api/{api}",
    messages=jsonrpc.RpcConnection,
    log_in=login.log_in,
    enter=local_login.enter,
    asked=jsonrpc.asked,
    answered=jsonrpc.answered,
)
DDP = Dialect(
    name="ddp",
    path="/websocket",
    messages=ddp.DdpConnection,
    log_in=ddp_login.log_in,
    enter=local_login.enter_older,
    asked=ddp.asked,
    answered=ddp.answered,
    is_older=True,
)

DIALECTS = {dialect.name: dialect for dialect in (JSON_RPC, DDP)}
"""The languages by the name that the option `api` has for them."""

AUTO = "auto"
"""The value of the option `api` that asks the NAS for JSON-RPC, and uses DDP if it has none."""
