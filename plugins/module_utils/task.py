# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Ansible meets the core: options in, a result or a clear failure out, and no secret in either."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from . import _pydantic, connection
from .errors import MissingLibrary, TrueNASError
from .providers import PROVIDERS, Provider
from .providers.values import MASK, looks_like_key
from .transport.session import Session

SHORTEST_MASKED = 6
"""Characters of the shortest secret that Ansible may blank in all output. Results hold no secret to begin with, and
blanking every "22" or "admin" would make them unreadable."""


class Task(AnsibleModule):
    """A module of this collection, with the options of the connection added to its own."""

    def __init__(self, arguments: Mapping[str, Any], **rules: Any) -> None:
        super().__init__(argument_spec={**connection.ARGUMENTS, **arguments}, supports_check_mode=True, **rules)
        try:
            _pydantic.require()
        except MissingLibrary as missing:
            self._fail_for(missing)
        # Ansible would also blank what merely describes a key or a token ("service_account", "Bearer") everywhere.
        self.no_log_values = {secret for secret in secrets(self.params) if len(secret) >= SHORTEST_MASKED}

    def log(self, msg: str, log_args: Mapping[str, Any] | None = None) -> None:
        """Write to the system's log that the module ran, without its arguments.

        Ansible flattens nested options there into one text, in which a secret with a quote or a line break no longer looks
        like what it would mask.
        """
        super().log("Invoked")

    def exit_json(self, **result: Any) -> NoReturn:
        """Report success."""
        super().exit_json(**{"invocation": self._shown(), **result})
        raise AssertionError("exit_json ends the process")

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        """Report a failure."""
        super().fail_json(msg, **{"invocation": self._shown(), **result})
        raise AssertionError("fail_json ends the process")

    def run(self, work: Callable[[Mapping[str, Any]], Callable[[Session], dict[str, Any]]]) -> NoReturn:
        """Run `work` and report.

        `work` reads the options, raising what is wrong with them before a socket is opened, and returns what is to be done
        with a session.
        """
        try:
            target = connection.read(self.params)
            act = work(self.params)
            with target.open() as session:
                result = act(session)
        except MissingLibrary as missing:
            self._fail_for(missing)
        except TrueNASError as error:
            self.fail_json(str(error), **error.details())
        for warning in result.pop("warnings", []):
            self.warn(warning)
        self.exit_json(**result)

    def _fail_for(self, missing: MissingLibrary) -> NoReturn:
        self.fail_json(missing_required_lib(missing.library), exception=missing.traceback)

    def _shown(self) -> dict[str, Any]:
        """Return the options as they may be shown, also those that are misspelt, which Ansible would show as they are."""
        return {"module_args": masked(self.params, self.argument_spec)}


def masked(params: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task's options with every value masked that is a secret or might be one."""
    shown: dict[str, Any] = {}
    for name, value in params.items():
        if name in PROVIDERS:
            # Without pydantic nobody knows which fields are secret.
            known = isinstance(value, Mapping) and _pydantic.IMPORT_ERROR is None
            shown[name] = _masked_provider(PROVIDERS[name], value) if known else _mask(value)
        elif name in spec and not spec[name].get("no_log"):
            shown[name] = value
        else:
            shown[name] = _mask(value)
    return shown


def _masked_provider(provider: type[Provider], given: Mapping[str, Any]) -> dict[str, Any]:
    readable = {
        name: option.public
        for option in provider.options().values()
        if not option.secret
        for name in (option.name, *option.aliases)
    } | dict.fromkeys(provider.from_file, str)
    return {
        name: _mask(value) if name not in readable or looks_like_key(value) else value and readable[name](value)
        for name, value in given.items()
    }


def _mask(value: Any) -> Any:
    return value if value in (None, "") else MASK


def secrets(params: Mapping[str, Any]) -> Iterator[str]:
    """Yield the secret texts among a task's options."""
    for name in ("api_key", "password"):
        if params.get(name):
            yield params[name]
    for key, provider in PROVIDERS.items():
        given = params.get(key)
        if not isinstance(given, Mapping):
            continue
        for option in provider.options().values():
            for name in (option.name, *option.aliases):
                yield from option.secrets(given.get(name))
