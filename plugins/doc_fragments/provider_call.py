# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of modules for which the NAS contacts a provider."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules with such calls share."""

    DOCUMENTATION = r"""
options:
  provider_timeout:
    description:
      - Seconds to wait for the provider; the NAS itself sets no limit. O(timeout) does not apply to these calls.
    type: float
    default: 180
"""

    BUCKETS = r"""
options:
  credential:
    description:
      - Name of a stored credential whose provider has buckets or containers. M(nasops.truenas.cloud_provider_info) lists these
        providers.
    type: str
    required: true
"""
