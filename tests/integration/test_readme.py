# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory, the playbook, and the commands of the README, as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import yaml

from tests.examples import of_page
from tests.integration.running import ROOT, Ansible
from tests.lab import Lab
from tests.simulator import Simulator

README = ROOT / "README.md"
ELSEWHERE = {
    "make demo": "make demo itself, before a release",
    "ansible-galaxy collection install ./ansible-truenas": "test_the_checkout_is_installed_from_the_folder_above",
}
"""The commands that run elsewhere, and where."""


def commands() -> list[str]:
    """Return the commands of the README, without their comments."""
    lines = re.findall(
        r"^ {4}(\w.*)$", re.sub(r"^```.*?^```$", "", README.read_text(), flags=re.MULTILINE | re.DOTALL), re.MULTILINE
    )
    return [re.split(r"\s+# ", line)[0] for line in lines]


def test_every_command_is_run() -> None:
    [install] = [line for line in commands() if line.startswith("pip install ")]
    required = dict(re.findall(r"^([\w-]+)(>=[\d.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    for library, minimum in re.findall(r"'([\w-]+)(>=[\d.]+)'", install):
        assert required[library] == minimum
    others = [line for line in commands() if line != install and not line.startswith("ansible-playbook")]
    assert others == [*ELSEWHERE]


def test_the_checkout_is_installed_from_the_folder_above(tmp_path: Path) -> None:
    (tmp_path / "ansible-truenas").symlink_to(ROOT)
    [command] = [shlex.split(line) for line in commands() if line.startswith("ansible-galaxy ")]
    command[0] = str(Path(sys.executable).with_name(command[0]))
    own = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    subprocess.run([*command, "--offline"], cwd=tmp_path, env=own, check=True, capture_output=True)
    installed = tmp_path / ".ansible/collections/ansible_collections/nasops/truenas"
    assert (installed / "plugins/modules/cloud_credential.py").is_file()


def test_the_first_playbook_shows_what_it_would_change_then_changes_it_and_then_nothing(
    ansible: Ansible, lab: Lab
) -> None:
    inventory, play = (example.content for example in list(of_page(README))[:2])
    s3 = lab.s3.options
    play[0]["tasks"][1]["nasops.truenas.cloud_sync_task"]["bucket"] = lab.s3.bucket
    with Simulator(rclone_environment=lab.environment) as nas:
        (nas.mnt / "tank/documents").mkdir(parents=True)
        # The rest of the address, as the reader's own NAS has it, and a service that answers here.
        inventory["nas"]["vars"] |= {
            "ansible_python_interpreter": sys.executable,
            "ansible_host": nas.host,
            "ansible_port": nas.port,
            "ansible_truenas_ca_path": nas.ca_file,
            "ansible_truenas_api_key": "{{ vault_truenas_key }}",
        }
        options = play[0]["tasks"][0]["nasops.truenas.cloud_credential"]
        options["s3"] = {name: s3.get(name, value) for name, value in options["s3"].items()}
        options["s3"]["secret_access_key"] = "{{ vault_s3_secret }}"
        here = ansible.write([], {}, variables={"vault_truenas_key": nas.api_key})
        secrets = {"vault_truenas_key": nas.api_key, "vault_s3_secret": s3["secret_access_key"]}
        (here / "variables.yml").write_text(yaml.safe_dump(secrets))
        (here / "inventory.yml").write_text(yaml.safe_dump(inventory))
        (here / "site.yml").write_text(yaml.safe_dump([{**play[0], "vars_files": ["variables.yml"]}]))
        planned, applied = (shlex.split(line) for line in commands() if line.startswith("ansible-playbook"))
        check = ansible.run(*planned, here=here)
        assert check.code == 0, check.output[-3000:]
        assert "changed=2" in check.output
        assert not [call for call in nas.journal() if call["method"].endswith((".create", ".update"))]
        first = ansible.run(*applied, here=here)
        assert "changed=2" in first.output, first.output[-3000:]
        again = ansible.run(*applied, here=here)
        assert "changed=0" in again.output
        assert again.code == 0
