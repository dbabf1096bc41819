# SPDX-License-Identifier: GPL-3.0-or-later
"""The pools of the NAS: their datasets, and the folder that stands for /mnt (truenas-api/tasks.md §5 and §15).

Paths are those of the NAS, `/mnt/POOL/...`; `real` gives the place on this machine.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

MNT = "/mnt"
ZVOLS = "/dev/zvol/"
DEFAULT_POOLS = ("tank",)
_LINKS = 40


@dataclass(frozen=True)
class Dataset:
    """A dataset or a zvol. `vm` is whether a virtual machine uses the zvol; `internal` that it is the system's own."""

    name: str
    volume: bool = False
    locked: bool = False
    readonly: bool = False
    vm: bool = False
    internal: bool = False

    @property
    def kind(self) -> str:
        """The server's name for its type."""
        return "VOLUME" if self.volume else "FILESYSTEM"


class Pools:
    """Pools by name, each with a dataset of its own name, and the folder where their files are."""

    def __init__(self, folder: Path, names: tuple[str, ...] = DEFAULT_POOLS, boot: str = "boot-pool") -> None:
        self.folder = folder
        self._prefix = str(folder)
        self.names = names
        self.boot = boot
        self._datasets = {name: Dataset(name) for name in names}
        for name in names:
            self.real(f"{MNT}/{name}").mkdir(parents=True, exist_ok=True)

    def add(self, dataset: Dataset) -> None:
        """Add a dataset or zvol. Raises ValueError if its pool is missing."""
        if dataset.name.split("/", maxsplit=1)[0] not in self.names:
            msg = f"{dataset.name}: there is no such pool; there are {', '.join(self.names)}"
            raise ValueError(msg)
        self._datasets[dataset.name] = dataset
        if not dataset.volume:
            self.real(f"{MNT}/{dataset.name}").mkdir(parents=True, exist_ok=True)

    def dataset(self, name: str) -> Dataset | None:
        """Return the dataset or zvol of a name."""
        return self._datasets.get(name)

    def has_nested(self, name: str) -> bool:
        """Return whether a dataset has another one, not a zvol, below it. A name that is no dataset has none."""
        below = f"{name}/"
        return name in self._datasets and any(
            found.name.startswith(below) and not found.volume for found in self._datasets.values()
        )

    def real(self, path: str) -> Path:
        """Return where a path that begins with /mnt is on this machine; it has no `..`, and its links are left alone."""
        return Path(self._real(path))

    def shown(self, text: str) -> str:
        """Return a text about files of this machine as the NAS writes it."""
        return text.replace(str(self.folder), MNT)

    def resolve(self, path: str) -> str:
        """Return the real path, through links and `..`, in the names of the NAS (as os.path.realpath there gives it)."""
        found, rest, links = "/", list(reversed(path.split("/"))), 0
        if not path.startswith("/"):
            found = "/root"
        while rest:
            step = rest.pop()
            if step in ("", "."):
                continue
            found = os.path.dirname(found) if step == ".." else os.path.join(found, step)
            if found.startswith(f"{MNT}/") and os.path.islink(real := self._real(found)) and links < _LINKS:
                links += 1
                target = os.readlink(real)
                found = "/" if target.startswith("/") else os.path.dirname(found)
                rest += reversed(target.split("/"))
        return found

    def in_pool(self, path: str) -> bool:
        """Return whether a path is a pool's mount point, or below it, after links."""
        resolved = self.resolve(path)
        mounts = [f"{MNT}/{name}" for name in self.names]
        return path.startswith(f"{MNT}/") and any(
            resolved == mount or resolved.startswith(f"{mount}/") for mount in mounts
        )

    def is_zfs_control(self, path: str) -> bool:
        """Return whether a path is a dataset's .zfs or .zfs/snapshot."""
        resolved = self.resolve(path)
        for tail in ("/.zfs", "/.zfs/snapshot"):
            name = resolved.removesuffix(tail).removeprefix(f"{MNT}/")
            if resolved.endswith(tail) and name in self._datasets:
                return True
        return False

    def is_dir(self, path: str) -> bool:
        """Return whether a path is a directory."""
        resolved = self.resolve(path)
        return resolved.startswith(MNT) and self.real(resolved).is_dir()

    def exists(self, path: str) -> bool:
        """Return whether there is anything at a path."""
        resolved = self.resolve(path)
        return resolved.startswith(MNT) and self.real(resolved).exists()

    def is_readonly(self, path: str) -> bool:
        """Return whether the dataset that holds a path is read-only."""
        found = self._holder(self.resolve(path))
        return found is not None and found.readonly

    def is_locked(self, path: str) -> bool:
        """Return whether the dataset or zvol of a path, or one above it, is locked; links are not followed."""
        name = path.removeprefix(ZVOLS).replace("+", " ") if path.startswith(ZVOLS) else path.removeprefix(f"{MNT}/")
        steps = os.path.normpath(name).split("/")
        names = ["/".join(steps[:length]) for length in range(1, len(steps) + 1)]
        return any(found.locked for name in names if (found := self._datasets.get(name)))

    def split(self, path: str) -> tuple[str | None, str | None]:
        """Return a path's dataset and the path in it; None for both if it is locked or missing."""
        resolved = self.resolve(path)
        holder = self._holder(resolved)
        if holder is None or self.is_locked(resolved) or not os.path.exists(self._real(resolved)):
            return None, None
        return holder.name, resolved.removeprefix(f"{MNT}/{holder.name}").strip("/")

    @contextmanager
    def snapshot(self, path: str) -> Iterator[Path]:
        """Yield a copy of a directory as it is now, on this machine, gone when the context ends."""
        with TemporaryDirectory(prefix="snapshot-") as folder:
            copy = Path(folder, "copy")
            shutil.copytree(self.real(self.resolve(path)), copy, symlinks=True)
            yield copy

    def _real(self, path: str) -> str:
        return f"{self._prefix}{path[len(MNT) :]}"

    def _holder(self, resolved: str) -> Dataset | None:
        """Return the innermost dataset that holds a path."""
        below = [
            found
            for found in self._datasets.values()
            if not found.volume and f"{resolved}/".startswith(f"{MNT}/{found.name}/")
        ]
        return max(below, key=lambda found: len(found.name), default=None)


def plant(folder: Path, seed: dict[str, Any], boot: str = "boot-pool") -> Pools:
    """Return the pools of a seed; without any, one pool `tank` with a directory `data`.

    `pools` are names; `datasets` have `name`, and `type`, `locked`, `readonly`, `vm`, `internal` where they differ from the
    default; `directories` are paths, `files` texts by path. Raises ValueError for what makes no sense.
    """
    pools = Pools(folder, tuple(seed.get("pools", DEFAULT_POOLS)), seed.get("boot_pool", boot))
    for row in seed.get("datasets", []):
        marks = {key: bool(row[key]) for key in row.keys() - {"name", "type"}}
        try:
            pools.add(Dataset(row["name"], volume=row.get("type") == "VOLUME", **marks))
        except TypeError as error:
            msg = f"{row['name']}: {error}"
            raise ValueError(msg) from None
    default = [] if "pools" in seed else [f"{MNT}/{pools.names[0]}/data"]
    for path in (*default, *seed.get("directories", [])):
        _inside(pools, path).mkdir(parents=True, exist_ok=True)
    for path, text in seed.get("files", {}).items():
        file = _inside(pools, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return pools


def _inside(pools: Pools, path: str) -> Path:
    if not pools.in_pool(path):
        msg = f"{path}: lies in no pool; there are {', '.join(pools.names)}"
        raise ValueError(msg)
    return pools.real(pools.resolve(path))
