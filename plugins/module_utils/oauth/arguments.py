# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of `cloud_oauth_token`; importable without pydantic."""

from __future__ import annotations

from typing import Any

from ..arguments import CLOUD_OAUTH_TOKEN, VAULT

ARGUMENTS: dict[str, Any] = {**CLOUD_OAUTH_TOKEN, **VAULT}
