# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a credential opens its provider: asking the NAS, and reading its answer."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, unquote

from ..errors import NotPermitted, RateLimited, ServerError, TimedOut
from ..providers import BY_WIRE_TYPE
from ..providers.values import MASK
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
    return desired.verify == "always" or (desired.verify == "changed" and plan.changed and not check_mode)


def verify(
    desired: Desired, plan: Plan, ask: Callable[[Mapping[str, Any], float], Mapping[str, Any]], may_write: bool
) -> Verification:
    """Return whether the credential, as it will be stored, opens its provider.

    `ask` takes the provider and the seconds it may take, and answers as the NAS does (truenas-api/wire.md §3, verify).
    """
    if plan.provider is not None and plan.provider.rotates_token and not desired.verify_may_refresh:
        return Verification(
            "skipped",
            f"{plan.provider.title} may hand out a new refresh token whenever one is used, and a verification would throw "
            "it away. Set verify_may_refresh to true to verify all the same.",
        )
    if not may_write:
        return Verification("skipped", "The NAS lets only an account with the role CLOUD_SYNC_WRITE verify.")
    begun = time.monotonic()
    try:
        answer = ask(plan.candidate, desired.verify_timeout)
    except TimedOut:
        state, error = "unproven", f"No answer within verify_timeout ({desired.verify_timeout:g} s)."
    except (NotPermitted, RateLimited):
        raise
    except ServerError as refused:
        state, error = "unproven", _without_secrets(str(refused), plan.candidate)
    else:
        state = "valid" if answer.get("valid") else "invalid"
        error = _without_secrets(_tidy(str(answer.get("excerpt") or answer.get("error") or "")), plan.candidate)
    return Verification(state, error[:LONGEST_ERROR], round(time.monotonic() - begun, 2))


def _tidy(excerpt: str) -> str:
    """Return rclone's complaint without its level, what it was doing, and the ids that only the provider can look up."""
    excerpt = re.sub(
        r"^(?:ERROR|CRITICAL|NOTICE) ?: (?:: )?(?:error listing: |Failed to create file system for \S+ )?", "", excerpt
    )
    return re.sub(r"(?:RequestID|HostID): [^,]*, ", "", excerpt).strip().rstrip(".")


def _without_secrets(text: str, candidate: Mapping[str, Any]) -> str:
    for secret in sorted(secrets(candidate), key=len, reverse=True):
        for form in (secret, quote(secret), quote(secret, safe=""), unquote(secret), repr(secret)[1:-1]):
            text = text.replace(form, MASK)
    return text


def secrets(provider: Mapping[str, Any]) -> Iterator[str]:
    """Yield the secret texts in a provider's wire values; of a provider or field that is not known, every text."""
    known = BY_WIRE_TYPE.get(provider["type"])
    options = known.options() if known else {}
    for name, value in provider.items():
        if name in options:
            yield from options[name].secrets(value)
        elif name != "type" and isinstance(value, str) and value:
            yield value
