# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of providers: their examples run, their links lead somewhere, and each says something of its own."""

from __future__ import annotations

import functools
import importlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.nasops.truenas.plugins.module_utils.nas import flat
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.dialect import DDP
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import Account
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Session
from ansible_collections.nasops.truenas.plugins.module_utils.versions import FIRST_VERSION, show
from tests.simulator import ssh
from tests.unit.answering_rclone import AnsweringRclone
from tests.unit.in_process import GENERATED, InProcessNas
from tests.unit.older_nas import API_KEY, OlderNas
from tests.unit.tasks import COLLECTION
from tools.generate import provider_pages

ROOT = Path(__file__).parents[2]
SECTIONS = ["Example", "Fields", "Get the secrets", "Rights of the key", "Verify", "Notes"]
NEWEST = "v27.0.0"
CANARY = "hush+canary+0001"
"""In base64, as one provider requires of its key."""
TOKEN = {
    "access_token": CANARY,
    "token_type": "Bearer",
    "refresh_token": f"{CANARY}-r",
    "expiry": "2099-01-01T00:00:00Z",
}
KEY_FILE = {
    "type": "service_account",
    "project_id": "p",
    "client_email": "b@p",
    "private_key": "-----BEGIN PRIVATE KEY-----\naHVzaC1jYW5hcnk=\n-----END PRIVATE KEY-----\n",
}
pages = pytest.mark.parametrize("key", PROVIDERS)


@functools.cache
def text(key: str) -> str:
    """Return the page of a provider."""
    return (ROOT / f"docs/providers/{key}.md").read_text()


def section(key: str, title: str) -> str:
    """Return a section of a page without its generated part."""
    found = text(key).split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.sub(r"<!-- generated: begin.*?generated: end -->", "", found, flags=re.DOTALL).strip()


def examples(key: str) -> list[list[dict[str, Any]]]:
    """Return the tasks of each block of a page."""
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text(key), re.DOTALL)]


def module_of(task: Mapping[str, Any]) -> str:
    """Return the full name of the module of a task."""
    [module] = [name for name in task if name.startswith("nasops.truenas.")]
    return module


def declared(key: str) -> list[dict[str, Any]]:
    """Return the options of each credential that the examples declare."""
    options = [task[module_of(task)] for block in examples(key) for task in block]
    return [one for one in options if key in one]


def value_of(variable: str) -> Any:
    """Return a value for a variable of a vault, by the ending of its name."""
    if variable.endswith("_token"):
        return TOKEN
    return KEY_FILE if variable.endswith("_gcs_key") else CANARY


class Play:
    """The tasks of a block, with the results that they register."""

    def __init__(self, tasks: list[dict[str, Any]]) -> None:
        self._tasks = tasks
        names = re.findall(r"\bvault_\w+", yaml.safe_dump(tasks))
        self._variables: dict[str, Any] = {name: value_of(name) for name in names}

    def run(self, nas: Nas) -> list[dict[str, Any]]:
        """Run each task and return the results."""
        return [self._one(nas, task) for task in self._tasks]

    def _one(self, nas: Nas, written: Mapping[str, Any]) -> dict[str, Any]:
        module = module_of(written)
        task = importlib.import_module(f"{COLLECTION}.module_utils.tasks.{module.rpartition('.')[2]}").TASK
        filled = Templar(loader=DataLoader(), variables=self._variables).template(_trusted(written[module]))
        validated = ArgumentSpecValidator(task.arguments).validate(filled)
        assert not validated.error_messages, validated.error_messages
        result = dict(task.read(validated.validated_parameters, False)(nas))
        assert CANARY not in json.dumps(result)
        if "register" in written:
            self._variables[written["register"]] = result
        return result


def _trusted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _trusted(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_trusted(item) for item in value]
    return trust_as_template(value) if isinstance(value, str) else value


def check(key: str, nas: Nas) -> None:
    """Run each block of a page twice: the first run creates each credential, and the second one changes nothing."""
    created = 0
    for block in examples(key):
        play = Play(block)
        created += [result.get("action") for result in play.run(nas) if "credential" in result].count("created")
        for result in play.run(nas):
            assert not result.get("changed")
            assert bool(result.get("warnings")) == bool(PROVIDERS[key].retired and result.get("credential"))
    assert created == len(declared(key)) > 0


@pages
def test_the_examples_run_on_the_newest_version_and_change_nothing_again(key: str) -> None:
    with InProcessNas(NEWEST, rclone=AnsweringRclone()) as nas:
        check(key, Nas(nas))


def oldest(key: str) -> str:
    """Return the oldest version that has a provider."""
    wire_type = PROVIDERS[key].wire_type
    return "v13.3" if flat.offers(flat.CORE.version, wire_type) else "v24.04.2"


@pages
def test_the_examples_run_on_the_oldest_version_that_has_the_provider(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def generate() -> dict[str, str]:
        return dict(GENERATED)

    monkeypatch.setattr(ssh, "generate", generate)
    with (
        OlderNas(oldest(key)) as nas,
        Session(nas.connect(), Account("automation", API_KEY), 5, dialect=DDP) as session,
    ):
        check(key, Nas(session))


@pages
def test_a_secret_of_an_example_comes_from_a_vault(key: str) -> None:
    provider = PROVIDERS[key]
    secrets = 0
    for options in declared(key):
        for written, value in options[key].items():
            option = provider.options().get(provider.wire_name(written))
            if option is not None and option.secret:
                secrets += 1
                assert re.fullmatch(r"\{\{ vault_\w+ \}\}|unused", str(value)), written
    assert secrets or provider.is_read_only


@pages
def test_a_page_has_every_section_and_one_title(key: str) -> None:
    outside = re.sub(r"```.*?```", "", text(key), flags=re.DOTALL)
    assert re.findall(r"^# (.*)$", outside, re.MULTILINE) == [PROVIDERS[key].title]
    assert re.findall(r"^## (.*)$", outside, re.MULTILINE) == SECTIONS
    for title in set(SECTIONS) - {"Fields"}:
        assert len(section(key, title)) > 20, title
    assert f"](providers/{key}.md)" in (ROOT / "docs/providers.md").read_text()


@pytest.mark.parametrize("title", ["Example", "Get the secrets", "Notes"])
def test_each_page_has_content_of_its_own(title: str) -> None:
    seen = [section(key, title) for key in PROVIDERS]
    assert len(set(seen)) == len(seen)


@pages
def test_the_page_describes_what_a_verification_can_prove(key: str) -> None:
    provider, shown = PROVIDERS[key], section(key, "Verify")
    assert ("verify_may_refresh" in shown) == provider.rotates_token
    verifies = any("verify" in options for options in declared(key))
    assert verifies == (not provider.rotates_token and not provider.retired), "the example verifies where that works"


@pages
def test_the_table_of_fields_is_that_of_the_model(key: str) -> None:
    head, _line, *rows = text(key).split("generated: begin fields -->\n\n")[1].split("\n\n")[0].splitlines()
    names = [cell.strip() for cell in head.strip("|").split("|")]
    shown = [dict(zip(names, map(str.strip, row.strip("|").split("|")), strict=True)) for row in rows]
    provider = PROVIDERS[key]
    found = {row["field"].strip("`"): row for row in shown}
    assert [*found] == [*provider.options(), *provider.extra_options()]
    for name, option in provider.options().items():
        row = found[name]
        assert (row["default"] == "required", row["secret"] == "yes") == (option.required, option.secret), name
        newer = option.since > max(provider.since, FIRST_VERSION)
        assert row.get("since", "") == (show(option.since) if newer else ""), name
        assert {*option.choices} <= {*re.findall(r"`([^`]+)`", row["value"])}, name
        assert row["description"], name


def test_the_names_of_the_web_interface_are_those_of_the_facts() -> None:
    names = provider_pages.screen_names()
    assert names["B2"] == {"account": "Key ID", "key": "Application Key"}
    assert names["PCLOUD"]["hostname"] == "Hostname"
    assert "drive_id" in names["ONEDRIVE"]
    for provider in PROVIDERS.values():
        fields = {name.partition(" ")[0] for name in names.get(provider.wire_type, {})} - {"provider.type", "name"}
        assert fields <= provider.options().keys(), provider.key


def test_every_advice_of_a_provider_is_on_its_page() -> None:
    for key, provider in PROVIDERS.items():
        for cause, advice in provider_pages.own_advice(provider):
            assert f"| `{cause}` | {advice} |" in text(key)
        assert {*provider.hints} <= {cause for cause, _advice in provider_pages.own_advice(provider)}


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page, as GitHub makes them from its headings."""
    outside = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", outside, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", ["docs/providers.md", *(f"docs/providers/{key}.md" for key in PROVIDERS)])
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text()):
        if target.startswith("https://"):
            continue
        name, _hash, anchor = target.partition("#")
        linked = (ROOT / page).parent / name if name else ROOT / page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target
