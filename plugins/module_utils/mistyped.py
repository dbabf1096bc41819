# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a task's options before Ansible converts them to the types of the argument spec.

YAML reads `01234567` as 342391, `12:30` as 750, `yes` as true and `1.10` as 1.1, and a template can return any type. Where the
argument spec declares text, Ansible converts such a value to text silently, although the original text is lost. Each function
here takes values as YAML, JSON or a template made them, and no message contains a secret.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible.module_utils.common.validation import check_type_bool, check_type_float, check_type_int

from .errors import Item, Problem
from .names import most_similar
from .providers.arguments import PROVIDER_ARGUMENTS
from .redaction.no_log import ArgumentSpecValidator

TEXTS = ("str", "path")
NUMBERS = ("int", "float")

_QUOTE = "Put it in quotes where it is written, or add `| string` to the template that computes it."
_DASHES = "Write each item below it, after a dash."
_SELECT = "Put the text in quotes, or select the value inside."

_KINDS: tuple[tuple[Any, str], ...] = (
    (bool, "a boolean"),
    (int, "a whole number"),
    (float, "a decimal number"),
    (datetime.datetime, "a date and time"),
    (datetime.date, "a date"),
    (datetime.time, "a time"),
    (bytes, "binary data"),
    (str, "text"),
    (Mapping, "a mapping"),
    ((list, tuple, set), "a list"),
)
"""Python types and their names in messages. The first match is used, because a boolean is also an int."""

_READ_TEXT: Mapping[str, Any] = {"int": check_type_int, "float": check_type_float, "bool": check_type_bool}
"""How Ansible reads text as another type."""

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
        mistakes = [*_of_type(field, value, argument)]
        if self.thorough and not mistakes and isinstance(value, str):
            mistakes = [*_of_text(field, value, argument)]
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
            wrong = [*_of_type(f"{field}[{index}]", item, {**argument, "type": argument.get("elements", "raw")})]
            mistakes += wrong
            sound += [] if wrong else [item]
        return mistakes, sound


def is_given(value: Any) -> bool:
    """Return whether a value is set: not null, and not Ansible's `omit`, the only object that is of no type of YAML."""
    return value is not None and any(isinstance(value, types) for types, _words in _KINDS)


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


def _of_type(field: str, value: Any, argument: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem if Ansible would convert the value to another type, or quote it in an error."""
    kind = argument.get("type", "str")
    secret = bool(argument.get("no_log"))
    is_container = isinstance(value, (Mapping, list, tuple, set))
    if kind in TEXTS or (kind == "list" and argument.get("elements") in TEXTS):
        choices = argument.get("choices", ()) if kind in TEXTS else ()
        if not is_text(value, argument.get("choices", ())):
            problem = not_text(field, value, secret)
            yield replace(problem, remedy=_one_of(choices)) if choices else problem
        elif kind == "list" and re.search(r",\s|\s,", str(value)):
            # Ansible splits it at the commas and keeps the spaces, so a name to keep would match nothing.
            yield Problem(field, "must be a list, but is text with spaces next to its commas", _DASHES)
    elif kind == "list":
        yield _wrong(field, "a list", value, secret, _DASHES)
    elif kind == "dict":
        if not isinstance(value, Mapping):
            options = argument.get("options", {})
            needed = [name for name, option in options.items() if option.get("required")] or options
            yield _wrong(field, "a mapping", value, True, f"Write its options below it, such as {', '.join(needed)}.")
    elif kind in NUMBERS:
        if not isinstance(value, (int, float, str)) or isinstance(value, bool):
            yield _wrong(field, "a number", value, secret, "Set a number.")
        elif kind == "int" and isinstance(value, float) and not value.is_integer():
            # Ansible fails at infinity with a traceback.
            yield _wrong(field, "a whole number", value, secret, "Set a whole number.")
    elif kind == "bool":
        if not isinstance(value, (bool, int, float, str)):
            yield _wrong(field, "true or false", value, secret, "Set true or false.")
    elif not is_container and (secret or isinstance(value, bool) or not isinstance(value, int)):
        # Text, or a mapping; only a reference by ID is also a number.
        yield from [] if is_text(value) else [not_text(field, value, secret)]


def _of_text(field: str, text: str, argument: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem if Ansible would refuse the text: it is none of the choices, or not of the type."""
    kind = argument.get("type", "str")
    choices = argument.get("choices", ()) if kind in TEXTS else ()
    secret = bool(argument.get("no_log"))
    if choices and text not in choices:
        yield Problem(field, "is not one of the choices" if secret else f"must not be {text!r}", _one_of(choices, text))
    try:
        _READ_TEXT.get(kind, str)(text)
    except (TypeError, ValueError):
        wanted = "true or false" if kind == "bool" else "a number"
        yield _wrong(field, wanted, text, secret, f"Set {wanted}.")


def _one_of(choices: Iterable[str], written: str = "") -> str:
    """Return the remedy for a value that is none of the choices, with a similar one if there is one."""
    similar = [choice for choice in choices if choice and written and most_similar([choice.casefold()], written)]
    known = ", ".join(choice or "''" for choice in choices)
    return f"Did you mean {similar[0]!r}?" if similar else f"Set one of: {known}."


def is_text(value: Any, choices: Iterable[Any] = ()) -> bool:
    """Return whether a value is text, or a whole number that is one of the choices in decimal form."""
    is_choice = isinstance(value, int) and not isinstance(value, bool) and str(value) in choices
    return isinstance(value, str) or is_choice


def not_text(field: str, value: Any, secret: bool = False) -> Problem:
    """Return the problem for a value that is not text. It contains the value unless that is secret or a container."""
    remedy = _SELECT if isinstance(value, (Mapping, list, tuple, set)) else _QUOTE
    return _wrong(field, "text", value, secret, remedy)


def _wrong(field: str, wanted: str, value: Any, secret: bool, remedy: str) -> Problem:
    kind = next(
        (words for types, words in _KINDS if isinstance(value, types)), "null" if value is None else "an object"
    )
    return Problem(field, f"must be {wanted}, but is {kind}{'' if secret else _shown(value)}", remedy)


def _shown(value: Any) -> str:
    """Return a scalar in parentheses, as YAML writes it. Return an empty text for text and containers: they can hold a secret."""
    if isinstance(value, bool):
        return f" ({str(value).lower()})"
    if isinstance(value, (datetime.date, datetime.time)):
        return f" ({value.isoformat()})"
    return f" ({value})" if isinstance(value, (int, float)) else ""


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
