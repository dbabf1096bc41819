# SPDX-License-Identifier: GPL-3.0-or-later
"""Real rclone reads what the collection writes, and the collection what rclone writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils.obscure import obscure, reveal
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.rclone import conf, convert

RCLONE = Path(sys.executable).parent / "rclone"


def rclone(config: Path, *arguments: str, stdin: str = "") -> str:
    """Run real rclone with a configuration; return what it prints."""
    done = subprocess.run(
        [str(RCLONE), "--config", str(config), *arguments], input=stdin, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_rclone_reveals_what_is_obscured_and_the_other_way_round(tmp_path: Path) -> None:
    password = "pä ss'\"\\ word"
    assert rclone(tmp_path / "none", "reveal", obscure(password)).rstrip("\n") == password
    assert reveal(rclone(tmp_path / "none", "obscure", "-", stdin=f"{password}\n").strip()) == password
    assert obscure("") == reveal("") == ""
    assert obscure(password) != obscure(password)


@given(values=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n")), max_size=20))
@settings(max_examples=20, deadline=None)
def test_real_rclone_reads_what_is_written_and_so_do_we(
    values: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    sections = {f"s{n}": {"type": "http", "url": value} for n, value in enumerate(values)}
    file = tmp_path_factory.mktemp("conf") / "rclone.conf"
    file.write_text(conf.write(sections), newline="")
    assert json.loads(rclone(file, "config", "dump")) == sections
    assert conf.read(conf.write(sections)) == sections


def test_lines_as_people_write_them(tmp_path: Path) -> None:
    text = (
        '# comment\n; comment\n\n[a]\n  type=http\n\turl: https://h/#x\nuser = `a"b`\nheaders =   \n'
        '[b c]\r\ntype = http\r\nurl = " x "\r\n[a]\nurl = https://other\nno_head = """ t """\n'
    )
    (tmp_path / "rclone.conf").write_text(text, newline="")
    assert conf.read(text) == json.loads(rclone(tmp_path / "rclone.conf", "config", "dump"))


TOKEN = '{"access_token":"a","expiry":"2030-01-01T00:00:00Z"}'
KEY = '{"type":"service_account","project_id":"p","client_email":"b@p","private_key":"k"}'
CREATED: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {
    "azureblob": (
        "azureblob",
        {"account": "acc", "key": "a2V5", "env_auth": "false"},
        {"account": "acc", "key": "a2V5"},
    ),
    "b2": ("b2", {"account": "id", "key": "app"}, {"account": "id", "key": "app"}),
    "ftp": (
        "ftp",
        {"host": "h", "user": "u", "pass": "p w"},
        {"host": "h", "user": "u", "pass": "p w"},
    ),
    "google_cloud_storage": (
        "google cloud storage",
        {"service_account_credentials": KEY, "project_number": "p"},
        {"service_account_credentials": KEY},
    ),
    "google_drive": (
        "drive",
        {"token": '{"access_token":"a b"}', "scope": "drive", "team_drive": ""},
        {"token": '{"access_token":"a b"}'},
    ),
    "google_photos": ("google photos", {"token": TOKEN}, {"token": TOKEN}),
    "http": ("http", {"url": "https://h/a"}, {"url": "https://h/a"}),
    "mega": ("mega", {"user": "u", "pass": "`q`"}, {"user": "u", "pass": "`q`"}),
    "onedrive": (
        "onedrive",
        {"token": TOKEN, "drive_id": "b!1", "drive_type": "documentLibrary", "region": "global"},
        {"token": TOKEN, "drive_id": "b!1", "drive_type": "DOCUMENT_LIBRARY"},
    ),
    "openstack_swift": (
        "swift",
        {"user": "u", "key": "k", "auth": "https://k/v3", "auth_version": "3", "endpoint_type": "internal"},
        {"user": "u", "key": "k", "auth": "https://k/v3", "auth_version": "3", "endpoint_type": "internal"},
    ),
    "pcloud": ("pcloud", {"token": TOKEN, "hostname": "eapi.h"}, {"token": TOKEN, "hostname": "eapi.h"}),
    "s3": (
        "s3",
        {
            "provider": "Minio",
            "access_key_id": "AK",
            "secret_access_key": "SK",
            "endpoint": "Min.example:9000",
            "force_path_style": "false",
            "max_upload_parts": "500",
        },
        {
            "provider": "Minio",
            "access_key_id": "AK",
            "secret_access_key": "SK",
            "endpoint": "https://min.example:9000/",
            "force_path_style": False,
            "max_upload_parts": 500,
        },
    ),
    "sftp": (
        "sftp",
        {"host": "h", "user": "u", "port": "2222", "pass": "p"},
        {"host": "h", "user": "u", "port": 2222, "pass": "p"},
    ),
    "storj_ix": (
        "s3",
        {"provider": "Storj", "access_key_id": "j", "secret_access_key": "s", "endpoint": "gateway.storjshare.io"},
        {"access_key_id": "j", "secret_access_key": "s", "endpoint": "https://gateway.storjshare.io/"},
    ),
    "webdav": (
        "webdav",
        {"url": "https://h/d", "vendor": "nextcloud", "user": "u", "pass": "p"},
        {"url": "https://h/d", "vendor": "NEXTCLOUD", "user": "u", "pass": "p"},
    ),
    **{key: (key, {"token": '{"access_token":"a"}', "client_id": "c"}, {}) for key in ("box", "dropbox", "yandex")},
}
"""For each provider what is given to `rclone config create`, and what has to come of the section that it writes."""


@pytest.mark.parametrize("key", CREATED)
def test_what_rclone_writes_is_read(key: str, tmp_path: Path) -> None:
    backend, given_options, expected = CREATED[key]
    file = tmp_path / "rclone.conf"
    # Without a state rclone would ask for a login through the browser.
    pairs = [f"{name}={value}" for name, value in given_options.items()]
    rclone(file, "config", "create", "x", backend, "--non-interactive", "--obscure", *pairs)
    imported = convert.from_text(file.read_text())
    assert not imported.unusable
    [credential] = imported.credentials
    assert credential == {"name": "x", key: expected or given_options}
    assert not [warning for warning in imported.warnings if "has no place" in warning]


def test_every_provider_is_written_by_rclone_but_the_one_it_no_longer_has() -> None:
    assert PROVIDERS.keys() - CREATED.keys() == {"hubic"}
