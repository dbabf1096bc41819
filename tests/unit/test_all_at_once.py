# SPDX-License-Identifier: GPL-3.0-or-later
"""All mistakes of a task are reported at once, those in types and those in content, and none that follows from another."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import mistyped
from ansible_collections.nasops.truenas.plugins.module_utils.providers.arguments import PROVIDER_ARGUMENTS
from tests import keys
from tests.integration.samples import OPTIONS
from tests.unit.tasks import in_the_worker
from tests.unit.test_mistyped import SPECS, field, paths
from tests.unit.test_mistyped_both_ways import LOGIN, Run, as_module, no_connection

__all__ = ["as_module", "no_connection"]

BAD_HOST = {"host": "ssh://u1.example.net", "user": "u", "pass": "hush-canary"}
GOOD = {"account": "a", "key": "hush-canary"}
BAD_TOKEN = {"token": {"access_token": "hush-canary", "expiry": "soon"}}
KEY = "-----BEGIN hush-canary"
TASK = {
    "description": "t",
    "credential": "c",
    "direction": "PUSH",
    "transfer_mode": "COPY",
    "path": "/mnt/tank/x",
    "folder": "/",
}

MISTAKES: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "connection and task": (
        "cloud_credential",
        {"host": "https://nas/x", "port": 0, "name": "a", "sftp": BAD_HOST},
        ["host", "port", "sftp.host"],
    ),
    "fields of one provider": (
        "cloud_credential",
        {"name": False, "sftp": {**BAD_HOST, "user": 7, "prot": 22}},
        ["name", "sftp.user", "sftp", "sftp.host"],
    ),
    "fields of one provider, with a typo for a required one": (
        "cloud_credential",
        {"name": "a", "s3": {"secret_acces_key": "hush-canary", "access_key_id": "AKIAX", "endpoint": "no scheme"}},
        ["s3", "s3.endpoint"],
    ),
    "an alias": (
        "cloud_credential",
        {"name": "a", "azureblob": {"account_key": "hush canary", "account_name": 5}},
        ["azureblob.account_name", "azureblob.key"],
    ),
    "a type in the connection": (
        "cloud_credential",
        {"port": True, "name": "", "sftp": BAD_HOST},
        ["port", "name", "sftp.host"],
    ),
    "a type in the task": (
        "cloud_credential",
        {"host": "https://nas/x", "name": 5, "b2": GOOD},
        ["name", "host"],
    ),
    "items": (
        "cloud_credentials",
        {
            "credentials": [
                {"name": False, "sftp": BAD_HOST},
                {"name": "b", "google_drive": BAD_TOKEN},
                {"name": "c"},
                {"name": "d", "b2": {**GOOD, "kee": "hush-canary"}},
                {"name": "e", "b2": GOOD},
                {"name": "e", "ftp": {"host": "h", "user": ""}},
            ]
        },
        [
            "credentials[0].name",
            "credentials[3] (d).b2",
            "credentials[0].sftp.host",
            "credentials[1] (b).google_drive.token",
            "credentials[2] (c).provider",
            "credentials[5] (e).ftp.user",
            "credentials[5] (e).name",
        ],
    ),
    "items with a type of the whole set": (
        "cloud_credentials",
        {"purge_keep": [5], "credentials": [{"name": "a", "sftp": BAD_HOST}]},
        ["purge_keep[0]", "credentials[0] (a).sftp.host"],
    ),
    "keypairs": (
        "ssh_keypairs",
        {"keypairs": [{"name": 5, "private_key": KEY}, {"name": "b", "private_key": KEY}]},
        ["keypairs[0].name", "keypairs[0].private_key", "keypairs[1] (b).private_key"],
    ),
    "cloud sync tasks": (
        "cloud_sync_tasks",
        {"tasks": [{**TASK, "enabled": [], "path": "/tmp"}, {**TASK, "description": "u", "args": "'"}]},
        ["tasks[0] (t).enabled", "tasks[0] (t).path", "tasks[1] (u).args"],
    ),
    "the items of an audit": (
        "cloud_audit",
        {"credentials": [{"name": "a", "sftp": BAD_HOST}], "sync_tasks": [{**TASK, "path": "/tmp"}]},
        ["credentials[0] (a).sftp.host", "sync_tasks[0] (t).path"],
    ),
    "a file stays unread": (
        "cloud_credential",
        {"name": 5, "google_cloud_storage": {"service_account_file": "key.json"}},
        ["name"],
    ),
    "a choice steers the rest": (
        "cloud_credential",
        {"name": "a", "state": False, "new_name": "b", "b2": GOOD},
        ["state"],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_all_mistakes_are_reported_at_once_both_ways(mistake: str, as_module: Run) -> None:
    module, arguments, fields = MISTAKES[mistake]
    here, there = in_the_worker(module, LOGIN | arguments), as_module(module, LOGIN | arguments)
    assert [problem["field"] for problem in here["problems"]] == fields
    assert (there["msg"], there["problems"]) == (here["msg"], here["problems"])
    assert "hush" not in json.dumps([here, there])


VALID: dict[str, dict[str, Any]] = {
    "cloud_credential": {"name": "a", "verify": "always", "verify_bucket": "b", "replace_with": None},
    "ssh_keypair": {"name": "a", "private_key": keys.read("rsa3072.key"), "public_key": keys.read("rsa3072.pub")},
    "cloud_sync_task": {**TASK, "encryption": True, "encryption_password": "hush-canary"},
    "cloud_backup_task": {
        **{name: TASK[name] for name in ("description", "credential", "path", "folder")},
        "bucket": "b",
        "repository_password": "hush-canary",
        "keep_last": 3,
    },
}
"""A task without a mistake, by module."""
WRONG = datetime.date(2026, 1, 1)


def without(given: dict[str, Any], name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return options without one, by any of its names."""
    names = mistyped.by_any_name(spec)
    return {written: value for written, value in given.items() if names[written] != names[name]}


def with_one_mistake(module: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the task of VALID with a value of the wrong type for one option, and the option's name, for every option."""
    spec = SPECS[module]
    for path, argument in paths(spec):
        if argument.get("type") == "bool" or len(path) > 2:
            continue
        options = {**LOGIN, **VALID[module]}
        if module == "cloud_credential":
            provider = path[0] if path[0] in PROVIDER_ARGUMENTS else "openstack_swift"
            options[provider] = OPTIONS[provider]
        outer, last = path[0], path[-1]
        if len(path) == 1:
            options = {**without(options, outer, spec), outer: WRONG}
        elif last == 1:
            options = {**without(options, outer, spec), outer: [WRONG]}
        else:
            options[outer] = {**without(options.get(outer, {}), last, spec[outer]["options"]), last: WRONG}
        yield options, field(path).replace("[1]", "[0]")


@pytest.mark.parametrize("module", VALID)
def test_one_mistake_is_one_problem(module: str) -> None:
    tried = [*with_one_mistake(module)]
    for options, wrong in tried:
        result = in_the_worker(module, options)
        assert [problem["field"] for problem in result["problems"]] == [wrong], result["msg"]
    assert len(tried) > 15
