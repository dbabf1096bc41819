# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins through ansible-playbook, with a provider on loopback and the test as the person at the browser."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
import time
import urllib.error
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

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
PASSWORD = "the vault's own password"
VAULT = VaultLib([("default", VaultSecret(PASSWORD.encode()))])


def encrypt(file: Path, variables: dict[str, Any], password: Path) -> None:
    """Write variables to a vault."""
    file.write_text(yaml.safe_dump(variables))
    program = str(Path(sys.executable).with_name("ansible-vault"))
    flags = ("--vault-password-file", str(password))
    subprocess.run([program, "encrypt", *flags, str(file)], check=True, capture_output=True)


class Login:
    """A task that logs in to a provider of its own, and the file that it writes."""

    def __init__(self, folder: Path, title: str, provider: OAuthServer, /, **options: Any) -> None:
        self.title, self.provider, self.options = title, provider, options
        self.dest = folder / f"{title.replace(' ', '_')}.yml"

    @property
    def task(self) -> dict[str, Any]:
        """The task."""
        defaults = {
            "provider": "box",
            "client_secret": "{{ client_secret }}",
            "redirect_port": 0,
            "dest": str(self.dest),
            "variable": "vault_token",
            "timeout": PATIENCE,
        }
        return {"name": self.title, MODULE: {**defaults, **self.provider.options, **self.options}}

    def decrypted(self) -> Any:
        """Return what the variable of the file is."""
        return yaml.safe_load(VAULT.decrypt(self.dest.read_text()))["vault_token"]


class Session:
    """A folder with a vault's password, where plays log in. One play with all logins of a test costs little more than one."""

    def __init__(self, ansible: Ansible, stack: ExitStack) -> None:
        self.ansible, self._stack = ansible, stack
        self.folder = ansible.folder / "login"
        self.folder.mkdir(parents=True)
        (self.folder / "password").write_text(f"{PASSWORD}\n")
        (self.folder / "variables.yml").write_text(yaml.safe_dump({"client_secret": secret(3)}))

    def login(self, title: str, behavior: Mapping[str, Any] | None = None, /, **options: Any) -> Login:
        """Return a login to a provider that knows one client."""
        provider = self._stack.enter_context(OAuthServer("my-client", secret(3), dict(TOKEN)))
        vars(provider).update(behavior or {})
        return Login(self.folder, title, provider, **options)

    def run(self, logins: Sequence[Login], *flags: str, vault: bool = True) -> Run:
        """Run a play that logs in, and return what came of it. A failure ends it only if there is one login."""
        tasks = [{**login.task, "ignore_errors": len(logins) > 1} for login in logins]
        play = {"hosts": "localhost", "gather_facts": False, "vars_files": ["variables.yml"], "tasks": tasks}
        return self.play([play], *flags, vault=vault)

    def play(self, plays: Any, *flags: str, vault: bool = True) -> Run:
        """Run plays, and return what came of it."""
        (self.folder / "play.yml").write_text(yaml.safe_dump(plays, allow_unicode=True))
        flags = (*flags, *(("--vault-password-file", "password") if vault else ()))
        return self.ansible.run("ansible-playbook", "play.yml", "-vvvv", "--diff", *flags, here=self.folder)

    @contextmanager
    def begun(self, run: Callable[..., Run], *given: Any, **more: Any) -> Iterator[Future[Run]]:
        """Start something that runs a play."""
        with ThreadPoolExecutor(1) as pool:
            yield pool.submit(run, *given, **more)

    def shown(self, pattern: str) -> re.Match[str]:
        """Wait for a text on the terminal, which Ansible writes into its log, too."""
        deadline = time.monotonic() + PATIENCE
        log = self.folder / "log"
        while time.monotonic() < deadline:
            if log.exists() and (found := re.search(pattern, log.read_text())):
                return found
            time.sleep(0.05)
        raise AssertionError(f"nothing like {pattern} was shown")

    def address(self, login: Login) -> str:
        """Return the address that a person is to open."""
        return self.shown(rf"{login.provider.url}/authorize\?\S+").group()


@pytest.fixture
def session(ansible: Ansible) -> Iterator[Session]:
    """Where plays log in."""
    with ExitStack() as stack:
        yield Session(ansible, stack)


def test_a_token_from_the_browser_goes_into_the_vault_and_on_to_the_nas(
    ansible: Ansible, nas: Simulator, session: Session
) -> None:
    login = session.login("login")
    with session.begun(session.run, [login]) as running:
        assert "go back to the terminal" in browse(session.address(login))
        run = running.result(PATIENCE)
    assert run.code == 0, run.output[-3000:]
    result = run.named("login")
    assert (result["changed"], result["dest"], result["variable"]) == (True, str(login.dest), "vault_token")
    assert login.dest.read_text().startswith("$ANSIBLE_VAULT;1.1;AES256")
    assert stat.S_IMODE(login.dest.stat().st_mode) == 0o600
    assert [*session.folder.glob(".*login.yml*")] == []
    assert login.decrypted() == {
        "access_token": secret(1),
        "token_type": "bearer",
        "refresh_token": secret(2),
        "expiry": result["expiry"],
    }
    [query] = login.provider.authorized
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"].startswith("http://127.0.0.1:")

    create = {
        "name": "create",
        "nasops.truenas.cloud_credential": {"name": "box", "box": {"token": "{{ vault_token }}"}},
    }
    flags = ("-e", f"@{login.dest}", "--vault-password-file", str(session.folder / "password"))
    applied = ansible.play([create, {**create, "name": "again"}], nas, *flags)
    assert applied.code == 0, applied.output[-3000:]
    assert (applied.named("create")["changed"], applied.named("again")["changed"]) == (True, False)


IN_THE_BROWSER: dict[str, tuple[dict[str, Any], str]] = {
    "another state": ({"forges": {"state": "another"}}, "a different login (state mismatch)"),
    "no state": ({"forges": {"state": None}}, "a different login (state mismatch)"),
    "another code": ({"forges": {"code": "another"}}, "The provider rejected the login: invalid_grant"),
    "a refusal": ({"denies": "access_denied"}, "The provider rejected the login: access_denied: The user said no"),
    "no refresh token": ({"token": {**TOKEN, "refresh_token": ""}}, "did not return a refresh token"),
    "another secret": ({"client_secret": "another"}, "The provider rejected the login: invalid_client"),
}
BY_CODE = {
    "a refused code": (["authorization_pending", "access_denied"], "The provider rejected the login: access_denied"),
    "a late code": (["authorization_pending"] * 1000, "entered the code and allowed access in time"),
    "a slow code": (["slow_down"], "entered the code and allowed access in time"),
}


def test_a_login_that_fails_leaves_nothing(session: Session) -> None:
    browsed = {title: session.login(title, behavior) for title, (behavior, _message) in IN_THE_BROWSER.items()}
    typed = {
        title: session.login(title, {"pending": list(pending)}, flow="device", provider="yandex", timeout=2)
        for title, (pending, _message) in BY_CODE.items()
    }
    alone = session.login("nobody", timeout=1)
    messages = {title: message for table in (IN_THE_BROWSER, BY_CODE) for title, (_how, message) in table.items()}
    messages["nobody"] = "Nobody completed the login in the browser within 1 second."
    with session.begun(session.run, [*browsed.values(), *typed.values(), alone]) as running:
        for login in browsed.values():
            browse(session.address(login))
        run = running.result(PATIENCE)
    for title, login in {**browsed, **typed, "nobody": alone}.items():
        [line] = [line for line in run.results if line["task"] == title]
        assert line["failed"], title
        assert messages[title] in line["result"]["msg"], title
        assert not login.dest.exists(), title
    for title in ("another state", "no state"):
        assert browsed[title].provider.asked == [], f"{title}: a stranger's code is not spent"


DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def test_each_flow_keeps_what_the_provider_gives(session: Session) -> None:
    first = session.login("first")
    elsewhere = session.login(
        "elsewhere", {"pending": ["authorization_pending"] * 2}, flow="device", provider="onedrive"
    )
    given = {
        "asks_for_proof": False,
        "forges": {"state": None, "locationid": "2", "hostname": "eapi.pcloud.com"},
        "token": {"result": 0, "access_token": secret(4), "token_type": "bearer", "uid": 7},
    }
    pcloud = session.login("pcloud", given, provider="pcloud")
    kept, forced = session.login("kept"), session.login("forced", force=True)
    for login in (kept, forced):
        login.dest.write_text("precious")
    with session.begun(session.run, [kept, first, elsewhere, pcloud, forced]) as running:
        browse(session.address(first))
        browse(session.address(pcloud))
        # The play goes on, so that only the login itself can have stopped to listen.
        address = session.address(forced)
        for login in (first, pcloud):
            [query] = login.provider.authorized
            with pytest.raises(urllib.error.URLError):
                browse(f"{query['redirect_uri']}?code=x&state={query['state']}")
        browse(address)
        run = running.result(PATIENCE)
    assert [line["task"] for line in run.results if line["failed"]] == ["kept"], run.output[-3000:]
    assert run.named("kept")["problems"][0]["field"] == "dest"
    assert kept.dest.read_text() == "precious"
    assert forced.decrypted()["access_token"] == secret(1), "forced"

    shown = f"enter the code WDJB-MJHT:\n{elsewhere.provider.url}/enter"
    assert shown in run.output, "a code that is typed in elsewhere"
    assert [form["grant_type"] for form in elsewhere.provider.asked] == [DEVICE] * 3
    assert elsewhere.decrypted()["refresh_token"] == secret(2)

    assert run.named("pcloud")["hostname"] == "eapi.pcloud.com", "pCloud says where the account is"
    assert pcloud.decrypted() == {
        "access_token": secret(4),
        "token_type": "bearer",
        "expiry": "0001-01-01T00:00:00Z",
    }


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another vault": ({"vault_id": "another"}, "vault_id"),
    "nowhere": ({"dest": "/nowhere/token.yml"}, "dest"),
    "no name": ({"variable": "no-name"}, "variable"),
    "no device": ({"provider": "google_drive", "flow": "device", "device_url": None}, "flow"),
}


def test_what_cannot_be_kept_is_not_asked_for(session: Session) -> None:
    logins = {title: session.login(title, **options) for title, (options, _field) in REFUSED.items()}
    run = session.run([*logins.values()])
    unlocked = session.login("no vault")
    without = session.run([unlocked], vault=False)
    assert without.code == 2
    fields = {title: field for title, (_options, field) in REFUSED.items()} | {"no vault": "vault_id"}
    for title, login in {**logins, "no vault": unlocked}.items():
        result = (without if login is unlocked else run).named(title)
        assert [problem["field"] for problem in result["problems"]] == [fields[title]], title
        assert login.provider.authorized == login.provider.asked == [], title


def test_check_mode_asks_no_provider(session: Session) -> None:
    login = session.login("login")
    result = session.run([login], "--check").named("login")
    assert (result["changed"], "Would ask" in result["msg"]) == (True, True)
    assert login.provider.authorized == []
    assert not login.dest.exists()


def test_the_vault_id_that_is_asked_for_encrypts(session: Session) -> None:
    login = session.login("login", vault_id="other")
    with session.begun(session.run, [login], "--vault-id", "other@password", vault=False) as running:
        browse(session.address(login))
        assert running.result(PATIENCE).code == 0
    assert login.dest.read_text().startswith("$ANSIBLE_VAULT;1.2;AES256;other\n")
    flags = ("--vault-password-file", str(session.folder / "password"))
    program = str(Path(sys.executable).with_name("ansible-vault"))
    done = subprocess.run([program, "view", *flags, str(login.dest)], capture_output=True, text=True, check=True)
    assert yaml.safe_load(done.stdout)["vault_token"]["access_token"] == secret(1)


def test_the_examples_of_the_page_get_a_token_and_store_it(ansible: Ansible, nas: Simulator, session: Session) -> None:
    [plays, tasks] = [example.content for example in of_page(ROOT / "docs/oauth.md")]
    login = session.login("login")
    client = {"vault_drive_client_id": login.provider.client_id, "vault_drive_client_secret": secret(3)}
    folder = session.folder / "group_vars/nas"
    folder.mkdir(parents=True)
    encrypt(folder / "oauth_client.yml", client, session.folder / "password")
    addresses = {name: value for name, value in login.provider.options.items() if name.endswith("_url")}
    plays[0]["module_defaults"] = {MODULE: {**addresses, "redirect_port": 0}}
    with session.begun(session.play, plays) as running:
        browse(session.address(login))
        assert running.result(PATIENCE).code == 0
    flags = ("--vault-password-file", str(session.folder / "password"), "-e", f"@{folder / 'drive_token.yml'}")
    stored = ansible.play(tasks, nas, *flags, "-e", f"@{folder / 'oauth_client.yml'}")
    assert stored.code == 0, stored.output[-3000:]


def test_the_module_itself_reports_where_it_runs(ansible: Ansible, tmp_path: Path) -> None:
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
