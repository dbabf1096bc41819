# SPDX-License-Identifier: GPL-3.0-or-later
"""Run tasks in the Ansible worker process where possible, where the items of a loop share a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.connection import ConnectionBase

from ansible_collections.nasops.truenas.plugins.module_utils import _pydantic, _websocket_client, mistyped, requirements
from ansible_collections.nasops.truenas.plugins.module_utils.errors import (
    InvalidInput,
    NotPermitted,
    Problem,
    TrueNASError,
    Unsuitable,
)
from ansible_collections.nasops.truenas.plugins.module_utils.nas import account, connection, over_ssh
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.nas.connection import Connection
from ansible_collections.nasops.truenas.plugins.module_utils.nas.over_ssh import SSH, OverSsh
from ansible_collections.nasops.truenas.plugins.module_utils.nas.unconnected import Unconnected
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.messages import is_sanitized
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.no_log import ArgumentSpecValidator, mask_secrets
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.options import (
    masked,
    secrets_to_mask,
    worth_masking,
)
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import base
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.base import Act, TaskKind
from ansible_collections.nasops.truenas.plugins.plugin_utils import (
    inventory,
    loop_items,
    misspelled_variables,
    shared_tokens,
    worker_memory,
)
from ansible_collections.nasops.truenas.plugins.plugin_utils.over_ssh import SshOpener, connection_of
from ansible_collections.nasops.truenas.plugins.plugin_utils.over_ssh import problems as ssh_problems
from ansible_collections.nasops.truenas.plugins.plugin_utils.plain import plain, with_dates_as_text, without_nulls
from ansible_collections.nasops.truenas.plugins.plugin_utils.progress import Progress
from ansible_collections.nasops.truenas.plugins.plugin_utils.shared_session.join import SharedOpener
from ansible_collections.nasops.truenas.plugins.plugin_utils.worker_sessions import connected

NOT_SHOWN = (
    "Values in this result contain characters that control a terminal or CI, so Ansible does not print it with -v."
)

PLAYBOOKS = "/ansible_collections/nasops/truenas/playbooks/"
"""In the path of a task of a playbook of this collection."""

OTHER_USER = "Over SSH, the account is the user {!r} of the NAS. Give it the role, or set become: true or ansible_user to another"


class Unquoted(dict[str, Any]):
    """Options for a module. With ANSIBLE_DEBUG, Ansible prints what it hands to a module, and would print the secrets."""

    def __repr__(self) -> str:
        return f"{{{', '.join(self)}}}"


class InProcessAction(ActionBase):
    """Base class of action plugins that run a task in this process if it is local, and otherwise run its module."""

    kind: ClassVar[TaskKind]

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        worker_memory.freeze_once()
        result: dict[str, Any] = super().run(tmp, task_vars)
        if unmet := requirements.of_ansible():
            return {**result, "failed": True, "msg": str(Unsuitable(unmet)), "changed": False}
        spec = {**connection.ARGUMENTS, **self.kind.arguments}
        own = without_nulls(plain(self._task.args))
        given = inventory.options(self._connection, connection.ARGUMENTS, own, self._variable(task_vars or {}))
        result.update(self._run(given, spec, task_vars or {}))
        if not is_sanitized(result):
            # Playbooks need stored values as they are, so they stay in the result, and Ansible does not print it with -v.
            result["_ansible_verbose_override"] = True
            result["warnings"] = [*result.get("warnings", ()), NOT_SHOWN]
        if loop_items.leaks_secret(task_vars or {}, given, spec):
            result["_ansible_no_log"] = True
            if self._task.async_val:
                # The result that Ansible prints is that of its own task, which polls.
                self._task.no_log = True
            result["warnings"] = [*result.get("warnings", ()), loop_items.WARNING]
        return result

    def _run(self, given: dict[str, Any], spec: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        given, impossible = self._over_ssh(given, task_vars) if given.get("via") == SSH else (given, ())
        elsewhere = self._needs_a_process()
        # The module validates the rest; it can get values from its own environment.
        local_spec = mistyped.without_fallbacks(spec) if elsewhere else spec
        arguments = with_dates_as_text(given)
        misspelled = misspelled_variables.problems(task_vars) if self._is_in_a_play_of_ours() else ()
        unread: Sequence[Problem] = [*misspelled, *impossible]
        is_sound = not mistyped.problems(given, spec)
        if is_sound and not unread:
            try:
                arguments = account.with_files(arguments, self._read_file)
                if not _pydantic.IMPORT_ERROR:
                    arguments = self.kind.with_files(arguments, self._read_file)
            except InvalidInput as error:
                unread = error.problems
        # Ansible's validator fails at a number in place of a mapping.
        validation = ArgumentSpecValidator(local_spec).validate(arguments) if is_sound else None
        if unread or validation is None or validation.error_messages:
            problems = base.refusals(self.kind, given, local_spec, unread)
            return self._refused(problems, arguments, spec, task_vars)
        if elsewhere:
            done: dict[str, Any] = self._execute_module(
                module_args=Unquoted(arguments), task_vars=task_vars, wrap_async=bool(self._task.async_val)
            )
            if not self._task.async_val:
                # From 2.22 on, Ansible leaves this mark of its own in the registered result; it needs it for async only.
                done.pop("ansible_parsed", None)
            return done
        params = {**arguments, **validation.validated_parameters}
        self._progress = Progress(task_vars.get("inventory_hostname", ""), self._show)
        outcome = self._outcome(params)
        outcome.setdefault("changed", False)
        outcome.update(_invocation(params, spec, task_vars))
        return mask_secrets(outcome, *self._secrets(params, spec))

    def _variable(self, variables: Mapping[str, Any]) -> Callable[[str], Any]:
        """Return a function that returns a variable of the host, with its templates resolved, or None."""
        return lambda name: self._templar.template(variables[name]) if name in variables else None

    def _over_ssh(
        self, arguments: dict[str, Any], variables: Mapping[str, Any]
    ) -> tuple[dict[str, Any], Sequence[Problem]]:
        """Return the options of a task over SSH, with the host and user of SSH, and the problems with them.

        Options of the login are refused in a task. The roles pass on variables, which can be those of a whole group.
        """
        refused = over_ssh.conflicts(arguments, connection.ARGUMENTS)
        names = {problem.field for problem in refused}
        kept = {name: value for name, value in arguments.items() if name not in names}
        found = [] if self._is_in_a_role_of_ours() else refused
        try:
            self._ssh = ssh = connection_of(self, variables)
        except InvalidInput as error:
            return arguments, [*found, *error.problems]
        kept.setdefault("host", ssh.get_option("host"))
        kept["username"] = str(ssh.get_option("remote_user") or "")
        return kept, [*found, *ssh_problems(self, ssh, kept["host"])]

    _ssh: ConnectionBase | None = None
    """The connection of a task over SSH."""
    _nas: Nas | None = None

    def _secrets(self, params: Mapping[str, Any], spec: Mapping[str, Any]) -> tuple[set[str], set[str]]:
        """Return the secrets of the task and of its environment, and those that the NAS stores."""
        own = secrets_to_mask(params, spec) | worth_masking(account.environment_secrets())
        return own, worth_masking(self._nas.held) if self._nas else set()

    def _refused(
        self, problems: Iterable[Problem], arguments: dict[str, Any], spec: dict[str, Any], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        error = InvalidInput(problems)
        failure = {"failed": True, "msg": str(error), "changed": False, **error.details()}
        failure.update(_invocation(arguments, spec, task_vars))
        return mask_secrets(failure, *self._secrets(arguments, spec))

    def _is_in_a_role_of_ours(self) -> bool:
        return bool(self._task._role and self._task._role.get_name().startswith("nasops.truenas."))

    def _is_in_a_play_of_ours(self) -> bool:
        """Return whether the task is in a role or a playbook of this collection, which read the variables `nas_*`."""
        return self._is_in_a_role_of_ours() or PLAYBOOKS in str(self._task.get_path())

    def _needs_a_process(self) -> bool:
        """Return whether the task needs its module: another host, user, environment, or time."""
        return not self._ssh and bool(
            self._connection.transport not in inventory.LOCAL
            or self._task.async_val
            or self._play_context.become
            or any(self._task.environment or ())
            or _pydantic.IMPORT_ERROR
            or _websocket_client.IMPORT_ERROR
        )

    def _outcome(self, params: Mapping[str, Any]) -> dict[str, Any]:
        try:
            target, act = base.read(self.kind, params, self._task.check_mode)
            if target is None:
                return act(Nas(Unconnected()))
            outcome = self._act(target, act, params["share_session"])
        except TrueNASError as error:
            return {"failed": True, "msg": str(error), **error.details()}
        warnings = [
            *outcome.get("warnings", ()),
            *shared_tokens.warnings(params, f"{target.address.host}:{target.address.port}"),
        ]
        return {**outcome, "warnings": warnings} if warnings else outcome

    def _act(self, target: Connection | OverSsh, act: Act, share: bool) -> dict[str, Any]:
        if isinstance(target, OverSsh):
            opener = SshOpener(target, self._ssh)
            nas = connected(opener.identity, opener, self._progress.waiting)
        else:
            nas = connected((target,), SharedOpener(target, share), self._progress.waiting)
        self._nas = nas
        nas.progress = self._progress.verified
        nas.running = self._progress.running
        if self._task.retries or self._task.until:
            # A retry must see changes since the previous attempt.
            nas.invalidate()
        try:
            return act(nas)
        except Exception as error:
            nas.invalidate()
            if isinstance(error, NotPermitted) and nas.user:
                error.note(OTHER_USER.format(nas.user))
            raise

    def _show(self, line: str) -> None:
        """Print the line at once, on stderr, because a callback can write a document, such as JSON, to stdout."""
        self._display.display(line, stderr=True)

    def _read_file(self, path: str) -> str:
        """Return the text of a file on the controller, decrypted if it is a vault. Raises OSError if it cannot be read."""
        try:
            file = self._find_needle("files", path)
        except AnsibleError:
            places = "an absolute path, the folder of the playbook or role, and its subfolder files"
            raise OSError(f"file {path!r} not found on the controller (searched: {places})") from None
        try:
            return str(self._loader.get_text_file_contents(file))
        except AnsibleError:
            raise OSError(f"{file} is unreadable or cannot be decrypted") from None


def _invocation(params: Mapping[str, Any], spec: Mapping[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
    """Return the masked options for the result; nothing if Ansible omits them, as it does from 2.20."""
    try:
        shown = constants.config.get_config_value("INJECT_INVOCATION", variables=task_vars)
    except AnsibleError:
        # Ansible before 2.20 does not have this setting.
        shown = True
    return {"invocation": {"module_args": masked(params, spec)}} if shown else {}
