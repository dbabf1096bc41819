# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification of credentials by the NAS and by the controller, and the interpretation of the answers."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...diagnosis import causes
from ...diagnosis.causes import Cause
from ...diagnosis.classify import classify, error_line, explained
from ...diagnosis.pool import Job, probe_all
from ...diagnosis.probes.base import NO_BUCKET, ProbeRefused, ProbeTarget, unresolved
from ...errors import MissingLibrary, NotPermitted, RateLimited, ServerFault, TimedOut, TrueNASError, sentences
from ...fields.kinds import MASK
from ...keypair.kind import private_keys
from ...keypair.stored import WRITE_ROLE as KEYPAIR_ROLE
from ...nas.client import Nas
from ...protocol.faults import ENOMETHOD, METHOD_NOT_FOUND
from ...providers import Provider
from ...redaction.texts import MAX_ERROR_LENGTH, provider_secrets, redact_text
from ...transport.calls import Call
from ..change import CredentialPlan
from ..facts import WRITE_ROLE
from ..keypair_reference import PENDING_ID
from ..spec import DesiredCredential
from ..stored import keypair_of
from .request import CONTROLLER, FAIL_UNLESS_VALID, NAS, VerifyRequest

VALID = "valid"
SKIPPED = "skipped"
NOT_STORED = "not_stored_yet"
"""The cause of a skipped verification that is possible after the write."""

_NOT_STORED = "The NAS can list buckets and folders only with a credential that it stores"
# From 25.10 on, a NAS does not list with an older version of the API (truenas-api/wire.md, Corrections).
_CANNOT_LIST = "The NAS cannot list buckets and folders with this API version"
_HOW_TO_LIST = "Remove api_version, or set verify_by: controller."

WHO = {NAS: "NAS", CONTROLLER: "controller"}
SEVERITY = (SKIPPED, VALID, causes.INCONCLUSIVE, causes.INVALID)
"""The states of a verification. If both sides verify a credential, the later state in this order is reported."""


@dataclass(frozen=True)
class Verification:
    """The result of a verification by one side.

    `state` is valid, invalid (the provider refused, or does not exist), inconclusive, or skipped (not attempted). `by` is the
    side that verified. `cause` is the name of the cause, `error` is the provider's error without secrets, and `hint` is the
    remedy. `seconds` is the time until the answer.
    """

    state: str
    by: str = NAS
    cause: str = ""
    error: str = ""
    hint: str = ""
    seconds: float = 0.0

    @property
    def reason(self) -> str:
        """The error and the hint as sentences."""
        return why(vars(self))


def why(verification: Mapping[str, Any]) -> str:
    """Return the error and the hint of a verification as sentences."""
    return sentences(verification.get("error") or "no reason given", verification.get("hint") or "")


Verifications = tuple[Verification, ...]
"""The verifications of one credential, one from each side."""


@dataclass(frozen=True)
class Subject:
    """A credential to verify: its complete wire values, and its `id` if the NAS stores exactly these values."""

    provider: type[Provider] | None
    wire: Mapping[str, Any]
    request: VerifyRequest
    id: int | None = None

    @property
    def requires_listing(self) -> bool:
        """Whether the NAS must list the bucket or folder in the request, or the buckets: an empty root proves nothing."""
        return self.request.opens_place or (self.provider is not None and self.provider.has_buckets)


def worst(verifications: Verifications) -> Verification:
    """Return the most severe of the verifications."""
    return max(verifications, key=lambda verification: SEVERITY.index(verification.state))


def pending(verifications: Verifications) -> bool:
    """Return whether the NAS must still list buckets or a folder after it stores the credential."""
    return any(verification.cause == NOT_STORED for verification in verifications)


def public(verifications: Verifications) -> dict[str, Any] | None:
    """Return the verification for a task's result: the most severe one, with both as `parts` if two sides verified."""
    if not verifications:
        return None
    parts = [dict(vars(verification)) for verification in verifications]
    return {**vars(worst(verifications)), **({"parts": parts} if len(parts) > 1 else {})}


def warnings(name: str, verifications: Verifications, note: str) -> Iterator[str]:
    """Yield a warning for each verification that was skipped or inconclusive. `note` states that the NAS stores the values."""
    result = worst(verifications) if verifications else None
    if result and result.state == causes.INCONCLUSIVE:
        remedy = "To refuse them, set on_inconclusive: fail." if note else ""
        yield sentences(f"Verification of {name!r} was inconclusive: {result.reason}", note, remedy)
    elif result and result.state == SKIPPED:
        remedy = f"To refuse them, set on_inconclusive: {FAIL_UNLESS_VALID}." if note else ""
        yield sentences(f"Skipped the verification of {name!r}: {result.reason}", note, remedy)
    else:
        for verification in verifications:
            if verification.state == SKIPPED:
                side = WHO[verification.by]
                yield f"Skipped the verification of {name!r} from the {side}: {verification.reason}"


def wanted(desired: DesiredCredential, plan: CredentialPlan, check_mode: bool) -> bool:
    """Return whether the task requests a verification. Check mode verifies only with `always`, because it contacts providers."""
    if not plan.candidate:
        return False
    when = desired.verify_request.when
    return when == "always" or (when == "changed" and "provider" in plan.payload and not check_mode)


def verify_all(subjects: Sequence[Subject], nas: Nas) -> list[Verifications | TrueNASError]:
    """Return the verifications of each subject, or the exception if one could not run.

    The NAS runs ten calls at the same time, and the controller as many probes. `nas.progress` is called after each of them.
    """
    answers: list[dict[str, Verification | TrueNASError]] = [{} for subject in subjects]
    asked: dict[str, list[int]] = {NAS: [], CONTROLLER: []}
    for index, subject in enumerate(subjects):
        for side in subject.request.sides:
            reason = _reason_to_skip(subject, side, nas.has_role(WRITE_ROLE))
            if reason:
                answers[index][side] = Verification(SKIPPED, side, error=reason)
            else:
                asked[side].append(index)
    start = time.monotonic()
    jobs, not_probed = _jobs(subjects, asked[CONTROLLER], nas)
    for index, verification in not_probed.items():
        answers[index][CONTROLLER] = verification
    total = len(asked[NAS]) + len(jobs)
    done = itertools.count(1)
    probes = probe_all(jobs)
    for order, answer in nas.each([_question(subjects[index]) for index in asked[NAS]]):
        index = asked[NAS][order]
        answers[index][NAS] = _judge(subjects[index], answer, _since(start))
        nas.progress(next(done), total)
    for probed in probes:
        answers[probed.index][CONTROLLER] = _judge_probe(subjects[probed.index], probed.problem, probed.seconds)
        nas.progress(next(done), total)
    return [_together(subject, of_sides) for subject, of_sides in zip(subjects, answers, strict=True)]


def _since(start: float) -> float:
    return round(time.monotonic() - start, 2)


def _together(
    subject: Subject, answers: Mapping[str, Verification | TrueNASError]
) -> tuple[Verification, ...] | TrueNASError:
    verifications = []
    for side in subject.request.sides:
        answer = answers[side]
        if isinstance(answer, TrueNASError):
            return answer
        verifications.append(answer)
    return tuple(verifications)


def _reason_to_skip(subject: Subject, side: str, may_write: bool) -> str:
    provider = subject.provider
    if provider is not None and (
        reason := provider.why_not_to_use_token(subject.request.may_refresh, "a verification")
    ):
        return reason
    if keypair_of(provider, subject.wire) == PENDING_ID:
        return "The SSH keypair of the credential does not exist yet"
    if side == NAS:
        return "" if may_write else f"The NAS verifies only for accounts with the role {WRITE_ROLE}"
    if provider is None or provider.probe is None:
        title = provider.title if provider else "this provider"
        return f"The controller cannot verify credentials for {title}, only the NAS can"
    if MASK in subject.wire.values():
        return f"The NAS hides values from this account, which needs the role {WRITE_ROLE}"
    return ""


def _question(subject: Subject) -> Call:
    """Return the call with which the NAS verifies a credential.

    The NAS lists buckets and folders only with a credential that it stores (truenas-api/wire.md §7b).
    """
    request = subject.request
    if not subject.requires_listing or subject.id is None:
        return Call("cloudsync.credentials.verify", (subject.wire,), request.timeout)
    if not request.opens_place:
        return Call("cloudsync.list_buckets", (subject.id,), request.timeout)
    attributes = {"folder": request.path, **({"bucket": request.bucket} if request.bucket else {})}
    folder = {"credentials": subject.id, "attributes": attributes}
    return Call("cloudsync.list_directory", (folder,), request.timeout)


def _jobs(subjects: Sequence[Subject], indexes: Iterable[int], nas: Nas) -> tuple[list[Job], dict[int, Verification]]:
    """Return the probes to run on the controller, and the verifications of subjects whose keypair it cannot read."""
    jobs: list[Job] = []
    not_probed: dict[int, Verification] = {}
    ids = {index: keypair_of(subjects[index].provider, subjects[index].wire) for index in indexes}
    keys = private_keys(nas) if any(keypair_id is not None for keypair_id in ids.values()) else {}
    for index, keypair_id in ids.items():
        subject = subjects[index]
        if keypair_id is not None and keys is None:
            text = f"The NAS shows the private key only to accounts with the role {KEYPAIR_ROLE}"
            not_probed[index] = Verification(SKIPPED, CONTROLLER, error=text)
        elif keypair_id is not None and keypair_id not in (keys or {}):
            not_probed[index] = _refusal(subject, CONTROLLER, "", causes.MISSING_KEYPAIR, 0.0)
        elif subject.provider is not None and subject.provider.probe is not None:
            request = subject.request
            key = (keys or {}).get(keypair_id) if keypair_id is not None else None
            target = ProbeTarget(request.bucket, request.path, request.write, request.timeout, key)
            jobs.append(Job(index, subject.provider.probe, subject.wire, target))
    return jobs, not_probed


def _judge(subject: Subject, answer: Any, seconds: float) -> Verification | TrueNASError:
    """Return the verification for an answer of the NAS (truenas-api/wire.md §3, verify; §7b)."""
    if isinstance(answer, (NotPermitted, RateLimited)):
        return answer
    if isinstance(answer, TimedOut):
        text = f"No answer within verify_timeout ({subject.request.timeout:g} s)"
        return _refusal(subject, NAS, text, causes.TIMEOUT, seconds)
    if isinstance(answer, ServerFault) and (answer.code == METHOD_NOT_FOUND or answer.errno == ENOMETHOD):
        return Verification(causes.INCONCLUSIVE, NAS, error=_CANNOT_LIST, hint=_HOW_TO_LIST, seconds=seconds)
    if isinstance(answer, TrueNASError):
        text = answer.reason if isinstance(answer, ServerFault) else str(answer)
        refusal = _refusal(subject, NAS, text, None, seconds)
        # A call that lists reports rclone's error as its own. Other errors do not concern the credential.
        listed = subject.id is not None and subject.requires_listing and isinstance(answer, ServerFault)
        if refusal.cause == causes.UNKNOWN.name and not listed:
            return Verification(causes.INCONCLUSIVE, NAS, refusal.cause, refusal.error, refusal.hint, seconds)
        return refusal
    if isinstance(answer, list):
        if not answer and not subject.request.opens_place:
            return _refusal(subject, NAS, NO_BUCKET, causes.EMPTY_ROOT, seconds)
        return Verification(VALID, NAS, seconds=seconds)
    if not isinstance(answer, Mapping):
        return Verification(
            causes.INCONCLUSIVE, NAS, error="The NAS answered in a form that this collection does not support"
        )
    if not answer.get("valid"):
        error_text = "\n".join(str(answer.get(part) or "") for part in ("excerpt", "error"))
        refusal = _refusal(subject, NAS, error_text, None, seconds)
        if not subject.request.opens_place or refusal.cause in causes.DECISIVE:
            return refusal
    if subject.requires_listing:
        return Verification(SKIPPED, NAS, NOT_STORED, _NOT_STORED, seconds=seconds)
    return Verification(VALID, NAS, seconds=seconds)


def _judge_probe(subject: Subject, problem: Exception | None, seconds: float) -> Verification | TrueNASError:
    """Return the verification for the result of a probe, None for success."""
    if problem is None:
        return Verification(VALID, CONTROLLER, seconds=seconds)
    if isinstance(problem, MissingLibrary):
        return problem
    if isinstance(problem, ProbeRefused):
        # The library's text might hide the cause: botocore reports an unknown host as an endpoint that it cannot connect to.
        cause = causes.UNKNOWN_HOST if unresolved(problem) else problem.cause
        return _refusal(subject, CONTROLLER, str(problem), cause, seconds)
    # An unexpected failure of a library: its text might contain secrets in other forms.
    text = f"The check itself failed ({type(problem).__name__})"
    return Verification(causes.INCONCLUSIVE, CONTROLLER, causes.UNKNOWN.name, text, seconds=seconds)


def _refusal(subject: Subject, side: str, text: str, cause: Cause | None, seconds: float) -> Verification:
    provider, wire = subject.provider, subject.wire
    explained_cause = explained(cause, provider, wire) if cause else classify(text, provider, wire)
    hidden = [*provider_secrets(wire)]
    # Redact first, because `error_line` could leave a part of a secret that cannot be recognized.
    error = redact_text(error_line(redact_text(text, hidden)), hidden)[:MAX_ERROR_LENGTH]
    hint = redact_text(explained_cause.hint, hidden)
    return Verification(explained_cause.state, side, explained_cause.name, error, hint, seconds)
