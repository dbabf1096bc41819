# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of Ceph with one monitor, one store in memory, and the gateway; and SeaweedFS. Each on loopback, with one key."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import uuid
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from ..base import HOST, Server
from .packages import ceph, weed

STARTING = 90.0
"""Seconds that a server may take to start."""


class OneKey(Server):
    """A server with the API of S3 and one key, which has all rights."""

    wire_type = "S3"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def options(self) -> dict[str, Any]:
        return {"access_key_id": self.user, "secret_access_key": self.password, "endpoint": self.url}

    @contextmanager
    def _serving(self) -> Iterator[None]:
        self.port = free_port()
        with ExitStack() as stack:
            self._start(stack)
            yield

    @abstractmethod
    def _start(self, stack: ExitStack) -> None:
        """Start the programs, which end with the stack."""

    def _probe(self) -> None:
        """Wait until the port is open."""
        wait_for_port(self.port)

    def _run(self, stack: ExitStack, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        log = stack.enter_context((self.folder / f"{name}.log").open("w"))
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
        stack.callback(_end, process)


class Ceph(OneKey):
    """The gateway of Ceph."""

    def _start(self, stack: ExitStack) -> None:
        root, self._monitor = ceph(), free_port()
        libraries = root / "usr/lib/x86_64-linux-gnu"
        paths = (libraries, root / "lib/x86_64-linux-gnu", libraries / "ceph", root / "usr/lib/ceph")
        env = {
            "PATH": f"{root / 'usr/bin'}:{os.defpath}",
            "LD_LIBRARY_PATH": ":".join(map(str, paths)),
            "PYTHONPATH": str(root / "usr/lib/python3/dist-packages"),
        }
        config, fsid, disk = self.folder / "ceph.conf", str(uuid.uuid4()), str(uuid.uuid4())
        for part in ("mon", "osd"):
            (self.folder / part).mkdir()
        config.write_text(self._config(fsid, libraries))
        own = ("-c", str(config))

        def call(program: str, *arguments: str) -> None:
            # The script of the command line tool names another Python.
            start = ["/usr/bin/python3"] if program == "ceph" else []
            command = [*start, str(root / "usr/bin" / program), *own, *arguments]
            subprocess.run(command, env=env, capture_output=True, check=True, timeout=STARTING)

        map_file = str(self.folder / "monmap")
        create = ["monmaptool", "--create", "--add", "a", f"v1:{HOST}:{self._monitor}", "--fsid", fsid, map_file]
        subprocess.run(create, env=env, capture_output=True, check=True, timeout=STARTING)
        call("ceph-mon", "--mkfs", "-i", "a", "--monmap", map_file)
        self._run(stack, "mon", ["ceph-mon", *own, "-i", "a", "-f"], env)
        wait_for_port(self._monitor)
        call("ceph", "osd", "new", disk)
        call("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)
        call("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default")
        self._run(stack, "osd", ["ceph-osd", *own, "-i", "0", "-f"], env)
        self._run(stack, "rgw", ["radosgw", *own, "-n", "client.rgw", "-f"], env)
        wait_for_port(self.port)
        key = ["--access-key", self.user, "--secret", self.password]
        call("radosgw-admin", "user", "create", "--uid", "lab", "--display-name", "lab", *key)

    def _config(self, fsid: str, libraries: Path) -> str:
        settings = {
            "fsid": fsid,
            "mon host": f"v1:{HOST}:{self._monitor}",
            **dict.fromkeys(("auth cluster required", "auth service required", "auth client required"), "none"),
            **dict.fromkeys(("osd pool default size", "osd pool default min size"), "1"),
            **dict.fromkeys(("osd pool default pg num", "osd pool default pgp num"), "1"),
            "osd crush chooseleaf type": "0",
            "mon allow pool size one": "true",
            "mon max pg per osd": "2000",
            "plugin dir": str(libraries / "ceph"),
            "erasure code dir": str(libraries / "ceph/erasure-code"),
            "osd class dir": str(libraries / "rados-classes"),
            "osd objectstore": "memstore",
            "run dir": str(self.folder),
            "admin socket": f"{self.folder}/$name.asok",
            "log file": f"{self.folder}/$name.txt",
            "mon data": str(self.folder / "mon"),
            "osd data": str(self.folder / "osd"),
            "mon data avail crit": "1",
        }
        lines = [f"{name} = {value}" for name, value in settings.items()]
        gateway = f"[client.rgw]\nrgw frontends = beast endpoint={HOST}:{self.port}"
        return "\n".join(["[global]", *lines, gateway, ""])


class SeaweedFs(OneKey):
    """SeaweedFS with its gateway."""

    def _start(self, stack: ExitStack) -> None:
        keys = [{"accessKey": self.user, "secretKey": self.password}]
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        config = self.folder / "keys.json"
        config.write_text(json.dumps({"identities": [{"name": "lab", "credentials": keys, "actions": actions}]}))
        ports = [f"-{part}.port={free_port()}" for part in ("master", "volume", "filer")]
        # Each of its ports has a second one 10000 above, which is chosen here because it might be beyond the last port.
        grpc = [f"-{part}.port.grpc={free_port()}" for part in ("master", "volume", "filer", "s3")]
        place = [f"-dir={self.folder}", f"-ip={HOST}", f"-ip.bind={HOST}", *ports, *grpc]
        gateway = ["-filer", "-s3", f"-s3.port={self.port}", f"-s3.config={config}"]
        self._run(
            stack, "weed", [str(weed()), "server", *place, *gateway], {"PATH": os.defpath, "HOME": str(self.folder)}
        )


def free_port() -> int:
    """Return a port that was free."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


def wait_for_port(port: int) -> None:
    """Return once the port is open. Raises TimeoutError."""
    end = time.monotonic() + STARTING
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.3)
    raise TimeoutError(f"nothing listens on port {port}")


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
