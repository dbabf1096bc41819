# SPDX-License-Identifier: GPL-3.0-or-later
"""The view of the providers' options as documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .registry import drive_provider, providers
from .sets import credentials_option
from .text import FROM_MODELS, as_yaml, default_text, version_text

REQUIRED = "Required when the credential is created or changes to this provider."


def described(provider: Any, required: str = REQUIRED) -> dict[str, Any]:
    """Return the documentation of one provider's options; `required` is the sentence for those that it requires."""
    options: dict[str, Any] = {}
    for name, option in provider.options().items():
        entry: dict[str, Any] = {
            "description": list(_sentences(provider, option, required)),
            "type": option.kind.ansible,
        }
        if option.aliases:
            entry["aliases"] = list(option.aliases)
        if option.choices:
            entry["choices"] = list(option.choices)
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


def _sentences(provider: Any, option: Any, required: str) -> Iterator[str]:
    yield option.description
    if option.secret:
        yield "Secret; never shown in output."
    if option.required:
        yield required
    elif option.default not in (None, ""):
        yield f"The default of the NAS is V({default_text(option).strip('`')})."
    if option.since > max(provider.since, (25, 4, 0)):
        yield f"Requires TrueNAS {version_text(option.since)} or later."
    if option.form_length:
        low, high = option.form_length
        yield f"The TrueNAS web form requires {low} to {high} characters; other lengths produce a warning."


def fragment() -> str:
    """Return the doc fragment with all providers' options."""
    options = {}
    for key, provider in providers().items():
        lines = [f"A credential for {provider.title}."]
        if provider.since > (25, 4, 0):
            lines.append(f"Requires TrueNAS {version_text(provider.since)} or later.")
        if provider.retired:
            lines.append(f"Note that {provider.retired}")
        if provider.rotates_token:
            lines.append(
                "The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh)."
            )
        options[key] = {"description": lines, "type": "dict", "suboptions": described(provider)}
    return f'''{FROM_MODELS}"""The options of all providers."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules for cloud credentials share."""

    DOCUMENTATION = r"""
{as_yaml({"options": options})}"""

    FILTER = r"""
options:
  provider:
    description:
      - Return only the credentials of this provider.
    type: str
{_choices(options)}
"""

    DRIVES = r"""
{as_yaml({"options": drive_account()})}"""

    STORES = r"""
{as_yaml({"options": bucket_accounts()})}"""

    CREDENTIALS = r"""
{as_yaml({"options": {"credentials": credentials_option(options)}})}"""
'''


def drive_account() -> dict[str, Any]:
    """Return the documentation of the option with an account whose drives the NAS lists."""
    provider = drive_provider()
    options = described(provider, "Required.")
    account = {
        "description": [f"The account, with the options of O(nasops.truenas.cloud_credential#module:{provider.key})."],
        "type": "dict",
        "required": True,
        "suboptions": {name: options[name] for name in provider.drive_list_fields},
    }
    return {provider.key: account}


def bucket_accounts() -> dict[str, Any]:
    """Return the documentation of the options with an account whose buckets the controller can protect."""
    return {
        key: {
            "description": [
                f"The account, with the options of O(nasops.truenas.cloud_credential#module:{key}). Set one account, or "
                "O(credential)."
            ],
            "type": "dict",
            "suboptions": described(provider, "Required."),
        }
        for key, provider in providers().items()
        if provider.protects_buckets
    }


def _choices(keys: Iterable[str]) -> str:
    return "\n".join(["    choices:", *(f"      - {key}" for key in keys)])
