# SPDX-License-Identifier: GPL-3.0-or-later
"""The number of parameters of create, update, and delete, of which Python itself complains before any model does
(upstream service/crud_service.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class CRUDService:
    """The signatures of the server's base class. All but the last parameters are its own, and not the caller's."""

    def create(self, app: None, audit_callback: None, message_id: None, data: Any) -> None:
        """Take the new object."""

    def update(self, app: None, audit_callback: None, message_id: None, id_: Any, data: Any) -> None:
        """Take an id and the changes."""

    def delete(self, app: None, audit_callback: None, message_id: None, id_: Any, *args: Any) -> None:
        """Take an id, and whatever else the model is asked about."""


_SERVICE = CRUDService()
_CALLS: dict[str, Callable[..., None]] = {
    "create": _SERVICE.create,
    "update": _SERVICE.update,
    "delete": _SERVICE.delete,
}


def check_count(method: str, params: list[Any]) -> None:
    """Raise TypeError for too few or too many parameters of one of the three."""
    if call := _CALLS.get(method.rpartition(".")[2]):
        call(None, None, None, *params)
