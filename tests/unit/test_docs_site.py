# SPDX-License-Identifier: GPL-3.0-or-later
"""The links of all Markdown files, and the pages of the docs site. `make docs` builds it, with warnings as errors."""

from __future__ import annotations

import posixpath
import re
import zlib
from fnmatch import fnmatch
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from tests.unit.test_rules import PURE, UTILS
from tools.docsite.__main__ import markdown
from tools.docsite.ansible import adapted, inventory
from tools.docsite.links import anchors, located, targets
from tools.docsite.pages import CONTENTS, HOME, children, link, name, reference, sections, site

ROOT = Path(__file__).parents[2]
PAGES = markdown()
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text())
REPOSITORY = "https://git.example.net/fleet"
FILES = [
    "README.md",
    "SECURITY.md",
    "docs/README.md",
    "docs/guide.md",
    "docs/decisions/README.md",
    "docs/decisions/0001-a.md",
]


def places(page: str, text: str) -> list[tuple[str, tuple[str, str]]]:
    """Return the links of a page that lead into the repository, with their path and anchor."""
    found = [(target, located(page, target, GALAXY["repository"])) for target in targets(text)]
    return [(target, place) for target, place in found if place is not None]


def dangling(page: str, text: str, pages: dict[str, str]) -> list[str]:
    """Return the links of a page into the repository that lead nowhere: no such file, or no such heading in it."""
    found = []
    for target, (path, anchor) in places(page, text):
        exists = path in pages or (not path.startswith("../") and (ROOT / path).exists())
        if not exists or (anchor and anchor not in anchors(pages.get(path, ""))):
            found.append(target)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_each_link_into_the_repository_leads_to_a_file_and_a_heading(page: str) -> None:
    assert dangling(page, PAGES[page], PAGES) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_tarball_links_only_to_files_of_the_tarball(page: str) -> None:
    left_out = [pattern for pattern in GALAXY["build_ignore"] if not pattern.startswith("*")]
    if any(fnmatch(page, f"{pattern}*") for pattern in left_out):
        return
    paths = [path for target, (path, _anchor) in places(page, PAGES[page]) if not target.startswith("https:")]
    assert [path for path in paths if any(fnmatch(path, one) or path.startswith(f"{one}/") for one in left_out)] == []


def test_a_link_that_leads_nowhere_is_found() -> None:
    pages = {"docs/a.md": "# A title\n", "docs/b.md": ""}
    text = """
[right](a.md#a-title) [here](b.md) [far](https://example.net/nowhere.md) ![folder](../docs)
[no file](c.md) [absolute](REPOSITORY/blob/main/nowhere.md) [no heading](a.md#another) [outside](../../etc) [no such anchor](#top)
`[code](none.md)`

```yaml
- "[block](none.md)"
```
""".replace("REPOSITORY", GALAXY["repository"])
    absolute = f"{GALAXY['repository']}/blob/main/nowhere.md"
    assert dangling("docs/b.md", text, pages) == ["c.md", absolute, "a.md#another", "../../etc", "#top"]


def test_anchors_are_those_of_github() -> None:
    text = "# `verify`: how, and when?\n\n## Use it\n\n## Use it\n\n```sh\n# no heading\n```\n\n### [A link](x.md) & more_words\n"
    assert anchors(text) == {"verify-how-and-when", "use-it", "use-it-1", "a-link--more_words"}


@pytest.mark.parametrize(
    ("page", "target", "shown"),
    [
        ("docs/guide.md", "../README.md#install", "index.md#install"),
        ("docs/guide.md", "#here", "#here"),
        ("docs/guide.md", "https://example.net/x", "https://example.net/x"),
        ("docs/guide.md", "decisions/", "decisions/index.md"),
        ("docs/guide.md", "images/a.svg", "images/a.svg"),
        ("docs/guide.md", "../plugins/modules/cloud_audit.py", "collection/cloud_audit_module.rst"),
        ("docs/guide.md", "../plugins/connection/api.py", "collection/api_connection.rst"),
        ("docs/guide.md", "../plugins/filter/to_rclone.yml", "collection/to_rclone_filter.rst"),
        ("docs/guide.md", "../plugins/lookup/a.py", "collection/a_lookup.rst"),
        ("docs/guide.md", "../roles/cloud_audit", "collection/cloud_audit_role.rst"),
        ("docs/guide.md", "../examples/gitops", f"{REPOSITORY}/tree/main/examples/gitops"),
        ("docs/guide.md", "../tests/demo/backup.yml", f"{REPOSITORY}/blob/main/tests/demo/backup.yml"),
        ("docs/decisions/0001-a.md", "../guide.md#a", "../guide.md#a"),
        ("README.md", "docs/decisions/", "decisions/index.md"),
        ("README.md", "SECURITY.md", "project/security.md"),
        ("README.md", f"{REPOSITORY}/blob/main/docs/guide.md#a", "guide.md#a"),
        ("docs/guide.md", f"{REPOSITORY}/tree/main/tests/x", f"{REPOSITORY}/tree/main/tests/x"),
        ("README.md", "LICENSE", f"{REPOSITORY}/blob/main/LICENSE"),
        ("SECURITY.md", "docs/guide.md", "../guide.md"),
    ],
)
def test_a_link_of_the_repository_has_its_place_on_the_site(page: str, target: str, shown: str) -> None:
    assert link(page, target, FILES, REPOSITORY) == shown


def test_no_two_files_are_one_page_even_where_case_does_not_count() -> None:
    names = [name(path).lower() for path in PAGES]
    assert len({*names}) == len(names)


def test_the_contents_or_the_page_of_its_folder_leads_to_every_page() -> None:
    listed = [path for paths in sections(PAGES[CONTENTS], GALAXY["repository"]).values() for path in paths]
    below = [path for paths in children(PAGES, listed).values() for path in paths]
    assert len({*listed}) == len(listed)
    assert {*PAGES} - {*listed, *below, HOME, CONTENTS} == set()


def test_the_contents_name_each_module_and_plugin_with_documentation() -> None:
    files = [path for path in UTILS.parent.glob("*/*.py") if "\nDOCUMENTATION = " in path.read_text()]
    pages = {reference(path.relative_to(ROOT).as_posix()) for path in files}
    assert None not in pages
    listed = {reference(path) for paths in sections(PAGES[CONTENTS], GALAXY["repository"]).values() for path in paths}
    assert pages - listed == set()
    assert [one for one in listed if one and "_role" in one] == []


def test_the_home_page_has_the_sections_of_the_contents_and_a_folder_its_pages() -> None:
    files = dict.fromkeys(FILES, "# Title\n")
    files[CONTENTS] = (
        "# Contents\n\n## Start\n\n- [Guide](guide.md): all\n- [Module](../plugins/modules/a.py)\n\n## More\n\n"
        + ("- [Decisions](decisions/README.md)\n- [Policy](../SECURITY.md)\n")
    )
    made = site(files, REPOSITORY)
    assert ":caption: Start\n\nGuide <guide>\n```" in made["index.md"]
    assert ":caption: More\n\nDecisions <decisions/index>\nPolicy <project/security>\n```" in made["index.md"]
    assert made["decisions/index.md"].endswith(":maxdepth: 1\n\n0001-a\n```\n")
    assert "(collection/a_module.rst)" in made["contents.md"]


def test_the_sources_of_the_site_lead_only_to_pages_that_it_has() -> None:
    made = site(PAGES, GALAXY["repository"])
    for page, text in made.items():
        for target, (path, _anchor) in places(page, text):
            assert target.startswith("https:") or path in made or path.startswith(("collection/", "images/")), (
                page,
                target,
            )


def test_the_inventory_can_be_read_as_sphinx_reads_it() -> None:
    *header, body = inventory().split(b"\n", 4)
    assert header[0] == b"# Sphinx inventory version 2"
    for line in zlib.decompress(body).decode().splitlines():
        label, kind, priority, address, title = line.split(None, 4)
        assert (kind, priority) == ("std:label", "-1")
        assert posixpath.splitext(address.partition("#")[0])[1] == ".html"
        assert label
        assert title


@pytest.mark.parametrize("kind", ["module", "role", "connection plugin"])
def test_a_generated_page_leads_to_the_install_section_and_repeats_no_list_of_headings(kind: str) -> None:
    page = f"""Title
+++++

.. Collection note

.. note::
    This {kind} is part of the `nasops.truenas collection <https://galaxy.example.net/>`_ (version 0.1.0).

    To install it, use: :code:`ansible\\-galaxy collection install nasops.truenas`.

.. version_added

.. contents::
   :local:
   :depth: 1

Synopsis
--------

.. note::
    This module has a corresponding action plugin.
"""
    shown = adapted(page)
    assert f"    This {kind} is part of :ref:`nasops.truenas <plugins_in_nasops.truenas>`" in shown
    assert "collection install" not in shown
    assert "contents" not in shown
    assert ".. version_added\n\n\nSynopsis" in shown
    assert "corresponding action plugin" in shown


def test_every_markdown_file_is_on_the_site() -> None:
    folders = [
        path for path in ROOT.iterdir() if path.is_dir() and path.name not in {"collections"} and path.name[0] != "."
    ]
    files = {path.relative_to(ROOT).as_posix() for folder in folders for path in folder.rglob("*.md")}
    assert files - {*PAGES} == set()


def test_the_picture_of_the_rooms_names_files_that_exist_and_marks_those_that_only_compute() -> None:
    root = ElementTree.fromstring((ROOT / "docs/images/architecture.svg").read_text())
    boxes = root.findall("{*}g")
    assert len(boxes) == 12
    for box in boxes:
        names = re.findall(r"[\w/]+(?:/|\.py)", " ".join("".join(text.itertext()) for text in box.findall("{*}text")))
        files = [_files(name) for name in names]
        assert all(files), names
        if "pure" in box.attrib["class"]:
            assert {path for paths in files for path in paths} <= {
                path for pattern in PURE for path in UTILS.glob(pattern)
            }, names


def _files(name: str) -> list[Path]:
    """Return the files of a room, or those with this name in any room of the core."""
    if name.endswith("/"):
        return [path for folder in (UTILS, UTILS.parent) for path in (folder / name).glob("*.py")]
    return [*UTILS.rglob(name)]


def test_the_contents_list_each_page_once() -> None:
    text = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    pages = re.findall(r"^- \[.*?\]\((.*?)\)", text, re.MULTILINE)
    assert len(pages) > 30
    assert [page for page in sorted({*pages}) if pages.count(page) > 1] == []
