# SPDX-License-Identifier: GPL-3.0-or-later
"""The verification options of a task."""

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


FAIL, FAIL_UNLESS_VALID = "fail", "fail_unless_valid"
"""Values of `on_inconclusive`: a verification fails if it is inconclusive, or also if it is skipped."""


@dataclass(frozen=True)
class VerifyRequest:
    """When and from where to verify, the bucket or folder that the credential must open, and the timeout.

    `again` repeats the verification after the write, and prevents the write if the verification before it is skipped. `bucket`
    and `path` are empty for the root. `timeout` is in seconds and applies to each credential.
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
    skipped_fails: bool = False

    @property
    def opens_place(self) -> bool:
        """Whether a bucket or folder must open, not only the root."""
        return bool(self.bucket or self.path)

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides that verify."""
        return (NAS, CONTROLLER) if self.by == EITHER else (self.by,)


def read(params: Mapping[str, Any]) -> VerifyRequest:
    """Return the request for the options."""
    return VerifyRequest(
        when=params["verify"],
        again=params["verify_again"],
        by=params["verify_by"],
        bucket=params.get("verify_bucket") or "",
        path=params.get("verify_path") or "",
        write=params["verify_write"],
        timeout=params["verify_timeout"],
        may_refresh=params["verify_may_refresh"],
        inconclusive_fails=params["on_inconclusive"] in (FAIL, FAIL_UNLESS_VALID),
        skipped_fails=params["on_inconclusive"] == FAIL_UNLESS_VALID,
    )


def problems(request: VerifyRequest, provider: type[Provider] | None) -> Iterator[Problem]:
    """Yield the problems with the request that do not depend on the NAS."""
    yield from timeout_problems("verify_timeout", request.timeout)
    if request.again and request.when == "never":
        yield Problem("verify_again", "requires verify: changed or always", "Set verify, or remove this option.")
    if request.write and request.by == NAS:
        yield Problem(
            "verify_write",
            f"requires verify_by: {CONTROLLER} or {EITHER}, because the NAS only reads",
            "Set verify_by, or remove this option.",
        )
    if "/" in request.bucket:
        yield Problem("verify_bucket", "must not contain a slash", "Move the folder to verify_path.")
    if provider is None:
        return
    if request.bucket and not provider.has_buckets:
        yield Problem(
            "verify_bucket",
            f"requires a provider with buckets, but the provider is {provider.title}",
            "Set verify_path to a folder instead.",
        )
    if request.path and provider.has_buckets and not request.bucket:
        yield Problem(
            "verify_path", "requires verify_bucket", "Set verify_bucket to the bucket that contains the folder."
        )
