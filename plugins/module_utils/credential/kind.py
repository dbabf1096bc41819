# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud credentials as a kind of object (truenas-api/wire.md §3)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..engine import pending
from ..engine.change import DELETED, Pending
from ..engine.kind import Kind, Steps, crud
from ..engine.names import Desired
from ..engine.store import store_of
from ..errors import InvalidField, InvalidInput, TrueNASError
from ..fields.kinds import MASK
from ..keypair.kind import OPTION as KEYPAIR_OPTION
from ..keypair.kind import generate
from ..keypair.stored import WRITE_ROLE as KEYPAIR_ROLE
from ..keypair.stored import StoredKeypair
from ..nas.client import Nas
from ..nas.facts import Fact
from ..providers import BY_WIRE_TYPE
from ..redaction.texts import provider_secrets
from ..versions import FIRST_VERSION
from . import keypair_reference
from .change import CredentialPlan, with_new_keypair
from .facts import KEYPAIRS, TASK_OPTION, TASK_ROLES, VERSION, WRITE_ROLE, Facts, foreseen_users
from .job import CredentialJob
from .keypair_reference import PENDING_ID
from .plan import make, needs_users, questions
from .replaced import replaced
from .spec import DesiredCredential
from .stored import CREDENTIALS, OPTION, StoredCredential, document, foresee, keypair_of, read
from .usage import Usage
from .verification import around_write
from .verification.ask import public, wanted, warnings

SERVICE = "cloudsync.credentials"


def credentials(nas: Nas) -> list[StoredCredential]:
    """Return every credential of the NAS that can be read."""
    return store_of(KIND, nas).entries()


def require(names: Iterable[str], known: Sequence[StoredCredential], nas: Nas) -> None:
    """Raise Misread if a credential that cannot be read might have one of the names, which none of the `known` ones has."""
    found = {credential.name for credential in known}
    for name in names:
        if name not in found:
            store_of(KIND, nas).require(Desired(name))


def facts(usage: Usage, items: Sequence[DesiredCredential], nas: Nas, changes: Pending) -> Facts:
    """Return the facts that the plans of these items need, after the `changes` of earlier tasks."""
    stored = _foreseen(credentials(nas), changes)
    asked: set[Fact] = set()
    used: list[tuple[DesiredCredential, StoredCredential]] = []
    for desired in items:
        # The plan raises it again, together with its item.
        with contextlib.suppress(InvalidInput):
            asked.update(questions(desired, stored, is_older=nas.is_older))
            current = CREDENTIALS.subject(desired, stored)
            if current and needs_users(desired, current):
                used.append((desired, current))
    if nas.api_version and any(desired.provider for desired in items):
        asked.add(VERSION)
    answers = nas.facts([fact for fact in (VERSION, KEYPAIRS) if fact in asked])
    keypairs = keypair_reference.foreseen(answers.get(KEYPAIRS), changes.get(KEYPAIR_OPTION, ()))
    generated = {item.keypair.name for item in items if item.keypair and item.keypair.generate}
    created = keypair_reference.created(changes.get(KEYPAIR_OPTION, ()))
    found = Facts(
        is_older=nas.is_older,
        may_write=nas.has_role(WRITE_ROLE),
        may_make_keypairs=nas.has_role(KEYPAIR_ROLE),
        version=answers.get(VERSION),
        api_version=nas.api_version,
        keypairs=keypairs,
        created=frozenset(item.final_name for item in items if not item.is_absent),
        deleted=frozenset(item.name for item in items if item.is_absent),
        created_keypairs=frozenset({*generated, *created}),
    )
    return _with_users(found, usage, items, used, stored, nas, changes) if used else found


def _with_users(
    known: Facts,
    usage: Usage,
    items: Sequence[DesiredCredential],
    used: Sequence[tuple[DesiredCredential, StoredCredential]],
    stored: Sequence[StoredCredential],
    nas: Nas,
    changes: Pending,
) -> Facts:
    """Return the facts with the tasks that use credentials, and with the plans to reassign those that are `used`."""
    users, notes = usage.users(nas)
    after = foreseen_users(users, changes.get(TASK_OPTION, ()), stored)
    created = [_created(item) for item in items if not item.is_absent]
    later = {**changes, OPTION: [*changes.get(OPTION, ()), *created]}
    reassignments = {}
    for desired, current in used:
        # The plan raises it again, together with its item.
        with contextlib.suppress(InvalidInput):
            if desired.replace_with:
                reassignments[current.id] = usage.plan(after.get(current.id, ()), desired.replace_with, nas, later)
    return replace(known, users=after, notes=notes, reassignments=reassignments)


def _created(item: DesiredCredential) -> dict[str, Any]:
    """Return a credential that the same task creates, if it does not exist yet, for the plans of tasks."""
    fields = {**item.provider.defaults(FIRST_VERSION), **item.declared} if item.provider else {}
    return {"name": item.final_name, "provider": item.provider.key if item.provider else None, "fields": fields}


def _foreseen(stored: Sequence[StoredCredential], changes: Pending) -> list[StoredCredential]:
    return foresee(stored, changes.get(OPTION, ()))


def _pending(change: CredentialPlan) -> dict[str, Any]:
    """Return a change for later tasks of check mode, without secrets."""
    shown = pending.renamed(change, CREDENTIALS.field)
    provider = change.provider
    if change.action == DELETED or provider is None:
        return shown
    options = provider.options()
    fields = {
        name: value
        for name, value in change.candidate.items()
        if name in options and not (options[name].refers_to_keypair or value == MASK or [*options[name].secrets(value)])
    }
    keypair = keypair_of(provider, change.candidate)
    known = keypair if keypair not in (None, PENDING_ID) else None
    return {**shown, "provider": provider.key, "fields": fields, "keypair": known}


def option_of(field: str) -> str:
    """Return the task's option for a field of the NAS: `provider.S3.endpoint` gives `s3.endpoint`."""
    parts = field.split(".")
    if parts[:1] == ["provider"] and len(parts) > 1 and parts[1] in BY_WIRE_TYPE:
        return ".".join((BY_WIRE_TYPE[parts[1]].key, *parts[2:]))
    return field


def explain(error: TrueNASError) -> TrueNASError:
    """Return the error of a call with the task's options in place of the fields of the NAS."""
    if not isinstance(error, InvalidField):
        return error
    found = error.renamed(option_of)
    if any(problem.field == "name" and "already exists" in problem.reason for problem in found.problems):
        found.note(_UNLISTED)
    return found


_UNLISTED = (
    "TrueNAS 27 and later do not list a credential whose fields do not fit the version, and delete it at the next start. If the "
    "NAS does not show the name, restart the NAS, or use another name."
)
"""Why a name can be taken that no stored credential has (truenas-api/wire.md §3)."""


def _generate_keypairs(jobs: Sequence[CredentialJob], nas: Nas) -> list[CredentialJob]:
    """Generate the keypairs that the plans need on the NAS, each once."""
    generated: dict[str, StoredKeypair | TrueNASError] = {}
    done = []
    for job in jobs:
        needed = job.change.needs_keypair
        if needed and needed.name not in generated:
            try:
                generated[needed.name] = generate(needed.name, nas)
            except TrueNASError as error:
                generated[needed.name] = error
        keypair = generated[needed.name] if needed else None
        if isinstance(keypair, TrueNASError):
            done.append(replace(job, error=keypair))
        else:
            done.append(replace(job, change=with_new_keypair(job.change, keypair)) if keypair else job)
    return done


def _finish(usage: Usage, jobs: Sequence[CredentialJob], nas: Nas) -> list[CredentialJob]:
    """Return tasks to credentials that were not deleted. Add to each failure that the NAS keeps a new keypair."""
    done = usage.give_back(jobs, nas)
    for job in done:
        if job.error and job.change.new_keypair:
            job.error.note(
                f"The NAS created the SSH keypair {job.change.new_keypair.name!r} and keeps it. Add its public key (see "
                "ssh_keypair_info) to authorized_keys on the server, then run the task again."
            )
    return done


def _roles(change: CredentialPlan) -> Iterator[str]:
    yield from (TASK_ROLES[user.service] for user in change.reassigned_tasks)
    if change.needs_keypair:
        yield KEYPAIR_ROLE


def _may_retry(job: CredentialJob, again: CredentialPlan) -> bool:
    """Return whether to write a new plan: only if its values were verified, and if it does not require other writes."""
    unverified = again.candidate != job.change.candidate and wanted(job.desired, again, False)
    # Another client might have deleted the keypair that was generated for this job.
    return not (unverified or again.needs_keypair or job.change.reassigned_tasks)


def _predict(change: CredentialPlan) -> StoredCredential:
    values = dict(change.candidate)
    return StoredCredential(change.id or 0, change.name, values.pop("type"), values)


def _report(job: CredentialJob, stored: Sequence[StoredCredential]) -> dict[str, Any]:
    change, entry = job.change, job.entry
    shown = (
        document(entry.name, entry.provider, entry.wire_type, entry.values, keypairs=change.keypairs)
        if entry
        else change.outcome
    )
    return {
        "kept_fields": [*change.kept],
        "kept_reasons": [f"{name} ({reason})" for name, reason in change.kept.items()],
        "replaced": replaced(change.previous, stored, change.keypairs) if job.applied else None,
        "moved_tasks": [
            {**vars(user), "credential": change.replacement} for user in change.reassigned_tasks if job.applied
        ],
        "credential": {**shown, "id": entry.id if entry else change.id} if shown else None,
        **({"generated_keypair": keypair} if (keypair := change.generated_keypair) else {}),
        "verification": public(job.findings),
        "warnings": [*warnings(change.name, job.findings, _stored_anyway(job))],
    }


def _stored_anyway(job: CredentialJob) -> str:
    """Return the note that the task writes values although no verification has accepted them."""
    return "The task stores the new values anyway." if job.change.changed and not job.error else ""


def kind(usage: Usage) -> Kind[DesiredCredential, StoredCredential, CredentialPlan]:
    """Return the kind for the engine. `usage` has the functions that know the tasks that use credentials."""
    return Kind(
        naming=CREDENTIALS,
        service=SERVICE,
        write_role=WRITE_ROLE,
        read=read,
        look=partial(facts, usage),
        plan=make,
        absent=lambda name: DesiredCredential(name, "absent"),
        call=crud(SERVICE),
        secrets=lambda change: provider_secrets(change.candidate),
        report=_report,
        stored_secrets=lambda entry: provider_secrets(entry.wire),
        roles=_roles,
        explain=explain,
        resume=lambda job, again: replace(again, new_keypair=job.change.new_keypair),
        may_retry=_may_retry,
        predict=_predict,
        foresee=_foreseen,
        pending_option=OPTION,
        pending=_pending,
        resolves_duplicates=True,
        steps=Steps(
            prepare=_generate_keypairs,
            verify=around_write.before_writing,
            after_write=around_write.after_writing,
            before_delete=usage.before_delete,
            finish=partial(_finish, usage),
        ),
    )


KIND = kind(Usage())
"""Credentials without the tasks that use them: to read them. `usage.kind.KIND` also writes them."""
