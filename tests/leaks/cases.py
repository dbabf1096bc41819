# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays that know every kind of secret and fail at every step, in every way of running tasks, and with every callback."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests import keys
from tests.integration.running import BASE64_CANARY, CANARY, IN_A_PROCESS, Ansible, Run, canaries, secret
from tests.integration.samples import OPTIONS
from tests.leaks import quoting
from tests.leaks.detector import Detector
from tests.leaks.quoting import QuotingNas
from tests.leaks.watch import Watch
from tests.simulator import Simulator

PREFIX = "nasops.truenas."
KEY = keys.read("ed25519.key")
KEY_LINES = [line for line in KEY.splitlines()[2:] if len(line) >= Detector.MIN_LENGTH and "-----" not in line]
"""The lines of a private key that no other key shares."""
TYPES = {name: "GOOGLE_CLOUD_STORAGE" if name == "google_cloud_storage" else name.upper() for name in OPTIONS}

WAYS: dict[str, dict[str, Any]] = {
    "worker": {},
    "module": {"environment": IN_A_PROCESS},
    "async": {"async": 60, "poll": 1},
    "become": {"become": True, "become_method": "su"},
}
"""The ways of running a task, as its keywords."""

CALLBACKS: dict[str, dict[str, str]] = {
    "default, JSON": {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
    "default, YAML": {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"},
    "minimal": {"ANSIBLE_STDOUT_CALLBACK": "minimal"},
    "oneline": {"ANSIBLE_STDOUT_CALLBACK": "oneline"},
    "one JSON document": {"ANSIBLE_STDOUT_CALLBACK": "document"},
}
"""The stdout callbacks of ansible-core, as settings. `junit` and `tree` only notify, so they join each of them."""

WORKS = ("works", f"{quoting.VERIFY} 10")
"""The beginnings of the names of tasks that do not fail. An info task only reports that a credential cannot be verified."""
LOUD = ("-vvvv", "--diff")


@dataclass(frozen=True)
class Case:
    """One run: the stdout callback, the way of running tasks, and how much Ansible prints."""

    callback: str
    way: str
    check: bool = False
    loud: bool = True
    key_in_environment: bool = False
    only: tuple[str, ...] = field(default=())
    """The beginnings of the names of the tasks to run; all, if empty."""


def stored() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the NAS that quotes: secrets that no task holds."""
    provider = {"type": "S3", "access_key_id": "AKIA", "secret_access_key": secret(900), "endpoint": "", "region": "eu"}
    row = {"id": 1, "name": "offsite", "provider": provider}
    task = {
        "id": 1,
        "path": "/mnt/tank/data",
        "credentials": row,
        "attributes": {"bucket": "b", "folder": "f"},
        "schedule": {"minute": "0", "hour": "1", "dom": "*", "month": "*", "dow": "*"},
        "pre_script": f"echo {secret(900)}",
        "post_script": "",
        "args": "",
        "enabled": True,
    }
    sync = {**task, "description": "nightly", "direction": "PUSH", "transfer_mode": "COPY", "encryption": True}
    pair = {"private_key": KEY, "public_key": keys.read("ed25519.pub")}
    return {
        "cloudsync.credentials.query": [row],
        "cloudsync.query": [{**sync, "encryption_password": secret(902), "encryption_salt": secret(903)}],
        "cloud_backup.query": [{**task, "description": "photos", "password": secret(904), "keep_last": 3}],
        "keychaincredential.query": [{"id": 1, "name": "backup", "type": "SSH_KEY_PAIR", "attributes": pair}],
    }


SYNC: dict[str, Any] = {
    **{
        "description": "{{ description }}",
        "credential": "offsite",
        "bucket": "b",
        "folder": "new",
        "path": "/mnt/tank/data",
    },
    **{"direction": "PUSH", "transfer_mode": "COPY", "encryption": True, "schedule": {"minute": "5"}},
    **{"encryption_password": "{{ encryption_password }}", "encryption_salt": "{{ encryption_salt }}"},
}
BACKUP: dict[str, Any] = {
    **{
        "description": "{{ description }}",
        "credential": "offsite",
        "bucket": "b",
        "folder": "new",
        "path": "/mnt/tank/data",
    },
    **{"repository_password": "{{ repository_password }}", "keep_last": 5, "schedule": {"minute": "5"}},
}
VARIABLES: dict[str, Any] = {
    "options": OPTIONS,
    "other": secret(905),
    "base64_key": f"{BASE64_CANARY}9",
    "encryption_password": secret(906),
    "encryption_salt": secret(907),
    "repository_password": secret(908),
    "private_key": KEY,
    "password": secret(909),
    "api_key_of_quoting": f"1-{CANARY}-0910",
    "digest_key": secret(912),
}


def failing() -> Iterator[dict[str, Any]]:
    """Yield tasks for the NAS that quotes, each with the step at which it fails in its name."""
    new = {"name": "new", "b2": {"account": "a", "key": "{{ other }}"}}
    old = {"name": "offsite", "s3": {"access_key_id": "AKIA", "secret_access_key": "{{ other }}"}}
    every = [{"name": key, key: f"{{{{ options.{key} }}}}"} for key in OPTIONS]
    at: list[tuple[str, str, dict[str, Any]]] = [
        ("spec", "cloud_credential", {"name": "x", "b2": {"acount": "{{ other }}", "key": ["{{ other }}"]}}),
        ("spec", "cloud_sync_task", {**SYNC, "description": "x", "encryption_password": ["{{ other }}"]}),
        (quoting.LOGIN, "cloud_credential", new),
        (quoting.LOGIN, "cloud_credential_info", {"api_key": "{{ omit }}", "password": "{{ password }}"}),
        (quoting.QUERY, "cloud_credentials", {"credentials": every}),
        (quoting.QUERY, "ssh_keypair_info", {}),
        (quoting.CREATE, "cloud_credentials", {"credentials": every}),
        (quoting.CREATE, "ssh_keypair", {"name": "new", "private_key": "{{ private_key }}"}),
        (quoting.CREATE, "cloud_credential", new),
        (quoting.VERIFY, "cloud_credential", {**new, "verify": "changed", "verify_by": "nas"}),
        (quoting.VERIFY, "cloud_credential_info", {"verify": "always", "verify_by": "nas"}),
        (quoting.UPDATE, "cloud_credential", old),
        (quoting.UPDATE, "cloud_sync_task", {**SYNC, "description": "nightly"}),
        (quoting.UPDATE, "cloud_backup_task", {**BACKUP, "description": "photos"}),
        (quoting.DELETE, "ssh_keypair", {"name": "backup", "state": "absent", "cascade": True}),
        (quoting.DELETE, "cloud_sync_task", {"description": "nightly", "state": "absent"}),
        (quoting.RUN, "cloud_sync_run", {"description": "nightly"}),
        (quoting.RUN, "cloud_backup_run", {"description": "photos"}),
        (quoting.LIST, "cloud_bucket_info", {"credential": "offsite"}),
        (quoting.LIST, "cloud_backup_snapshots_info", {"description": "photos"}),
    ]
    for number, (step, module, given) in enumerate(at):
        options = {"username": step, "api_key": "{{ api_key_of_quoting }}", "allow_plaintext": True, **given}
        options |= {"host": "ws://127.0.0.1", "port": "{{ quoting_port }}", "ca_path": None}
        name = f"{step} {number}: {module}"
        yield {"name": name, f"{PREFIX}{module}": {key: it for key, it in options.items() if it is not None}}


def working() -> Iterator[dict[str, Any]]:
    """Yield tasks that succeed on a simulated NAS: all providers, keypairs, tasks, and what is printed of them."""
    every = [{"name": key, key: f"{{{{ options.{key} }}}}"} for key in OPTIONS]
    yield {"name": "works: set", f"{PREFIX}cloud_credentials": {"credentials": every}}
    changed = {"name": "b2", "b2": {"account": "other", "key": "{{ other }}"}}
    yield {"name": "works: change", f"{PREFIX}cloud_credential": changed}
    yield {"name": "works: keypair", f"{PREFIX}ssh_keypair": {"name": "k", "private_key": "{{ private_key }}"}}
    yield {"name": "works: info", f"{PREFIX}cloud_credential_info": {"usage": True}, "register": "it"}
    yield {"name": "works: audit", f"{PREFIX}cloud_audit": {"credentials": every[:3], "digest_key": "{{ digest_key }}"}}
    loop = {"name": "{{ item.name }}", "ftp": "{{ item.ftp }}"}
    items = [{"name": "looped", "ftp": {"host": "h", "user": "u", "pass": "{{ other }}"}}]
    yield {"name": "works: loop", f"{PREFIX}cloud_credential": loop, "loop": items}
    fact = {"remembered": "{{ it }}", "cacheable": True}
    yield {"name": "works: fact", "ansible.builtin.set_fact": fact}


def tasks(case: Case) -> list[dict[str, Any]]:
    """Return the tasks of a case. The last one fails for good, so Ansible writes a retry file."""
    found = []
    for task in (*failing(), *working()):
        if not case.only or task["name"].startswith(case.only):
            way = {} if "ansible.builtin.set_fact" in task else WAYS[case.way]
            if case.check and case.way == "async":
                way = WAYS["module"]
            found.append({**task, **way, "ignore_errors": True, "vars": {"description": "x"}})
    return [*found, {"name": "the end", "ansible.builtin.fail": {"msg": "the end"}}]


def settings(case: Case, here: str) -> dict[str, str]:
    """Return the environment of a case: everything that Ansible can write down is switched on."""
    return {
        **CALLBACKS[case.callback],
        "ANSIBLE_CALLBACKS_ENABLED": "record,ansible.builtin.junit,ansible.builtin.tree",
        "JUNIT_OUTPUT_DIR": f"{here}/junit",
        "ANSIBLE_CALLBACK_TREE_DIR": f"{here}/tree",
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": f"{here}/facts",
        "ANSIBLE_RETRY_FILES_ENABLED": "1",
        "ANSIBLE_RETRY_FILES_SAVE_PATH": f"{here}/retry",
        "ANSIBLE_SHOW_TASK_PATH_ON_FAILURE": "1",
        # The callback `tree` is deprecated.
        "ANSIBLE_DEPRECATION_WARNINGS": "0",
        **({"ANSIBLE_DEBUG": "1"} if case.loud else {}),
        **({"TRUENAS_API_KEY": Simulator.api_key} if case.key_in_environment else {}),
    }


def detector() -> Detector:
    """Return what finds each secret of the cases."""
    return Detector([*canaries(), *KEY_LINES])


def play(case: Case, ansible: Ansible, box: Simulator, quoting_nas: QuotingNas) -> Run:
    """Run a case, watched from outside. Fails if a secret is in the output or in a file."""
    variables = {**VARIABLES, "quoting_port": quoting_nas.port}
    here = ansible.write([{"tasks": tasks(case)}], box, variables)
    if case.key_in_environment:
        text = (here / "play.yml").read_text()
        (here / "play.yml").write_text(text.replace("      api_key: '{{ nas.api_key }}'\n", ""))
    watch = Watch(here, detector(), modules=case.way != "worker", environment=case.key_in_environment)
    flags = (*(LOUD if case.loud else ()), *(("--check",) if case.check else ()))
    environment = settings(case, str(here))
    return ansible.run(
        "ansible-playbook", "-i", "hosts.yml", "play.yml", *flags, here=here, extra=environment, watch=watch
    )


def steps(run: Run) -> Mapping[str, bool]:
    """Return for each recorded task whether it failed."""
    return {line["task"]: line["failed"] for line in run.results}


def summary(run: Run) -> str:
    """Return the results without anything long, for a failing test."""
    return json.dumps({line["task"]: str(line["result"].get("msg"))[:300] for line in run.results}, indent=1)
