# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python for modules that has imported everything, because imports take nearly all the time of a module.

Ansible starts `path` as it starts any Python, with a module's file or with the module on stdin. The program hands its arguments,
folder, environment, and open files to this server, which forks a process for them. That process runs the file of Ansible as
`__main__`: the options, the module, and its output are the same as in another Python. The libraries, `ansible.module_utils`, and
`module_utils` of the collection are those of this checkout and not those in the module's file.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from ansible.module_utils import _internal

CLIENT = """\
#!{python} -SEI
import json, os, socket, sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    started = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(started).to_bytes(4, "big")], [0, 1, 2])
    server.sendall(started)
    status = server.recv(1)
sys.exit(status[0] if status else 1)
"""
ROOT = Path(__file__).parents[2]
COLLECTION = "ansible_collections.nasops.truenas.plugins.module_utils"


class PreparedPython:
    """A running server; `path` is the program that stands for Python."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="python-")
        self.path = Path(self._folder.name, "python")
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def variables(self) -> dict[str, Any]:
        """Return the keyword of a task whose module is to run in this Python."""
        return {"vars": {"ansible_python_interpreter": str(self.path)}}

    def __enter__(self) -> Self:
        address = str(Path(self._folder.name, "server"))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(address)
            listener.listen()
            command = [sys.executable, "-m", __name__, str(listener.fileno())]
            # The server ends when this end of its stdin is closed, however this process ends.
            self._server = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / '.collections'}"},
            )
        self.path.write_text(CLIENT.format(python=sys.executable, address=address))
        self.path.chmod(0o755)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.communicate()
        self._folder.cleanup()


def serve(listener: socket.socket) -> None:
    """Run what is asked for, each in a process of its own, until stdin ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(0, selectors.EVENT_READ)
    while True:
        for key, _events in selector.select():
            if key.fileobj == 0:
                return
            client, _address = listener.accept()
            if not os.fork():
                selector.close()
                listener.close()
                _run(client)
            client.close()


def _run(client: socket.socket) -> NoReturn:
    """Become the process that the client stands for, and end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, files, _flags, _address = socket.recv_fds(client, 4, 3)
    with client.makefile("rb") as said:
        arguments, folder, environment = json.loads(said.read(int.from_bytes(size, "big")))
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # Python chooses this folder once, and the server has been in another environment.
    tempfile.tempdir = None
    sys.argv = arguments or ["-"]
    status = 1

    def end() -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        client.sendall(bytes([status]))
        os._exit(status)

    # Registered first, so it is called last.
    atexit.register(end)
    try:
        if arguments:
            runpy.run_path(arguments[0], run_name="__main__")
        else:
            exec(compile(sys.stdin.read(), "<stdin>", "exec"), {"__name__": "__main__"})
        status = 0
    except SystemExit as ended:
        status = ended.code & 255 if isinstance(ended.code, int) else int(bool(ended.code))
    sys.exit()


def _import_everything() -> None:
    importlib.import_module("ansible.module_utils._internal._ansiballz._loader")
    package = importlib.import_module(COLLECTION)
    for module in pkgutil.walk_packages(package.__path__, f"{COLLECTION}."):
        importlib.import_module(module.name)
    if _internal.is_controller:
        raise RuntimeError("warnings of modules would be printed instead of returned")
    gc.freeze()


if __name__ == "__main__":
    _import_everything()
    with socket.socket(fileno=int(sys.argv[1])) as given:
        serve(given)
