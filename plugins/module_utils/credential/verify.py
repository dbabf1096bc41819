# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a credential opens its provider: asking the NAS, and reading its answer."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import NotPermitted, RateLimited, TimedOut, TrueNASError
from ..hiding import hide, secrets
from .nas import Nas
from .plan import Plan
from .spec import Desired

LONGEST_ERROR = 500
"""Characters of a provider's complaint that are worth showing."""


@dataclass(frozen=True)
class Verification:
    """What came of it.

    `state` is valid, invalid (the provider refused, or is not there), unproven (the NAS could not find out) or skipped.
    `error` says why and holds no secret; `seconds` is the time it took.
    """

    state: str
    error: str = ""
    seconds: float = 0.0

    def public(self) -> dict[str, Any]:
        """Return it as a task's result shows it."""
        return asdict(self)

    def warnings(self, name: str) -> Iterator[str]:
        """Yield what a person should know who asked for a verification and did not get an answer."""
        if self.state in ("unproven", "skipped"):
            yield f"Whether {name!r} opens its provider is not known ({self.state}): {self.error}"


def wanted(desired: Desired, plan: Plan, check_mode: bool) -> bool:
    """Tell whether the task asks for a verification: in check mode only `always` does, as it goes out to the provider."""
    if desired.state == "absent" or not plan.candidate:
        return False
    return desired.verify == "always" or (desired.verify == "changed" and "provider" in plan.payload and not check_mode)


def verify_all(items: Sequence[tuple[Desired, Plan]], nas: Nas) -> list[Verification | TrueNASError]:
    """Return for each whether the credential, as it will be stored, opens its provider.

    An exception stands where the NAS would not even try. All are in flight together, so the slowest one sets the pace.
    """
    found: dict[int, Verification | TrueNASError] = {}
    asked = []
    for place, (desired, plan) in enumerate(items):
        reason = _reason_to_skip(desired, plan, nas.may_write)
        if reason:
            found[place] = Verification("skipped", reason)
        else:
            asked.append(place)
    begun = time.monotonic()
    for turn, answer in nas.verify([(items[place][1].candidate, items[place][0].verify_timeout) for place in asked]):
        place = asked[turn]
        found[place] = _judge(*items[place], answer, round(time.monotonic() - begun, 2))
    return [found[place] for place in range(len(items))]


def _reason_to_skip(desired: Desired, plan: Plan, may_write: bool) -> str:
    if plan.provider is not None and plan.provider.rotates_token and not desired.verify_may_refresh:
        return (
            f"{plan.provider.title} may hand out a new refresh token whenever one is used, and a verification would "
            "throw it away. Set verify_may_refresh to true to verify all the same."
        )
    return "" if may_write else "The NAS lets only an account with the role CLOUD_SYNC_WRITE verify."


def _judge(desired: Desired, plan: Plan, answer: Any, seconds: float) -> Verification | TrueNASError:
    """Return what the NAS's answer to a verification means (truenas-api/wire.md §3, verify)."""
    if isinstance(answer, (NotPermitted, RateLimited)):
        return answer
    if isinstance(answer, TimedOut):
        return Verification("unproven", f"No answer within verify_timeout ({desired.verify_timeout:g} s)", seconds)
    if isinstance(answer, TrueNASError):
        state, error = "unproven", str(answer)
    elif not isinstance(answer, Mapping):
        state, error = "unproven", "The NAS gave no answer that this collection knows"
    else:
        state, error = "valid" if answer.get("valid") else "invalid", answer.get("excerpt") or answer.get("error") or ""
    return Verification(state, hide(_tidy(str(error)), secrets(plan.candidate))[:LONGEST_ERROR], seconds)


def _tidy(excerpt: str) -> str:
    """Return rclone's complaint without its level, what it was doing, and the ids that only the provider can look up."""
    excerpt = re.sub(
        r"^(?:ERROR|CRITICAL|NOTICE) ?: (?:: )?(?:error listing: |Failed to create file system for \S+ )?", "", excerpt
    )
    return re.sub(r"(?:RequestID|HostID): [^,]*, ", "", excerpt).strip().rstrip(".")
