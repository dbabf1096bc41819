# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody runs every example, and the commands, inventories, and names in pages exist."""

from __future__ import annotations

import configparser
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from ansible import constants
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader

from tests.examples import ELSEWHERE, PAGES, ROOT, Example, examples, of_page, of_plugin

NOT_RUN = 16
"""Examples with a marker that they cannot run. This number can only fall."""

EXAMPLES = examples()
READ = sorted({path for glob in PAGES for path in ROOT.glob(glob) if "reference" not in path.parts})
FOREIGN = frozenset(
    re.findall(
        r"\w+",
        """
    ansible_become ansible_connection ansible_ssh_common_args argument_spec_data async_status authorized_keys build_ignore
    delegate_to expires_in gather_facts host_vars https_proxy invalid_grant job_slice_count module_defaults no_proxy project_id
    pull_request_target remote_tmp remove_values resource_group tasks_from
""",
    )
)
"""Names in pages that belong to Ansible, to a provider, or to other programs."""


def without_blocks(text: str) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^( *)(`{3,}).*?^ *\2$", "", text, flags=re.MULTILINE | re.DOTALL)


def of_kind(*kinds: str) -> list[Example]:
    """Return the examples of these kinds."""
    return [example for example in EXAMPLES if example.kind in kinds and not example.reason]


def test_somebody_runs_every_example() -> None:
    assert [example.place for example in EXAMPLES if not example.runner and not example.reason] == []
    marked = [f"{example.place}: {example.reason}" for example in EXAMPLES if example.reason]
    assert len(marked) == NOT_RUN, "\n".join(marked)


def test_a_test_that_runs_a_file_names_it() -> None:
    used = Counter(example.runner for example in EXAMPLES)
    for place, test in ELSEWHERE.items():
        assert used[test], f"{place}: matches no example"
        file = place.partition(":")[0]
        named = Path(file).stem if file.startswith("playbooks") else file.removesuffix("/*")
        assert named in (ROOT / test).read_text(), f"{test} does not name {named}"


def test_a_block_without_a_runner_and_a_marker_are_found(tmp_path: Path) -> None:
    page = ROOT / "docs/none.md"
    text = "<!-- not run: needs a browser -->\n```yaml\n- name: a\n```\n\n````\nx\n````\n"
    found = _blocks(page, text, tmp_path)
    assert [(example.kind, example.reason, bool(example.runner)) for example in found] == [
        ("tasks", "needs a browser", True),
        ("", None, False),
    ]
    plugin = tmp_path / "plugins" / "x.py"
    plugin.parent.mkdir()
    plugin.write_text('EXAMPLES = """\n# not run: needs a tape\n- name: a\n"""\n')
    [example] = of_plugin(plugin, tmp_path)
    assert example.reason == "needs a tape"


def _blocks(page: Path, text: str, folder: Path) -> list[Example]:
    copy = folder / page.relative_to(ROOT)
    copy.parent.mkdir()
    copy.write_text(text)
    return list(of_page(copy, folder))


@pytest.mark.parametrize("page", READ, ids=lambda page: str(page.relative_to(ROOT)))
def test_yaml_is_in_a_block_that_runs(page: Path) -> None:
    indented = re.findall(r"(?:\A|\n\n)(?: {4}(?:- )?\w+: .*\n)+", without_blocks(page.read_text()))
    assert indented == [], "put it into a block: ```yaml"


@cache
def variables() -> frozenset[str]:
    """Return the variables of the roles and the playbooks."""
    files = [
        *ROOT.glob("roles/*/meta/argument_specs.yml"),
        *ROOT.glob("roles/*/tasks/*.yml"),
        *ROOT.glob("playbooks/*.yml"),
    ]
    return frozenset(name for file in files for name in re.findall(r"\bnas_\w+", file.read_text()))


@pytest.mark.parametrize("page", READ, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_exist(page: Path) -> None:
    text = page.read_text()
    playbooks = {file.stem for file in ROOT.glob("playbooks/*.yml")}
    lines = re.sub(r"\\\n", " ", text).splitlines()
    for line in lines:
        if not re.match(r" *(?:\$ )?(?:ansible-playbook|make) ", line):
            continue
        assert set(re.findall(r"nasops\.truenas\.(\w+)", line)) <= playbooks, line
        extra = re.findall(r"-e '?\{?\"?(\w+)", line)
        assert {name for name in extra if name.startswith("nas_")} <= variables(), line
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:^ {4}|`)make ([a-z-]+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("example", of_kind("inventory"), ids=lambda example: example.place)
def test_an_inventory_is_one(example: Example, tmp_path: Path) -> None:
    file = tmp_path / "hosts.yml"
    file.write_text(example.text)
    inventory = InventoryManager(DataLoader(), [str(file)])
    hosts = inventory.groups["nas"].get_hosts()
    assert [host.name for host in hosts] == [*example.content["nas"]["hosts"]]


@pytest.mark.parametrize("example", of_kind("ini"), ids=lambda example: example.place)
def test_the_settings_of_ansible_exist(example: Example) -> None:
    settings = configparser.ConfigParser()
    settings.read_string(example.text)
    known = {
        (entry["section"], entry["key"])
        for setting in constants.config.get_configuration_definitions().values()
        for entry in setting.get("ini", ())
    }
    assert {(section, key) for section in settings.sections() for key in settings[section]} <= known


@cache
def code() -> frozenset[str]:
    """Return every name in the code of the collection, of the simulated NAS, and of the roles."""
    files = [*ROOT.glob("plugins/**/*.py"), *ROOT.glob("tests/simulator/**/*.py"), *ROOT.glob("roles/**/*.yml")]
    return frozenset(name for file in files for name in re.findall(r"\w+", file.read_text()))


@cache
def names_of_tests() -> frozenset[str]:
    """Return the names of all tests, and of their files."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    found = {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)}
    return frozenset(found | {file.stem for file in files})


@pytest.mark.parametrize("page", READ, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_names_in_the_sentences_of_a_page_exist(page: Path) -> None:
    """Options, results, variables, causes, and tests: names with an underscore, also before `=` and `:`.

    The variables of a reader's vault are those that a block of the page uses.
    """
    names = set(re.findall(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?:[=:][^`\n]*)?`", without_blocks(page.read_text())))
    vault = set(re.findall(r"\bvault_\w+", "".join(example.text for example in of_page(page))))
    unknown = names - code() - FOREIGN - names_of_tests() - vault
    assert unknown - files() == set()
    assert {name for name in names if name.startswith("nas_")} <= variables()


@cache
def files() -> frozenset[str]:
    """Return the names of the files and folders of the repository."""
    return frozenset(path.stem for glob in ("*", "*/*", "*/*/*") for path in ROOT.glob(glob))
