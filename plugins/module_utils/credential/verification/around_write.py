# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification before and after a write: of candidates, then of stored credentials, with a rollback if they do not work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...diagnosis.causes import INCONCLUSIVE, INVALID
from ...engine.apply import only
from ...errors import TrueNASError, Unreachable, VerificationFailed
from ...nas.client import Nas
from ..change import CredentialPlan, undo
from ..job import CredentialJob, CredentialStore
from ..spec import DesiredCredential
from ..stored import StoredCredential
from .ask import SKIPPED, Subject, Verifications, pending, public, verify_all, wanted, worst
from .request import FAIL_UNLESS_VALID, NAS, VerifyRequest


def before_writing(jobs: Sequence[CredentialJob], nas: Nas, check_mode: bool) -> list[CredentialJob]:
    """Verify all candidates before the first write."""
    return only(
        jobs,
        lambda job: wanted(job.desired, job.change, check_mode) and not job.error,
        lambda some: _verify_candidates(some, nas),
    )


def _verify_candidates(jobs: Sequence[CredentialJob], nas: Nas) -> list[CredentialJob]:
    answers = verify_all([_subject(job.desired, job.change) for job in jobs], nas)
    return [_judged(job, answer, _not_written(job.change)) for job, answer in zip(jobs, answers, strict=True)]


def _subject(desired: DesiredCredential, change: CredentialPlan) -> Subject:
    stored = change.id if "provider" not in change.payload else None
    return Subject(change.provider, change.candidate, desired.verify_request, stored)


def _judged(job: CredentialJob, answer: Verifications | TrueNASError, note: str) -> CredentialJob:
    """Return the job with the verifications, and with a failure if it must stop. `note` is appended to the failure."""
    if isinstance(answer, TrueNASError):
        return replace(job, error=answer)
    return replace(job, findings=answer, error=_refused(job.desired, job.change, answer, note))


def _not_written(change: CredentialPlan) -> str:
    """Return the note on the stored state if the task stops before the write."""
    if change.new_keypair:
        return "The credential was not written."
    return "No changes were made." if change.changed or change.unknown else "The NAS already stores these values."


def _refused(
    desired: DesiredCredential, change: CredentialPlan, verifications: Verifications, note: str
) -> VerificationFailed | None:
    """Return the failure if the task must stop after these verifications, else None. `note` is appended to it."""
    result = worst(verifications)
    if result.state == INVALID:
        return _failure(f"Verification of {change.name!r} failed: {result.reason}", verifications, note)
    # A verification that is skipped before the write is skipped after it, too, unless it waits for a keypair (check mode only).
    waits = pending(verifications) or change.needs_keypair
    option = _option_against_skipping(desired.verify_request, change)
    if result.state == SKIPPED and option and not waits:
        message = f"Verification of {change.name!r} was skipped, but {option} requires it: {result.reason}"
        return _failure(message, verifications, note)
    if result.state == INCONCLUSIVE and desired.verify_request.inconclusive_fails:
        return _failure(f"Verification of {change.name!r} was inconclusive: {result.reason}", verifications, note)
    return None


def _option_against_skipping(request: VerifyRequest, change: CredentialPlan) -> str:
    """Return the option that makes a skipped verification fail, or an empty text.

    `verify_again` only concerns writes. If the NAS hides fields, it is unknown whether a write is needed.
    """
    if request.skipped_fails:
        return f"on_inconclusive: {FAIL_UNLESS_VALID}"
    return "verify_again" if request.again and (change.changed or change.unknown) else ""


def _failure(message: str, verifications: Verifications, note: str) -> VerificationFailed:
    error = VerificationFailed(message, public(verifications) or {})
    error.note(note)
    return error


def after_writing(jobs: Sequence[CredentialJob], nas: Nas, store: CredentialStore) -> list[CredentialJob]:
    """Verify stored credentials if the task requests it or the NAS could not verify them before. Roll back failures."""
    return only(
        jobs,
        lambda job: (
            job.entry is not None and job.error is None and _left(job.desired.verify_request, job.findings) is not None
        ),
        lambda some: _verify_stored(some, nas, store),
    )


def _verify_stored(jobs: Sequence[CredentialJob], nas: Nas, store: CredentialStore) -> list[CredentialJob]:
    subjects = [_stored_subject(job) for job in jobs]
    try:
        answers = verify_all(subjects, nas)
    except TrueNASError as error:
        return [replace(job, error=_unverified(job.change.name, error)) for job in jobs]
    judged = [
        _judged(job, _with_earlier(job, subject, answer), "This was detected after the change was written.")
        for job, subject, answer in zip(jobs, subjects, answers, strict=True)
    ]
    return only(judged, lambda job: job.error is not None, lambda some: _roll_back(some, nas, store))


def _stored_subject(job: CredentialJob) -> Subject:
    if job.entry is None:
        raise ValueError("nothing is stored that could be verified")
    request = _left(job.desired.verify_request, job.findings) or job.desired.verify_request
    return replace(_subject(job.desired, job.change), wire=job.entry.wire, id=job.entry.id, request=request)


def _with_earlier(
    job: CredentialJob, subject: Subject, answer: Verifications | TrueNASError
) -> Verifications | TrueNASError:
    """Return the answer with the verifications from before the write that were not repeated."""
    if isinstance(answer, TrueNASError):
        return answer
    return (*answer, *(earlier for earlier in job.findings if earlier.by not in subject.request.sides))


def _unverified(name: str, error: TrueNASError) -> TrueNASError:
    """Return the failure of a job whose credential was written but could not be verified because of this error."""
    failure = type(error)(str(error)) if isinstance(error, Unreachable) else TrueNASError(str(error))
    failure.note(f"The NAS stores the new values of {name!r}, but they were not verified. Run the task again.")
    return failure


def _left(request: VerifyRequest, before: Verifications) -> VerifyRequest | None:
    """Return the verification to run after the write, or None. `before` holds the results from before the write."""
    if request.again and before:
        return request
    return replace(request, by=NAS) if pending(before) else None


def _roll_back(jobs: Sequence[CredentialJob], nas: Nas, store: CredentialStore) -> list[CredentialJob]:
    """Write the previous values again, check the result once for all jobs, and add the stored state to each failure.

    Rolls back only our own writes, and only if no other client has changed the credential since. A job whose rollback failed
    keeps its entry.
    """
    written = {id(job) for job in jobs if job.entry and job.change.changed}
    now = _read_back(nas, store) if written else {}
    foreign = {id(job) for job in jobs if id(job) in written and not _is_ours(job, now)}
    own = [job for job in jobs if id(job) in written - foreign]
    undone = store.write([undo(job.change, job.entry) for job in own if job.entry])
    unsure = {id(job) for job, reply in zip(own, undone, strict=True) if isinstance(reply, TrueNASError)}
    stored = _read_back(nas, store) if own else now
    return [
        _left_alone(job, now)
        if id(job) in foreign
        else _rolled_back(job, id(job) in written, id(job) in unsure, stored)
        for job in jobs
    ]


def _is_ours(job: CredentialJob, stored: Mapping[int, StoredCredential] | TrueNASError) -> bool:
    """Return whether the NAS still stores what the job wrote, or whether that is unknown.

    The NAS itself refreshes tokens during a verification.
    """
    now = None if job.entry is None or isinstance(stored, TrueNASError) else stored.get(job.entry.id)
    if now is None or job.entry is None:
        return True
    refreshed = job.change.provider.token_field if job.change.provider else ""
    ours, theirs = (
        {field: value for field, value in wire.items() if field != refreshed} for wire in (job.entry.wire, now.wire)
    )
    return (now.name, theirs) == (job.entry.name, ours)


def _left_alone(job: CredentialJob, stored: Mapping[int, StoredCredential] | TrueNASError) -> CredentialJob:
    """Return the job whose credential another client has changed, with what is stored now."""
    if job.error is None or job.entry is None or isinstance(stored, TrueNASError):
        return job
    job.error.note(f"Not rolled back, because another client has changed {job.entry.name!r} since.")
    return replace(job, entry=stored[job.entry.id])


def _read_back(nas: Nas, store: CredentialStore) -> Mapping[int, StoredCredential] | TrueNASError:
    nas.invalidate()
    try:
        return {credential.id: credential for credential in store.complete()}
    except TrueNASError as error:
        return error


def _rolled_back(
    job: CredentialJob, written: bool, unsure: bool, stored: Mapping[int, StoredCredential] | TrueNASError
) -> CredentialJob:
    """Return the job after its rollback. `unsure`: the rollback call failed."""
    if job.error is None or job.entry is None or not written:
        if job.error:
            job.error.note("The NAS already stores these values.")
        return replace(job, entry=None)
    if isinstance(stored, TrueNASError):
        job.error.note(f"Could not check whether the rollback succeeded: {stored}")
        return job if unsure else replace(job, entry=None)
    now, previous = stored.get(job.entry.id), job.change.previous
    if now is None:
        job.error.note(f"Rollback failed: {previous.name!r} no longer exists." if previous else "It was deleted again.")
        return replace(job, entry=None)
    if previous is None:
        job.error.note(f"Rollback failed: could not delete {now.name!r}; it is still stored.")
        return replace(job, entry=now)
    if (now.name, now.wire) == (previous.name, previous.wire):
        job.error.note("Rolled back to the previous values.")
        return replace(job, entry=None)
    job.error.note(f"Rollback failed: {now.name!r} still has the new values.")
    return replace(job, entry=now)
