# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated NAS that speaks the JSON-RPC interface of docs/reference/truenas-api over WebSocket."""

from .simulator import API_KEY, PASSWORD, READ_ONLY_API_KEY, USER, Simulator

__all__ = ["API_KEY", "PASSWORD", "READ_ONLY_API_KEY", "USER", "Simulator"]
