# SPDX-License-Identifier: GPL-3.0-or-later
"""The storage of a task as rclone and restic open it: their environment, as the NAS configures them (truenas-api/providers.md,
truenas-api/tasks.md §6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cloud_task.folders import remote
from ..cloud_task.stored import StoredTask
from ..config_values import OBSCURED, misread_fields, without_line_breaks
from ..diagnosis import causes
from ..fields.kinds import MASK
from ..obscure import obscure
from ..providers import Provider
from .causes import HIDDEN, NO_BUCKET, UNSUITABLE, Unproven

PLAIN, ENCRYPTED = "remote", "encrypted"
"""The names of rclone's remotes: the credential, and its encryption by the task."""

_RCLONE = {
    "RCLONE_CONFIG": "/dev/null",
    "HOME": "/nonexistent",
    "RCLONE_RETRIES": "1",
    "RCLONE_LOW_LEVEL_RETRIES": "2",
    "RCLONE_CONTIMEOUT": "15s",
    "RCLONE_TIMEOUT": "60s",
    # The time of the upload, which costs no request for each object.
    "RCLONE_USE_SERVER_MODTIME": "true",
}
_RESTIC = {"HOME": "/nonexistent"}


def usable_provider(entry: StoredTask, role: str) -> type[Provider]:
    """Return the provider of a task. Raises Unproven if its credential cannot be used on this host.

    `role` is the TrueNAS role that reads its secrets.
    """
    credential, provider = entry.credential, entry.provider
    if credential is None or MASK in credential.values.values() or MASK in entry.values.values():
        raise Unproven(HIDDEN, f"The NAS hides secrets from this account, which needs the role {role}")
    if provider is None:
        raise Unproven(UNSUITABLE, f"This collection does not support the provider {credential.title}")
    if reason := provider.retired or provider.why_not_to_use_token(False, "a proof"):
        raise Unproven(UNSUITABLE, reason.partition(" To continue anyway")[0])
    if wrong := [f"{name} {reason}" for name, reason in misread_fields(credential.values)]:
        raise Unproven(causes.MISREAD, "; ".join(wrong))
    if provider.has_buckets and not entry.values.get("bucket"):
        raise Unproven(NO_BUCKET, "The task has no bucket")
    return provider


def rclone_environment(entry: StoredTask, provider: type[Provider], private_key: str | None) -> dict[str, str]:
    """Return the variables with which rclone knows the remotes of a task. `private_key` is the text of its keypair."""
    options = _options(entry, provider, private_key)
    if OBSCURED in options:
        options[OBSCURED] = obscure(options[OBSCURED])
    variables = {**_RCLONE, **_section(PLAIN, {"type": provider.rclone_type, **options})}
    if entry.values.get("fast_list"):
        variables["RCLONE_FAST_LIST"] = "true"
    if entry.values.get("encryption"):
        variables |= _section(ENCRYPTED, _encryption(entry, provider))
    return variables


def root(entry: StoredTask, provider: type[Provider]) -> str:
    """Return the folder of a task for rclone, inside the encryption if the task has one."""
    return f"{ENCRYPTED}:" if entry.values.get("encryption") else f"{PLAIN}:{place(entry, provider)}"


def place(entry: StoredTask, provider: type[Provider]) -> str:
    """Return the bucket and the folder of a task."""
    folder = remote(str(entry.values.get("folder") or ""), provider.has_buckets)
    return f"{entry.values['bucket']}/{folder}" if provider.has_buckets else folder


def restic_environment(entry: StoredTask, provider: type[Provider]) -> dict[str, str]:
    """Return the variables with which restic opens the repository of a task. Raises Unproven if the NAS has none there."""
    credential = entry.credential.values if entry.credential else {}
    variables = provider.to_restic(credential, place(entry, provider), str(entry.values.get("region") or ""))
    if not variables:
        raise Unproven(UNSUITABLE, f"The NAS has no restic configuration for {provider.title}")
    # By the environment, as the NAS does it: restic would trim a password that it reads from a file.
    return {**_RESTIC, **variables, "RESTIC_PASSWORD": str(entry.values["repository_password"])}


def _options(entry: StoredTask, provider: type[Provider], private_key: str | None) -> dict[str, str]:
    """Return rclone's options for the credential, with the region of the task where there is one."""
    given = entry.credential.values if entry.credential else {}
    values = {option.name: option.default for option in provider.options().values()} | dict(given)
    if entry.values.get("region"):
        values["region"] = entry.values["region"]
    keypair = provider.keypair_field()
    values = {name: value for name, value in values.items() if value is not None}
    if keypair:
        values.pop(keypair.name, None)
    options = {name: _text(value) for name, value in provider.to_rclone(values, None).items()}
    if private_key:
        # rclone wants the key in one line.
        options["key_pem"] = private_key.strip().replace("\r", "").replace("\n", "\\n")
    return options


def _encryption(entry: StoredTask, provider: type[Provider]) -> dict[str, str]:
    values = entry.values
    return {
        "type": "crypt",
        "remote": f"{PLAIN}:{place(entry, provider)}",
        "filename_encryption": "standard" if values.get("filename_encryption") else "off",
        "password": obscure(str(values.get("encryption_password") or "")),
        "password2": obscure(str(values.get("encryption_salt") or "")),
    }


def _section(name: str, options: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of one remote. An empty text is rclone's default."""
    return {f"RCLONE_CONFIG_{name}_{option}".upper(): value for option, value in options.items() if value}


def _text(value: Any) -> str:
    """Return a value as the NAS writes it for rclone: without line breaks (truenas-api/providers.md)."""
    return without_line_breaks(str(value).lower() if isinstance(value, bool) else str(value))
