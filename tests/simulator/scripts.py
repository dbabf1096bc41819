# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts around a run (truenas-api/tasks.md §5 and §6; upstream plugins/cloud/script.py). They run on this machine, with
the rights of whoever started the simulated NAS."""

from __future__ import annotations

import asyncio
import os
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path
from signal import SIGKILL
from typing import Any

from .errors import CallError
from .jobs import Job


def variables(prefix: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Return environment variables for values; only texts and numbers become one, and a flag is 0 or 1."""
    found = {}
    for name, value in values.items():
        if isinstance(value, (int, str)):
            found[f"{prefix}{name}".upper()] = str(int(value) if isinstance(value, bool) else value)
    return found


async def run(job: Job, name: str, script: str, environment: Mapping[str, str]) -> None:
    """Run a script with Bash, or with what its first line names; its lines go to the log. Raises CallError."""
    text = script.strip()
    if not text:
        return
    first = text.splitlines()[0]
    program = shlex.split(first[2:].strip()) if first.startswith("#!") else ["/bin/bash"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "script")
        file.write_text(text, encoding="utf-8")
        file.chmod(0o700)
        process = await asyncio.create_subprocess_exec(
            *program,
            str(file),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": folder, **environment},
            # A group of its own, so that what the script has started ends with it.
            start_new_session=True,
        )
        try:
            output, _nothing = await process.communicate()
        finally:
            if process.returncode is None:
                os.killpg(process.pid, SIGKILL)
                await process.wait()
    job.log += [f"[{name}] {line}" for line in output.decode(errors="ignore").splitlines(keepends=True)]
    if process.returncode != 0:
        raise CallError(f"{name} failed with exit code {process.returncode}")
