# SPDX-License-Identifier: GPL-3.0-or-later
"""Mega (truenas-api/providers.md, MEGA)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..fields.field import option
from ..fields.kinds import Text
from .base import Provider, words


class Mega(Provider):
    """A Mega account; the NAS stores the credential but cannot use it."""

    key = "mega"
    wire_type = "MEGA"
    title = "Mega"
    error_patterns: ClassVar[Patterns] = ((r"MEGA|KeyError", causes.NO_BACKEND),)
    in_rclone_file = False
    rclone_type = "mega"
    can_have_tasks = False
    rclone_refused: ClassVar[Mapping[str, str]] = {
        "2fa": "Use an account without a second factor.",
    }
    rclone_harmless = words(
        """
        debug description encoding hard_delete master_key session_id use_https
        """
    )
    since = (25, 10, 0)
    retired = "the NAS stores the credential but no longer supports the provider, so tasks cannot use it."

    user: Text = option("User name.", required=True, since="25.10.0", aliases=("username",), min_length=1)
    pass_: Text = option(
        "Password of the user.",
        wire="pass",
        required=True,
        secret=True,
        since="25.10.0",
        aliases=("password",),
        min_length=1,
    )
