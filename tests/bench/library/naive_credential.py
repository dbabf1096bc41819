# SPDX-License-Identifier: GPL-3.0-or-later
"""One credential the way it is usually done: a process for each item, which logs in, reads all, compares and writes."""

from __future__ import annotations

import itertools
import json
import ssl
from typing import Any

import websocket
from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "host": {"type": "str", "required": True},
            "port": {"type": "int", "required": True},
            "ca_path": {"type": "str", "required": True},
            "username": {"type": "str", "required": True},
            "api_key": {"type": "str", "required": True, "no_log": True},
            "name": {"type": "str", "required": True},
            "provider": {"type": "dict", "required": True, "no_log": True},
        }
    )
    given = module.params
    context = ssl.create_default_context(cafile=given["ca_path"])
    line = websocket.create_connection(
        f"wss://{given['host']}:{given['port']}/api/current", timeout=60, sslopt={"context": context}
    )
    ids = itertools.count(1)

    def call(method: str, *params: Any) -> Any:
        line.send(json.dumps({"jsonrpc": "2.0", "id": next(ids), "method": method, "params": params}))
        return json.loads(line.recv())["result"]

    login = {"mechanism": "API_KEY_PLAIN", "username": given["username"], "api_key": given["api_key"]}
    call("auth.login_ex", login)
    stored = call("cloudsync.credentials.query", [["name", "=", given["name"]]])
    changed = False
    if not stored:
        call("cloudsync.credentials.create", {"name": given["name"], "provider": given["provider"]})
        changed = True
    elif any(stored[0]["provider"].get(key) != value for key, value in given["provider"].items()):
        call("cloudsync.credentials.update", stored[0]["id"], {"provider": given["provider"]})
        changed = True
    line.close()
    module.exit_json(changed=changed)


if __name__ == "__main__":
    main()
