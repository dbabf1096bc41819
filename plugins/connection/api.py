# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection plugin that takes the NAS and the account from the inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: api
short_description: Use the API of a TrueNAS system
version_added: 0.1.0
description:
  - Takes the address of the NAS and the account from the inventory, such as C(ansible_host), C(ansible_user), and
    C(ansible_password), so that tasks do not repeat them. An option that a task sets itself takes precedence.
  - Modules of this collection run in Ansible's own process on the controller, and the tasks of a run share a login.
  - Other modules run on the controller, too, as with other connections to an API. Set C(gather_facts=false), because the facts
    would be those of the controller.
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.api_connection
  - connection_pipelining
"""

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.connection import ConnectionBase
from ansible.plugins.loader import connection_loader


class Connection(ConnectionBase):  # type: ignore[misc]  # Ansible has no types
    """The controller, with options that name a NAS. Commands run on the controller."""

    transport = "nasops.truenas.api"
    has_pipelining = True

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._local = connection_loader.get("ansible.builtin.local", *args, **keywords)
        if self._local is None:
            raise AnsibleError("The connection plugin ansible.builtin.local is missing.")
        # Ansible reads this name. Without it, `~` in remote_tmp is the home of ansible_user, who is a user of the NAS.
        self.default_user = self._local.default_user

    def set_options(self, *args: Any, **keywords: Any) -> None:
        """Take the options from the inventory."""
        super().set_options(*args, **keywords)
        self._local.set_options()

    def set_become_plugin(self, plugin: Any) -> None:
        """Let commands run as another user of the controller."""
        super().set_become_plugin(plugin)
        self._local.set_become_plugin(plugin)

    def _connect(self) -> Connection:
        self._local._connect()
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run a command on the controller."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        done: tuple[int, bytes, bytes] = self._local.exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return done

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file on the controller."""
        self._local.put_file(in_path, out_path)

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Copy a file on the controller."""
        self._local.fetch_file(in_path, out_path)

    def close(self) -> None:
        """Nothing is open: the login belongs to the run."""
        self._connected = False
