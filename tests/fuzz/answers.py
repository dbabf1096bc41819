# SPDX-License-Identifier: GPL-3.0-or-later
"""A NAS whose answers start right and are then damaged as the bytes of a fuzzer say."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.nasops.truenas.plugins.module_utils.errors import TimedOut
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.faults import decode_error
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.messages import Event
from tests import facts, keys
from tests.unit.session import DirectSession

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 7, 10**400, -(10**400), 1e308, 1.5, float("inf"), float("nan")),
    *("", "x", "********", "1", "9" * 5000, "\x1b[31m\n::error::x", "\ud800", "²", "%(key)s", "{0.x}", "[", "-1"),
    *([], {}, [[]], [None], [1], {"x": 1}, [{}], {"$date": 10**18}, {"$set": [1, []]}, {"$type": "x"}),
)
"""Values of every type that JSON has, as Python reads it, with those that break conversions."""

_TYPES = ("S3", "B2", "SFTP", "FTP", "HTTP", "DROPBOX", "GOOGLE_CLOUD_STORAGE", "ONEDRIVE", "STORJ_IX")
_VALUES = {"token": '{"access_token": "t"}', "private_key": 5, "url": "https://u:p@h/", "provider": None}


def _provider(wire_type: str) -> dict[str, Any]:
    return facts.filled({"type": wire_type, **{name: _VALUES.get(name, "x") for name in facts.fields(wire_type)}})


CREDENTIALS = [{"id": n, "name": kind.lower(), "provider": _provider(kind)} for n, kind in enumerate(_TYPES, 1)]
JOB: dict[str, Any] = {
    "id": 7,
    "method": "cloudsync.sync",
    "arguments": [1],
    "state": "FAILED",
    "error": "[EFAULT] Error: x",
    "logs_excerpt": "2026/11/27 15:45:01 ERROR : x: Failed to copy: 403\n",
    "progress": {"percent": 5, "description": "11 B / 11 B, 100%, 0 B/s, ETA -, 2 / 2"},
    "time_started": {"$date": 0},
    "time_finished": None,
}


def _task(service: str, credential: int) -> dict[str, Any]:
    known = facts.task_fields(service, "26.0.0")
    return {
        **{field["name"]: field["default"] for field in known if "default" in field},
        **{"id": 1, "description": "nightly", "path": "/mnt/tank/data", "direction": "PUSH", "transfer_mode": "COPY"},
        **{"schedule": {"minute": "0", "hour": "1"}, "bwlimit": [{"time": "01:00", "bandwidth": 5}]},
        **{"attributes": {"bucket": "b", "folder": "f"}, "password": "p", "keep_last": 3, "locked": False},
        **{"credentials": CREDENTIALS[credential], "job": {**JOB, "method": f"{service}.sync"}},
    }


_PAIR = {"private_key": keys.read("ed25519.key"), "public_key": keys.read("ed25519.pub")}
_KEYPAIR = {"id": 5, "name": "backup", "type": "SSH_KEY_PAIR", "attributes": _PAIR}
SYNC, BACKUP = _task("cloudsync", 0), _task("cloud_backup", 8)

ANSWERS: dict[str, Any] = {
    "system.version_short": "26.0.0",
    "cloudsync.credentials.query": CREDENTIALS,
    "cloudsync.credentials.create": CREDENTIALS[1],
    "cloudsync.credentials.update": CREDENTIALS[0],
    "cloudsync.credentials.delete": True,
    "cloudsync.credentials.verify": {"valid": False, "error": "x", "excerpt": "403 Forbidden"},
    "cloudsync.query": [SYNC],
    "cloudsync.create": SYNC,
    "cloudsync.update": SYNC,
    "cloudsync.delete": True,
    "cloudsync.sync": 7,
    "cloudsync.list_buckets": [{"Name": "b", "Path": "b", "ModTime": "2026-01-01T00:00:00Z", "IsDir": True}],
    "cloudsync.list_directory": [],
    "cloudsync.create_bucket": None,
    "cloudsync.onedrive_list_drives": [{"drive_id": "d", "drive_type": "PERSONAL", "name": "n", "description": ""}],
    "cloud_backup.query": [BACKUP],
    "cloud_backup.create": BACKUP,
    "cloud_backup.update": BACKUP,
    "cloud_backup.delete": True,
    "cloud_backup.sync": 7,
    "cloud_backup.list_snapshots": [{"id": "s", "time": {"$date": 0}, "hostname": "h", "paths": ["/mnt"]}],
    "keychaincredential.query": [_KEYPAIR],
    "keychaincredential.create": _KEYPAIR,
    "keychaincredential.update": _KEYPAIR,
    "keychaincredential.delete": None,
    "keychaincredential.used_by": [{"title": "x", "unbind_method": "disable"}],
    "keychaincredential.generate_ssh_key_pair": _PAIR,
    "core.get_jobs": [JOB],
    "auth.login_ex": {"response_type": "SCRAM_RESPONSE", "scram_type": "SERVER_FIRST_RESPONSE", "rfc_str": "r=,s=,i="},
}
ERROR: dict[str, Any] = {
    "code": -32001,
    "message": "x",
    "data": {"error": 14, "errname": "EFAULT", "reason": "[EFAULT] x", "extra": [["cloud.name", "taken", 22]]},
}


class Source:
    """Small numbers from bytes, zeros at their end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_empty(self) -> bool:
        """Whether only zeros follow."""
        return self._at >= len(self._data)

    def below(self, limit: int) -> int:
        """Return a number from 0 to `limit` - 1."""
        if self.is_empty:
            return 0
        self._at += 1
        return self._data[self._at - 1] % limit


def damaged(value: Any, source: Source) -> Any:
    """Return a copy of the value in which one part is odd or missing; the bytes choose part and replacement."""
    root = [copy.deepcopy(value)]
    holder: Any = root
    key: Any = 0
    while isinstance(holder[key], (dict, list)) and holder[key] and source.below(8):
        holder = holder[key]
        place = source.below(len(holder))
        key = [*holder][place] if isinstance(holder, dict) else place
    choice = source.below(len(ODD) + 1)
    if choice < len(ODD):
        holder[key] = copy.deepcopy(ODD[choice])
    elif holder is not root:
        del holder[key]
    return root[0]


class Damaged(DirectSession):
    """A NAS that answers each call as the bytes say: right, damaged once or several times, or with a damaged error."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source

    @property
    def roles(self) -> frozenset[str]:
        """Every role."""
        return frozenset({"FULL_ADMIN"})

    def has_role(self, role: str) -> bool:
        """Allow everything."""
        return True

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Answer, or raise."""
        answer = ANSWERS.get(method)
        for _time in range((0, 0, 0, 1, 1, 1, 2, 3)[(kind := self._source.below(16)) % 8]):
            answer = damaged(answer, self._source)
        if kind > 12:
            raise decode_error(damaged(ERROR, self._source), method)
        return copy.deepcopy(answer)

    def next_event(self, deadline: float) -> Event:
        """Return an event of the job, or raise."""
        kind = self._source.below(4)
        if not kind or self._source.is_empty:
            raise TimedOut("nothing comes")
        fields = damaged(JOB, self._source)
        return Event(
            "core.get_jobs", ("added", "changed", "removed")[kind - 1], 7, fields if isinstance(fields, dict) else {}
        )
