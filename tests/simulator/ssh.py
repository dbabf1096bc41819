# SPDX-License-Identifier: GPL-3.0-or-later
"""Real ssh-keygen over key texts (upstream plugins/keychain/types.py and ssh_key.py)."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from .errors import CallError


class UnusableKey(Exception):
    """A private key ssh-keygen cannot use; the text is what the server reports."""


async def public_key(private_key: str) -> str:
    """Return the public key of a private one, with its newline. Raises UnusableKey."""
    status, stdout, stderr = await _keygen("-y", text=private_key)
    if status == 0:
        return stdout
    # Without a terminal ssh-keygen tries an empty passphrase instead of asking for one.
    if stderr.startswith("Enter passphrase") or "incorrect passphrase" in stderr:
        raise UnusableKey("Encrypted private keys are not allowed")
    raise UnusableKey(stderr)


async def is_public_key(text: str) -> bool:
    """Return whether ssh-keygen reads the text as a public key."""
    status, _first, _rest = await _keygen("-l", text=text)
    return status == 0


async def generate() -> dict[str, str]:
    """Return a new RSA key pair."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "key")
        await _run("-t", "rsa", "-f", str(file), "-N", "", "-q")
        return {"private_key": file.read_text(), "public_key": file.with_suffix(".pub").read_text()}


async def host_keys(host: str, port: int, timeout: int) -> str:
    """Return the host keys of an SSH server, a line "type key" each. Raises CallError."""
    status, stdout, stderr = await _run("-p", str(port), "-T", str(timeout), host, program="ssh-keyscan")
    if status != 0:
        raise CallError(f"ssh-keyscan failed: {stdout}{stderr}")
    if not stdout:
        raise CallError(f"ssh-keyscan failed: {stderr}" if stderr else "SSH timeout")
    lines = [line for line in stdout.split("\n") if line and not line.startswith("# ")]
    return "\n".join(" ".join(line.split()[1:]) for line in lines)


async def _keygen(action: str, *, text: str) -> tuple[int, str, str]:
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        status, stdout, stderr = await _run(action, "-f", file.name)
    # The server reads them as text, where a line ends in LF alone (upstream plugins/keychain/types.py).
    return status, stdout.replace("\r\n", "\n"), stderr.replace("\r\n", "\n")


async def _run(*arguments: str, program: str = "ssh-keygen") -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", os.defpath)},
        # Takes the terminal away, where ssh-keygen would ask for a passphrase.
        start_new_session=True,
    )
    try:
        stdout, stderr = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, stdout.decode(errors="ignore"), stderr.decode(errors="ignore")
