# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands and files of docs/quick_start.md, run in their order as somebody without a NAS does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

import pytest
import yaml

from tests.integration.running import ROOT, assert_no_secret
from tests.lab import Lab

PAGE = (ROOT / "docs/quick_start.md").read_text()
BIN = Path(sys.executable).parent
TERMINAL = (
    sys.executable,
    "-c",
    "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))",
)
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def file(name: str) -> str:
    """Return the file of the page whose first line has the name in a comment."""
    [text] = [text for kind, text in BLOCKS if kind == "yaml" and text.startswith(f"# {name}\n")]
    return text


def commands(step: str) -> str:
    """Return the commands of a section of the page."""
    section = PAGE.split(f"\n## {step}")[1].split("\n## ")[0]
    return "".join(re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE))


@contextmanager
def simulated(script: str, state: Path) -> Iterator[tuple[str, int]]:
    """Start the NAS as the page does, but on a free port and with a folder of its own; yield its API key and its port."""
    own = {"127.0.0.1:8443": "127.0.0.1:0", "/tmp/quickstart-nas": quote(str(state)), "make venv\n": ""}
    for there, here in {**own, ".venv/bin/python": quote(sys.executable)}.items():
        assert there in script
        script = script.replace(there, here)
    command = ["bash", "-ec", script]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout
        try:
            key = process.stdout.readline().strip()
            yield key, int(json.loads(process.stdout.readline())["url"].split(":")[2].split("/")[0])
        finally:
            os.killpg(process.pid, signal.SIGTERM)


class Reader:
    """Somebody at a shell, who types what the page says."""

    def __init__(self, home: Path) -> None:
        self.fleet = home / "fleet"
        self._session = home / "session"
        """The variables and the folder of the shell, between two commands."""
        self._home = home
        self._session.write_text("")

    def types(self, script: str, terminal: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run commands one after the other; stop at the first that fails. An editor needs a terminal."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "TRUENAS_"))}
        own = {
            "HOME": str(self._home),
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
            "ANSIBLE_NOCOLOR": "1",
        }
        after = f"\n{{ export -p; echo cd $PWD; }} > {quote(str(self._session))}"
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
        done = subprocess.run(
            [*(TERMINAL if terminal else ()), *shell, f". {quote(str(self._session))}\n{script}{after}"],
            cwd=self._home,
            env={**kept, **own, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert_no_secret(done.stdout + done.stderr, "the output")
        return done


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Somebody who has installed the collection, and whose home is a temporary folder."""
    return Reader(tmp_path)


def test_the_page_leads_to_a_verified_credential(reader: Reader, lab: Lab, tmp_path: Path) -> None:
    start, storage = re.findall(r"^```sh\n(.*?)^```$", PAGE.split("## Without a NAS")[1], re.DOTALL | re.MULTILINE)
    assert storage == ".venv/bin/python -m tests.lab --only s3\n"
    with simulated(start, tmp_path / "nas") as (key, port):
        reader.types(commands("1. Install"))
        inventory = yaml.safe_load(file("inventory.yml, for the simulated NAS"))
        assert inventory["nas"]["hosts"]["nas1"]["ansible_truenas_ca_path"] == "/tmp/quickstart-nas/ca.pem"
        inventory["nas"]["hosts"]["nas1"] |= {
            "ansible_port": port,
            "ansible_truenas_ca_path": str(tmp_path / "nas/ca.pem"),
            "ansible_python_interpreter": sys.executable,
        }
        assert inventory["nas"]["vars"] == yaml.safe_load(file("inventory.yml"))["nas"]["vars"]
        (reader.fleet / "inventory.yml").write_text(yaml.safe_dump(inventory))
        # The editor of somebody who writes the two lines of the page, with their own values.
        secrets = file("group_vars/nas/vault.yml").replace("1-the-API-key-of-the-NAS", key)
        secrets = secrets.replace("the-secret-access-key-of-the-provider", lab.s3.options["secret_access_key"])
        (tmp_path / "lines").write_text(secrets)
        reader.types(commands("3. Describe the NAS"), terminal=True, EDITOR=f"cp {quote(str(tmp_path / 'lines'))}")
        assert (reader.fleet / "group_vars/nas/vault.yml").read_text().startswith("$ANSIBLE_VAULT")
        play = file("site.yml").replace("https://s3.example.net", lab.s3.url)
        (reader.fleet / "site.yml").write_text(play.replace("AKIAEXAMPLE", lab.s3.options["access_key_id"]))
        check, apply, again = commands("5. Check").splitlines()
        shown = reader.types(check).stdout
        assert "changed=1" in shown
        [diff] = [text for kind, text in BLOCKS if kind == "diff"]
        assert normal(diff) in normal(shown)
        assert "changed=1" in reader.types(apply).stdout
        assert "changed=0" in reader.types(again).stdout
        verify, delete = commands("6. Verify").splitlines()
        assert '"state": "valid"' in reader.types(verify).stdout
        assert "CHANGED" in reader.types(delete).stdout


def normal(text: str) -> str:
    """Return the text without the values that a reader replaces, and without spaces at the end of lines."""
    replaced = re.sub(r'"(http|AKIA)[^"]*"', r'"\1"', text)
    return "\n".join(line.rstrip() for line in replaced.splitlines())
