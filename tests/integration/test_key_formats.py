# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys in every form that people have: what the module sends, rclone, the probe and the NAS use."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes import sftp
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import ProbeRefused, ProbeTarget
from ansible_collections.nasops.truenas.plugins.module_utils.keypair.keys import private_key
from tests.keys import NAMES, forms, public
from tests.lab.sshd import Sshd
from tests.simulator import Simulator
from tests.unit.simulator.wire import Wire

FORMS = forms()


RCLONE = Path(sys.executable).with_name("rclone")


@pytest.fixture(scope="module")
def sshd() -> Iterator[Sshd]:
    """A real OpenSSH server that knows every key."""
    with Sshd() as server:
        for name in NAMES:
            server.authorize(public(name))
        yield server


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
        sftp.probe(sshd.options, ProbeTarget(private_key=text, timeout=10))
    except ProbeRefused:
        return False
    return True


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
    with Simulator() as far, Wire(far) as wire:
        wire.login()
        for number, text in enumerate(sent):
            pair = {"name": str(number), "type": "SSH_KEY_PAIR", "attributes": {"private_key": text}}
            key = wire.call("keychaincredential.create", pair)["id"]
            assert wire.call("cloudsync.credentials.verify", {**login, "private_key": key})["valid"]


@pytest.mark.parametrize("form", [form for form in FORMS if form.startswith("ecdsa ") or "PKCS" in form])
def test_the_probe_reads_a_stored_text_as_rclone_does(form: str, sshd: Sshd, tmp_path: Path) -> None:
    text, _line = FORMS[form]
    assert probe_takes(sshd, text) == rclone_takes(sshd, text, tmp_path)
