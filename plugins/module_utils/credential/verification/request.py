# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task asks of a verification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import Problem
from ...providers import Provider
from ...timeouts import timeout_problems

NAS = "nas"
CONTROLLER = "controller"
EITHER = "both"


@dataclass(frozen=True)
class VerifyRequest:
    """When to verify, from where, what has to open, and for how long.

    `again` asks for one more verification of what was written; what cannot be verified before is then not written. `bucket` and
    `path` are empty for the root. `timeout` is in seconds, for each credential.
    """

    when: str = "never"
    again: bool = False
    by: str = NAS
    bucket: str = ""
    path: str = ""
    write: bool = False
    timeout: float = 180.0
    may_refresh: bool = False
    inconclusive_fails: bool = False

    @property
    def place(self) -> bool:
        """Whether more than the root has to open."""
        return bool(self.bucket or self.path)

    @property
    def sides(self) -> tuple[str, ...]:
        """From where to verify."""
        return (NAS, CONTROLLER) if self.by == EITHER else (self.by,)


def read(params: Mapping[str, Any]) -> VerifyRequest:
    """Return what the options ask for."""
    return VerifyRequest(
        when=params["verify"],
        again=params["verify_again"],
        by=params["verify_by"],
        bucket=params.get("verify_bucket") or "",
        path=params.get("verify_path") or "",
        write=params["verify_write"],
        timeout=params["verify_timeout"],
        may_refresh=params["verify_may_refresh"],
        inconclusive_fails=params["on_inconclusive"] == "fail",
    )


def problems(request: VerifyRequest, provider: type[Provider] | None) -> Iterator[Problem]:
    """Yield what of the request can never be done, as far as that is known without the NAS."""
    yield from timeout_problems("verify_timeout", request.timeout)
    if request.again and request.when == "never":
        yield Problem("verify_again", "is given, but verify is never", "Set verify to changed or always.")
    if request.write and request.by == NAS:
        yield Problem(
            "verify_write",
            "is given, but the NAS only reads",
            f"Set verify_by to {CONTROLLER} or {EITHER}, or leave it out.",
        )
    if "/" in request.bucket:
        yield Problem("verify_bucket", "has a slash", "Give what comes behind the bucket's name as verify_path.")
    if provider is None:
        return
    if request.bucket and not provider.has_buckets:
        yield Problem(
            "verify_bucket", f"is given, but {provider.title} has no buckets", "Give a folder as verify_path."
        )
    if request.path and provider.has_buckets and not request.bucket:
        yield Problem("verify_path", "is given without verify_bucket", "Give the bucket that the folder is in.")
