# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory and the playbook of the README, as they stand there."""

from __future__ import annotations

import re
import sys

import yaml

from tests.integration.running import ROOT, Ansible
from tests.lab import Lab
from tests.simulator import Simulator


def test_the_first_playbook_shows_what_it_would_change_then_changes_it_and_then_nothing(
    ansible: Ansible, lab: Lab
) -> None:
    text = (ROOT / "README.md").read_text()
    inventory, play = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[:2])
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
        (here / "hosts.yml").write_text(yaml.safe_dump(inventory))
        (here / "play.yml").write_text(yaml.safe_dump([{**play[0], "vars_files": ["variables.yml"]}]))
        command = ("ansible-playbook", "-i", "hosts.yml", "play.yml")
        check = ansible.run(*command, "--check", "--diff", here=here)
        assert check.code == 0, check.output[-3000:]
        assert "changed=2" in check.output
        assert not [call for call in nas.journal() if call["method"].endswith((".create", ".update"))]
        first = ansible.run(*command, here=here)
        assert "changed=2" in first.output, first.output[-3000:]
        again = ansible.run(*command, here=here)
        assert "changed=0" in again.output
        assert again.code == 0
