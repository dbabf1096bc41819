# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of a set's list, whose items have the options of the module for a single object."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

import yaml

from .arguments import fragment_options, module_options, reworded_options
from .text import FROM_MODULES, UTILS, as_yaml


def credential_options() -> dict[str, Any]:
    """Return the documentation of the options of `cloud_credential`, without those of the providers."""
    groups = (
        "UPDATE",
        "PENDING_KEYPAIRS",
        "PENDING_CREDENTIALS",
        "PENDING_TASKS",
        "VERIFICATION",
        "VERIFICATION_PLACE",
    )
    fragments = (fragment_options(group) for group in groups)
    return reduce(or_, fragments, module_options("cloud_credential"))


def inherited_options() -> dict[str, Any]:
    """Return the documentation of the options that the task of a set has for all its items."""
    options = credential_options()
    return {name: options[name] for name in importlib.import_module(f"{UTILS}.credential.sets").INHERITED}


def credentials_option(providers_options: dict[str, Any]) -> dict[str, Any]:
    """Return the documentation of a list of credentials, whose items have the options of `cloud_credential`."""
    sets = importlib.import_module(f"{UTILS}.credential.sets")
    options = {**credential_options(), **providers_options}
    return _set_option("credentials", "cloud_credential", options, sets.INHERITED, sets.SHARED)


def keypairs_fragment() -> str:
    """Return the doc fragment with the list of SSH keypairs, whose items have the options of `ssh_keypair`."""
    option = _set_option("keypairs", "ssh_keypair", module_options("ssh_keypair"))
    return _fragment("keypairs", "ssh_keypairs", "SSH keypairs", option)


def tasks_fragment(kind: str) -> str:
    """Return the doc fragment with the list of cloud tasks of a kind, `sync` or `backup`."""
    inherited, shared = fragment_options("CLOUD_TASK_UPDATE"), fragment_options("PENDING_CREDENTIALS")
    single = f"cloud_{kind}_task"
    reworded = reworded_options(single)
    common = {name: {**option, **reworded.get(name, {})} for name, option in fragment_options("CLOUD_TASK").items()}
    options = {**common, **module_options(single), **inherited}
    option = _set_option("tasks", single, options, inherited, shared)
    audited = f"{kind}_tasks"
    text = f"The declared cloud {kind} tasks, each with the options of M(nasops.truenas.{single})."
    compared = _set_option(audited, single, options, inherited, shared)
    # An audit writes nothing, so it has no limit for a write that items could take.
    compared["suboptions"]["provider_timeout"]["description"].pop()
    declared = {**compared, "description": [text], "required": False, "default": []}
    return (
        _fragment("tasks", f"cloud_{kind}_tasks", f"cloud {kind} tasks", option)
        + f'''
    AUDIT = r"""
{as_yaml({"options": {audited: declared}})}"""
'''
    )


def _fragment(name: str, module: str, plural: str, option: dict[str, Any]) -> str:
    return f'''{FROM_MODULES}"""The {name} option of {module}."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the list of {plural}."""

    DOCUMENTATION = r"""
{as_yaml({"options": {name: option}})}"""
'''


def _set_option(
    option: str, single: str, options: dict[str, Any], inherited: Iterable[str] = (), shared: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the documentation of the list option of a set; its items have the options of the module for a single object.

    The task sets the `inherited` options for all items, and alone has the `shared` ones.
    """
    suboptions = {name: documented for name, documented in options.items() if name not in set(shared)}
    for name in inherited:
        suboptions[name] = {key: value for key, value in suboptions[name].items() if key != "default"}
        suboptions[name]["description"] = [
            *suboptions[name]["description"],
            f"If not set, the item uses O({name}) of the task.",
        ]
    text = as_yaml(suboptions)
    for name in suboptions.keys() - set(inherited):
        text = re.sub(rf"\bO\({name}(?=[).=])", f"O({option}[].{name}", text)
    # Tasks that take a list return other values than the one that takes a single object.
    text = re.sub(r"\bRV\((\w+)\)", r"C(\1)", text)
    return {
        "description": [f"The desired {option}, each with the options of M(nasops.truenas.{single})."],
        "type": "list",
        "elements": "dict",
        "required": True,
        "suboptions": yaml.safe_load(text),
    }
