# SPDX-License-Identifier: GPL-3.0-or-later
"""What rclone on the NAS does with a login for HTTP or WebDAV, and what is said of one before it is stored."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.obscure import obscure
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from tests.lab.running import thread
from tests.lab.stand_in import Answer, Handler, Listener, Request

RCLONE = Path(sys.executable).with_name("rclone")


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, list[Request]]]:
    """The port of a server that refuses everything, and what it was asked."""
    requests: list[Request] = []

    def answer(request: Request) -> Answer:
        requests.append(request)
        return Answer(403)

    recorder = type("Recorder", (Handler,), {"answer": staticmethod(answer)})
    with Listener(("127.0.0.1", 0), recorder) as listener, thread(listener.serve_forever, listener.shutdown):
        yield listener.server_port, requests


def asked(server: tuple[int, list[Request]], folder: Path, kind: str, userinfo: str, **options: str) -> Request:
    """Return the first request that rclone sends for a remote with this login in its URL."""
    port, requests = server
    requests.clear()
    url = f"http://{userinfo}@127.0.0.1:{port}/x/" if userinfo else f"http://127.0.0.1:{port}/x/"
    lines = {"type": kind, "url": url, **options}
    config = folder / "rclone.conf"
    config.write_text("[far]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items()))
    command = [str(RCLONE), "--config", str(config), "--retries", "1", "--low-level-retries", "1", "lsf", "far:"]
    subprocess.run(command, capture_output=True, check=False, env={"HOME": str(folder)})
    return requests[0]


def login(request: Request) -> str:
    """Return what a request logs in with."""
    return base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()


def problems(key: str, **given: Any) -> list[str]:
    """Return what is wrong with the options of a provider."""
    _provider, found = PROVIDERS[key].parse(given)
    return [str(problem) for problem in found]


@pytest.mark.parametrize("user", [{}, {"user": "bob", "pass": obscure("other")}])
def test_rclone_repeats_the_password_of_a_webdav_url_in_a_header_and_the_task_warns(
    user: dict[str, str], server: tuple[int, list[Request]], tmp_path: Path
) -> None:
    request = asked(server, tmp_path, "webdav", "uploader:hush", vendor="other", **user)
    assert "uploader:hush@" in request.headers["Referer"]
    values = {"url": "https://uploader:hush@far.example/", "vendor": "OTHER", "user": "", "pass": ""}
    [warning] = PROVIDERS["webdav"].warn(values)
    assert "Referer" in warning
    assert "hush" not in warning
    assert [*PROVIDERS["webdav"].warn({**values, "url": "https://far.example/"})] == []


def test_rclone_sends_the_password_of_an_http_url_once(server: tuple[int, list[Request]], tmp_path: Path) -> None:
    request = asked(server, tmp_path, "http", "uploader:hush")
    assert login(request) == "uploader:hush"
    assert request.headers.get("Referer") is None
    assert [*PROVIDERS["http"].warn({"url": "https://uploader:hush@far.example/"})] == []


@pytest.mark.parametrize(("kind", "more"), [("http", {}), ("webdav", {"vendor": "other"})])
def test_a_user_with_a_colon_is_ambiguous(
    kind: str, more: dict[str, str], server: tuple[int, list[Request]], tmp_path: Path
) -> None:
    with_colon = login(asked(server, tmp_path, kind, "a%3Ab:c", **more))
    assert with_colon == login(asked(server, tmp_path, kind, "a:b%3Ac", **more))


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("webdav", {"user": "a:b"}),
        ("webdav", {"user": ":"}),
        ("webdav", {"url": "https://a%3Ab:c@far.example/"}),
        ("webdav", {"url": "https://a%3ab@far.example/"}),
        ("http", {"url": "https://a%3Ab:c@far.example/"}),
        ("http", {"url": "https://a%3ab@far.example/"}),
    ],
)
def test_a_user_with_a_colon_is_refused(key: str, given: dict[str, str]) -> None:
    [problem] = problems(key, **given)
    assert "colon" in problem


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("webdav", {"user": "", "pass": "a:b"}),
        ("webdav", {"user": "DOMAIN\\user"}),
        ("http", {"url": "https://a:b%3Ac@far.example/"}),
        ("http", {"url": "https://a:b:c@far.example/"}),
        ("ftp", {"user": "a:b"}),
        ("sftp", {"user": "a:b"}),
        ("openstack_swift", {"user": "account:user"}),
    ],
)
def test_a_colon_elsewhere_is_fine(key: str, given: dict[str, str]) -> None:
    assert problems(key, **given) == []
