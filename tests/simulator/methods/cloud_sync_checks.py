# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of a cloud sync task (truenas-api/tasks.md §5; upstream plugins/cloud_sync/crud.py), and listing through a
credential, which is one of them."""

from __future__ import annotations

import os
from typing import Any

from ..errors import ValidationErrors
from ..nas import Nas
from ..remotes import REMOTES
from . import task_checks, tasks
from .registry import Call
from .tasks import Entry

_LISTED = ("credentials", "encryption", "filename_encryption", "encryption_password", "encryption_salt", "args")


async def check(nas: Nas, call: Call | None, name: str, task: Entry, errors: ValidationErrors | None = None) -> None:
    """Check a whole task and complete its attributes. Raises ValidationErrors, and what a look at the provider raises.

    `errors` has what was found before.
    """
    errors = errors or ValidationErrors()
    _password(errors, name, task)
    await task_checks.common(nas, call, errors, name, task)
    for number, (one, two) in enumerate(zip(task["bwlimit"], task["bwlimit"][1:], strict=False), start=1):
        if one["time"] >= two["time"]:
            errors.add(f"{name}.bwlimit.{number}.time", f"Invalid time order: {one['time']}, {two['time']}")
    if task["snapshot"] and task["direction"] != "PUSH":
        errors.add(f"{name}.snapshot", "This option can only be enabled for PUSH tasks")
    if task["snapshot"] and task["transfer_mode"] == "MOVE":
        errors.add(f"{name}.snapshot", "This option can not be used for MOVE transfer mode")
    errors.check()
    if task["direction"] == "PULL":
        await _folder(nas, errors, name, task)
    elif REMOTES[tasks.provider(nas, task)["type"]].readonly:
        errors.add(f"{name}.direction", "This remote is read-only")
    errors.check()


async def list_directory(nas: Nas, data: Entry) -> list[dict[str, Any]]:
    """Return the entries of a directory of the remote. Raises ValidationErrors, CallError."""
    errors = ValidationErrors()
    _password(errors, "cloud_sync", data)
    await task_checks.remote(nas, errors, "cloud_sync", data)
    errors.check()
    provider = tasks.provider(nas, data)
    return await nas.rclone.ls(provider, REMOTES[provider["type"]].path(data["attributes"]), data["attributes"])


def _password(errors: ValidationErrors, name: str, data: Entry) -> None:
    if data["encryption"] and not data["encryption_password"]:
        errors.add(f"{name}.encryption_password", "This field is required when encryption is enabled")


async def _folder(nas: Nas, errors: ValidationErrors, name: str, task: Entry) -> None:
    folder = task["attributes"]["folder"].rstrip("/")
    if not folder:
        return
    if nas.outside.within_reach(tasks.provider(nas, task)):
        is_directory = await _listed(nas, task, folder)
    else:
        is_directory = nas.outside.is_directory(task["attributes"]["bucket"], folder.lstrip("/"))
    if is_directory is None:
        errors.add(f"{name}.attributes.folder", "Directory does not exist")
    elif not is_directory:
        errors.add(f"{name}.attributes.folder", "This is not a directory")


async def _listed(nas: Nas, task: Entry, folder: str) -> bool | None:
    """Return whether a path is a folder, from the list of its parent; None if it does not exist."""
    parent = os.path.normpath(os.path.join(folder, ".."))
    attributes = {**task["attributes"], "folder": "" if parent == "." else parent}
    found = await list_directory(nas, {**{key: task[key] for key in _LISTED}, "attributes": attributes})
    return next((bool(item["IsDir"]) for item in found if item["Name"] == os.path.basename(folder)), None)
