# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether credentials open their providers: asking the NAS, asking from here, and reading the answers."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...diagnosis import causes
from ...diagnosis.causes import Cause, classify, explained
from ...diagnosis.pool import Job, probe_all
from ...diagnosis.probes.base import NO_BUCKET, Aim, Refused, unresolved
from ...errors import MissingLibrary, NotPermitted, RateLimited, ServerFault, TimedOut, TrueNASError, sentences
from ...keypair.kind import private_keys
from ...keypair.stored import WRITE_ROLE as KEYPAIR_ROLE
from ...nas.client import Nas
from ...protocol.faults import ENOMETHOD, METHOD_NOT_FOUND
from ...providers import Provider
from ...providers.values import MASK
from ...redaction.texts import LONGEST_ERROR, redact_text, secrets
from ...transport.session import Call
from ..facts import WRITE_ROLE
from ..keypair_reference import PENDING_ID
from ..plan import Plan
from ..spec import Desired
from ..stored import keypair_of
from .request import CONTROLLER, NAS, VerifyRequest

VALID = "valid"
SKIPPED = "skipped"
NOT_STORED = "not_stored_yet"
"""The cause of a skipped verification that can be done once the credential is written."""

_NOT_STORED = "The NAS can list buckets, or look into one or into a folder, only with a credential that it stores"
# From 25.10 on, a NAS lists by no older version of the API (truenas-api/wire.md, Corrections).
_CANNOT_LOOK = "By this API version the NAS lists no buckets and looks into none, nor into a folder"
_HOW_TO_LOOK = "Leave api_version out, or have the controller verify."

WHO = {NAS: "NAS", CONTROLLER: "controller"}
GRAVITY = (SKIPPED, VALID, causes.INCONCLUSIVE, causes.INVALID)
"""The states; of two answers on one credential the later one here counts."""


@dataclass(frozen=True)
class Verification:
    """What came of asking one side.

    `state` is valid, invalid (the provider refused, or is not there), inconclusive (nothing was found out) or skipped; `by` who
    asked. `cause` names why, `error` says it in the provider's words and holds no secret, `hint` says what to do. `seconds` is
    the time until the answer was there.
    """

    state: str
    by: str = NAS
    cause: str = ""
    error: str = ""
    hint: str = ""
    seconds: float = 0.0

    @property
    def reason(self) -> str:
        """Error and hint as one text."""
        return why(vars(self))


def why(verification: Mapping[str, Any]) -> str:
    """Return error and hint of a verification as sentences."""
    return sentences(verification.get("error") or "no reason given", verification.get("hint") or "")


Verifications = tuple[Verification, ...]
"""What the sides that were asked have found."""


@dataclass(frozen=True)
class Subject:
    """A credential to verify: its complete wire values, and its `id` if the NAS stores exactly these."""

    name: str
    provider: type[Provider] | None
    wire: Mapping[str, Any]
    request: VerifyRequest
    id: int | None = None

    @property
    def to_look(self) -> bool:
        """Whether the NAS has to look: into the place that is named, else for a bucket, as an empty root proves nothing."""
        return self.request.place or (self.provider is not None and self.provider.has_buckets)


def worst(found: Verifications) -> Verification:
    """Return the answer that counts."""
    return max(found, key=lambda one: GRAVITY.index(one.state))


def pending(found: Verifications) -> bool:
    """Tell whether the NAS still has to look for buckets or into a folder, once it stores the credential."""
    return any(one.cause == NOT_STORED for one in found)


def public(found: Verifications) -> dict[str, Any] | None:
    """Return what a task's result shows: the answer that counts, and both of them if two sides were asked."""
    if not found:
        return None
    shown = [dict(vars(one)) for one in found]
    return {**vars(worst(found)), **({"parts": shown} if len(shown) > 1 else {})}


def warnings(name: str, found: Verifications) -> Iterator[str]:
    """Yield what a person should know who asked for a verification and did not get an answer."""
    if found and worst(found).state in (causes.INCONCLUSIVE, SKIPPED):
        one = worst(found)
        yield f"Whether {name!r} opens its provider is not known ({one.state}): {one.reason}"
    elif len(found) > 1:
        for one in found:
            if one.state == SKIPPED:
                yield f"{name!r} was not verified by the {WHO[one.by]}: {one.reason}"


def wanted(desired: Desired, plan: Plan, check_mode: bool) -> bool:
    """Tell whether the task asks for a verification: in check mode only `always` does, as it goes out to the provider."""
    if desired.state == "absent" or not plan.candidate:
        return False
    when = desired.verify_request.when
    return when == "always" or (when == "changed" and "provider" in plan.payload and not check_mode)


def verify_all(subjects: Sequence[Subject], nas: Nas) -> list[Verifications | TrueNASError]:
    """Return for each what the sides have found; an exception stands where one could not even try.

    The NAS runs ten calls at once, and as many probes run here; none waits for another beyond that. `nas.progress` is told
    each time that one of them is done.
    """
    found: list[dict[str, Verification | TrueNASError]] = [{} for subject in subjects]
    asked: dict[str, list[int]] = {NAS: [], CONTROLLER: []}
    for place, subject in enumerate(subjects):
        for side in subject.request.sides:
            reason = _reason_to_skip(subject, side, nas.may(WRITE_ROLE))
            if reason:
                found[place][side] = Verification(SKIPPED, side, error=reason)
            else:
                asked[side].append(place)
    begun = time.monotonic()
    here, unready = _jobs(subjects, asked[CONTROLLER], nas)
    for place, verification in unready.items():
        found[place][CONTROLLER] = verification
    total = len(asked[NAS]) + len(here)
    done = itertools.count(1)
    probes = probe_all(here)
    for turn, answer in nas.session.each([_question(subjects[place]) for place in asked[NAS]]):
        place = asked[NAS][turn]
        found[place][NAS] = _judge(subjects[place], answer, _since(begun))
        nas.progress(next(done), total)
    for place, problem, seconds in probes:
        found[place][CONTROLLER] = _judge_probe(subjects[place], problem, seconds)
        nas.progress(next(done), total)
    return [_together(subject, answers) for subject, answers in zip(subjects, found, strict=True)]


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 2)


def _together(
    subject: Subject, answers: Mapping[str, Verification | TrueNASError]
) -> tuple[Verification, ...] | TrueNASError:
    found = []
    for side in subject.request.sides:
        answer = answers[side]
        if isinstance(answer, TrueNASError):
            return answer
        found.append(answer)
    return tuple(found)


def _reason_to_skip(subject: Subject, side: str, may_write: bool) -> str:
    provider = subject.provider
    if provider is not None and (
        reason := provider.why_not_to_use_token(subject.request.may_refresh, "a verification")
    ):
        return reason
    if keypair_of(provider, subject.wire) == PENDING_ID:
        return "The SSH keypair that it names is still to be made"
    if side == NAS:
        return "" if may_write else f"The NAS lets only an account with the role {WRITE_ROLE} verify"
    if provider is None or provider.probe is None:
        title = provider.title if provider else "This provider"
        return f"{title} cannot be asked from here, only by the NAS"
    if MASK in subject.wire.values():
        return f"The NAS hides values from this account, which lacks the role {WRITE_ROLE}"
    return ""


def _question(subject: Subject) -> Call:
    """Return the call that has the NAS verify a credential.

    The NAS lists buckets, and looks into one or into a folder, only with a credential that it stores (truenas-api/wire.md §7b).
    """
    request = subject.request
    if not subject.to_look or subject.id is None:
        return Call("cloudsync.credentials.verify", (subject.wire,), request.timeout)
    if not request.place:
        return Call("cloudsync.list_buckets", (subject.id,), request.timeout)
    attributes = {"folder": request.path, **({"bucket": request.bucket} if request.bucket else {})}
    place = {"credentials": subject.id, "attributes": attributes}
    return Call("cloudsync.list_directory", (place,), request.timeout)


def _jobs(subjects: Sequence[Subject], places: Iterable[int], nas: Nas) -> tuple[list[Job], dict[int, Verification]]:
    """Return what to run here, and what is found already: a keypair that an SFTP credential refers to may not be had."""
    jobs: list[Job] = []
    found: dict[int, Verification] = {}
    numbers = {place: keypair_of(subjects[place].provider, subjects[place].wire) for place in places}
    keys = private_keys(nas) if any(number is not None for number in numbers.values()) else {}
    for place, number in numbers.items():
        subject = subjects[place]
        if number is not None and keys is None:
            text = f"The key is on the NAS, which shows it only to an account with the role {KEYPAIR_ROLE}"
            found[place] = Verification(SKIPPED, CONTROLLER, error=text)
        elif number is not None and number not in (keys or {}):
            found[place] = _refusal(subject, CONTROLLER, "", causes.MISSING_KEYPAIR, 0.0)
        elif subject.provider is not None and subject.provider.probe is not None:
            request = subject.request
            key = (keys or {}).get(number) if number is not None else None
            aim = Aim(request.bucket, request.path, request.write, request.timeout, key)
            jobs.append(Job(place, subject.provider.probe, subject.wire, aim))
    return jobs, found


def _judge(subject: Subject, answer: Any, seconds: float) -> Verification | TrueNASError:
    """Return what the NAS's answer means (truenas-api/wire.md §3, verify; §7b)."""
    if isinstance(answer, (NotPermitted, RateLimited)):
        return answer
    if isinstance(answer, TimedOut):
        text = f"No answer within verify_timeout ({subject.request.timeout:g} s)"
        return _refusal(subject, NAS, text, causes.TIMEOUT, seconds)
    if isinstance(answer, ServerFault) and (answer.code == METHOD_NOT_FOUND or answer.errno == ENOMETHOD):
        return Verification(causes.INCONCLUSIVE, NAS, error=_CANNOT_LOOK, hint=_HOW_TO_LOOK, seconds=seconds)
    if isinstance(answer, TrueNASError):
        found = _refusal(subject, NAS, answer.reason if isinstance(answer, ServerFault) else str(answer), None, seconds)
        # What rclone says of a place comes as an error of the call; other errors say nothing of the credential.
        looked = subject.id is not None and subject.to_look and isinstance(answer, ServerFault)
        if found.cause == causes.UNKNOWN.name and not looked:
            return Verification(causes.INCONCLUSIVE, NAS, found.cause, found.error, found.hint, seconds)
        return found
    if isinstance(answer, list):
        if not answer and not subject.request.place:
            return _refusal(subject, NAS, NO_BUCKET, causes.EMPTY_ROOT, seconds)
        return Verification(VALID, NAS, seconds=seconds)
    if not isinstance(answer, Mapping):
        return Verification(causes.INCONCLUSIVE, NAS, error="The NAS gave no answer that this collection knows")
    if not answer.get("valid"):
        error_text = "\n".join(str(answer.get(part) or "") for part in ("excerpt", "error"))
        found = _refusal(subject, NAS, error_text, None, seconds)
        if not subject.request.place or found.cause in causes.DECISIVE:
            return found
    if subject.to_look:
        return Verification(SKIPPED, NAS, NOT_STORED, _NOT_STORED, seconds=seconds)
    return Verification(VALID, NAS, seconds=seconds)


def _judge_probe(subject: Subject, problem: Exception | None, seconds: float) -> Verification | TrueNASError:
    """Return what it means that a probe ended like that."""
    if problem is None:
        return Verification(VALID, CONTROLLER, seconds=seconds)
    if isinstance(problem, MissingLibrary):
        return problem
    if isinstance(problem, Refused):
        # A library's text may not say it: to botocore it is an endpoint that it could not connect to.
        cause = causes.UNKNOWN_HOST if unresolved(problem) else problem.cause
        return _refusal(subject, CONTROLLER, str(problem), cause, seconds)
    # A library's own failure: its text is not known to be free of secrets in other forms.
    text = f"The check itself failed ({type(problem).__name__})"
    return Verification(causes.INCONCLUSIVE, CONTROLLER, causes.UNKNOWN.name, text, seconds=seconds)


def _refusal(subject: Subject, side: str, text: str, cause: Cause | None, seconds: float) -> Verification:
    found = (
        explained(cause, subject.provider, subject.wire) if cause else classify(text, subject.provider, subject.wire)
    )
    hidden = [*secrets(subject.wire)]
    # Before as well as after: what `complaint` leaves of a secret would not be known any more.
    error = redact_text(causes.error_line(redact_text(text, hidden)), hidden)[:LONGEST_ERROR]
    return Verification(found.state, side, found.name, error, redact_text(found.hint, hidden), seconds)
