# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the item of a loop gives away what a result hides."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import ARGUMENTS
from ansible_collections.nasops.truenas.plugins.plugin_utils.loop_items import leaks_secret

GIVEN: dict[str, Any] = {"name": "a", "s3": {"access_key_id": "AKIA", "secret_access_key": "hush"}}


def seen(item: Any, given: dict[str, Any] | None = None, variable: str = "item") -> bool:
    """Tell what becomes of a task in a loop with this item."""
    return leaks_secret({"ansible_loop_var": variable, variable: item, "other": GIVEN}, given or GIVEN, ARGUMENTS)


@pytest.mark.parametrize(
    "item",
    [GIVEN, [["a", "hush"]], {"deep": [{"x": "hush"}]}, "hush"],
    ids=["all of it", "a pair", "deep inside", "itself"],
)
def test_an_item_with_the_secret_does(item: Any) -> None:
    assert seen(item)
    assert seen(item, variable="credential")


def test_a_part_of_a_text_does_and_what_is_misspelt_as_well() -> None:
    url = "https://user:hush-hush@host/"
    assert seen({"x": f"see {url}"}, {"name": "a", "http": {"url": url}})
    assert seen({"x": "hush-hush"}, {"name": "a", "s3": {"secret_acces_key": "hush-hush"}})


@pytest.mark.parametrize("item", ["a", {"name": "a", "id": "AKIA"}, 5, None])
def test_an_item_without_it_does_not(item: Any) -> None:
    assert not seen(item)


def test_without_a_loop_nothing_is_given_away() -> None:
    assert not leaks_secret({"item": GIVEN}, GIVEN, ARGUMENTS)
