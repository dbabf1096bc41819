# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that share one NAS, as the items of a loop do: what is read once, and what each of them asks for itself."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import task

QUERY = "cloudsync.credentials.query"
B2 = {"account": "a", "key": "hush-canary-0001"}


def stored(number: int, name: str, **fields: Any) -> dict[str, Any]:
    """Return a stored credential."""
    return {"id": number, "name": name, "provider": {"type": "B2", **B2, **fields}}


def apply(nas: Nas, name: str, **options: Any) -> dict[str, Any]:
    """Apply one item of the loop."""
    return ensure(KIND, task(name=name, **options), nas, False)


def test_each_delete_asks_for_the_tasks_that_use_its_own_credential() -> None:
    tasks = [{"id": 5, "description": "nightly", "credentials": {"id": 2}}]
    nas = Nas(FakeNas(stored(1, "a"), stored(2, "b"), answers={"cloudsync.query": tasks}))
    assert apply(nas, "a", state="absent")["action"] == "deleted"
    with pytest.raises(errors.InUse, match="nightly"):
        apply(nas, "b", state="absent")


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("cloudsync.credentials.update", {"b2": {"account": "z"}}),
        ("cloudsync.credentials.delete", {"state": "absent"}),
    ],
)
def test_after_a_refusal_the_next_item_reads_again(method: str, options: dict[str, Any]) -> None:
    session = FakeNas(stored(1, "a"), answers={method: errors.ServerFault("The disk is full.")})
    nas = Nas(session)
    with pytest.raises(errors.ServerFault):
        apply(nas, "a", **options)
    session.answers.pop(method)
    session.entries[1] = stored(1, "a", account="theirs")
    assert apply(nas, "a", b2=B2)["changed_fields"] == ["account"]
    assert session.calls.count(QUERY) == 2


def test_what_a_loop_has_written_is_known_without_another_query() -> None:
    session = FakeNas(stored(1, "a"), stored(2, "b"))
    nas = Nas(session)
    assert apply(nas, "a", b2={"account": "z"})["changed_fields"] == ["account"]
    assert apply(nas, "a", b2={"account": "z"})["action"] == "none"
    assert apply(nas, "b", state="absent")["action"] == "deleted"
    assert apply(nas, "b", state="absent")["action"] == "none"
    assert session.calls.count(QUERY) == 1
