# SPDX-License-Identifier: GPL-3.0-or-later
"""Reader and writer of rclone's configuration file; tried with `rclone config dump` of rclone 1.75.

A line is a name, the first `=` or `:`, and a value. Outer spaces of a value are dropped unless the value is in backquotes or
three double quotes; a single double quote is part of the value. Names can be quoted, too. Sections with equal names are
merged, and the last value of a name wins. References are replaced (config_values.py).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping

from ..config_values import REFERENCE, SPACES, TRIPLE_QUOTE, expand, has_reference, quotation_mark, without_line_breaks
from ..errors import InvalidInput, Problem

DEFAULT = "DEFAULT"
"""The section whose values references in every section can use."""

_SHOW = "Use the output of `rclone config show`, stored in a vault."


def read(text: str) -> dict[str, dict[str, str]]:
    """Return the sections by name. Raises InvalidInput for other text, without quoting its lines."""
    sections = _written(text)
    return {name: dict(_expanded(name, section, sections.get(DEFAULT, {}))) for name, section in sections.items()}


def with_references(text: str) -> dict[str, list[str]]:
    """Return by section the options whose values contain a reference. Raises InvalidInput as `read` does."""
    return {
        name: [key for key, value in section.items() if has_reference(value)]
        for name, section in _written(text).items()
    }


def _written(text: str) -> dict[str, dict[str, str]]:
    """Return the sections with their values before references are replaced."""
    if _is_json(text):
        raise _refused("must be an rclone.conf, but is JSON, for example from `rclone config dump`", _SHOW)
    lines = [line.strip(SPACES) for line in text.removeprefix("\ufeff").split("\n")]
    sections: dict[str, dict[str, str]] = {}
    section: dict[str, str] | None = None
    unnamed = 0
    for number, line in enumerate(lines, 1):
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            name = line[1:-1].strip(SPACES)
            if not name:
                raise _refused(f"line {number} is a section without a name", "Name the section.")
            # rclone has an option with this name in each section, to which a reference can lead.
            section = sections.setdefault(name, {" ": " "})
            unnamed = 0
            continue
        if section is None:
            raise _refused(*_why_not_a_section(text, line, number))
        option = _option(line)
        if option is None:
            raise _refused(
                f"line {number} must be a section or `name = value`"
                if not re.search(r"[=:]", line)
                else f"line {number} has an unclosed quotation mark or no name",
                "Use the text of an rclone.conf.",
            )
        name, value = option
        if name == "-":
            unnamed += 1
            name = f"#{unnamed}"
        if name:
            section[name] = value
    return sections


def write(sections: Mapping[str, Mapping[str, str]]) -> str:
    """Return the text of a file with these sections, without line breaks in values, which the NAS drops, too.

    Raises InvalidInput for a value with a reference, which rclone would replace.
    """
    problems = [
        Problem(f"{name}: {key}", REFERENCE, "Use a value without it.")
        for name, section in sections.items()
        for key, value in section.items()
        if has_reference(value)
    ]
    if problems:
        raise InvalidInput(problems)
    return "\n".join(
        "".join([f"[{name}]\n", *(f"{key} = {_quoted(value)}\n" for key, value in section.items())])
        for name, section in sections.items()
    )


def _expanded(name: str, section: Mapping[str, str], defaults: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the options of a section as rclone reads them. Raises InvalidInput."""
    for key, value in section.items():
        if key == " ":
            continue
        try:
            yield key, expand(value, section, defaults)
        except ValueError as error:
            raise InvalidInput([Problem(f"[{name}] {key}", str(error), "Use the value itself.")]) from None


def _option(line: str) -> tuple[str, str] | None:
    """Return the name and the value of a line, or None if rclone cannot read it."""
    quote = quotation_mark(line) or ('"' if line[0] == '"' else "")
    end = line.find(quote, len(quote)) if quote else 0
    match = re.compile("[=:]").search(line, end) if end >= 0 else None
    if not match or match.start() == 0:
        return None
    name = line[len(quote) : end] if quote else line[: match.start()].strip(SPACES)
    value = line[match.end() :].strip(SPACES)
    quote = quotation_mark(value)
    if quote:
        end = value.rfind(quote, len(quote))
        return (name, value[len(quote) : end]) if end >= 0 else None
    return name, value


def _quoted(value: str) -> str:
    value = without_line_breaks(value)
    is_plain = value == value.strip() and not value.startswith(("`", TRIPLE_QUOTE))
    return value if is_plain else f"{TRIPLE_QUOTE}{value}{TRIPLE_QUOTE}"


def _why_not_a_section(text: str, line: str, number: int) -> tuple[str, str]:
    """Return the reason and the remedy for a text that does not start with a section."""
    if line.startswith("RCLONE_ENCRYPT_V"):
        return "must not be encrypted", _SHOW
    if re.match(r"(?i)(?:export |setx? |- |\$env:)?[\"']?RCLONE_CONFIG_", line):
        return (
            "must be an rclone.conf, but is a list of environment variables",
            "Write each remote as a section, for example RCLONE_CONFIG_X_TYPE=y as [x] with the line type = y.",
        )
    if line.startswith("$ANSIBLE_VAULT"):
        return (
            "must be decrypted, but is a vault",
            "Read the file with the lookup ansible.builtin.file, which decrypts it.",
        )
    if re.fullmatch(r"(?:[~/.]|[A-Za-z]:\\).*|[^\s=]+\.conf", text.strip()):
        reason = "must be the text of an rclone.conf, but is a path"
        return reason, "Read the file, for example with the lookup ansible.builtin.file."
    if line == "---" or re.fullmatch(r"(- )?[^\s=:]+:( .*)?", line):
        return "must be an rclone.conf, but is YAML", _SHOW
    if _is_base64(text):
        return "must be plain text, but is Base64", "Decode it, for example with the filter b64decode."
    return f"line {number} must not precede the first section", "Start with a section, for example [remote]."


def _is_json(text: str) -> bool:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return any(isinstance(it, dict) for it in (parsed if isinstance(parsed, list) else [parsed]))


def _is_base64(text: str) -> bool:
    try:
        return base64.b64decode("".join(text.split()), validate=True).lstrip()[:1] in (b"[", b"#", b";")
    except ValueError:
        return False


def _refused(reason: str, remedy: str) -> InvalidInput:
    return InvalidInput([Problem("configuration", reason, remedy)])
