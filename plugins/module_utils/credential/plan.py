# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for one credential, from its desired and its stored state. Pure: no calls and no writes.

`questions` returns the facts that `make` needs in addition to the stored credentials. All output before and after a write comes
from the plan, with secrets masked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..engine.change import CREATED, NONE, UPDATED
from ..errors import InUse, InvalidInput, NotFound
from ..fields.kinds import MASK, MASK_DESIRED, MASK_STORED, UNKNOWN, WireValue
from ..names import near_matches
from ..nas import flat
from ..nas.facts import Fact
from ..providers import Provider
from ..versions import FIRST_VERSION
from . import warnings
from .change import CredentialPlan
from .deletion import plan_deletion
from .facts import KEYPAIRS, VERSION, Facts, listed
from .keypair_reference import PENDING_ID, awaited
from .spec import DesiredCredential, missing, too_long
from .stored import CREDENTIALS, StoredCredential, document
from .support import hidden_fields, supported, too_new, without_nulls


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
        return plan_deletion(desired, current, stored, facts)
    if desired.provider is None:
        return _rename(desired, current, stored, facts)
    provider = desired.provider
    if current is not None and current.provider is provider:
        return _update(desired, provider, current, facts)
    plan = _replace(desired, provider, current, facts)
    near = near_matches((other.name for other in stored), desired.final_name) if current is None else []
    return replace(plan, warnings=(*plan.warnings, *warnings.similar_name(desired.final_name, near)))


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
    normal = without_nulls(provider, {**flat.left_out(provider.wire_type), **provider.normalize(current.values)})
    options = provider.options()
    declared, problems = supported(desired, provider, normal, facts)
    base = without_nulls(provider, current.values)
    if desired.undeclared == "default":
        base.update({name: option.default for name, option in options.items() if name in base and not option.required})
    base.update({name: options[name].default for name in desired.cleared if name in base})
    kept = _kept(desired, provider, normal, {**base, **declared})
    complete = {**base, **declared, **{name: current.values[name] for name in kept}}
    problems += missing(provider, complete, facts.may_write or MASK not in complete.values())
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
    stays = without_nulls(provider, current.values) if changed else current.values
    same = {name: stays[name] for name in complete if name in stays and name not in changed}
    plan = _plan(desired, current, provider, {**complete, **same}, dict.fromkeys(changed), unknown, facts)
    if "provider" in plan.payload and (problems := [*hidden_fields(provider, facts)]):
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
        problems.append(too_new(provider.key, provider.since, facts, provider.wire_type))
    declared, gated = supported(desired, provider, {}, facts)
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
        previous=current,
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
