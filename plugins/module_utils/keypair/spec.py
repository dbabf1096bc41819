# SPDX-License-Identifier: GPL-3.0-or-later
"""From a task's options to what it wants: everything that can be checked without the NAS is checked here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..engine import names
from ..errors import InvalidInput, Problem
from ..providers.values import Refused, looks_like_key
from .keys import PrivateKey, PublicKey, private_key, public_key
from .stored import KEYPAIRS


@dataclass(frozen=True)
class Desired(names.Desired):
    """One keypair as the task declares it.

    Without `private` the NAS keeps the keys that it has; `generate` lets it make some if no keypair has the name. `public` has
    the comment that the task gives it.
    """

    generate: bool = False
    private: PrivateKey | None = None
    public: PublicKey | None = None
    cascade: bool = False


def read(params: Mapping[str, Any]) -> Desired:
    """Return what the options of `ssh_keypair` ask for. Raises InvalidInput with everything that is wrong, or MissingLibrary."""
    name, new_name, state = params["name"], params["new_name"], params["state"]
    problems = [*KEYPAIRS.name_problems("name", name)]
    if state == "absent":
        if new_name is not None:
            problems.append(Problem("new_name", "is given together with state absent", "Leave one of them out."))
        if problems:
            raise InvalidInput(problems)
        return Desired(name, state, cascade=params["cascade"])
    if new_name is not None:
        problems += KEYPAIRS.name_problems("new_name", new_name)
    private: PrivateKey | None = None
    if params["private_key_file"] is not None:
        remedy = "Run the module through Ansible, which reads it on the controller."
        problems.append(Problem("private_key_file", "was not read", remedy))
    elif params["private_key"] is not None:
        if params["generate"]:
            problems.append(Problem("generate", "is given together with a private key", "Leave one of them out."))
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
    return Desired(name, state, new_name if new_name != name else None, params["generate"], private, public)


def with_files(params: Mapping[str, Any], read_file: Callable[[str], str]) -> dict[str, Any]:
    """Return the options with the file of a private key replaced by its text, unless the keypair is to go.

    `read_file` returns a file's text or raises OSError. Raises InvalidInput for a file that cannot be read, and for a key that
    is given as well.
    """
    path = params.get("private_key_file")
    if path is None or params.get("state") == "absent":
        return dict(params)
    if not isinstance(path, str) or "\n" in path or looks_like_key(path):
        raise InvalidInput(
            [Problem("private_key_file", "is no path but the text itself", "Give the text as private_key.")]
        )
    if params.get("private_key") is not None:
        raise InvalidInput([Problem("private_key_file", "is given together with private_key", "Give one of them.")])
    try:
        text = read_file(path)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            [Problem("private_key_file", f"cannot be read: {error}", "Give a file on the controller.")]
        ) from None
    return {**{name: value for name, value in params.items() if name != "private_key_file"}, "private_key": text}


def _public_problems(
    params: Mapping[str, Any], public: PublicKey | None, private: PrivateKey | None
) -> Iterator[Problem]:
    if params["private_key"] is None and params["private_key_file"] is None:
        yield Problem("public_key", "is given without its private key", "Give private_key, too, or leave it out.")
    if public is None:
        remedy = "Give a line as in a .pub file, or leave it out: it follows from the private key."
        yield Problem("public_key", "is not a public key", remedy)
    elif private is not None and private.public != public:
        remedy = "Leave it out, and it is made from the private key."
        yield Problem("public_key", "does not belong to the private key", remedy)
