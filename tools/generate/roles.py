# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles' views of the options that they offer as variables: argument specs, defaults, and what their tasks pass on.

Each stands in a file of a role between two comments, `generated: begin NAME` and `generated: end`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from .arguments import argument, fragment_options, module_options, reworded_options
from .text import ROOT, as_yaml, documented

FROM_ENVIRONMENT = "E(TRUENAS_"
MARKED = re.compile(r"^(?P<begin> *# generated: begin (?P<name>\w+)\n)(.*?)(?P<end>^ *# generated: end\n)", re.M | re.S)


@dataclass(frozen=True)
class Offer:
    """Options of a module that a role offers.

    Each is the variable `nas_<option>`, unless `names` has another name. `differs` has what the role documents differently; None
    removes it. With `item`, they are options of list items instead, and a task finds them in the variable of that name.
    """

    options: Mapping[str, Any]
    without: Collection[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    differs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    item: str = ""

    def variables(self) -> dict[str, str]:
        """Return the name of the variable of each option."""
        default = "{}" if self.item else "nas_{}"
        return {name: self.names.get(name, default.format(name)) for name in self.options if name not in self.without}

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return each option as the role documents it, its argument spec included."""
        entries = {}
        for name in self.variables():
            option = {**self.options[name], **self.differs.get(name, {})}
            entry = {key: value for key, value in option.items() if value is not None}
            if self.item:
                # What an item leaves out, the role leaves out as well.
                entry.pop("default", None)
            entry = {"description": self._description(entry), **argument(name, entry)}
            entries[name] = {key: value for key, value in entry.items() if (key, value) != ("no_log", False)}
        return entries

    def _description(self, option: Mapping[str, Any]) -> str | list[str]:
        given = option["description"]
        lines = [given] if isinstance(given, str) else given
        # The role passes its default on, so the module does not look at the environment.
        lines = [line for line in lines if "default" not in option or FROM_ENVIRONMENT not in line]
        lines = [re.sub(r"\b(?:O|C|RV)\(([\w.\[\]]+)", self._named, line) for line in lines]
        return lines[0] if len(lines) == 1 else lines

    def _named(self, mention: re.Match[str]) -> str:
        name = mention[1]
        return f"C({self.names.get(name) or self.variables().get(name, name)}"


def connection() -> Offer:
    """Return the options of the connection, as every role offers them."""
    options = documented("plugins/doc_fragments/connection.py", "DOCUMENTATION")
    offered = ("host", "port", "username", "api_key", "ca_path", "validate_certs", "timeout")
    host = "Name or address of the NAS; without it C(ansible_host), or else the name in the inventory."
    key = "The API key; without it the environment variable E(TRUENAS_API_KEY) is used."
    return Offer(
        options,
        without=options.keys() - {*offered},
        differs={
            "host": {"description": host, "required": None},
            "username": {"required": None, "default": "automation"},
            "api_key": {"description": key},
        },
    )


def of_all_credentials() -> dict[str, Any]:
    """Return the options that a task sets for all credentials."""
    return {**fragment_options("UPDATE"), **fragment_options("VERIFICATION")}


def cloud_credentials() -> dict[str, Offer]:
    """Return the options that the role of this name offers."""
    keypair = module_options("ssh_keypair")
    return {
        "connection": connection(),
        "keypair": Offer(keypair, without=["cascade"], item="keypair"),
        "present_keypair": Offer(keypair, without=["name", "state", "cascade"], item="keypair"),
        "options": Offer(of_all_credentials()),
        "purge": Offer(fragment_options("PURGE")),
    }


def cloud_audit() -> dict[str, Offer]:
    """Return the options that the role of this name offers."""
    options = {
        name: {**option, **reworded_options("cloud_audit").get(name, {})}
        for name, option in of_all_credentials().items()
    }
    verify = {"description": "Whether credentials are tried, declared ones and others.", "choices": ["never", "always"]}
    dest = "Folder for the report; without it C(audit) where Ansible was started."
    return {
        "connection": connection(),
        "options": Offer(
            options,
            # An audit writes nothing, and a verification that was inconclusive is one of its findings.
            without=["allow_type_change", "verify_again", "on_inconclusive"],
            names={"verify": "nas_audit_verify"},
            differs={"verify": verify},
        ),
        "audit": Offer(
            module_options("cloud_audit"),
            without=["digest_key"],
            names={
                "keep": "nas_purge_keep",
                "expires_within": "nas_audit_expires_within",
                "credentials": "nas_cloud_credentials",
            },
        ),
        "report": Offer(
            documented("plugins/modules/cloud_audit_report.py", "DOCUMENTATION"),
            without=["hosts", "variable"],
            names={name: f"nas_audit_{name}" for name in ("dest", "previous_report", "fail_on")},
            differs={"dest": {"description": dest, "required": None}, "fail_on": {"default": "drift"}},
        ),
    }


ROLES: dict[str, Callable[[], dict[str, Offer]]] = {
    "cloud_credentials": cloud_credentials,
    "cloud_audit": cloud_audit,
}


def specified(offer: Offer, given: Collection[str]) -> str:
    """Return the options as entries of an argument spec."""
    variables = offer.variables()
    return as_yaml({variables[name]: entry for name, entry in offer.entries().items()}, indent_lists=True)


def defaulted(offer: Offer, given: Collection[str]) -> str:
    """Return the variables with their defaults."""
    variables = offer.variables()
    return as_yaml({variables[name]: entry["default"] for name, entry in offer.entries().items() if "default" in entry})


def passed(offer: Offer, given: Collection[str]) -> str:
    """Return the options of a task, with the role's variables as their values; only the `given` ones always have a value."""
    lines = []
    for name, variable in offer.variables().items():
        value = f"{offer.item}.{variable}" if offer.item else variable
        otherwise = "" if value in given else " | default(omit)"
        lines.append(f'{name}: "{{{{ {value}{otherwise} }}}}"\n')
    return "".join(lines)


def rewritten(path: str) -> str:
    """Return a file of a role with the generated parts up to date."""
    role, folder = path.split("/")[1:3]
    view = {"meta": specified, "defaults": defaulted, "tasks": passed}[folder]
    offers = ROLES[role]()
    given = yaml.safe_load((ROOT / f"roles/{role}/defaults/main.yml").read_text())

    def block(marked: re.Match[str]) -> str:
        indentation = marked["begin"].partition("#")[0]
        return marked["begin"] + textwrap.indent(view(offers[marked["name"]], given), indentation) + marked["end"]

    return MARKED.sub(block, (ROOT / path).read_text())


FILES = (
    "roles/cloud_credentials/meta/argument_specs.yml",
    "roles/cloud_credentials/defaults/main.yml",
    "roles/cloud_credentials/tasks/main.yml",
    "roles/cloud_credentials/tasks/rotate.yml",
    "roles/cloud_audit/meta/argument_specs.yml",
    "roles/cloud_audit/defaults/main.yml",
    "roles/cloud_audit/tasks/main.yml",
    "roles/cloud_audit/tasks/report.yml",
)
