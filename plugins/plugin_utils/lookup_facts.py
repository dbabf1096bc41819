# SPDX-License-Identifier: GPL-3.0-or-later
"""Public facts of stored credentials for a lookup, through the session of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ansible_collections.nasops.truenas.plugins.module_utils import _pydantic, mistyped
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, Problem, TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import MASK
from ansible_collections.nasops.truenas.plugins.module_utils.names import most_similar
from ansible_collections.nasops.truenas.plugins.module_utils.nas import account, connection
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.nas.connection import Connection
from ansible_collections.nasops.truenas.plugins.module_utils.nas.over_ssh import SSH
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.no_log import ArgumentSpecValidator, mask_secrets
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.options import secrets_to_mask, worth_masking
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import base
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.base import Act
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential_info import TASK
from ansible_collections.nasops.truenas.plugins.plugin_utils import inventory
from ansible_collections.nasops.truenas.plugins.plugin_utils.plain import plain, without_nulls
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.join import SharedOpener
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.run import in_worker
from ansible_collections.nasops.truenas.plugins.plugin_utils.worker_sessions import connected

_NOT_OVER_SSH = Problem(
    "via",
    "must not be ssh for a lookup, which has no SSH connection",
    "Use nasops.truenas.cloud_credential_info, or set via: network and an API key.",
)


class Plugin(Protocol):
    """The lookup plugin: options of the inventory, files, and templates."""

    def get_option(self, option: str) -> Any:
        """Return an option of the inventory."""

    def read_file(self, path: str, variables: Mapping[str, Any]) -> str:
        """Return the text of a file on the controller. Raises OSError."""

    def filled(self, value: Any) -> Any:
        """Return a value with its templates evaluated."""


class _Inventory:
    """The options that the inventory sets, as a connection plugin has them."""

    def __init__(self, plugin: Plugin, variables: Mapping[str, Any]) -> None:
        self._plugin = plugin
        self.transport = str(plugin.filled(variables.get("ansible_connection", "")))

    def get_option(self, name: str) -> Any:
        return self._plugin.filled(self._plugin.get_option(name))


class Facts:
    """The facts of one NAS. The options of the lookup are checked before anything is sent."""

    def __init__(self, plugin: Plugin, variables: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        self._nas: Nas | None = None
        self._plugin = plugin
        self._variables = variables
        given = without_nulls(plain(dict(options)))
        self._given = inventory.options(_Inventory(plugin, variables), connection.ARGUMENTS, given)

    def of(self, names: Sequence[Any]) -> list[dict[str, Any]]:
        """Return the public facts of credentials. Raises TrueNASError."""
        _pydantic.require()
        if not all(isinstance(name, str) for name in names):
            raise InvalidInput([Problem("_terms", "must be names of credentials", "Write each name as text.")])
        target, act, shares = self._task()
        if in_worker():
            self._nas = connected((target,), SharedOpener(target, shares))
            return _found(act(self._nas)["credentials"], names, target)
        # Ansible forks its workers from this process, and they must not inherit a session.
        self._nas = Nas(SharedOpener(target, False).open())
        try:
            return _found(act(self._nas)["credentials"], names, target)
        finally:
            self._nas.session.close()

    def _task(self) -> tuple[Connection, Act, bool]:
        """Return the NAS, the function that lists its credentials, and whether to share the login. Raises InvalidInput."""
        if self._given.get("via") == SSH:
            raise InvalidInput([_NOT_OVER_SSH])
        if mistyped.refusals(self._given, connection.ARGUMENTS):
            raise InvalidInput(base.refusals(TASK, self._given, connection.ARGUMENTS))
        arguments = account.with_files(self._given, lambda path: self._plugin.read_file(path, self._variables))
        validation = ArgumentSpecValidator({**connection.ARGUMENTS, **TASK.arguments}).validate(arguments)
        if validation.error_messages:
            raise InvalidInput(base.refusals(TASK, self._given, connection.ARGUMENTS))
        params = {**arguments, **validation.validated_parameters}
        return connection.read(params), TASK.read(params, True), params["share_session"]

    def redacted(self, message: str) -> str:
        """Return a message without the secrets of the options, of the environment, and of the NAS."""
        own = secrets_to_mask(self._given, connection.ARGUMENTS) | worth_masking(account.environment_secrets())
        stored = worth_masking(self._nas.known_secrets) if self._nas else set()
        return str(mask_secrets({"failed": True, "msg": message}, own, stored)["msg"])


def _found(shown: Sequence[Mapping[str, Any]], names: Sequence[str], target: Connection) -> list[dict[str, Any]]:
    facts = []
    for name in names:
        matches = [credential for credential in shown if credential["name"] == name]
        if not matches:
            similar = most_similar((str(credential["name"]) for credential in shown), name)
            remedy = f"Did you mean {similar[0]!r}?" if similar else "Check the name."
            raise TrueNASError(f"{target.address.url} has no cloud credential {name!r}. {remedy}")
        if len(matches) > 1:
            ids = ", ".join(str(credential["id"]) for credential in matches)
            raise TrueNASError(
                f"{target.address.url} has several cloud credentials {name!r} (IDs {ids}). Rename or delete one."
            )
        facts.append(public(matches[0]))
    return facts


def public(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a credential in the form of a task's options; fields that are or contain a mask are left out."""
    provider, fields = next(((key, value) for key, value in shown.items() if isinstance(value, Mapping)), ("", {}))
    return {
        "id": shown["id"],
        "name": shown["name"],
        "provider": provider if provider in PROVIDERS else None,
        "fields": {name: value for name, value in fields.items() if MASK not in str(value)},
    }
