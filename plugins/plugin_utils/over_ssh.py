# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH to a NAS with Ansible's own connection plugin and its settings of the host.

The plugin starts ssh, and deals with passwords and become. When it wants to send the input of the command, this file takes over
the streams of the process, because the plugin would read the output only at the end (ansible-core 2.19).
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.util import Finalize
from typing import IO, Any

from ansible import constants
from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleValueOmittedError
from ansible.plugins.action import ActionBase
from ansible.plugins.connection import ConnectionBase
from ansible.plugins.loader import connection_loader

from ansible_collections.nasops.truenas.plugins.module_utils.errors import (
    AuthenticationError,
    InvalidInput,
    Problem,
    TimedOut,
    TrueNASError,
    Unreachable,
)
from ansible_collections.nasops.truenas.plugins.module_utils.foreign import one_line
from ansible_collections.nasops.truenas.plugins.module_utils.nas.over_ssh import OverSsh, refusal, session
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.api_key import RAW_FORM
from ansible_collections.nasops.truenas.plugins.module_utils.transport import over_ssh
from ansible_collections.nasops.truenas.plugins.module_utils.transport.over_ssh import Report
from ansible_collections.nasops.truenas.plugins.module_utils.transport.pipes import NoGreeting, Pipes
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Session
from ansible_collections.nasops.truenas.plugins.module_utils.versions import Version
from ansible_collections.nasops.truenas.plugins.plugin_utils import inventory

TRANSPORT = "ssh"
"""Ansible's connection plugin."""

SSH_FAILED = 255
"""The exit status of ssh itself (ssh(1))."""
WRONG_PASSWORD = 5
"""The exit status of sshpass for a password that the server refuses (sshpass(1))."""
STALE = "mux_client_hello_exchange: write packet: Broken pipe"
"""What ssh reports when a connection that ControlPersist keeps has just ended. Ansible then tries once more."""

LAST_WORDS = 1.0
"""Seconds to wait for the exit status of ssh after the end of its output."""
MAX_LINES = 3
MAX_LENGTH = 400
"""Lines and characters of the standard error that a message quotes."""


class _Taken(BaseException):
    """Leaves the plugin with the streams of its process. Not an Exception, because the plugin would try again."""

    def __init__(self, pipes: Pipes, outcome: Report | TrueNASError) -> None:
        super().__init__()
        self.pipes = pipes
        self.outcome = outcome


def connection_of(action: ActionBase, variables: Mapping[str, Any]) -> ConnectionBase:
    """Return the SSH connection of the task, or a new one to its host with Ansible's settings. Raises InvalidInput."""
    current = action._connection
    if current.transport == TRANSPORT:
        return current
    if current.transport not in inventory.LOCAL:
        raise InvalidInput(
            [Problem("ansible_connection", f"must not be {current.transport} with via: ssh", _CONNECTION)]
        )
    ssh = connection_loader.get(TRANSPORT, action._play_context)
    keys = {name: value for name, value in action._task.dump_attrs().items() if name != "retries"}
    # As in Ansible's own task executor, these come from the command line.
    keys["timeout"] = action._play_context.timeout
    if action._play_context.password:
        keys["password"] = action._play_context.password
    options = {}
    for name in constants.config.get_plugin_vars("connection", ssh._load_name):
        if name in variables:
            with suppress(AnsibleValueOmittedError):
                options[name] = action._templar.template(variables[name])
    ssh.set_options(task_keys=keys, var_options=options)
    ssh.set_become_plugin(current.become)
    return ssh


def problems(action: ActionBase, ssh: ConnectionBase, host: str) -> list[Problem]:
    """Return the problems with Ansible's settings for SSH."""
    found = []
    if host in constants.LOCALHOST and not ssh.get_option("port"):
        found.append(Problem("host", "is missing: with via: ssh, this host is the controller itself", _HOST))
    if re.fullmatch(RAW_FORM, str(ssh.get_option("password") or "").strip()):
        found.append(Problem("ansible_password", "is an API key, which must not be sent to an SSH server", _API_KEY))
    if getattr(ssh, "has_tty", False):
        found.append(Problem("ansible_ssh_args", "must not request a terminal with via: ssh", "Remove -t."))
    if getattr(ssh.become, "require_tty", False):
        found.append(Problem("ansible_become_method", "must not require a terminal with via: ssh", "Set it to sudo."))
    if action._task.async_val:
        found.append(Problem("async", "cannot be combined with via: ssh", "Remove async."))
    if any(action._task.environment or ()):
        found.append(
            Problem("environment", "cannot be combined with via: ssh", "Remove it from the task and the play.")
        )
    return found


_CONNECTION = "Set it to ssh, local, or nasops.truenas.api."
_HOST = "Run the task on the host of the NAS, or set host."
_API_KEY = "Set it as ansible_truenas_api_key, which has no effect with via: ssh."


@dataclass
class SshOpener:
    """Opens sessions over SSH, as `SharedOpener` does over the network. `ssh` is Ansible's connection.

    `account` is the user of the program on the NAS, once a session was opened.
    """

    target: OverSsh
    ssh: ConnectionBase
    account: str = ""

    @property
    def api_version(self) -> Version | None:
        """The API version to use, or None for the newest one."""
        return self.target.api_version

    @property
    def timeout(self) -> float:
        """The limit of each call of its sessions in seconds."""
        return self.target.timeout

    @property
    def identity(self) -> tuple[Any, ...]:
        """The values that tasks must have in common to use the same session."""
        become = self.ssh.become
        return self.target, self.user, become and become.get_option("become_user")

    @property
    def user(self) -> str:
        """The user of SSH, or an empty text if that is left to ssh."""
        return str(self.ssh.get_option("remote_user") or "")

    def again(self, within: float) -> Session:
        """Return a new session within so many seconds."""
        return self._open(time.monotonic() + within)

    def open(self, show: Callable[[str], None] = lambda line: None) -> Session:
        """Return a session. Raises Unreachable or AuthenticationError."""
        return self._open(time.monotonic() + self.timeout)

    def _open(self, deadline: float) -> Session:
        mark = f"nasops.truenas {secrets.token_hex(8)} ".encode()
        pipes, report = self._start(mark, deadline)
        self.account = report.user
        opened = session(self.target, pipes, mark, deadline, report.user)
        # Without this, ssh ends too, but nobody takes note of its end.
        Finalize(None, pipes.close, exitpriority=0)
        return opened

    def _start(self, mark: bytes, deadline: float) -> tuple[Pipes, Report]:
        """Return the streams of the program on the NAS, and its first report, which has a socket."""

        def take(stdin: IO[bytes], _data: bytes, process: subprocess.Popen[bytes]) -> None:
            pipes = _owned(process, stdin)
            try:
                outcome = self._greet(pipes, mark, deadline)
            except BaseException:
                pipes.close()
                raise
            raise _Taken(pipes, outcome)

        self.ssh.set_option("host", self.target.address.host)
        self.ssh._send_initial_data = take
        try:
            status, _output, notes = self.ssh.exec_command(self._command(), in_data=b"\n", sudoable=True)
            raise self._failure(status, notes.decode(errors="replace"))
        except _Taken as taken:
            if isinstance(taken.outcome, Report) and taken.outcome.socket:
                return taken.pipes, taken.outcome
            taken.pipes.close()
            raise (
                refusal(self.target, taken.outcome) if isinstance(taken.outcome, Report) else taken.outcome
            ) from None
        except AnsibleConnectionFailure as error:
            raise self._failure(SSH_FAILED, str(error)) from None
        except AnsibleError as error:
            raise self._refused(_shown(str(error))) from None
        finally:
            del self.ssh._send_initial_data

    def _greet(self, pipes: Pipes, mark: bytes, deadline: float) -> Report | TrueNASError:
        """Start the program and return its report, or an error. Raises AnsibleConnectionFailure if Ansible can try again."""
        pipes.settimeout(max(deadline - time.monotonic(), 0.1))
        text = over_ssh.start(mark.decode(), self.target.socket)
        try:
            while text:
                text = text[pipes.send(text) :]
            found = over_ssh.report(pipes.greeting(mark))
        except TimeoutError:
            return TimedOut(
                f"{self.target.address.name} did not answer in time. Check that the NAS runs, or raise the timeout."
            )
        except (NoGreeting, OSError):
            status, notes = pipes.ended(LAST_WORDS)
            if status == SSH_FAILED:
                raise (_stale() if STALE in notes else AnsibleConnectionFailure(notes)) from None
            return self._failure(status, notes)
        return found or self._failure(None, "the program on the NAS sent a report that cannot be read")

    def _command(self) -> str:
        """Return the command for the NAS, with become if the task has it."""
        command, become = over_ssh.COMMAND, self.ssh.become
        if become and (constants.BECOME_ALLOW_SAME_USER or become.get_option("become_user") != self.user):
            command = become.build_become_command(command, self.ssh._shell)
        return f"/bin/sh -c {shlex.quote(command)}"

    def _missing_program(self, text: str) -> str:
        """Return the message for a shell that did not find the program of become, or else python3."""
        become = self.ssh.become
        program = (become and (become.get_option("become_exe") or become.name)) or ""
        if program and re.search(rf"{re.escape(program)}\b.* not found", text):
            return (
                f"the host has no {program}: {text}. Set "
                "ansible_become_exe to its path, or log in as the user that you need, without become."
            )
        return f"the host has no python3: {text}. Check that ansible_host is a NAS; TrueNAS has python3."

    def _refused(self, text: str) -> TrueNASError:
        """Return the error for a text with which Ansible refuses to go on."""
        if re.match(r"(?:Incorrect|Missing) .*password", text):
            return AuthenticationError(
                f"{self.target.address.name}: {text}. Check ansible_become_password, or permit the user to become root without "
                "a password."
            )
        return Unreachable(
            f"{self.target.address.host} cannot be reached over SSH: {text}. Check Ansible's settings for SSH."
        )

    def _failure(self, status: int | None, notes: str) -> TrueNASError:
        """Return the error for the end of ssh with this exit status, and this standard error."""
        name, host, said = self.target.address.name, self.target.address.host, _shown(notes)
        text = said or (f"ssh ended with the status {status}" if status is not None else "ssh closed its output")
        if status == WRONG_PASSWORD and not said:
            text = "the server refuses the password"
        if status == over_ssh.NO_PROGRAM:
            return Unreachable(f"{name}: {self._missing_program(text)}")
        if re.search(r"Permission denied|authentication failure|refuses the password|password:", text, re.IGNORECASE):
            return AuthenticationError(
                f"{host} refuses the login with SSH: {text}. Check ansible_user, and its key or password."
            )
        if "verification failed" in text:
            return Unreachable(
                f"The SSH host key of {host} is not trusted: {text}. Compare it with that of the NAS, and add it to known_hosts."
            )
        if status == SSH_FAILED:
            return Unreachable(
                f"{host} cannot be reached over SSH: {text}. Check ansible_host, ansible_port, and the network."
            )
        return Unreachable(
            f"{name}: the program on the NAS did not start: {text}. Check that the user can run commands over SSH, and become."
        )


def _owned(process: subprocess.Popen[bytes], stdin: IO[bytes]) -> Pipes:
    """Return the streams of a process. The plugin closes its own descriptors, or leaves them to the garbage collector."""
    streams = [stdin, process.stdout, process.stderr]
    numbers = [os.dup(stream.fileno()) for stream in streams if stream]
    for stream in streams:
        if stream:
            stream.close()
    return Pipes(process, *numbers)


def _stale() -> AnsibleError:
    from ansible.plugins.connection.ssh import AnsibleControlPersistBrokenPipeError  # noqa: PLC0415 - only if it is needed

    return AnsibleControlPersistBrokenPipeError(STALE)


def _shown(notes: str) -> str:
    """Return the last lines of a standard error, without those of ssh's debugging, on one line."""
    lines = [line.strip() for line in notes.splitlines() if line.strip() and not re.match(r"debug\d: ", line)]
    return one_line(" ".join(lines[-MAX_LINES:]))[-MAX_LENGTH:].rstrip(".")
