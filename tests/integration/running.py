# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs playbooks as a user would, and looks for secrets in everything that comes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.integration.prepared_python import PreparedPython
from tests.leaks.detector import Detector
from tests.leaks.watch import Seen, Watch
from tests.simulator import Simulator, simulator

ROOT = Path(__file__).parents[2]
CANARY = "hush-canary"
"""Every secret of every scenario holds this text; the simulator's keys are looked for as well."""
BASE64_CANARY = "hush/canary"
"""What a secret in base64 holds in its place."""

CONNECTION = {
    "host": "{{ nas.host }}",
    "port": "{{ nas.port }}",
    "username": "{{ nas.username }}",
    "api_key": "{{ nas.api_key }}",
    "ca_path": "{{ nas.ca_path }}",
}


IN_A_PROCESS = {"WHICH_WAY": "module"}
"""As a task's environment it makes the action plugin hand over to the module: settings of its own need a process."""


def prepared(python: PreparedPython) -> dict[str, Any]:
    """Return the keywords of a task that runs as a module in a prepared Python."""
    return {"environment": IN_A_PROCESS, **python.variables}


def as_modules(tasks: Sequence[Mapping[str, Any]], python: PreparedPython) -> list[dict[str, Any]]:
    """Return tasks that run as modules: the first of each module in a new Python, and the others in a prepared one."""
    seen: set[str] = set()
    given = []
    for task in tasks:
        [module] = [key for key in task if key.startswith("nasops.truenas.")]
        given.append({**task, **(prepared(python) if module in seen else {"environment": IN_A_PROCESS})})
        seen.add(module)
    return given


def secret(number: int, decoration: str = "") -> str:
    """Return a secret that is easy to find and hard to mask by accident: quotes and backslashes are part of it."""
    return f"{CANARY}-{number:04d}-'\"\\ü{decoration}"


@dataclass
class Run:
    """What came of a playbook: its exit code, all that it printed, and the results of its tasks in order."""

    code: int
    output: str = field(repr=False)
    results: list[dict[str, Any]] = field(default_factory=list)
    stdout: str = field(default="", repr=False)
    searched: tuple[int, int] = (0, 0)
    """The files and bytes in which secrets were looked for, the output among them."""
    seen: Seen | None = None
    """What was seen while it ran, if somebody watched."""

    def named(self, task: str, host: str | None = None) -> dict[str, Any]:
        """Return the result of the task of that name."""
        [found] = [line["result"] for line in self.results if line["task"] == task and host in (None, line["host"])]
        return dict(found)

    def warnings(self, host: str) -> str:
        """Return the warnings of a host. Ansible prints a warning once, however many hosts have it."""
        return "\n".join(warning for line in self.results if line["host"] == host for warning in line["warnings"])


class Ansible:
    """Runs playbooks in a folder of their own."""

    def __init__(self, folder: Path, hidden: Sequence[str] = ()) -> None:
        """`hidden` are secrets to look for, besides those of all scenarios."""
        self.folder = folder
        self._hidden = hidden
        self._runs = 0
        self.settings: dict[str, str] = {}
        """Environment variables of every run."""

    def play(
        self,
        tasks: Sequence[Any],
        nas: Simulator | Mapping[str, Simulator],
        *flags: str,
        variables: Mapping[str, Any] | None = None,
        api_key: str = "",
        environment: Mapping[str, str] | None = None,
        verbose: bool = True,
    ) -> Run:
        """Run tasks against one NAS, or against several by host name, as verbosely as can be unless told otherwise.

        Secrets belong into `variables`: Ansible itself quotes the lines of a playbook when a task fails.
        """
        here = self.write([{"tasks": list(tasks)}], nas, variables, api_key)
        more = ("-vvvv", "--diff") if verbose else ()
        return self.run("ansible-playbook", "-i", "hosts.yml", "play.yml", *more, *flags, here=here, extra=environment)

    def write(
        self,
        plays: Sequence[Mapping[str, Any]],
        nas: Simulator | Mapping[str, Simulator],
        variables: Mapping[str, Any] | None = None,
        api_key: str = "",
    ) -> Path:
        """Write a playbook and its inventory into a folder of their own, and return the folder."""
        self._runs += 1
        here = self.folder / f"run{self._runs}"
        here.mkdir(parents=True, exist_ok=True)
        fleet = nas if isinstance(nas, Mapping) else {"nas1": nas}
        hosts = {
            name: {
                "ansible_connection": "local",
                "ansible_python_interpreter": sys.executable,
                "nas": {
                    "host": box.host,
                    "port": box.port,
                    "username": box.user,
                    "api_key": api_key or box.api_key,
                    "ca_path": box.ca_file,
                },
            }
            for name, box in fleet.items()
        }
        common = {
            "hosts": "all",
            "gather_facts": False,
            "module_defaults": {"group/nasops.truenas.all": CONNECTION},
            "vars_files": ["variables.yml"],
        }
        playbook = [{**common, **play} for play in plays]
        (here / "play.yml").write_text(yaml.safe_dump(playbook, sort_keys=False, allow_unicode=True))
        (here / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
        (here / "variables.yml").write_text(yaml.safe_dump(dict(variables or {}), allow_unicode=True))
        return here

    def run(
        self,
        program: str,
        *arguments: str,
        here: Path,
        extra: Mapping[str, str] | None = None,
        watch: Watch | None = None,
    ) -> Run:
        """Run one of Ansible's programs and return what came of it, having looked for secrets, with `watch` also meanwhile."""
        environment = self.environment(here, {**self.settings, **(extra or {})})
        recorded = here / "results.jsonl"
        with watch or nullcontext():
            done = subprocess.run(
                [str(Path(sys.executable).with_name(program)), *arguments],
                cwd=here,
                env=environment,
                capture_output=True,
                check=False,
            )
        detector = Detector([*canaries(), *self._hidden])
        # What Ansible copied for an asynchronous task it looks at every five seconds, and removes when the task is done.
        deadline = time.monotonic() + 20
        while any(here.glob("remote/*/async_wrapper.py")) and time.monotonic() < deadline:
            time.sleep(0.2)
        stdout = done.stdout.decode(errors="replace")
        output = stdout + done.stderr.decode(errors="replace")
        lines = recorded.read_text().splitlines() if recorded.exists() else []
        files, size = 2, len(done.stdout) + len(done.stderr)
        refuse_hits(detector, done.stdout + done.stderr, "the output")
        at = output.find("[DEPRECATION WARNING]")
        assert at < 0, f"Ansible deprecates something that was run: {output[at : at + 600]}"
        for path in here.rglob("*"):
            if path.is_file() and path.name not in ("variables.yml", "hosts.yml", "key.json"):
                data = path.read_bytes()
                files, size = files + 1, size + len(data)
                refuse_hits(detector, data, path.name)
        results = [json.loads(line) for line in lines]
        return Run(done.returncode, output, results, stdout, (files, size), watch.seen if watch else None)

    @staticmethod
    def environment(here: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of Ansible's programs, whose files are all in the folder."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "TRUENAS_"))},
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "record",
            "ANSIBLE_LOCAL_TEMP": str(here / "local"),
            "ANSIBLE_REMOTE_TEMP": str(here / "remote"),
            "ANSIBLE_LOG_PATH": str(here / "log"),
            "ANSIBLE_ASYNC_DIR": str(here / "async"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_FORKS": "10",
            "ANSIBLE_INJECT_INVOCATION": "1",
            "RECORD_RESULTS": str(here / "results.jsonl"),
            **(extra or {}),
        }


def calls_besides_logins(nas: Simulator) -> Counter[tuple[str, bool]]:
    """Return how often each method was called, and whether it succeeded, without the calls of logins.

    Tasks in Ansible's own worker share a login, and each task in a process of its own has one.
    """
    return Counter((call["method"], call["ok"]) for call in nas.journal() if not call["method"].startswith("auth."))


def canaries() -> list[str]:
    """Return the texts that are part of every secret of every scenario."""
    return [CANARY, BASE64_CANARY, *simulator.secrets()]


def assert_no_secret(text: str, where: str) -> None:
    """Fail if a canary, a key of the simulator or a part of it is in the text, in any form."""
    refuse_hits(Detector(canaries()), text.encode(errors="replace"), where)


def refuse_hits(detector: Detector, data: bytes, where: str) -> None:
    """Fail if a secret is in the data. The message quotes only the text before it."""
    for hit in detector.hits(data):
        raise AssertionError(f"a secret ({hit.form}) is in {where}: ...{hit.before}")
