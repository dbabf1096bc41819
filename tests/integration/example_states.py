# SPDX-License-Identifier: GPL-3.0-or-later
"""What the examples presume: what the NAS stores before, the reader's variables, and addresses that answer here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests import keys
from tests.examples import Example
from tests.integration.running import secret
from tests.integration.samples import token
from tests.lab import Lab
from tests.lab.rights.programs import client
from tests.simulator import Simulator

SERVERS = ("s3", "storj_ix", "sftp", "webdav")
FILES = {
    "/mnt/tank/documents/contracts/lease.pdf": "foo",
    "/mnt/tank/photos/cat.jpg": "a cat",
    "/mnt/pool1/documents/a.txt": "a",
    "/mnt/tank/branch/b.txt": "b",
}
STORJ = "https://gateway.storjshare.io/"
WITH_BUCKETS = ("docs/buckets.md", "plugins/modules/cloud_bucket.py")
"""Where buckets of Storj are created. Elsewhere the simulated NAS itself answers for Storj."""
ACCOUNT = {"auditor": Simulator.user}
"""Users of the examples who are not the user of the simulated NAS."""

Row = dict[str, Any]


@dataclass
class State:
    """What one file presumes. `before` has tasks that lead to the state, by the name of the task that they precede."""

    seed: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    before: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    precomputed: bool = False
    grouped: bool = False
    """Whether the NAS is in the group `nas` of the inventory."""


class Place:
    """The reader's providers: servers of the `lab` in place of `s3.example.net` and the others."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        s3 = client("s3", lab.s3, lab.s3.key)
        for bucket in ("backups", "nas1"):
            s3.create_bucket(Bucket=bucket)
        (lab.sftp.folder / "srv/export").mkdir(parents=True)
        s3.create_bucket(Bucket="locked-backups", ObjectLockEnabledForBucket=True)
        self._own = {
            "s3.example.net": {**lab.s3.options, "endpoint": lab.s3.url},
            "dav.example.net": lab.webdav.options,
            "archive.example.net": lab.sftp.options,
        }

    @property
    def secrets(self) -> dict[str, Any]:
        """The secrets of the reader's vault that have to fit."""
        key = self.lab.s3.key
        admin = self.lab.s3.admin_key
        return {
            "vault_s3_secret": key.secret_access_key,
            "vault_s3_secret_of_nas2": self.lab.s3.next_key.secret_access_key,
            "vault_s3_admin": {"id": admin.access_key_id, "secret": admin.secret_access_key},
            "vault_share_password": self.lab.webdav.password,
            "vault_archive_password": self.lab.sftp.password,
            **dict.fromkeys(("vault_drive_token", "vault_onedrive_token"), token(1)),
            **dict.fromkeys(("vault_truenas_key", "vault_nas_api_key", "vault_raw_api_key"), Simulator.api_key),
        }

    def fitted(self, value: Any) -> Any:
        """Return a part of an example with the addresses and the names of accounts that exist here."""
        if isinstance(value, list):
            return [self.fitted(item) for item in value]
        if isinstance(value, str):
            return {"nas1.example.net": "127.0.0.1", **ACCOUNT}.get(value, value)
        if not isinstance(value, dict):
            return value
        text = " ".join(item for item in value.values() if isinstance(item, str))
        server = next((options for address, options in self._own.items() if address in text), {})
        ours: dict[str, Any] = {
            name: server[name] for name in ("url", "endpoint", "host", "user", "region") if name in server
        }
        given = {name: self.fitted(item) for name, item in value.items()}
        if value.get("host") == "nas1.example.net":
            given |= {"port": "{{ nas_port }}", "ca_path": "{{ nas_ca_path }}"}
        ours |= {"port": server["port"]} if "port" in server else {}
        key = {"AKIAEXAMPLE": self.lab.s3.key.access_key_id, "AKIAOTHER": self.lab.s3.next_key.access_key_id}
        return {name: key.get(str(item), item) for name, item in {**given, **ours}.items()}

    def authorized(self) -> State:
        """Return a NAS with a keypair whose public key the SFTP server knows."""
        server = self.lab.sftp
        return State(
            {"keypairs": [{"name": "archive", "private_key": server.private_key, "public_key": server.public_key}]}
        )

    def branch(self) -> Row:
        """Return a credential for the SFTP server, which has the folder /srv/export."""
        return {"id": 3, "name": "branch", "provider": {"type": "SFTP", **self.lab.sftp.options}}

    def state(self, file: str) -> State:
        """Return what a file presumes: nothing, if it is not listed."""
        s3 = {"id": 1, "name": "offsite", "provider": {"type": "S3", **self.lab.s3.options}}
        login = {"type": "STORJ_IX", **self.lab.storj_ix.options}
        storj = {"id": 2, "name": "storj", "provider": login if file in WITH_BUCKETS else {**login, "endpoint": STORJ}}
        return _states(s3, storj, self).get(file, State())


def _sftp(number: int, name: str) -> Row:
    login = {"type": "SFTP", "host": "h.example.net", "user": "u", "pass": secret(number)}
    return {"id": number, "name": name, "provider": login}


def _keypair(number: int, name: str) -> Row:
    private, public = keys.seeded(number)
    return {"id": number, "name": name, "private_key": private, "public_key": public}


def _sync(number: int, description: str, path: str = "/mnt/tank/documents", **more: Any) -> Row:
    place = {"bucket": "backups", "folder": description}
    return {"id": number, "credentials": 1, "description": description, "path": path, "attributes": place, **more}


def _backup(number: int, description: str = "photos") -> Row:
    place = {"bucket": "backups", "folder": f"photos{number}"}
    return {
        "id": number,
        "credentials": 1,
        "description": description,
        "path": "/mnt/tank/photos",
        "attributes": place,
        "password": secret(70),
        "keep_last": 7,
    }


def _run(kind: str, description: str) -> dict[str, Any]:
    """Return a task that runs a cloud task of the NAS."""
    return {f"nasops.truenas.cloud_{kind}_run": {"description": description}}


def _states(s3: Row, storj: Row, place: Place) -> Mapping[str, State]:
    offsite = {"name": "offsite", "s3": {name: value for name, value in s3["provider"].items() if name != "type"}}
    fleet = {"fleet_credentials": [offsite]}
    documents, photos = _sync(1, "documents to offsite"), _backup(1)
    create = {"nasops.truenas.cloud_credential": offsite}
    used = {
        "nasops.truenas.cloud_sync_task": {
            "description": "documents",
            "credential": "offsite",
            "bucket": "backups",
            "folder": "a",
            "direction": "PUSH",
            "transfer_mode": "COPY",
            "path": "/mnt/tank/documents",
        }
    }
    modules = {
        "backup_proof": State(
            {"credentials": [s3], "cloud_sync": [documents], "cloud_backup": [photos]},
            before={
                "Prove that last night's backups can be read": [
                    _run("sync", "documents to offsite"),
                    _run("backup", "photos"),
                ]
            },
        ),
        "cloud_audit": State({"credentials": [s3]}, fleet),
        "cloud_audit_report": State({"credentials": [s3]}, fleet),
        "cloud_backup_run": State({"credentials": [s3], "cloud_backup": [photos, _backup(5, "more")]}),
        "cloud_backup_snapshots_info": State(
            {"credentials": [s3], "cloud_backup": [photos]},
            before={"List the snapshots": [_run("backup", "photos")]},
        ),
        "cloud_backup_task": State({"credentials": [storj]}),
        "cloud_backup_task_info": State({"credentials": [s3], "cloud_backup": [photos]}),
        "cloud_backup_tasks": State({"credentials": [storj]}),
        "cloud_bucket": State({"credentials": [storj]}),
        "cloud_bucket_info": State({"credentials": [s3]}),
        "cloud_credential": State(
            {
                "credentials": [_sftp(3, "off-site archive"), _sftp(4, "old bucket")],
                "keypairs": [_keypair(1, "off-site")],
            },
            {"drive_client_id": "id"},
            {"Delete a credential, and reassign the tasks that use it to another one": [create, used]},
        ),
        "cloud_credential_export": State({"credentials": [s3]}),
        "cloud_export_shared": State({"credentials": [s3]}, grouped=True),
        "cloud_credential_info": State({"credentials": [s3], "cloud_sync": [documents]}),
        "cloud_credentials": State(
            {"credentials": [_sftp(3, "old bucket"), _sftp(4, "manual-1"), _sftp(5, "not declared")]}
        ),
        "cloud_sync_run": State({"credentials": [s3], "cloud_sync": [_sync(1, "nightly")]}),
        "cloud_sync_task": State(
            {"credentials": [s3, place.branch()], "cloud_sync": [_sync(7, "documents"), _sync(8, "documents")]}
        ),
        "cloud_sync_task_info": State({"credentials": [s3], "cloud_sync": [documents]}),
        "cloud_sync_tasks": State(
            {"credentials": [s3], "cloud_sync": [_sync(1, "old"), _sync(2, "manual"), _sync(3, "not declared")]}
        ),
        "precomputed_key": State(precomputed=True),
        "protected_bucket": State({"credentials": [s3]}),
        "ssh_keypair_info": State({"keypairs": [_keypair(1, "unused")]}),
        "ssh_keypairs": State({"keypairs": [_keypair(1, "old"), _keypair(2, "manual-1"), _keypair(3, "undeclared")]}),
    }
    filters = {
        "from_rclone": State({"keypairs": [_keypair(1, "archive")]}),
        "least_policy": State({"credentials": [s3], "cloud_backup": [photos]}),
        "merge_by_description": State({"credentials": [s3], "pools": ["tank", "pool1"]}),
        "rotation": State(
            {"credentials": [s3]},
            before={
                "Show which secret each credential has": [
                    {"nasops.truenas.cloud_credentials": {"credentials": [offsite]}, "register": "swapped"}
                ]
            },
        ),
        "to_rclone": State({}, fleet),
        "without_secret": State({}, {"nas_cloud_credentials": [offsite]}),
    }
    second = {**s3, "id": 2, "name": "second"}
    pages = {
        "docs/buckets.md": State({"credentials": [s3, storj]}),
        "docs/cloud_tasks.md": State(
            {
                "credentials": [s3, second],
                "cloud_sync": [_sync(1, "nightly")],
                "cloud_backup": [{**photos, "credentials": 2}],
            }
        ),
        "docs/guide.md": State({}, {"buckets": dict.fromkeys(("first", "second"), offsite["s3"])}),
        "docs/least_rights.md": modules["cloud_sync_task_info"],
        "docs/rclone.md": State({"keypairs": [_keypair(1, "archive")]}, fleet),
        "docs/ssh_keypairs.md": modules["ssh_keypairs"],
        "roles/cloud_audit/README.md": State({"credentials": [s3]}, {"nas_cloud_credentials": [offsite]}),
    }
    return {
        **{f"plugins/modules/{name}.py": state for name, state in modules.items()},
        **{f"plugins/filter/{name}.py": state for name, state in filters.items()},
        "plugins/lookup/cloud_credential.py": State(
            {"credentials": [s3, {**place.branch(), "name": "archive"}]},
            {
                "ansible_connection": "nasops.truenas.api",
                "ansible_user": Simulator.user,
                "ansible_truenas_api_key": Simulator.api_key,
            },
        ),
        **pages,
    }


RCLONE_CONF = """\
[offsite]
type = s3
provider = Minio
access_key_id = id
secret_access_key = {secret}
endpoint = https://minio.example.net

[archive]
type = sftp
host = archive.example.net
user = backup
key_file = ~/.ssh/archive
"""
"""The file of the examples that import credentials of rclone."""


def variables_of(example: Example, place: Place) -> dict[str, Any]:
    """Return the vaulted variables that an example uses."""
    names = sorted(set(re.findall(r"\bvault_\w+", example.text)))
    return {name: place.secrets.get(name, secret(number + 80)) for number, name in enumerate(names)}
