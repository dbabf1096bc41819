# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of `cloud_oauth_token`; importable where pydantic is not there."""

from __future__ import annotations

from typing import Any

from ..providers import PROVIDERS
from ..providers.oauth import OAuthProvider

ARGUMENTS: dict[str, Any] = {
    "provider": {
        "type": "str",
        "required": True,
        "choices": [key for key, provider in PROVIDERS.items() if issubclass(provider, OAuthProvider)],
    },
    "client_id": {"type": "str", "required": True},
    "client_secret": {"type": "str", "no_log": True},
    "flow": {"type": "str", "choices": ["browser", "device"], "default": "browser"},
    "scopes": {"type": "list", "elements": "str"},
    "redirect_port": {"type": "int", "default": 53682},
    "authorize_url": {"type": "str"},
    "token_url": {"type": "str", "no_log": False},
    "device_url": {"type": "str"},
    "dest": {"type": "path", "required": True},
    "variable": {"type": "str", "required": True},
    "vault_id": {"type": "str"},
    "force": {"type": "bool", "default": False},
    "timeout": {"type": "float", "default": 300},
}
