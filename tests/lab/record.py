# SPDX-License-Identifier: GPL-3.0-or-later
"""Record what rclone says of credentials that do not work: `python -m tests.lab.record [KEY…]` writes `messages.json`.

The file maps a provider's key and a case to `error` and `excerpt` of the simulated NAS's check, which runs real rclone against
this lab. Parts that differ from run to run are replaced: see `scrub`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import asyncssh

from tests.simulator.rclone import Rclone

from .lab import SERVERS, Lab

FILE = Path(__file__).with_name("messages.json")

Messages = dict[str, dict[str, Any]]

_CHANGING = [
    (re.compile(r"(?<=Time:)2[0-9]{3}-[0-9T:.-]+Z"), "2026-01-01T00:00:00.000Z"),
    (re.compile(r"^[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9:]{8}", re.MULTILINE), "2026/01/01 00:00:00"),
    # Ports of servers and of clients, but not those that nothing listens on.
    (re.compile(r"(?<=\w:)[0-9]{4,5}\b(?!-)"), "10000"),
    (re.compile(r"\b(?i:RequestId|HostId|request[-_]id|trace_id)(\W{1,4})[\w/+=.-]+"), r"RequestID\1ID"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "00000000-0000-0000-0000-000000000000"),
]


def scrub(text: str) -> str:
    """Replace times, ports and the ids of requests, which are new in every run."""
    for pattern, constant in _CHANGING:
        text = pattern.sub(constant, text)
    return text


async def ask(lab: Lab, key: str, options: dict[str, Any], private_key: str = "") -> dict[str, Any]:
    """Check options of a provider as the NAS does; return its answer, scrubbed.

    `private_key` is what the NAS finds for any id of a key, by default one that no server knows.
    """
    text = private_key or asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    with tempfile.TemporaryDirectory(prefix="lab-") as folder:
        nas = Rclone(Path(folder), lambda _id: text, environment=lab.environment)
        answer = await nas.verify({"type": lab.servers[key].wire_type or key.upper(), **options})
    return {name: scrub(value) if isinstance(value, str) else value for name, value in answer.items()}


async def record(lab: Lab) -> Messages:
    """Ask about everything that the lab refuses. Raises RuntimeError for what is not refused."""
    limit = asyncio.Semaphore(8)

    async def refusal(key: str, case: str, options: dict[str, Any]) -> dict[str, Any]:
        async with limit:
            answer = await ask(lab, key, options)
        if answer.pop("valid"):
            raise RuntimeError(f"{key} accepts {case}")
        return answer

    cases = [(key, case, options) for key, server in lab.servers.items() for case, options in server.refused().items()]
    answers = await asyncio.gather(*(refusal(*case) for case in cases))
    messages: Messages = {}
    for (key, case, _options), answer in zip(cases, answers, strict=True):
        messages.setdefault(key, {})[case] = answer
    return messages


def recorded() -> Messages:
    """Return what the file has."""
    found: Messages = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def main() -> int:
    """Write the file, all of it or what belongs to the keys that are named; return the exit code.

    All of it takes four minutes, because rclone is as patient with an S3 server that cannot be reached.
    """
    keys = sys.argv[1:]
    with Lab(keys or SERVERS) as lab:
        messages = asyncio.run(record(lab))
    if keys:
        messages = recorded() | messages
    FILE.write_text(json.dumps(messages, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
