# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for the engine's types with the types of credentials filled in."""

from __future__ import annotations

from ..engine.kind import Job
from ..engine.store import Store
from .change import CredentialPlan
from .spec import DesiredCredential
from .stored import StoredCredential

CredentialJob = Job[DesiredCredential, StoredCredential, CredentialPlan]
CredentialStore = Store[DesiredCredential, StoredCredential, CredentialPlan]
