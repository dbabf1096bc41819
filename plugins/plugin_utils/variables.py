# SPDX-License-Identifier: GPL-3.0-or-later
"""Write variables as YAML. Values that look like templates are marked as unsafe, and Ansible does not evaluate them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from ansible_collections.nasops.truenas.plugins.module_utils.credential.export import Variable


class Ciphertext(str):
    """A text that is encrypted with Ansible Vault, in place of its value."""


def as_yaml(variables: Mapping[str, Any]) -> str:
    """Return the variables as YAML that Ansible reads back unchanged.

    A Variable becomes a reference to the variable, and a Ciphertext a value that Ansible decrypts.
    """
    return yaml.dump(dict(variables), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**6)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """Return True: YAML aliases between values would be hard to edit."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    if any(sign in text for sign in ("{{", "{%", "{#")):
        return dumper.represent_scalar("!unsafe", text, style='"')
    return dumper.represent_str(text)


def _variable(dumper: yaml.SafeDumper, name: Variable) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", f"{{{{ {name} }}}}", style='"')


def _ciphertext(dumper: yaml.SafeDumper, text: Ciphertext) -> yaml.Node:
    return dumper.represent_scalar("!vault", str(text), style="|")


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Ciphertext, _ciphertext)
_Dumper.add_representer(Variable, _variable)
