# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the time goes for one NAS: prints JSON with the milliseconds of each stage. Run as a process of its own."""

from __future__ import annotations

import time

BEGUN = time.perf_counter()

import json  # noqa: E402 - the clock starts before the imports, which are part of what is measured
import sys  # noqa: E402 - the clock starts before the imports
from typing import Any  # noqa: E402 - the clock starts before the imports

STAGES: dict[str, float] = {}


def stage(name: str, since: float) -> float:
    """Note what passed since then, and return the time."""
    now = time.perf_counter()
    STAGES[name] = round((now - since) * 1000, 1)
    return now


def main() -> None:
    """Connect to the NAS that the arguments describe and plan for what they ask."""
    sys.path.insert(0, ".collections")
    from ansible.module_utils import basic  # noqa: F401 - timed

    at = stage("import ansible.module_utils", BEGUN)
    from pydantic import BaseModel, TypeAdapter  # noqa: F401 - timed

    at = stage("import pydantic", at)
    import websocket  # noqa: F401 - timed

    at = stage("import websocket-client", at)
    from ansible_collections.nasops.truenas.plugins.module_utils.credential.kind import credentials
    from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
    from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
    from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_credentials
    from ansible_collections.nasops.truenas.plugins.module_utils.transport.channel import Channel
    from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Session

    at = stage("import the collection", at)
    arguments = {**connection.ARGUMENTS, **cloud_credentials.TASK.arguments}
    params: dict[str, Any] = {name: argument.get("default") for name, argument in arguments.items()} | json.load(
        sys.stdin
    )
    target = connection.read(params)
    act = cloud_credentials.TASK.read(params, False)
    at = stage("build the models and read the options", at)
    act = cloud_credentials.TASK.read(params, False)
    at = stage("read the options again", at)
    channel = Channel(target.address)
    at = stage("TCP, TLS and WebSocket", at)
    session = Session(channel, target.account, 60)
    at = stage("login", at)
    nas = Nas(session)
    credentials(nas)
    at = stage("query", at)
    act(nas)
    stage("plan", at)
    print(json.dumps(STAGES))


if __name__ == "__main__":
    main()
