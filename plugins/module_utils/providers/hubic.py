# SPDX-License-Identifier: GPL-3.0-or-later
"""Hubic (truenas-api/providers.md, HUBIC)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ..fields.field import option
from ..fields.kinds import WireValue
from .base import Provider
from .json_values import json_object
from .tokens import OpaqueToken


class Hubic(Provider):
    """A Hubic account; the service was shut down."""

    key = "hubic"
    wire_type = "HUBIC"
    title = "Hubic"
    has_buckets = True
    token_field = "token"  # noqa: S105 - the name of a field is not a secret
    rclone_type = "hubic"
    task_attributes: ClassVar[Mapping[str, WireValue]] = {"fast_list": False}
    retired = "the service was shut down. The NAS still stores the credential, but cannot use it."

    token: OpaqueToken = option(
        "The token as a mapping or as text.", required=True, secret=True, aliases=("access_token",), min_length=1
    )

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Yield a warning for a token that rclone could not have read; the NAS accepts any text."""
        yield from super().warn(values)
        token = values.get("token")
        if isinstance(token, str) and json_object(token) is None:
            yield "hubic.token is not a JSON object, but the NAS stores it anyway."
