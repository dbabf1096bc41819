# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles on the security page are those of the code, of the simulated NAS, and of the facts."""

from __future__ import annotations

import contextlib
import importlib
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.backup_task.kind import BACKUP
from ansible_collections.nasops.truenas.plugins.module_utils.credential.facts import TASK_ROLES, WRITE_ROLE
from ansible_collections.nasops.truenas.plugins.module_utils.credential.keypair_reference import READ_ROLE
from ansible_collections.nasops.truenas.plugins.module_utils.errors import TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.keypair.stored import WRITE_ROLE as KEYPAIR_ROLE
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.sync_task.kind import SYNC
from tests.fuzz.answers import Damaged, Source
from tests.fuzz.targets import SCENARIOS, _params
from tests.simulator import dispatch
from tests.simulator.methods.registry import Access

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text()
FACTS = "".join((ROOT / f"docs/reference/truenas-api/{name}.md").read_text() for name in ("wire", "tasks"))
TASKS = "ansible_collections.nasops.truenas.plugins.module_utils.tasks"
ON_THE_CONTROLLER = {"cloud_audit_report", "cloud_export_shared", "cloud_oauth_token", "precomputed_key"}
"""Modules that need no role: they do not call the NAS, or only log in."""


def table() -> dict[str, tuple[set[str], set[str]]]:
    """Return the required roles and those for some options by module."""
    found = {}
    for line in PAGE.splitlines():
        cells = [{*re.findall(r"`(\w+)`", cell)} for cell in line.strip("|").split("|")]
        if len(cells) == 3 and cells[1] and cells[0] & modules():
            found.update(dict.fromkeys(cells[0], (cells[1], cells[2])))
    return found


def modules() -> set[str]:
    """Return the names of all modules."""
    return {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}


class Recording(Damaged):
    """A NAS whose answers are right, and which remembers the methods."""

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Answer."""
        self.calls.append(method)
        return super().call(method, *params)


def used() -> dict[str, set[str]]:
    """Return the roles of the methods that the scenarios of each module call, as the simulated NAS requires them."""
    roles: dict[str, set[str]] = defaultdict(set)
    for name, options in SCENARIOS:
        session = Recording(Source(b""))
        kind = importlib.import_module(f"{TASKS}.{name}").TASK
        with contextlib.suppress(TrueNASError):
            kind.read(_params(name, json.dumps(options), kind), False)(Nas(session))
        for method in {*session.calls}:
            found = dispatch.find(method, "v26.0.0")
            if found is not None and found.access is Access.ROLE:
                roles[name] |= {min(found.roles & NAMED, key=lambda role: role.endswith("_WRITE"))}
    return roles


NAMED = {
    f"{prefix}_{right}"
    for prefix in ("CLOUD_SYNC", "CLOUD_BACKUP", "KEYCHAIN_CREDENTIAL")
    for right in ("READ", "WRITE")
}


def included(roles: set[str]) -> set[str]:
    """Return the roles with those that they include."""
    return roles | {role.replace("_WRITE", "_READ") for role in roles}


def test_every_module_is_in_the_table() -> None:
    assert {*table()} == modules() - ON_THE_CONTROLLER


@pytest.mark.parametrize("module", sorted({name for name, _options in SCENARIOS}))
def test_the_roles_of_a_module_are_those_of_the_methods_that_it_calls(module: str) -> None:
    rows, calls = table(), used()
    required, optional = rows[module]
    assert calls[module] <= included(required | optional)
    # Export reads secrets, which the NAS hides from an account with a reading role.
    reads_secrets = {"CLOUD_SYNC_WRITE"} if module == "cloud_credential_export" else set()
    alike = (calls[other] for other, row in rows.items() if row is rows[module])
    assert required <= reads_secrets.union(*alike)


def test_the_roles_are_those_of_the_code_and_of_the_facts() -> None:
    of_the_code = {
        WRITE_ROLE,
        READ_ROLE,
        KEYPAIR_ROLE,
        SYNC.type.write_role,
        BACKUP.type.write_role,
        *TASK_ROLES.values(),
    }
    on_the_page = {role for cells in table().values() for roles in cells for role in roles}
    assert of_the_code <= on_the_page <= NAMED | {"FULL_ADMIN"}
    for role in on_the_page - {"KEYCHAIN_CREDENTIAL_READ"}:
        assert re.search(rf"\b{role}\b", FACTS), role
    assert "role prefix KEYCHAIN_CREDENTIAL" in FACTS


@pytest.mark.parametrize("module", sorted(modules() - ON_THE_CONTROLLER))
def test_the_documentation_of_a_module_names_its_roles(module: str) -> None:
    text = (ROOT / f"plugins/modules/{module}.py").read_text()
    fragments = {*re.findall(r"- nasops\.truenas\.(\w+)", text)}
    text += "".join((ROOT / f"plugins/doc_fragments/{name}.py").read_text() for name in sorted(fragments))
    required, optional = table()[module]
    assert required | optional <= {*re.findall(r"\bC\(([A-Z_]+)\)", text)}


@pytest.mark.parametrize("method", ["privilege.create", "user.create"])
def test_the_page_does_not_explain_what_the_facts_do_not_have(method: str) -> None:
    assert method not in FACTS
    assert f"`{method}`" in PAGE
