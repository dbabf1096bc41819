# SPDX-License-Identifier: GPL-3.0-or-later
"""The command lines of rclone and restic, and the folders that stand for pools (truenas-api/tasks.md §6, §15, §16)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.pools import Dataset, Pools, plant
from tests.simulator.restic import repository
from tests.simulator.transfer import arguments, filters

from .samples import stored
from .task_samples import bucket

TASK: dict[str, Any] = {
    "path": "/mnt/tank/data",
    "attributes": bucket("/f/"),
    "direction": "PUSH",
    "transfer_mode": "SYNC",
    "include": [],
    "exclude": [],
    "args": "",
    "bwlimit": [],
    "transfers": None,
    "follow_symlinks": False,
    "create_empty_src_dirs": False,
    "encryption": False,
    "password": "p",
}
START = ["--config", "c", "-v", "--stats", "1s"]
END = ["--filter-from", "f"]


def command(provider: str = "S3", *, dry_run: bool = False, **more: Any) -> list[str]:
    return arguments({**TASK, **more}, stored(provider), "c", "f", "/here", dry_run=dry_run)


def test_the_least_command_line() -> None:
    assert command() == [*START, *END, "sync", "/here", "remote:bucket/f"]
    assert command(direction="PULL", transfer_mode="MOVE") == [*START, *END, "move", "remote:bucket/f", "/here"]
    assert command("FTP", attributes={"folder": ""})[-1] == "remote:/"
    assert command(encryption=True)[-1] == "encrypted:/"


def test_every_argument_has_its_place() -> None:
    limits = [{"time": "08:00", "bandwidth": 512}, {"time": "23:00", "bandwidth": None}]
    full = command(
        attributes=bucket(fast_list=True),
        follow_symlinks=True,
        transfers=4,
        bwlimit=limits,
        dry_run=True,
        args="--a 'b c'",
        create_empty_src_dirs=True,
    )
    limit = "08:00,512b 23:00,off"
    options = ["--fast-list", "-L", "--transfers", "4", "--bwlimit", limit, "--dry-run"]
    ends = ["sync", "--create-empty-src-dirs", "/here", "remote:bucket/"]
    assert full == [*START, *options, *END, "--a", "b c", *ends]
    assert "--multi-thread-cutoff=401M" in command("B2", attributes=bucket(chunk_size=200))


def test_filters() -> None:
    always = ["- .zfs", "- .zfs/**"]
    assert filters({**TASK, "exclude": ["b", "a"]}) == [*always, "- b", "- a"]
    assert filters({**TASK, "include": ["/docs/**"], "exclude": ["x"]}) == [*always, "- x", "+ /docs/**", "- *"]
    assert "- /ix-apps/**" in filters({**TASK, "path": "/mnt/tank/"})


@pytest.mark.parametrize(
    ("provider", "change", "region", "place"),
    [
        ("S3", {}, "", "s3:s3.amazonaws.com/bucket/f"),
        ("S3", {"region": "eu-1"}, "", "s3:s3.eu-1.amazonaws.com/bucket/f"),
        ("S3", {"region": "eu-1"}, "us-2", "s3:s3.us-2.amazonaws.com/bucket/f"),
        ("S3", {"endpoint": "http://h:9/"}, "us-2", "s3:http://h:9/bucket/f"),
        ("STORJ_IX", {}, "", "s3:gateway.storjshare.io/bucket/f"),
    ],
)
def test_the_address_of_a_repository(provider: str, change: dict[str, Any], region: str, place: str) -> None:
    task = {**TASK, "attributes": bucket("/f/", region=region)}
    found = repository(task, {**stored(provider), **change})
    assert found.place == place
    assert found.arguments == ("--no-cache", "--json", "-r", place)
    assert dict(found.keys) == {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "RESTIC_PASSWORD": "p"}


def test_paths_go_through_links_of_the_nas_only(tmp_path: Path) -> None:
    pools = Pools(tmp_path, ("tank", "other"))
    pools.add(Dataset("tank/a"))
    for name, target in (("up", ".."), ("there", "/mnt/other/x"), ("away", "/etc"), ("loop", "loop")):
        os.symlink(target, tmp_path / "tank" / "a" / name)
    for path, found in (
        ("/mnt/tank/a/./b//c/", "/mnt/tank/a/b/c"),
        ("/mnt/tank/a/up/b", "/mnt/tank/b"),
        ("/mnt/tank/a/there/y", "/mnt/other/x/y"),
        ("/mnt/tank/a/there/../y", "/mnt/other/y"),
        ("/mnt/tank/a/away/passwd", "/etc/passwd"),
        ("/mnt/../etc", "/etc"),
    ):
        assert pools.resolve(path) == found
    assert pools.in_pool("/mnt/tank/a/there")
    assert not pools.in_pool("/mnt/tank/a/away")
    assert pools.resolve("/mnt/tank/a/loop").startswith("/mnt/tank/a")
    assert pools.split("/mnt/tank/a/up") == ("tank", "")


def test_a_seed_has_to_make_sense(tmp_path: Path) -> None:
    for seed, problem in (
        ({"datasets": [{"name": "none/a"}]}, "none/a: there is no such pool"),
        ({"datasets": [{"name": "tank/a", "odd": True}]}, "tank/a: .*odd"),
        ({"directories": ["/mnt/none/a"]}, "/mnt/none/a: lies in no pool"),
    ):
        with pytest.raises(ValueError, match=problem):
            plant(tmp_path, seed)
    pools = plant(tmp_path, {"files": {"/mnt/tank/x/y.txt": "text"}})
    assert pools.real("/mnt/tank/x/y.txt").read_text() == "text"
    assert pools.is_dir("/mnt/tank/data")
