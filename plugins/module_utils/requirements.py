# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions that the collection needs. Every Python that runs Ansible modules can import this file."""

from __future__ import annotations

from ansible.module_utils.ansible_release import __version__ as ansible_core

from . import _pydantic, _python, _websocket_client
from .errors import Unsuitable
from .versions import parse

ANSIBLE_CORE = (2, 19)


def require() -> None:
    """Raise Unsuitable with each required version that is missing or too old, and the version found."""
    unmet = [*of_ansible(), *_python.unmet()]
    libraries = [
        ("pydantic 2.10", _pydantic.IMPORT_ERROR, _pydantic.FOUND),
        ("websocket-client 1.8", _websocket_client.IMPORT_ERROR, _websocket_client.FOUND),
    ]
    unmet += [f"{library} or newer (found {found or 'none'})" for library, error, found in libraries if error]
    if unmet:
        tracebacks = [error for _library, error, _found in libraries if error]
        raise Unsuitable(unmet, "\n".join(tracebacks))


def of_ansible(version: str = ansible_core) -> list[str]:
    """Return a list with the required and the found version of ansible-core, empty if it is new enough."""
    return [] if parse(version)[:2] >= ANSIBLE_CORE else [f"ansible-core 2.19 or newer (found {version})"]
