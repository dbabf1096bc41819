# SPDX-License-Identifier: GPL-3.0-or-later
"""The rclone configuration of a credential, and real rclone run with it (truenas-api/wire.md §3 verify, §7b;
truenas-api/providers.md; upstream plugins/cloud_sync/rclone.py and plugins/cloud_credentials/verify.py)."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import CallError
from .remotes import REMOTES, Attributes

_PROGRAM = Path(sys.executable).parent / "rclone"
_TIME_STAMP = re.compile(r"^[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} ")
# Nothing answers there, so a backend that speaks HTTP to the outside fails at once instead of reaching it.
_DEAD_PROXY = "http://127.0.0.1:9"


def options(provider: Attributes, task: Attributes | None = None) -> Attributes:
    """Return the rclone options of a provider object, as a check writes them, or with a task's attributes on top.

    `pass` is still in plain text and SFTP's key still an id. Raises what the server raises too: KeyError for MEGA,
    ValueError and KeyError for a service account that is no JSON or names no project.
    """
    remote = REMOTES[provider["type"]]
    found = {key: value for key, value in provider.items() if value is not None}
    found |= {"type": remote.rclone_type, **remote.credential_options(provider)}
    if task is not None:
        found |= {**task, **remote.task_options(task, provider)}
    return {key: value for key, value in found.items() if value is not None}


def render(section: Attributes, name: str = "remote", *, raw: bool = False) -> str:
    """Return the text of a configuration file's section for one remote, `raw` as before 25.04 (truenas-api/older.md §2)."""
    written = str if raw else _written
    return "".join([f"[{name}]\n", *(f"{key} = {written(value)}\n" for key, value in section.items())])


@dataclass(frozen=True)
class Encryption:
    """How a task hides what it stores; an empty salt is none."""

    password: str
    salt: str
    filenames: bool


def excerpt(stderr: str) -> str:
    """Return the first line of rclone's errors without time stamp and the two prefixes that say nothing."""
    line = _TIME_STAMP.sub("", stderr.split("\n", maxsplit=1)[0])
    return line.replace('Failed to create file system for "remote:": ', "").replace("ERROR : : error listing: ", "")


@dataclass(frozen=True)
class Output:
    """How a run of rclone ended."""

    status: int
    stdout: str
    stderr: str


class Rclone:
    """Runs rclone in a world of its own: no configuration, cache or environment of the user is read or written.

    `private_key` returns the text of a keychain key by id, or raises CallError. Without `allowed` the administrator has
    switched off the network activity "cloud_sync", so that nothing runs. `environment` is added to rclone's, and wins.
    """

    def __init__(
        self,
        directory: Path,
        private_key: Callable[[int], str],
        *,
        allowed: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._directory = directory
        self._additions = dict(environment or {})
        self._private_key = private_key
        self._allowed = allowed

    def ask(self) -> None:
        """Raise CallError if the NAS must not reach out."""
        if not self._allowed:
            raise CallError('Network activity "Cloud sync" is disabled', errno.ENONET)

    async def verify(self, provider: Attributes, *, raw: bool = False) -> dict[str, Any]:
        """List the root of the remote; the answer of `cloudsync.credentials.verify`. `raw` is for `render`."""
        self.ask()
        async with self.configured(provider, raw=raw) as file:
            output = await self._run("--config", file, "--contimeout", "15s", "--timeout", "30s", "lsjson", "remote:")
        if output.status == 0:
            return {"valid": True, "error": None, "excerpt": None}
        return {"valid": False, "error": output.stderr, "excerpt": excerpt(output.stderr)}

    @property
    def trusted(self) -> dict[str, str]:
        """The variable that names whom to trust. A NAS has its own store of authorities; here, the user who starts it does."""
        return {"SSL_CERT_FILE": os.environ["SSL_CERT_FILE"]} if "SSL_CERT_FILE" in os.environ else {}

    @property
    def directory(self) -> Path:
        """The folder for files that exist while the NAS runs."""
        return self._directory

    async def ls(self, provider: Attributes, path: str, task: Attributes | None = None) -> list[dict[str, Any]]:
        """List a place on the remote. Raises CallError with the whole output of rclone, and with the excerpt."""
        self.ask()
        async with self.configured(provider, task) as file:
            output = await self._run("--config", file, "lsjson", f"remote:{path}")
        if output.status != 0:
            raise CallError(output.stderr, extra={"excerpt": excerpt(output.stderr)})
        return [{**item, "Enabled": True} for item in json.loads(output.stdout)]

    async def make_bucket(self, provider: Attributes, name: str) -> Output:
        """Create a bucket."""
        self.ask()
        async with self.configured(provider) as file:
            return await self._run("--config", file, "mkdir", f"remote:{name}")

    @asynccontextmanager
    async def configured(
        self,
        provider: Attributes,
        task: Attributes | None = None,
        encryption: Encryption | None = None,
        *,
        raw: bool = False,
    ) -> AsyncIterator[str]:
        """Yield the path of a configuration file that exists, readable by its owner only, while the context lasts.

        Its remote is called `remote`; with an encryption there is one called `encrypted` on top of the task's place.
        """
        section = options(provider, task)
        files: list[str] = []
        try:
            if provider["type"] == "SFTP" and (key_id := section.get("private_key")) is not None:
                files.append(self._secret_file(self._private_key(key_id)))
                section["key_file"] = files[-1]
            if "pass" in section:
                section["pass"] = await self._obscure(_one_line(section["pass"]))
            text = render(section, raw=raw)
            if task is not None and encryption is not None:
                text = await self._encrypted(f"remote:{REMOTES[provider['type']].path(task)}", encryption) + text
            files.append(self._secret_file(text))
            yield files[-1]
        finally:
            for file in files:
                os.unlink(file)

    async def start(self, arguments: Sequence[str]) -> asyncio.subprocess.Process:
        """Start rclone; both of its outputs come as one."""
        return await asyncio.create_subprocess_exec(
            str(_PROGRAM),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self._directory,
            env=self.environment(),
        )

    async def _encrypted(self, place: str, encryption: Encryption) -> str:
        section = {
            "type": "crypt",
            "remote": place,
            "filename_encryption": "standard" if encryption.filenames else "off",
            "password": await self._obscure(encryption.password),
        }
        if encryption.salt:
            section["password2"] = await self._obscure(encryption.salt)
        return render(section, "encrypted")

    def _secret_file(self, text: str) -> str:
        # mkstemp creates the file for its owner only.
        handle, path = tempfile.mkstemp(dir=self._directory)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    async def _obscure(self, password: str) -> str:
        # By standard input, where other processes cannot read it; an empty line stands for the empty password.
        output = await self._run("obscure", "-", stdin=f"{password}\n")
        return output.stdout.strip()

    async def _run(self, *arguments: str, stdin: str = "") -> Output:
        process = await asyncio.create_subprocess_exec(
            str(_PROGRAM),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._directory,
            env=self.environment(),
        )
        try:
            stdout, stderr = await process.communicate(stdin.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return Output(process.returncode or 0, stdout.decode(errors="replace"), stderr.decode(errors="replace"))

    def environment(self) -> dict[str, str]:
        """Return the variables of a program that reaches out: without the home of a user, and with a proxy that refuses."""
        home = str(self._directory)
        return {
            **self.trusted,
            "HOME": home,
            "XDG_CACHE_HOME": home,
            "XDG_CONFIG_HOME": home,
            "RCLONE_CONFIG": os.devnull,
            "PATH": os.environ.get("PATH", os.defpath),
            "HTTP_PROXY": _DEAD_PROXY,
            "HTTPS_PROXY": _DEAD_PROXY,
            "NO_PROXY": "localhost,127.0.0.0/8,::1",
            **self._additions,
        }


def _written(value: Any) -> str:
    text = _one_line(json.dumps(value) if isinstance(value, bool) else str(value))
    # rclone's reader trims a bare value.
    return f'"{text}"' if text != text.strip() else text


def _one_line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")
