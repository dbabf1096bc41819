# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedules by cron's reading: what is equal, what never runs, and what is refused with a text to write instead."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task import cron, schedule
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import Refused
from tests.simulator.cron import check

FULL = {name: frozenset(range(limits.low, limits.high + 1)) for name, limits in cron.RANGES.items()}


@st.composite
def texts(draw: st.DrawFn, name: str) -> tuple[str, frozenset[int]]:
    """Return a text of a field, and the values that are meant by it."""
    limits = cron.RANGES[name]
    numbers = st.integers(limits.low, limits.top)

    def written(number: int) -> str:
        forms = [str(number), f"{number:02d}"]
        if limits.names and number <= limits.high:
            named = limits.names[number - limits.low]
            forms += [named, named.upper(), named.title()]
        return draw(st.sampled_from(forms))

    if draw(st.booleans()):
        step = draw(st.integers(1, limits.size))
        text = draw(st.sampled_from(["*", "*/1"])) if step == 1 else f"*/{step}"
        return text, frozenset(range(limits.low, limits.high + 1, step))
    first, last = sorted((draw(numbers), draw(numbers)))
    if draw(st.booleans()):
        step = draw(st.integers(1, limits.size))
        return f"{first}-{last:02d}/{step}", frozenset(map(limits.value, range(first, last + 1, step)))
    parts, values = [], set()
    for _part in range(draw(st.integers(1, 4))):
        first, last = sorted((draw(numbers), draw(numbers)))
        if draw(st.booleans()):
            parts.append(written(first))
            values.add(limits.value(first))
        else:
            parts.append(f"{written(first)}-{written(last)}")
            values.update(limits.value(number) for number in range(first, last + 1))
    return ",".join(parts), frozenset(values)


@given(st.sampled_from([*cron.RANGES]), st.data())
def test_a_field_matches_the_values_that_are_written(name: str, data: st.DataObject) -> None:
    text, values = data.draw(texts(name))
    assert cron.parse(name, text) == cron.CronField(values, text.startswith("*"))
    assert accepted_by_the_nas({name: text})


def accepted_by_the_nas(texts: dict[str, str]) -> bool:
    """Return whether the simulated NAS takes a schedule. It knows the check of the server, and nothing of the code under test."""
    try:
        check(schedule.complete(texts))
    except ValueError:
        return False
    return True


def runs(fields: dict[str, str], day: datetime.date) -> bool:
    """Return whether cron runs on a day: its own rule, written another way."""
    read = {name: cron.parse(name, text) for name, text in fields.items()}
    if day.month not in read["month"].values:
        return False
    matches = [day.day in read["dom"].values, (day.weekday() + 1) % 7 in read["dow"].values]
    return all(matches) if read["dom"].is_star or read["dow"].is_star else any(matches)


YEARS = [datetime.date(2000, 1, 1) + datetime.timedelta(number) for number in range(28 * 366)]


@given(texts("dom"), texts("month"), texts("dow"))
def test_a_schedule_is_refused_if_and_only_if_it_never_runs(dom: Any, month: Any, dow: Any) -> None:
    fields = schedule.complete({"dom": dom[0], "month": month[0], "dow": dow[0]})
    never = not any(runs(fields, day) for day in YEARS)
    assert bool([*schedule.problems(fields)]) is never


def respelled(name: str, text: str) -> str:
    """Return another text of the same meaning: a list of the values, unless the text begins with a star, which matters."""
    read = cron.parse(name, text)
    if not read.is_star:
        return ",".join(map(str, sorted(read.values)))
    return "*/1" if text == "*" else text


@given(texts("dom"), texts("dow"))
def test_schedules_of_one_meaning_run_on_the_same_days(dom: Any, dow: Any) -> None:
    given_texts = {"dom": dom[0], "dow": dow[0]}
    left = schedule.complete(given_texts)
    right = schedule.complete({name: respelled(name, text) for name, text in given_texts.items()})
    assert schedule.same(left, right)
    assert [runs(left, day) for day in YEARS[:400]] == [runs(right, day) for day in YEARS[:400]]


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ({"minute": "00"}, {"minute": "0"}, True),
        ({"minute": "00"}, {}, True),
        ({"hour": "1-5/2"}, {"hour": "1,3,5"}, True),
        ({"hour": "5-5"}, {"hour": "5"}, True),
        ({"dow": "0"}, {"dow": "7"}, True),
        ({"dow": "MON-FRI"}, {"dow": "1,2,3,4,5"}, True),
        ({"month": "jan"}, {"month": "01"}, True),
        ({"dow": "*/1"}, {"dow": "0-6"}, True),
        ({"dow": "*/1", "dom": "5"}, {"dow": "0-6", "dom": "5"}, False),
        ({"dow": "*", "dom": "5"}, {"dow": "*/1", "dom": "5"}, True),
        ({"dow": "1-7", "dom": "5"}, {}, True),
        ({"hour": "3"}, {"hour": "4"}, False),
        ({"hour": "L"}, {"hour": "L"}, True),
        ({"hour": "L"}, {"hour": "3"}, False),
        ({"hour": None}, {}, True),
    ],
)
def test_equality(left: dict[str, Any], right: dict[str, Any], equal: bool) -> None:
    assert schedule.same(left, right) is equal


@pytest.mark.parametrize(
    ("name", "text", "reason", "remedy"),
    [
        ("hour", "22-6", "never runs", "22-23,0-6"),
        ("dom", "30-29", "never runs", "30-31,1-29"),
        ("dow", "sat-sun", "never runs", "6,0"),
        ("dow", "fri-mon", "never runs", "5-6,0-1"),
        ("hour", "22-6/2", "never runs", "22,0,2,4,6"),
        ("dow", "1#2", "every '1'", "dom: 1-7"),
        ("dow", "fri#1", "every 'fri'", "dom: 1-7"),
        ("dom", "L", "stops every scheduled task", "28"),
        ("dow", "l5", "stops every scheduled task", "number"),
        ("dom", "15W", "stops every scheduled task", "number"),
        ("minute", "R", "stops every scheduled task", "number"),
        ("dow", "?", "stops every scheduled task", "*"),
        ("hour", "", "stops every scheduled task", "*"),
        ("minute", "5 3", "stops every scheduled task", "one field"),
        ("minute", "5/10", "which the NAS rejects", "5-59/10"),
        ("minute", "0,*/15", "combines *", "*/N alone"),
        ("hour", "1-5/2,10", "which the NAS rejects", "Write 1,3,5,10."),
        ("dow", "mon-fri/2", "which the NAS rejects", "Write 1,3,5."),
        ("minute", "*,5", "combines *", "*/N alone"),
        ("minute", "1,", "comma without", "single commas"),
        ("minute", "60", "out of range", "0 to 59"),
        ("month", "0", "out of range", "1 to 12 or names from jan to dec"),
        ("dow", "8", "out of range", "0 to 7"),
        ("dow", "monday", "out of range", "sun to sat"),
        ("minute", "*/90", "from 1 to 60", "next larger field"),
        ("minute", "*/0", "from 1 to 60", ""),
        ("hour", "-3", "not a value", "numbers from 0 to 23"),
        ("hour", "*/", "combines *", ""),
    ],
)
def test_what_cron_does_not_run_as_written_is_refused(name: str, text: str, reason: str, remedy: str) -> None:
    [problem] = schedule.problems({name: text})
    assert problem.field == f"schedule.{name}"
    assert reason in problem.reason
    assert remedy in problem.remedy


@given(st.sampled_from([*cron.RANGES]), st.text("0123456789*/,-#?LlWwRr monfeb", max_size=6))
def test_any_text_is_parsed_or_refused(name: str, text: str) -> None:
    try:
        assert cron.parse(name, text).values <= FULL[name]
    except Refused as error:
        refusal = (error.reason, error.remedy)
        assert all(refusal)
    else:
        assert accepted_by_the_nas({name: text})


@given(st.sampled_from([*cron.RANGES]), st.data())
def test_the_list_to_write_for_a_reversed_range_is_the_whole_way_round(name: str, data: st.DataObject) -> None:
    limits = cron.RANGES[name]
    first = data.draw(st.integers(limits.low + 1, limits.high))
    last = data.draw(st.integers(limits.low, first - 1))
    with pytest.raises(Refused) as refused:
        cron.parse(name, f"{first}-{last}")
    around = frozenset(range(first, limits.high + 1)) | frozenset(range(limits.low, last + 1))
    assert cron.parse(name, refused.value.remedy.removeprefix("Write ").rstrip(".")).values == around


@pytest.mark.parametrize(("month", "dom"), [("2", "30,31"), ("apr,jun,sep,nov", "31"), ("2", "30-31")])
def test_a_day_that_no_month_has(month: str, dom: str) -> None:
    [problem] = schedule.problems({"month": month, "dom": dom})
    assert problem.field == "schedule"
    assert "never runs" in problem.reason
    assert not [*schedule.problems({"month": month, "dom": dom, "dow": "1"})], "cron runs on Mondays then"
    assert not [*schedule.problems({"month": "2", "dom": "29"})], "leap years have it"
