# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of the site: their names, their order, and where their links lead. Pure: texts in, texts out.

The order is that of `docs/README.md`: each of its sections is a part of the navigation. A page that it does not list belongs
to the page of its folder, `docs/FOLDER/README.md` or `docs/FOLDER.md`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from functools import partial

from .links import located, rewritten

CONTENTS = "docs/README.md"
HOME = "README.md"
REFERENCE = "collection"
"""The folder of the site with the generated pages."""
_PLUGIN = re.compile(r"plugins/(modules|filter|connection|inventory|lookup)/(\w+)\.(?:py|yml)")
_ROLE = re.compile(r"roles/(\w+)")
_NAMED = re.compile(r"\[([^\]]+)\]\(([^()\s]+)\)")
_IMAGE = re.compile(r"docs/images/.+\.(?:png|svg)")


def name(path: str) -> str:
    """Return the file in the site's source for a file of the repository.

    `docs/` is the root of the site, files of the root are in `project/`, and a README is the page of its folder.
    """
    if path == HOME:
        return "index.md"
    if path == CONTENTS:
        return "contents.md"
    shorter = path.removeprefix("docs/")
    if shorter.endswith("/README.md"):
        return shorter.removesuffix("/README.md") + "/index.md"
    return shorter if "/" in path else f"project/{path.lower()}"


def reference(path: str) -> str | None:
    """Return the generated page of a plugin or role of the repository, None for other files."""
    if plugin := _PLUGIN.fullmatch(path):
        return f"{REFERENCE}/{plugin[2]}_{plugin[1].removesuffix('s')}.rst"
    if role := _ROLE.fullmatch(path):
        return f"{REFERENCE}/{role[1]}_role.rst"
    return None


def link(page: str, target: str, files: Collection[str], repository: str) -> str:
    """Return the target of a link of a page as the site has it.

    It is another page of the site, an image, a generated page, or for every other file its address in the repository.
    `files` are the Markdown files of the repository.
    """
    place = None if target.startswith("#") else located(page, target, repository)
    if place is None:
        return target
    path, anchor = place
    mark = f"#{anchor}" if anchor else ""
    index = f"{path}/README.md"
    if generated := reference(path):
        found = generated
    elif path in files or _IMAGE.fullmatch(path):
        found = name(path)
    elif index in files:
        found = name(index)
    else:
        kind = "blob" if posixpath.splitext(path)[1] or path == "LICENSE" else "tree"
        return f"{repository}/{kind}/main/{path}{mark}"
    return posixpath.relpath(found, posixpath.dirname(name(page)) or ".") + mark


def sections(contents: str, repository: str) -> dict[str, dict[str, str]]:
    """Return the paths in the repository that each section of the contents links to, in their order, with their titles."""
    found: dict[str, dict[str, str]] = {}
    for part in re.split(r"^## ", contents, flags=re.MULTILINE)[1:]:
        title = part.partition("\n")[0].strip()
        places = [(shown, located(CONTENTS, target, repository)) for shown, target in _NAMED.findall(part)]
        found[title] = {place[0]: shown for shown, place in places if place}
    return found


def children(files: Collection[str], listed: Collection[str]) -> dict[str, list[str]]:
    """Return the pages that the contents do not list, by the page of their folder, in the order of their names."""
    found: dict[str, list[str]] = {}
    for path in sorted(set(files) - set(listed) - {HOME, CONTENTS}):
        folder = posixpath.dirname(path)
        while folder:
            parents = [one for one in (f"{folder}/README.md", f"{folder}.md") if one in files and one != path]
            if parents:
                found.setdefault(parents[0], []).append(path)
                break
            folder = posixpath.dirname(folder)
    return found


def _tree(page: str, entries: Mapping[str, str], *options: str) -> str:
    """Return a part of the navigation below a page. Entries are paths in the repository with a title, empty for their own."""
    here = posixpath.dirname(name(page)) or "."
    files = {posixpath.splitext(posixpath.relpath(name(path), here))[0]: title for path, title in entries.items()}
    lines = [f"{title} <{file}>" if title else file for file, title in files.items()]
    return "\n".join(["", "```{toctree}", *options, "", *lines, "```", ""])


def site(files: Mapping[str, str], repository: str) -> dict[str, str]:
    """Return the Markdown sources of the site by their file name, from the Markdown files of the repository."""
    parts = sections(files[CONTENTS], repository)
    below = children(files, [path for paths in parts.values() for path in paths])
    made = {}
    for path, text in files.items():
        source = rewritten(text, partial(link, path, files=files, repository=repository))
        if path in below:
            source += _tree(path, dict.fromkeys(below[path], ""), ":maxdepth: 1")
        if path == HOME:
            source += _tree(path, {CONTENTS: "Contents"}, ":hidden:")
            for title, paths in parts.items():
                pages = {one: shown for one, shown in paths.items() if one in files}
                source += _tree(path, pages, ":hidden:", f":caption: {title}") if pages else ""
            source += "\n".join(
                [
                    "",
                    "```{toctree}",
                    ":hidden:",
                    ":caption: Reference",
                    "",
                    f"Modules, plugins, and roles <{REFERENCE}/index>",
                    "```",
                    "",
                ]
            )
        made[name(path)] = source
    return made
