# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for the engine's types with the types of credentials filled in."""

from __future__ import annotations

from ..engine.kind import Job
from ..engine.store import Store
from .plan import Plan
from .spec import Desired
from .stored import Stored

CredentialJob = Job[Desired, Stored, Plan]
CredentialStore = Store[Desired, Stored, Plan]
