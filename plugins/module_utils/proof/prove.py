# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof that the backups of stored tasks can be read from this host. The NAS is only asked which tasks it stores."""

from __future__ import annotations

import datetime
import queue
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..backup_task.kind import BACKUP
from ..cloud_task.find import IN_CHECK_MODE
from ..cloud_task.pending import foresee
from ..cloud_task.stored import StoredTask, secrets_of
from ..cloud_task.task_type import TaskType
from ..credential.stored import keypair_of
from ..diagnosis import causes
from ..diagnosis.causes import Cause
from ..diagnosis.classify import error_line
from ..engine.names import Desired
from ..engine.store import store_of
from ..errors import NotFound, NotPermitted, are, counted, sentences
from ..keypair.kind import private_keys
from ..keypair.stored import WRITE_ROLE as KEYPAIR_ROLE
from ..nas.client import Nas
from ..redaction.texts import MAX_ERROR_LENGTH, redact_text
from ..sync_task.kind import SYNC
from ..usage.users import KINDS
from . import files, remote, snapshots
from .causes import FAILED, HIDDEN, OUTCOMES, PROVEN, PULLS, Unproven, explained
from .fetched import Evidence
from .judgment import Proof, Subject, counts, judge
from .program import ProgramFailed, Runner, find
from .request import Request

MAX_CONCURRENT = 20
"""Maximum number of tasks that are proven at the same time; each runs one program at a time."""

_LOOK = 1.0
"""Seconds between two looks at the progress."""


_FAILED_TO = re.compile(r"(?m)^.*?(?:NOTICE: )?Failed to (?:lsjson|cat): (?:error in ListJSON: )?")
"""The beginning of an error of rclone that is only in its last line, which is a notice since 1.7x."""


@dataclass
class _Job:
    """The proof of one task. `key` is the private key of an SSH keypair, and `key_hidden` is true if the NAS hides it."""

    kind: TaskType
    entry: StoredTask
    key: str | None = None
    key_hidden: bool = False
    evidence: Evidence = field(default_factory=Evidence)

    def secrets(self) -> list[str]:
        """Return all secrets that a program gets."""
        return [*secrets_of(self.kind.fields, self.entry), *filter(None, [self.key])]


def prove(request: Request, nas: Nas) -> dict[str, Any]:
    """Return the proofs of the tasks, sorted by kind, description, and ID, as a task's result.

    Raises NotFound for a description that no task has, and the errors of the connection.
    """
    jobs, notes = _jobs(request, nas)
    proofs = _all(jobs, request, nas)
    bad = [proof for proof in proofs if proof.outcome != PROVEN]
    fails = [
        proof
        for proof in bad
        if request.fail_on != "never" and OUTCOMES.index(proof.outcome) >= OUTCOMES.index(request.fail_on)
    ]
    result: dict[str, Any] = {
        "changed": False,
        "proofs": [asdict(proof) for proof in proofs],
        "counts": counts(proofs),
        "warnings": [*notes, *(_line(proof) for proof in bad if proof not in fails), *_remarks(proofs)],
    }
    return {**result, "failed": True, "msg": " ".join(map(_line, fails))} if fails else result


def _line(proof: Proof) -> str:
    verb = "failed" if proof.outcome == FAILED else "was inconclusive"
    return f"The proof of the {proof.kind} {proof.description!r} (id {proof.id}) {verb}: {proof.reason}"


def _remarks(proofs: Sequence[Proof]) -> list[str]:
    return [f"{proof.kind} {proof.description!r} (id {proof.id}): {note}" for proof in proofs for note in proof.notes]


def _jobs(request: Request, nas: Nas) -> tuple[list[_Job], list[str]]:
    """Return the jobs, and a note for each task that does not exist yet and each kind of task that this account cannot list."""
    jobs, notes = [], []
    for kind in KINDS.values():
        try:
            store = store_of(kind.engine, nas)
            stored, unread = store.readable()
        except NotPermitted as refused:
            notes.append(f"Could not prove {kind.type.naming.plural}: {refused}")
            continue
        for name in request.descriptions or ():
            store.require(Desired(name))
        notes += [str(unread)] if unread else []
        stored = foresee(stored, request.changes, kind.type.service)
        jobs += [_Job(kind.type, entry) for entry in sorted(stored, key=lambda entry: (entry.name, entry.id))]
    if request.descriptions is not None:
        _require(request.descriptions, jobs, notes)
        jobs = [job for job in jobs if job.entry.name in request.descriptions]
    notes += [
        f"Could not prove the {job.kind.naming.noun} {job.entry.name!r}: an earlier task creates it, so it does not exist yet."
        for job in jobs
        if job.entry.is_pending
    ]
    jobs = [job for job in jobs if not job.entry.is_pending]
    _add_keys(jobs, nas)
    return jobs, notes


def _require(descriptions: Sequence[str], jobs: Sequence[_Job], notes: Sequence[str]) -> None:
    """Raise NotFound if a description has no task."""
    known = {job.entry.name for job in jobs}
    for description in descriptions:
        if description not in known:
            similar = SYNC.type.naming.did_you_mean([job.entry for job in jobs], description)
            remedy = similar or f"Check the description, or create the task first. {IN_CHECK_MODE}"
            raise NotFound(sentences(f"The NAS has no cloud task {description!r}", remedy, *notes))


def _add_keys(jobs: Sequence[_Job], nas: Nas) -> None:
    """Read the keypairs of SSH logins, once for all tasks that need one."""
    needed = {}
    for job in jobs:
        credential = job.entry.credential
        number = keypair_of(credential.provider, credential.values) if credential else None
        if number is not None:
            needed[job.entry.id, job.kind.service] = number
    keys = private_keys(nas) if needed else {}
    for job in jobs:
        number = needed.get((job.entry.id, job.kind.service))
        if number is not None:
            job.key = None if keys is None else keys.get(number, "")
            job.key_hidden = keys is None


def _all(jobs: Sequence[_Job], request: Request, nas: Nas) -> list[Proof]:
    """Prove tasks at the same time, and show the progress. Their programs end with this process, whatever ends it."""
    done: queue.Queue[tuple[int, Proof]] = queue.Queue()
    slots = threading.Semaphore(MAX_CONCURRENT)

    def work(index: int, job: _Job) -> None:
        with slots:
            done.put((index, _proof(job, request)))

    for index, job in enumerate(jobs):
        threading.Thread(target=work, args=(index, job), daemon=True).start()
    proofs: dict[int, Proof] = {}
    while len(proofs) < len(jobs):
        try:
            index, proof = done.get(timeout=_LOOK)
            proofs[index] = proof
        except queue.Empty:
            pass
        read = sum(job.evidence.bytes for job in jobs)
        checked = f"{len(proofs)} of {counted(len(jobs), 'backup')} {are(len(proofs))} checked"
        nas.running(f"{checked}, {read / 2**20:.1f} MiB are read")
    return [proofs[index] for index in range(len(jobs))]


def _proof(job: _Job, request: Request) -> Proof:
    """Return the result for one task, whatever happens."""
    began = time.monotonic()
    cause: Cause | None = None
    error = ""
    try:
        _read(job, request, began + request.timeout)
    except (Unproven, ProgramFailed) as problem:
        cause, error = _explained(job, problem)
    except Exception as problem:
        # An unexpected failure of this collection: its text might contain secrets in other forms.
        cause, error = causes.UNKNOWN, f"The check itself failed ({type(problem).__name__})"
        cause = replace(cause, state=causes.INCONCLUSIVE)
    subject = Subject(job.kind.naming.noun, job.entry.name, job.entry.id)
    proof = judge(subject, job.evidence, cause, error, request.limits, datetime.datetime.now(datetime.UTC))
    return replace(proof, seconds=round(time.monotonic() - began, 2))


def _explained(job: _Job, problem: Unproven | ProgramFailed) -> tuple[Cause, str]:
    """Return the cause with its remedy, and the error in one line, both without secrets."""
    entry, text, hidden = job.entry, str(problem), job.secrets()
    credential = entry.credential.values if entry.credential else {}
    if isinstance(problem, Unproven):
        cause, line = problem.cause, redact_text(text, hidden)
    else:
        cause = explained(text, entry.provider, credential)
        # Redact first, because `error_line` could leave a part of a secret that cannot be recognized.
        line = redact_text(error_line(_FAILED_TO.sub("", redact_text(text, hidden))), hidden) or "no reason given"
    return replace(cause, hint=redact_text(cause.hint, hidden)), line[:MAX_ERROR_LENGTH]


def _read(job: _Job, request: Request, deadline: float) -> None:
    """Read the backup of a task. Raises Unproven or ProgramFailed."""
    entry = job.entry
    if entry.values.get("direction") == "PULL":
        raise Unproven(PULLS, "The task pulls: it stores files on the NAS, and none at the provider")
    provider = remote.usable_provider(entry, job.kind.write_role)
    if job.key_hidden:
        raise Unproven(HIDDEN, f"The NAS shows the private key only to accounts with the role {KEYPAIR_ROLE}")
    if job.key == "":
        raise Unproven(causes.MISSING_KEYPAIR, "The SSH keypair of the credential does not exist")
    if job.kind is BACKUP.type:
        restic = Runner(find("restic", request.programs), remote.restic_environment(entry, provider), deadline)
        snapshots.prove(restic, request, job.evidence)
        return
    environment = remote.rclone_environment(entry, provider, job.key)
    rclone = Runner(find("rclone", request.programs), environment, deadline)
    is_encrypted = bool(entry.values.get("encryption"))
    files.prove(rclone, remote.root(entry, provider), is_encrypted, request, job.evidence)
