#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# websocket-client's shutdown() does not close a socket object of the caller's own.
#
# create_connection(socket=...) takes any object with the methods of a socket, for example a channel of paramiko.
# Expected: shutdown(), which is for closing at once, closes it, as it closes the sockets that it opens itself.
# Happens: shutdown() looks at the private attribute `_closed` of Python's own sockets. An object without it stays open, and
# shutdown() reports nothing. close() ends with the same call.
# Why it matters: the other side of an SSH channel waits for an end that never comes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check websocket-client==1.9.2 paramiko==4.0.0

"$folder/venv/bin/python" - <<'PYTHON'
import socket

import paramiko
import websocket


class Stream:
    """A socket behind an object of its own, as a program has it that wraps pipes or an SSH channel."""

    def __init__(self, inner):
        self.inner = inner
        self.is_closed = False

    def close(self):
        self.is_closed = True
        self.inner.close()

    def shutdown(self, how):
        self.inner.shutdown(how)


print("websocket-client", websocket.__version__, "paramiko", paramiko.__version__)
print("a paramiko channel has _closed:", "_closed" in vars(paramiko.Channel(1)))

plain, _peer = socket.socketpair()
own, _other = socket.socketpair()
stream = Stream(own)
closed = {}
for name, given in {"socket": plain, "object": stream}.items():
    client = websocket.WebSocket()
    client.sock = given
    client.shutdown()
    closed[name] = given.fileno() == -1 if name == "socket" else given.is_closed
print("closed by shutdown():", closed)
assert closed == {"socket": True, "object": False}, "the behavior has changed"
PYTHON
