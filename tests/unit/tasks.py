# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks as the tests run them: options at Ansible's defaults, results that are searched for secrets, and Ansible's worker."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task

from ansible_collections.nasops.truenas.plugins.module_utils.credential import sets, spec
from ansible_collections.nasops.truenas.plugins.module_utils.credential.change import CredentialPlan
from ansible_collections.nasops.truenas.plugins.module_utils.credential.kind import kind
from ansible_collections.nasops.truenas.plugins.module_utils.credential.stored import StoredCredential
from ansible_collections.nasops.truenas.plugins.module_utils.engine.batch import DesiredSet
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.engine.kind import Kind
from ansible_collections.nasops.truenas.plugins.module_utils.errors import TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_credential, cloud_credentials
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import USAGE

COLLECTION = "ansible_collections.nasops.truenas.plugins"
CANARY = "hush"
"""Every secret of a test begins with this."""


def fresh_kind() -> Kind[spec.DesiredCredential, StoredCredential, CredentialPlan]:
    """Return the kind of credentials, made anew: mutants of how it is made are on by then."""
    return kind(USAGE)


def defaults(arguments: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the options that a task may leave out, at Ansible's defaults."""
    return {name: argument.get("default") for name, argument in arguments.items() if not argument.get("required")}


def task(**options: Any) -> spec.DesiredCredential:
    """Return the credential that a task with these options declares; its name is `offsite` unless they say otherwise."""
    return spec.read({**defaults(cloud_credential.ARGUMENTS), "name": "offsite", **options})


def task_of_set(*items: Mapping[str, Any], **options: Any) -> DesiredSet[spec.DesiredCredential]:
    """Return the set of credentials that a task with these items and options declares."""
    return sets.read({**defaults(cloud_credentials.ARGUMENTS), "credentials": [*items], **options})


def run(
    session: Any, check: bool = False, pending: Iterable[str] = (), opener: Any = None, **options: Any
) -> dict[str, Any]:
    """Run a task on one credential and return its result, or raise. Fails the test if a secret is in either.

    `opener` opens a new session after one was lost.
    """
    desired = task(**options)
    changes = {"pending_keypairs": [{"name": name} for name in pending]}
    try:
        result = ensure(fresh_kind(), desired, Nas(session, opener), check, changes)
    except TrueNASError as error:
        if CANARY in f"{error} {json.dumps(error.details())}":
            pytest.fail("a secret is in the error")
        raise
    assert CANARY not in json.dumps(result)
    return result


def in_the_worker(
    module: str, arguments: Mapping[str, Any], loader: DataLoader | None = None, become: bool = False, **keywords: Any
) -> dict[str, Any]:
    """Return the result of a module's action plugin, run as Ansible's worker does.

    `keywords` are those of the task, for example `environment`, and `transport` for another connection than a local one.
    """
    plugin = importlib.import_module(f"{COLLECTION}.action.{module}").ActionModule
    transport = keywords.pop("transport", "local")
    loaded = Task.load({"action": f"nasops.truenas.{module}"})
    loaded.args = dict(arguments)
    for name, value in keywords.items():
        setattr(loaded, name, value)
    connection = SimpleNamespace(transport=transport, _shell=SimpleNamespace(tmpdir=None))
    action = plugin(loaded, connection, SimpleNamespace(become=become), loader or DataLoader(), None, None)
    action._remove_tmp_path = lambda path: None
    return dict(action.run(task_vars={}))
