# SPDX-License-Identifier: GPL-3.0-or-later
"""Each provider's whole life through ansible-playbook: created, left alone, changed in one field, removed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.running import Ansible
from tests.integration.samples import CHANGES, OPTIONS
from tests.simulator import Simulator

MODULE = "nasops.truenas.cloud_credential"


def task(name: str, provider: str, **options: Any) -> dict[str, Any]:
    """Return a task on the credential that is called like its provider."""
    return {"name": f"{name} {provider}", MODULE: {"name": f"my {provider}", **options}}


@pytest.mark.parametrize("version", ["25.04.2", "26.0.0"])
def test_create_again_change_again_remove(ansible: Ansible, version: str) -> None:
    providers = [provider for provider in OPTIONS if provider != "mega" or version != "25.04.2"]
    created = {provider: {provider: "{{ options." + provider + " }}"} for provider in providers}
    changed = {provider: {provider: "{{ changes." + provider + " }}"} for provider in providers}
    tasks = [
        *(task("create", provider, **created[provider]) for provider in providers),
        *(task("again", provider, **created[provider]) for provider in providers),
        *(task("predict", provider, **changed[provider]) | {"check_mode": True} for provider in providers),
        *(task("change", provider, **changed[provider]) for provider in providers),
        *(task("settled", provider, **changed[provider]) for provider in providers),
        *(task("remove", provider, state="absent") for provider in providers),
        *(task("gone", provider, state="absent") for provider in providers),
    ]
    with Simulator(version=version, login_limit=0) as nas:
        run = ansible.play(tasks, nas, variables={"options": OPTIONS, "changes": CHANGES})
    assert run.code == 0, run.output[-3000:]
    for provider in providers:
        fields = set(CHANGES[provider])
        results = {
            step: run.named(f"{step} {provider}")
            for step in ("create", "again", "predict", "change", "settled", "remove", "gone")
        }
        assert {step: result["changed"] for step, result in results.items()} == {
            "create": True,
            "again": False,
            "predict": True,
            "change": True,
            "settled": False,
            "remove": True,
            "gone": False,
        }, provider
        assert set(results["change"]["changed_fields"]) == fields
        for step in ("predict", "change"):
            before, after = (results[step]["diff"][side][provider] for side in ("before", "after"))
            assert {name for name in after if before[name] != after[name]} == fields
        compared = ("action", "changed_fields", "credential", "diff", "verification")
        assert {name: results["predict"][name] for name in compared} == {
            name: results["change"][name] for name in compared
        }
        assert results["settled"]["credential"] == results["change"]["credential"]
        assert results["remove"]["credential"] is None


def test_mega_is_refused_where_it_is_not_known(ansible: Ansible) -> None:
    with Simulator(version="25.04.2") as nas:
        tasks = [task("create", "mega", mega="{{ options.mega }}") | {"ignore_errors": True}]
        run = ansible.play(tasks, nas, variables={"options": OPTIONS})
        assert "mega: requires TrueNAS 25.10.0 or later, but this NAS runs 25.04.2" in run.named("create mega")["msg"]
        assert not [call for call in nas.journal() if call["method"].endswith(".create")]
