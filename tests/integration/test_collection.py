# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as users get it: built, installed, documented, and complaining about a missing library as Ansible does."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.running import IN_A_PROCESS, ROOT, Ansible
from tests.release.archive import misplaced
from tests.simulator import Simulator

GALAXY = str(Path(sys.executable).with_name("ansible-galaxy"))
MODULE = "nasops.truenas.cloud_credential"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of collections into which the built tarball was installed."""
    folder = tmp_path_factory.mktemp("galaxy")
    # Away from the repository, whose ansible.cfg would make galaxy find the collection installed already.
    galaxy = functools.partial(subprocess.run, cwd=folder, check=True, capture_output=True)
    galaxy([GALAXY, "collection", "build", "--output-path", str(folder), str(ROOT)])
    [tarball] = folder.glob("*.tar.gz")
    target = folder / "collections"
    galaxy([GALAXY, "collection", "install", "--offline", str(tarball), "-p", str(target)])
    return target


def test_the_installed_collection_works_far_from_the_repository(
    installed: Path, ansible: Ansible, nas: Simulator
) -> None:
    empty = installed / "ansible.cfg"
    empty.touch()
    elsewhere = {"ANSIBLE_CONFIG": str(empty), "ANSIBLE_COLLECTIONS_PATH": str(installed)}
    task = {"name": "create", MODULE: {"name": "files", "ftp": {"host": "h", "user": "u", "pass": "{{ secret }}"}}}
    run = ansible.play([task], nas, variables={"secret": "hush-canary-1"}, environment=elsewhere)
    assert run.code == 0, run.output[-3000:]
    assert run.named("create")["action"] == "created"
    assert str(installed) in run.output, "the installed copy ran, not the checkout"


def test_the_tarball_holds_what_a_user_needs_and_no_more(installed: Path) -> None:
    collection = installed / "ansible_collections/nasops/truenas"
    found = {str(path.relative_to(collection)) for path in collection.rglob("*") if path.is_file()}
    assert {"README.md", "LICENSE", "CHANGELOG.md", "meta/runtime.yml", "requirements.txt"} <= found
    assert not [path for path in found if path.startswith((".", "tools/")) or path.endswith(".tar.gz")]
    assert misplaced(found) == []


def test_missing_libraries_are_reported_with_the_versions_needed(
    ansible: Ansible, tmp_path: Path, nas: Simulator
) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    task = {
        "name": "create",
        MODULE: {"name": "files", "ftp": {"host": "h"}},
        "vars": {"ansible_python_interpreter": str(bare / "bin/python")},
        "environment": IN_A_PROCESS,
        "ignore_errors": True,
    }
    run = ansible.play([task], nas)
    message = run.named("create")["msg"]
    assert "needs pydantic 2.10 or newer (found none), websocket-client 1.8 or newer (found none)" in message
    assert nas.journal() == []


def test_the_documentation_can_be_read_as_people_do(ansible: Ansible) -> None:
    here = ansible.folder / "doc"
    here.mkdir(parents=True)
    run = ansible.run(
        "ansible-doc", "--json", "-t", "module", MODULE, "nasops.truenas.cloud_credential_info", here=here
    )
    documented = json.loads(run.output)
    assert documented[MODULE]["doc"]["options"]["ftp"]["suboptions"]["pass"]["aliases"] == ["password"]
    assert "storj_ix" in documented["nasops.truenas.cloud_credential_info"]["doc"]["options"]["provider"]["choices"]
