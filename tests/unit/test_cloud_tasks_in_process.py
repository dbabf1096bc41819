# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud sync tasks on the simulated NAS without a socket: its checks come from the facts, and not from the code under test."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task.fields import taken_by
from ansible_collections.nasops.truenas.plugins.module_utils.providers import BY_WIRE_TYPE
from tests.unit.cloud_tasks import run
from tests.unit.in_process import InProcessNas
from tests.unit.simulator.samples import NEWER_TYPES, sent

VERSIONS = ["v25.04.0", "v25.10.0", "v26.0.0", "v27.0.0"]
TYPES = sorted({*BY_WIRE_TYPE} - {"GOOGLE_PHOTOS"})
ATTRIBUTES: dict[str, st.SearchStrategy[Any]] = {
    "fast_list": st.booleans(),
    "chunk_size": st.integers(5, 149),
    "storage_class": st.sampled_from(["", "STANDARD_IA", "DEEP_ARCHIVE"]),
    "region": st.sampled_from(["", "eu-west-1"]),
    "server_side_encryption": st.sampled_from(["", "AES256"]),
    "bucket_policy_only": st.booleans(),
    "acknowledge_abuse": st.booleans(),
}
OPTIONS = st.fixed_dictionaries(
    {"transfer_mode": st.sampled_from(["SYNC", "COPY", "MOVE"])},
    optional={
        "schedule": st.fixed_dictionaries(
            {},
            optional={
                "minute": st.sampled_from(["*/15", "0", "5,35"]),
                "dow": st.sampled_from(["mon-fri", "7", "1-5"]),
            },
        ),
        "include": st.lists(st.sampled_from(["a/**", "*.txt"]), max_size=2),
        "exclude": st.lists(st.sampled_from(["b/**", "*.tmp"]), max_size=2),
        "args": st.sampled_from(["", "--transfers 2"]),
        "enabled": st.booleans(),
        "bwlimit": st.sampled_from([[], ["8:00,1M", "19:00,off"], ["10M"]]),
        "transfers": st.sampled_from([0, 4]),
        "encryption_password": st.sampled_from(["", "hush-canary-1"]),
        "create_empty_src_dirs": st.booleans(),
        "follow_symlinks": st.booleans(),
        "post_script": st.sampled_from(["", "date"]),
    },
)


def place(wire_type: str, draw: Any) -> dict[str, Any]:
    """Return the options that depend on the provider."""
    provider = BY_WIRE_TYPE[wire_type]
    own = {name: draw(ATTRIBUTES[name]) for name in provider.task_attributes if draw(st.booleans())}
    # A pull from a folder would list it, and nothing is there.
    pulls = {"direction": "PULL", "folder": "/"} if provider.is_read_only else {"direction": "PUSH", "folder": "a/b"}
    return {**({"bucket": "bucket"} if provider.has_buckets else {}), **pulls, **own}


@pytest.mark.parametrize("version", VERSIONS)
@given(st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_planned_is_accepted_and_then_in_sync(version: str, data: st.DataObject) -> None:
    wire_type = data.draw(st.sampled_from([one for one in TYPES if one not in NEWER_TYPES.get(version, set())]))
    login = {**sent(wire_type), **({"region": "eu-1"} if wire_type == "S3" else {})}
    with InProcessNas(version) as nas:
        nas.call("cloudsync.credentials.create", {"name": "offsite", "provider": login})
        base = {"description": "nightly", "credential": "offsite", "path": "/mnt/tank/data"}
        for _state in range(2):
            task = {**base, **place(wire_type, data.draw), **data.draw(OPTIONS)}
            if not BY_WIRE_TYPE[wire_type].can_have_tasks:
                with pytest.raises(errors.InvalidInput, match="credential: must not be"):
                    run(nas, module="cloud_sync_task", **task)
                return
            planned = run(nas, True, "cloud_sync_task", **task)
            done = run(nas, module="cloud_sync_task", **task)
            assert (done["diff"], done["changed_fields"]) == (planned["diff"], planned["changed_fields"])
            again = run(nas, module="cloud_sync_task", **task)
            assert (again["changed"], again["drift"]) == (False, "none")
        assert run(nas, module="cloud_sync_task", description="nightly", state="absent")["changed"] is True


@pytest.mark.parametrize(
    "wire_type", [one for one in TYPES if taken_by(BY_WIRE_TYPE[one]) and BY_WIRE_TYPE[one].can_have_tasks]
)
def test_what_the_plan_refuses_the_nas_would_refuse_too(wire_type: str) -> None:
    provider = BY_WIRE_TYPE[wire_type]
    place: dict[str, Any] = {"bucket": "b", "folder": "f"} if provider.has_buckets else {"folder": "f"}
    task: dict[str, Any] = {
        "path": "/mnt/tank/data",
        "direction": "PULL" if provider.is_read_only else "PUSH",
        "transfer_mode": "COPY",
    }
    foreign: dict[str, Any] = {
        "bucket": "b",
        **dict.fromkeys(("fast_list", "bucket_policy_only", "acknowledge_abuse"), True),
        "chunk_size": 64,
    }
    with InProcessNas() as nas:
        number = nas.call("cloudsync.credentials.create", {"name": "offsite", "provider": sent(wire_type)})["id"]
        for name in foreign.keys() - taken_by(provider).keys():
            wanted: dict[str, Any] = {"description": "x", "credential": "offsite", **task, **place, name: foreign[name]}
            with pytest.raises(errors.InvalidInput, match=f"{name}: cannot be combined"):
                run(nas, True, "cloud_sync_task", **wanted)
            with pytest.raises(errors.InvalidField, match=f"attributes.{name}"):
                nas.call(
                    "cloudsync.create", {**task, "credentials": number, "attributes": {**place, name: foreign[name]}}
                )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("module", ["cloud_sync_task", "cloud_backup_task"])
def test_check_mode_shows_the_fields_that_the_nas_has(version: str, module: str) -> None:
    sync = module == "cloud_sync_task"
    own = {"direction": "PUSH", "transfer_mode": "COPY"} if sync else {"repository_password": "hush-1", "keep_last": 3}
    task: dict[str, Any] = {"description": "x", "credential": "offsite", "bucket": "b", "folder": "f", **own}
    task["path"] = "/mnt/tank/data"
    with InProcessNas(version, backups=True) as nas:
        nas.call("cloudsync.credentials.create", {"name": "offsite", "provider": sent("STORJ_IX")})
        planned, created = run(nas, True, module, **task), run(nas, module=module, **task)
        assert planned["task"] == {**created["task"], "id": None}
        again = run(nas, module=module, **task)
        assert (again["changed"], again["diff"]["before"]) == (False, again["diff"]["after"])


@pytest.mark.parametrize(
    ("module", "option", "place"),
    [
        ("cloud_sync_task", {"path": "/mnt/tank/.zfs"}, "path"),
        ("cloud_sync_task", {"path": "/mnt/tank/data/.zfs/snapshot/"}, "path"),
        ("cloud_sync_task", {"exclude": ["a", " "]}, r"exclude\[1\]"),
        ("cloud_sync_task", {"include": ["\t"]}, r"include\[0\]"),
        ("cloud_backup_task", {"cache_path": "/nowhere"}, "cache_path"),
        ("cloud_backup_task", {"cache_path": " "}, "cache_path"),
        ("cloud_backup_task", {"cache_path": "/mnt/tank/.zfs"}, "cache_path"),
    ],
)
def test_what_every_nas_refuses_is_refused_before_anything_is_sent(
    module: str, option: dict[str, Any], place: str
) -> None:
    with InProcessNas() as nas, pytest.raises(errors.InvalidInput, match=f"^{place}: must"):
        run(nas, module=module, description="x", **option)
    assert nas.calls == []


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_limit_is_one_mistake(empty: str) -> None:
    with InProcessNas() as nas, pytest.raises(errors.InvalidInput) as refused:
        run(nas, module="cloud_sync_task", description="x", bwlimit=["08:00,1M", empty])
    assert [problem.field for problem in refused.value.problems] == ["bwlimit[1]"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("size", [5, 149, 150, 4096])
def test_a_chunk_size_is_refused_before_the_write_where_the_nas_refuses_it(version: str, size: int) -> None:
    task: dict[str, Any] = {
        "description": "x",
        "credential": "offsite",
        "path": "/mnt/tank/data",
        "bucket": "b",
        "folder": "f",
    }
    task |= {"direction": "PUSH", "transfer_mode": "COPY"}
    with InProcessNas(version) as nas:
        nas.call("cloudsync.credentials.create", {"name": "offsite", "provider": sent("B2")})
        run(nas, module="cloud_sync_task", **task)
        raw = {"attributes": {"bucket": "b", "folder": "f", "chunk_size": size}}
        try:
            nas.call("cloudsync.update", 1, raw)
            accepted = True
        except errors.InvalidField:
            accepted = False
        assert accepted is (size < 150 or version != "v25.10.0")
        nas.call("cloudsync.update", 1, {"attributes": {"bucket": "b", "folder": "f", "chunk_size": 96}})
        for check in (True, False):
            if accepted:
                run(nas, check, "cloud_sync_task", **task, chunk_size=size)
            else:
                with pytest.raises(
                    errors.InvalidInput, match=r"chunk_size: must be .* 149 for Backblaze B2 on TrueNAS 25.10.0"
                ):
                    run(nas, check, "cloud_sync_task", **task, chunk_size=size)


def test_the_region_that_the_nas_finds_out_is_unknown_until_it_is_stored() -> None:
    task: dict[str, Any] = {
        "description": "x",
        "credential": "located",
        "path": "/mnt/tank/data",
        "bucket": "b",
        "folder": "f",
    }
    task |= {"direction": "PUSH", "transfer_mode": "COPY"}
    elsewhere: list[dict[str, Any]] = [{"bucket": "c"}, {"credential": "fixed"}, {"credential": "located"}]
    changes: list[dict[str, Any]] = [{}, *elsewhere, {"region": "eu-2"}]
    with InProcessNas() as nas:
        for name, region in (("located", ""), ("fixed", "eu-1")):
            nas.call("cloudsync.credentials.create", {"name": name, "provider": {**sent("S3"), "region": region}})
        for options in changes:
            planned, done = (run(nas, check, "cloud_sync_task", **{**task, **options}) for check in (True, False))
            is_known = options in ({"credential": "fixed"}, {"region": "eu-2"})
            predicted = planned["task"]["region"]
            assert predicted == (done["task"]["region"] if is_known else None)
            assert planned["diff"] == done["diff"]
            assert planned["diff"]["after"]["region"] == predicted
            assert done["task"]["region"] == nas.call("cloudsync.query")[0]["attributes"]["region"]
