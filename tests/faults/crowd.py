# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten controllers that apply the same set to one NAS at the same time, with the real limit of logins."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.integration.running import Ansible
from tests.simulator import Simulator
from tests.simulator.scram import ITERATIONS

from .matrix import REMEDY
from .operations import CANARY

CONTROLLERS = 10
CREDENTIALS = 20
CREATE = "cloudsync.credentials.create"
DELETE = "cloudsync.credentials.delete"


def section(broken: list[str]) -> list[str]:
    """Let them race, and return the section of the page. Adds what is wrong to `broken`."""
    wanted = [{"name": f"offsite {n}", "b2": {"account": "id", "key": f"{CANARY}-{n}"}} for n in range(CREDENTIALS)]
    task = {"nasops.truenas.cloud_credentials": {"credentials": "{{ wanted }}", "verify": "never"}, "name": "set"}
    with tempfile.TemporaryDirectory() as name, Simulator(version="26.0.0", iterations=ITERATIONS) as nas:
        begun = time.monotonic()
        started = [_start(Path(name) / str(number), nas, task, wanted) for number in range(CONTROLLERS)]
        codes = [process.wait() for _here, process in started]
        seconds = time.monotonic() - begun
        results = [_result(here) for here, _process in started]
        journal = nas.journal()
        stored = [row["name"] for row in _stored(nas)]
        outputs = "".join(path.read_text() for here, _process in started for path in here.glob("stdout"))
    calls = Counter((call["method"], call["ok"]) for call in journal)
    created = sorted((int(result.get("counts", {}).get("created", 0)) for result in results), reverse=True)
    told = [str(result.get("msg", "")) for result, code in zip(results, codes, strict=True) if code]
    if not all(REMEDY.search(message) for message in told) or sorted(stored) != sorted(
        str(item["name"]) for item in wanted
    ):
        broken.append(f"ten controllers: codes {codes}, messages {told}, stored {stored}")
    if CANARY in outputs:
        broken.append("ten controllers: a secret is in the output")
    rows = [
        ["playbooks that ended with 0", f"{codes.count(0)} of {CONTROLLERS}"],
        *(["message of a failure", message.partition("\n")[0]] for message in dict.fromkeys(told)),
        ["seconds until the last one ended", f"{seconds:.0f}"],
        ["credentials stored, and how many different names", f"{len(stored)}, {len(set(stored))}"],
        ["credentials that each playbook reports as created", ", ".join(map(str, created))],
        ["creates, and deletes of duplicates, in the journal", f"{calls[CREATE, True]}, {calls[DELETE, True]}"],
        ["messages of a login, accepted", str(calls["auth.login_ex", True])],
        ["messages of a login, refused as one too many", str(calls["auth.login_ex", False])],
    ]
    return [
        f"## {CONTROLLERS} controllers at once",
        "",
        f"{CONTROLLERS} processes of `ansible-playbook` start at the same time. They apply the same {CREDENTIALS} credentials to",
        "one empty TrueNAS 26.0.0 with its limit of 20 login messages a minute from one address. A login with SCRAM takes two.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def _start(
    folder: Path, nas: Simulator, task: dict[str, Any], wanted: list[Any]
) -> tuple[Path, subprocess.Popen[bytes]]:
    ansible = Ansible(folder)
    here = ansible.write([{"tasks": [task]}], nas, {"wanted": wanted})
    with (here / "stdout").open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts.yml", "play.yml"],
            cwd=here,
            env=ansible.environment(here),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return here, process


def _result(here: Path) -> dict[str, Any]:
    recorded = here / "results.jsonl"
    lines = recorded.read_text().splitlines() if recorded.exists() else []
    return dict(json.loads(lines[-1])["result"]) if lines else {}


def _stored(nas: Simulator) -> list[dict[str, Any]]:
    """Return the rows of the database of the NAS."""
    import sqlite3

    with sqlite3.connect(nas.state / "nas.sqlite") as database:
        return [{"name": name} for (name,) in database.execute("select name from system_cloudcredentials")]
