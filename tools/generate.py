# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the views of the provider models: registry, argument spec, documentation options and the providers' table.

Run as `python -m tools.generate` from the root of the repository; `--check` writes nothing and fails if a view is not what
the models say.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".collections"))
UTILS = "ansible_collections.nasops.truenas.plugins.module_utils"
FOLDER = ROOT / "plugins/module_utils/providers"
NOT_PROVIDERS = {"__init__", "arguments", "base", "hosts", "oauth", "tokens", "values"}

HEADER = """# SPDX-License-Identifier: GPL-3.0-or-later
# Generated from the provider models by tools/generate.py: change the models, then run `make generate`.
"""
NO_LOG_NEEDS_SAYING = re.compile(r"pass|secret|token|key")


def main() -> int:
    """Write or check the views; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="fail if a view differs from the models")
    check = parser.parse_args().check
    stale = []
    # The registry comes first: the other views read the models through it.
    for path, write in VIEWS.items():
        target = ROOT / path
        text = write()
        if target.suffix == ".py":
            text = _formatted(text, path)
        if target.exists() and target.read_text() == text:
            continue
        stale.append(path)
        if not check:
            target.write_text(text)
            print(f"wrote {path}")
    if stale and check:
        print("not what the models say, run `make generate`:", *stale, sep="\n  ")
        return 1
    return 0


def registry() -> str:
    """Return the file that names every provider, from the files of their folder."""
    classes = {}
    for path in sorted(FOLDER.glob("*.py")):
        if path.stem not in NOT_PROVIDERS:
            found = re.search(
                rf'^class (\w+)\(.*\):\n(?:.*\n)*?    key = "{path.stem}"$', path.read_text(), re.MULTILINE
            )
            if not found:
                raise SystemExit(
                    f"{path}: no class with key = {path.stem!r}; the file is named after the task's option"
                )
            classes[path.stem] = found.group(1)
    imports = "\n".join(f"from .{name} import {cls}" for name, cls in sorted({"base": "Provider", **classes}.items()))
    return f'''{HEADER}"""The registry of the providers that a NAS can store credentials for."""

from __future__ import annotations

{imports}

PROVIDERS: dict[str, type[Provider]] = {{
    provider.key: provider for provider in ({", ".join(classes.values())},)
}}
"""Providers by the task's option."""

BY_WIRE_TYPE: dict[str, type[Provider]] = {{provider.wire_type: provider for provider in PROVIDERS.values()}}
"""Providers by the wire's `type`."""

__all__ = ["BY_WIRE_TYPE", "PROVIDERS", "Provider"]
'''


def providers() -> dict[str, Any]:
    """Return the provider models by the task's option."""
    found: dict[str, Any] = importlib.import_module(f"{UTILS}.providers").PROVIDERS
    return found


def arguments(provider: Any) -> dict[str, Any]:
    """Return the argument spec of one provider's options."""
    spec: dict[str, Any] = {}
    for name, option in provider.options().items():
        entry: dict[str, Any] = {"type": option.kind.ansible}
        if option.aliases:
            entry["aliases"] = list(option.aliases)
        if option.words:
            entry["choices"] = list(option.words)
        if option.secret:
            entry["no_log"] = True
        elif any(map(NO_LOG_NEEDS_SAYING.search, (name, *option.aliases))):
            entry["no_log"] = False
        spec[name] = entry
    for name in provider.from_file:
        spec[name] = {"type": "path", "no_log": False}
    if keypair := provider.keypair_field():
        spec[keypair.name_option] = {"type": "str", "no_log": False}
        spec[keypair.generate_option] = {"type": "bool", "no_log": False}
    return spec


def argument_spec() -> str:
    """Return the file with the argument spec of all providers, which needs no pydantic."""
    spec = {key: {"type": "dict", "options": arguments(provider)} for key, provider in providers().items()}
    return f'''{HEADER}"""The options of the providers as an argument spec. Importable without pydantic."""

from __future__ import annotations

from typing import Any

PROVIDER_ARGUMENTS: dict[str, dict[str, Any]] = {spec!r}
'''


def described(provider: Any) -> dict[str, Any]:
    """Return the documentation of one provider's options."""
    options: dict[str, Any] = {}
    for name, option in provider.options().items():
        entry: dict[str, Any] = {"description": list(_sentences(provider, option)), "type": option.kind.ansible}
        if option.aliases:
            entry["aliases"] = list(option.aliases)
        if option.words:
            entry["choices"] = list(option.words)
        options[name] = entry
    for name, field in provider.from_file.items():
        options[name] = {
            "description": [f"File on the controller that contains O({provider.key}.{field})."],
            "type": "path",
        }
    if keypair := provider.keypair_field():
        field, name_option = f"O({provider.key}.{keypair.name})", f"O({provider.key}.{keypair.name_option})"
        options[keypair.name_option] = {
            "description": [
                f"Name of an SSH keypair on the NAS. Replaces its ID in {field}, which differs on each NAS.",
                "The task looks up the ID, and fails if the keypair does not exist, also in check mode.",
                "Requires the role C(KEYCHAIN_CREDENTIAL_READ).",
            ],
            "type": "str",
        }
        options[keypair.generate_option] = {
            "description": [
                f"Whether to create the keypair {name_option} on the NAS if it does not exist.",
                "RV(generated_keypair) contains its public key. Add it to C(authorized_keys) on the server.",
                "Requires the role C(KEYCHAIN_CREDENTIAL_WRITE).",
            ],
            "type": "bool",
        }
    return options


def _sentences(provider: Any, option: Any) -> Iterator[str]:
    yield option.description
    if option.secret:
        yield "Secret; never shown in output."
    if option.required:
        yield "Required when the credential is created or changes to this provider."
    elif option.default not in (None, ""):
        yield f"The default of the NAS is V({_default(option).strip('`')})."
    if option.since > max(provider.since, (25, 4, 0)):
        yield f"Requires TrueNAS {_version(option.since)} or later."
    if option.form_length:
        low, high = option.form_length
        yield f"The TrueNAS web form requires {low} to {high} characters; other lengths produce a warning."


def fragment() -> str:
    """Return the doc fragment with all providers' options."""
    options = {}
    for key, provider in providers().items():
        lines = [f"A credential for {provider.title}."]
        if provider.since > (25, 4, 0):
            lines.append(f"Requires TrueNAS {_version(provider.since)} or later.")
        if provider.retired:
            lines.append(f"Note that {provider.retired}")
        if provider.rotates_token:
            lines.append(
                "The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh)."
            )
        options[key] = {"description": lines, "type": "dict", "suboptions": described(provider)}
    return f'''{HEADER}"""The options of all providers."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules for cloud credentials share."""

    DOCUMENTATION = r"""
{_yaml({"options": options})}"""

    FILTER = r"""
options:
  provider:
    description:
      - Return only the credentials of this provider.
    type: str
{_choices(options)}
"""

    CREDENTIALS = r"""
{_yaml({"options": {"credentials": _items(options)}})}"""
'''


def _items(providers_options: dict[str, Any]) -> dict[str, Any]:
    """Return the documentation of a list of credentials, whose items have the options of `cloud_credential`."""
    sets = importlib.import_module(f"{UTILS}.credential.sets")
    options = {
        **_documented("plugins/modules/cloud_credential.py", "DOCUMENTATION"),
        **_documented("plugins/doc_fragments/verification.py", "DOCUMENTATION"),
        **_documented("plugins/doc_fragments/verification.py", "PLACE"),
        **providers_options,
    }
    return _set_option("credentials", "cloud_credential", options, sets.INHERITED, sets.SHARED)


def keypairs_fragment() -> str:
    """Return the doc fragment with the list of SSH keypairs, whose items have the options of `ssh_keypair`."""
    options = _documented("plugins/modules/ssh_keypair.py", "DOCUMENTATION")
    return f'''{HEADER}"""The keypairs option of ssh_keypairs."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the list of SSH keypairs."""

    DOCUMENTATION = r"""
{_yaml({"options": {"keypairs": _set_option("keypairs", "ssh_keypair", options)}})}"""
'''


def _set_option(
    option: str, single: str, options: dict[str, Any], inherited: Iterable[str] = (), shared: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the documentation of the list option of a set; its items have the options of the module for a single object.

    The task sets the `inherited` options for all items, and alone has the `shared` ones.
    """
    suboptions = {name: documented for name, documented in options.items() if name not in set(shared)}
    for name in inherited:
        suboptions[name] = {key: value for key, value in suboptions[name].items() if key != "default"}
        suboptions[name]["description"] = [
            *suboptions[name]["description"],
            f"If not set, the item uses O({name}) of the task.",
        ]
    text = _yaml(suboptions)
    for name in suboptions.keys() - set(inherited):
        text = re.sub(rf"\bO\({name}(?=[).=])", f"O({option}[].{name}", text)
    # Tasks that take a list return other values than the one that takes a single object.
    text = re.sub(r"\bRV\((\w+)\)", r"C(\1)", text)
    return {
        "description": [f"The desired {option}, each with the options of M(nasops.truenas.{single})."],
        "type": "list",
        "elements": "dict",
        "required": True,
        "suboptions": yaml.safe_load(text),
    }


def _documented(path: str, name: str) -> dict[str, Any]:
    """Return the options in the documentation that a file assigns to that name."""
    [documentation] = [
        ast.literal_eval(node.value)
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    ]
    options: dict[str, Any] = yaml.safe_load(documentation)["options"]
    return options


def _yaml(content: dict[str, Any]) -> str:
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump(content, Dumper=Plain, sort_keys=False, width=110, allow_unicode=True)


def _choices(keys: Iterable[str]) -> str:
    return "\n".join(["    choices:", *(f"      - {key}" for key in keys)])


def table() -> str:
    """Return the page with a table for each provider."""
    lines = [
        "<!-- SPDX-License-Identifier: GPL-3.0-or-later -->",
        "<!-- Generated from the provider models by tools/generate.py. -->",
        "# Providers",
        "",
        "One table for each provider option of `cloud_credential`. *Required* fields have no default. Set them when the task",
        "creates a credential or changes its provider; for an existing credential they are optional. *Secret* fields never",
        "appear in any output. The NAS returns `********` for *hidden* fields to an account without the role",
        "`CLOUD_SYNC_WRITE`.",
        "",
    ]
    for key, provider in providers().items():
        since = f" From TrueNAS {_version(provider.since)}." if provider.since > (25, 4, 0) else ""
        note = f" Note that {provider.retired}" if provider.retired else ""
        lines += [f"## `{key}`: {provider.title}", "", f"Name in the API: `{provider.wire_type}`.{since}{note}", ""]
        lines += ["| field | aliases | type | required | default | since | secret | hidden |", "|---" * 8 + "|"]
        for name, option in provider.options().items():
            kind = " / ".join(f"`{word}`" for word in option.words) or {"raw": "text or mapping"}.get(
                option.kind.ansible, option.kind.ansible
            )
            kind = "ID" if option.refers_to_keypair else kind
            cells = [
                f"`{name}`",
                ", ".join(f"`{alias}`" for alias in option.aliases),
                kind,
                "yes" if option.required else "",
                "" if option.required else _default(option),
                _version(option.since) if option.since > (25, 4, 0) else "",
                "yes" if option.secret else "",
                "yes" if option.redacted_by_server else "",
            ]
            lines.append("| " + " | ".join(cells) + " |")
        spec = arguments(provider)
        lines += [f"| `{name}` | | {spec[name]['type']} | | | | | |" for name in provider.beside()]
        for name, field in provider.from_file.items():
            lines += ["", f"`{name}` is a file on the controller that contains the text for `{field}`."]
        if keypair := provider.keypair_field():
            lines += [
                "",
                f"`{keypair.name_option}` sets `{keypair.name}` by the name of the keypair. With "
                f"`{keypair.generate_option}`,",
                "the NAS creates the keypair if it does not exist.",
            ]
        lines.append("")
    return "\n".join(lines)


def _default(option: Any) -> str:
    word = option.word(option.default)
    if word is None:
        return "null"
    return "empty" if word == "" else f"`{str(word).lower() if isinstance(word, bool) else word}`"


def _version(version: tuple[int, ...]) -> str:
    shown: str = importlib.import_module(f"{UTILS}.versions").show(version)
    return shown


def _formatted(text: str, path: str) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    command = [str(ruff), "format", "--stdin-filename", path, "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout


VIEWS = {
    "plugins/module_utils/providers/__init__.py": registry,
    "plugins/module_utils/providers/arguments.py": argument_spec,
    "plugins/doc_fragments/providers.py": fragment,
    "plugins/doc_fragments/keypairs.py": keypairs_fragment,
    "docs/providers.md": table,
}

if __name__ == "__main__":
    sys.exit(main())
