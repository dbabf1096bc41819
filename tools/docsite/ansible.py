# SPDX-License-Identifier: GPL-3.0-or-later
"""The sections of Ansible's documentation that generated pages link to, as an inventory that Sphinx reads offline."""

from __future__ import annotations

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
