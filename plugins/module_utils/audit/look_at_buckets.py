# SPDX-License-Identifier: GPL-3.0-or-later
"""The buckets and the keys of stored cloud tasks, looked at from the host that runs the audit. Sends only requests that read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from ..backup_task.kind import SERVICE as BACKUPS
from ..bucket.remote import NOUNS, Bucket
from ..bucket.settings import FIELDS, LOCK, RULES, VERSIONING
from ..cloud_task.stored import StoredTask
from ..config_values import as_used
from ..credential.stored import StoredCredential
from ..diagnosis.pool import MAX_CONCURRENT
from ..errors import Problem, ProviderFailed
from ..fields.kinds import MASK
from ..timeouts import timeout_problems
from .bucket_advice import Seen, advice
from .rules import Finding


@dataclass(frozen=True)
class BucketAudit:
    """Whether to look at buckets, the names of those that must have object lock, and the timeout of a request in seconds."""

    wanted: bool
    locked: tuple[str, ...]
    timeout: float


def problems(wanted: bool, locked: Sequence[str], timeout: float) -> Iterator[Problem]:
    """Yield a problem for options that contradict each other."""
    if locked and not wanted:
        yield Problem("locked_buckets", "requires look_at_buckets: true", "Set it, or remove locked_buckets.")
    if wanted:
        yield from timeout_problems("verify_timeout", timeout)


def findings(
    audit: BucketAudit, credentials: Iterable[StoredCredential], tasks: Mapping[str, list[StoredTask] | None]
) -> dict[int, list[Finding]]:
    """Return the findings by the ID of the credential. `tasks` are by service. Credentials without tasks are not looked at."""
    if not audit.wanted:
        return {}
    chosen = {one.id: one for one in credentials if one.provider and one.provider.rights_of_key}
    places = _places(audit, chosen, tasks)
    backing_up = {id_ for (id_, _bucket), place in places.items() if place.backups}
    with ThreadPoolExecutor(MAX_CONCURRENT) as pool:
        seen = pool.map(lambda key: _read(chosen[key[0]], places[key], audit.timeout), places)
    found: dict[int, list[Finding]] = {}
    for (id_, _bucket), one in zip(places, seen, strict=True):
        # Findings on the key alone are equal for all of its buckets.
        known = found.setdefault(id_, [])
        known += [finding for finding in advice(one, id_ in backing_up) if finding not in known]
    return found


def _places(
    audit: BucketAudit, chosen: Mapping[int, StoredCredential], tasks: Mapping[str, list[StoredTask] | None]
) -> dict[tuple[int, str], Seen]:
    """Return each bucket with the tasks in it, by the ID of the credential and the name of the bucket."""
    places: dict[tuple[int, str], Seen] = {}
    for service, stored in tasks.items():
        for task in stored or ():
            bucket = str(task.values.get("bucket") or "")
            if task.credential is None or task.credential.id not in chosen or not bucket:
                continue
            key = (task.credential.id, bucket)
            place = places.get(key, Seen(bucket, must_be_locked=bucket in audit.locked))
            own = {"backups": (*place.backups, task)} if service == BACKUPS else {"tasks": (*place.tasks, task)}
            places[key] = replace(place, **own)  # type: ignore[arg-type]  # mypy does not see which field it is
    return places


def _read(credential: StoredCredential, place: Seen, timeout: float) -> Seen:
    provider = credential.provider
    if provider is None or provider.rights_of_key is None:
        return place
    if MASK in credential.values.values():
        return replace(place, unread={"the settings": "The NAS hides the key from this account."})
    values = as_used(credential.values)
    seen = replace(place, rights=provider.rights_of_key(values, place.bucket, timeout))
    if not provider.protects_buckets:
        return seen
    settings, unread = {}, {}
    try:
        bucket = Bucket(place.bucket, provider, values, timeout)
    except ProviderFailed as error:
        return replace(seen, unread={"the settings": str(error)})
    for name in (VERSIONING, RULES, *((LOCK,) if place.must_be_locked else ())):
        try:
            found = bucket.read([name])
            if found is None:
                raise bucket.missing()
            settings[FIELDS[name]] = getattr(found, FIELDS[name])
        except ProviderFailed as error:
            unread[NOUNS[name]] = str(error)
    return replace(seen, settings=settings, unread=unread)
