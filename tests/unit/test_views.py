# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated views are what the models say, and can be read without pydantic."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from tools.generate import badges

ROOT = Path(__file__).parents[2]
WITHOUT_PYDANTIC = """
import sys
sys.modules["pydantic"] = sys.modules["websocket"] = None
sys.path.insert(0, ".collections")
"""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the root of the repository with this interpreter."""
    return subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_views_are_not_stale() -> None:
    done = run("-m", "tools.generate", "--check")
    assert done.returncode == 0, done.stdout


def test_no_page_shows_the_markup_of_options() -> None:
    pages = [*ROOT.glob("roles/*/README.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/providers/*.md")]
    markup = re.compile(r"\b(?:[BCEILMOPUV]|RV)\([a-z][^)]*\)")
    assert {page.name: found for page in pages if (found := markup.findall(page.read_text()))} == {}
    specs = "".join(path.read_text() for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
    assert re.findall(r"C\([^)]*#[^)]*\)", specs) == [], "ansible-doc prints the text of C(...) as it is"


def test_every_field_of_every_provider_is_documented() -> None:
    done = run("-m", "ansible", "doc", "--json", "-t", "module", "nasops.truenas.cloud_credential")
    options = json.loads(done.stdout)["nasops.truenas.cloud_credential"]["doc"]["options"]
    for key, provider in PROVIDERS.items():
        suboptions = options[key]["suboptions"]
        assert set(suboptions) == {*provider.options(), *provider.extra_options()}
        assert all(suboption["description"] for suboption in suboptions.values())


@pytest.mark.parametrize(
    "module", ["providers.arguments", "module", "credential.kind", "providers.s3", "nas.connection"]
)
def test_files_can_be_imported_where_the_libraries_are_missing(module: str) -> None:
    name = f"ansible_collections.nasops.truenas.plugins.module_utils.{module}"
    done = run("-c", f"{WITHOUT_PYDANTIC}\nimport {name}")
    assert done.returncode == 0, done.stderr


def test_a_missing_library_is_named_and_how_it_is_missing_too() -> None:
    done = run(
        "-c",
        f"{WITHOUT_PYDANTIC}\n"
        "from ansible_collections.nasops.truenas.plugins.module_utils import _pydantic, errors\n"
        "try:\n    _pydantic.require()\n"
        "except errors.MissingLibrary as missing:\n    print(missing.library, 'Traceback' in missing.traceback)\n",
    )
    assert done.stdout == "pydantic True\n", done.stderr


def test_a_badge_shows_the_first_and_the_last_version_that_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = """\
Each cell ran 2 tasks on each of 2 TrueNAS versions: 13.3, 27.0.0.

| ansible-core | Python 3.11.7 | Python 3.13.0 |
| --- | --- | --- |
| 2.19.14 | failed | failed |
| 2.20.10 | failed | passed |
| 2.21.5 | passed | passed |
| 2.22.0rc1 (pre-release) | passed | passed |

## Lowest and newest libraries

| 2.23.0 | passed |
"""
    (tmp_path / "docs").mkdir()
    (tmp_path / badges.MATRIX).write_text(page)
    monkeypatch.setattr(badges, "ROOT", tmp_path)
    titles = [re.search("<title>(.*)</title>", badges.badge(name)) for name in badges.NAMES[:3]]
    assert [title and title[1] for title in titles] == [
        "ansible-core: 2.20 to 2.21",
        "Python: 3.11 to 3.13",
        "TrueNAS: 13.3 to 27.0",
    ]
    (tmp_path / badges.MATRIX).write_text("")
    with pytest.raises(ValueError, match="has no version"):
        badges.badge("truenas")
