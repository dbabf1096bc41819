# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every valid task, whatever was stored before, on the server's own model checks."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils.credential import spec
from ansible_collections.nasops.truenas.plugins.module_utils.credential.info import listing
from ansible_collections.nasops.truenas.plugins.module_utils.credential.kind import credentials
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.errors import TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers import BY_WIRE_TYPE
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND
from tests import facts
from tests.unit.in_process import InProcessNas
from tests.unit.tasks import task as any_task

TYPES = [(version, wire_type) for version in facts.VERSIONS for wire_type in facts.VERSIONS[version]]
FEW = settings(max_examples=15)


def task(**options: Any) -> spec.DesiredCredential:
    """Return what a task wants, with Ansible's defaults."""
    return any_task(name="the one", **options)


@st.composite
def tasks(draw: st.DrawFn, version: str) -> dict[str, Any]:
    """Return the options of a task that such a server can carry out, whatever it stores."""
    wire_type = draw(st.sampled_from(sorted(facts.VERSIONS[version])))
    provider = {BY_WIRE_TYPE[wire_type].key: draw(facts.options(wire_type, version))}
    return draw(
        st.one_of(
            st.just({"state": "absent"}),
            st.just({**provider, "undeclared": draw(st.sampled_from(["keep", "default"]))}),
            st.just({**provider, "new_name": "the other"}),
        )
    )


def without_id(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result as check mode can know it: what is created has no id yet. Changes for later tasks are for it alone."""
    result = {**result, "pending_credentials": []}
    if result["action"] == "created":
        return {**result, "credential": {**result["credential"], "id": None}}
    return result


def leaves(value: Any) -> Iterator[str]:
    """Yield every text in a result."""
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(("version", "wire_type"), TYPES)
@given(data=st.data())
@FEW
def test_applied_twice_changes_once(version: str, wire_type: str, data: st.DataObject) -> None:
    key = BY_WIRE_TYPE[wire_type].key
    undeclared = data.draw(st.sampled_from(["keep", "default"]))
    desired = task(**{key: data.draw(facts.options(wire_type, version))}, undeclared=undeclared)
    with InProcessNas(version) as box:
        assert ensure(KIND, desired, Nas(box), check_mode=False)["action"] == "created"
        box.calls.clear()
        again = ensure(KIND, desired, Nas(box), check_mode=False)
        assert (again["action"], again["changed_fields"]) == ("none", [])
        assert box.calls == ["cloudsync.credentials.query"]
        assert again["diff"]["before"] == again["diff"]["after"]


@pytest.mark.parametrize("version", facts.VERSIONS)
@given(data=st.data())
@FEW
def test_check_mode_predicts_apply_from_any_state(version: str, data: st.DataObject) -> None:
    with InProcessNas(version) as box:
        for options in data.draw(st.lists(tasks(version), min_size=1, max_size=5)):
            desired = task(**options)
            before = listing(credentials(Nas(box)), reveal=True)
            try:
                predicted = ensure(KIND, desired, Nas(box), check_mode=True)
            except TrueNASError as error:
                with pytest.raises(type(error)):
                    ensure(KIND, desired, Nas(box), check_mode=False)
                continue
            assert listing(credentials(Nas(box)), reveal=True) == before, "check mode writes nothing"
            assert without_id(ensure(KIND, desired, Nas(box), check_mode=False)) == without_id(predicted)
            assert ensure(KIND, desired, Nas(box), check_mode=False)["changed"] is False


@pytest.mark.parametrize("version", ["v25.04.0", "v27.0.0"])
@given(data=st.data())
@FEW
def test_no_secret_is_in_any_result(version: str, data: st.DataObject) -> None:
    wire_type = data.draw(st.sampled_from(sorted(facts.VERSIONS[version])))
    first, second = (data.draw(facts.options(wire_type, version, complete=True)) for turn in "ab")
    key = BY_WIRE_TYPE[wire_type].key
    told = []
    with InProcessNas(version) as box:
        told.append(ensure(KIND, task(**{key: first}), Nas(box), check_mode=False))
        told.append(ensure(KIND, task(**{key: second}), Nas(box), check_mode=True))
        told.append(ensure(KIND, task(**{key: second}), Nas(box), check_mode=False))
        told.append({"info": listing(credentials(Nas(box)))})
        told.append(ensure(KIND, task(state="absent"), Nas(box), check_mode=False))
    assert not [text for text in leaves(told) if facts.HUSH in text]


@pytest.mark.parametrize("version", facts.VERSIONS)
@given(data=st.data())
@FEW
def test_a_reader_never_sees_a_change_that_may_be_none(version: str, data: st.DataObject) -> None:
    wire_type = data.draw(st.sampled_from(sorted(facts.VERSIONS[version])))
    options = {BY_WIRE_TYPE[wire_type].key: data.draw(facts.options(wire_type, version))}
    with InProcessNas(version) as box:
        ensure(KIND, task(**options), Nas(box), check_mode=False)
        box.reader = True
        result = ensure(KIND, task(**options), Nas(box), check_mode=True)
    assert result["changed"] is False
    redacted = {
        name for name in next(iter(options.values())) if BY_WIRE_TYPE[wire_type].options()[name].redacted_by_server
    }
    assert set(result["unknown_fields"]) == redacted


ZERO = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))
DAY = datetime.datetime(2025, 1, 1)  # noqa: DTZ001 - what is drawn gets a zone
MOMENTS = st.datetimes(DAY, DAY + datetime.timedelta(days=8), timezones=ZONES)
WITH_TOKENS = ["BOX", "GOOGLE_DRIVE", "GOOGLE_PHOTOS", "ONEDRIVE", "PCLOUD", "YANDEX", "DROPBOX"]


@st.composite
def tokens(draw: st.DrawFn) -> dict[str, Any]:
    """Return a token that expires about the same time as the others, at no time, or at the zero time of rclone."""
    moment = draw(st.one_of(MOMENTS, MOMENTS, MOMENTS, st.just(ZERO), st.none()))
    expiry = {} if moment is None else {"expiry": moment.isoformat().replace("+00:00", "Z")}
    return {"access_token": draw(st.text("abc", min_size=1, max_size=9)), "refresh_token": "r", **expiry}


def expires(token: dict[str, Any]) -> datetime.datetime | None:
    """Return when a token expires, None if it does not say."""
    moment = datetime.datetime.fromisoformat(token["expiry"]) if "expiry" in token else ZERO
    return None if moment == ZERO else moment


@pytest.mark.parametrize("version", facts.VERSIONS)
@given(wire_type=st.sampled_from(WITH_TOKENS), data=st.data())
@settings(FEW, max_examples=30)
def test_no_token_is_ever_replaced_by_an_older_one(version: str, wire_type: str, data: st.DataObject) -> None:
    """Whatever the NAS refreshes, and whatever is declared, and in whatever order."""
    key = BY_WIRE_TYPE[wire_type].key
    fixed = {"drive_type": "PERSONAL", "drive_id": "d"} if wire_type == "ONEDRIVE" else {}
    steps = st.tuples(st.sampled_from(["refresh", "run", "check"]), tokens(), st.sampled_from([None, 1, 3]))
    with InProcessNas(version) as box:
        first = data.draw(tokens())
        ensure(KIND, task(**{key: {"token": first, **fixed}}), Nas(box), check_mode=False)
        for step, token, indent in data.draw(st.lists(steps, min_size=1, max_size=8)):
            [entry] = box.call("cloudsync.credentials.query")
            before = json.loads(entry["provider"]["token"])
            text = json.dumps(token, indent=indent)
            if step == "refresh":
                provider = {**entry["provider"], "token": text}
                box.call("cloudsync.credentials.update", entry["id"], {"provider": provider})
                continue
            undeclared = data.draw(st.sampled_from(["keep", "default"]))
            result = ensure(
                KIND, task(**{key: {"token": text, **fixed}}, undeclared=undeclared), Nas(box), step == "check"
            )
            after = json.loads(box.call("cloudsync.credentials.query")[0]["provider"]["token"])
            old, new = expires(before), expires(after)
            assert old is None or new is None or old <= new
            if step == "check":
                assert after == before
                continue
            # rclone never renews a token without expiry, so one that can be renewed is written with a time that has passed.
            written = token if wire_type == "PCLOUD" else {"expiry": "1970-01-01T00:00:00Z", **token}
            wanted = expires(written)
            stays = before == written or (old is not None and wanted is not None and old > wanted)
            assert after == (before if stays else written)
            assert result["changed"] is not stays
            assert (
                ensure(KIND, task(**{key: {"token": token, **fixed}}), Nas(box), check_mode=False)["changed"] is False
            )
