# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins through ansible-playbook, with a provider on loopback and the test as the person at the browser."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.examples import ROOT, of_page
from tests.integration.oauth_server import OAuthServer, browse
from tests.integration.running import Ansible, Run, secret
from tests.simulator import Simulator

MODULE = "nasops.truenas.cloud_oauth_token"
TOKEN = {
    "access_token": secret(1),
    "token_type": "bearer",
    "refresh_token": secret(2),
    "expires_in": 3600,
    "scope": "all",
}
PATIENCE = 30


@pytest.fixture
def provider() -> Iterator[OAuthServer]:
    """A provider that knows one client."""
    with OAuthServer("my-client", secret(3), dict(TOKEN)) as server:
        yield server


def in_background(run: Callable[..., Run], *given: Any, **more: Any) -> Future[Run]:
    """Start something that runs a play."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(run, *given, **more)
    pool.shutdown(wait=False)
    return future


def encrypt(file: Path, variables: dict[str, Any], password: Path) -> None:
    """Write variables to a vault."""
    file.write_text(yaml.safe_dump(variables))
    program = str(Path(sys.executable).with_name("ansible-vault"))
    flags = ("--vault-password-file", str(password))
    subprocess.run([program, "encrypt", *flags, str(file)], check=True, capture_output=True)


class Session:
    """A folder with a vault's password, where plays log in."""

    def __init__(self, ansible: Ansible, provider: OAuthServer) -> None:
        self.ansible, self.provider = ansible, provider
        self.folder = ansible.folder / "login"
        self.folder.mkdir(parents=True)
        self.dest = self.folder / "token.yml"
        (self.folder / "password").write_text("the vault's own password\n")
        (self.folder / "variables.yml").write_text(yaml.safe_dump({"client_secret": provider.client_secret}))

    def run(self, *flags: str, vault: bool = True, **options: Any) -> Run:
        """Run a play that logs in, and return what came of it."""
        defaults = {
            "provider": "box",
            "client_secret": "{{ client_secret }}",
            "redirect_port": 0,
            "dest": str(self.dest),
            "variable": "vault_token",
            "timeout": PATIENCE,
        }
        task = {"name": "login", MODULE: {**defaults, **self.provider.options, **options}}
        play = {"hosts": "localhost", "gather_facts": False, "vars_files": ["variables.yml"], "tasks": [task]}
        return self.play([play], *flags, vault=vault)

    def play(self, plays: Any, *flags: str, vault: bool = True) -> Run:
        """Run plays, and return what came of it."""
        (self.folder / "play.yml").write_text(yaml.safe_dump(plays, allow_unicode=True))
        flags = (*flags, *(("--vault-password-file", "password") if vault else ()))
        return self.ansible.run("ansible-playbook", "play.yml", "-vvvv", "--diff", *flags, here=self.folder)

    def begun(self, *flags: str, **options: Any) -> Future[Run]:
        """Start such a play."""
        return in_background(self.run, *flags, **options)

    def shown(self, pattern: str) -> re.Match[str]:
        """Wait for a text on the terminal, which Ansible writes into its log, too."""
        deadline = time.monotonic() + PATIENCE
        log = self.folder / "log"
        while time.monotonic() < deadline:
            if log.exists() and (found := re.search(pattern, log.read_text())):
                return found
            time.sleep(0.05)
        raise AssertionError(f"nothing like {pattern} was shown")

    def address(self) -> str:
        """Return the address that a person is to open."""
        return self.shown(rf"{self.provider.url}/authorize\?\S+").group()

    def decrypted(self) -> Any:
        """Return what is in the file."""
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("ansible-vault")),
                "view",
                "--vault-password-file",
                str(self.folder / "password"),
                str(self.dest),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        return yaml.safe_load(done.stdout)


@pytest.fixture
def session(ansible: Ansible, provider: OAuthServer) -> Session:
    """Where plays log in."""
    return Session(ansible, provider)


def test_a_token_from_the_browser_goes_into_the_vault_and_on_to_the_nas(
    ansible: Ansible, nas: Simulator, session: Session
) -> None:
    running = session.begun()
    assert "go back to the terminal" in browse(session.address())
    run = running.result(PATIENCE)
    assert run.code == 0, run.output[-3000:]
    result = run.named("login")
    assert (result["changed"], result["dest"], result["variable"]) == (True, str(session.dest), "vault_token")
    assert session.dest.read_text().startswith("$ANSIBLE_VAULT;1.1;AES256")
    assert stat.S_IMODE(session.dest.stat().st_mode) == 0o600
    assert [*session.folder.glob(".token.yml*")] == []
    stored = session.decrypted()["vault_token"]
    assert stored == {
        "access_token": secret(1),
        "token_type": "bearer",
        "refresh_token": secret(2),
        "expiry": result["expiry"],
    }
    [query] = session.provider.authorized
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"].startswith("http://127.0.0.1:")

    create = {
        "name": "create",
        "nasops.truenas.cloud_credential": {"name": "box", "box": {"token": "{{ vault_token }}"}},
    }
    flags = ("-e", f"@{session.dest}", "--vault-password-file", str(session.folder / "password"))
    applied = ansible.play([create, {**create, "name": "again"}], nas, *flags)
    assert applied.code == 0, applied.output[-3000:]
    assert (applied.named("create")["changed"], applied.named("again")["changed"]) == (True, False)


def test_nobody_listens_any_more_after_the_answer(session: Session) -> None:
    running = session.begun()
    browse(session.address())
    assert running.result(PATIENCE).code == 0
    [query] = session.provider.authorized
    with pytest.raises(urllib.error.URLError):
        browse(f"{query['redirect_uri']}?code=x&state={query['state']}")


@pytest.mark.parametrize(
    ("behavior", "message"),
    [
        ({"forges": {"state": "another"}}, "a different login (state mismatch)"),
        ({"forges": {"state": None}}, "a different login (state mismatch)"),
        ({"forges": {"code": "another"}}, "The provider rejected the login: invalid_grant"),
        ({"denies": "access_denied"}, "The provider rejected the login: access_denied: The user said no"),
        ({"token": {**TOKEN, "refresh_token": ""}}, "did not return a refresh token"),
        ({"client_secret": "another"}, "The provider rejected the login: invalid_client"),
    ],
)
def test_a_login_that_fails_leaves_nothing(session: Session, behavior: dict[str, Any], message: str) -> None:
    vars(session.provider).update(behavior)
    running = session.begun()
    browse(session.address())
    run = running.result(PATIENCE)
    assert run.code == 2
    assert message in run.named("login")["msg"]
    assert not session.dest.exists()
    if "state" in behavior.get("forges", {}):
        assert session.provider.asked == [], "a stranger's code is not spent"


def test_a_login_that_nobody_makes_ends(session: Session) -> None:
    run = session.run(timeout=1)
    assert "Nobody completed the login in the browser within 1 seconds" in run.named("login")["msg"]
    assert not session.dest.exists()


def test_a_code_that_is_typed_in_elsewhere(session: Session) -> None:
    session.provider.pending = ["authorization_pending", "authorization_pending"]
    run = session.run(flow="device", provider="onedrive")
    assert run.code == 0, run.output[-3000:]
    assert f"enter the code WDJB-MJHT:\n{session.provider.url}/enter" in run.output
    assert [form["grant_type"] for form in session.provider.asked] == [
        "urn:ietf:params:oauth:grant-type:device_code"
    ] * 3
    assert session.decrypted()["vault_token"]["refresh_token"] == secret(2)


@pytest.mark.parametrize(
    ("pending", "message"),
    [
        (["authorization_pending", "access_denied"], "The provider rejected the login: access_denied"),
        (["authorization_pending"] * 1000, "entered the code and allowed access in time"),
        (["slow_down"], "entered the code and allowed access in time"),
    ],
)
def test_a_code_that_leads_to_nothing(session: Session, pending: list[str], message: str) -> None:
    session.provider.pending = list(pending)
    run = session.run(flow="device", provider="yandex", timeout=2)
    assert message in run.named("login")["msg"]
    assert not session.dest.exists()


def test_pcloud_says_where_the_account_is_and_returns_no_state(session: Session) -> None:
    session.provider.asks_for_proof = False
    session.provider.forges = {"state": None, "locationid": "2", "hostname": "eapi.pcloud.com"}
    session.provider.token = {"result": 0, "access_token": secret(4), "token_type": "bearer", "uid": 7}
    running = session.begun(provider="pcloud")
    browse(session.address())
    run = running.result(PATIENCE)
    assert run.code == 0, run.output[-3000:]
    assert run.named("login")["hostname"] == "eapi.pcloud.com"
    assert session.decrypted()["vault_token"] == {
        "access_token": secret(4),
        "token_type": "bearer",
        "expiry": "0001-01-01T00:00:00Z",
    }


def test_what_is_there_is_kept_unless_forced(session: Session) -> None:
    session.dest.write_text("precious")
    run = session.run()
    assert run.named("login")["problems"][0]["field"] == "dest"
    assert session.dest.read_text() == "precious"
    running = session.begun(force=True)
    browse(session.address())
    assert running.result(PATIENCE).code == 0
    assert session.decrypted()["vault_token"]["access_token"] == secret(1)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"vault": False}, "vault_id"),
        ({"vault_id": "another"}, "vault_id"),
        ({"dest": "/nowhere/token.yml"}, "dest"),
        ({"variable": "no-name"}, "variable"),
        ({"provider": "google_drive", "flow": "device", "device_url": None}, "flow"),
    ],
)
def test_what_cannot_be_kept_is_not_asked_for(session: Session, options: dict[str, Any], field: str) -> None:
    run = session.run(**options)
    assert [problem["field"] for problem in run.named("login")["problems"]] == [field]
    assert session.provider.authorized == session.provider.asked == []


def test_check_mode_asks_nobody(session: Session) -> None:
    run = session.run("--check")
    result = run.named("login")
    assert (result["changed"], "Would ask" in result["msg"]) == (True, True)
    assert session.provider.authorized == []
    assert not session.dest.exists()


def test_the_vault_id_that_is_asked_for_encrypts(session: Session) -> None:
    running = session.begun("--vault-id", "other@password", vault_id="other", vault=False)
    browse(session.address())
    assert running.result(PATIENCE).code == 0
    assert session.dest.read_text().startswith("$ANSIBLE_VAULT;1.2;AES256;other\n")
    assert session.decrypted()["vault_token"]["access_token"] == secret(1)


def test_the_examples_of_the_page_get_a_token_and_store_it(ansible: Ansible, nas: Simulator, session: Session) -> None:
    [plays, tasks] = [example.content for example in of_page(ROOT / "docs/oauth.md")]
    client = {"vault_drive_client_id": session.provider.client_id, "vault_drive_client_secret": secret(3)}
    folder = session.folder / "group_vars/nas"
    folder.mkdir(parents=True)
    encrypt(folder / "oauth_client.yml", client, session.folder / "password")
    addresses = {name: value for name, value in session.provider.options.items() if name.endswith("_url")}
    plays[0]["module_defaults"] = {MODULE: {**addresses, "redirect_port": 0}}
    running = in_background(session.play, plays)
    browse(session.address())
    assert running.result(PATIENCE).code == 0
    flags = ("--vault-password-file", str(session.folder / "password"), "-e", f"@{folder / 'drive_token.yml'}")
    stored = ansible.play(tasks, nas, *flags, "-e", f"@{folder / 'oauth_client.yml'}")
    assert stored.code == 0, stored.output[-3000:]


def test_the_module_itself_says_where_it_runs(ansible: Ansible, tmp_path: Path) -> None:
    collection = Path(__file__).parents[2] / ".collections"
    options = '{"ANSIBLE_MODULE_ARGS": {"provider": "box", "client_id": "c", "dest": "/x", "variable": "v"}}'
    program = "from ansible_collections.nasops.truenas.plugins.modules.cloud_oauth_token import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=options,
        env={"PYTHONPATH": str(collection)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "runs on the controller only" in done.stdout + done.stderr
