# SPDX-License-Identifier: GPL-3.0-or-later
"""Report a Python that is too old to import the other files, with an error of the module.

ansible-core 2.19 runs modules with Python 3.8, which lacks what the other files use when they are imported. `requirements.py`
reports every other Python that is too old. A module imports this file first.
"""

from __future__ import annotations

import platform
import sys
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .errors import Unsuitable

OLDEST = (3, 11)
OLDEST_THAT_IMPORTS = (3, 9)


def unmet() -> list[str]:
    """Return a list with the required and the found version of Python, empty if it is new enough."""
    if sys.version_info[:2] >= OLDEST:
        return []
    return [f"Python 3.11 or newer (found {platform.python_version()}, {sys.executable})"]


class _Refusal(AnsibleModule):  # type: ignore[misc]  # Ansible's class has no types
    """A module that fails before Ansible checks its options."""

    def _load_params(self) -> Any:
        super()._load_params()
        self._set_internal_properties()
        # Ansible would return the options, with their secrets.
        self.params: dict[str, Any] = {}
        self.fail_json(str(Unsuitable(unmet())))


if sys.version_info[:2] < OLDEST_THAT_IMPORTS:
    _Refusal(argument_spec={})
