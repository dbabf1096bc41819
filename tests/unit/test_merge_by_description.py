# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's list of cloud tasks on top of the fleet's."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.nasops.truenas.plugins.filter.merge_by_description import merge_by_description

NIGHTLY = {"description": "nightly", "credential": "offsite", "path": "/mnt/tank/a", "schedule": {"hour": "3"}}


def test_a_host_declares_only_the_options_that_differ() -> None:
    own = {"name": "nightly", "source_path": "/mnt/pool1/a", "schedule": {"minute": "5"}}
    other = {"description": "weekly", "credential": "branch"}
    merged = {**NIGHTLY, "path": "/mnt/pool1/a", "schedule": {"minute": "5"}}
    assert merge_by_description([NIGHTLY], [other, own]) == [merged, other]


def test_an_absent_task_replaces_the_other_one_and_a_declared_one_is_present() -> None:
    gone = {"description": "nightly", "state": "absent"}
    assert merge_by_description([NIGHTLY], [gone]) == [gone]
    assert merge_by_description([gone], [NIGHTLY]) == [NIGHTLY]


def test_an_id_distinguishes_tasks_with_one_description() -> None:
    first, second = ({**NIGHTLY, "id": number} for number in (1, 2))
    assert merge_by_description([first, second], [{"description": "nightly", "id": 2, "enabled": False}]) == [
        first,
        {**second, "enabled": False},
    ]


@pytest.mark.parametrize(
    ("fleet", "top", "words"),
    [
        ("hush", [], "tasks must be a list"),
        ([NIGHTLY], [{"path": "hush"}], r"top\[0\] requires a description"),
        ([NIGHTLY], ["hush"], r"top\[0\] requires a description"),
        (
            [{"description": 5}],
            [],
            r"tasks\[0\]\.description: must be text, but is a whole number \(5\)\. Put it in quotes",
        ),
        ([NIGHTLY], [{"name": False}], r"top\[0\]\.description: must be text, but is a boolean"),
        ([NIGHTLY, NIGHTLY], [], "tasks contains 'nightly' twice"),
    ],
)
def test_a_wrong_list_is_refused_without_its_values(fleet: Any, top: Any, words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words) as refused:
        merge_by_description(fleet, top)
    assert "hush" not in str(refused.value)
