# SPDX-License-Identifier: GPL-3.0-or-later
"""The data that a cloud backup task has added to its repository, from restic's summary in the log of its job."""

from __future__ import annotations

import re
from typing import Any

from ..cloud_task.transfer import Transfer
from ..protocol.jobs import Job

_LINE = re.compile(r"(?m)^(\w+): (\S+)$")


def read(job: Job) -> Transfer:
    """Return the new and changed files, the added bytes, and the snapshot. Values that the log does not have are None.

    Each run makes a snapshot. One without new data transfers nothing, so it counts as no change.
    """
    summary = {match[1]: match[2] for match in _LINE.finditer(job.log)}
    new, changed, added = (_number(summary.get(key)) for key in ("files_new", "files_changed", "data_added"))
    files = None if new is None or changed is None else new + changed
    shown: dict[str, Any] = {"files": files, "bytes": added, "snapshot": summary.get("snapshot_id")}
    return Transfer(shown, None if added is None else added > 0 or bool(files))


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch("[0-9]{1,18}", text) else None
