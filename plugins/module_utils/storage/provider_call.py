# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls for which the NAS contacts a provider, and the explanation of their failures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..diagnosis.causes import classify_call, error_line
from ..errors import Problem, ProviderFailed, ServerFault, TimedOut, sentences
from ..nas.client import Nas
from ..providers import Provider
from ..redaction.texts import LONGEST_ERROR, provider_secrets, redact_text
from ..timeouts import timeout_problems
from ..transport.calls import Call


def problems(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for an invalid timeout. The NAS itself does not limit the time (truenas-api/wire.md §7b)."""
    yield from timeout_problems("provider_timeout", params["provider_timeout"])


def ask(nas: Nas, call: Call, what: str, provider: type[Provider], wire: Mapping[str, Any]) -> Any:
    """Return the result of a call for which the NAS contacts a provider.

    `what` completes "The NAS cannot ..." in errors. `wire` is the credential, whose secrets are redacted. Raises TimedOut,
    ProviderFailed with the cause and the provider's error, or the error of the NAS itself.
    """
    try:
        return nas.call(call.method, *call.params, timeout=call.timeout)
    except TimedOut:
        raise TimedOut(
            f"The NAS could not {what} within provider_timeout ({call.timeout:g} s). Raise provider_timeout, or check the "
            "network path to the provider."
        ) from None
    except ServerFault as fault:
        cause = classify_call(fault.reason, provider, wire)
        hidden = [*provider_secrets(wire)]
        text = redact_text(error_line(fault.reason) or "no reason given", hidden)[:LONGEST_ERROR]
        hint = redact_text(cause.hint, hidden)
        raise ProviderFailed(sentences(f"The NAS cannot {what}: {text}", hint), cause.name, hint) from None
