# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of the real rclone is sorted: a field, needed by a login, or harmless."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.obscure import obscure
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS, Provider
from ansible_collections.nasops.truenas.plugins.module_utils.rclone import convert
from ansible_collections.nasops.truenas.plugins.module_utils.rclone.options import FLAGS, RCLONE, THREE_VALUED

PROGRAM = Path(sys.executable).parent / "rclone"
BACKENDS: dict[str, list[type[Provider]]] = {}
for _provider in PROVIDERS.values():
    BACKENDS.setdefault(_provider.rclone_type, []).append(_provider)
HARMLESS = {
    backend: {name for provider in providers for name in provider.rclone_harmless}
    for backend, providers in BACKENDS.items()
    if backend != "hubic"
}


@functools.cache
def described() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the options of the real rclone by backend and name, the backend without its spaces."""
    output = subprocess.run([str(PROGRAM), "config", "providers"], capture_output=True, text=True, check=True).stdout
    return {
        backend["Name"].replace(" ", ""): {option["Name"]: option for option in backend["Options"]}
        for backend in json.loads(output)
    }


def options(backend: str) -> dict[str, dict[str, Any]]:
    """Return the options of a backend."""
    return described()[backend.replace(" ", "")]


def names(refused: Iterable[str]) -> set[str]:
    """Return the options that are refused whatever they say."""
    return {name for name in refused if "=" not in name}


def test_only_the_retired_backend_is_gone() -> None:
    assert {backend for backend in BACKENDS if backend.replace(" ", "") not in described()} == {"hubic"}
    assert all(HARMLESS.values())


@pytest.mark.parametrize("backend", HARMLESS)
def test_every_option_of_rclone_is_sorted_once(backend: str) -> None:
    providers = BACKENDS[backend]
    fields = {name for it in providers for name in (*it.options(), *it.from_file, *it.rclone_fields)}
    fields &= options(backend).keys()
    login = names(name for it in providers for name in it.rclone_refused)
    sorted_once = [*fields, *login, *HARMLESS[backend]]
    assert sorted(sorted_once) == sorted(options(backend))


@pytest.mark.parametrize("backend", HARMLESS)
def test_a_value_that_is_refused_or_usual_is_of_an_option_that_exists(backend: str) -> None:
    for provider in BACKENDS[backend]:
        words = {name.partition("=")[0] for name in provider.rclone_refused} | {
            name for name, _value in provider.rclone_usual
        }
        assert words <= options(backend).keys()


def test_the_types_of_options_are_those_of_rclone() -> None:
    types = [(name, option["Type"]) for backend in HARMLESS for name, option in options(backend).items()]
    assert {name for name, kind in types if kind == "bool"} == FLAGS
    assert {name for name, kind in types if kind == "Tristate"} == THREE_VALUED
    # The types are by name, whatever the backend.
    assert not {name for name, kind in types if kind not in ("bool", "Tristate")} & (FLAGS | THREE_VALUED)


def test_the_services_of_s3_are_those_of_rclone() -> None:
    assert (
        tuple(example["Value"] for example in options("s3")["provider"]["Examples"]) == PROVIDERS["s3"].rclone_services
    )


def test_the_version_is_that_of_rclone() -> None:
    output = subprocess.run([str(PROGRAM), "version"], capture_output=True, text=True, check=True).stdout
    assert output.startswith(f"rclone v{RCLONE}.")


COMPLETE = {
    "azureblob": "account = a\nkey = a2V5\n",
    "b2": "account = a\nkey = k\n",
    "ftp": "host = h\nuser = u\n",
    "google cloud storage": "service_account_file = /key.json\n",
    "http": "url = https://h/\n",
    "mega": f"user = u\npass = {obscure('p')}\n",
    "onedrive": 'token = {"access_token":"a"}\ndrive_type = personal\n',
    "s3": "access_key_id = a\nsecret_access_key = s\n",
    "sftp": "host = h\nuser = u\n",
    "swift": "user = u\nkey = k\nauth = https://h/v3\n",
    "webdav": "url = https://h/\n",
    **dict.fromkeys(
        ("box", "drive", "dropbox", "googlephotos", "pcloud", "yandex"),
        'token = {"access_token":"a","refresh_token":"r"}\n',
    ),
}


@pytest.mark.parametrize(
    ("backend", "option"),
    [(it.rclone_type, option) for it in PROVIDERS.values() if it.key != "storj_ix" for option in it.rclone_refused],
)
def test_an_option_that_a_login_needs_is_refused_with_a_remedy(backend: str, option: str) -> None:
    name, _sign, word = option.partition("=")
    value = word or ("true" if name in FLAGS else "something")
    [problem, *others] = convert.from_text(f"[x]\ntype = {backend}\n{COMPLETE[backend]}{name} = {value}\n").unusable[
        "x"
    ]
    assert not others
    assert problem.field == f"[x] {option}"
    assert problem.remedy.endswith(".")


@pytest.mark.parametrize("backend", HARMLESS)
def test_harmless_options_are_named_in_one_warning(backend: str) -> None:
    lines = "".join(
        f"{name} = {'true' if name in FLAGS | THREE_VALUED else 'something'}\n" for name in HARMLESS[backend]
    )
    imported = convert.from_text(f"[x]\ntype = {backend}\n{COMPLETE[backend]}{lines}")
    assert not imported.unusable
    [warning] = [it for it in imported.warnings if "not supported by the NAS" in it]
    assert (
        warning
        == f"[x] not supported by the NAS, which uses rclone's defaults: {', '.join(sorted(HARMLESS[backend]))}."
    )
    assert not [it for it in imported.warnings if "does not support" in it]


@pytest.mark.parametrize(
    ("backend", "line"),
    [
        ("onedrive", "region = global"),
        ("box", "root_folder_id = 0"),
        ("box", "box_sub_type = user"),
        ("drive", "root_folder_id = root"),
        ("drive", "scope = drive"),
        ("pcloud", "root_folder_id = d0"),
        ("sftp", "subsystem = sftp"),
    ],
)
def test_what_the_nas_does_anyway_needs_no_word(backend: str, line: str) -> None:
    imported = convert.from_text(f"[x]\ntype = {backend}\n{COMPLETE[backend]}{line}\n")
    assert not imported.unusable
    assert not [it for it in imported.warnings if "not supported by the NAS" in it]


def test_an_option_unknown_to_rclone_is_recognized() -> None:
    [warning] = convert.from_text("[x]\ntype = http\nurl = https://h/\nlogin_hint = a\n").warnings
    assert "does not support them either: login_hint" in warning
