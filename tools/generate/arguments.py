# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument spec of the options that modules and doc fragments document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .provider_arguments import NO_LOG_NEEDS_SAYING
from .text import FROM_MODULES, ROOT, documented

FRAGMENTS = {
    "BUCKETS": ("provider_call", "BUCKETS"),
    "CONNECTION": ("connection", "DOCUMENTATION"),
    "CLOUD_TASK": ("cloud_tasks", "DOCUMENTATION"),
    "CLOUD_TASK_INFO": ("cloud_tasks", "INFO"),
    "CLOUD_TASK_RUN": ("cloud_tasks", "RUN"),
    "CLOUD_TASK_SUBJECT": ("cloud_tasks", "SUBJECT"),
    "CLOUD_TASK_UPDATE": ("cloud_tasks", "WRITE"),
    "PENDING_CREDENTIALS": ("pending", "CREDENTIAL"),
    "PENDING_KEYPAIRS": ("pending", "KEYPAIR"),
    "PENDING_TASKS": ("pending", "TASK"),
    "PROVIDER_CALL": ("provider_call", "DOCUMENTATION"),
    "PURGE": ("purge", "DOCUMENTATION"),
    "UPDATE": ("update", "DOCUMENTATION"),
    "VAULT": ("vault", "DOCUMENTATION"),
    "VERIFICATION": ("verification", "DOCUMENTATION"),
    "VERIFICATION_PLACE": ("verification", "PLACE"),
}

VARIABLE = re.compile(r"the environment variable E\((\w+)\) is used")

SECRETS = {
    "api_key",
    "client_secret",
    "digest_key",
    "encryption_password",
    "encryption_salt",
    "otp",
    "password",
    "private_key",
    "repository_password",
}
"""Options that hold a secret, which documentation has no word for."""

PUBLIC = {"keypair", "pending_keypairs", "public_key", "token_url"}
"""Options that hold no secret, although their names sound like it."""


def fragment_options(group: str) -> dict[str, Any]:
    """Return the documented options of a group of the doc fragments."""
    file, name = FRAGMENTS[group]
    return documented(f"plugins/doc_fragments/{file}.py", name)


def module_options(module: str) -> dict[str, Any]:
    """Return the options that a module itself documents, without those for which it only rewords the text of a fragment."""
    options = documented(f"plugins/modules/{module}.py", "DOCUMENTATION")
    return {name: option for name, option in options.items() if "type" in option}


def reworded_options(module: str) -> dict[str, Any]:
    """Return the options of fragments for which a module has another text."""
    options = documented(f"plugins/modules/{module}.py", "DOCUMENTATION")
    return {name: option for name, option in options.items() if "type" not in option}


def arguments() -> str:
    """Return the file with the argument spec of every group of options."""
    modules = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
    groups = {module.upper(): module_options(module) for module in modules}
    groups |= {group: fragment_options(group) for group in FRAGMENTS}
    specs = {
        group: {name: argument(name, option) for name, option in options.items()} for group, options in groups.items()
    }
    lines = "\n".join(f"{group}: dict[str, Any] = {spec!r}\n" for group, spec in sorted(specs.items()) if spec)
    return f'''{FROM_MODULES}"""The options of the modules and doc fragments as Ansible's argument spec."""

from __future__ import annotations

from typing import Any

{lines}

ENVIRONMENT: dict[str, str] = {environment()!r}
"""The environment variables of the options of the connection."""
'''


def environment() -> dict[str, str]:
    """Return the environment variable of each option of the connection that documents one."""
    named = {
        name: VARIABLE.search(str(option["description"])) for name, option in fragment_options("CONNECTION").items()
    }
    return {name: found[1] for name, found in named.items() if found}


def argument(name: str, option: Mapping[str, Any]) -> dict[str, Any]:
    """Return the argument spec of a documented option.

    Raises SystemExit if its name sounds like a secret and no table lists it.
    """
    spec = {key: value for key, value in option.items() if key not in ("description", "suboptions")}
    if "suboptions" in option:
        spec["options"] = {inner: argument(inner, documented) for inner, documented in option["suboptions"].items()}
    if name in SECRETS:
        spec["no_log"] = True
    elif NO_LOG_NEEDS_SAYING.search(name):
        if option["type"] not in ("bool", "path") and "choices" not in option and name not in PUBLIC:
            raise SystemExit(
                f"{name}: does it hold a secret? Add it to SECRETS or PUBLIC in tools/generate/arguments.py."
            )
        spec["no_log"] = False
    return spec
