# SPDX-License-Identifier: GPL-3.0-or-later
"""The options for updates of stored credentials. A set and the roles can set each of them for all credentials."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules which write or compare credentials share."""

    DOCUMENTATION = r"""
options:
  undeclared:
    description:
      - How to treat provider fields that the task does not set.
      - V(keep) leaves the stored values.
      - V(default) resets them to the defaults of the NAS.
    type: str
    choices: [keep, default]
    default: keep
  update_token:
    description:
      - Which token to use if the stored token differs from the declared one. Tokens that differ only in their notation are equal.
      - V(newest) keeps the stored token if it expires later than the declared one. The NAS refreshes tokens and stores the
        result; writing the older token back can end the login permanently. If a token has no expiry, or both expire at the same
        time, the task uses the declared token.
      - V(always) uses the declared token.
      - V(on_create) keeps the stored token.
      - A token belongs to its client. If C(client_id) or C(client_secret) changes, the task always uses the declared token.
    type: str
    choices: [newest, always, on_create]
    default: newest
  update_secret:
    description:
      - When to write declared secrets, including tokens.
      - V(always) overwrites stored secrets that differ.
      - V(on_create) writes secrets only when it creates the credential or changes its provider. It keeps the secrets that the NAS
        stores, and C(kept_fields) lists those that the task declares.
      - C(clear_fields) clears a secret in any case.
    type: str
    choices: [always, on_create]
    default: always
  allow_type_change:
    description:
      - Whether to allow a change to another provider while cloud sync or cloud backup tasks use the credential.
      - Their bucket and folder belong to the old provider, so without V(true) the task fails and lists these tasks.
    type: bool
    default: false
"""
