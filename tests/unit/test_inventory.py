# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that the inventory sets, through the connection plugin `api`."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from ansible_collections.nasops.truenas.plugins.doc_fragments import api_connection
from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from ansible_collections.nasops.truenas.plugins.plugin_utils import inventory

KEY = f"1-{'x' * 64}"


class Inventory:
    """A connection whose options are those of an inventory."""

    def __init__(self, transport: str = inventory.TRANSPORT, **options: Any) -> None:
        self.transport = transport
        self._options = options

    def get_option(self, name: str) -> Any:
        """Return an option, or None if it is not set."""
        return self._options.get(name)


def options(inventory_options: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Return the options of a task with these options, on a host with those of the inventory."""
    return inventory.options(Inventory(**inventory_options), connection.ARGUMENTS, given)


def test_a_task_has_the_options_of_the_inventory_and_its_own_come_first() -> None:
    found = options({"host": "nas1", "port": 444, "api_timeout": 5, "username": "u"}, username="v", name="offsite")
    assert found == {"host": "nas1", "port": 444, "timeout": 5, "username": "v", "name": "offsite"}


def test_other_connections_set_nothing() -> None:
    assert options({"transport": "local", "host": "nas1"}, name="offsite") == {"name": "offsite"}


@pytest.mark.parametrize("transport", ["ssh", "local"])
def test_a_misspelled_ssh_is_for_the_task_to_refuse(transport: str) -> None:
    host = Inventory(transport)
    variables = {"ansible_truenas_via": "shh"}
    found = inventory.options(host, connection.ARGUMENTS, {"name": "offsite"}, variables.get)
    assert found == {"name": "offsite", "via": "shh"}
    variables["ansible_truenas_via"] = "network"
    assert inventory.options(host, connection.ARGUMENTS, {"name": "offsite"}, variables.get) == {"name": "offsite"}


@pytest.mark.parametrize(
    ("in_inventory", "given", "used"),
    [
        ({"password": "p"}, {}, {"password": "p"}),
        ({"password": "p", "otp": "123456"}, {}, {"password": "p", "otp": "123456"}),
        ({"password": KEY}, {}, {"api_key": KEY}),
        ({"password": "p", "api_key": KEY}, {}, {"api_key": KEY}),
        ({"password": "p", "otp": "123456"}, {"api_key": KEY}, {"api_key": KEY}),
        ({"api_key": KEY}, {"password": "p"}, {"password": "p"}),
        ({"password": {"client_key": "c"}}, {}, {"api_key": {"client_key": "c"}}),
        ({"password": "{p"}, {}, {"password": "{p"}),
        ({"password": 12}, {}, {"password": 12}),
    ],
)
def test_one_secret_is_used(in_inventory: dict[str, Any], given: dict[str, Any], used: dict[str, Any]) -> None:
    assert options(in_inventory, **given) == used


def test_ansible_converts_no_option_before_the_task_has_checked_it() -> None:
    described = yaml.safe_load(api_connection.ModuleDocFragment.DOCUMENTATION)["options"]
    names = {inventory.OTHER_NAMES.get(name, name) for name in connection.ARGUMENTS}
    assert described.keys() == names
    assert {option["type"] for option in described.values()} == {"raw"}
    assert not [name for name, option in described.items() if option.keys() & {"choices", "default", "required"}]


def test_the_documentation_names_only_options_that_the_connection_has() -> None:
    documented = yaml.safe_load(api_connection.ModuleDocFragment.DOCUMENTATION)["options"]
    text = " ".join(line for option in documented.values() for line in option["description"])
    assert {*re.findall(r"\bO\((\w+)", text)} - documented.keys() == set()
