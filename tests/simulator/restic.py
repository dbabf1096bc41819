# SPDX-License-Identifier: GPL-3.0-or-later
"""Restic as cloud backup tasks use it (truenas-api/tasks.md §6 and §16; upstream plugins/cloud_backup/).

Where the provider is out of reach, only the address and the password of a repository are kept.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from .errors import CallError
from .jobs import Job
from .outside import Outside
from .pools import Pools
from .remotes import REMOTES
from .transfer import failure, watched

Task = dict[str, Any]

WRONG_PASSWORD = "Fatal: wrong password or no key found"
_NO_REPOSITORY = "Is there a repository at the following location?"
TRANSFER_SETTINGS: dict[str, list[str]] = {
    "DEFAULT": [],
    "PERFORMANCE": ["--pack-size", "29"],
    "FAST_STORAGE": ["--pack-size", "58", "--read-concurrency", "100"],
}


class IncorrectPassword(CallError):
    """A repository that another password opens."""


@dataclass(frozen=True)
class Repository:
    """Where a task's backups are, and the keys to it; `arguments` begin a command line."""

    place: str
    arguments: tuple[str, ...]
    keys: Mapping[str, str]


def repository(task: Task, provider: Task, cache: str | None = None) -> Repository:
    """Return the repository of a task. Raises NotImplementedError for a provider without one, KeyError for MEGA."""
    remote = REMOTES[provider["type"]]
    if not remote.restic:
        raise NotImplementedError
    if provider["type"] == "S3":
        region = task["attributes"].get("region") or provider["region"]
        host = provider["endpoint"].rstrip("/") or (f"s3.{region}.amazonaws.com" if region else "s3.amazonaws.com")
    else:
        host = urlsplit(provider.get("endpoint", "https://gateway.storjshare.io/")).hostname or ""
    place = f"{remote.rclone_type}:{host}/{remote.path(task['attributes'])}"
    keys = {
        "AWS_ACCESS_KEY_ID": provider["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": provider["secret_access_key"],
        "RESTIC_PASSWORD": task["password"],
    }
    caching = ["--cache-dir", cache] if cache else ["--no-cache"]
    return Repository(place, (*caching, "--json", "-r", place), keys)


@dataclass(frozen=True)
class Output:
    """How a run of restic ended."""

    status: int
    stdout: str
    stderr: str


class Restic:
    """Runs restic. `environment` is what rclone gets too; without `allowed` the network activity is switched off."""

    def __init__(self, pools: Pools, outside: Outside, environment: Mapping[str, str], *, allowed: bool) -> None:
        self._pools = pools
        self._outside = outside
        self._environment = environment
        self._allowed = allowed

    def ask(self) -> None:
        """Raise CallError if the NAS must not reach out."""
        if not self._allowed:
            raise CallError('Network activity "Cloud backup" is disabled', 64)

    def repository(self, task: Task, provider: Task) -> Repository:
        """Return the repository of a task, with its cache where that is on this machine. Raises as the function does."""
        cache = task.get("cache_path")
        return repository(task, provider, str(self._pools.real(self._pools.resolve(cache))) if cache else None)

    async def ensure_initialized(self, task: Task, provider: Task) -> bool:
        """Return whether the task's repository exists. Raises IncorrectPassword, CallError."""
        self.ask()
        found = self.repository(task, provider)
        if not self._outside.within_reach(provider):
            password = self._outside.repository_password(found.place)
            if password not in (None, task["password"]):
                raise IncorrectPassword(WRONG_PASSWORD)
            return password is not None
        await self.call(found, "unlock")
        output = await self.call(found, "cat", "config")
        text = output.stderr.strip()
        if output.status == 0:
            return True
        if _NO_REPOSITORY in text:
            return False
        raise IncorrectPassword(text) if "wrong password or no key found" in text else CallError(text)

    async def initialize(self, task: Task, provider: Task) -> None:
        """Make the task's repository. Raises CallError."""
        found = self.repository(task, provider)
        if not self._outside.within_reach(provider):
            self._outside.make_repository(found.place, task["password"])
            return
        await self.checked(found, "init")

    async def call(self, found: Repository, *arguments: str) -> Output:
        """Run a command to its end."""
        process = await self._start(found, arguments, stderr=asyncio.subprocess.PIPE)
        try:
            stdout, stderr = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return Output(process.returncode or 0, stdout.decode(errors="replace"), stderr.decode(errors="replace"))

    async def checked(self, found: Repository, *arguments: str) -> str:
        """Return the output of a command. Raises CallError with what it says of a failure."""
        output = await self.call(found, *arguments)
        if output.status != 0:
            raise CallError(output.stderr)
        return output.stdout

    async def follow(self, job: Job, found: Repository, arguments: Sequence[str], *, folder: str | None = None) -> None:
        """Run a backup or a restore, whose messages become progress and log. Raises CallError."""
        job.log.append(json.dumps(["restic", *found.arguments, *arguments]) + "\n")
        process = await self._start(found, arguments, stderr=asyncio.subprocess.STDOUT, folder=folder)
        status = await watched(process, self._read(job, process))
        if status != 0:
            raise CallError(failure("restic", "\n".join(job.messages), status))

    async def clean_up(self, job: Job, found: Repository, arguments: Sequence[str]) -> None:
        """Run what has no progress. Raises CallError."""
        process = await self._start(found, arguments, stderr=asyncio.subprocess.STDOUT)
        status = await watched(process, self._log(job, process))
        if status != 0:
            raise CallError(failure("restic", "\n".join(job.messages), status))

    async def _start(
        self, found: Repository, arguments: Sequence[str], *, stderr: int, folder: str | None = None
    ) -> asyncio.subprocess.Process:
        # The lab is slow to import, and most tests back nothing up.
        from tests.lab.install import restic

        return await asyncio.create_subprocess_exec(
            str(restic()),
            *found.arguments,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            cwd=folder,
            env={**self._environment, **found.keys},
        )

    async def _log(self, job: Job, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        job.log.append(self._pools.shown((await process.stdout.read()).decode(errors="ignore")))

    async def _read(self, job: Job, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        left = action = ""
        while raw := await process.stdout.readline():
            line = self._pools.shown(raw.decode(errors="ignore"))
            try:
                message = json.loads(line)
            except ValueError:
                job.messages.append(line)
                job.log.append(f"{line}\n")
                continue
            kind = message.get("message_type")
            if kind == "summary":
                job.log.append(json.dumps(message) + "\n")
                job.logs_excerpt = "\n".join(f"{key}: {value}" for key, value in message.items())
            elif kind == "status":
                if (seconds := message.get("seconds_remaining")) is not None:
                    left = f"{timedelta(seconds=seconds)} remaining\n"
                # Debian's restic leaves a zero out.
                await job.set_progress(message.get("percent_done", 0) * 100, f"{left}{action}")
            elif kind == "verbose_status":
                action = " ".join(message[key] for key in ("item", "action") if key in message)
                job.messages.append(action)
                await job.set_progress(description=f"{left}{action}")
            elif kind == "error":
                job.log.append(json.dumps(message) + "\n")
                job.messages.append(_failed(message))


def _failed(message: dict[str, Any]) -> str:
    item, during = message.get("item"), message.get("during")
    error = message.get("error.message") or (message.get("error") or {}).get("message") or str(message.get("error", ""))
    return f"Error{f' in {item}' if item else ''}{f' while {during}' if during else ''}: {error}"
