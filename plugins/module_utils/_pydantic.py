# SPDX-License-Identifier: GPL-3.0-or-later
"""pydantic, or stand-ins that let the files that declare models be imported without it.

Ansible loads a module's files before the module can report that a library is missing. `require()` reports it.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from .errors import MissingLibrary, Unsuitable
from .versions import parse

OLDEST = (2, 10)

IMPORT_ERROR: str | None = None
FOUND = ""
"""The installed version, which might be too old; empty if pydantic is not installed."""

if TYPE_CHECKING:
    from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, TypeAdapter, ValidationError
else:
    try:
        import pydantic

        FOUND = str(pydantic.VERSION)
        if parse(FOUND)[:2] < OLDEST:
            raise ImportError(f"pydantic {FOUND} is too old")
        from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, TypeAdapter, ValidationError
    except ImportError:
        IMPORT_ERROR = traceback.format_exc()

        class _Absent:
            """A stand-in that accepts any arguments, so that Python can evaluate class bodies and annotations."""

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                pass

        BaseModel = BeforeValidator = ConfigDict = Field = HttpUrl = TypeAdapter = _Absent
        ValidationError = ValueError

__all__ = [
    "BaseModel",
    "BeforeValidator",
    "ConfigDict",
    "Field",
    "HttpUrl",
    "TypeAdapter",
    "ValidationError",
    "require",
]


def require() -> None:
    """Raise MissingLibrary if pydantic could not be imported, Unsuitable if it is too old."""
    if IMPORT_ERROR and FOUND:
        raise Unsuitable([f"pydantic 2.10 or newer (found {FOUND})"], IMPORT_ERROR)
    if IMPORT_ERROR:
        raise MissingLibrary("pydantic", IMPORT_ERROR)
