# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud credentials as a kind of object, with the tasks that use them: the kind to write credentials with."""

from __future__ import annotations

from ..credential.kind import kind
from ..credential.usage import Usage
from .reassign import before_delete, give_back, plan
from .users import current_users

USAGE = Usage(current_users, plan, before_delete, give_back)
KIND = kind(USAGE)
