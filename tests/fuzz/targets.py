# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of fuzzing: functions that take any bytes. An exception that is not one of the collection's is a crash.

`make test` runs each of them on its corpus and on examples of hypothesis, `make fuzz` with atheris.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import json
import re
import time
from collections.abc import Callable
from typing import Any

import websocket
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.nasops.truenas.plugins.module_utils.backup_task import transferred as restic
from ansible_collections.nasops.truenas.plugins.module_utils.backup_task.kind import BACKUP
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task import info as task_info
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task.run_errors import cause_of, first_error
from ansible_collections.nasops.truenas.plugins.module_utils.credential import info
from ansible_collections.nasops.truenas.plugins.module_utils.credential.export import export
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.causes import classify, error_line
from ansible_collections.nasops.truenas.plugins.module_utils.errors import OAuthFailed, TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import Refused
from ansible_collections.nasops.truenas.plugins.module_utils.foreign import clean, one_line
from ansible_collections.nasops.truenas.plugins.module_utils.keypair import keys
from ansible_collections.nasops.truenas.plugins.module_utils.keypair.kind import KIND as KEYPAIR
from ansible_collections.nasops.truenas.plugins.module_utils.keypair.stored import shown
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.oauth.token import rclone_token
from ansible_collections.nasops.truenas.plugins.module_utils.protocol import api_key, jobs
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.api_key import Precomputed
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.dialect import JSON_RPC
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.jsonrpc import RpcConnection
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import Account, log_in, precompute
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.scram import Exchange, end_point
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.rclone import convert
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.texts import provider_secrets, redact_in
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task import transferred as rclone
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task.kind import SYNC
from ansible_collections.nasops.truenas.plugins.module_utils.transport.address import Address
from ansible_collections.nasops.truenas.plugins.module_utils.transport.bounded import Bounded
from ansible_collections.nasops.truenas.plugins.module_utils.transport.channel import Channel
from ansible_collections.nasops.truenas.plugins.module_utils.transport.channel_errors import of_exception, of_status
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND as CREDENTIAL
from tests.fuzz.answers import ANSWERS, JOB, Damaged, Source, damaged

Target = Callable[[bytes], None]
DERIVED = Precomputed.of("1-key", b"salt", 1)
"""The result of each derivation, which would take most of the time."""
NONCE = b"n" * 32


def text(data: bytes) -> str:
    """Return bytes as a text that can have any character of a reply."""
    return data.decode(errors="replace")


def values(data: bytes) -> list[Any]:
    """Return the values in the lines that are JSON."""
    found = []
    for line in text(data).split("\n"):
        with contextlib.suppress(ValueError, RecursionError):
            found.append(json.loads(line))
    return found


def reply(data: bytes) -> None:
    """A message of JSON-RPC."""
    rpc = RpcConnection()
    rpc.request("cloudsync.credentials.create")
    found = rpc.receive(text(data))
    if error := getattr(found, "error", None):
        error.redact(str.upper)
        json.dumps(error.details())
    redact_in(getattr(found, "result", None), ["secret"])


def login(data: bytes) -> None:
    """The answers to a login: the first byte selects its kind, each line is an answer."""
    raw, way = "1-key", data[:1]
    accounts = {
        b"p": Account("u", password="p", otp="123456"),
        b"s": Account("u", raw, mechanism="scram", derive=lambda *given: DERIVED),
        b"k": Account("u", DERIVED),
    }
    account = accounts.get(way, Account("u", raw, derive=lambda *given: DERIVED))
    conversation = precompute(account, raw) if way == b"c" else log_in(account, lambda: b"certificate")
    with contextlib.suppress(StopIteration):
        next(conversation)
        for answer in values(data[1:]):
            if way != b"c" or "i=" not in str(answer):
                conversation.send(answer)


def scram(data: bytes) -> None:
    """The two messages of the server in SCRAM."""
    first, _line, final = text(data).partition("\n")
    exchange = Exchange("u", "1-key", b"certificate", nonce=NONCE, derive=lambda *given: DERIVED)
    with contextlib.suppress(TrueNASError):
        exchange.final(first)
    exchange.verify(final)


def certificate(data: bytes) -> None:
    """The certificate of the server in DER form."""
    end_point(data)


def key(data: bytes) -> None:
    """An API key: raw, JSON, or INI."""
    api_key.is_key(text(data))
    [*api_key.secret_texts(text(data))]
    api_key.read(text(data))


def rclone_conf(data: bytes) -> None:
    """An rclone.conf, which is written again if it can be read."""
    found = convert.from_text(text(data), {}, None)
    convert.to_text(found.credentials)


def private_key(data: bytes) -> None:
    """A private and a public key."""
    private, _line, public = text(data).partition("\0")
    if read := keys.public_key(public):
        str((read.fingerprint, read.bits))
    with contextlib.suppress(Refused):
        keys.private_key(private)


def rows(data: bytes) -> None:
    """A row of each kind of object: damaged by the bytes, or as they say."""
    source = Source(data[1:])
    for kind, query in (
        (CREDENTIAL, "cloudsync.credentials.query"),
        (KEYPAIR, "keychaincredential.query"),
        (SYNC.engine, "cloudsync.query"),
        (BACKUP.engine, "cloud_backup.query"),
    ):
        for row in values(data) or [damaged(damaged(ANSWERS[query][0], source), source)]:
            with contextlib.suppress(TrueNASError):
                show(kind, kind.read(row))


def show(kind: Any, entry: Any) -> None:
    """Do with a row what the info modules and the export do."""
    if not isinstance(entry.id, int) or not isinstance(entry.name, str):
        raise AssertionError("a row without an ID or a name was read")
    if kind is CREDENTIAL:
        info.listing([entry])
        info.listing([entry], reveal=True)
        export([entry], "nas1")
        [*provider_secrets(entry.wire)]
    elif kind is KEYPAIR:
        if hasattr(entry, "private_text"):
            shown(entry)
    else:
        task_info.last_run((BACKUP if kind is BACKUP.engine else SYNC).type, entry)


def job(data: bytes) -> None:
    """A job: a text for its log, its error, and its progress, and bytes that damage it."""
    log, _line, rest = data.partition(b"\0")
    error, _line, damage = rest.partition(b"\0")
    source = Source(damage)
    texts = {"logs_excerpt": text(log), "error": text(error)}
    fields = {**copy.deepcopy(JOB), **texts, "progress": {"percent": 1, "description": text(log)}}
    while not source.is_empty:
        fields = damaged(fields, source)
    read = jobs.read(fields)
    str((read.has_ended, read.percent, read.activity))
    rclone.read(read)
    restic.read(read)
    first_error(read.log, read.error, ["secret"])
    cause_of(read.error, PROVIDERS["s3"], {})


def error_text(data: bytes) -> None:
    """The error of a provider."""
    found = text(data)
    error_line(found)
    if not one_line(found).isprintable() or not re.sub("[\\n\\t]", "", clean(found)).isprintable():
        raise AssertionError("a control character is left")
    for provider in PROVIDERS.values():
        classify(found, provider, {})


def token(data: bytes) -> None:
    """The response of an OAuth provider."""
    import datetime

    clients = [client for provider in PROVIDERS.values() if (client := getattr(provider, "oauth", None))]
    for answer in values(data):
        for client in clients:
            if isinstance(answer, dict):
                with contextlib.suppress(OAuthFailed):
                    rclone_token(answer, client, datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))


class _Bytes:
    """A socket from which bytes come, and then its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def recv(self, size: int) -> bytes:
        """Return bytes."""
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def send(self, data: bytes) -> int:
        """Take bytes."""
        return len(data)

    def settimeout(self, seconds: float | None) -> None:
        """Never wait."""

    def gettimeout(self) -> float:
        """Never wait."""
        return 1.0

    def close(self) -> None:
        """Do nothing."""

    def shutdown(self, how: int) -> None:
        """Do nothing."""

    def setsockopt(self, *given: Any) -> None:
        """Do nothing."""


def frames(data: bytes) -> None:
    """Frames of WebSocket after the upgrade."""
    channel = _channel(data)
    channel._bounded.opened()
    channel._socket.connected = True
    for _message in range(5):
        channel.receive(time.monotonic() + 5)


def upgrade(data: bytes) -> None:
    """The answer to the upgrade."""
    channel = _channel(data)
    address = channel._address
    try:
        channel._socket.connect(address.url, redirect_limit=0, socket=channel._bounded)
        channel._refuse_redirect()
    except Exception as error:
        channel._refuse_redirect()
        status = channel._bounded.status
        raise (of_status(status, address) if status else of_exception(error, address)) from None


def _channel(data: bytes) -> Any:
    channel: Any = Channel.__new__(Channel)
    channel.dialect = JSON_RPC
    channel._address = Address("127.0.0.1", 1, plaintext=True)
    channel._patience, channel.pinged = 5.0, time.monotonic()
    channel._bounded = Bounded(_Bytes(data), time.monotonic() + 5)
    channel._socket = websocket.WebSocket(enable_multithread=False, skip_utf8_validation=True)
    channel._socket.sock = channel._bounded
    return channel


CREDENTIAL_OPTIONS: dict[str, Any] = {"name": "s3", "s3": {"access_key_id": "i", "secret_access_key": "s"}}
TASK_OPTIONS: dict[str, Any] = {
    **{"description": "nightly", "credential": "s3", "bucket": "b", "folder": "g", "path": "/mnt/tank/data"},
    **{"schedule": {"minute": "0"}},
}
SYNC_OPTIONS = {**TASK_OPTIONS, "direction": "PUSH", "transfer_mode": "COPY"}
BACKUP_OPTIONS = {**TASK_OPTIONS, "credential": "storj_ix", "repository_password": "r", "keep_last": 5}
SCENARIOS: list[tuple[str, dict[str, Any]]] = [
    ("cloud_credential", CREDENTIAL_OPTIONS),
    ("cloud_credential", {**CREDENTIAL_OPTIONS, "verify": "changed", "verify_by": "nas"}),
    ("cloud_credential", {"name": "new", "sftp": {"host": "h", "user": "u", "private_key_name": "backup"}}),
    ("cloud_credential", {"name": "s3", "state": "absent", "replace_with": "b2"}),
    ("cloud_credential", {"name": "s3", "new_name": "t"}),
    ("cloud_credentials", {"credentials": [CREDENTIAL_OPTIONS, {"name": "new", "b2": {"account": "a", "key": "k"}}]}),
    ("cloud_credentials", {"credentials": [CREDENTIAL_OPTIONS], "purge": True}),
    ("cloud_credential_info", {"usage": True, "verify": "always", "verify_by": "nas"}),
    ("cloud_credential_export", {"host_name": "nas1", "dest": "d", "export_tasks": True}),
    ("cloud_provider_info", {}),
    (
        "cloud_audit",
        {"credentials": [CREDENTIAL_OPTIONS], "sync_tasks": [SYNC_OPTIONS], "backup_tasks": [BACKUP_OPTIONS]},
    ),
    ("ssh_keypair", {"name": "backup", "generate": True}),
    ("ssh_keypair", {"name": "new", "generate": True}),
    ("ssh_keypair", {"name": "backup", "state": "absent"}),
    ("ssh_keypairs", {"keypairs": [{"name": "backup", "new_name": "other"}]}),
    ("ssh_keypair_info", {}),
    ("cloud_sync_task", SYNC_OPTIONS),
    ("cloud_sync_tasks", {"tasks": [SYNC_OPTIONS, {**SYNC_OPTIONS, "description": "new"}], "purge": True}),
    ("cloud_sync_task_info", {}),
    ("cloud_sync_run", {"description": "nightly"}),
    ("cloud_backup_task", BACKUP_OPTIONS),
    ("cloud_backup_tasks", {"tasks": [BACKUP_OPTIONS, {**BACKUP_OPTIONS, "description": "new", "folder": "h"}]}),
    ("cloud_backup_task_info", {}),
    ("cloud_backup_run", {"description": "nightly", "run_timeout": 1, "abort_on_timeout": True}),
    ("cloud_backup_snapshots_info", {"description": "nightly"}),
    ("cloud_bucket", {"credential": "s3", "name": "new"}),
    ("cloud_bucket_info", {"credential": "s3"}),
    ("onedrive_drive_info", {"onedrive": {"token": '{"access_token": "t"}'}, "verify_may_refresh": True}),
]
"""Tasks for the NAS of `answers`, with a change to write where there is one."""


def task(data: bytes) -> None:
    """A whole task: the first byte selects it, the second one check mode, and the others what the NAS answers."""
    source = Source(data)
    name, options = SCENARIOS[source.below(len(SCENARIOS))]
    check = source.below(4) == 1
    kind = importlib.import_module(f"{_TASKS}.{name}").TASK
    params = _params(name, json.dumps(options), kind)
    result = kind.read(params, check)(Nas(Damaged(source)))
    if name not in ("cloud_credential_export", "precomputed_key"):
        json.dumps(result)


_TASKS = "ansible_collections.nasops.truenas.plugins.module_utils.tasks"
_known: dict[str, Any] = {}


def _params(name: str, options: str, kind: Any) -> Any:
    """Return the options as Ansible completes them."""
    if name + options not in _known:
        validated = ArgumentSpecValidator(kind.arguments).validate(json.loads(options))
        if validated.error_messages:
            raise AssertionError(f"{name}: {validated.error_messages}")
        _known[name + options] = validated.validated_parameters
    return copy.deepcopy(_known[name + options])


TARGETS: dict[str, Target] = {
    function.__name__: function
    for function in (
        *(reply, login, scram, certificate, key, rclone_conf, private_key),
        *(rows, job, error_text, token, frames, upgrade, task),
    )
}


def run(target: Target, data: bytes) -> None:
    """Run a target. Returns for an error of the collection, and raises any other exception."""
    with contextlib.suppress(TrueNASError):
        target(data)
