# SPDX-License-Identifier: GPL-3.0-or-later
"""rclone.conf there and back, with real rclone, real storage servers and playbooks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.running import CANARY, Ansible, secret
from tests.lab import Lab
from tests.lab.base import FILE
from tests.simulator import Simulator

RCLONE = Path(sys.executable).parent / "rclone"
OPENED = {"sftp": "", "ftp": "", "webdav": "", "s3": "lab-bucket"}
"""Servers of the lab, and where in each of them the file is."""

IMPORT = {
    "name": "import",
    "nasops.truenas.cloud_credentials": {
        "credentials": "{{ lookup('ansible.builtin.file', conf) | nasops.truenas.from_rclone(**options | default({})) }}",
        "verify": "changed",
    },
}


def rclone(config: Path, *arguments: str) -> str:
    """Run real rclone with a configuration; return what it prints."""
    environment = {"PATH": os.defpath, "HOME": str(config.parent), "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [str(RCLONE), "--config", str(config), "--retries", "1", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def created(config: Path, lab: Lab) -> None:
    """Let rclone write a configuration for the servers of the lab."""
    for key in OPENED:
        options = {**lab.servers[key].options}
        if key == "webdav":
            options["vendor"] = "other"
        pairs = [f"{name}={value}" for name, value in options.items()]
        rclone(config, "config", "create", f"my {key}", key, "--non-interactive", "--obscure", *pairs)


def test_remotes_of_rclone_become_credentials_that_open(
    ansible: Ansible, nas: Simulator, lab: Lab, tmp_path: Path
) -> None:
    config = tmp_path / "rclone.conf"
    created(config, lab)
    run = ansible.play(
        [IMPORT, {**IMPORT, "name": "again"}],
        nas,
        variables={"conf": str(config), "options": {}},
    )
    assert run.code == 0, run.output[-3000:]
    results = run.named("import")["credentials"]
    assert {result["name"]: result["verification"]["state"] for result in results} == {
        f"my {key}": "valid" for key in OPENED
    }
    assert run.named("again")["changed"] is False
    for key in OPENED:
        assert str(lab.servers[key].options.get("pass", lab.s3.key.secret_access_key)) not in run.output


def test_real_rclone_opens_what_is_written(ansible: Ansible, nas: Simulator, lab: Lab, tmp_path: Path) -> None:
    config = tmp_path / "written.conf"
    credentials: list[dict[str, Any]] = [{"name": f"my {key}", key: lab.servers[key].options} for key in OPENED]
    credentials.append({"name": "by key", "sftp": {**lab.sftp.options, "pass": None, "private_key": 3}})
    key_file = tmp_path / "id"
    key_file.write_text(lab.sftp.private_key)
    write = {
        "name": "write",
        "ansible.builtin.copy": {
            "content": "{{ credentials | nasops.truenas.to_rclone(key_files={'by key': key_file}) }}",
            "dest": str(config),
            "mode": "0600",
        },
        "no_log": True,
    }
    variables = {"credentials": credentials, "key_file": str(key_file)}
    run = ansible.play([write], nas, variables=variables)
    assert run.code == 0, run.output[-3000:]
    for key, folder in OPENED.items():
        assert FILE in rclone(config, "lsf", f"my {key}:{folder}").split()
    assert FILE in rclone(config, "lsf", "by key:").split()


def test_what_the_nas_cannot_use_fails_or_is_left_out_and_shows_no_secret(
    ansible: Ansible, nas: Simulator, tmp_path: Path
) -> None:
    config = tmp_path / "rclone.conf"
    config.write_text(
        f"[box]\ntype = http\nurl = https://u:{CANARY}@h.example/\nno_slash = true\n"
        f"[vault]\ntype = crypt\nremote = box:\npassword = {secret(1)}\n"
        f"[env]\ntype = s3\nenv_auth = true\nsecret_access_key = {secret(2)}\n"
    )
    run = ansible.play(
        [
            {**IMPORT, "vars": {"options": {}}, "ignore_errors": True},
            {**IMPORT, "name": "rest", "vars": {"options": {"skip_unknown": True}}, "check_mode": True},
        ],
        nas,
        variables={"conf": str(config)},
    )
    message = run.named("import")["msg"]
    assert "[vault] type: crypt wraps other remotes" in message
    assert "[env] env_auth: is needed by the remote, but not supported by the NAS" in message
    assert [result["name"] for result in run.named("rest")["credentials"]] == ["box"]
    flat = " ".join(run.output.split())
    assert "omitted [vault] type: crypt wraps other remotes" in flat
    assert "[box] not supported by the NAS, which uses rclone's defaults: no_slash" in flat


@pytest.mark.parametrize("filter_name", ["from_rclone", "to_rclone"])
def test_the_filters_are_documented(ansible: Ansible, filter_name: str, tmp_path: Path) -> None:
    (tmp_path / "doc").mkdir()
    run = ansible.run("ansible-doc", "-t", "filter", f"nasops.truenas.{filter_name}", here=tmp_path / "doc")
    assert run.code == 0
    assert "rclone.conf" in run.output
