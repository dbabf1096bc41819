# SPDX-License-Identifier: GPL-3.0-or-later
"""The S3 example of docs/protected_backups.md, from a new bucket to a proven restore, against real servers."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.integration.running import ROOT, Ansible, secret
from tests.lab.install import restic
from tests.lab.rights.programs import client, key_with
from tests.lab.s3 import S3, Key
from tests.simulator import Simulator

PAGE = (ROOT / "docs/protected_backups.md").read_text()
EXAMPLE = PAGE.split("\n## S3\n")[1].split("\n## ")[0]
BLOCKS = re.findall(r"```yaml\n# (\w+)\n(.*?)```", EXAMPLE, re.DOTALL)
VARIABLES = {
    name: value for kind, text in BLOCKS if kind == "variables" for name, value in yaml.safe_load(text).items()
}
[AUDIT] = [
    yaml.safe_load(text) for text in re.findall(r"```yaml\n# variables of the role \w+\n(.*?)```", EXAMPLE, re.DOTALL)
]
STEPS: list[list[dict[str, Any]]] = [yaml.safe_load(text) for kind, text in BLOCKS if kind == "tasks"]


AUDIT_TASK = "nasops.truenas.cloud_audit : Audit the cloud credentials"


def audit(nas: Simulator) -> dict[str, Any]:
    """Return a task that audits the NAS with the variables of the page."""
    where = {"nas_host": nas.host, "nas_port": nas.port, "nas_ca_path": nas.ca_file, "nas_api_key": "{{ nas.api_key }}"}
    return {"ansible.builtin.include_role": {"name": "nasops.truenas.cloud_audit"}, "vars": {**where, **AUDIT}}


def vaulted(key: Key) -> dict[str, str]:
    """Return a key as the vault has it."""
    return {"id": key.access_key_id, "secret": key.secret_access_key}


def test_the_example_leads_from_a_new_bucket_to_a_proven_restore(ansible: Ansible) -> None:
    programs = {"rclone_path": str(Path(sys.executable).parent / "rclone"), "restic_path": str(restic())}
    files = {"/mnt/tank/documents/lease.txt": "a lease", "/mnt/tank/photos/cat.txt": "a cat"}
    with S3() as server, Simulator(version="27.0.0", seed={"files": files}) as nas:
        variables = {
            **VARIABLES,
            "s3_endpoint": server.url,
            "s3_region": server.region,
            "vault_owner": vaulted(server.key),
            "vault_photos_password": secret(1),
        }
        bucket, policy, store, prove = STEPS
        prove[-1]["nasops.truenas.backup_proof"] |= programs
        made = ansible.play([*bucket, *policy], nas, variables=variables)
        assert made.code == 0, made.output[-3000:]
        [written] = ansible.folder.rglob("offsite-policy.json")
        variables["vault_offsite"] = vaulted(key_with(server, json.loads(written.read_text())))
        run = ansible.play([*store, *prove, audit(nas)], nas, variables=variables)
        assert run.code == 0, run.output[-3000:]
        proofs = run.named("Prove that both can be read")["proofs"]
        assert [(proof["description"], proof["outcome"], proof["count"]) for proof in proofs] == [
            ("documents", "proven", 1),
            ("photos", "proven", 1),
        ]
        # The audit shows the proofs with their tasks.
        [audited] = [line["result"] for line in run.results if line["task"].startswith(AUDIT_TASK)]
        assert {task["name"]: task["proof"]["outcome"] for task in audited["audit"]["tasks"]} == {
            "documents": "proven",
            "photos": "proven",
        }
        _the_key_cannot_empty_the_bucket(server, variables["vault_offsite"])


def _the_key_cannot_empty_the_bucket(server: S3, key: dict[str, str]) -> None:
    """Delete all that the key can delete, and hold that every version is still there."""
    s3 = client("s3", server, Key(key["id"], key["secret"]))
    owner = client("s3", server, server.key)
    before = {(one["Key"], one["VersionId"]) for one in owner.list_object_versions(Bucket="backups")["Versions"]}
    refused = 0
    for name, version in before:
        for given in ({"Key": name}, {"Key": name, "VersionId": version}):
            try:
                s3.delete_object(Bucket="backups", **given)
            except s3.exceptions.ClientError:
                refused += 1
    after = {(one["Key"], one["VersionId"]) for one in owner.list_object_versions(Bucket="backups")["Versions"]}
    assert before <= after
    assert refused >= len(before)


def test_the_page_is_linked() -> None:
    for page in ("README.md", "docs/cloud_tasks.md", "docs/audit.md"):
        assert "protected_backups.md" in (ROOT / page).read_text()
