# SPDX-License-Identifier: GPL-3.0-or-later
"""An option is written by hand in four places; everything else that carries it is generated."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from ansible_collections.nasops.truenas.plugins.module_utils import arguments as generated
from ansible_collections.nasops.truenas.plugins.module_utils.audit.rules import FAIL_ON, NEVER
from ansible_collections.nasops.truenas.plugins.module_utils.credential.verification.request import (
    CONTROLLER,
    EITHER,
    NAS,
)
from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import AUTO, MECHANISMS
from tools.generate import arguments
from tools.generate.__main__ import VIEWS
from tools.generate.text import documented

ROOT = Path(__file__).parents[2]
UTILS = ROOT / "plugins/module_utils"

DECLARATION = """\
  eagerness:
    description:
      - How long the NAS has to wait. A second sentence.
    type: str
    choices: [short, long]
    default: short
"""
PLACES = {
    "plugins/doc_fragments/update.py": [('    default: false\n"""', f'    default: false\n{DECLARATION}"""')],
    "plugins/module_utils/credential/spec.py": [
        (
            "    allow_type_change: bool = False\n",
            '    allow_type_change: bool = False\n    eagerness: str = "short"\n',
        ),
        ("        update_token=params", '        eagerness=params["eagerness"],\n        update_token=params'),
    ],
    "plugins/module_utils/credential/support.py": [
        (
            "    declared = dict(desired.declared)\n",
            "    declared = dict(desired.declared)\n"
            '    if desired.eagerness == "long":\n        problems.append(Problem("eagerness", "was used"))\n',
        ),
    ],
}
"""The four places of an option that a credential, the set, the audit and both roles have: its declaration, the field of the
desired state, the line that reads it, and the place that uses it."""

VIEWS_OF_IT = {
    "plugins/plugin_utils/role_variables.py",
    "plugins/module_utils/arguments.py",
    "plugins/doc_fragments/providers.py",
    "roles/cloud_credentials/README.md",
    "roles/cloud_credentials/defaults/main.yml",
    "roles/cloud_credentials/meta/argument_specs.yml",
    "roles/cloud_credentials/tasks/main.yml",
    "roles/cloud_credentials/tasks/rotate.yml",
    "roles/cloud_audit/README.md",
    "roles/cloud_audit/defaults/main.yml",
    "roles/cloud_audit/meta/argument_specs.yml",
    "roles/cloud_audit/tasks/main.yml",
}

SCRIPT = """
import datetime, json, sys
sys.path[:0] = [".collections", "."]
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_audit, cloud_credential, cloud_credentials
from tests.unit.fake_nas import FakeNas

B2 = {"type": "B2", "account": "a", "key": "stored"}
B2_DECLARED = {"account": "a", "key": "declared"}
ITEM = {"name": "declared", "b2": B2_DECLARED}

def run(task, **options):
    validated = ArgumentSpecValidator(task.ARGUMENTS).validate(options)
    assert not validated.error_messages, validated.error_messages
    answers = {"cloudsync.credentials.verify": {"valid": True}, "cloudsync.list_buckets": []}
    nas = FakeNas(*({"id": n, "name": name, "provider": B2} for n, name in ((1, "declared"), (2, "other"))), answers=answers)
    try:
        return task.TASK.read(validated.validated_parameters, True)(Nas(nas))
    except InvalidInput as error:
        return [problem.field for problem in error.problems]

found = {
    "one": run(cloud_credential, **ITEM, eagerness="long"),
    "set": run(cloud_credentials, credentials=[ITEM], eagerness="long"),
    "item": run(cloud_credentials, credentials=[{**ITEM, "eagerness": "long"}]),
    "item over set": run(cloud_credentials, credentials=[{**ITEM, "eagerness": "short"}], eagerness="long")["changed"],
    "audit": [one["name"] for one in run(cloud_audit, credentials=[ITEM], verify="always")["audit"]["credentials"]
              if one["verification"]],
    "audit of all": [[finding["rule"] for finding in one["findings"]] for one in
                     run(cloud_audit, credentials=[ITEM], eagerness="long")["audit"]["credentials"]][0][0],
}
print(json.dumps(found))
"""


def copied(root: Path, places: Mapping[str, Sequence[tuple[str, str]]]) -> Path:
    """Return a copy of what the generator reads and writes, with texts replaced at these places."""
    for folder in ("plugins", "roles", "tools", "docs/images/badges", "tests/simulator"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    tests = (
        "tests/__init__.py",
        "tests/facts.py",
        "tests/unit/__init__.py",
        "tests/unit/fake_nas.py",
        "tests/unit/session.py",
    )
    names = ("older.json", "providers.json", "providers.md", "tasks.json")
    facts = [f"docs/reference/truenas-api/{name}" for name in names]
    pages = [str(path.relative_to(ROOT)) for path in ROOT.glob("docs/providers/*.md")]
    written = [f"docs/{name}.md" for name in ("providers", "support_matrix", "troubleshooting")]
    for file in (*written, *pages, *facts, "pyproject.toml", *tests):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, root / file)
    link = root / ".collections/ansible_collections/nasops/truenas"
    link.parent.mkdir(parents=True)
    link.symlink_to("../../..")
    for path, edits in places.items():
        text = (root / path).read_text()
        for old, new in edits:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (root / path).write_text(text)
    return root


def wrote(said: str) -> set[str]:
    """Return the files that the generator says it wrote."""
    return {line.removeprefix("wrote ") for line in said.splitlines()}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A copy of the repository with a new option at the four places; and what the generator said."""
    root = copied(tmp_path_factory.mktemp("copy"), PLACES)
    return root, run(root, "-m", "tools.generate")


def run(root: Path, *command: str) -> str:
    """Run Python in a folder and return its output."""
    done = subprocess.run([sys.executable, *command], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_four_places_are_enough_for_every_view(copy: tuple[Path, str]) -> None:
    root, said = copy
    assert sum(map(len, PLACES.values())) == 4
    assert wrote(said) == VIEWS_OF_IT
    run(root, "-m", "tools.generate", "--check")
    mentioning = {str(path.relative_to(root)) for path in files(root) if "eagerness" in path.read_text()}
    assert mentioning == VIEWS_OF_IT | PLACES.keys()


def test_the_modules_for_one_for_a_set_and_for_an_audit_take_the_new_option(copy: tuple[Path, str]) -> None:
    assert json.loads(run(copy[0], "-c", SCRIPT)) == {
        "one": ["eagerness"],
        "set": ["eagerness"],
        "item": ["eagerness"],
        "item over set": True,
        "audit": ["declared", "other"],
        "audit of all": "not-supported",
    }


@pytest.mark.parametrize("role", ["cloud_credentials", "cloud_audit"])
def test_the_roles_offer_the_new_option(copy: tuple[Path, str], role: str) -> None:
    folder = copy[0] / "roles" / role
    [option] = [
        value["options"]["nas_eagerness"]
        for entry, value in yaml.safe_load((folder / "meta/argument_specs.yml").read_text())["argument_specs"].items()
        if entry == "main"
    ]
    assert option == {
        "description": "How long the NAS has to wait. A second sentence.",
        "type": "str",
        "choices": ["short", "long"],
        "default": "short",
    }
    assert yaml.safe_load((folder / "defaults/main.yml").read_text())["nas_eagerness"] == "short"
    assert 'eagerness: "{{ nas_eagerness }}"' in (folder / "tasks/main.yml").read_text()
    row = "| `nas_eagerness` | `short` | How long the NAS has to wait. (`short`, `long`) |"
    assert row in (folder / "README.md").read_text()


OF_ROLE = "roles/cloud_credentials"
ROLE_VARIABLES = "plugins/plugin_utils/role_variables.py"
SIBLINGS = {
    "plugins/modules/cloud_credential.py": ("  clear_fields:\n", {"plugins/doc_fragments/providers.py"}),
    "plugins/modules/ssh_keypair.py": (
        "  generate:\n",
        {
            "plugins/doc_fragments/keypairs.py",
            f"{OF_ROLE}/meta/argument_specs.yml",
            f"{OF_ROLE}/tasks/main.yml",
        },
    ),
    "plugins/doc_fragments/verification.py": (
        "  verify_by:\n",
        VIEWS_OF_IT,
    ),
    "plugins/doc_fragments/purge.py": (
        "  purge_keep:\n",
        {
            ROLE_VARIABLES,
            *(
                f"{OF_ROLE}/{file}"
                for file in ("README.md", "defaults/main.yml", "meta/argument_specs.yml", "tasks/main.yml")
            ),
        },
    ),
    "plugins/modules/cloud_audit.py": (
        "  expires_within:\n",
        {ROLE_VARIABLES, *(path for path in VIEWS_OF_IT if path.startswith("roles/cloud_audit"))},
    ),
    "plugins/doc_fragments/connection.py": ("  allow_plaintext:\n", {"plugins/doc_fragments/api_connection.py"}),
    "plugins/doc_fragments/provider_call.py": ("  provider_timeout:\n", set()),
    "plugins/doc_fragments/vault.py": ("  vault_id:\n", set()),
    "plugins/modules/cloud_audit_report.py": (
        "  fail_on:\n",
        {
            ROLE_VARIABLES,
            *(
                f"roles/cloud_audit/{file}"
                for file in ("README.md", "defaults/main.yml", "meta/argument_specs.yml", "tasks/report.yml")
            ),
        },
    ),
    "plugins/modules/cloud_bucket.py": ("  state:\n", set()),
    "plugins/modules/cloud_credential_info.py": ("  usage:\n", set()),
    "plugins/modules/cloud_oauth_token.py": ("  redirect_port:\n", set()),
}
"""Where else an option can be declared, a line before which to do it, and the views besides the argument spec."""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with a new option at each of these places, and its views."""
    places = {
        path: [(f"\n{line}", f"\n{DECLARATION.replace('eagerness', new_option(path))}{line}")]
        for path, (line, views) in SIBLINGS.items()
    }
    root = copied(tmp_path_factory.mktemp("elsewhere"), places)
    run(root, "-m", "tools.generate")
    return root


def new_option(path: str) -> str:
    """Return the name of the option that is declared in a file."""
    return f"eagerness_{[*SIBLINGS].index(path):02}"


@pytest.mark.parametrize("declared_in", SIBLINGS)
def test_an_option_reaches_every_view_from_wherever_it_is_declared(elsewhere: Path, declared_in: str) -> None:
    name, views = new_option(declared_in), SIBLINGS[declared_in][1]
    mentioning = {str(path.relative_to(elsewhere)) for path in files(elsewhere) if name in path.read_text()}
    assert mentioning == {declared_in, "plugins/module_utils/arguments.py", *views}


UNDECLARED = '"undeclared": {"type": "str", "choices": ["keep", "default"], "default": "keep"},\n    "update_token"'
HAND_EDITS = {
    f"{OF_ROLE}/defaults/main.yml": "nas_undeclared: keep",
    f"{OF_ROLE}/tasks/rotate.yml": "undeclared: ",
    f"{OF_ROLE}/README.md": "| `nas_undeclared` |",
    "roles/cloud_audit/meta/argument_specs.yml": "nas_undeclared:",
}


@pytest.mark.parametrize("edits", [HAND_EDITS, {"plugins/module_utils/arguments.py": UNDECLARED}])
def test_a_view_that_was_edited_by_hand_fails_the_check(tmp_path: Path, edits: Mapping[str, str]) -> None:
    places = {path: [(text, text.replace("undeclared", "edited"))] for path, text in edits.items()}
    root = copied(tmp_path, places)
    command = [sys.executable, "-m", "tools.generate", "--check"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert edits.keys() <= {*done.stdout.split()}
    assert all("edited" in (root / path).read_text() for path in edits)


def files(root: Path) -> Iterator[Path]:
    """Yield the files of a tree that are product, and the generator."""
    for folder in ("plugins", "roles", "tools", "playbooks"):
        yield from (path for path in (root / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")


OF_A_REAL_OPTION = {
    "plugins/doc_fragments/update.py",
    "plugins/module_utils/credential/spec.py",
    "plugins/module_utils/credential/plan.py",
}
PROSE_AND_USES = {
    "plugins/doc_fragments/cloud_tasks.py": "tasks have an option of that name, too",
    "plugins/module_utils/cloud_task/spec.py": "the option of tasks",
    "plugins/module_utils/cloud_task/draft.py": "the option of tasks",
    "plugins/modules/cloud_sync_task.py": "the text of a result",
    "plugins/modules/cloud_backup_task.py": "the text of a result",
    "plugins/modules/cloud_audit.py": "the text of the option where nothing is written",
    "plugins/modules/cloud_credential.py": "the text of a result",
    "roles/cloud_credentials/meta/argument_specs.yml": "the text of the rotation",
    "roles/cloud_credentials/tasks/rotate.yml": "a rotation sets it for its credentials",
}


def test_a_real_option_is_nowhere_else_by_hand() -> None:
    by_hand = {
        str(path.relative_to(ROOT))
        for path in files(ROOT)
        if "update_secret" in without_generated(str(path.relative_to(ROOT)), path)
    }
    assert by_hand == OF_A_REAL_OPTION | PROSE_AND_USES.keys()
    assert arguments.reworded_options("cloud_audit")["update_secret"].keys() == {"description"}


def without_generated(name: str, path: Path) -> str:
    """Return the text of a file but for what is generated in it."""
    if name not in VIEWS:
        return path.read_text(errors="replace")
    if not name.startswith("roles/"):
        return ""
    return re.sub(r"generated: begin.*?generated: end", "", path.read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("role", ["cloud_credentials", "cloud_audit"])
def test_the_defaults_of_a_role_are_those_that_its_argument_specs_document(role: str) -> None:
    specs = yaml.safe_load((ROOT / f"roles/{role}/meta/argument_specs.yml").read_text())["argument_specs"]
    documented = {
        name: option["default"]
        for entry in specs.values()
        for name, option in entry["options"].items()
        if "default" in option
    }
    defaults = yaml.safe_load((ROOT / f"roles/{role}/defaults/main.yml").read_text())
    templates = {name for name, value in defaults.items() if isinstance(value, str) and "{{" in value}
    assert documented == {name: value for name, value in defaults.items() if name not in templates}


def test_choices_that_the_code_names_are_those_of_the_documentation() -> None:
    assert generated.VERIFICATION["verify_by"]["choices"] == [NAS, CONTROLLER, EITHER]
    assert {*generated.CLOUD_AUDIT_REPORT["fail_on"]["choices"]} == {*FAIL_ON}
    assert generated.CLOUD_AUDIT_REPORT["fail_on"]["default"] == NEVER
    mechanism = generated.CONNECTION["api_key_mechanism"]
    assert (mechanism["choices"], mechanism["default"]) == ([*MECHANISMS], AUTO)


@pytest.mark.parametrize("name", ["login_password", "new_token", "secret_word", "key"])
def test_an_option_that_sounds_like_a_secret_needs_a_decision(name: str) -> None:
    with pytest.raises(SystemExit, match=f"{name}: does it hold a secret"):
        arguments.argument(name, {"type": "str"})
    assert arguments.argument(name, {"type": "bool"})["no_log"] is False


def test_secrets_are_marked() -> None:
    specs = [spec for name, spec in vars(generated).items() if name.isupper() and name != "ENVIRONMENT"]
    marked = {name for spec in specs for name, argument in spec.items() if argument.get("no_log")}
    assert marked == {
        "api_key",
        "client_secret",
        "digest_key",
        "encryption_password",
        "encryption_salt",
        "otp",
        "password",
        "private_key",
        "repository_password",
    }


TYPES = {"bool", "dict", "float", "int", "list", "path", "raw", "str"}
SPECIFYING = {
    "arguments.py": "the view of the documentation",
    "providers/arguments.py": "the view of the provider models",
    "engine/batch.py": "the list of a set, whose items have the options of a single object",
}


@pytest.mark.parametrize("path", sorted(UTILS.rglob("*.py")), ids=lambda path: str(path.relative_to(UTILS)))
def test_no_option_is_specified_by_hand(path: Path) -> None:
    specified = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant)
        and key.value == "type"
        and isinstance(value, ast.Constant)
        and value.value in TYPES
    ]
    assert bool(specified) == (str(path.relative_to(UTILS)) in SPECIFYING), specified


def declarations() -> Iterator[tuple[str, str, Mapping[str, object]]]:
    """Yield each option that a module or a doc fragment declares by hand: where, its name, and its documentation."""
    for path in sorted((ROOT / "plugins/modules").glob("*.py")):
        yield from ((path.stem, *option) for option in arguments.module_options(path.stem).items())
    for group in arguments.FRAGMENTS:
        yield from ((group, *option) for option in arguments.fragment_options(group).items())


def test_no_option_is_declared_twice() -> None:
    places: dict[str, list[str]] = {}
    for place, name, option in declarations():
        places.setdefault(f"{name}: {option['description']}", []).append(place)
    assert {option: where for option, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize("path", sorted((ROOT / "plugins/modules").glob("*.py")), ids=lambda path: path.stem)
def test_a_module_declares_no_option_of_its_fragments_again(path: Path) -> None:
    documentation = re.search(r'DOCUMENTATION = r"""(.*?)"""', path.read_text(), re.DOTALL)
    assert documentation
    shared = [
        name.split(".")[2:] for name in yaml.safe_load(documentation[1]).get("extends_documentation_fragment", [])
    ]
    carried = {
        name
        for file, group in ((*it, "documentation")[:2] for it in shared)
        for name in documented(f"plugins/doc_fragments/{file}.py", group.upper())
    }
    assert not carried & arguments.module_options(path.stem).keys()


def test_the_connection_reads_the_environment_variables_that_it_documents() -> None:
    options = arguments.fragment_options("CONNECTION")
    # A path in the environment would be relative to nothing that a task knows.
    del options["api_key_file"]
    mentioned = {name: set(re.findall(r"E\((\w+)\)", str(option["description"]))) for name, option in options.items()}
    assert mentioned == {name: {f"TRUENAS_{name.upper()}"} for name in options}
    assert {name: variable for name, [variable] in mentioned.items()} == generated.ENVIRONMENT
    fallbacks = {
        name: argument["fallback"][1] for name, argument in connection.ARGUMENTS.items() if "fallback" in argument
    }
    assert fallbacks == {name: [*mentioned[name]] for name in options if name not in ("api_key", "password", "otp")}


def test_no_section_of_a_fragment_has_the_name_of_another_fragment() -> None:
    """For `nasops.truenas.pending.keypairs`, Ansible takes the file keypairs.py, although pending.py has such a section."""
    files = {file.stem for file in (ROOT / "plugins/doc_fragments").glob("*.py")}
    for module in (ROOT / "plugins/modules").glob("*.py"):
        sections = re.findall(r"(?m)^  - nasops\.truenas\.\w+\.(\w+)$", module.read_text())
        assert files.isdisjoint(sections), module.name
