# SPDX-License-Identifier: GPL-3.0-or-later
"""Hubic (truenas-api/providers.md, HUBIC)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .base import Provider, option
from .values import OpaqueToken, WireValue, json_object


class Hubic(Provider):
    """An account of Hubic, whose service has ended."""

    key = "hubic"
    wire_type = "HUBIC"
    title = "Hubic"
    has_buckets = True
    token_field = "token"  # noqa: S105 - the name of a field is no secret
    rclone_type = "hubic"
    retired = "the service has ended. The NAS still stores the credential, but it can open nothing."

    token: OpaqueToken = option(
        "The token, as a mapping or as text.", required=True, secret=True, aliases=("access_token",), min_length=1
    )

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Warn of a token that rclone could not have read; the NAS takes any text."""
        yield from super().warn(values)
        token = values.get("token")
        if isinstance(token, str) and json_object(token) is None:
            yield "hubic.token is not a JSON object; the NAS stores it all the same."
