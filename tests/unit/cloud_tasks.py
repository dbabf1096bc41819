# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud sync and cloud backup tasks for tests of the core: a NAS in memory that stores them, and runs of the modules' tasks."""

from __future__ import annotations

import copy
import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.nasops.truenas.plugins.module_utils.errors import TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from tests import facts
from tests.simulator.roles import ALL as ROLES
from tests.unit.session import DirectSession, Reopening
from tests.unit.tasks import COLLECTION

CANARY = "hush-canary"
"""Every secret contains this text."""
CREDENTIALS: dict[str, dict[str, Any]] = {
    "S3": {"access_key_id": "id", "secret_access_key": f"{CANARY}-s3", "endpoint": "", "region": "eu-west-1"},
    "B2": {"account": "id", "key": f"{CANARY}-b2"},
    "SFTP": {"host": "h", "user": "u", "pass": f"{CANARY}-sftp"},
    "FTP": {"host": "h", "user": "u", "pass": f"{CANARY}-ftp"},
    "HTTP": {"url": "https://h/"},
    "STORJ_IX": {"access_key_id": "id", "secret_access_key": f"{CANARY}-storj"},
    "MEGA": {"user": "u", "pass": f"{CANARY}-mega"},
}


def credential(number: int, name: str, wire_type: str, **values: Any) -> dict[str, Any]:
    """Return a stored credential."""
    return {"id": number, "name": name, "provider": {"type": wire_type, **CREDENTIALS[wire_type], **values}}


OFFSITE = credential(1, "offsite", "S3")
OTHER = credential(2, "other", "S3", region="", endpoint="https://minio.example:9000")
CLOUD = credential(3, "cloud", "B2")
BRANCH = credential(4, "branch", "SFTP")
STORJ = credential(5, "storj", "STORJ_IX")
ALL = (
    OFFSITE,
    OTHER,
    CLOUD,
    BRANCH,
    STORJ,
    credential(6, "web", "HTTP"),
    credential(7, "mega", "MEGA"),
    credential(8, "ftp", "FTP"),
)


class TaskNas(DirectSession):
    """A NAS with credentials and tasks. It stores what it is given, completed with the defaults of the facts.

    `answers` overrides single methods, with a value, an exception, or a function of the parameters.
    """

    def __init__(
        self, service: str = "cloudsync", version: str = "26.0.0", credentials: tuple[dict[str, Any], ...] = ALL
    ) -> None:
        super().__init__()
        # A test can change a credential.
        credentials = copy.deepcopy(credentials)
        self.service = service
        self.version = version
        self.credentials = {one["id"]: one for one in credentials}
        self.rows: dict[int, dict[str, Any]] = {}
        self.params: list[tuple[str, list[Any]]] = []
        self.timeouts: list[float | None] = []
        self.answers: dict[str, Any] = {"system.version_short": version, "cloudsync.credentials.query": [*credentials]}
        self.granted = frozenset({"FULL_ADMIN"})

    @property
    def roles(self) -> frozenset[str]:
        """The roles of the account."""
        return self.granted

    def has_role(self, role: str) -> bool:
        """Return whether the account has the role. The role of a full administrator holds every role that there is."""
        return role in ROLES and not self.granted.isdisjoint({role, "FULL_ADMIN"})

    def call_all(self, calls: Any) -> list[Any]:
        """Carry out calls and remember their timeouts."""
        self.timeouts += [call.timeout for call in calls]
        return super().call_all(calls)

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Carry out a call, or raise."""
        self.calls.append(method)
        self.params.append((method, json.loads(json.dumps(params))))
        answer = self.answers[method] if method in self.answers else getattr(self, method.rpartition(".")[2])(*params)
        answer = answer(*params) if callable(answer) else answer
        if isinstance(answer, TrueNASError):
            raise answer
        return json.loads(json.dumps(answer))

    def query(self, filters: Any = (), options: Any = None) -> list[dict[str, Any]]:
        """Return the tasks, their secrets hidden from an account without the role."""
        found = [row for row in self.rows.values() if all(row[given[0]] in given[2] for given in filters)]
        return [self._shown(row) for row in found]

    def create(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Store a task."""
        return self.store(max(self.rows, default=0) + 1, payload)

    def update(self, number: int, payload: dict[str, Any]) -> dict[str, Any]:
        """Change a task: the NAS replaces top-level fields as a whole."""
        row = self.rows[number]
        return self.store(number, {**row, "credentials": row["credentials"]["id"], **payload})

    def delete(self, number: int) -> bool:
        """Delete a task."""
        return bool(self.rows.pop(number))

    def store(self, number: int, task: Mapping[str, Any]) -> dict[str, Any]:
        """Store a task as the NAS does, and return its row."""
        used = self.credentials[task["credentials"]]
        known = facts.TASKS["attributes"][used["provider"]["type"]]
        attributes = {one["name"]: one["default"] for one in known if "default" in one} | task["attributes"]
        if used["provider"].get("region") == "":
            attributes["region"] = "us-east-1"
        self.rows[number] = {
            **{
                one["name"]: one["default"] for one in facts.task_fields(self.service, self.version) if "default" in one
            },
            **task,
            "id": number,
            "credentials": used,
            "attributes": attributes,
            "locked": task.get("locked", False),
            "job": task.get("job"),
        }
        return self.rows[number]

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        role = {"cloudsync": "CLOUD_SYNC_WRITE", "cloud_backup": "CLOUD_BACKUP_WRITE"}[self.service]
        if self.has_role(role):
            return row
        hidden = {one["name"]: "********" for one in facts.task_fields(self.service, self.version) if one["secret"]}
        login = {
            name: "********" if CANARY in str(value) else value
            for name, value in row["credentials"]["provider"].items()
        }
        return {**row, **hidden, "credentials": {**row["credentials"], "provider": login}}


@dataclass(frozen=True)
class Opener(Reopening):
    """A connection that selects a version of the API."""

    session: Any
    api_version: tuple[int, ...] | None

    def open(self) -> Any:
        """Return the session."""
        return self.session


def run(
    nas: Any, check: bool = False, module: str = "", api_version: tuple[int, ...] | None = None, **options: Any
) -> dict[str, Any]:
    """Run the task of a module, by default that for one task of the NAS's service, and return its result, free of secrets."""
    name = module or {"cloudsync": "cloud_sync_task", "cloud_backup": "cloud_backup_task"}[nas.service]
    task = importlib.import_module(f"{COLLECTION}.module_utils.tasks.{name}").TASK
    validated = ArgumentSpecValidator(task.arguments).validate(json.loads(json.dumps(options)))
    assert not validated.error_messages, validated.error_messages
    try:
        result = task.read(validated.validated_parameters, check)(Nas(nas, Opener(nas, api_version)))
    except TrueNASError as error:
        if CANARY in f"{error} {error.details()}":
            raise AssertionError("a secret is in the error") from None
        raise
    assert CANARY not in json.dumps(result)
    return dict(result)


PUSH: dict[str, Any] = {
    "description": "nightly",
    "credential": "offsite",
    "bucket": "backups",
    "folder": "nas1",
    "path": "/mnt/tank/data",
    "direction": "PUSH",
    "transfer_mode": "COPY",
    "schedule": {"minute": "30", "hour": "3"},
}
"""The options of a cloud sync task without any finding."""
REPOSITORY: dict[str, Any] = {
    "description": "photos",
    "credential": "storj",
    "bucket": "nas1",
    "folder": "photos",
    "path": "/mnt/tank/photos",
    "repository_password": f"{CANARY}-restic",
    "keep_last": 30,
    "schedule": {"minute": "15", "hour": "2"},
}
"""The options of a cloud backup task without any finding."""
