# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired keypair of a task's options, with all checks that do not require the NAS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..engine import names
from ..errors import InvalidInput, Problem
from ..fields.kinds import Refused, looks_like_key
from ..file_options import FileOption, FileReader
from .keys import PrivateKey, PublicKey, private_key, public_key
from .stored import KEYPAIRS

KEY_FILE = FileOption("private_key_file", "private_key", lambda text: "\n" in text or looks_like_key(text))
"""The file of the private key."""


@dataclass(frozen=True)
class DesiredKeypair(names.Desired):
    """One desired keypair.

    Without `private`, the NAS keeps the stored keys. If `generate`, the NAS generates a missing keypair. `public` has the comment
    from the task.
    """

    generate: bool = False
    private: PrivateKey | None = None
    public: PublicKey | None = None
    cascade: bool = False


def read(params: Mapping[str, Any]) -> DesiredKeypair:
    """Return the desired keypair for the options of `ssh_keypair`. Raises InvalidInput with all problems, or MissingLibrary."""
    name, new_name, state = params["name"], params["new_name"], params["state"]
    problems = [*KEYPAIRS.name_problems("name", name)]
    if state == "absent":
        if new_name is not None:
            problems.append(Problem("new_name", "cannot be combined with state: absent", "Remove one of them."))
        if problems:
            raise InvalidInput(problems)
        return DesiredKeypair(name, state, cascade=params["cascade"])
    if new_name is not None:
        problems += KEYPAIRS.name_problems("new_name", new_name)
    private: PrivateKey | None = None
    problems += KEY_FILE.unread(params)
    if params["private_key"] is not None and params["private_key_file"] is None:
        if params["generate"]:
            problems.append(Problem("generate", "cannot be combined with private_key", "Set only one of them."))
        try:
            private = private_key(params["private_key"])
        except Refused as error:
            problems.append(Problem("private_key", error.reason, error.remedy))
    public = private.public if private else None
    if params["public_key"] is not None:
        public = public_key(params["public_key"])
        problems += _public_problems(params, public, private)
    if problems:
        raise InvalidInput(problems)
    renamed = new_name if new_name != name else None
    return DesiredKeypair(
        name=name,
        state=state,
        new_name=renamed,
        generate=params["generate"],
        private=private,
        public=public,
    )


def field_problems(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problem of the private key, if it has one and is text. Raises MissingLibrary."""
    text = params.get("private_key")
    if isinstance(text, str) and params.get("state") != "absent":
        try:
            private_key(text)
        except Refused as error:
            yield Problem("private_key", error.reason, error.remedy)


def with_files(params: Mapping[str, Any], read_file: FileReader) -> dict[str, Any]:
    """Return the options with the text of the private key file in place of its path, unless the state is absent.

    Raises the errors of `FileOption.with_text`.
    """
    return dict(params) if params.get("state") == "absent" else KEY_FILE.with_text(params, read_file)


def _public_problems(
    params: Mapping[str, Any], public: PublicKey | None, private: PrivateKey | None
) -> Iterator[Problem]:
    if params["private_key"] is None and params["private_key_file"] is None:
        yield Problem("public_key", "requires private_key", "Set private_key, or remove this option.")
    if public is None:
        remedy = "Set the line of a .pub file, or remove the option: the private key determines the public key."
        yield Problem("public_key", "must be a public key", remedy)
    elif private is not None and private.public != public:
        remedy = "Remove the option: the private key determines the public key."
        yield Problem("public_key", "must belong to the private key", remedy)
