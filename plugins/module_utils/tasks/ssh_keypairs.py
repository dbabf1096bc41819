# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the set of SSH keypairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..engine import batch, pending
from ..file_options import FileReader
from ..keypair import spec
from ..keypair.kind import KIND
from . import ssh_keypair
from .base import Act, TaskKind, of_items
from .ssh_keypair import ARGUMENTS as SINGLE
from .ssh_keypair import PENDING

OPTION = "keypairs"
ARGUMENTS = batch.arguments(OPTION, SINGLE, (), PENDING)


def read(params: Mapping[str, Any], check_mode: bool) -> Act:
    """Return a function that applies the task to a NAS."""
    desired = batch.read(OPTION, params, spec.read, pending=pending.of(params, *PENDING))
    return lambda nas: batch.ensure(KIND, desired, nas, check_mode)


def with_files(params: Mapping[str, Any], read_file: FileReader) -> dict[str, Any]:
    """Return the options with the text of each private key file in place of its path; see `spec.with_files`."""
    return batch.with_files(OPTION, params, lambda item: spec.with_files(item, read_file))


TASK = TaskKind(ARGUMENTS, read, with_files, of_items(OPTION, ssh_keypair.TASK))
