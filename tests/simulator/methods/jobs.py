# SPDX-License-Identifier: GPL-3.0-or-later
"""`core`: jobs (truenas-api/wire.md §7, tasks.md §10; upstream service/core_service.py)."""

from __future__ import annotations

import errno
from typing import Any

from .. import versions
from ..errors import CallError, InstanceNotFound
from ..jobs import Job, Kind
from ..models import model
from ..nas import refusal
from ..query import query_args
from .registry import Access, Call, method, same

_ONE = model("CoreJobArgs", id=int)


@method("core.get_jobs", args=query_args, access=Access.SESSION, path_since="v25.10.0")
async def get_jobs(call: Call, filters: list[Any], options: dict[str, Any]) -> Any:
    """Return the jobs that match, to all but full administrators only those that they can see."""
    credential = call.session.credential
    assert credential is not None, "only who is logged in may ask"
    seen = [job.encoded() for job in call.nas.jobs.all() if not refusal(job, credential, watch=True)]
    return call.matching(seen, filters, options)


@method("core.job_wait", args=same(_ONE), access=Access.SESSION, path_since="v25.10.0", job=Kind())
async def job_wait(call: Call, job: Job, number: int) -> Any:
    """Return a job that ends as another one does, and has its progress. Raises InstanceNotFound."""
    return await job.follow(_job(call, number, watch=True))


@method("core.job_abort", args=same(_ONE), access=Access.SESSION, path_since="v25.10.0")
async def job_abort(call: Call, number: int) -> None:
    """End a job. Raises InstanceNotFound, CallError for a job of somebody else."""
    _job(call, number).abort()


def _job(call: Call, number: int, *, watch: bool = False) -> Job:
    """Return the job of a number. Raises InstanceNotFound, before 25.10 KeyError, and CallError without the right."""
    found = call.nas.jobs.get(number)
    if found is None and not versions.at_least(call.nas.version, "v25.10.0"):
        raise KeyError(number)
    if found is None:
        raise InstanceNotFound(f"Job with id {number} does not exist")
    if call.session.credential and (reason := refusal(found, call.session.credential, watch=watch)):
        raise CallError(reason, errno.EPERM)
    return found
