# SPDX-License-Identifier: GPL-3.0-or-later
"""Try each case with exactly its rights and without each of them, and show the outcomes as a table."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ansible_collections.nasops.truenas.plugins.filter.least_policy import least_policy
from tests.markdown import table

from ..b2_store import BUCKET, CALLS, B2Store
from ..s3 import S3
from .cases import Case
from .programs import Done, Place, b2_place, client, key_with, s3_place

_numbers = itertools.count(1)

Found = dict[str, dict[str, "Outcome"]]
"""The outcomes by case and removed right; an empty text for none."""


@dataclass(frozen=True)
class Outcome:
    """The end of a run: the right that was removed, if any, and the commands."""

    removed: str
    done: tuple[Done, ...]

    @property
    def works(self) -> bool:
        """Whether every command ended with 0."""
        return all(done.returncode == 0 for done in self.done)

    @property
    def text(self) -> str:
        """The outcome in a cell of the table."""
        last = self.done[-1]
        return "runs" if self.works else f"fails ({last.returncode})"


def rights_of(least: dict[str, Any]) -> list[str]:
    """Return the actions or capabilities that a filter's result allows, sorted."""
    if "policy" not in least:
        return list(least["capabilities"])
    return sorted({action for statement in least["policy"]["Statement"] for action in statement["Action"]})


def without(least: dict[str, Any], right: str) -> dict[str, Any]:
    """Return the result without one right."""
    changed = copy.deepcopy(least)
    if "policy" not in changed:
        changed["capabilities"].remove(right)
        return changed
    kept = []
    for statement in changed["policy"]["Statement"]:
        statement["Action"] = [action for action in statement["Action"] if action != right]
        kept += [statement] if statement["Action"] else []
    changed["policy"]["Statement"] = kept
    return changed


class PolicyTrials:
    """Trials at a server with policies."""

    provider = "s3"

    def __init__(self, server: S3) -> None:
        self.server = server

    def bucket(self) -> str:
        """Return a new bucket."""
        name = f"trial-{next(_numbers)}"
        client("s3", self.server, self.server.admin_key).create_bucket(Bucket=name)
        return name

    def places(self, least: dict[str, Any], local: Path, bucket: str) -> tuple[Place, Place]:
        """Return the place for a key with all rights, and that for one with the rights."""
        return (
            s3_place(self.server, self.server.key, local, bucket),
            s3_place(self.server, key_with(self.server, least["policy"]), local, bucket),
        )


class CapabilityTrials:
    """Trials at servers with capabilities: each has one bucket, and is used once."""

    provider = "b2"

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack

    def bucket(self) -> str:
        """Return the name of the only bucket."""
        return BUCKET

    def places(self, least: dict[str, Any], local: Path, bucket: str) -> tuple[Place, Place]:
        """Return the place for a key with all rights, and that for one with the rights, on a new server."""
        server = self.stack.enter_context(B2Store())
        every = sorted({capability for needed in CALLS.values() for capability in needed})
        return b2_place(server, every, local), b2_place(server, least["capabilities"], local)


Trials = PolicyTrials | CapabilityTrials


def least_of(case: Case, trials: Trials, bucket: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the filter's result for a case, and the task with the settings that the result requires."""
    task = {**case.task, "bucket": bucket}
    least = least_policy(task, trials.provider, case.variant, case.has_region)
    settings = () if case.as_declared else ("args", "keep_last")
    return least, {**task, **{name: least[name] for name in settings if name in least}}


def tried(case: Case, trials: Trials, right: str = "") -> Outcome:
    """Run a case with its rights, or without one of them."""
    bucket = trials.bucket()
    least, task = least_of(case, trials, bucket)
    with TemporaryDirectory(prefix="rights-") as folder:
        prepared, tested = trials.places(without(least, right) if right else least, Path(folder), bucket)
        case.prepare(prepared)
        return Outcome(right, tuple(case.run(tested, task)))


def trials_of(cases: Iterable[Case], trials: Trials, quick: bool) -> Iterator[tuple[Case, str]]:
    """Yield each case with an empty text, and with each right to remove; without the slow ones if `quick`."""
    for case in cases:
        yield case, ""
        for right in () if case.as_declared else rights_of(least_of(case, trials, "trial")[0]):
            if not (quick and right in case.slow):
                yield case, right


def run(cases: Sequence[Case], trials: Trials, at_once: int, quick: bool = False) -> Found:
    """Return the outcomes by case and removed right."""
    jobs = [*trials_of(cases, trials, quick)]
    with ThreadPoolExecutor(at_once) as pool:
        outcomes = [*pool.map(lambda job: tried(job[0], trials, job[1]), jobs)]
    found: Found = {}
    for (case, right), outcome in zip(jobs, outcomes, strict=True):
        found.setdefault(case.name, {})[right] = outcome
    return found


def markdown(found: Found) -> str:
    """Return the outcomes as a table: a row for each case, and a column for each right."""
    rights = sorted({right for outcomes in found.values() for right in outcomes if right})
    head = ["task", "with exactly its rights", *(f"without `{right}`" for right in rights)]
    rows = [
        [name, outcomes[""].text, *(outcomes[right].text if right in outcomes else "" for right in rights)]
        for name, outcomes in found.items()
    ]
    return "".join(f"{line}\n" for line in table(head, rows))


def wrong(cases: Iterable[Case], found: Found) -> Iterator[str]:
    """Yield each run that did not end as the rights promise."""
    for case in cases:
        for removed, outcome in found.get(case.name, {}).items():
            if outcome.works is bool(removed or case.as_declared):
                errors = " / ".join(done.stderr[-300:] for done in outcome.done if done.returncode)
                yield f"{case.name}, without {removed or 'nothing'}: {outcome.text} {errors}"
