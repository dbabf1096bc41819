# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of the probes: requests from the controller that verify a credential with its provider.

Each of the other files in this folder opens connections for one protocol. Their libraries are optional; each probe imports
the ones that it needs.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import secrets
import socket
import ssl
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...config_values import as_used, misread_fields
from ...errors import MissingLibrary
from ..causes import EMPTY_ROOT, MISREAD, NOT_WRITABLE, UNREACHABLE, Cause

if TYPE_CHECKING:
    # Python 3.9 lacks it, and imports this file to report that it is too old.
    from typing import TypeAlias

CONTENT = b"Written to verify write access. You can delete this file.\n"
"""The content of the file that a probe writes."""

NO_BUCKET = "The root does not contain buckets"
"""Message for an empty root."""


@dataclass(frozen=True)
class ProbeTarget:
    """The place that the credential must open.

    `bucket` and `path` are empty for the root; providers without buckets use only `path`. If `write` is true, the probe
    writes a file there and removes it. `timeout` is in seconds and applies to each network operation. `private_key` is the
    text of the keypair of an SFTP credential.
    """

    bucket: str = ""
    path: str = ""
    write: bool = False
    timeout: float = 60
    private_key: str | None = None

    @property
    def prefix(self) -> str:
        """The path with one slash at its end, with which the names of all files in the folder begin; empty for the root."""
        return f"{self.path.strip('/')}/" if self.path.strip("/") else ""


Probe: TypeAlias = Callable[[Mapping[str, Any], ProbeTarget], None]
"""Takes the API values of a credential and returns if they open the target. Raises ProbeRefused, or MissingLibrary."""


class ProbeRefused(Exception):
    """The credential does not open the target. Without a `cause`, the text is classified. The text can contain secrets."""

    def __init__(self, text: str, cause: Cause | None = None) -> None:
        super().__init__(text)
        self.cause = cause


def unresolved(error: BaseException | None) -> bool:
    """Return whether an exception, or one that caused it, reports that a host name does not resolve."""
    while error is not None:
        if isinstance(error, socket.gaierror):
            return True
        error = error.__cause__ or error.__context__
    return False


def as_the_nas_reads(probe: Probe) -> Probe:
    """Remove line breaks from the values of a probe, as the NAS does before it uses them (truenas-api/providers.md).

    Raises ProbeRefused, without a request to the provider, for a value that rclone on the NAS would read as another text.
    """

    @functools.wraps(probe)
    def read(values: Mapping[str, Any], target: ProbeTarget) -> None:
        if found := [f"{name} {reason}" for name, reason in misread_fields(values)]:
            raise ProbeRefused(". ".join(found), MISREAD)
        probe(as_used(values), target)

    return read


def library(module: str, package: str) -> Any:
    """Import a library that only one probe needs. Raises MissingLibrary with the name of its package."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingLibrary(package, traceback.format_exc()) from None


def authorities() -> str | bool:
    """Return the CAs that OpenSSL trusts on this host, as rclone does on the NAS, or True for the library's own list."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return paths.cafile
    return paths.capath if paths.capath and os.listdir(paths.capath) else True


def new_name() -> str:
    """Return a unique name for a file to write."""
    return f".truenas-verification-{secrets.token_hex(8)}"


def address(host: str) -> str:
    """Return a host for the libraries: without the brackets that rclone needs around an IPv6 address.

    Raises ProbeRefused for an IPv6 address without brackets, to which the NAS could not connect.
    """
    if ":" in host and not host.startswith("["):
        raise ProbeRefused(f"{host}: too many colons in address", UNREACHABLE)
    return host.removeprefix("[").removesuffix("]")


def require_json_object(text: str, cause: Cause) -> dict[str, Any]:
    """Return the JSON object in the text of a token or a key. Raises ProbeRefused with the cause for any other text."""
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise ProbeRefused("This is not a JSON object", cause)
    return parsed


def needs_bucket(target: ProbeTarget) -> None:
    """Raise ProbeRefused if the target requests a file in the root, which can contain only buckets."""
    if target.write and not target.bucket:
        raise ProbeRefused("Files can only be written to a bucket: set verify_bucket", NOT_WRITABLE)


def needs_some(buckets: object) -> None:
    """Raise ProbeRefused if the root is empty, which Ceph and SeaweedFS also report to a key without permissions."""
    if not buckets:
        raise ProbeRefused(NO_BUCKET, EMPTY_ROOT)


@contextmanager
def removed(remove: Callable[[], object], name: str, errors: tuple[type[Exception], ...]) -> Iterator[None]:
    """Call `remove` after the context, even after an exception, because a failed write might have created the file.

    Raises ProbeRefused with the name of the file if it was written, but one of `errors` prevents its removal.
    """
    try:
        yield
    except Exception:
        # The first error is more useful.
        with suppress(*errors):
            remove()
        raise
    try:
        remove()
    except errors as error:
        raise ProbeRefused(f"{name} was written, but could not be removed: {error}", NOT_WRITABLE) from error
