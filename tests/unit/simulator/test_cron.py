# SPDX-License-Identifier: GPL-3.0-or-later
"""Which schedules the server takes (truenas-api/tasks.md §3). The verdicts are those of croniter 7.0.0."""

from __future__ import annotations

import re

import pytest

from tests.simulator import cron

COLUMNS = "Exactly 5, 6 or 7 columns has to be specified for iterator expression."
STEP = "Only range or `*` are allowed before `/`"


@pytest.mark.parametrize(
    ("field", "texts"),
    [
        ("minute", ["0", "00", "05", "59", "*/15", "1,2,3", "10-20", "10-20/5", "22-6", "5-5", "", "r", "R", "r(0-5)"]),
        ("hour", ["8-18/2", "23", "22-6"]),
        ("dom", ["31", "L", "?", "15W", "w15", "1,15", "30-29", "1-31", "1-l"]),
        ("month", ["jan", "JAN-mar", "12", "nov-feb", "2"]),
        ("dow", ["0", "7", "mon-fri", "MON", "sat-sun", "1#2", "fri#1", "l5", "?", "5-7", "1#2,3#4"]),
        # Six and seven columns have a second and a year.
        ("minute", ["5 3", "1 2 3"]),
    ],
)
def test_taken(field: str, texts: list[str]) -> None:
    for text in texts:
        cron.check({field: text})


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("minute", "60", "[60 * * * * ] is not acceptable, out of range"),
        ("hour", "24", "[* 24 * * * ] is not acceptable, out of range"),
        ("dom", "0", "[* * 0 * * ] is not acceptable, out of range"),
        ("dom", "32", "[* * 32 * * ] is not acceptable, out of range"),
        ("month", "13", "[* * * 13 * ] is not acceptable, out of range"),
        ("dow", "8", "[* * * * 8 ] is not acceptable, out of range"),
        ("minute", "0-60", "0-60 * * * *  is out of bands"),
        ("minute", "*/0", "[*/0 * * * * ] step '0' in field 0 is not acceptable"),
        ("minute", "5/10", STEP),
        ("minute", "0,*/15", STEP),
        ("dow", "mon-fri/2", STEP),
        ("minute", "1,", "[1, * * * *] is not acceptable"),
        ("minute", "daily", "[daily * * * *] is not acceptable"),
        ("minute", "-1", "[-1 * * * * ] is not acceptable, negative numbers not allowed"),
        ("hour", "L", "[* l * * *] is not acceptable"),
        ("minute", "?", "[? * * * * ] is not acceptable. Question mark can only used in day_of_month or day_of_week"),
        ("minute", "h", "Hashed definitions must include hash_id"),
        ("dow", "1#6", "[* * * * 1#6 ] is not acceptable. Invalid day_of_week value: '6'"),
        ("minute", "1 2 3 4", COLUMNS),
    ],
)
def test_refused(field: str, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        cron.check({field: text})
