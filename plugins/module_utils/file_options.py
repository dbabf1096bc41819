# SPDX-License-Identifier: GPL-3.0-or-later
"""Options with the path of a file on the controller, whose text takes the place of another option."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import InvalidInput, Problem

FileReader = Callable[[str], str]
"""A function that returns the text of a file, or raises OSError or UnicodeDecodeError."""


@dataclass(frozen=True)
class FileOption:
    """The option with the path, and its `target`, the option that gets the text.

    `is_content` recognizes a value that is the content of a file and no path, and `noun` names that content in messages.
    `section` stands before the names of both options in messages, and `aliases` are other names of the target.
    """

    name: str
    target: str
    is_content: Callable[[str], bool]
    noun: str = "secret"
    section: str = ""
    aliases: tuple[str, ...] = ()

    def with_text(self, params: Mapping[str, Any], read_file: FileReader) -> dict[str, Any]:
        """Return the options with the text of the file in place of its path.

        Raises InvalidInput for a file that cannot be read, and for a target that is also set directly.
        """
        path = params.get(self.name)
        if path is None:
            return dict(params)
        if not isinstance(path, str) or self.is_content(path):
            raise self._refused(
                f"must be a file path, but contains the {self.noun} itself", f"Move the value to {self.target}."
            )
        if any(params.get(name) is not None for name in (self.target, *self.aliases)):
            raise self._refused(f"cannot be combined with {self.target}", "Set only one of them.")
        try:
            text = read_file(path)
        except (OSError, UnicodeDecodeError) as error:
            reason = f"must be a readable file on the controller: {error}"
            raise self._refused(reason, "Check the path and its permissions.") from None
        return {**{name: value for name, value in params.items() if name != self.name}, self.target: text}

    def unread(self, params: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield a problem for a path that `with_text` has not replaced, because a module cannot read the controller's files."""
        if params.get(self.name) is not None:
            yield Problem(
                f"{self.section}{self.name}",
                "must be read on the controller",
                "Run the module through Ansible, which reads the file.",
            )

    def _refused(self, reason: str, remedy: str) -> InvalidInput:
        return InvalidInput([Problem(f"{self.section}{self.name}", reason, remedy)])
