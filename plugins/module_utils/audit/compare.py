# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparison of one NAS with its declaration, with one session, one query of each kind of object, and no writes."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..credential import sets
from ..credential.facts import WRITE_ROLE, Facts
from ..credential.job import CredentialJob
from ..credential.kind import credentials
from ..credential.plan import make
from ..credential.spec import DesiredCredential
from ..credential.stored import StoredCredential
from ..credential.verification.ask import public, why
from ..engine.apply import apply
from ..engine.batch import DesiredSet
from ..engine.change import Pending
from ..engine.kind import Job
from ..engine.store import store_of
from ..errors import InvalidInput, NotPermitted, Problem, TrueNASError
from ..keypair.kind import OPTION as KEYPAIR_OPTION
from ..nas.client import Nas
from ..protocol.login import FULL_ADMIN
from ..providers import PROVIDERS
from ..redaction import placeholders
from ..usage.kind import KIND
from ..usage.users import KINDS, stored_tasks, users_of
from . import compare_tasks, look_at_buckets
from .advice import advice, digests
from .rows import Row, is_kept, refusals
from .rules import Finding

MAX_DAYS = 36500
"""Days ahead that an audit can look for the end of tokens. A date after the year 9999 cannot be computed."""


@dataclass(frozen=True)
class Audit:
    """The parameters of an audit.

    `desired` are the declared credentials; `keep` are names and patterns of credentials that need no declaration. `defaults` are
    the item options that the task sets for all items. Tokens that expire within `days` are reported. If `key` is empty, no
    digests are made. `tasks` are the parameters for cloud tasks, `buckets` those for their buckets.
    """

    desired: DesiredSet[DesiredCredential]
    keep: tuple[str, ...]
    defaults: Mapping[str, Any]
    days: int
    key: str
    tasks: compare_tasks.TaskAudit
    buckets: look_at_buckets.BucketAudit


@dataclass
class CredentialRow(Row[StoredCredential]):
    """The result for one credential, before it is masked."""

    verification: Mapping[str, Any] | None = None


def read(params: Mapping[str, Any]) -> Audit:
    """Return the parameters from the options of `cloud_audit`. Raises InvalidInput with all problems."""
    buckets = (params["look_at_buckets"], params["locked_buckets"], params["verify_timeout"])
    problems = [*placeholders.problems({"digest_key": params["digest_key"]}), *look_at_buckets.problems(*buckets)]
    if not 0 <= params["expires_within"] <= MAX_DAYS:
        problems.append(Problem("expires_within", f"must be from 0 to {MAX_DAYS} days", "Set a number such as 14."))
    if problems:
        raise InvalidInput(problems)
    defaults = {name: params[name] for name in sets.INHERITED}
    # An audit does not write, so it ignores `verify_again` instead of rejecting the item.
    items = [{**item, "verify_again": False} for item in params["credentials"]]
    # A credential can name a keypair that is declared, but does not exist on the NAS yet.
    shared = {KEYPAIR_OPTION: [{"name": name} for name in params["pending_keypairs"]]}
    try:
        desired = sets.read(sets.complete({**defaults, **shared, sets.OPTION: items}))
    except InvalidInput as error:
        raise InvalidInput([*error.problems, *compare_tasks.problems(params)]) from None
    # A task can name a credential that is declared, but does not exist on the NAS yet.
    tasks = compare_tasks.read(params, [item.final_name for item in desired.items if not item.is_absent])
    return Audit(
        desired=desired,
        keep=tuple(params["keep"]),
        defaults=defaults,
        days=params["expires_within"],
        key=params["digest_key"] or "",
        tasks=tasks,
        buckets=look_at_buckets.BucketAudit(buckets[0], tuple(buckets[1]), buckets[2]),
    )


def compare(audit: Audit, nas: Nas, now: datetime.datetime) -> dict[str, Any]:
    """Return the findings on the NAS and on each stored or declared credential."""
    stored = credentials(nas)
    tasks_of, notes = users_of(nas)
    users = Facts(users=tasks_of, notes=notes)
    rows = [*_declared(audit, nas, stored)]
    rows += _others(audit, nas, stored, {row.stored.id for row in rows if row.stored})
    of_buckets = look_at_buckets.findings(audit.buckets, stored, stored_tasks(nas))
    for row in rows:
        if row.stored:
            row.findings += advice(row.stored, now, audit.days)
            row.findings += of_buckets.get(row.stored.id, ())
            if not users.notes and row.stored.id not in users.users:
                row.findings.append(Finding("unused", "No cloud sync task or cloud backup task uses it."))
    shown = [_shown(row, audit.key, users) for row in sorted(rows, key=lambda row: (row.name, row.stored is None))]
    return {
        "credentials": shown,
        "tasks": compare_tasks.compare(audit.tasks, nas, now),
        "findings": [finding.public() for finding in _of_account(nas, users)],
    }


def _of_account(nas: Nas, users: Facts) -> Iterator[Finding]:
    yield from (Finding("usage-unknown", note) for note in users.notes)
    faults = [store_of(KIND, nas).readable()[1]]
    for kind in KINDS.values():
        with contextlib.suppress(NotPermitted):
            faults.append(store_of(kind.engine, nas).readable()[1])
    yield from (Finding("unreadable", str(fault)) for fault in faults if fault)
    if nas.roles is not None and FULL_ADMIN in nas.roles:
        yield Finding(
            "excess-privileges",
            f"The account is a full administrator. The role {WRITE_ROLE} is enough to compare and change credentials, and "
            "CLOUD_SYNC_READ to list them.",
        )


def _declared(audit: Audit, nas: Nas, stored: Sequence[StoredCredential]) -> Iterator[CredentialRow]:
    """Yield a row for each credential that is declared present, or that is declared absent but exists."""
    present = [item for item in audit.desired.items if not item.is_absent]
    jobs, refused = _compared(present, nas, audit.desired.pending)
    for item in present:
        current = [credential for credential in stored if credential.name in (item.name, item.new_name)]
        if item.name in refused:
            row = CredentialRow(name=item.final_name, stored=current[0] if len(current) == 1 else None)
            row.set_refused(refused[item.name])
            yield row
        else:
            yield _row(item, current[0] if current else None, jobs[item.name])
    for item in audit.desired.items:
        for credential in stored:
            if item.state == "absent" and credential.name == item.name:
                row = CredentialRow(name=credential.name, stored=credential)
                row.set_should_be_absent()
                yield row


def _compared(
    items: Sequence[DesiredCredential], nas: Nas, pending: Pending
) -> tuple[dict[str, CredentialJob], dict[str, TrueNASError]]:
    """Run the items in check mode. Return the jobs, and the errors of items that the NAS cannot store, both by name."""
    stored = credentials(nas)
    known = KIND.look(items, nas, pending)
    jobs: list[CredentialJob] = []
    refused: dict[str, TrueNASError] = {}
    for item in items:
        try:
            store_of(KIND, nas).require(item)
            jobs.append(Job(item, make(item, stored, known)))
        except TrueNASError as error:
            refused[item.name] = error
    return {job.desired.name: job for job in apply(KIND, jobs, nas, check_mode=True)}, refused


def _row(item: DesiredCredential, current: StoredCredential | None, job: CredentialJob) -> CredentialRow:
    change = job.change
    row = CredentialRow(
        name=item.final_name, stored=current, hidden=[*change.unknown], verification=public(job.findings)
    )
    row.findings += _of_verification(job)
    if current is None:
        row.set_missing()
        return row
    for name in change.changed_fields:
        if name == "name":
            row.add_difference(name, current.name, item.final_name)
        else:
            row.add_difference(name, _value(change.before, name), _value(change.after, name))
    row.set_compared()
    return row


def _value(document: Mapping[str, Any], name: str) -> Any:
    """Return a field of a credential from a diff, or the provider's key."""
    for provider, fields in document.items():
        if name == "provider":
            return provider
        if isinstance(fields, Mapping):
            # A diff can show a keypair by its name.
            option = PROVIDERS[provider].options().get(name) if provider in PROVIDERS else None
            return fields.get(name, fields.get(option.name_option) if option else None)
    return None


def _of_verification(job: CredentialJob) -> Iterator[Finding]:
    verification = public(job.findings)
    if verification and verification["state"] == "invalid":
        yield Finding("invalid", why(verification))
    elif verification and verification["state"] != "valid":
        yield Finding("inconclusive", why(verification))
    elif job.error:
        # The verification did not run.
        yield Finding("inconclusive", str(job.error))


def _others(audit: Audit, nas: Nas, stored: Sequence[StoredCredential], seen: set[int]) -> list[CredentialRow]:
    """Return a row for each stored credential that is not declared."""
    rows = []
    for credential in stored:
        if credential.id in seen:
            continue
        row = CredentialRow(name=credential.name, stored=credential)
        row.set_not_declared(is_kept(row.name, audit.desired.items, audit.keep), "name")
        rows.append(row)
    if audit.defaults["verify"] == "always":
        _verify(audit, nas, rows)
    return rows


def _verify(audit: Audit, nas: Nas, rows: Sequence[CredentialRow]) -> None:
    """Verify stored credentials: treat each one as declared without fields."""
    names = [row.name for row in rows]
    asked = {row.name: row for row in rows if row.stored and row.stored.provider and names.count(row.name) == 1}
    items = [
        {"name": name, row.stored.provider.key: {}, "undeclared": "keep"}
        for name, row in asked.items()
        if row.stored and row.stored.provider
    ]
    desired = sets.read(sets.complete({**audit.defaults, sets.OPTION: items}))
    jobs, refused = _compared(desired.items, nas, {})
    for name, job in jobs.items():
        asked[name].verification = public(job.findings)
        asked[name].findings += _of_verification(job)
    for name, error in refused.items():
        asked[name].findings += [Finding("inconclusive", finding.message) for finding in refusals(error)]


def _shown(row: CredentialRow, key: str, users: Facts) -> dict[str, Any]:
    credential = row.stored
    provider = (
        credential.provider.key if credential and credential.provider else credential.wire_type if credential else None
    )
    return {
        "name": row.name,
        "id": credential.id if credential else None,
        "provider": provider,
        "state": row.state,
        "fields": row.fields,
        "unknown_fields": list(row.hidden),
        "verification": dict(row.verification) if row.verification else None,
        "users": [str(user) for user in users.users.get(credential.id, ())] if credential and not users.notes else None,
        "findings": [finding.public() for finding in row.findings],
        "digests": digests(credential, key) if credential and key else {},
        "renews": bool(credential and credential.provider and credential.provider.rotates_token),
    }
