# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory that Ansible's workers share with the process that forks them.

Ansible imports the action plugins once, before it forks the workers. The models and filters that are loaded here are therefore
loaded once, and `gc.freeze` keeps the garbage collector from copying their memory in each worker.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil

from ansible_collections.nasops.truenas.plugins import filter as filters
from ansible_collections.nasops.truenas.plugins.module_utils import _pydantic
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS

if _pydantic.IMPORT_ERROR is None:
    # To find a filter, Ansible imports all filter files of the collection, again in each worker.
    for module in pkgutil.iter_modules(filters.__path__, f"{filters.__name__}."):
        importlib.import_module(module.name)
    for provider in PROVIDERS.values():
        provider.model_rebuild()
    gc.freeze()

_frozen: set[int] = set()
"""The process that has frozen its objects; a fork of it has another ID."""


def freeze_once() -> None:
    """Keep the garbage collector from copying the memory that this worker shares with its parent process.

    Each freeze also keeps the garbage that was not collected yet, so the items of a loop must not repeat it.
    """
    if os.getpid() not in _frozen:
        _frozen.add(os.getpid())
        gc.freeze()
