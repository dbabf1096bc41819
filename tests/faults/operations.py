# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations that meet the faults: a task each, the NAS that it finds, and the call that is struck."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests import keys

from .proxy import EVENT

CANARY = "hush-canary"
"""Every secret of a task and of the NAS contains this text."""

S3 = {"type": "S3", "access_key_id": "id", "secret_access_key": f"{CANARY}-s3", "region": "eu-west-1"}
STORJ = {"type": "STORJ_IX", "access_key_id": "id", "secret_access_key": f"{CANARY}-storj"}
B2 = {"type": "B2", "account": "id", "key": f"{CANARY}-b2"}
REPOSITORY_PASSWORD = f"{CANARY}-restic"
SEED: dict[str, Any] = {
    "directories": ["/mnt/tank/data"],
    "credentials": [
        {"id": 1, "name": "offsite", "provider": S3},
        {"id": 2, "name": "storj", "provider": STORJ},
        {"id": 3, "name": "cloud", "provider": B2},
    ],
    "keypairs": [
        {"id": 1, "name": "stored", "private_key": keys.read("ecdsa.key"), "public_key": keys.public("ecdsa")}
    ],
    "cloud_sync": [
        {
            "id": 1,
            "description": "stored",
            "credentials": 1,
            "attributes": {"bucket": "backups", "folder": "a"},
            "include": [],
        }
    ],
    "cloud_backup": [
        {
            "id": 1,
            "description": "stored",
            "credentials": 2,
            "attributes": {"bucket": "backups", "folder": "a"},
            "password": REPOSITORY_PASSWORD,
        }
    ],
}
PLACE = {"bucket": "backups", "path": "/mnt/tank/data"}
SYNC = {**PLACE, "credential": "offsite", "direction": "PUSH", "transfer_mode": "COPY"}
BACKUP = {**PLACE, "credential": "storj", "keep_last": 7}


@dataclass(frozen=True, eq=False)
class Operation:
    """A task, and the call that is struck: the `number`-th of its `method`.

    A `run` starts a job and stores nothing; a `read` starts and stores nothing. `timeouts` are the options, besides `timeout`,
    that limit it.
    """

    name: str
    module: str
    method: str
    options: dict[str, Any] = field(default_factory=dict)
    number: int = 1
    version: str = "26.0.0"
    is_read: bool = False
    is_run: bool = False
    timeouts: tuple[str, ...] = ()

    @property
    def is_login(self) -> bool:
        """Whether the login itself is struck."""
        return self.method.startswith("auth.")


def _credential(title: str, method: str, /, **options: Any) -> Operation:
    return Operation(title, "cloud_credential", f"cloudsync.credentials.{method}", {"verify": "never", **options})


def _keypair(title: str, method: str, /, **options: Any) -> Operation:
    return Operation(title, "ssh_keypair", f"keychaincredential.{method}", options)


def _limits(options: dict[str, Any]) -> tuple[str, ...]:
    return () if options.get("state") == "absent" else ("provider_timeout",)


def _sync(title: str, method: str, /, **options: Any) -> Operation:
    return Operation(title, "cloud_sync_task", f"cloudsync.{method}", options, timeouts=_limits(options))


def _backup(title: str, method: str, /, **options: Any) -> Operation:
    return Operation(title, "cloud_backup_task", f"cloud_backup.{method}", options, timeouts=_limits(options))


def _run(name: str, module: str, method: str) -> Operation:
    return Operation(name, module, method, {"description": "stored"}, is_run=True, timeouts=("run_timeout",))


NEW = {"account": "id", "key": f"{CANARY}-new"}

OPERATIONS = (
    Operation("login with a key", "cloud_credential_info", "auth.login_ex", version="25.10.0", is_read=True),
    Operation("login with SCRAM", "cloud_credential_info", "auth.login_ex", number=2, is_read=True),
    Operation("query", "cloud_credential_info", "cloudsync.credentials.query", is_read=True),
    Operation(
        "list buckets",
        "cloud_bucket_info",
        "cloudsync.list_buckets",
        {"credential": "offsite"},
        is_read=True,
        timeouts=("provider_timeout",),
    ),
    Operation(
        "verify",
        "cloud_credential",
        "cloudsync.credentials.verify",
        {"name": "new", "b2": NEW, "verify": "always"},
        timeouts=("verify_timeout",),
    ),
    _credential("create credential", "create", name="new", b2=NEW),
    _credential("update credential", "update", name="cloud", b2=NEW),
    _credential("delete credential", "delete", name="cloud", state="absent"),
    Operation(
        "create the third of five",
        "cloud_credentials",
        "cloudsync.credentials.create",
        {"credentials": [{"name": f"new{number}", "b2": NEW} for number in range(5)], "verify": "never"},
        number=3,
    ),
    _keypair("create keypair", "create", name="new", private_key=keys.read("ed25519.key")),
    _keypair("update keypair", "update", name="stored", private_key=keys.read("ed25519.key")),
    _keypair("delete keypair", "delete", name="stored", state="absent"),
    _sync("create sync task", "create", description="new", folder="b", **SYNC),
    _sync("update sync task", "update", description="stored", folder="b", **SYNC),
    _sync("delete sync task", "delete", description="stored", state="absent"),
    _backup(
        "create backup task", "create", description="new", folder="b", repository_password=REPOSITORY_PASSWORD, **BACKUP
    ),
    _backup("update backup task", "update", description="stored", **{**BACKUP, "keep_last": 9}, folder="a"),
    _backup("delete backup task", "delete", description="stored", state="absent"),
    _run("run sync task", "cloud_sync_run", "cloudsync.sync"),
    _run("wait for sync task", "cloud_sync_run", EVENT),
    _run("run backup task", "cloud_backup_run", "cloud_backup.sync"),
)
