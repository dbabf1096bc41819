# SPDX-License-Identifier: GPL-3.0-or-later
"""The key with which this host opens a bucket: from the options of a task, or from a credential that is stored on the NAS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..config_values import as_used
from ..credential.kind import credentials, require
from ..credential.spec import canonical
from ..credential.stored import CREDENTIALS
from ..errors import InvalidInput, NotFound, NotPermitted, Problem
from ..fields.kinds import MASK
from ..nas.client import Nas
from ..providers import PROVIDERS, Provider
from ..providers.arguments import STORES

Account = tuple[type[Provider], Mapping[str, Any]]
"""A provider, and the API values of a credential."""


def problems(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem unless the options have one account, complete, or the name of a credential and a NAS that stores it."""
    given = [name for name in ("credential", *STORES) if params.get(name) is not None]
    if len(given) > 1:
        yield Problem(given[1], f"cannot be combined with {given[0]}", "Set only one of them.")
    elif not given:
        yield Problem("credential", "is required", f"Set exactly one of: credential, {', '.join(STORES)}.")
    elif given == ["credential"]:
        for name in ("host", "username"):
            if params.get(name) is None:
                yield Problem(name, "is required with credential", "Set the NAS that stores the credential.")
    else:
        yield from _declared(PROVIDERS[given[0]], params[given[0]])[1]


def of_options(params: Mapping[str, Any]) -> Account | None:
    """Return the account of the options, which have no problems, or None if they name a credential."""
    for key in STORES:
        if params.get(key) is not None:
            return PROVIDERS[key], _declared(PROVIDERS[key], params[key])[0]
    return None


def _declared(provider: type[Provider], given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    declared, problems = provider.parse(canonical(provider, given))
    values = {name: option.default for name, option in provider.options().items() if not option.required} | declared
    found = [*problems]
    for name, option in provider.options().items():
        if option.required and name not in values and not problems:
            found.append(Problem(f"{provider.key}.{name}", "is required", "Set it in the task."))
    return as_used(values), [*found, *provider.contradictions(values)]


def of_nas(name: str, nas: Nas) -> Account:
    """Return the account of a stored credential. Raises NotFound, InvalidInput, or NotPermitted if the NAS hides the secret."""
    known = credentials(nas)
    require([name], known, nas)
    stored = CREDENTIALS.find(known, name)
    if stored is None:
        raise NotFound(f"Credential {name!r} not found. Check the name, or create the credential first.")
    provider = stored.provider
    if provider is None or not provider.protects_buckets:
        able = ", ".join(PROVIDERS[key].title for key in STORES)
        reason = f"must be for one of {able}, but the provider of {name!r} is {stored.title}"
        raise InvalidInput([Problem("credential", reason, "Choose another credential.")])
    if MASK in stored.values.values():
        raise NotPermitted(
            f"The NAS hides the secret of {name!r} from this account. Use an account with the role CLOUD_SYNC_WRITE, or set the "
            "key in the task."
        )
    return provider, as_used(stored.values)
