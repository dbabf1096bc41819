# SPDX-License-Identifier: GPL-3.0-or-later
"""The first calls over a local socket of the NAS, which logs its users in by itself (truenas-api/older.md §4)."""

from __future__ import annotations

from ..errors import AuthenticationError, ServerError, SessionEnded
from .ddp import CONNECT
from .login import Conversation, roles_of

_NOT_LOGGED_IN = "The NAS has not logged in the user."


def enter() -> Conversation:
    """Yield the call that shows whether somebody is logged in, and as whom. Returns the roles, None if they are unknown.

    Raises AuthenticationError if nobody is logged in.
    """
    try:
        return roles_of((yield ("auth.me",)))
    except SessionEnded:
        raise AuthenticationError(_NOT_LOGGED_IN) from None
    except ServerError:
        # Sessions without a user have all rights.
        return None


def enter_older() -> Conversation:
    """Yield the greeting, and a call that every account can make, as `enter` does. These systems do not report roles."""
    yield (CONNECT,)
    try:
        yield ("core.ping",)
    except SessionEnded:
        raise AuthenticationError(_NOT_LOGGED_IN) from None
    except ServerError:
        # A refusal of the call is an answer to somebody who is logged in.
        return None
    return None
