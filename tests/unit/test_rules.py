# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of CONTRIBUTING.md that can be read off the code: who may name a provider, open a socket, import whom."""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
import yaml

from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.providers.arguments import PROVIDER_ARGUMENTS

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
UTILS = PLUGINS / "module_utils"
PACKAGE = "ansible_collections.nasops.truenas.plugins"


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(words(rooms))
    for rooms in (
        "errors foreign versions names diff config_values arguments",
        "_pydantic _python _websocket_client protocol diagnosis timeouts obscure file_options",
        "fields",
        "providers transport",
        "redaction requirements",
        "nas oauth mistyped",
        "engine",
        "keypair",
        "credential",
        "cloud_task",
        "sync_task backup_task",
        "access bucket",
        "usage",
        "storage audit proof",
        "tasks",
        "module rclone",
        "filter",
        "plugin_utils",
        "action modules connection lookup",
    )
)
"""The rooms from the bottom up. A file imports from its own room and from the layers below, not from its neighbors."""

SOCKETS = {
    "transport/bounded.py": "the connection to the NAS",
    "_websocket_client.py": "the library of the connection to the NAS",
    "transport/address.py": "the settings of its TLS",
    "transport/channel_errors.py": "the exceptions of sockets and TLS",
    "transport/pipes.py": "the connection to the NAS through ssh",
    "transport/relay.py": "the program that copies bytes on the NAS",
    "oauth/loopback.py": "listens for the browser of a login",
    "oauth/flow.py": "asks a provider for a token",
    "diagnosis/probes/base.py": "what the probes share",
    **{
        f"diagnosis/probes/{probe}.py": "verifies from the controller"
        for probe in ("azure", "ftp", "google", "s3", "s3_client", "s3_rights", "sftp", "swift", "web")
    },
    "bucket/remote.py": "manages the settings of a bucket from the controller",
}
"""The files of module_utils that may import a library that opens sockets, each with its purpose."""

SOCKET_LIBRARIES = frozenset(
    words("""
    socket ssl socketserver asyncio select selectors ftplib http smtplib telnetlib xmlrpc websocket websockets
    requests urllib3 httpx aiohttp paramiko asyncssh boto3 botocore azure dropbox google b2sdk swiftclient
    keystoneauth1 authlib urllib.request
""")
)

IO_LIBRARIES = SOCKET_LIBRARIES | frozenset(
    words("""
    os io pathlib tempfile shutil glob subprocess time threading concurrent multiprocessing logging sys
""")
)
IO_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__"})
PURE = words("""
    config_values.py diff.py foreign.py obscure.py timeouts.py mistyped.py names.py versions.py protocol/*.py fields/*.py
    providers/*.py
    file_options.py redaction/*.py rclone/*.py engine/change.py engine/kind.py engine/names.py engine/outcome.py
    credential/keypair_reference.py credential/plan.py credential/replaced.py credential/sets.py
    credential/shared_secrets.py credential/spec.py
    credential/stored.py credential/warnings.py credential/verification/request.py keypair/keys.py keypair/plan.py
    keypair/putty.py keypair/spec.py keypair/stored.py audit/advice.py audit/formats.py audit/plain_text.py audit/proofs.py
    audit/report.py audit/rows.py audit/rules.py audit/task_advice.py cloud_task/export.py
    diagnosis/causes.py diagnosis/key_rights.py diagnosis/messages.py cloud_task/cron.py cloud_task/draft.py cloud_task/fields.py
    cloud_task/flags.py cloud_task/folders.py cloud_task/hazards.py cloud_task/plan.py cloud_task/problems.py
    cloud_task/schedule.py
    cloud_task/spec.py cloud_task/stored.py cloud_task/warnings.py sync_task/bandwidth.py sync_task/hazards.py
    backup_task/hazards.py nas/flat.py nas/flat_fields.py nas/place.py
    audit/bucket_advice.py access/*.py bucket/lifecycle.py bucket/plan.py bucket/settings.py
    proof/causes.py proof/judgment.py proof/listing.py proof/remote.py proof/request.py
""")
"""The files that compute and do nothing else."""

NAMED_ALIKE = {
    "http": "a scheme of URLs",
    "HTTP": "the protocol",
    "private_key": "an option of ssh_keypair, and a member of a service account's key",
    "type": "a field of every provider",
}
"""Names of providers and fields that mean something else, too."""


@functools.cache
def tree(path: Path) -> ast.Module:
    """Return a file as a syntax tree."""
    return ast.parse(path.read_text(), filename=str(path))


def python_files(folder: Path) -> list[Path]:
    """Return the files of a folder and of those inside it."""
    return sorted(folder.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return a file's name for a message: its path in module_utils, or in plugins."""
    return str(path.relative_to(UTILS if path.is_relative_to(UTILS) else PLUGINS))


def room_of(path: Path) -> str:
    """Return the room that a file belongs to."""
    return name_of(path).partition("/")[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Yield the absolute name of everything that a file imports, late imports and those for types included.

    A library that is imported by its name as a text is one of them.
    """
    package = [*PACKAGE.split("."), *path.relative_to(PLUGINS).parent.parts]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "library",
            "importlib.import_module",
            "__import__",
        ):
            yield from (str(text.value) for text in node.args[:1] if isinstance(text, ast.Constant))


def ours(path: Path) -> Iterator[Path]:
    """Yield the files of the collection that a file imports."""
    for name in imported(path):
        if name.startswith(f"{PACKAGE}."):
            parts = name.removeprefix(f"{PACKAGE}.").split(".")
            places = [PLUGINS.joinpath(*parts[:length]) for length in (len(parts), len(parts) - 1)]
            files = [file for place in places for file in (place.with_suffix(".py"), place / "__init__.py")]
            # A folder without a file of its own is a namespace package.
            yield next((file for file in files if file.exists()), places[0])


def libraries(path: Path, wanted: frozenset[str]) -> set[str]:
    """Return those of the wanted libraries that a file imports."""
    parts = [name.split(".") for name in imported(path)]
    return set(wanted) & {".".join(name[:length]) for name in parts for length in (1, 2)}


def upward(importing: Path, file: Path, layers: tuple[frozenset[str], ...] = LAYERS) -> bool:
    """Return whether an import leads to a room that is not below."""
    height = {room: index for index, layer in enumerate(layers) for room in layer}
    room, other = room_of(importing), room_of(file)
    return room != other and height[other] >= height[room]


CODE = [path for path in python_files(PLUGINS) if "doc_fragments" not in path.parts]
CORE = [path for path in CODE if path.is_relative_to(UTILS)]


def test_every_room_is_in_one_layer() -> None:
    rooms = Counter(room for layer in LAYERS for room in layer)
    assert set(rooms.values()) == {1}
    assert set(rooms) == {room_of(path) for path in CODE}


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_nothing_imports_upward(path: Path) -> None:
    assert [name_of(file) for file in ours(path) if upward(path, file)] == []


@pytest.mark.parametrize(
    ("importing", "file", "forbidden"),
    [
        ("engine/apply.py", "nas/client.py", False),
        ("nas/client.py", "engine/kind.py", True),
        ("credential/plan.py", "credential/kind.py", False),
        ("storage/buckets.py", "audit/rules.py", True),
    ],
)
def test_an_import_of_a_higher_room_or_a_neighbor_is_seen(importing: str, file: str, forbidden: bool) -> None:
    assert upward(UTILS / importing, UTILS / file) is forbidden


def test_no_files_import_in_a_circle() -> None:
    graph = {path: {file for file in ours(path) if file != path} for path in CODE}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(map(name_of, error.args[1])))


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_a_library_that_opens_sockets_is_only_imported_where_it_is_needed(path: Path) -> None:
    found = libraries(path, SOCKET_LIBRARIES)
    assert not found or name_of(path) in SOCKETS, found


@pytest.mark.parametrize("name", SOCKETS)
def test_each_file_that_may_open_a_socket_needs_to(name: str) -> None:
    assert libraries(UTILS / name, SOCKET_LIBRARIES)


@pytest.mark.parametrize("path", [path for pattern in PURE for path in sorted(UTILS.glob(pattern))], ids=name_of)
def test_the_pure_files_do_no_input_or_output(path: Path) -> None:
    calls = {
        node.func.id for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert libraries(path, IO_LIBRARIES) | (calls & IO_CALLS) == set()


def test_each_pattern_of_pure_files_matches_one() -> None:
    assert [pattern for pattern in PURE if not [*UTILS.glob(pattern)]] == []


def texts(path: Path) -> Iterator[str]:
    """Yield the texts of a file that its code uses: no docstrings, and no documentation of a plugin."""
    module = tree(path)
    documentation = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
    skipped: set[ast.AST] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id in documentation for target in node.targets
        ):
            skipped.update(ast.walk(node))
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
            yield node.value


def provider_names() -> dict[str, str]:
    """Return every name that belongs to one provider, with its option: option, type, title, and fields of its own."""
    fields = Counter(field for entry in PROVIDER_ARGUMENTS.values() for field in entry["options"])
    names = {
        field: key for key, entry in PROVIDER_ARGUMENTS.items() for field in entry["options"] if fields[field] == 1
    }
    names = {field: key for field, key in names.items() if "_" in field}
    for key, provider in PROVIDERS.items():
        names |= dict.fromkeys((key, provider.wire_type, provider.title), key)
    return {name: key for name, key in names.items() if name not in NAMED_ALIKE}


NAMES = provider_names()
MAY_NAME = {
    "rclone/options.py": {"force_path_style", "sign_accept_encoding"},
    "access/policy.py": {"s3"},
    "filter/least_policy.py": {"s3"},
}
"""Files with the names that they may use: the types of rclone's options, some of which are fields; the prefix of actions in a
policy, and the default of the filter's option."""
ANY_NAME = re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(map(re.escape, NAMES), key=len, reverse=True))})(?![\w-])")


def names_in(text: str) -> set[str]:
    """Return the names of providers and of their own fields in a text."""
    return set(ANY_NAME.findall(text))


def at_home(path: Path) -> bool:
    """Return whether providers are described in the file: theirs, a probe, or a generated view."""
    name = name_of(path)
    own = name.startswith("providers/") and path.stem in PROVIDERS
    return (
        own
        or name.startswith("diagnosis/probes/")
        or name in ("arguments.py", "nas/flat_fields.py", "providers/__init__.py", "providers/arguments.py")
    )


@pytest.mark.parametrize("path", [path for path in CODE if not at_home(path)], ids=name_of)
def test_no_provider_is_named_outside_its_file(path: Path) -> None:
    found = {name for text in texts(path) for name in names_in(text)}
    assert found - MAY_NAME.get(name_of(path), set()) == set()


@pytest.mark.parametrize("name", MAY_NAME)
def test_each_exception_is_needed(name: str) -> None:
    assert any(
        names_in(text) & MAY_NAME[name] for text in texts((PLUGINS if name.startswith("filter/") else UTILS) / name)
    )


def test_a_name_is_found_in_a_sentence_but_not_in_another_word() -> None:
    assert names_in("Give it as private_key_name, or see Google Drive.") == {"private_key_name", "Google Drive"}
    assert names_in("s3_region boxes sftp-server http://h/") == set()


@pytest.mark.parametrize("path", [path for path in CODE if not at_home(path)], ids=name_of)
def test_no_provider_is_imported_by_name(path: Path) -> None:
    assert [file.stem for file in ours(path) if file.parent.name == "providers" and file.stem in PROVIDERS] == []


@pytest.mark.parametrize(
    "path",
    [
        *sorted(ROOT.glob("roles/*/tasks/*.yml")),
        *sorted(ROOT.glob("roles/*/templates/*")),
        *sorted(ROOT.glob("playbooks/*.yml")),
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_roles_and_playbooks_name_no_provider(path: Path) -> None:
    assert names_in(path.read_text()) == set()


MAX_LINES = 50


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_no_function_is_longer_than_a_page(path: Path) -> None:
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


@pytest.mark.parametrize("path", python_files(PLUGINS / "modules"), ids=lambda path: path.stem)
def test_a_module_is_its_documentation_and_one_short_function(path: Path) -> None:
    module = tree(path)
    [main] = [node for node in module.body if isinstance(node, ast.FunctionDef)]
    statements = [node for node in ast.walk(main) if isinstance(node, ast.stmt)]
    assert main.name == "main"
    # The function, its docstring, and what it does.
    assert len(statements) <= 4
    assert not [node for node in module.body if isinstance(node, (ast.ClassDef, ast.For, ast.With, ast.Try))]


@pytest.mark.parametrize("path", python_files(PLUGINS / "action"), ids=lambda path: path.stem)
def test_an_action_adds_nothing_to_its_module_unless_only_the_controller_can_do_it(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    only_there = (
        "cloud_audit_report",
        "cloud_credential_export",
        "cloud_export_shared",
        "cloud_oauth_token",
        "precomputed_key",
    )
    assert lines <= 15 or path.stem in only_there


def test_a_module_has_an_action_and_a_task_of_the_same_name_and_the_connection_of_its_group() -> None:
    modules = {path.stem for path in (PLUGINS / "modules").glob("*.py")}
    assert {path.stem for path in (PLUGINS / "action").glob("*.py")} == modules
    groups = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]
    assert {path.stem for path in (UTILS / "tasks").glob("*.py")} & modules == set(groups["all"])


PAGE = (ROOT / "CONTRIBUTING.md").read_text()


def section(title: str) -> str:
    """Return a section of CONTRIBUTING.md."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of the tables in a text, without their headings."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [cells for cells in lines if cells[0] not in ("room", "folder", "must not happen", "use")]


ROOMS = section("Find your way around").partition("Around the core:")[0]


def test_the_page_lists_the_rooms_in_the_order_of_the_layers() -> None:
    listed = [{room.strip("/").removesuffix(".py") for room in re.findall(r"`([^`]+)`", row[0])} for row in rows(ROOMS)]
    hidden = {"_pydantic", "_python", "_websocket_client"}
    layers = [set(layer) - hidden for layer in LAYERS if layer & {room_of(path) for path in CORE}]
    assert listed[:-1] == layers[:0:-1]
    assert listed[-1] <= layers[0]


PATHS = sorted({path for path in re.findall(r"`([\w./]+(?:/|\.py|\.yml|\.md))(?=[`:])", PAGE) if "NAME" not in path})
TESTS = re.findall(r"\b(test_\w+)(?!\.py|\w)", section("Keep the rules"))


@pytest.mark.parametrize("path", PATHS)
def test_each_path_on_the_page_exists(path: str) -> None:
    folders = (ROOT, UTILS, ROOT / "tests", ROOT / "tests/unit", UTILS / "credential", UTILS / "keypair")
    assert any((folder / path).exists() for folder in folders)


@pytest.mark.parametrize("name", TESTS)
def test_each_rule_on_the_page_names_a_test_that_exists(name: str) -> None:
    assert [path for path in python_files(ROOT / "tests") if f"def {name}(" in path.read_text()]


def test_each_rule_on_the_page_names_what_holds_it() -> None:
    assert [cells[0] for cells in rows(section("Keep the rules")) if not re.search(r"`|test", cells[1])] == []
