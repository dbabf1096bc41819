# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example that nothing else runs, on a simulated NAS with the state that it presumes; tests/examples.py finds them.

Each task runs in check mode, for real, and again. Check mode predicts the change, and the last run changes nothing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import keys
from tests.examples import ALL, Example, examples
from tests.integration.example_states import FILES, RCLONE_CONF, SERVERS, Place, State, variables_of
from tests.integration.fleet import Fleet
from tests.integration.oauth_server import OAuthServer
from tests.integration.running import Ansible, Run, secret
from tests.integration.samples import token
from tests.lab import Lab
from tests.lab.install import restic
from tests.simulator import Simulator

OURS = [example for example in examples() if example.runner == ALL and not example.reason]
TASKS = [example for example in OURS if example.kind in ("tasks", "playbook")]
CONNECTIONS = {
    example.file: example for example in OURS if example.kind == "variables" and "ansible_connection" in example.content
}
"""Variables of the connection. The tasks of these pages take it from there."""
VARIABLES = [example for example in OURS if example.kind == "variables" and example not in CONNECTIONS.values()]

ITERATIONS = 50_000
"""The fewest that a login accepts."""
ONCE = ("nasops.truenas.cloud_oauth_token",)
"""Modules that refuse to do the same again."""
OFTEN = ("nasops.truenas.cloud_sync_run", "nasops.truenas.cloud_backup_run")
"""Modules whose tasks change something each time."""
ONLY_READ = ("ansible.builtin.assert", "ansible.builtin.debug")
PASSES = ("check", "run", "again")
SYNC_TASKS = "nasops.truenas.cloud_credentials : Apply the cloud sync tasks"


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """The reader's providers."""
    with Lab(SERVERS) as lab:
        yield Place(lab)


def host_of(example: Example) -> str:
    """Return the name of the NAS for the examples of a file, fit for the name of a bucket."""
    return Path(example.file).with_suffix("").as_posix().replace("/", "-").replace("_", "-").lower()


def nas(place: Place, state: State) -> Simulator:
    """Return a NAS that reaches the reader's providers."""
    cheap: dict[str, Any] = {} if state.precomputed else {"iterations": ITERATIONS}
    return Simulator(
        seed={"files": FILES, "pools": ["tank", "pool1"], **state.seed},
        rclone_environment={"SSL_CERT_FILE": str(place.lab.ca_file)},
        **cheap,
    )


def passes(task: dict[str, Any]) -> tuple[str, ...]:
    """Return how a task runs: only for real if it changes nothing in any case."""
    if any(name in ONLY_READ or name.endswith("_info") for name in task):
        return ("run",)
    return PASSES[:2] if any(name in ONCE for name in task) else PASSES


def steps(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a task in check mode, for real, and again."""
    for step in passes(task):
        yield {**task, "name": f"{step}: {task.get('name', 'a task')}", "check_mode": step == "check"}


def defaults(login: OAuthServer) -> dict[str, Any]:
    """Return options that lead tasks to their NAS, to the programs of this host, and to a login that answers."""
    connection = {name: f"{{{{ nas.{name} }}}}" for name in ("host", "port", "ca_path", "username", "api_key")}
    programs = {"rclone_path": str(Path(sys.executable).parent / "rclone"), "restic_path": str(restic())}
    return {
        "group/nasops.truenas.all": connection,
        "nasops.truenas.backup_proof": {**connection, **programs},
        "nasops.truenas.cloud_oauth_token": {
            name: value for name, value in login.options.items() if name.endswith("_url")
        },
        # With options of a connection, it would use a stored credential.
        "nasops.truenas.protected_bucket": {},
    }


def plays(example: Example, place: Place, login: OAuthServer) -> Iterator[dict[str, Any]]:
    """Yield the plays that run an example."""
    content = place.fitted(example.content)
    common = {
        "hosts": host_of(example),
        # A play in which all hosts have failed would end the run.
        "ignore_errors": True,
        "module_defaults": {} if example.file in CONNECTIONS else defaults(login),
    }
    if example.kind == "playbook":
        for step in PASSES:
            yield from ({**common, **play, "hosts": common["hosts"], "check_mode": step == "check"} for play in content)
        return
    chained = [number for number, task in enumerate(content) if "pending_" in str(task)]
    if chained:
        # Check mode of the whole, as far as a task says what an earlier one would change.
        chain = [{**task, "name": f"chain: {task['name']}", "check_mode": True} for task in content[: chained[-1] + 1]]
        yield {**common, "tasks": chain}
    before = place.state(example.file).before
    tasks = [step for task in content for step in (*before.get(task.get("name", ""), ()), *steps(task))]
    yield {**common, "tasks": tasks}


def complaints(example: Example, run: Run) -> Iterator[str]:
    """Yield what is wrong with the run of an example."""
    lines = [line for line in run.results if line["host"] == host_of(example)]
    if not lines:
        yield f"{example.place}: did not run"
    for line in lines:
        if line["failed"]:
            yield f"{example.place}: {line['task']}: {line['result'].get('msg')}"
    if example.kind == "playbook":
        return
    done = {line["task"]: line["result"] for line in lines}
    for task in example.content:
        name = task.get("name", "a task")
        results = [done.get(f"{step}: {name}", {"skipped": True}) for step in passes(task)]
        if any(result.get("skipped") for result in results):
            yield f"{example.place}: {name}: did not run"
        elif len(results) > 1 and results[0]["changed"] != results[1]["changed"]:
            yield f"{example.place}: {name}: check mode and the run do not report the same change"
        elif results[-1]["changed"] and not any(name in (*OFTEN, *ONCE) for name in task):
            yield f"{example.place}: {name}: changes something again"


class Reader:
    """A folder with all that the examples presume: an inventory, variables, a vault's password, and files."""

    def __init__(self, ansible: Ansible, place: Place, home: Path) -> None:
        self._ansible, self._place, self._home = ansible, place, home
        self._fleet: dict[str, Simulator] = {}
        self._hosts: dict[str, dict[str, Any]] = {}
        self._secrets: dict[str, Any] = {}
        self._group: dict[str, None] = {}

    def add(self, example: Example, box: Simulator) -> None:
        """Add the NAS of an example's file."""
        state = self._place.state(example.file)
        host = {"ansible_host": box.host, "nas_port": box.port, "nas_ca_path": box.ca_file, "nas_api_key": box.api_key}
        if state.precomputed:
            host["nas_api_key"] = Simulator.precomputed_key()
        # For a plugin that takes the connection of its host from the inventory.
        host |= {"ansible_port": box.port, "ansible_truenas_ca_path": box.ca_file}
        if connection := CONNECTIONS.get(example.file):
            host |= connection.content
            # The keys of the simulated NAS do not have the form by which the connection distinguishes a key from a password.
            host["ansible_password"] = Simulator.password
            self._secrets |= variables_of(connection, self._place)
        if state.grouped:
            self._group[host_of(example)] = None
        self._fleet[host_of(example)] = box
        self._hosts[host_of(example)] = host | state.variables

    def run(self, plays: list[dict[str, Any]], **secrets: Any) -> Run:
        """Run the plays in one process."""
        here = self._ansible.write(plays, self._fleet, self._secrets | secrets)
        inventory = yaml.safe_load((here / "hosts.yml").read_text())
        inventory["all"]["children"] = {"nas": {"hosts": self._group}}
        for host, variables in self._hosts.items():
            inventory["all"]["hosts"][host] |= variables
        (here / "hosts.yml").write_text(yaml.safe_dump(inventory))
        (here / "group_vars/nas").mkdir(parents=True)
        (here / "replication.key").write_text(keys.read("ed25519.key"))
        (self._home / ".config/rclone").mkdir(parents=True)
        (self._home / ".config/rclone/rclone.conf").write_text(RCLONE_CONF.format(secret=secret(0)))
        password = self._home / "password"
        password.write_text("of the vault")
        environment = {"HOME": str(self._home), "PWD": str(here), "ANSIBLE_VAULT_PASSWORD_FILE": str(password)}
        command = ("ansible-playbook", "-i", "hosts.yml", "play.yml", "--diff")
        return self._ansible.run(*command, here=here, extra=environment)


def test_every_example_of_tasks_runs(ansible: Ansible, place: Place, tmp_path: Path) -> None:
    reader = Reader(ansible, place, tmp_path / "home")
    with ExitStack() as stack:
        login = stack.enter_context(OAuthServer("00000000-1111-2222-3333-444444444444", secret(99), token(98)))
        for example in {example.file: example for example in TASKS}.values():
            reader.add(example, stack.enter_context(nas(place, place.state(example.file))))
        secrets = {name: value for example in TASKS for name, value in variables_of(example, place).items()}
        secrets["vault_onedrive_client_secret"] = login.client_secret
        run = reader.run([play for example in TASKS for play in plays(example, place, login)], **secrets)
    found = [complaint for example in TASKS for complaint in complaints(example, run)]
    assert not found, "\n\n".join([*found, run.output[-3000:]])
    assert run.code == 0, run.output[-3000:]


def of_fleet(example: Example) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the files of variables of an example, each with the name of its host, or an empty one for all hosts."""
    for part in re.split(r"^(?=# \w+_vars/)", example.text, flags=re.MULTILINE):
        if values := yaml.safe_load(part):
            found = re.match(r"# host_vars/(\w+)", part)
            yield found[1] if found else "", values


def declared(page: str, host: str, place: Place) -> dict[str, Any]:
    """Return the variables that a page declares for a host. Its examples add to each other."""
    merged: dict[str, Any] = {}
    for example in VARIABLES:
        if example.file == page:
            merged |= variables_of(example, place)
            for name, values in of_fleet(example):
                for key, value in values.items() if name in ("", host) else ():
                    merged[key] = [*merged.get(key, ()), *value] if isinstance(value, list) else value
    fitted: dict[str, Any] = place.fitted(merged)
    return fitted


def test_every_example_of_variables_is_applied_by_the_role(ansible: Ansible, place: Place) -> None:
    pages = {host_of(example): example.file for example in VARIABLES}
    # The page of the role also has files for a host.
    [readme] = [page for page in pages.values() if page == "roles/cloud_credentials/README.md"]
    with ExitStack() as stack:
        boxes = {host: stack.enter_context(nas(place, place.authorized())) for host in (*pages, "nas2")}
        fleet = Fleet(ansible, boxes)
        for host, page in {**pages, "nas2": readme}.items():
            fleet.host_variables[host] |= declared(page, host, place)
        for flags, changes in ((("--check",), True), ((), True), ((), False)):
            run = fleet.play("provision", *flags)
            assert run.code == 0, run.output[-3000:]
            for host in boxes:
                [changed] = re.findall(rf"{host} +: ok=\d+ +changed=(\d+) ", run.output)
                assert (changed != "0") is changes, (host, flags)
    [path] = [task["task"]["path"] for task in run.named(SYNC_TASKS, "nas2")["tasks"]]
    assert path == "/mnt/pool1/documents", "the host overrides the fleet"
