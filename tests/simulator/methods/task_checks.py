# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks that both kinds of tasks go through (truenas-api/tasks.md §4, §5; upstream plugins/cloud/crud.py,
service/sharing_service.py). Errors are collected, in the server's order."""

from __future__ import annotations

import os
import shlex

from .. import old_schema, old_task_schemas, task_models, versions
from ..errors import ValidationErrors
from ..models import accept, model
from ..nas import Nas
from ..pools import ZVOLS
from ..remotes import REMOTES
from . import credentials
from .registry import Call
from .tasks import Entry

_IN_A_POOL = "The path must reside within a pool mount point"
_ZFS_CONTROL = (
    "The ZFS control directory (.zfs) and snapshot directory (.zfs/snapshot) are not permitted paths. If a snapshot within "
    "this directory must be accessed through the path-based API, then it should be called directly, e.g. "
    "'/mnt/dozer/.zfs/snapshot/mysnap'."
)
_NOT_ADMIN = (
    "The ability to edit pre-scripts and post-scripts is limited to users who have full administrative credentials"
)
_SCRIPTS = ("pre_script", "post_script")


async def remote(nas: Nas, errors: ValidationErrors, name: str, task: Entry) -> None:
    """Check arguments, credential and attributes, and complete the attributes. Raises what asking S3 for a region raises,
    KeyError for MEGA."""
    strict = versions.at_least(nas.version, "v26.0.0")
    try:
        shlex.split(task["args"])
    except ValueError as error:
        errors.add(f"{name}.args", f"Parse error: {error}")
        if strict:
            return
    credential = next((found for found in credentials.entries(nas) if found["id"] == task["credentials"]), None)
    if credential is None:
        errors.add(f"{name}.credentials", "Invalid credentials")
        return
    if errors.errors and not strict:
        return
    provider = credential["provider"]
    REMOTES[provider["type"]]
    try:
        attributes = _completed(nas.version, provider["type"], task["attributes"])
    except ValidationErrors as found:
        errors.add_child(name, found)
        return
    if versions.at_least(nas.version, task_models.STRICT) and (
        problem := REMOTES[provider["type"]].chunk_size_problem(attributes)
    ):
        # The server leaves the path before the attribute out.
        errors.add("chunk_size", problem)
    # CORE knows no region of a task (truenas-api/older.md §3).
    asks = provider["type"] == "S3" and versions.at_least(nas.version, "v24.04.2")
    if asks and not provider["skip_region"] and not provider["region"].strip():
        attributes["region"] = await nas.outside.region(provider, attributes["bucket"])
    task["attributes"] = attributes


def _completed(version: str, provider: str, attributes: Entry) -> Entry:
    """Return the attributes with the defaults of a provider's tasks. Raises ValidationErrors below `attributes`."""
    if versions.at_least(version, task_models.STRICT):
        cls = model("Attributes", attributes=task_models.provider_attributes(version, provider))
        return accept(cls, [attributes])[0]  # type: ignore[no-any-return]  # what is dumped is any JSON
    return old_schema.Parameters(old_task_schemas.provider_attributes(provider, version)).accept([attributes])[0]  # type: ignore[no-any-return]  # likewise


def folder(nas: Nas, errors: ValidationErrors, task: Entry) -> None:
    """Check what a provider has to say once the rest of the remote side is right."""
    if _type(nas, task) != "GOOGLE_PHOTOS":
        return
    inner = task["attributes"]["folder"].strip("/")
    where = os.path.normpath(inner) if inner else "root"
    if not inner or where in ("media", "media/by-day"):
        # As with a chunk size, without the path before it.
        errors.add(
            "attributes.folder",
            f"Pulling from the {where} directory is not allowed. Please, select a specific directory.",
        )


def path(nas: Nas, errors: ValidationErrors, name: str, value: str, *, volumes: bool) -> None:
    """Check a task's local path: a place in a pool, or with `volumes` a zvol that a virtual machine uses."""
    if volumes and value.startswith(ZVOLS):
        if problem := _volume_problem(nas, value.removeprefix(ZVOLS).replace("+", " ")):
            errors.add(f"{name}.path", problem)
        return
    if value.startswith(f"{ZVOLS}{nas.pools.boot}/"):
        errors.add(f"{name}.path", "Disk residing in boot pool cannot be consumed and is not supported")
    if value == "EXTERNAL" or value.startswith("EXTERNAL:"):
        errors.add(f"{name}.path", "EXTERNAL: path type is not allowed.")
        return
    in_pool(nas, errors, f"{name}.path", value)


def in_pool(nas: Nas, errors: ValidationErrors, attribute: str, value: str, *, directory: bool = False) -> None:
    """Check that a path is in a pool, and with `directory` that it is one."""
    if value == "EXTERNAL" or value.startswith("EXTERNAL:"):
        errors.add(attribute, "Path is external to TrueNAS.")
        return
    if directory and not nas.pools.is_dir(value):
        errors.add(attribute, "The path must be a directory")
    if not nas.pools.in_pool(value):
        errors.add(attribute, _IN_A_POOL)
    elif nas.pools.is_zfs_control(value):
        errors.add(attribute, _ZFS_CONTROL)


def _volume_problem(nas: Nas, name: str) -> str | None:
    found = nas.pools.dataset(name)
    if found is None:
        return "Volume does not exist"
    if versions.at_least(nas.version, "v26.0.0"):
        if not found.volume:
            return f"{name!r} is not a volume"
        if found.internal:
            return f"{name!r} is an invalid location"
    return None if found.vm else "Backed up zvol must be used by a local or VMware VM"


def nesting(nas: Nas, errors: ValidationErrors, name: str, task: Entry) -> None:
    """Check that a snapshot of the path's dataset is all there is to back up."""
    if task["snapshot"] and nas.pools.has_nested(task["path"].removeprefix("/mnt/")):
        errors.add(f"{name}.snapshot", "This option is only available for datasets that have no further nesting")


def scripts(call: Call | None, errors: ValidationErrors, name: str, task: Entry) -> None:
    """Check that the caller is allowed to have scripts run, as the server itself is."""
    if call is None or (call.session.credential and call.session.credential.full_admin):
        return
    for field in _SCRIPTS:
        if task[field]:
            errors.add(f"{name}.{field}", _NOT_ADMIN)


def _type(nas: Nas, task: Entry) -> str:
    return str(credentials.entry(nas, task["credentials"])["provider"]["type"])


async def common(
    nas: Nas, call: Call | None, errors: ValidationErrors, name: str, task: Entry, *, volumes: bool = False
) -> None:
    """Add the errors of the checks that both kinds share. Without a `call`, the server itself asks."""
    await remote(nas, errors, name, task)
    if not errors.errors:
        folder(nas, errors, task)
    path(nas, errors, name, task["path"], volumes=volumes)
    nesting(nas, errors, name, task)
    scripts(call, errors, name, task)
