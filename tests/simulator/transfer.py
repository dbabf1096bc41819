# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of a cloud sync task: real rclone between a pool's folder and the provider (truenas-api/tasks.md §6 and §16;
upstream plugins/cloud_sync/rclone.py)."""

from __future__ import annotations

import asyncio
import configparser
import contextlib
import os
import re
import shlex
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from . import scripts
from .errors import CallError
from .jobs import Job
from .pools import MNT, Pools
from .rclone import Encryption, Rclone
from .remotes import REMOTES

Task = dict[str, Any]

_PERCENT = re.compile(r"Transferred:\s*(?P<what>.+), (?P<percent>[0-9]+)%$")
_PERCENT_AND_SPEED = re.compile(r"Transferred:\s*(?P<what>.+, )(?P<percent>[0-9]+)%, (?P<speed>.+)$")
_CHECKS = re.compile(r"Checks:\s*(?P<what>[0-9 /]+), (?P<percent>[0-9]+)%")
_STATISTICS = re.compile(r"[0-9/]{10} [0-9:]{8} INFO {2}:\s*$")

_SCRIPT_FIELDS = (
    "id",
    "description",
    "direction",
    "transfer_mode",
    "encryption",
    "filename_encryption",
    "encryption_password",
    "encryption_salt",
    "snapshot",
)
_TERMINATION_SECONDS = 10


def filters(task: Task) -> list[str]:
    """Return the lines of the filter file: snapshots never, what is excluded, what is included and then nothing else."""
    lines = ["- .zfs", "- .zfs/**"]
    if os.path.dirname(task["path"].rstrip("/")) == MNT:
        lines += ["- /ix-applications", "- /ix-apps", "- /ix-applications/**", "- /ix-apps/**"]
    lines += [f"- {pattern}" for pattern in task["exclude"]]
    if task["include"]:
        lines += [*(f"+ {pattern}" for pattern in task["include"]), "- *"]
    return lines


def arguments(task: Task, provider: Task, config: str, filter_file: str, local: str, *, dry_run: bool) -> list[str]:
    """Return the command line after the program's name; `local` is the place on this machine."""
    remote = "encrypted:/" if task["encryption"] else f"remote:{REMOTES[provider['type']].path(task['attributes'])}"
    limits = " ".join(
        f"{limit['time']},{str(limit['bandwidth']) + 'b' if limit['bandwidth'] else 'off'}" for limit in task["bwlimit"]
    )
    ends = [local, remote] if task["direction"] == "PUSH" else [remote, local]
    return [
        *("--config", config, "-v", "--stats", "1s"),
        *(["--fast-list"] if task["attributes"].get("fast_list") else []),
        *(["-L"] if task["follow_symlinks"] else []),
        *(["--transfers", str(task["transfers"])] if task["transfers"] else []),
        *(["--bwlimit", limits] if limits else []),
        *(["--dry-run"] if dry_run else []),
        *REMOTES[provider["type"]].task_arguments(task["attributes"]),
        *("--filter-from", filter_file),
        *shlex.split(task["args"]),
        task["transfer_mode"].lower(),
        *(["--create-empty-src-dirs"] if task["create_empty_src_dirs"] else []),
        *ends,
    ]


async def run(
    job: Job, task: Task, provider: Task, pools: Pools, rclone: Rclone, *, dry_run: bool, keep: Callable[[Task], None]
) -> None:
    """Transfer once; `keep` gets the provider object if rclone has renewed its token. Raises CallError."""
    rclone.ask()
    check_local(pools, task["path"])
    encryption = None
    if task["encryption"]:
        encryption = Encryption(task["encryption_password"], task["encryption_salt"], task["filename_encryption"])
    async with rclone.configured(provider, task["attributes"], encryption) as config:
        with _filter_file(task, rclone.directory) as filter_file, source(pools, task) as local:
            command = arguments(task, provider, config, filter_file, str(local), dry_run=dry_run)
            values = {name: task[name] for name in _SCRIPT_FIELDS if name in task}
            environment = scripts.variables(
                "CLOUD_SYNC_", values | provider | task["attributes"] | {"path": str(local)}
            )
            await scripts.run(job, "Pre-script", task["pre_script"], environment)
            process = await rclone.start(command)
            status = await watched(process, _follow(job, process, pools))
        if renewed := _renewed(provider, config):
            keep(renewed)
    if status != 0:
        raise CallError(failure("rclone", "".join(job.messages), status))
    await scripts.run(job, "Post-script", task["post_script"], environment)


def check_local(pools: Pools, path: str) -> None:
    """Raise CallError unless a directory in a pool is there to run on."""
    if not pools.exists(path):
        raise CallError(f"Directory {path!r} does not exist")
    if not pools.is_dir(path):
        raise CallError(f"{path!r} is not a directory")
    if not pools.in_pool(path):
        raise CallError(f"Directory {path!r} must reside within volume mount point")


@contextlib.contextmanager
def source(pools: Pools, task: Task) -> Iterator[Path]:
    """Yield the task's directory on this machine, or a copy of it as it is now where the task takes a snapshot."""
    if task["snapshot"] and task.get("direction") != "PULL":
        with pools.snapshot(task["path"]) as copy:
            yield copy
    else:
        yield pools.real(pools.resolve(task["path"]))


async def watched(process: asyncio.subprocess.Process, follow: Awaitable[None]) -> int:
    """Return the exit status of a program that `follow` reads to its end; it ends with the job."""
    try:
        await follow
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _TERMINATION_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


def failure(program: str, message: str, status: int) -> str:
    """Return the error of a run: the program's last lines, and its status unless that is 1."""
    if message and status != 1:
        message += ("" if message.endswith("\n") else "\n") + f"{program} failed with exit code {status}"
    return message


@contextlib.contextmanager
def _filter_file(task: Task, folder: Path) -> Iterator[str]:
    with tempfile.NamedTemporaryFile("w", dir=folder, encoding="utf-8") as file:
        file.write("\n".join(filters(task)))
        file.flush()
        yield file.name


async def _follow(job: Job, process: asyncio.subprocess.Process, pools: Pools) -> None:
    """Read to the end: progress to the job, its last lines for an error, and a log without the blocks of statistics."""
    assert process.stdout is not None
    parts: dict[str, tuple[int, str]] = {}
    in_statistics = logged = False
    while raw := await process.stdout.readline():
        line = pools.shown(raw.decode(errors="ignore"))
        job.messages.append(line)
        in_statistics = in_statistics or _STATISTICS.match(line) is not None
        # Of the blocks, which come every second, the first one is kept.
        if not in_statistics or not logged:
            job.log.append(line)
        if in_statistics and not line.strip():
            in_statistics, logged = False, True
        if _progress(line.rstrip("\n"), parts):
            percent = min(value for value, _text in parts.values())
            await job.set_progress(percent, ", ".join(text for _value, text in parts.values()))


def _progress(line: str, parts: dict[str, tuple[int, str]]) -> bool:
    """Note what a line says of progress; whether it says any."""
    if found := _PERCENT.search(line):
        parts["files"] = int(found["percent"]), found["what"]
    elif found := _PERCENT_AND_SPEED.search(line):
        parts["bytes"] = int(found["percent"]), found["what"] + found["speed"]
    elif found := _CHECKS.search(line):
        parts["checks"] = int(found["percent"]), f"checks: {found['what']}"
    return found is not None


def _renewed(provider: Task, config: str) -> Task | None:
    """Return the provider with the token that rclone has written to its configuration, if it is another one."""
    if not REMOTES[provider["type"]].renews_token:
        return None
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(config, encoding="utf-8")
    token = parser["remote"].get("token")
    return None if token in (None, provider["token"]) else {**provider, "token": token}
