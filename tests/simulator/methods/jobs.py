# SPDX-License-Identifier: GPL-3.0-or-later
"""`core`: jobs (truenas-api/wire.md §7, tasks.md §10; upstream service/core_service.py)."""

from __future__ import annotations

from typing import Any

from ..jobs import Job, Kind
from ..models import model
from ..query import query_args
from .registry import Access, Call, method, same

_ONE = model("CoreJobArgs", id=int)


@method("core.get_jobs", args=query_args, access=Access.SESSION, path_since="v25.10.0")
async def get_jobs(call: Call, filters: list[Any], options: dict[str, Any]) -> Any:
    """Return the jobs that match. The NAS has only one user, who sees all of them."""
    return call.matching([job.encoded() for job in call.nas.jobs.all()], filters, options)


@method("core.job_wait", args=same(_ONE), access=Access.SESSION, path_since="v25.10.0", job=Kind())
async def job_wait(call: Call, _job: Job, number: int) -> Any:
    """Return a job that ends as another one does."""
    return await call.nas.jobs[number].wait()


@method("core.job_abort", args=same(_ONE), access=Access.SESSION, path_since="v25.10.0")
async def job_abort(call: Call, number: int) -> None:
    """End a job. Raises KeyError for an unknown one, as the server does."""
    call.nas.jobs[number].abort()
