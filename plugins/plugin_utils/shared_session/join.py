# SPDX-License-Identifier: GPL-3.0-or-later
"""A session for a worker: through the hub of its run, or with a login of its own."""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from ansible_collections.nasops.truenas.plugins.module_utils.nas.connection import Connection
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Session
from ansible_collections.nasops.truenas.plugins.module_utils.versions import Version

from .derived_keys import KEYS
from .hub import Hub, end_with, order
from .run import Run, current
from .wire import BrokerGone, BrokerWire

NAME = "truenas-session"
"""Name of the hub in the list of processes; Linux keeps 15 characters."""

SOCKET = "truenas.socket"

BACKLOG = 1024
"""Workers that wait for a login at the same time."""

LOGIN_PATIENCE = 100.0
"""Seconds, in addition to the timeout, that a worker waits for a login, which can wait for a free one."""

ATTEMPTS = 5
"""How often a worker looks for the hub before it logs in for itself alone."""

Show = Callable[[str], None]


@dataclass(frozen=True)
class SharedOpener:
    """Opens sessions with a NAS, as `Connection` does, but derives a key only once in a run, and logs in only once if `share`."""

    target: Connection
    share: bool = True

    @property
    def api_version(self) -> Version | None:
        """The API version to use, or None for the newest one."""
        return self.target.api_version

    @property
    def timeout(self) -> float:
        """The limit of each call of its sessions in seconds."""
        return self.target.timeout

    def again(self, within: float) -> Session:
        """Return a new session within so many seconds."""
        return replace(self, target=replace(self.target, connect_within=within)).open()

    def open(self, show: Show = lambda line: None) -> Session:
        """Return a session. Raises the errors of a login."""
        run = current() if self.share else None
        target = replace(self.target, account=replace(self.target.account, derive=KEYS.derive))
        if run is None:
            return target.open(show)
        try:
            return _join(run, target, show)
        finally:
            os.close(run.end)


def _join(run: Run, target: Connection, show: Show) -> Session:
    place = _Place(run.folder)
    for _attempt in range(ATTEMPTS):
        try:
            found, is_ours = place.connect_or_listen()
            if is_ours:
                with found:
                    if not _fork(run, place, found):
                        place.clear()
                        break
                found = place.connect()
            return _through_hub(run, found, target, show)
        except BrokerGone:
            continue
        except OSError:
            # For example, a temporary folder on a file system without sockets or locks.
            break
    return target.open(show)


def identity(target: Connection) -> object:
    """Return what tasks must have in common to share a login, secrets included.

    They can differ in the timeout, which belongs to a task, and in the one-time code, which is valid once.
    """
    return _compared(replace(target, timeout=0, account=replace(target.account, otp=None)))


def _compared(item: Any) -> object:
    """Return the fields by which dataclasses are compared, also those that their texts omit."""
    if not is_dataclass(item):
        return item
    return tuple(_compared(getattr(item, field.name)) for field in fields(item) if field.compare)


def _through_hub(run: Run, to_hub: socket.socket, target: Connection, show: Show) -> Session:
    """Return a session through the hub. Raises BrokerGone, or the error of the login that it waits for."""
    to_hub.sendall(order(run.name(identity(target)), target))
    wire = BrokerWire(to_hub, target.address.url)
    patience = target.connect_within or target.timeout + LOGIN_PATIENCE
    hello = wire.greet(time.monotonic() + patience, show)
    return Session(wire, None, target.timeout, roles=hello.roles, first_id=hello.first_id, dialect=hello.dialect)


class _Place:
    """The socket of the hub, in the temporary folder of the run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def connect_or_listen(self) -> tuple[socket.socket, bool]:
        """Return a socket to the process that listens, and False; or, if none does, a listening one, and True.

        The folder is locked only for this. Raises OSError.
        """
        with self._opened() as folder:
            fcntl.flock(folder, fcntl.LOCK_EX)
            path = self._path(folder)
            with suppress(OSError):
                return _connected(path), False
            Path(path).unlink(missing_ok=True)
            listener = socket.socket(socket.AF_UNIX)
            try:
                listener.bind(path)
                listener.listen(BACKLOG)
            except OSError:
                listener.close()
                raise
            return listener, True

    def connect(self) -> socket.socket:
        """Return a socket to the broker. Raises BrokerGone."""
        with self._opened() as folder:
            try:
                return _connected(self._path(folder))
            except OSError:
                raise BrokerGone from None

    def clear(self) -> None:
        """Remove the socket."""
        with suppress(OSError):
            (self._folder / SOCKET).unlink(missing_ok=True)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield folder
        finally:
            os.close(folder)

    def _path(self, folder: int) -> str:
        """Return a path of less than 108 bytes, the limit of a socket's address (unix(7))."""
        return f"/proc/self/fd/{folder}/{SOCKET}"


def _connected(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def _fork(run: Run, place: _Place, listener: socket.socket) -> bool:
    """Start the hub. Return whether that worked."""
    try:
        child = os.fork()
    except OSError:
        return False
    if not child:
        _be_hub(run, place, listener)
    return True


def _be_hub(run: Run, place: _Place, listener: socket.socket) -> NoReturn:
    """Serve in the child process, which never returns to Ansible's code."""
    try:
        # An old object that is collected would close a descriptor that has another use by now.
        gc.disable()
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        with suppress(OSError):
            Path("/proc/self/comm").write_text(NAME)
        _close_all_but({listener.fileno(), run.end})
        end_with(run.end, place.clear)
        Hub(listener, run.main).run()
    finally:
        # Neither Ansible's exit handlers nor the worker's buffers are this process's.
        os._exit(0)


def _close_all_but(kept: set[int]) -> None:
    """Close the worker's descriptors, and replace its standard streams."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > 2 and number not in kept:
            with suppress(OSError):
                os.close(number)
