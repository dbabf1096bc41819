# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the audit: where its links lead, its order, and its words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.audit import report
from ansible_collections.nasops.truenas.plugins.module_utils.audit.rules import FAIL_ON, RULES, Finding
from ansible_collections.nasops.truenas.plugins.plugin_utils.audit_page import FAIL_ON_TEXTS, to_html
from ansible_collections.nasops.truenas.plugins.plugin_utils.option_names import marked
from tests.unit.fake_nas import FakeNas
from tests.unit.test_audit import audit, built, entry


def page_of(*nas: FakeNas, **options: Any) -> str:
    """Return the page of a fleet."""
    results = {f"nas{number}": {"audit": audit(one, **options)} for number, one in enumerate(nas, 1)}
    return to_html(report.build(results, "2026-07-01T00:00:00+00:00", "drift", report.build({}, "then", "drift")))


def test_each_row_of_the_summary_leads_to_what_it_counts() -> None:
    page = page_of(FakeNas(entry(1, "a"), entry(2, "b")), FakeNas(entry(1, "a")))
    [row] = re.findall(r"<summary>No task uses the credential</summary>(.*?)</details>", page, re.DOTALL)
    links = re.findall(r'<a href="#([^"]*)">([^<]*)</a>', row)
    assert [text for _anchor, text in links] == ["nas1 / a", "nas1 / b", "nas2 / a"]
    anchors = re.findall(r'id="([^"]*)"', page)
    assert len(anchors) == len({*anchors})
    assert {*re.findall(r'href="#([^"]*)"', page)} <= {*anchors}
    for anchor, text in links:
        details = page[: page.index(f'id="{anchor}"')].rpartition("<details")[2]
        assert f"<summary>{text.partition(' / ')[2]} " in details


def test_a_row_for_a_whole_fleet_is_no_longer_than_a_page() -> None:
    page = page_of(*(FakeNas(entry(1, "a")) for _number in range(60)))
    [row] = re.findall(r"<summary>No task uses the credential</summary>(.*?)</details>", page, re.DOTALL)
    assert row.count("<li>") == 51
    assert "10 more" in row


def test_errors_are_before_notes_wherever_findings_are_listed() -> None:
    levels = [rule.level for rule in RULES.values()]
    assert levels == sorted(levels, key=("error", "warning", "note").index)
    made = built()
    rules = ("unused", "hidden", "drift")
    made["nas"][0]["credentials"][0]["findings"] = [Finding(rule, "x").public() for rule in rules]
    new = [{"nas": "nas1", "credential": "x", **Finding(rule, "x").public()} for rule in ("unused", "drift")]
    made["changes"] = {"since": "then", "gone": [], "new": new}
    lists = re.findall(r'<ul class="findings">(.*?)</ul>', to_html(made), re.DOTALL)
    found = [re.findall(r'class="badge (\w+)"', text) for text in lists]
    assert ["error", "note"] in found
    assert ["error", "warning", "note"] in found


@pytest.mark.parametrize(
    ("message", "fields", "shown"),
    [
        ("pass contains a secret.", [], "<code>pass</code> contains a secret."),
        ("Check user and pass.", [], "Check <code>user</code> and <code>pass</code>."),
        ("Set transfer_mode: COPY.", [], "Set <code>transfer_mode: COPY</code>."),
        ("Add --s3-x to args, in the folder.", [], "Add <code>--s3-x</code> to <code>args</code>, in the folder."),
        ("Not compared: region, a<b.", ["region", "a<b", ""], "Not compared: <code>region</code>, a&lt;b."),
        (
            "'a_b' in https://h/a_b is a user",
            [],
            "&#39;a_b&#39; in https://h/a_b is a user",
        ),
    ],
)
def test_names_of_options_are_code(message: str, fields: list[str], shown: str) -> None:
    assert str(marked(message, fields)) == shown


def test_fail_on_is_explained_in_words() -> None:
    assert {*FAIL_ON_TEXTS} == {*FAIL_ON}
    assert "fail_on" not in page_of(FakeNas())
