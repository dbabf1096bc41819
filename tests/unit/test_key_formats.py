# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys in every form that people have: what the module sends, the NAS loads, rclone uses and the probe uses."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes import sftp
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import Aim
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import Refused as ProbeRefused
from ansible_collections.nasops.truenas.plugins.module_utils.keypair.keys import private_key
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers.values import Refused, looks_like_key
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.options import masked
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_credential, ssh_keypair
from tests.keys import NAMES, forms, public, read, unusable
from tests.lab.sshd import Sshd
from tests.simulator import Simulator
from tests.unit.in_process import InProcessNas
from tests.unit.simulator.wire import Wire

FORMS = forms()
UNUSABLE = unusable()
RCLONE = Path(sys.executable).with_name("rclone")


@pytest.fixture(scope="module")
def nas() -> Iterator[InProcessNas]:
    """A NAS, which runs the real ssh-keygen."""
    with InProcessNas() as box:
        yield box


@pytest.fixture(scope="module")
def sshd() -> Iterator[Sshd]:
    """A real OpenSSH server that knows every key."""
    with Sshd() as server:
        for name in NAMES:
            server.authorize(public(name))
        yield server


def run(nas: InProcessNas, check: bool, **options: Any) -> dict[str, Any]:
    """Run a task and return its result."""
    defaults = {name: argument.get("default") for name, argument in ssh_keypair.ARGUMENTS.items()}
    return ssh_keypair.read({**defaults, **options}, check)(Nas(nas))


def rclone_takes(sshd: Sshd, text: str, folder: Path) -> bool:
    """Return whether rclone logs in with a key, as the NAS runs it: with the text in a file (truenas-api/providers.md)."""
    file = folder / "key"
    file.write_bytes(text.encode())
    remote = f":sftp,host={sshd.host},port={sshd.port},user={sshd.user},key_file={file}:"
    command = [str(RCLONE), "--config", "", "--retries", "1", "--low-level-retries", "1", "lsf", remote]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def probe_takes(sshd: Sshd, text: str) -> bool:
    """Return whether the controller logs in with a key."""
    try:
        sftp.probe(sshd.options, Aim(private_key=text, timeout=10))
    except ProbeRefused:
        return False
    return True


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_stored_by_the_real_run_as_in_check_mode(form: str, nas: InProcessNas) -> None:
    text, line = FORMS[form]
    planned = run(nas, True, name=form, private_key=text)
    made = run(nas, False, name=form, private_key=text)
    again = run(nas, False, name=form, private_key=text)
    assert (planned["action"], made["action"], again["action"]) == ("created", "created", "none")
    assert planned["diff"] == made["diff"]
    assert made["keypair"]["public_key"] == line


@pytest.mark.parametrize("form", FORMS)
def test_what_is_sent_is_the_same_text_each_time(form: str) -> None:
    text, line = FORMS[form]
    sent = private_key(text)
    assert str(sent.public) == line
    assert private_key(text) == private_key(sent.text) == sent


@pytest.mark.parametrize("name", NAMES)
def test_rclone_and_the_probe_use_whatever_is_sent(name: str, sshd: Sshd, tmp_path: Path) -> None:
    sent = {private_key(text).text for form, (text, _line) in FORMS.items() if form.split()[0] == name}
    assert len(sent) > 1 or name == "ed25519"
    for text in sent:
        assert rclone_takes(sshd, text, tmp_path)
        assert probe_takes(sshd, text)


def test_the_nas_verifies_a_credential_with_whatever_is_sent(sshd: Sshd) -> None:
    sent = sorted({private_key(text).text for text, _line in FORMS.values()})
    assert len(sent) > len(NAMES)
    login = {"type": "SFTP", "host": sshd.host, "port": sshd.port, "user": sshd.user}
    with Simulator(login_limit=0) as far, Wire(far) as wire:
        wire.login()
        for number, text in enumerate(sent):
            pair = {"name": str(number), "type": "SSH_KEY_PAIR", "attributes": {"private_key": text}}
            key = wire.call("keychaincredential.create", pair)["id"]
            assert wire.call("cloudsync.credentials.verify", {**login, "private_key": key})["valid"]


@pytest.mark.parametrize("form", [form for form in FORMS if form.startswith("ecdsa ") or "PKCS" in form])
def test_the_probe_reads_a_stored_text_as_rclone_does(form: str, sshd: Sshd, tmp_path: Path) -> None:
    text, _line = FORMS[form]
    assert probe_takes(sshd, text) == rclone_takes(sshd, text, tmp_path)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("wrong", UNUSABLE)
@pytest.mark.parametrize("check", [True, False])
def test_what_the_nas_cannot_use_is_refused_before_anything_is_sent(wrong: str, check: bool, nas: InProcessNas) -> None:
    text, reason = UNUSABLE[wrong]
    nas.calls.clear()
    with pytest.raises(errors.InvalidInput, match=reason) as caught:
        run(nas, check, name="never", private_key=text)
    assert nas.calls == []
    assert all(line not in str(caught.value) for line in text.splitlines() if len(line) > 20)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_a_putty_key_that_was_changed_anywhere_is_refused(name: str, version: int) -> None:
    lines = read(f"{name}.v{version}.ppk").splitlines()
    for place, line in enumerate(lines):
        if line.startswith(("Public-Lines", "Private-Lines")):
            continue
        changed = f"{line[:-1]}{'0' if line[-1] != '0' else '1'}"
        with pytest.raises(Refused, match=r"PuTTY|passphrase"):
            private_key("\n".join((*lines[:place], changed, *lines[place + 1 :])))


@pytest.mark.parametrize("form", [*FORMS, *UNUSABLE])
def test_a_key_in_the_wrong_place_is_masked(form: str) -> None:
    text, _rest = {**FORMS, **UNUSABLE}[form]
    assert looks_like_key(text)
    shown = str(masked({"sftp": {"host": text, "private_key": text}}, cloud_credential.ARGUMENTS))
    assert all(line not in shown for line in text.splitlines() if len(line) > 40)
