# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that the roles offer as variables, in their argument specs, their defaults and the tasks that pass them on.

Each stands in a file of a role between two comments, `generated: begin NAME` and `generated: end`.
"""

from __future__ import annotations

from collections.abc import Callable

import yaml

from .arguments import fragment_options, module_options, reworded_options
from .offer import Offer, defaulted, passed, specified
from .sets import inherited_options
from .text import ROOT, filled

PURGE_TASKS = [
    "Whether to delete every cloud task that is not declared. If no task of a kind is declared, tasks of that kind "
    "stay, unless O(purge_all=true).",
]


def connection() -> Offer:
    """Return the options of the connection, as every role offers them."""
    options = fragment_options("CONNECTION")
    offered = ("host", "port", "username", "api_key", "api_key_file", "ca_path", "validate_certs", "timeout")
    host = "Name or address of the NAS; without it C(ansible_host), or else the name in the inventory."
    user = (
        "The TrueNAS user that logs in; without it C(ansible_user) with the connection plugin "
        "P(nasops.truenas.api#connection), or else C(automation)."
    )
    key = "The API key, raw or precomputed; without it the environment variable E(TRUENAS_API_KEY) is used."
    return Offer(
        options,
        without=options.keys() - {*offered},
        differs={
            "host": {"description": host, "required": None},
            # What the role does not pass on, the inventory can set for the connection plugin.
            **{name: {"default": None} for name in ("port", "validate_certs", "timeout")},
            "username": {"description": user, "required": None},
            "api_key": {"description": key},
        },
    )


def cloud_credentials() -> dict[str, Offer]:
    """Return the options that the role of this name offers."""
    keypair, update = module_options("ssh_keypair"), fragment_options("CLOUD_TASK_UPDATE")
    return {
        "connection": connection(),
        "keypair": Offer(keypair, without=["cascade"], item="keypair"),
        "present_keypair": Offer(keypair, without=["name", "state", "cascade"], item="keypair"),
        "options": Offer(inherited_options()),
        "provider_call": Offer({"provider_timeout": update["provider_timeout"]}),
        # The variables of the other options are those of the credentials.
        "task_variables": Offer(update, without=inherited_options().keys()),
        "task_options": Offer(update),
        "purge": Offer(fragment_options("PURGE")),
        "purge_tasks": Offer(
            fragment_options("PURGE"),
            names={name: name.replace("purge", "nas_purge_tasks") for name in fragment_options("PURGE")},
            differs={"purge": {"description": PURGE_TASKS}},
        ),
    }


def cloud_audit() -> dict[str, Offer]:
    """Return the options that the role of this name offers."""
    options = {
        name: {**option, **reworded_options("cloud_audit").get(name, {})}
        for name, option in inherited_options().items()
    }
    verify = {
        "description": "When to verify the stored credentials, whether they are declared or not.",
        "choices": ["never", "always"],
    }
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
            without=["digest_key", "pending_keypairs"],
            names={
                "keep": "nas_purge_keep",
                "expires_within": "nas_audit_expires_within",
                "keep_tasks": "nas_purge_tasks_keep",
                "outdated_after": "nas_audit_outdated_after",
                "proofs": "nas_audit_proofs",
                "look_at_buckets": "nas_audit_look_at_buckets",
                "locked_buckets": "nas_audit_locked_buckets",
                "credentials": "nas_cloud_credentials",
            },
        ),
        "report": Offer(
            module_options("cloud_audit_report"),
            without=["hosts", "variable"],
            names={name: f"nas_audit_{name}" for name in ("dest", "previous_report", "fail_on")},
            differs={"dest": {"description": dest, "required": None}, "fail_on": {"default": "drift"}},
        ),
    }


ROLES: dict[str, Callable[[], dict[str, Offer]]] = {
    "cloud_credentials": cloud_credentials,
    "cloud_audit": cloud_audit,
}


def rewritten(path: str) -> str:
    """Return a file of a role with the generated parts up to date."""
    role, folder = path.split("/")[1:3]
    view = {"meta": specified, "defaults": defaulted, "tasks": passed}[folder]
    offers = ROLES[role]()
    given = yaml.safe_load((ROOT / f"roles/{role}/defaults/main.yml").read_text())
    return filled((ROOT / path).read_text(), lambda name: view(offers[name], given))


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
