# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of the roles whose names are misspelled."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.nasops.truenas.plugins.plugin_utils import misspelled_variables
from ansible_collections.nasops.truenas.plugins.plugin_utils.role_variables import INTERNAL, PUBLIC
from tests.integration.running import ROOT


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_variable_without_one_of_its_letters_is_refused_with_its_name(name: str) -> None:
    for letter in range(len("nas_"), len(name)):
        written = name[:letter] + name[letter + 1 :]
        if written in PUBLIC | INTERNAL:
            continue
        [problem] = misspelled_variables.problems(["ansible_host", written])
        assert problem.field == written
        # Another variable can be as near: nas_verfy_by is between nas_verify and nas_verify_by.
        assert problem.remedy.removeprefix("Rename it to ").removesuffix(".") in PUBLIC


def test_the_variable_that_was_meant_is_named() -> None:
    [problem] = misspelled_variables.problems(["nas_purg"])
    assert (
        str(problem) == "nas_purg: is not a variable of the roles, but is similar to nas_purge. Rename it to nas_purge."
    )


@pytest.mark.parametrize(
    "name", ["nas_rack", "nas_site", "nas_pool", "nas_user", "nas_region", "nas_password", "purge", *sorted(INTERNAL)]
)
def test_variables_of_the_user_and_of_the_roles_pass(name: str) -> None:
    assert misspelled_variables.problems([name]) == []


def test_roles_and_playbooks_read_the_same_user() -> None:
    """The name of the user comes from the inventory with the connection plugin, wherever an API key is used."""
    roles = {yaml.safe_load(file.read_text())["nas_username"] for file in ROOT.glob("roles/*/defaults/main.yml")}
    plays = [play for file in ROOT.glob("playbooks/*.yml") for play in yaml.safe_load(file.read_text())]
    tasks = [
        (play, options)
        for play in plays
        for task in play.get("tasks", ())
        for options in task.values()
        if isinstance(options, dict)
    ]
    logins = [play for play, options in tasks if "api_key" in options]
    assert len(roles) == 1
    assert len(logins) == 2
    assert {play["vars"]["user_of_the_inventory"] for play in logins} == roles
