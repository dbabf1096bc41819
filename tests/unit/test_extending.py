# SPDX-License-Identifier: GPL-3.0-or-later
"""What CONTRIBUTING.md promises: a provider is one file, and a kind of object is some functions. Nothing else changes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.engine import batch
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.engine.store import store_of
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.transport.calls import Call
from tests.unit.example_kind import KIND, DesiredTask, StoredTask
from tests.unit.session import DirectSession, Reopening

ROOT = Path(__file__).parents[2]
CANARY = "hush-canary-0001"


class TaskNas(DirectSession, Reopening):
    """A NAS in memory that stores tasks; it is its own session, and what opens a new one.

    `losing` are methods whose reply is lost, once; `refusing` has the error for each create; `other` are rows that another client
    stores just before a create.
    """

    roles = frozenset({"CLOUD_SYNC_WRITE"})
    api_version = None

    def __init__(self, *rows: tuple[int, str, str]) -> None:
        super().__init__()
        self.rows = {
            number: {"id": number, "description": name, "path": path, "encryption_password": CANARY}
            for number, name, path in rows
        }
        self.losing: set[str] = set()
        self.refusing: list[errors.TrueNASError] = []
        self.other: list[str] = []

    def open(self) -> TaskNas:
        """Return a session that works again."""
        self.broken = False
        return self

    def may(self, role: str) -> bool:
        """Return whether the account has the role."""
        return role in self.roles

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Carry out a call, or raise."""
        if self.broken:
            raise errors.ConnectionLost("The connection is lost.")
        self.calls.append(method)
        answer = getattr(self, method.replace(".", "_"))(*params)
        if method in self.losing:
            self.losing.discard(method)
            self.broken = True
            raise errors.ConnectionLost("The connection is lost.")
        return answer

    def each(self, calls: Sequence[Call]) -> Iterator[tuple[int, Any]]:
        """Carry out calls and yield what comes of them."""
        yield from enumerate(self.call_all(calls))

    def call_all(self, calls: Sequence[Call]) -> list[Any]:
        """Carry out calls and return their results or exceptions."""
        outcomes = []
        for call in calls:
            try:
                outcomes.append(self.call(call.method, *call.params))
            except errors.TrueNASError as error:
                outcomes.append(error)
        return outcomes

    def cloudsync_query(self, filters: Sequence[Any] = (), options: Mapping[str, Any] | None = None) -> list[Any]:
        """Return the rows whose field is among the values of a filter."""
        return [row for row in self.rows.values() if all(row[given[0]] in given[2] for given in filters)]

    def cloudsync_create(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Store a task."""
        for error in self.refusing:
            raise error
        for name in [*self.other, None]:
            number = max(self.rows, default=0) + 1
            self.rows[number] = {"id": number, **payload, **({"description": name} if name else {})}
        self.other.clear()
        return self.rows[number]

    def cloudsync_update(self, number: int, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Change a task."""
        self.rows[number].update(payload)
        return self.rows[number]

    def cloudsync_delete(self, number: int) -> bool:
        """Delete a task."""
        return bool(self.rows.pop(number))

    @property
    def names(self) -> list[str]:
        """The descriptions of the stored tasks."""
        return [str(row["description"]) for row in self.rows.values()]


def run(nas: TaskNas, name: str, path: str = "/mnt/a", *, check: bool = False, **fields: Any) -> dict[str, Any]:
    """Run a task for one object, and return its result without the secret in it."""
    nas.calls.clear()
    result = ensure(KIND, DesiredTask(name, path=path, password=CANARY, **fields), Nas(nas, nas), check)
    assert CANARY not in json.dumps(result)
    return result


def run_set(nas: TaskNas, *names: str, check: bool = False, **options: Any) -> dict[str, Any]:
    """Run a task for a set of objects."""
    params = {"purge": False, "purge_keep": [], "purge_all": False, **options, "tasks": [{"name": it} for it in names]}
    desired = batch.read("tasks", params, lambda item: DesiredTask(item["name"], path="/mnt/a", password=CANARY))
    nas.calls.clear()
    return batch.ensure(KIND, desired, Nas(nas, nas), check)


@pytest.fixture
def nas() -> TaskNas:
    """A NAS with two tasks."""
    return TaskNas((1, "documents", "/mnt/a"), (4, "photos", "/mnt/b"))


def test_a_task_is_created_and_a_second_run_changes_nothing(nas: TaskNas) -> None:
    assert run(nas, "music")["action"] == "created"
    assert nas.names == ["documents", "photos", "music"]
    again = run(nas, "music")
    assert (again["changed"], again["drift"], nas.calls) == (False, "none", ["cloudsync.query"])


@pytest.mark.parametrize(
    ("name", "fields", "action"),
    [
        ("music", {}, "created"),
        ("photos", {}, "updated"),
        ("photos", {"new_name": "pictures"}, "updated"),
        ("photos", {"state": "absent"}, "deleted"),
    ],
)
def test_check_mode_reports_the_change_and_writes_nothing(
    nas: TaskNas, name: str, fields: dict[str, Any], action: str
) -> None:
    predicted = run(nas, name, check=True, **fields)
    assert (predicted["changed"], predicted["action"], nas.calls) == (True, action, ["cloudsync.query"])
    done = run(nas, name, **fields)
    assert (done["action"], done["diff"]) == (predicted["action"], predicted["diff"])


def test_a_task_is_updated_renamed_and_deleted(nas: TaskNas) -> None:
    assert run(nas, "photos", "/mnt/c")["changed_fields"] == ["path"]
    assert run(nas, "photos", "/mnt/c", new_name="pictures")["changed_fields"] == ["description"]
    assert run(nas, "photos", "/mnt/c", new_name="pictures")["changed"] is False
    assert run(nas, "pictures", state="absent")["action"] == "deleted"
    assert nas.names == ["documents"]


def test_two_kinds_on_one_service_have_stores_of_their_own_and_see_the_writes_of_each_other(nas: TaskNas) -> None:
    def upper(row: Mapping[str, Any]) -> StoredTask:
        return StoredTask(row["id"], row["description"].upper(), row["path"], "")

    client = Nas(nas, nas)
    shouted = replace(KIND, read=upper)
    assert [entry.name for entry in store_of(shouted, client).entries()] == ["DOCUMENTS", "PHOTOS"]
    assert [entry.name for entry in store_of(KIND, client).entries()] == ["documents", "photos"]
    assert store_of(KIND, client) is store_of(replace(KIND), client)
    nas.calls.clear()
    ensure(KIND, DesiredTask("music", path="/mnt/a", password=CANARY), client, False)
    assert [entry.name for entry in store_of(KIND, client).entries()] == ["documents", "photos", "music"]
    # Only the other kind queries again; the one that wrote knows what it wrote.
    assert [entry.name for entry in store_of(shouted, client).entries()] == ["DOCUMENTS", "PHOTOS", "MUSIC"]
    assert nas.calls == ["cloudsync.create", "cloudsync.query", "cloudsync.query"]


def test_a_set_purges_what_it_does_not_name(nas: TaskNas) -> None:
    assert run_set(nas, "documents", purge=True, check=True)["purged"] == ["photos"]
    assert nas.names == ["documents", "photos"]
    assert run_set(nas, "documents", "music", purge=True)["counts"] == {
        "created": 1,
        "updated": 0,
        "deleted": 1,
        "none": 1,
        "failed": 0,
    }
    assert nas.names == ["documents", "music"]


@pytest.mark.parametrize(("method", "name"), [("cloudsync.create", "music"), ("cloudsync.update", "photos")])
def test_a_write_whose_reply_was_lost_is_checked_and_not_repeated(nas: TaskNas, method: str, name: str) -> None:
    nas.losing = {method}
    result = run(nas, name)
    assert result["changed"] is True
    assert nas.calls.count(method) == 1
    assert nas.names.count(name) == 1


def test_two_clients_that_create_one_task_leave_one(nas: TaskNas) -> None:
    nas.other = ["music"]
    result = run(nas, "music")
    assert (result["task"]["id"], nas.names.count("music")) == (5, 1)


def test_an_error_does_not_quote_the_secret(nas: TaskNas) -> None:
    nas.refusing = [errors.ServerFault(f"cannot use {CANARY}")]
    with pytest.raises(errors.ServerFault) as refused:
        run(nas, "music")
    assert CANARY not in str(refused.value)
    assert CANARY not in json.dumps(run_set(nas, "music"))


def test_an_account_without_the_role_is_refused_before_the_write(nas: TaskNas) -> None:
    nas.roles = frozenset()
    with pytest.raises(errors.NotPermitted, match="CLOUD_SYNC_WRITE"):
        run(nas, "music")
    assert nas.calls == ["cloudsync.query"]


EXAMPLE = "plugins/module_utils/providers/example.py"
USE = """
import json, sys
sys.path[:0] = [".", ".collections"]
from ansible_collections.nasops.truenas.plugins.module_utils.credential import spec
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.engine.store import store_of
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.options import masked
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import ARGUMENTS
from tests import facts
from tests.unit.fake_nas import FakeNas

DEFAULTS = {name: argument.get("default") for name, argument in ARGUMENTS.items()}
# The facts of the provider, as docs/reference/truenas-api/providers.json has them.
for version in facts.VERSIONS.values():
    version["EXAMPLE"] = [
        {"name": name, "type": "string", "required": True, "secret": True} for name in ("user", "api_token")
    ]
nas = FakeNas()

def run(**options):
    params = {**DEFAULTS, "name": "offsite", "example": {"user": "u", **options}}
    return ensure(KIND, spec.read(params), Nas(nas), check_mode=False)

first = run(api_token="hush-canary-0001")
second = run(api_token="hush-canary-0001")
try:
    run(api_token="hush-canary-0001", usr="x")
    refused = ""
except InvalidInput as error:
    refused = str(error)
print(json.dumps({
    "created": first["action"],
    "again": second["changed"],
    "stored": [*nas.entries.values()],
    "shown": first["credential"],
    "refused": refused,
    "masked": masked({"example": {"api_token": "hush-canary-0001"}}, ARGUMENTS),
}))
"""


def files(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by their paths."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """A copy of the repository with the provider of the page, and the paths of the files that differ from the original."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("docs", "plugins", "roles", "tools", "tests", ".collections", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "lab"))
        else:
            shutil.copy(source, folder / name)
    before = files(folder)
    page = (ROOT / "CONTRIBUTING.md").read_text()
    found = re.search(rf"^ *```python\n *# {re.escape(EXAMPLE)}\n(.*?)^ *```", page, re.DOTALL | re.MULTILINE)
    assert found, f"no example for {EXAMPLE}"
    (folder / EXAMPLE).write_text(f"# SPDX-License-Identifier: GPL-3.0-or-later\n{textwrap.dedent(found[1])}")
    command(folder, "-m", "tools.generate")
    after = files(folder)
    return folder, {path for path in after if before.get(path) != after[path] and "__pycache__" not in path}


def command(folder: Path, *arguments: str) -> str:
    """Run Python in a folder, and return what it prints."""
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_provider_is_one_file_and_the_views_follow(copy: tuple[Path, set[str]]) -> None:
    folder, changed = copy
    assert EXAMPLE in changed
    for path in changed - {EXAMPLE}:
        assert "enerated" in (folder / path).read_text()[:600], path
    assert "example:" in (folder / "plugins/doc_fragments/providers.py").read_text()
    assert "[Example Cloud](providers/example.md)" in (folder / "docs/providers.md").read_text()
    assert "| `api_token` |" in (folder / "docs/providers/example.md").read_text()
    command(folder, "-m", "tools.generate", "--check")


def test_a_task_manages_a_credential_of_the_new_provider(copy: tuple[Path, set[str]]) -> None:
    done = json.loads(command(copy[0], "-c", USE))
    assert (done["created"], done["again"]) == ("created", False)
    [stored] = done["stored"]
    assert stored["provider"]["api_token"] == CANARY
    assert CANARY not in json.dumps([done["shown"], done["masked"]])
    assert "example.usr" in done["refused"]
