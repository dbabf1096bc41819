# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that keeps the NAS from storing or using a task, found before a write, in check mode as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import Problem
from ..providers import Provider
from ..versions import show as show_version
from .draft import Draft
from .facts import holder_key
from .fields import Field, taken_by
from .hazards import Hazard


def problems(made: Draft, hazards: Sequence[Hazard]) -> Iterator[Problem]:
    """Yield a problem for each reason against the change."""
    yield from _missing(made)
    yield from _attributes(made)
    yield from _versions(made)
    if made.current:
        yield from made.kind.change_problems(made.current.task, made.task, made.changed)
    yield from made.kind.problems(made.task)
    yield from _scripts(made)
    concerned = {*made.desired.declared, *made.changed}
    # A stored task that the change does not concern is the matter of the audit.
    yield from (one.problem() for one in hazards if one.refused and (made.is_created or concerned & {*one.fields}))


def sharing(made: Draft) -> Iterator[Hazard]:
    """Yield a hazard if another task uses the same backup repository (truenas-api/tasks.md §16)."""
    address = made.kind.address(made.task)
    own = holder_key(made.desired, made.current)
    others = [holder for holder in made.facts.repositories.get(address, ()) if holder.key != own]
    if address and others:
        is_moved = not {"folder", "bucket", "credential"}.isdisjoint(made.changed)
        yield Hazard(
            "shared-repository",
            ("folder", "bucket", "credential"),
            f"leads to the repository of {' and '.join(holder.title for holder in others)}, and each run of one task deletes the "
            "snapshots of the other",
            "Set another folder. If this task replaces the other one, use new_description, or delete the other one.",
            refused=is_moved or any(holder.is_declared for holder in others),
        )


def _missing(made: Draft) -> Iterator[Problem]:
    if made.is_created and made.credential is None:
        yield Problem("credential", "is required to create the task", "Set the name of a cloud credential on the NAS.")
    is_kept = made.current is not None and made.current.provider is made.provider
    because = "because the stored task has none" if is_kept else "because the provider of the credential changes"
    why = "to create the task" if made.is_created else because
    for name in made.required:
        if made.values.get(name) is None:
            remedy = "Set it; an empty text is the root." if name == "folder" else "Set it in the task."
            yield Problem(name, f"is required {why}", remedy)


def _attributes(made: Draft) -> Iterator[Problem]:
    provider = made.provider
    if provider is None:
        yield from _unknown_provider(made)
        return
    if not provider.can_have_tasks:
        reason = f"must not be for {provider.title}, for which the NAS cannot run tasks"
        yield Problem("credential", reason, "Choose a credential for another provider.")
        return
    taken = taken_by(provider)
    for name in made.desired.declared:
        if made.kind.fields[name].attribute and name not in taken:
            reason = f"cannot be combined with a credential for {provider.title}"
            yield Problem(name, reason, f"Remove it; tasks for {provider.title} take {', '.join(taken)}.")
    if "chunk_size" in taken:
        yield from _chunk_size(made, provider)


def _unknown_provider(made: Draft) -> Iterator[Problem]:
    """Yield a problem for a credential whose provider is unknown, unless the stored task keeps it with all attributes.

    The attributes that such a provider takes are unknown. A NAS without a remote for it answers with KeyError
    (truenas-api/tasks.md §4). An account that reads no login at all can still compare.
    """
    credential = made.credential
    if credential is None or made.is_pending or not (credential.wire_type or made.facts.may_write):
        return
    if made.sends_attributes or "credential" in made.changed:
        reason = f"must not be for {credential.title}, which this collection does not support for tasks"
        yield Problem("credential", reason, "Choose a credential for another provider, or upgrade the collection.")


def _chunk_size(made: Draft, provider: type[Provider]) -> Iterator[Problem]:
    size, version = made.values["chunk_size"], made.facts.version
    here = provider.chunk_sizes_in.get(version) if version and made.sends_attributes else None
    low, high = provider.chunk_sizes
    if not low <= size <= high:
        most = f" and at most {high}" if high < 2**31 else ""
        yield Problem("chunk_size", f"must be at least {low}{most} for {provider.title}", "Set another number of MiB.")
    elif version and here and not here[0] <= size <= here[1]:
        limits = f"at least {here[0]} and at most {here[1]}"
        reason = f"must be {limits} for {provider.title} on TrueNAS {show_version(version)}"
        yield Problem("chunk_size", reason, "Set another number of MiB, or upgrade the NAS.")


_FULL_ADMIN = "an account with the role FULL_ADMIN"


def _versions(made: Draft) -> Iterator[Problem]:
    spoken = made.facts.spoken
    if made.facts.is_core and not made.kind.on_core:
        reason = (
            f"{made.kind.naming.plural.capitalize()} require TrueNAS 24.10 or later, but this NAS runs TrueNAS CORE"
        )
        yield Problem("", reason, "Upgrade the NAS.")
    for name in made.desired.declared:
        entry = made.kind.fields[name]
        if made.facts.is_core and not entry.on_core and made.values[name] != entry.default:
            reason = "requires TrueNAS 24.04 or later, but this NAS runs TrueNAS CORE"
            yield Problem(name, reason, "Remove the option or upgrade the NAS.")
        yield from _later_value(made, entry)
        if spoken and entry.since > spoken and made.values[name] != entry.default:
            reason = f"requires TrueNAS {show_version(entry.since)} or later, but this NAS or api_version is older"
            yield Problem(name, reason, "Remove the option, upgrade the NAS, or remove api_version.")


def _later_value(made: Draft, entry: Field) -> Iterator[Problem]:
    """Yield a problem for a value that the NAS does not know."""
    value, version = made.values[entry.name], made.facts.version
    since = entry.values_since.get(value, version) if entry.values_since else None
    if version and since and since > version:
        reason = f"requires TrueNAS {show_version(since)} or later with the value {value}, but this NAS is older"
        yield Problem(entry.name, reason, "Set another value, or upgrade the NAS.")


def _scripts(made: Draft) -> Iterator[Problem]:
    """Yield a problem for each script in the resulting task if the account is not a full administrator."""
    if made.facts.full_admin or not made.is_written:
        return
    for name in ("pre_script", "post_script"):
        if made.values.get(name):
            reason = "requires a full administrator, even if another option changes"
            account = (
                "the password of a full administrator in place of an API key" if made.facts.is_older else _FULL_ADMIN
            )
            yield Problem(name, reason, f"Use {account}, or set the script to an empty text.")
