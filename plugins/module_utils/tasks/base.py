# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of a task, and the checks of all its options before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import mistyped
from ..engine import batch
from ..errors import InvalidInput, Item, MissingLibrary, Problem
from ..file_options import FileReader
from ..nas import connection, over_ssh
from ..nas.client import Nas
from ..nas.connection import Connection
from ..nas.over_ssh import OverSsh

Act = Callable[[Nas], dict[str, Any]]


def no_files(params: Mapping[str, Any], read_file: FileReader) -> dict[str, Any]:
    """Return the options unchanged, for tasks whose options do not name files."""
    return dict(params)


def no_problems(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield nothing, for tasks whose options depend on each other."""
    yield from ()


def variable_problems(name: str) -> Iterator[Problem]:
    """Yield a problem unless a name can be that of a variable."""
    if not name.isidentifier():
        yield Problem("variable", "must be a valid variable name", "Use letters, digits, and underscores.")


def always(params: Mapping[str, Any]) -> bool:
    """Return True, for tasks that never run without a NAS."""
    return True


@dataclass(frozen=True)
class TaskKind:
    """A module's argument spec, and the functions that process its options.

    `read` gets the options and the check mode. It raises InvalidInput before anything is sent, and returns a function that
    applies the task to a NAS. `with_files` replaces file paths in options with the text of the files, on the controller.
    `independent` yields the problems that remain whatever the options with mistakes in their types and names would contain;
    `read` does not support such mistakes. If `needs_nas` is false for the options, the function of `read` gets an
    `Unconnected` NAS, and the options of the connection are not read.
    """

    arguments: Mapping[str, Any]
    read: Callable[[Mapping[str, Any], bool], Act]
    with_files: Callable[[Mapping[str, Any], FileReader], dict[str, Any]] = no_files
    independent: Callable[[Mapping[str, Any]], Iterator[Problem]] = no_problems
    needs_nas: Callable[[Mapping[str, Any]], bool] = always


def read(kind: TaskKind, params: Mapping[str, Any], check_mode: bool) -> tuple[Connection | OverSsh | None, Act]:
    """Return the connection, None if the task needs no NAS, and the function that applies the task.

    Raises InvalidInput with the problems of both.
    """
    if not kind.needs_nas(params):
        return None, kind.read(params, check_mode)
    found: list[Any] = []
    problems: list[Problem] = []
    for reader in (target_of, lambda given: kind.read(given, check_mode)):
        try:
            found.append(reader(params))
        except InvalidInput as error:
            problems += error.problems
    if problems:
        raise InvalidInput(problems)
    target, act = found
    return target, act


def target_of(params: Mapping[str, Any]) -> Connection | OverSsh:
    """Return the connection for the options, over the network or over SSH. Raises InvalidInput before anything is sent."""
    return over_ssh.read(params) if params.get("via") == over_ssh.SSH else connection.read(params)


def refusals(
    kind: TaskKind, arguments: Mapping[str, Any], spec: Mapping[str, Any], unread: Sequence[Problem] = ()
) -> list[Problem]:
    """Return all problems with options if some have mistakes in their types and names, or name files that cannot be read.

    `spec` is the argument spec of the connection and the task, `unread` has the problems with files. The content of an option
    is checked as far as it does not depend on a wrong one, so that no problem is a consequence of another.
    """
    known = [*mistyped.refusals(arguments, spec), *unread]
    paths = {problem.path for problem in known}
    login, own = _parts(arguments, spec)
    defaults = {name: argument.get("default") for name, argument in connection.ARGUMENTS.items()}
    others = [
        *(_of_connection(login) if _is_complete(own, spec) else ()),
        *_of_options(kind, own, {**defaults, **mistyped.sound(login, connection.ARGUMENTS)}),
    ]
    return [*known, *(problem for problem in others if problem.path not in paths)]


def of_items(
    option: str, single: TaskKind, inherited: Collection[str] = (), field: str = "name"
) -> Callable[[Mapping[str, Any]], Iterator[Problem]]:
    """Return `independent` for a set in `option`, whose items are checked as the task `single`, each by itself.

    Items without one of the `inherited` options use the task's value. `field` is the option with an item's name.
    """

    def independent(params: Mapping[str, Any]) -> Iterator[Problem]:
        items = params.get(option)
        shared = {name: params[name] for name in inherited if params.get(name) is not None}
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, Mapping):
                given = {**shared, **{name: value for name, value in item.items() if value is not None}}
                position = Item.of(option, index, item)
                yield from (replace(problem, item=position) for problem in _of_options(single, given, {}))
        yield from batch.duplicates(option, params, field)

    return independent


def _of_connection(login: Mapping[str, Any]) -> list[Problem]:
    """Return the problems with the options of the connection if each is free of mistakes."""
    params = mistyped.converted(login, connection.ARGUMENTS)
    return [] if params is None else _raised(lambda: target_of(params))


def _is_complete(own: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    """Return whether no option of the connection can be missing: none is misspelled or comes from another environment."""
    is_known = not own.keys() - mistyped.by_any_name(spec).keys()
    return is_known and all(spec.get(name) == argument for name, argument in connection.ARGUMENTS.items())


def _of_options(kind: TaskKind, given: Mapping[str, Any], others: Mapping[str, Any]) -> list[Problem]:
    """Return the problems with the options of a task: all if each is free of mistakes, otherwise the independent ones.

    `others` are options that `read` also gets.
    """
    try:
        # Only the controller reads files, so without their content the other options are not complete.
        params = mistyped.converted(kind.with_files(given, _unreadable), kind.arguments)
    except InvalidInput:
        params = None
    return _certain(kind, given) if params is None else _raised(lambda: kind.read({**others, **params}, True))


def _parts(arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options of the connection, and all others."""
    names = mistyped.by_any_name(spec)
    login = {written: value for written, value in arguments.items() if names.get(written) in connection.ARGUMENTS}
    return login, {written: value for written, value in arguments.items() if written not in login}


def _unreadable(path: str) -> str:
    raise OSError(path)


def _certain(kind: TaskKind, params: Mapping[str, Any]) -> list[Problem]:
    try:
        return [*kind.independent(params)]
    except MissingLibrary:
        return []


def _raised(reader: Callable[[], object]) -> list[Problem]:
    try:
        reader()
    except InvalidInput as error:
        return [*error.problems]
    except MissingLibrary:
        return []
    return []
