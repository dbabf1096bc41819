# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts of the NAS as the tests read them, and valid values for every provider made from nothing but the facts."""

from __future__ import annotations

import json
import re
import string
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

FOLDER = Path(__file__).parent.parent / "docs/reference/truenas-api"
VERSIONS: dict[str, dict[str, list[dict[str, Any]]]] = json.loads((FOLDER / "providers.json").read_text())
NEWEST = VERSIONS["v27.0.0"]
TASKS: dict[str, Any] = json.loads((FOLDER / "tasks.json").read_text())
"""The fields of cloud sync and cloud backup tasks, by service and version, and the attributes of each provider."""

_REFUSED = re.compile(r"\*{8}|REDACTED|redacted|CHANGE_ME|VALUE_SPECIFIED|%\([^)]+\)s")
"""Stand-ins for a secret, and references that rclone replaces: no task declares a text with one."""


def _is_usable(text: str) -> bool:
    """Return whether rclone reads the text from its file as the NAS writes it, without line breaks, and nothing stands in it."""
    line = re.sub(r"[\r\n]", "", text)
    return not _REFUSED.search(line) and line == line.strip() and not line.startswith(("`", '"""'))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(_is_usable)
HUSH = "hush+canary"
"""Every secret that is made here begins with this, and so does the password in a URL."""
SECRET = TEXT.map(lambda text: f"{HUSH}-{text}")
BASE64 = st.lists(st.text(f"{string.ascii_letters}{string.digits}+/", min_size=4, max_size=4)).map(
    lambda groups: f"{HUSH}1{''.join(groups)}"
)
"""A secret in base64, of whose alphabet `HUSH` is a part."""
SECRET_NAMES = frozenset(
    {"application_credential_secret", "auth_token", "client_secret", "key", "pass", "secret_access_key"}
)
"""Fields with a secret text, whatever the provider; tokens and service account keys have theirs inside."""
TOKEN = st.fixed_dictionaries(
    {"access_token": SECRET, "token_type": st.just("Bearer")},
    optional={"refresh_token": SECRET, "expiry": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")},
)
HOST = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9\-]{0,10}[a-zA-Z0-9]\.(example|test|EXAMPLE)", fullmatch=True)
PATH = st.lists(st.text(string.ascii_letters + string.digits + "-._~%20", max_size=6), max_size=3).map("/".join)


def fields(wire_type: str, version: str = "v27.0.0") -> dict[str, dict[str, Any]]:
    """Return what the facts say of a provider's fields, by name, without `type`."""
    return {field["name"]: field for field in VERSIONS[version][wire_type] if field["name"] != "type"}


def version_of(server: str) -> str:
    """Return the newest version that the facts have and a server such as `26.0.1` speaks, the oldest for an older server."""

    def numbers(version: str) -> tuple[int, ...]:
        return tuple(int(number) for number in re.findall(r"\d+", version)[:3])

    return max(
        (version for version in VERSIONS if numbers(version) <= numbers(server)), key=numbers, default="v25.04.0"
    )


def task_fields(service: str, server: str) -> list[dict[str, Any]]:
    """Return the fields of a task on a server of that version."""
    fields: list[dict[str, Any]] = TASKS[service][version_of(server)]
    return fields


def filled(provider: dict[str, Any], version: str = "v27.0.0") -> dict[str, Any]:
    """Return a provider as the server stores it, with the defaults of the fields that are left out."""
    known = fields(provider["type"], version)
    defaults = {name: field.get("default") for name, field in known.items() if not field["required"]}
    return {"type": provider["type"], **defaults, **provider}


def redacted(provider: dict[str, Any], version: str = "v27.0.0") -> dict[str, Any]:
    """Return a provider as the server shows it to an account that may not write."""
    known = fields(provider["type"], version)
    return {name: "********" if known.get(name, {}).get("secret") else value for name, value in provider.items()}


def urls(scheme: str) -> st.SearchStrategy[str]:
    """Return URLs as people write them: with capitals, ports, paths and users."""
    port = st.one_of(st.just(""), st.just(":443"), st.integers(1, 65535).map(lambda number: f":{number}"))
    user = st.one_of(st.just(""), st.just(f"user:{HUSH}@"))
    path = PATH.filter(lambda text: "%" not in text.replace("%20", ""))
    return st.builds(lambda u, h, p, t: f"{scheme}://{u}{h}{p}{'/' + t if t else ''}", user, HOST, port, path)


def values(field: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values of a field that make sense, by its wire name and type."""
    name, limits = field["name"], field.get("constraints", {})
    if name == "token":
        return st.one_of(TOKEN, TOKEN.map(json.dumps))
    if name == "service_account_credentials":
        key = st.fixed_dictionaries(
            {
                "type": st.just("service_account"),
                "project_id": TEXT,
                "client_email": TEXT,
                "private_key": SECRET,
            }
        )
        return st.one_of(key, key.map(json.dumps))
    if name == "host":
        return st.one_of(HOST, st.ip_addresses(v=6).map(str))
    if name in ("auth", "storage_url"):
        # Free text to the server, but only a URL can be used.
        return urls("https") if limits.get("min_length") else st.one_of(st.just(""), urls("https"))
    if name in SECRET_NAMES:
        return SECRET if limits.get("min_length") else st.one_of(st.just(""), SECRET)
    if "enum" in field:
        words = {"auth_version": {None: "auto"}, "endpoint_type": {None: "none"}}.get(name, {})
        return st.sampled_from([words.get(value, str(value)) for value in field["enum"]])
    if "url" in limits:
        url = urls("https" if limits["url"] == "https" else "http")
        return st.one_of(url, st.just("")) if field.get("also") == [""] else url
    if "regex" in limits:
        return st.from_regex(r"[A-Za-z0-9\-.]{1,24}", fullmatch=True)
    if name == "port":
        return st.integers(1, 65535)
    return {
        "boolean": st.booleans(),
        "integer": st.integers(1, 2**31),
        "string": TEXT if limits.get("min_length") else st.one_of(st.just(""), TEXT),
    }[field["type"] if isinstance(field["type"], str) else field["type"][0]]


@cache
def options(wire_type: str, version: str = "v27.0.0", complete: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Return the options of a task that can create a credential of the provider on a server of that version."""
    facts = fields(wire_type, version)
    made = {name: _OF_PROVIDERS.get((wire_type, name), values(field)) for name, field in facts.items()}
    needed = {name for name, field in facts.items() if field["required"] and None not in field.get("enum", [])}
    if complete:
        return st.fixed_dictionaries(made).map(_with_domain)
    optional = {name: value for name, value in made.items() if name not in needed}
    return st.fixed_dictionaries({name: made[name] for name in made if name in needed}, optional=optional).map(
        _with_domain
    )


def _without(character: str) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), TEXT.filter(lambda text: character not in text))


_OF_PROVIDERS = {
    ("AZUREBLOB", "key"): BASE64,
    ("ONEDRIVE", "drive_id"): _without("/"),
    ("PCLOUD", "hostname"): _without("/"),
    ("WEBDAV", "user"): _without(":"),
}
"""Fields whose values only one provider limits."""


def _with_domain(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options with a domain where Swift needs one: for an application credential that is named without its owner."""
    name_option = options.get("application_credential_secret") and options.get("application_credential_name")
    owner = any(options.get(name) for name in ("application_credential_id", "user_id", "domain"))
    return {**options, "domain": "default"} if name_option and not owner else options
