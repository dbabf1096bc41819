# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of `cloud_oauth_token`; importable where pydantic is not there."""

from __future__ import annotations

from ..arguments import CLOUD_OAUTH_TOKEN

ARGUMENTS = CLOUD_OAUTH_TOKEN
