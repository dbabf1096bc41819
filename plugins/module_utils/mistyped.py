# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a task's options before Ansible converts them to the types of the argument spec.

YAML reads `01234567` as 342391, `12:30` as 750, `yes` as true and `1.10` as 1.1, and a template can return any type. Where the
argument spec declares text, Ansible converts such a value to text silently, although the original text is lost. Each function
here takes values as YAML, JSON or a template made them, and no message contains a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .errors import Item, Problem
from .names import most_similar
from .providers.arguments import PROVIDER_ARGUMENTS
from .redaction.no_log import ArgumentSpecValidator
from .value_types import KINDS, text_problems, type_problems

_MISSING = re.compile(r"missing required arguments: (?P<names>[\w, ]+?)(?: found in (?P<options>.+))?")
"""Ansible's message for required options, with the options that contain them."""

_STAND_INS: Mapping[str, Any] = {"list": [], "dict": {}, "int": 1, "float": 1.0, "bool": False}


def problems(arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> list[Problem]:
    """Return the problems with the types and names of options according to their argument spec. Checks nothing else."""
    return _Check().options(arguments, spec)[0]


def refusals(arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> list[Problem]:
    """Return all problems with options according to their argument spec: types, names, and those that Ansible finds."""
    mistakes, sound = _Check(thorough=True).options(arguments, spec)
    shallow = {
        name: {key: value for key, value in argument.items() if key != "options" or argument.get("type") != "list"}
        for name, argument in spec.items()
    }
    return [*mistakes, *_refused_by_ansible(sound, shallow)]


def converted(arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the options as Ansible converts them, with defaults; None if one of them has a mistake."""
    if refusals(arguments, spec):
        return None
    return {**arguments, **ArgumentSpecValidator(dict(spec)).validate(dict(arguments)).validated_parameters}


def sound(arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are free of mistakes by themselves, under their own names and as Ansible converts them."""
    names = by_any_name(spec)
    found = {}
    for written, value in arguments.items():
        if written in names and is_given(value):
            name = names[written]
            argument = {key: it for key, it in spec[name].items() if key not in ("required", "default", "fallback")}
            params = converted({written: value}, {name: argument})
            if params is not None:
                found[name] = params[name]
    return found


def of_items(name: str, items: Iterable[Any], spec: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for each option of the wrong type in the items of the list `name`.

    Ignores unsupported options and items that are not mappings.
    """
    return [
        replace(problem, item=Item.of(name, index, item))
        for index, item in enumerate(items)
        if isinstance(item, Mapping)
        for problem in _Check(types_only=True).options(item, spec)[0]
    ]


def without_fallbacks(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the argument spec without fallbacks, for options that the environment of another process might complete."""
    return {
        name: {key: value for key, value in argument.items() if key not in ("fallback", "required")}
        if "fallback" in argument
        else argument
        for name, argument in spec.items()
    }


def _refused_by_ansible(sound: Mapping[str, Any], spec: Mapping[str, Any]) -> list[Problem]:
    messages = ArgumentSpecValidator(dict(spec)).validate(dict(sound)).error_messages
    return [problem for text in messages for problem in _as_problems(text, spec)]


def _as_problems(message: str, spec: Mapping[str, Any]) -> list[Problem]:
    """Return Ansible's message as a problem for each option that is missing, or else as it is."""
    missing = _MISSING.fullmatch(message)
    if not missing:
        return [Problem("", message)]
    outer = (missing["options"] or "").replace(" -> ", ".")
    return [
        Problem(_joined(outer, name), "is required", _where({} if outer else spec.get(name, {})))
        for name in missing["names"].split(", ")
    ]


def _where(argument: Mapping[str, Any]) -> str:
    """Return the places where an option can be set. Only options of the connection also come from the environment."""
    if "fallback" not in argument:
        return "Set it."
    variables = " or ".join(argument["fallback"][1])
    return f"Set it in the task, in the environment ({variables}), or use the connection plugin nasops.truenas.api."


@dataclass(frozen=True)
class _Check:
    """A check of options against their argument spec.

    With `thorough`, Ansible checks the items of lists, too. `types_only` ignores unsupported options. Each method returns the
    problems, and the values with stand-ins for the wrong ones, so that Ansible can check the rest.
    """

    thorough: bool = False
    types_only: bool = False

    def options(
        self, given: Mapping[str, Any], spec: Mapping[str, Any], label: str = "", outer: Iterable[str] = ()
    ) -> tuple[list[Problem], dict[str, Any]]:
        """Check the options of a task, an item, or a provider; `outer` are the options next to the one that contains them."""
        mistakes: list[Problem] = []
        sound: dict[str, Any] = {}
        names = by_any_name(spec)
        providers = [name for name in given if name in PROVIDER_ARGUMENTS and name in spec and is_given(given[name])]
        for written, value in given.items():
            field = _joined(label, written)
            if not is_given(value):
                continue
            if written not in names:
                if not self.types_only:
                    advice = _advice(written, given, spec, outer)
                    mistakes.append(Problem(label, f"Unsupported parameters: {written}", advice))
            elif written in providers[1:] and not self.types_only:
                reason = f"cannot be combined with {providers[0]}"
                mistakes.append(Problem(field, reason, "Set only one of them."))
            elif written not in providers or len(providers) == 1 or self.types_only:
                # One of two providers is a mistake, so their fields do not matter.
                wrong, sound[written] = self._option(field, value, spec[names[written]], names)
                mistakes += wrong
        return mistakes, sound

    def _option(
        self, field: str, value: Any, argument: Mapping[str, Any], outer: Iterable[str]
    ) -> tuple[list[Problem], Any]:
        kind = argument.get("type", "str")
        if kind == "list" and isinstance(value, (list, tuple)):
            return self._items(field, value, argument)
        if kind == "dict" and "options" in argument and isinstance(value, Mapping):
            return self.options(value, argument["options"], field, outer)
        mistakes = [*type_problems(field, value, argument)]
        if self.thorough and not mistakes and isinstance(value, str):
            mistakes = [*text_problems(field, value, argument)]
        return mistakes, _STAND_INS.get(kind, next(iter(argument.get("choices", ())), "")) if mistakes else value

    def _items(self, field: str, items: Iterable[Any], argument: Mapping[str, Any]) -> tuple[list[Problem], list[Any]]:
        mistakes: list[Problem] = []
        sound: list[Any] = []
        for index, item in enumerate(items):
            if isinstance(item, Mapping) and "options" in argument:
                check = refusals if self.thorough else problems
                position = Item.of(field, index, item)
                mistakes += [replace(problem, item=position) for problem in check(item, argument["options"])]
                continue
            wrong = [*type_problems(f"{field}[{index}]", item, {**argument, "type": argument.get("elements", "raw")})]
            mistakes += wrong
            sound += [] if wrong else [item]
        return mistakes, sound


def is_given(value: Any) -> bool:
    """Return whether a value is set: not null, and not Ansible's `omit`, the only object that is of no type of YAML."""
    return value is not None and any(isinstance(value, types) for types, _words in KINDS)


def given_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of an item that are set, and those of its provider that are set."""
    return {
        name: {key: it for key, it in value.items() if is_given(it)}
        if name in PROVIDER_ARGUMENTS and isinstance(value, Mapping)
        else value
        for name, value in options.items()
        if is_given(value)
    }


def _joined(label: str, field: str) -> str:
    return ".".join(filter(None, (label, field)))


def by_any_name(spec: Mapping[str, Any]) -> dict[str, str]:
    """Return the options of a spec by their names and aliases."""
    return {alias: name for name, argument in spec.items() for alias in (name, *argument.get("aliases", ()))}


def _advice(written: str, given: Mapping[str, Any], spec: Mapping[str, Any], outer: Iterable[str]) -> str:
    """Return a question with similar option names: on this level, in a given provider, or one level up."""
    same_level = most_similar(by_any_name(spec), written)
    inside = [
        f"{key}.{name}"
        for key in given
        if isinstance(spec.get(key, {}).get("options"), Mapping)
        for name in most_similar(by_any_name(spec[key]["options"]), written)
    ]
    if similar := [*same_level, *inside]:
        return f"Did you mean {' or '.join(map(repr, similar))}?"
    if similar := most_similar(outer, written):
        return f"Did you mean {' or '.join(map(repr, similar))}, one level up?"
    if below := [f"{key}.{written}" for key in PROVIDER_ARGUMENTS if written in spec.get(key, {}).get("options", ())]:
        # With too little indentation, the provider above is empty, so it does not count as set.
        return f"It is a field of a provider. Write it one level below the provider, for example as {below[0]}."
    return f"Supported parameters include: {', '.join(sorted(spec))}."
