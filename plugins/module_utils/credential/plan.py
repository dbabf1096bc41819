# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for one credential, from its desired and its stored state. Pure: no calls and no writes.

`questions` returns the facts that `make` needs in addition to the stored credentials. All output before and after a write comes
from the plan, with secrets masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..engine.change import CREATED, DELETED, NONE, UPDATED, Change
from ..errors import InUse, InvalidInput, NotFound, NotPermitted, Problem
from ..fields.kinds import MASK, MASK_DESIRED, MASK_STORED, UNKNOWN, WireValue
from ..keypair.stored import StoredKeypair, identity
from ..names import near_matches
from ..nas import flat
from ..nas.facts import Fact
from ..providers import Provider
from ..versions import FIRST_VERSION, Version
from ..versions import show as show_version
from . import keypair_reference, warnings
from .facts import KEYPAIRS, VERSION, CredentialUser, Facts, Reassignment, listed
from .keypair_reference import PENDING_ID, KeypairRef, awaited
from .spec import DesiredCredential, missing, too_long
from .stored import CREDENTIALS, StoredCredential, document


@dataclass(frozen=True)
class CredentialPlan(Change):
    """The change to one credential.

    `candidate` is the complete desired provider, for verification; `former` is the stored credential, including secrets;
    `outcome` is the desired credential, masked. In `before` and `after`, secrets that differ have different masks. `kept` has the
    declared fields that keep their stored value, each with the reason. Before a delete, `reassigned_tasks` are reassigned to the
    credential named `replacement`, whose ID is None if the same task creates it. If the plan `needs_keypair`, PENDING_ID is in
    place of the ID until `with_new_keypair` sets it; a generated keypair is the `new_keypair`. `keypairs` has the names of
    keypairs by ID.
    """

    provider: type[Provider] | None = None
    candidate: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    reassigned_tasks: tuple[CredentialUser, ...] = ()
    replacement: str = ""
    outcome: Mapping[str, Any] = field(default_factory=dict)
    former: StoredCredential | None = field(default=None, repr=False)
    needs_keypair: KeypairRef | None = None
    new_keypair: StoredKeypair | None = field(default=None, repr=False)
    keypairs: Mapping[int, str] = field(default_factory=dict)

    @property
    def generated_keypair(self) -> dict[str, Any] | None:
        """The values that identify the keypair that the NAS generates for this plan, or None."""
        if self.new_keypair:
            return {"id": self.new_keypair.id, **identity(self.new_keypair.name, self.new_keypair.public)}
        if self.needs_keypair and self.needs_keypair.generate:
            return {"id": None, **identity(self.needs_keypair.name, None)}
        return None


def with_new_keypair(plan: CredentialPlan, keypair: StoredKeypair) -> CredentialPlan:
    """Return the plan with the ID of the keypair that it needs."""
    if plan.needs_keypair is None:
        return plan
    reference = {plan.needs_keypair.field: keypair.id}
    provider = {"provider": {**plan.payload["provider"], **reference}} if "provider" in plan.payload else {}
    return replace(
        plan,
        payload={**plan.payload, **provider},
        candidate={**plan.candidate, **reference},
        keypairs={**plan.keypairs, keypair.id: keypair.name},
        new_keypair=keypair if plan.needs_keypair.generate else None,
        needs_keypair=None,
    )


def undo(plan: CredentialPlan, written: StoredCredential) -> CredentialPlan:
    """Return the plan that restores the state before another plan, which has `written` a credential."""
    former = plan.former
    if former is None:
        return CredentialPlan(action=DELETED, name=written.name, id=written.id)
    return CredentialPlan(
        action=UPDATED,
        name=former.name,
        id=written.id,
        payload={"name": former.name, "provider": former.wire},
        candidate=former.wire,
    )


def questions(desired: DesiredCredential, stored: Sequence[StoredCredential], *, is_older: bool) -> list[Fact]:
    """Return the facts that `make` needs for this task and these stored credentials, in a fixed order.

    Systems that are `is_older` than 25.04 do not all have the same providers.
    """
    current = CREDENTIALS.subject(desired, stored)
    provider = desired.provider
    if provider is None or desired.is_absent:
        return []
    same = current is not None and current.provider is provider
    known = provider.normalize(current.values) if current and same else {}
    touched = [option for name, option in provider.options().items() if name in {*desired.declared, *desired.cleared}]
    candidates = touched if same else list(provider.options().values())
    versioned = (is_older or provider.since > FIRST_VERSION) and not same
    asked = []
    if versioned or any(option.since > FIRST_VERSION and option.name not in known for option in candidates):
        asked.append(VERSION)
    if any(
        option.refers_to_keypair and desired.declared.get(option.name) not in (None, known.get(option.name))
        for option in touched
    ):
        asked.append(KEYPAIRS)
    return asked


def needs_users(desired: DesiredCredential, current: StoredCredential | None) -> bool:
    """Return whether the plan depends on the tasks that use the stored credential: it is deleted or gets another provider."""
    if current is None:
        return False
    return desired.is_absent or (desired.provider is not None and desired.provider is not current.provider)


def make(desired: DesiredCredential, stored: Sequence[StoredCredential], facts: Facts) -> CredentialPlan:
    """Return the plan. Raises InvalidInput, NotFound, InUse, or NotPermitted for a state that cannot be reached."""
    current = CREDENTIALS.subject(desired, stored)
    if desired.state == "absent":
        return _delete(desired, current, stored, facts)
    if desired.provider is None:
        return _rename(desired, current, stored, facts)
    provider = desired.provider
    if current is not None and current.provider is provider:
        return _update(desired, provider, current, facts)
    plan = _replace(desired, provider, current, facts)
    near = near_matches((other.name for other in stored), desired.final_name) if current is None else []
    return replace(plan, warnings=(*plan.warnings, *warnings.similar_name(desired.final_name, near)))


def _delete(
    desired: DesiredCredential, current: StoredCredential | None, stored: Sequence[StoredCredential], facts: Facts
) -> CredentialPlan:
    if current is None:
        question = CREDENTIALS.did_you_mean(stored, desired.name)
        return CredentialPlan(
            NONE, desired.name, warnings=(f"Credential {desired.name!r} not found. {question}",) if question else ()
        )
    users = tuple(facts.users.get(current.id, ()))
    if users and desired.replace_with is None:
        raise InUse(
            f"Cannot delete {desired.name!r}: it is used by {listed(users)}. To move these tasks to another credential first, "
            "set replace_with."
        )
    before = document(current.name, current.provider, current.wire_type, current.values)
    if desired.replace_with is not None:
        other = _replacement(desired.replace_with, current, stored, facts)
        moving = facts.reassignments.get(current.id, Reassignment())
        if moving.problems:
            raise InvalidInput(moving.problems)
        return CredentialPlan(
            action=DELETED,
            name=desired.name,
            id=current.id,
            reassigned_tasks=users,
            replacement=desired.replace_with,
            before={**before, **_shown(users, desired.name)},
            after=_shown(users, desired.replace_with),
            warnings=(*(warnings.reassigned_across_providers(current, other) if users else ()), *moving.warnings),
        )
    return CredentialPlan(
        action=DELETED,
        name=desired.name,
        id=current.id,
        before=before,
        warnings=facts.notes,
    )


def _replacement(
    name: str, current: StoredCredential, stored: Sequence[StoredCredential], facts: Facts
) -> StoredCredential | None:
    """Return the credential that replaces the deleted one, or None if the same task creates it.

    Raises NotFound, InvalidInput, or NotPermitted.
    """
    if facts.notes:
        raise NotPermitted(f"{facts.notes[0]} To reassign every task, give the account the role to list them.")
    if name in facts.deleted:
        reason = f"must not be {name!r}, which the same task deletes"
        raise InvalidInput([Problem("replace_with", reason, "Set another credential.")])
    other = CREDENTIALS.find(stored, name)
    if other is None and name not in facts.created:
        remedy = CREDENTIALS.did_you_mean(stored, name) or "Check replace_with, or create the credential first."
        raise NotFound(f"Credential {name!r} not found, so it cannot replace {current.name!r}. {remedy}")
    return other


def _shown(users: Sequence[CredentialUser], credential: str) -> dict[str, Any]:
    """Return the credential of each task, for a diff."""
    return {"tasks": {str(user): credential for user in users}} if users else {}


def _rename(
    desired: DesiredCredential, current: StoredCredential | None, stored: Sequence[StoredCredential], facts: Facts
) -> CredentialPlan:
    if current is None:
        question = CREDENTIALS.did_you_mean(stored, desired.name)
        raise NotFound(
            f"Cannot rename {desired.name!r} to {desired.final_name!r}: neither credential exists. "
            f"{question or 'Check the name'}{'' if question else ', or set a provider to create the credential.'}"
        )
    return _plan(desired, current, current.provider, current.values, {}, (), facts)


def _update(
    desired: DesiredCredential, provider: type[Provider], current: StoredCredential, facts: Facts
) -> CredentialPlan:
    """Plan the update of a credential that has the desired provider: declared values replace stored ones."""
    # A NAS that was upgraded from a version before 25.04 still lacks what was not sent then.
    normal = _without_nulls(provider, {**flat.left_out(provider.wire_type), **provider.normalize(current.values)})
    options = provider.options()
    declared, problems = _check_versions(desired, provider, normal, facts)
    base = _without_nulls(provider, current.values)
    if desired.undeclared == "default":
        base.update({name: option.default for name, option in options.items() if name in base and not option.required})
    base.update({name: options[name].default for name in desired.cleared if name in base})
    kept = _kept(desired, provider, normal, {**base, **declared})
    complete = {**base, **declared, **{name: current.values[name] for name in kept}}
    problems += missing(provider, complete)
    if problems:
        raise InvalidInput(problems)
    changed, unknown = [], []
    for name, value in complete.items():
        # A field that is kept, or that this collection does not support, has the stored value itself.
        if value is current.values.get(name, ...):
            continue
        option = options[name]
        if not facts.may_write and option.redacted_by_server and current.values.get(name) == MASK:
            # If the account has the role, eight asterisks are the stored value itself.
            unknown.append(name)
        elif name not in normal or not option.same(normal[name], value):
            changed.append(name)
    # A null that the NAS refuses stays only as long as nothing is written.
    stays = _without_nulls(provider, current.values) if changed else current.values
    same = {name: stays[name] for name in complete if name in stays and name not in changed}
    plan = _plan(desired, current, provider, {**complete, **same}, dict.fromkeys(changed), unknown, facts)
    if "provider" in plan.payload and (problems := [*_hidden_fields(provider, facts)]):
        raise InvalidInput(problems)
    strange = sorted(current.values.keys() - options.keys())
    return replace(
        plan,
        kept={name: kept[name] for name in sorted(kept) if name in declared},
        warnings=(
            *plan.warnings,
            *warnings.unsupported_fields(desired.final_name, strange if "provider" in plan.payload else []),
        ),
    )


def _hidden_fields(provider: type[Provider], facts: Facts) -> Iterator[Problem]:
    """Yield a problem if an update would reset fields that the older API version hides (truenas-api/wire.md §8, trap 6)."""
    if not facts.hidden:
        return
    spoken, newest = facts.hidden
    names = [name for name, option in provider.options().items() if spoken < option.since <= newest]
    if names:
        yield Problem(
            "api_version",
            f"{show_version(spoken)} hides {', '.join(names)}, which an update would reset",
            "Remove api_version.",
        )


def _kept(
    desired: DesiredCredential,
    provider: type[Provider],
    stored: Mapping[str, WireValue],
    wanted: Mapping[str, WireValue],
) -> dict[str, str]:
    """Return the fields that keep their stored value regardless of the task, each with the reason."""
    kept = {}
    token = provider.token_field
    if token in stored:
        if desired.update_token == "on_create" and provider.same_client(stored, wanted):  # noqa: S105 - the name of a choice, not a secret
            kept[token] = "update_token is on_create"
        elif (
            desired.update_token == "newest"  # noqa: S105 - the name of a choice, not a secret
            and provider.same_client(stored, wanted)
            and provider.token_is_newer(stored, wanted)
        ):
            kept[token] = "refreshed by the NAS" if provider.rotates_token else "it expires later"
    if desired.update_secret == "on_create":  # noqa: S105 - the name of a choice, not a secret
        secret = [option.name for option in provider.options().values() if option.secret and option.name in stored]
        kept.update({name: "update_secret is on_create" for name in secret if name not in desired.cleared})
    return kept


def _replace(
    desired: DesiredCredential, provider: type[Provider], current: StoredCredential | None, facts: Facts
) -> CredentialPlan:
    """Plan to create a credential or to change its provider. No stored value is kept.

    Raises InUse if the provider would change while tasks use it, unless `allow_type_change` is set.
    """
    users = facts.users.get(current.id) if current else None
    if current and users and not desired.allow_type_change:
        raise InUse(
            f"Changing {desired.name!r} from {current.title} to {provider.title} can break the tasks that use it: "
            f"{listed(users)}. Their bucket and folder belong to {current.title}. To change it anyway, set "
            "allow_type_change: true."
        )
    version = facts.spoken or FIRST_VERSION
    problems = []
    if not facts.offers(provider):
        problems.append(_too_new(provider.key, provider.since, facts, provider.wire_type))
    declared, gated = _check_versions(desired, provider, {}, facts)
    complete = {**provider.defaults(version), **declared}
    problems += [*gated, *missing(provider, complete)]
    if problems:
        raise InvalidInput(problems)
    return _plan(desired, current, provider, complete, declared, (), facts)


def _plan(
    desired: DesiredCredential,
    current: StoredCredential | None,
    provider: type[Provider] | None,
    complete: Mapping[str, WireValue],
    changed: Mapping[str, Any],
    unknown: Sequence[str],
    facts: Facts,
) -> CredentialPlan:
    name = desired.final_name
    wire_type = provider.wire_type if provider else current.wire_type if current else ""
    wire = {"type": wire_type, **complete}
    retyped = current is not None and current.wire_type != wire_type
    payload = _payload(current, name, wire, changed)
    sent = payload.get("provider", {})
    if provider and (problems := [*too_long(provider, name, sent), *(flat.problems(sent) if facts.is_older else ())]):
        raise InvalidInput(problems)
    needs_keypair = awaited(desired.keypair, complete)
    keypairs = _shown_by(desired, facts, unknown)
    outcome = after = document(name, provider, wire_type, complete, keypairs=keypairs)
    before = (
        document(current.name, current.provider, current.wire_type, current.values, keypairs=keypairs)
        if current
        else {}
    )
    if current and provider and not retyped:
        before, after = _mark_secret_changes(before, after, provider.key, changed, unknown)
    if needs_keypair and needs_keypair.generate:
        after = {**after, "ssh_keypair": {"name": needs_keypair.name}}
    names = [*(["name"] if "name" in payload else []), *(["provider"] if retyped else []), *changed]
    return CredentialPlan(
        action=NONE if not payload else UPDATED if current else CREATED,
        name=name,
        id=current.id if current else None,
        provider=provider,
        payload=payload,
        candidate=wire,
        changed_fields=tuple(sorted(names)),
        unknown=tuple(sorted(unknown)),
        former=current,
        outcome=outcome,
        before=before,
        after=after,
        needs_keypair=needs_keypair,
        keypairs=keypairs,
        warnings=(
            *warnings.all_for(desired, current, provider, complete, bool(payload), unknown, facts),
            *(provider.warn_of_lengths(complete, changed) if provider else ()),
        ),
    )


def _payload(
    current: StoredCredential | None, name: str, wire: Mapping[str, WireValue], changed: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the name and the provider, each only if it changes. The NAS replaces a provider as a whole."""
    payload: dict[str, Any] = {}
    if current is None or current.name != name:
        payload["name"] = name
    if current is None or current.wire_type != wire["type"] or changed:
        payload["provider"] = wire
    return payload


def _shown_by(desired: DesiredCredential, facts: Facts, unknown: Sequence[str]) -> Mapping[int, str]:
    """Return the names of keypairs by ID for output, if the task names its keypair and the field can be compared."""
    if desired.keypair is None or desired.keypair.field in unknown:
        return {}
    return {**facts.keypair_names, PENDING_ID: desired.keypair.name}


def _mark_secret_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], key: str, changed: Mapping[str, Any], unknown: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both documents for the diff, whose provider is `key`.

    The masks of secrets are distinct if the secrets differ, and equal if they cannot be compared.
    """
    old, new = dict(before[key]), dict(after[key])
    for name in changed:
        if name in old and old[name] == new.get(name, ...):
            old[name] = str(old[name]).replace(MASK, MASK_STORED)
            new[name] = str(new[name]).replace(MASK, MASK_DESIRED)
    for name in unknown:
        old[name] = new[name] = UNKNOWN
    return {**before, key: old}, {**after, key: new}


def _check_versions(
    desired: DesiredCredential,
    provider: type[Provider],
    stored: Mapping[str, WireValue],
    facts: Facts,
) -> tuple[dict[str, WireValue], list[Problem]]:
    """Return the declared values that this NAS version supports, and a problem for each of the others.

    An unsupported field with its default value is omitted without a problem. A named keypair is replaced with its ID.
    """
    supported: dict[str, WireValue] = {}
    problems: list[Problem] = []
    declared = dict(desired.declared)
    if desired.keypair:
        try:
            declared[desired.keypair.field] = keypair_reference.resolve(
                desired.keypair, facts.keypairs, facts.created_keypairs
            )
        except InvalidInput as error:
            problems += error.problems
    for name, value in declared.items():
        option = provider.options()[name]
        if name in stored or facts.has(provider, option):
            supported[name] = value
        elif not option.same(option.default, value):
            problems.append(_too_new(f"{provider.key}.{name}", option.since, facts))
    return supported, problems


def _too_new(field: str, since: Version, facts: Facts, wire_type: str = "") -> Problem:
    reason = f"requires TrueNAS {show_version(since)} or later"
    if facts.version and (family := flat.family_of(facts.version)):
        reason = f"requires {flat.which_offer(wire_type, since)}"
        return Problem(field, f"{reason}, but this NAS runs {family.title}", "Remove the option or upgrade the NAS.")
    if facts.version and facts.version >= since:
        return Problem(field, f"{reason}, but api_version is older", "Remove the option, or remove api_version.")
    version = show_version(facts.version or FIRST_VERSION)
    return Problem(field, f"{reason}, but this NAS runs {version}", "Remove the option or upgrade the NAS.")


def _without_nulls(provider: type[Provider], values: Mapping[str, WireValue]) -> dict[str, WireValue]:
    """Return stored values with the default in place of a null that the NAS refuses, or without one that has no default."""
    options = provider.options()
    found = dict(values)
    for name in [name for name, value in values.items() if value is None and name in options]:
        option = options[name]
        if option.default is not None:
            found[name] = option.default
        elif option.required and None not in option.choices.values():
            del found[name]
    return found
