# SPDX-License-Identifier: GPL-3.0-or-later
"""A task as an Ansible module: it runs in its own process and returns a result or a failure without secrets.

The import of `_python` stops a Python that cannot import the other files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

from . import _python, mistyped, requirements  # noqa: F401 # pylint: disable=unused-import
from .errors import InvalidInput, MissingLibrary, TrueNASError, Unsuitable
from .nas import connection
from .nas.account import environment_secrets
from .nas.client import Nas
from .nas.unconnected import Unconnected
from .redaction.no_log import mask_secrets, unmarked
from .redaction.options import masked, secrets_to_mask, worth_masking
from .tasks.base import TaskKind, read, refusals


class Module(AnsibleModule):
    """A module of this collection. It has the options of the connection and of the task."""

    def __init__(self, kind: TaskKind) -> None:
        self._kind = kind
        self._nas: Nas | None = None
        self._spec = {**connection.ARGUMENTS, **kind.arguments}
        super().__init__(argument_spec=unmarked(self._spec), supports_check_mode=True)

    def _load_params(self) -> None:
        """Read the options, and refuse wrong ones before Ansible converts them to the types of the argument spec.

        Ansible keeps this method as a hook for modules that read options themselves (ansible-core 2.19 to 2.22).
        """
        super()._load_params()
        try:
            requirements.require()
        except Unsuitable as unsuitable:
            self._set_internal_properties()
            self._fail_for(unsuitable)
        given = {name: value for name, value in self.params.items() if not name.startswith("_ansible_")}
        if mistyped.refusals(given, self._spec):
            self._set_internal_properties()
            error = InvalidInput(refusals(self._kind, given, self._spec))
            self.fail_json(str(error), **error.details())

    def log(self, msg: str, log_args: Mapping[str, Any] | None = None) -> None:
        """Log to syslog that the module ran, without its arguments.

        Ansible would flatten nested options into one text there, and not recognize a secret with a quote or a line break.
        """
        super().log("Invoked")

    def exit_json(self, **result: Any) -> NoReturn:
        """Report success."""
        super().exit_json(**self._to_show(result))
        raise SystemExit

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        """Report a failure."""
        super().fail_json(**self._to_show({"msg": msg, **result}))
        raise SystemExit

    def run(self) -> NoReturn:
        """Run the task and report its result."""
        try:
            result = self._result()
        except (MissingLibrary, Unsuitable) as missing:
            self._fail_for(missing)
        except TrueNASError as error:
            self.fail_json(str(error), **error.details())
        if result.get("failed"):
            self.fail_json(**result)
        self.exit_json(**result)

    def _result(self) -> dict[str, Any]:
        target, act = read(self._kind, self.params, self.check_mode)
        if target is None:
            return act(Nas(Unconnected()))
        with target.open() as session:
            self._nas = Nas(session, target)
            return act(self._nas)

    def _fail_for(self, missing: MissingLibrary | Unsuitable) -> NoReturn:
        self.fail_json(str(missing), exception=missing.traceback)

    def _to_show(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result with the options and without secrets. Its warnings become Ansible's warnings."""
        whole = {"invocation": {"module_args": masked(self.params, self._spec)}, **result}
        own = secrets_to_mask(self.params, self._spec) | worth_masking(environment_secrets())
        shown = mask_secrets(whole, own, worth_masking(self._nas.known_secrets) if self._nas else frozenset())
        for warning in shown.pop("warnings", ()):
            self.warn(warning)
        return shown
