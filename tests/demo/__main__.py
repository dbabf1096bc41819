# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts simulated NAS of six versions and real storage servers, and runs a playbook against them as a person would.

One NAS is reached over SSH, without a key: the lab's sshd stands in for its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex
from types import FrameType
from typing import Any

import boto3  # type: ignore[import-untyped]  # the library has no types
import yaml

from tests.lab import Lab
from tests.lab.nas_shell import NasShell
from tests.simulator import Simulator
from tests.unit.simulator.wire import Wire

ROOT = Path(__file__).parents[2]
PLAYBOOK = Path(__file__).with_name("provision.yml")
BACKUP = Path(__file__).with_name("backup.yml")
LETTER = "Dear colleagues, this letter has to survive.\n"
MODULE = "nasops.truenas.cloud_credential"
RUN = "nasops.truenas.cloud_sync_run"
VERSIONS = {
    "nas1": "26.0.0",
    "nas2": "25.10.0",
    "nas3": "25.04.2",
    "nas4": "24.10.2",
    "nas5": "13.3",
    "nas6": "27.0.0",
}
OVER_SSH = "nas4"
"""The NAS that is reached without a key. Its version speaks the older protocol."""
SERVERS = ("s3", "sftp", "ftp", "webdav")


class Demo:
    """One fleet, its storage, and a folder with inventory and variables for Ansible."""

    def __init__(self, fleet: dict[str, Simulator], lab: Lab, shell: NasShell, folder: Path) -> None:
        self._fleet = fleet
        self._folder = folder
        storage = {key: dict(lab.clients()[key]["options"]) for key in SERVERS}
        s3 = lab.clients()["s3"]
        scoped = dict(s3["scoped_options"])
        self.buckets = s3["bucket"], s3["other_bucket"]
        """The bucket that `scoped` opens, and one that it does not."""
        secrets = {
            "vault_nas_api_key": Simulator.api_key,
            "vault_s3_secret": storage["s3"].pop("secret_access_key"),
            "vault_encryption_password": token_hex(),
            "vault_scoped_secret": scoped.pop("secret_access_key"),
            **{f"vault_{key}_password": storage[key].pop("pass") for key in ("sftp", "ftp", "webdav")},
        }
        hosts = {
            name: {"ansible_host": nas.host, "ansible_port": nas.port, "ansible_truenas_ca_path": nas.ca_file}
            for name, nas in fleet.items()
        }
        without_key = {"ansible_truenas_via": "ssh", "ansible_truenas_ssh_socket": fleet[OVER_SSH].socket}
        hosts[OVER_SSH] = {**shell.variables(), **without_key}
        here = {
            "ansible_connection": "nasops.truenas.api",
            "ansible_user": Simulator.user,
            "ansible_truenas_api_key": "{{ vault_nas_api_key }}",
            "storage": storage,
            "bucket": s3["bucket"],
        }
        self._write("hosts.yml", {"nas": {"hosts": hosts, "vars": here}})
        self._write("secrets.yml", secrets)
        self._storage, self._secrets_by_name = storage, secrets
        self._secrets = [*secrets.values()]
        self.scoped = {**scoped, "secret_access_key": "{{ vault_scoped_secret }}"}
        """Options of a key that opens one bucket only."""

    def _write(self, name: str, content: Any) -> None:
        path = self._folder / name
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(content))

    def play(self, *flags: str, playbook: Path = PLAYBOOK) -> str:
        """Run a playbook; what it prints is what a user sees."""
        return self._run("ansible-playbook", "-i", "hosts.yml", "-e", "@secrets.yml", str(playbook), *flags)

    def play_again(self) -> None:
        """Run the playbook on the fleet, which must not change."""
        counts = re.findall(r"changed=(\d+)", self.play())
        if counts != ["0"] * len(self._fleet):
            raise SystemExit(f"the second run has changed something: {counts}")

    def write_letter(self) -> None:
        """Put a file into the folder of nas1 that is backed up."""
        (self._fleet["nas1"].mnt / "tank/data/letter.txt").write_text(LETTER)
        (self._fleet["nas1"].mnt / "tank/restored").mkdir()

    def back_up_and_restore(self) -> None:
        """Run the task of nas1, and then the one that its web interface makes to restore; both run rclone."""
        self.by_hand("nas1", module=RUN, description="letters to offsite")
        with Wire(self._fleet["nas1"]) as connection:
            wire = connection.login()
            [push] = wire.call("cloudsync.query", [["description", "=", "letters to offsite"]])
            pull = wire.call("cloudsync.restore", push["id"], {"transfer_mode": "COPY", "path": "/mnt/tank/restored"})
        self.by_hand("nas1", module=RUN, id=pull["id"])

    def prove(self) -> None:
        """Show that the bucket has no letter to read, and that the one that came back is the one that was written."""
        options = self._storage["s3"]
        client = boto3.client(
            "s3",
            endpoint_url=options["endpoint"],
            region_name="us-east-1",
            aws_access_key_id=options["access_key_id"],
            aws_secret_access_key=self._secrets_by_name["vault_s3_secret"],
        )
        [stored] = client.list_objects_v2(Bucket=self.buckets[0], Prefix="letters/")["Contents"]
        content = client.get_object(Bucket=self.buckets[0], Key=stored["Key"])["Body"].read()
        print(f"in the bucket:  {stored['Key']} ({stored['Size']} bytes)")
        if LETTER.encode() in content:
            raise SystemExit("the letter is not encrypted")
        found = (self._fleet["nas1"].mnt / "tank/restored/letter.txt").read_text()
        print(f"back on nas1:   letter.txt: {found.strip()}", flush=True)
        if found != LETTER:
            raise SystemExit("the letter that came back is another one")

    def by_hand(self, host: str, fails: bool = False, module: str = MODULE, **options: Any) -> None:
        """Run one task on one NAS."""
        arguments = ("-m", module, "-a", json.dumps(options))
        self._run("ansible", host, "-i", "hosts.yml", "-e", "@secrets.yml", *arguments, fails=fails)

    def _run(self, program: str, *arguments: str, fails: bool = False) -> str:
        color = {"ANSIBLE_FORCE_COLOR": "1"} if sys.stdout.isatty() else {"ANSIBLE_NOCOLOR": "1"}
        environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_LOCAL_TEMP": str(self._folder / "local"),
            "ANSIBLE_REMOTE_TEMP": str(self._folder / "remote"),
            **color,
        }
        command = [str(Path(sys.executable).with_name(program)), *arguments]
        done = subprocess.run(command, cwd=self._folder, env=environment, capture_output=True, text=True, check=False)
        print(done.stdout.strip(), done.stderr.strip(), sep="\n", flush=True)
        if (done.returncode != 0) is not fails:
            raise SystemExit(f"{program} ended with {done.returncode}, which was not expected")
        if any(secret in done.stdout + done.stderr for secret in self._secrets):
            raise SystemExit("a secret is in the output")
        return done.stdout

    def report(self) -> None:
        """Print what the story cost, from the journals of the NAS."""
        print(f"{'NAS':6} {'TrueNAS':9} {'logins':>7} {'queries':>8} {'verifications':>14} {'writes':>7}")
        for name, nas in self._fleet.items():
            journal = nas.journal()
            calls = Counter(call["method"].rpartition(".")[2] for call in journal)
            # A login with SCRAM takes two steps. Over SSH there is none.
            logins = len({call["session"] for call in journal if call["method"].startswith("auth.login")})
            writes = calls["create"] + calls["update"] + calls["delete"]
            counts = f"{logins:>7} {calls['query']:>8} {calls['verify']:>14} {writes:>7}"
            print(f"{name:6} {nas.version:9} {counts}")


def say(title: str, text: str) -> None:
    """Announce a step."""
    print(f"\n\n=== {title} ===\n{text}\n", flush=True)


def story(demo: Demo) -> None:
    """Tell the story, step by step."""
    say(
        "1. The plan",
        "In check mode nothing is written. The diff shows what would be; secrets are masked. nas4 and nas5 run TrueNAS 24.10 and "
        "CORE 13.3, which speak an older protocol; nas4 is reached over SSH, without a key.",
    )
    demo.play("--check", "--diff")
    say(
        "2. The change",
        "Each NAS tries each credential with real rclone at the real server. It stores none that the server refuses.",
    )
    demo.play()
    say("3. Again", "Nothing differs, so nothing is written, and nothing is reported as changed.")
    demo.play_again()
    say("4. Drift", "Somebody changes two credentials of nas2 by hand.")
    demo.by_hand("nas2", name="offsite", s3={"region": "eu-west-7"})
    demo.by_hand("nas2", name="share", state="absent")
    say("5. Drift is found", "The same check run as before, now as an audit.")
    demo.play("--check", "--diff")
    say("6. Drift is mended", "Only nas2 changes.")
    demo.play("--diff")
    say("7. A wrong secret", "The provider refuses it, so the stored credential stays as it is.")
    demo.by_hand("nas2", fails=True, name="offsite", s3={"secret_access_key": "not the secret"}, verify="changed")
    demo.by_hand("nas2", name="offsite", s3={"region": "us-east-1"}, verify="always")
    say(
        "8. A key for one bucket",
        "It may not list the root. What opens its bucket is kept; what does not is taken back, here by NAS and controller.",
    )
    demo.by_hand(
        "nas2", name="vault", s3=demo.scoped, verify="changed", verify_bucket=demo.buckets[0], verify_by="both"
    )
    demo.by_hand("nas2", fails=True, name="other", s3=demo.scoped, verify="changed", verify_bucket=demo.buckets[1])
    say(
        "9. A backup",
        "A file on nas1, and a task in YAML that pushes it to the bucket, encrypted with rclone on the NAS.",
    )
    demo.write_letter()
    demo.play("--diff", playbook=BACKUP)
    say("10. The proof", "The task runs, and what the bucket has is restored into another folder.")
    demo.back_up_and_restore()
    demo.prove()
    say("What it cost", "Calls that the NAS counted:")
    demo.report()


def main() -> int:
    """Run the demo; everything that it starts ends with it, also when it is interrupted."""
    signal.signal(signal.SIGTERM, _interrupt)
    begun = time.monotonic()
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nasops-demo-")))
            lab = stack.enter_context(Lab(SERVERS))
            shell = stack.enter_context(NasShell())
            fleet = {
                name: stack.enter_context(Simulator(version=version, socket=shell.sockets / name))
                for name, version in VERSIONS.items()
            }
            story(Demo(fleet, lab, shell, folder))
    except KeyboardInterrupt:
        print("\ninterrupted; everything is stopped")
        return 130
    print(f"\nThe demo took {time.monotonic() - begun:.0f} s; everything that it started is stopped.")
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
