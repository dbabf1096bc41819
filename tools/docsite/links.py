# SPDX-License-Identifier: GPL-3.0-or-later
"""Links in Markdown files: where they are in the text, and the anchors that GitHub gives to headings."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator

_CODE = r"^(?P<fence>```+|~~~+)[^\n]*\n.*?^(?P=fence)|(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)"
_LINK = re.compile(rf"{_CODE}|\]\((?P<target>[^()\s]+)\)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
_FENCE = re.compile(r"^(```+|~~~+)[^\n]*\n.*?^\1", re.MULTILINE | re.DOTALL)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def targets(text: str) -> Iterator[str]:
    """Yield the target of each link and image of a Markdown text, without those in code."""
    return (match["target"] for match in _LINK.finditer(text) if match["target"])


def rewritten(text: str, rewrite: Callable[[str], str]) -> str:
    """Return the text with the target of each link and image replaced by `rewrite(target)`, except in code."""

    def one(match: re.Match[str]) -> str:
        return f"]({rewrite(match['target'])})" if match["target"] else match[0]

    return _LINK.sub(one, text)


def located(page: str, target: str, repository: str) -> tuple[str, str] | None:
    """Return the path in the repository that a link on a page leads to, and its anchor, which can be empty.

    `page` is a path from the root of the repository, `repository` its address. A path that leaves the repository begins with
    `../`. None stands for an address elsewhere.
    """
    own = re.match(rf"{re.escape(repository)}/(?:blob|tree)/main/", target)
    if not own and (_SCHEME.match(target) or target.startswith("//")):
        return None
    path, _mark, anchor = target[own.end() if own else 0 :].partition("#")
    if not path:
        return page, anchor
    return posixpath.normpath(posixpath.join("" if own else posixpath.dirname(page), path)), anchor


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading without links and code."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings of a Markdown text, as GitHub makes them: a repeated one gets a number."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = anchor(shown)
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found
