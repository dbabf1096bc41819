#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# croniter reads a range of one value as the whole cycle, and `*/1` beside the other day field as "either".
#
# Expected: `0 0 5-5 * *` runs on the fifth, as `0 0 5 * *` does, and as cron runs it. `0 0 */1 * mon` runs on Mondays: where a day
# field begins with a star, crontab(5) asks that both day fields match.
# Happens: croniter runs both every day. It reads `5-5` as a range that goes once around, and asks of `*/1` what it asks of `1-31`.
# Why it matters: a program that checks or shows a schedule with croniter and hands it to cron shows other runs than those that
# happen. A backup that looks daily runs once a month.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check croniter==7.0.0

"$folder/venv/bin/python" - <<'PYTHON'
from datetime import datetime
from importlib.metadata import version

from croniter import croniter


def runs(schedule: str, count: int = 7) -> list[str]:
    """The first runs after the last day of 2025, a Wednesday."""
    times = croniter(schedule, datetime(2025, 12, 31, 12))
    return [times.get_next(datetime).strftime("%d.%m.") for _ in range(count)]


print("croniter", version("croniter"))
for schedule in ("0 0 5 * *", "0 0 5-5 * *", "0 0 * * mon", "0 0 */1 * mon", "0 0 1-31 * mon"):
    print(f"{schedule:16}", *runs(schedule))

week = ["01.01.", "02.01.", "03.01.", "04.01.", "05.01.", "06.01.", "07.01."]
assert runs("0 0 5 * *", 2) == ["05.01.", "05.02."]
assert runs("0 0 5-5 * *") == week
assert runs("0 0 * * mon", 2) == ["05.01.", "12.01."]
assert runs("0 0 */1 * mon") == week
PYTHON
