# SPDX-License-Identifier: GPL-3.0-or-later
"""Extended JSON (truenas-api/wire.md §1; client:ejson.py)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from ipaddress import IPv4Interface, IPv6Interface
from typing import Any

import pytest

from tests.simulator import ejson


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 11, 28, 4, 20, 7, 999_999, tzinfo=UTC), {"$date": 1_795_839_607_000}),
        (datetime(2026, 11, 28, 6, 20, 7, 1, tzinfo=timezone(timedelta(hours=2))), {"$date": 1_795_839_607_000}),
        (datetime(2026, 11, 28, 4, 20, 7), {"$date": 1_795_839_607_000}),  # noqa: DTZ001 - as the server has some
        (date(2026, 1, 31), {"$type": "date", "$value": "2026-01-31"}),
        (time(16, 22, 6, 5), {"$time": "16:22:06.000005"}),
        ({3}, {"$set": [3]}),
        (IPv4Interface("192.0.2.1/24"), {"$ipv4_interface": "192.0.2.1/24"}),
        (IPv6Interface("2001:db8::1/64"), {"$ipv6_interface": "2001:db8::1/64"}),
    ],
)
def test_the_server_writes_whole_seconds(value: Any, written: dict[str, Any]) -> None:
    assert json.loads(ejson.dumps(value)) == written
