# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe is: one question to a provider, asked from the machine that runs the task.

The files beside this one are the edge where sockets are opened, one for each protocol. Their libraries are optional and
are imported by the probe that needs them.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import re
import secrets
import socket
import ssl
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import MissingLibrary
from ...interpolation import fields_with_reference
from ..causes import EMPTY_ROOT, NOT_WRITABLE, REFERENCE, UNREACHABLE, Cause

if TYPE_CHECKING:
    # Python 3.9 lacks it, and imports this file to report that it is too old.
    from typing import TypeAlias

CONTENT = b"Written to see whether this can be written. It can be deleted.\n"
"""What a probe writes."""

NO_BUCKET = "The root lists no bucket"
"""What a list of the root that is empty is called."""


@dataclass(frozen=True)
class Aim:
    """What the credential has to open.

    `bucket` and `path` name the place, empty for the root; providers without buckets look at `path` only. `write` asks for a
    file to be written there, and removed. `timeout` is in seconds, for each time that the network is waited for.
    `private_key` is the text of the keypair to whose number an SFTP credential refers.
    """

    bucket: str = ""
    path: str = ""
    write: bool = False
    timeout: float = 60
    private_key: str | None = None


Probe: TypeAlias = Callable[[Mapping[str, Any], Aim], None]
"""Takes a credential's wire values and returns if they open the aim. Raises Refused, or MissingLibrary."""


class Refused(Exception):
    """The credential does not open the aim; without a `cause` the text says why. The text may hold secrets."""

    def __init__(self, text: str, cause: Cause | None = None) -> None:
        super().__init__(text)
        self.cause = cause


def unresolved(error: BaseException | None) -> bool:
    """Return whether an exception, or one that it came of, says that the name of a host has no address."""
    while error is not None:
        if isinstance(error, socket.gaierror):
            return True
        error = error.__cause__ or error.__context__
    return False


def as_the_nas_reads(probe: Probe) -> Probe:
    """Give a probe the values without line breaks, which the NAS drops before it uses them (truenas-api/providers.md).

    Raises Refused, without asking the provider, for a value that rclone on the NAS would read otherwise.
    """

    @functools.wraps(probe)
    def read(values: Mapping[str, Any], aim: Aim) -> None:
        if names := [*fields_with_reference(values)]:
            raise Refused(f"{', '.join(names)} holds %(...)s", REFERENCE)
        probe({name: re.sub(r"[\r\n]", "", it) if isinstance(it, str) else it for name, it in values.items()}, aim)

    return read


def library(module: str, package: str) -> Any:
    """Import a library that only one probe needs. Raises MissingLibrary with the name under which it is installed."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingLibrary(package, traceback.format_exc()) from None


def authorities() -> str | bool:
    """Return whom to trust: what OpenSSL trusts on this machine, as rclone does on its, else the library's own list."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return paths.cafile
    return paths.capath if paths.capath and os.listdir(paths.capath) else True


def new_name(folder: str = "") -> str:
    """Return the path of a file to write in the folder, with a name that nobody else uses."""
    name = f".truenas-verification-{secrets.token_hex(8)}"
    return f"{folder.strip('/')}/{name}" if folder.strip("/") else name


def address(host: str) -> str:
    """Return a host as the libraries take it: without the brackets that rclone needs around an IPv6 address.

    Raises Refused for such an address without brackets, to which the NAS could not connect.
    """
    if ":" in host and not host.startswith("["):
        raise Refused(f"{host}: too many colons in address", UNREACHABLE)
    return host.removeprefix("[").removesuffix("]")


def json_object(text: str, cause: Cause) -> dict[str, Any]:
    """Return what the JSON text of a token or a key says. Raises Refused with the cause if it is no object."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused("This is not a JSON object", cause)
    return found


def needs_bucket(aim: Aim) -> None:
    """Raise Refused if the aim asks for a file where only buckets can be."""
    if aim.write and not aim.bucket:
        raise Refused("Files are only in buckets: name one to write to", NOT_WRITABLE)


def needs_some(buckets: object) -> None:
    """Raise Refused if a list of the root has no bucket: Ceph and SeaweedFS show an empty one to a key that may do nothing."""
    if not buckets:
        raise Refused(NO_BUCKET, EMPTY_ROOT)


@contextmanager
def removed(remove: Callable[[], object], name: str, errors: tuple[type[Exception], ...]) -> Iterator[None]:
    """Call `remove` whatever happens in the context: a write without an answer may have been carried out.

    Raises Refused with the name of the file if it was written and one of `errors` keeps it from being removed.
    """
    try:
        yield
    except Exception:
        # What went wrong first says more.
        with suppress(*errors):
            remove()
        raise
    try:
        remove()
    except errors as error:
        raise Refused(f"{name} was written and cannot be removed again: {error}", NOT_WRITABLE) from error
