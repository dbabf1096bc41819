# SPDX-License-Identifier: GPL-3.0-or-later
"""The badges of the README, from the support matrix and the license: pictures in the repository, so that each is true offline."""

from __future__ import annotations

import re

from .text import LICENSE, ROOT

MATRIX = "docs/support_matrix.md"
NAMES = ("ansible-core", "python", "truenas", "license")

_HEIGHT, _PADDING, _PER_CHARACTER = 20, 7, 6.6
"""Pixels. A character of Verdana at 11 pixels is 6.6 wide on average."""


def badge(name: str) -> str:
    """Return a badge as SVG. Raises ValueError if the page of the matrix does not have its value."""
    label, value = {
        "ansible-core": ("ansible-core", _range(r"^\| (\d+\.\d+)\.\d+ \|.*passed")),
        "python": ("Python", _range(r"Python (\d+\.\d+)\.\d+")),
        "truenas": ("TrueNAS", _range(r"(?<=[:,] )(\d+\.\d+)(?:\.\d+)?(?=[,.])")),
        "license": ("license", LICENSE.rpartition(" ")[2]),
    }[name]
    return _svg(label, value)


def _range(pattern: str) -> str:
    """Return the first and the last version that passed in a run of the matrix. Its tables are in the order of the versions."""
    tested = (ROOT / MATRIX).read_text().partition("## Lowest and newest libraries")[0]
    found = re.findall(pattern, tested, re.MULTILINE)
    if not found:
        raise ValueError(f"{MATRIX} has no version for {pattern}")
    return f"{found[0]} to {found[-1]}"


def _svg(label: str, value: str) -> str:
    left, right = (round(len(text) * _PER_CHARACTER) + 2 * _PADDING for text in (label, value))
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img" aria-label="{label}: {value}">
  <title>{label}: {value}</title>
  <rect width="{left + right}" height="{_HEIGHT}" rx="3" fill="#0b5a8a"/>
  <path d="M3 0h{left - 3}v{_HEIGHT}H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="#404a53"/>
  <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
    <text x="{left / 2:g}" y="14">{label}</text>
    <text x="{left + right / 2:g}" y="14">{value}</text>
  </g>
</svg>
"""
