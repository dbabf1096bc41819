# SPDX-License-Identifier: GPL-3.0-or-later
"""Dropbox (truenas-api/providers.md, DROPBOX)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from .._pydantic import BeforeValidator
from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import dropbox
from ..diagnosis.probes.base import ProbeTarget
from ..fields.field import option
from ..fields.kinds import WireValue
from .base import words
from .json_values import is_base64_of_object
from .oauth import REFUSED, OAuthClient, OAuthProvider
from .tokens import TOKEN, OAuthToken, oauth_token

_ACCESS_TOKEN = re.compile(r"[\w.~+/=-]+", re.ASCII)


def _with_names(token: Any) -> Any:
    """Return the token that rclone makes of an access token alone, as Dropbox shows it (tried with rclone 1.75)."""
    if not isinstance(token, str) or not _ACCESS_TOKEN.fullmatch(token) or is_base64_of_object(token):
        return token
    return json.dumps({"access_token": token, "token_type": "bearer", "expiry": "0001-01-01T00:00:00Z"})


def _same(left: Any, right: Any) -> bool:
    return TOKEN.same(_with_names(left), _with_names(right))


_Token = Annotated[str, BeforeValidator(lambda value: oauth_token(_with_names(value))), replace(TOKEN, same=_same)]


def _probe(values: Mapping[str, Any], target: ProbeTarget) -> None:
    dropbox.probe({**values, "token": _with_names(values.get("token"))}, target)


class Dropbox(OAuthProvider):
    """A Dropbox account."""

    key = "dropbox"
    wire_type = "DROPBOX"
    title = "Dropbox"
    error_patterns: ClassVar[Patterns] = (
        (r"invalid_access_token|expired_access_token", causes.EXPIRED_TOKEN),
        (r"missing_scope", causes.FORBIDDEN),
        *OAuthProvider.error_patterns,
    )
    probe = _probe
    rclone_type = "dropbox"
    task_attributes: ClassVar[Mapping[str, WireValue]] = {"chunk_size": 48}
    chunk_sizes = (5, 149)
    rclone_refused: ClassVar[Mapping[str, str]] = {
        **REFUSED,
        "impersonate": "Use a token of that user.",
        "impersonate_admin": "Use a token of the user who owns the folder.",
        "root_namespace": "Remove it, and set the folder in the cloud sync tasks.",
        "shared_files": "Remove it, and add the shared files to the user's own folder at Dropbox.",
        "shared_folders": "Remove it, and mount the shared folders at Dropbox.",
    }
    rclone_harmless = words(
        """
        batch_commit_timeout batch_mode batch_size batch_timeout chunk_size description encoding export_formats
        pacer_min_sleep show_all_exports skip_exports skip_shared_folders skip_unowned_folders
        """
    )
    as_rclone_reads = staticmethod(_with_names)
    oauth = OAuthClient(
        "https://www.dropbox.com/oauth2/authorize",
        "https://api.dropboxapi.com/oauth2/token",
        scopes=(
            "files.metadata.write",
            "files.content.write",
            "files.content.read",
            "sharing.write",
            "account_info.read",
        ),
        # Dropbox sends a refresh token only with this parameter.
        parameters={"token_access_type": "offline"},
        loopback="localhost",
    )

    token: _Token = option(
        "The token in the format of rclone, as a mapping or as JSON text, or an access token alone.",
        required=True,
        secret=True,
        aliases=("access_token",),
        min_length=1,
    )

    @staticmethod
    def is_lasting(token: OAuthToken) -> bool:
        """Return whether the access token never expires; those with this prefix do, although rclone records no expiry."""
        return OAuthProvider.is_lasting(token) and not token.access_token.startswith("sl.")
