# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that keeps the logins of an Ansible run: one thread for each NAS and account."""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from typing import NoReturn

from ansible_collections.nasops.truenas.plugins.module_utils.errors import ServerFault, TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.nas.connection import Connection
from ansible_collections.nasops.truenas.plugins.module_utils.protocol import api_key
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.api_key import Precomputed
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import Account
from ansible_collections.nasops.truenas.plugins.module_utils.transport.address import Address
from ansible_collections.nasops.truenas.plugins.module_utils.transport.channel import Channel

from .broker import Broker
from .derived_keys import KEYS
from .frames import LOST, OPEN, PROGRESS, Reader, frame, pack_error
from .run import parent_of

PATIENCE = 10.0
"""Seconds for the first message of a worker, which names its NAS."""

MAX_ORDER_SIZE = 1 << 20
"""Maximum size of this message in bytes."""


class Hub:
    """Takes in workers at `listener`, and brings together those that need the same NAS and account.

    Serves only children of the process `main` that have its user.
    """

    def __init__(self, listener: socket.socket, main: int) -> None:
        self._listener = listener
        self._main = main
        self._lock = threading.Lock()
        self._logins: dict[str, _Login] = {}

    def run(self) -> NoReturn:
        """Serve until this process ends."""
        while True:
            worker = self._listener.accept()[0]
            if is_worker(worker, self._main):
                threading.Thread(target=self._take_in, args=(worker,), daemon=True).start()
            else:
                worker.close()

    def _take_in(self, worker: socket.socket) -> None:
        try:
            name, target = read_order(_first_message(worker))
        except (OSError, ValueError, TypeError, KeyError):
            worker.close()
            return
        with self._lock:
            login = self._logins.get(name)
            if login is None:
                login = self._logins[name] = _Login(target, lambda: self._forget(name))
                threading.Thread(target=login.run, daemon=True).start()
            login.add(worker)

    def _forget(self, name: str) -> None:
        with self._lock:
            del self._logins[name]


def _first_message(worker: socket.socket) -> bytes:
    """Return the body of the order. Raises OSError, or ValueError if something else comes."""
    worker.settimeout(PATIENCE)
    reader, size = Reader(), 0
    while size < MAX_ORDER_SIZE and (data := worker.recv(MAX_ORDER_SIZE)):
        size += len(data)
        for kind, body in reader.feed(data):
            if kind != OPEN:
                break
            worker.settimeout(None)
            return body
    raise ValueError("the first message of a worker must name its NAS")


class _Login:
    """A login with one NAS, the workers that wait for it, and the broker once it has succeeded."""

    def __init__(self, target: Connection, forget: Callable[[], None]) -> None:
        self._target = replace(target, account=replace(target.account, derive=KEYS.derive))
        self._forget = forget
        self._lock = threading.Lock()
        self._waiting: list[socket.socket] = []
        self._broker: Broker | None = None

    def add(self, worker: socket.socket) -> None:
        """Let a worker wait for the login, or use it."""
        with self._lock:
            if self._broker is None:
                self._waiting.append(worker)
            else:
                self._broker.add(worker)

    def run(self) -> None:
        """Log in, and serve until the connection is lost. Report the error to everyone."""
        try:
            self._serve()
        except TrueNASError as error:
            self._end(error)
        except Exception as error:
            # A defect must not leave the workers waiting.
            self._end(ServerFault(f"The shared login failed: {type(error).__name__}."))

    def _serve(self) -> NoReturn:
        session = self._target.open(self._show)
        channel = session.wire
        if not isinstance(channel, Channel):
            raise TypeError("only a connection to a NAS can be shared")
        with self._lock:
            broker = self._broker = Broker(channel, session.roles, channel.dialect)
            for worker in self._waiting:
                broker.add(worker)
            self._waiting.clear()
        broker.run()

    def _end(self, error: TrueNASError) -> None:
        # From here on, the next worker starts another login.
        self._forget()
        if self._broker is not None:
            self._broker.tell(error)
        for worker in self._waiting:
            # It might have left by now.
            with worker, suppress(OSError):
                worker.settimeout(1)
                worker.sendall(frame(LOST, pack_error(error)))

    def _show(self, line: str) -> None:
        """Pass a line of progress on to the workers that wait."""
        with self._lock:
            for worker in self._waiting:
                with suppress(OSError):
                    worker.sendall(frame(PROGRESS, line.encode()))


def order(name: str, target: Connection) -> bytes:
    """Return the message with which a worker asks for a login: the name that it shares, and the NAS and account."""
    account = target.account
    key = account.api_key
    content = {
        "name": name,
        "address": asdict(target.address),
        "account": {
            "username": account.username,
            "api_key": key.parts() if isinstance(key, Precomputed) else key,
            "password": account.password,
            "otp": account.otp,
            "mechanism": account.mechanism,
            "bind_channel": account.bind_channel,
        },
        "timeout": target.timeout,
        "or_plaintext": target.or_plaintext,
        "connect_within": target.connect_within,
        "or_ddp": target.or_ddp,
    }
    return frame(OPEN, json.dumps(content).encode())


def read_order(body: bytes) -> tuple[str, Connection]:
    """Return what a worker asks for. Raises ValueError, TypeError, or KeyError for anything else."""
    content = json.loads(body)
    account = content["account"]
    key = account["api_key"]
    target = Connection(
        Address(**content["address"]),
        Account(**{**account, "api_key": api_key.read(key) if isinstance(key, dict) else key}),
        content["timeout"],
        content["or_plaintext"],
        content["connect_within"],
        content["or_ddp"],
    )
    return content["name"], target


def is_worker(connection: socket.socket, main: int) -> bool:
    """Return whether the other end of a Unix socket is a child of the process `main`, with the user of this process."""
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    process, user, _group = struct.unpack("3i", peer)
    return user == os.geteuid() and parent_of(process) == main


def end_with(descriptor: int, cleanup: Callable[[], None]) -> None:
    """End this process as soon as another one ends, whose pidfd this is, in whatever this process is busy."""

    def watch() -> None:
        select.select([descriptor], [], [])
        cleanup()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
