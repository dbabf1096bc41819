# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages that antsibull-docs generates, as this site shows them, and the sections of Ansible's documentation they link to."""

from __future__ import annotations

import re
import zlib

LABELS = {
    "action_plugins": ("plugins/action.html#action-plugins", "Action plugins"),
    "ansible_configuration_settings": (
        "reference_appendices/config.html#ansible-configuration-settings",
        "Ansible Configuration Settings",
    ),
    "common_return_values": ("reference_appendices/common_return_values.html#common-return-values", "Return Values"),
}
"""Address below `conf.intersphinx_mapping` and title by label, as the sources of Ansible's documentation declare them."""


def inventory() -> bytes:
    """Return the labels in version 2 of Sphinx's format: four lines of text, then compressed lines, one for each label."""
    header = "# Sphinx inventory version 2\n# Project: ansible\n# Version:\n# The rest is compressed using zlib.\n"
    lines = "".join(f"{label} std:label -1 {address} {title}\n" for label, (address, title) in LABELS.items())
    return header.encode() + zlib.compress(lines.encode())


_NOTE = re.compile(r"\.\. note::\n    This (\w+(?: plugin)?) is part of the .*?\n(?=\.\. )", re.DOTALL)
_CONTENTS = re.compile(r"\.\. contents::\n(?: +:\w+:.*\n)+")


def adapted(page: str) -> str:
    """Return a generated page for this site.

    The theme has its own list of the headings of a page. The note at the top shows how to install the collection from Galaxy, so
    it leads to the home page instead, which names the place where the collection is published.
    """
    collection = ":ref:`nasops.truenas <plugins_in_nasops.truenas>`"
    note = rf".. note::\n    This \1 is part of {collection}. See :doc:`Install </index>`.\n\n"
    return _CONTENTS.sub("", _NOTE.sub(note, page))
