# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say how a stored credential is updated. A set and the roles can set each of them for all credentials."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules which write or compare credentials share."""

    DOCUMENTATION = r"""
options:
  undeclared:
    description:
      - What becomes of the provider's fields that the task does not mention.
      - With V(keep) they stay as they are stored.
      - With V(default) they go back to the NAS's defaults.
    type: str
    choices: [keep, default]
    default: keep
  update_token:
    description:
      - Which token counts if the stored one and the declared one differ. Tokens that say the same in other words are the same.
      - With V(newest) a stored token that expires later stays, because the NAS writes a token back after refreshing it, and
        putting the older one in its place can end the login for good. Where one of the two does not say when it expires, or both
        say the same, the declared one counts.
      - With V(always) the declared one counts.
      - With V(on_create) the stored one stays.
      - A token belongs to its client. If C(client_id) or C(client_secret) change, the declared token always counts.
    type: str
    choices: [newest, always, on_create]
    default: newest
  update_secret:
    description:
      - When to write declared secrets, tokens among them.
      - V(always) overwrites stored secrets that differ.
      - V(on_create) writes secrets only when it creates the credential or changes its provider. It keeps the secrets that the NAS
        stores, and C(kept_fields) lists those that the task declares.
      - C(clear_fields) clears a secret all the same.
    type: str
    choices: [always, on_create]
    default: always
  allow_type_change:
    description:
      - Whether a credential that cloud sync or cloud backup tasks use may become one of another provider. Their bucket and folder
        were chosen for the old one, so the task fails and names them unless this is set.
    type: bool
    default: false
"""

    PENDING = r"""
options:
  pending_keypairs:
    description:
      - Names of SSH keypairs that a check takes for there, because something before this task would have made them.
      - Counts in check mode only.
    type: list
    elements: str
    default: []
"""
