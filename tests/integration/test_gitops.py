# SPDX-License-Identifier: GPL-3.0-or-later
"""The example of a fleet in Git: its pipelines are valid, and what they run does what docs/gitops.md says, on simulated NAS."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

import jinja2
import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.integration.running import ROOT, assert_no_secret, secret
from tests.integration.workflows import actionlint
from tests.simulator import Simulator

EXAMPLE = ROOT / "examples/gitops"
BIN = Path(sys.executable).parent
PASSWORD = secret(90)
SECRETS = {
    "group_vars/nas": {"vault_s3_secret": secret(1), "vault_share_password": secret(2)},
    "host_vars/nas1": {"vault_nas_api_key": Simulator.api_key},
    "host_vars/nas2": {"vault_nas_api_key": Simulator.api_key},
}
OLD = {"id": 1, "name": "old", "provider": {"type": "FTP", "host": "h", "user": "u", "pass": secret(9)}}
WORKFLOW: dict[str, Any] = yaml.safe_load((EXAMPLE / ".github/workflows/fleet.yml").read_text())
GITLAB: dict[str, Any] = yaml.safe_load((EXAMPLE / ".gitlab-ci.yml").read_text())
DOCUMENTATION = (ROOT / "docs/gitops.md").read_text()
AWX: dict[str, Any] = yaml.safe_load((EXAMPLE / "awx/fleet.yml").read_text())

# Stands in for gh and curl: keeps one comment, and writes down what it was called with.
POSTER = """\
#!{python}
import json, os, sys
from pathlib import Path

arguments = sys.argv[1:]
here = Path({folder!r})
posted = here / "posted.json"
if any(one.startswith("body") for one in arguments):
    [method] = [arguments[at + 1] for at, one in enumerate(arguments) if one in ("--method", "--request")]
    [file] = [one.partition("@")[2] for one in arguments if one.startswith(("body=@", "body@"))]
    [url] = [one for one in arguments if one.startswith(("repos/", "https://"))]
    call = {{"method": method, "url": url, "body": Path(file).read_text()}}
    posted.write_text(json.dumps([*(json.loads(posted.read_text()) if posted.exists() else []), call]))
elif {program!r} == "gh":
    print("\\n".join(["41", "42"] if posted.exists() else []))
else:
    others = [{{"id": 7, "body": "Looks good"}}]
    print(json.dumps(others + ([{{"id": 41, "body": "<!-- plan of the fleet -->\\n"}}] if posted.exists() else [])))
if {program!r} == "curl":
    config = Path(arguments[arguments.index("--config") + 1]).read_text()
    sys.exit(0 if config == 'header = "PRIVATE-TOKEN: {token}"\\n' else 22)
sys.exit(0 if os.environ.get("GH_TOKEN") == {token!r} else 4)
"""
TOKEN = "hush-canary-of-the-token"
REVISION = "c0ffee"
ENCRYPT = "ansible-vault encrypt_string --stdin-name"
VAULT = VaultLib([("default", VaultSecret(PASSWORD.encode()))])


@dataclass
class Ended:
    """What came of a job: whether it passed, what it printed, and the steps that ran."""

    passed: bool
    output: str = field(repr=False)
    steps: list[str] = field(default_factory=list)


class Repository:
    """A copy of the example, with secrets in its vault, whose NAS are simulated; it runs the jobs of the pipelines."""

    def __init__(self, folder: Path, boxes: Mapping[str, Simulator]) -> None:
        self.folder = folder / "repository"
        shutil.copytree(EXAMPLE, self.folder)
        self._poster = folder / "bin"
        self._poster.mkdir()
        for program in ("gh", "curl"):
            file = self._poster / program
            file.write_text(
                POSTER.format(python=sys.executable, folder=str(self._poster), program=program, token=TOKEN)
            )
            file.chmod(0o755)
        # There is no registry to install from here; the programs and the collection are those of this checkout.
        (self.folder / "pipeline/install.sh").write_text("test -s requirements.txt && test -s requirements.yml\n")
        for name, box in boxes.items():
            self.write(
                f"inventory/host_vars/{name}/simulator.yml",
                {
                    "ansible_host": box.host,
                    "nas_port": box.port,
                    "nas_ca_path": box.ca_file,
                    # The providers of the example are nowhere.
                    "nas_verify": "never",
                    # A reader adds it later; see docs/gitops.md.
                    "nas_purge": True,
                },
            )

    def write(self, path: str, data: Any) -> None:
        """Write YAML into the repository."""
        (self.folder / path).write_text(yaml.safe_dump(data, allow_unicode=True))

    def encrypt(self, secrets: Mapping[str, Mapping[str, str]]) -> None:
        """Put secrets into the vault, as the command of the comments there writes them."""
        for place, values in secrets.items():
            encrypted = [encrypted_string(name, value) for name, value in values.items()]
            (self.folder / "inventory" / place / "vault.yml").write_text("---\n" + "\n".join(encrypted))

    def run(self, script: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a script as both pipelines do, with bash that stops at the first failure, in pipes too."""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env={**self.environment, "ANSIBLE_VAULT_PASSWORD_FILE": "pipeline/vault-password", **environment},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert_no_secret(done.stdout + done.stderr, "the output")
        return done

    @property
    def environment(self) -> dict[str, str]:
        """What every step has around it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "TRUENAS_"))}
        return {
            **kept,
            "PATH": f"{self._poster}:{BIN}:{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / ".temp"),
            "FLEET_VAULT_PASSWORD": PASSWORD,
        }

    def github(self, job: str) -> Ended:
        """Run a job of the workflow: its shell steps, with the conditions and expressions that they have."""
        said = {
            "github.event.pull_request.number": "12",
            "github.event.pull_request.head.sha": REVISION,
            "github.token": TOKEN,
            "secrets.FLEET_VAULT_PASSWORD": PASSWORD,
        }
        ended = Ended(True, "")
        ran: set[str] = set()
        for step in WORKFLOW["jobs"][job]["steps"]:
            condition = step.get("if", "success()")
            asked = re.fullmatch(r"\$\{\{ !cancelled\(\) && steps\.(\w+)\.outcome != 'skipped' \}\}", condition)
            assert asked or condition == "success()"
            if not (asked[1] in ran if asked else ended.passed):
                continue
            ran.add(step.get("id", ""))
            ended.steps.append(step.get("name", step.get("uses")))
            if "run" not in step:
                continue
            names = {**WORKFLOW["env"], **step.get("env", {})}
            values = {
                name: re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: said[found[1]], value)
                for name, value in names.items()
            }
            assert "${{" not in step["run"], "an expression in a script is a way in for who names a branch"
            path = str(self._poster / "path")
            # A step has no secret but those that it names.
            done = self.run(
                f"unset FLEET_VAULT_PASSWORD\n{_exports(values)}{step['run']}",
                GITHUB_PATH=path,
                GITHUB_REPOSITORY="house/fleet",
            )
            ended.passed = ended.passed and done.returncode == 0
            ended.output += done.stdout + done.stderr
        return ended

    def gitlab(self, job: str) -> Ended:
        """Run the script of a job as GitLab does: all of it in one shell."""
        before = [line for line in GITLAB["default"]["before_script"] if not line.startswith("export PATH=")]
        given = {
            "CI_COMMIT_SHA": REVISION,
            "CI_API_V4_URL": "https://gitlab.example.net/api/v4",
            "CI_PROJECT_ID": "3",
            "CI_MERGE_REQUEST_IID": "12",
            "FLEET_NOTES_TOKEN": TOKEN,
        }
        own = {**GITLAB["variables"], **GITLAB[job].get("variables", {})}
        values = given | {name: Template(value).substitute(given) for name, value in own.items()}
        done = self.run("\n".join([*before, *GITLAB[job]["script"]]), **values)
        return Ended(done.returncode == 0, done.stdout + done.stderr)

    def posted(self) -> list[dict[str, str]]:
        """Return what was sent to the review so far."""
        file = self._poster / "posted.json"
        return list(json.loads(file.read_text())) if file.exists() else []

    def assert_clean(self) -> None:
        """Fail if a secret is in any file that the jobs left."""
        for path in [*self.folder.rglob("*"), *self._poster.rglob("posted*")]:
            if path.is_file():
                assert_no_secret(path.read_text(errors="replace"), path.name)


def encrypted_string(name: str, value: str) -> str:
    """Return what `ansible-vault encrypt_string` writes, without its start, which takes most of a second."""
    return f"{name}: !vault |\n{textwrap.indent(VAULT.encrypt(value).decode(), ' ' * 10)}"


def _exports(values: Mapping[str, str]) -> str:
    quoted = {name: "'" + value.replace("'", "'\\''") + "'" for name, value in values.items()}
    return "".join(f"export {name}={value}\n" for name, value in quoted.items())


@pytest.fixture
def boxes() -> Iterator[dict[str, Simulator]]:
    """The two NAS of the example; the first has a credential that nobody declares."""
    boxes = {
        "nas1": Simulator(seed={"credentials": [OLD]}),
        "nas2": Simulator(version="25.04.2"),
    }
    for box in boxes.values():
        box.start()
    yield boxes
    for box in boxes.values():
        box.stop()


@pytest.fixture
def repository(tmp_path: Path, boxes: Mapping[str, Simulator]) -> Repository:
    """A copy of the example, filled in."""
    made = Repository(tmp_path, boxes)
    made.encrypt(SECRETS)
    return made


def stored(box: Simulator) -> int:
    """Return how many credentials were created on a NAS."""
    return sum(call["method"] == "cloudsync.credentials.create" and call["ok"] for call in box.journal())


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.github-workflows", ".github/workflows/fleet.yml"),
        ("custom.github-workflows-require-timeout", ".github/workflows/fleet.yml"),
        ("vendor.gitlab-ci", ".gitlab-ci.yml"),
    ],
)
def test_the_pipelines_fit_their_schemas(schema: str, file: str) -> None:
    options = ["--builtin-schema", schema, *(["--data-transform", "gitlab-ci"] if "gitlab" in schema else [])]
    done = subprocess.run(
        [BIN / "check-jsonschema", *options, EXAMPLE / file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_actionlint_finds_nothing() -> None:
    [label] = yaml.safe_load((EXAMPLE / ".github/actionlint.yaml").read_text())["self-hosted-runner"]["labels"]
    found = actionlint((EXAMPLE / ".github/workflows/fleet.yml").read_text())
    # In this form it does not read its configuration, which has the label.
    assert [one for one in found if not one.startswith(f'label "{label}" is')] == []


def test_shellcheck_finds_nothing(tmp_path: Path) -> None:
    steps = [step["run"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "run" in step]
    jobs = [job["script"] for job in GITLAB.values() if isinstance(job, dict) and "script" in job]
    scripts = [*steps, *("\n".join([*GITLAB["default"]["before_script"], *lines]) for lines in jobs)]
    files = sorted(EXAMPLE.glob("pipeline/*"))
    for number, text in enumerate(scripts):
        file = tmp_path / f"{number}.sh"
        # Variables of the job come from outside.
        file.write_text(f"#!/bin/bash\n# shellcheck disable=SC2154\n{text}")
        files.append(file)
    done = subprocess.run([BIN / "shellcheck", "--shell", "bash", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert len(files) > 12


def test_who_gets_what_in_the_workflow() -> None:
    assert WORKFLOW["permissions"] == {}
    assert "pull_request_target" not in WORKFLOW["on"]
    plan, apply, audit = (WORKFLOW["jobs"][name] for name in ("plan", "apply", "audit"))
    assert "head.repo.full_name == github.repository" in plan["if"]
    assert plan["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert apply["permissions"] == {"contents": "read"}
    assert audit["permissions"] == {"contents": "read", "security-events": "write"}
    assert not apply["concurrency"]["cancel-in-progress"]
    assert audit["concurrency"]["group"] != apply["concurrency"]["group"]
    for job in (plan, apply, audit):
        assert "secrets." not in json.dumps({key: value for key, value in job.items() if key != "steps"})
        for step in job["steps"]:
            assert re.search(r"@[0-9a-f]{40}$", step.get("uses", "@" + "0" * 40))
            if "secrets." in json.dumps(step):
                assert step["name"] in ("Plan the change", "Apply the change", "Audit the fleet")


def test_no_first_step_purges() -> None:
    pages = [*EXAMPLE.rglob("*.yml"), ROOT / "README.md", *(ROOT / "roles").glob("*/README.md")]
    assert [path for path in pages if re.search(r"\bpurge\w*: true", path.read_text())] == []


def test_what_is_pinned_is_what_was_tested() -> None:
    tested = (ROOT / "tests/requirements.txt").read_text().splitlines()
    pins = [line for line in (EXAMPLE / "requirements.txt").read_text().splitlines() if "==" in line]
    assert len(pins) == 3
    python_3_11 = [line.partition(" ;")[0] for line in tested]
    assert not set(pins) - set(python_3_11)
    [collection] = yaml.safe_load((EXAMPLE / "requirements.yml").read_text())["collections"]
    assert collection["version"] == yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]


def assert_life(
    repository: Repository, boxes: Mapping[str, Simulator], job: Callable[[str], Ended], edit: str
) -> Ended:
    """Plan a change in its review, apply it, and audit the fleet; return the audit before the change.

    `edit` is how the forge changes a comment.
    """
    plan = job("plan")
    assert plan.passed, plan.output[-3000:]
    [comment] = repository.posted()
    assert comment["method"] == "POST"
    assert "/12/" in comment["url"]
    lines = comment["body"].splitlines()
    assert lines[1] == "Merging this would change nas1 nas2."
    assert lines[3] == f"Checked: {REVISION}"
    assert '"secret_access_key": "********"' in comment["body"]
    assert "AKIAEXAMPLE" in comment["body"]
    assert "AKIAOTHER" in comment["body"]
    assert '-    "old": {' in lines, "the purge"
    assert not any(stored(box) for box in boxes.values())

    before = job("audit")
    assert not before.passed
    assert "fail_on: drift" in before.output

    apply = job("apply")
    assert apply.passed, apply.output[-3000:]
    assert {name: stored(box) for name, box in boxes.items()} == {"nas1": 2, "nas2": 1}

    again = job("plan")
    assert again.passed
    edited = repository.posted()[-1]
    assert (edited["method"], edited["url"][-3:]) == (edit, "/41")
    assert edited["body"].splitlines()[1] == "Merging this would change nothing."

    audit = job("audit")
    assert audit.passed, audit.output[-3000:]
    report = json.loads((repository.folder / "audit/report.json").read_text())
    assert not report["failed"]
    named = {
        "audit/report.sarif": json.dumps(WORKFLOW["jobs"]["audit"]),
        "audit/report.xml": json.dumps(GITLAB["audit"]["artifacts"]["reports"]),
    }
    for file, pipeline in named.items():
        assert (repository.folder / file).exists()
        assert file in pipeline
    repository.assert_clean()
    return before


def test_a_change_lives_at_github_and_its_review_looks_as_documented(
    repository: Repository, boxes: Mapping[str, Simulator]
) -> None:
    failed = assert_life(repository, boxes, repository.github, "PATCH")
    assert failed.steps[-2:] == ["Keep the report", "Show the findings as alerts"], "also if it fails"
    repository.encrypt({"group_vars/nas": {**SECRETS["group_vars/nas"], "vault_share_password": secret(3)}})
    file = repository.folder / "inventory/group_vars/nas/vars.yml"
    file.write_text(file.read_text().replace("user: backup", "user: fleet"))
    assert repository.github("plan").passed
    comment = repository.posted()[-1]
    shown = re.sub(r" +$", "", comment["body"], flags=re.MULTILINE)
    assert f"`````markdown\n{shown}`````" in DOCUMENTATION, shown


def test_a_change_lives_at_gitlab_and_a_key_that_may_only_read_plans_less(
    repository: Repository, boxes: Mapping[str, Simulator]
) -> None:
    assert_life(repository, boxes, repository.gitlab, "PUT")
    assert GITLAB["audit"]["artifacts"]["when"] == "always"
    posted = len(repository.posted())
    reader = {place: {"vault_nas_api_key": Simulator.read_only_api_key} for place in SECRETS if "host" in place}
    repository.encrypt(reader)
    repository.write(
        "inventory/host_vars/nas2/vars.yml",
        {"nas_cloud_credentials_host": [{"name": "new", "http": {"url": "https://h.example.net"}}]},
    )
    text = (repository.folder / "inventory/group_vars/nas/vars.yml").read_text()
    (repository.folder / "inventory/group_vars/nas/vars.yml").write_text(text.replace("AKIAEXAMPLE", "AKIACHANGED"))
    plan = repository.gitlab("plan")
    assert plan.passed
    body = repository.posted()[posted]["body"]
    assert body.splitlines()[1].startswith("Merging this would change nas2. **This plan is incomplete:**")
    assert "could not compare access_key_id, secret_access_key, because the NAS hides" in " ".join(body.split())
    assert "AKIACHANGED" not in body
    repository.assert_clean()


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_a_check_that_fails_is_shown_and_fails(
    repository: Repository, boxes: Mapping[str, Simulator], forge: str
) -> None:
    boxes["nas2"].stop()
    plan = getattr(repository, forge)("plan")
    assert not plan.passed
    [comment] = repository.posted()
    verdict = comment["body"].splitlines()[1]
    assert verdict == "**The plan failed** (exit code 2); merging this would still change nas1."
    assert "[nas2]: FAILED" in comment["body"]
    repository.assert_clean()


def test_a_secret_in_the_clear_stops_every_job_before_a_nas_is_asked(
    repository: Repository, boxes: Mapping[str, Simulator]
) -> None:
    file = repository.folder / "inventory/group_vars/nas/vault.yml"
    lines = file.read_text().count("\n")
    file.write_text(file.read_text() + "vault_new: replace me\n")
    for ended in (*(repository.github(job) for job in ("plan", "apply")), repository.gitlab("audit")):
        assert not ended.passed
        assert f"inventory/group_vars/nas/vault.yml: line {lines + 1}\n" in ended.output
        assert "replace me" not in ended.output
    assert not boxes["nas1"].journal()


def test_the_command_of_the_comments_encrypts(tmp_path: Path) -> None:
    value = SECRETS["group_vars/nas"]["vault_s3_secret"]
    repository = Repository(tmp_path, {})
    assert all(ENCRYPT in (repository.folder / f"inventory/{place}/vault.yml").read_text() for place in SECRETS)
    written = repository.run(f"{ENCRYPT} vault_s3_secret", stdin=value).stdout
    lines = [text.splitlines() for text in (written, encrypted_string("vault_s3_secret", value))]
    assert lines[0][:2] == lines[1][:2]
    for text in lines:
        assert VAULT.decrypt("\n".join(line.strip() for line in text[1:])) == value.encode()


def test_the_example_itself_has_to_be_filled_in(tmp_path: Path) -> None:
    done = Repository(tmp_path, {}).run("bash pipeline/encrypted.sh")
    assert done.returncode == 1
    assert done.stderr.count(": line ") >= 4


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("---\n# why\nvault_a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3031\n  3233\n\n", []),
        ("$ANSIBLE_VAULT;1.1;AES256\n3031\n", []),
        ("vault_a: !vault |\n  hushhush\n", [2]),
        (" vault_a: hushhush\n", [1]),
        ('vault_a: "hush\nhushhush"\n', [1, 2]),
        ("vault_a: |\n  3031\nb3BlbnNzaHNlY3JldA==\n", [1, 2, 3]),
        ("vault_a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3031\nvault_b: hushhush\n  3031\n", [4, 5]),
    ],
)
@pytest.mark.parametrize("name", ["vault.yml", "vault.yaml", "cloud_credentials_vault.yml"])
def test_what_is_not_encrypted_is_found_and_not_shown(tmp_path: Path, name: str, text: str, lines: list[int]) -> None:
    repository = Repository(tmp_path, {})
    folder = repository.folder / "inventory/host_vars/nas9"
    folder.mkdir()
    (folder / name).write_text(text)
    done = repository.run("bash pipeline/encrypted.sh")
    found = [line for line in done.stderr.splitlines() if "nas9" in line]
    assert found == [f"inventory/host_vars/nas9/{name}: line {line}" for line in lines]
    assert "hush" not in done.stderr + done.stdout
    assert "b3Blb" not in done.stderr + done.stdout


def test_without_the_password_nothing_is_asked(repository: Repository, boxes: Mapping[str, Simulator]) -> None:
    done = repository.run("bash pipeline/plan.sh", FLEET_VAULT_PASSWORD="")
    assert done.returncode != 0
    assert "FLEET_VAULT_PASSWORD" in done.stdout
    assert not boxes["nas1"].journal()


def test_a_plan_cannot_leave_its_fence_and_is_cut(repository: Repository) -> None:
    noisy = repository.folder.parent / "bin/ansible-playbook"
    noisy.write_text("#!/bin/sh\nyes '~~~~~~~~ @everybody' | head -n 5000\necho 'PLAY RECAP ***'\nexit 3\n")
    noisy.chmod(0o755)
    done = repository.run("bash pipeline/plan.sh")
    assert done.returncode == 3
    body = (repository.folder / "plan.md").read_text()
    assert len(body) < 65536
    assert body.count("~~~~~~~~") == 2
    assert body.rstrip().endswith("~~~~~~~~")
    assert "(truncated: " in body
    assert len((repository.folder / "plan.txt").read_text()) > 65536


def documented(name: str) -> str:
    """Return the YAML of the documentation that begins with the comment of that name."""
    [text] = re.findall(rf"```yaml\n# {name}\n(.*?)```", DOCUMENTATION, re.DOTALL)
    return str(text)


def test_secrets_can_come_from_the_environment(repository: Repository, boxes: Mapping[str, Simulator]) -> None:
    for file in repository.folder.glob("inventory/**/vault.yml"):
        file.unlink()
    (repository.folder / "inventory/group_vars/nas/secrets.yml").write_text(documented("From the environment"))
    keys = {"NAS1_API_KEY": Simulator.api_key, "NAS2_API_KEY": Simulator.api_key}
    given = {**keys, "S3_SECRET": secret(1), "SHARE_PASSWORD": secret(2)}
    done = repository.run("bash pipeline/plan.sh && ansible-playbook project/provision.yml -vvvv", **given)
    assert done.returncode == 0, done.stdout[-3000:]
    assert {name: stored(box) for name, box in boxes.items()} == {"nas1": 2, "nas2": 1}
    for missing in ("S3_SECRET", "NAS2_API_KEY"):
        lacking = repository.run("bash pipeline/plan.sh", **{**given, missing: ""})
        assert lacking.returncode == 2, "an empty secret is not stored for want of a variable"
        assert f"{missing} is not set" in lacking.stdout
    repository.assert_clean()


@pytest.mark.parametrize("name", ["From the environment", "From HashiCorp Vault", "From SOPS, value by value"])
def test_every_source_has_every_secret_of_the_example(name: str) -> None:
    values = yaml.safe_load(documented(name))
    assert set(values) == {"vault_nas_api_key", "vault_s3_secret", "vault_share_password"}
    environment = jinja2.Environment()
    environment.filters["mandatory"] = str
    for value in values.values():
        environment.from_string(value)


def test_ansible_runner_takes_the_repository_and_keeps_no_secret(
    repository: Repository, boxes: Mapping[str, Simulator], tmp_path: Path
) -> None:
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    file = repository.folder / "env/envvars"
    file.write_text(file.read_text().replace("/etc/fleet/vault-password", str(password)))
    run = "unset FLEET_VAULT_PASSWORD ANSIBLE_VAULT_PASSWORD_FILE\nansible-runner run . --ident {} --playbook {}"
    plan = repository.run(run.format("plan", "provision.yml"))
    assert plan.returncode == 0, plan.stdout[-3000:]
    assert "+++ after" in plan.stdout
    assert not any(stored(box) for box in boxes.values()), "without more it only checks"
    apply = repository.run(run.format("apply", "provision.yml") + " --cmdline=--diff")
    assert apply.returncode == 0, apply.stdout[-3000:]
    assert {name: stored(box) for name, box in boxes.items()} == {"nas1": 2, "nas2": 1}
    audit = repository.run(run.format("audit", "audit.yml"))
    assert audit.returncode == 0, audit.stdout[-3000:]
    assert (repository.folder / "audit/report.sarif").exists()
    events = list(repository.folder.glob("artifacts/*/job_events/*.json"))
    assert len(events) > 20
    assert any("cloud_credentials" in event.read_text() for event in events)
    repository.assert_clean()


def test_the_inventory_can_be_imported_by_awx(repository: Repository, boxes: Mapping[str, Simulator]) -> None:
    """AWX exports an inventory from the repository without a vault's password, and gives jobs the export as a script."""
    exported = repository.run(
        "unset ANSIBLE_VAULT_PASSWORD_FILE\nansible-inventory --inventory inventory --list --export"
    )
    assert exported.returncode == 0, exported.stderr
    assert exported.stdout.count("__ansible_vault") >= 4
    script = repository.folder / "exported"
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{exported.stdout}\nEND\n")
    script.chmod(0o755)
    for name in ("group_vars", "host_vars"):
        shutil.rmtree(repository.folder / "inventory" / name)
    [plan, apply, audit] = AWX["fleet_job_templates"]
    for template in (plan, apply):
        mode = "--check" if template["job_type"] == "check" else ""
        done = repository.run(f"ansible-playbook --inventory exported {template['playbook']} {mode} --diff")
        assert done.returncode == 0, done.stdout[-3000:]
        assert bool(stored(boxes["nas1"])) is (template is apply)
    variables = json.dumps({"nas_audit_dest": str(repository.folder / "kept")})
    assert "nas_audit_dest" in audit["extra_vars"]
    assert repository.run(f"ansible-playbook --inventory exported {audit['playbook']} -e '{variables}'").returncode == 0
    assert (repository.folder / "kept/report.json").exists()


def test_what_awx_is_given_refers_to_what_is_there() -> None:
    templates = {one["name"]: one for one in AWX["fleet_job_templates"]}
    for template in templates.values():
        assert (EXAMPLE / template["playbook"]).exists()
        assert template["job_type"] in ("check", "run")
    nodes = {one["identifier"]: one for one in AWX["fleet_workflow"]["nodes"]}
    jobs = [
        one["unified_job_template"] for one in nodes.values() if one["unified_job_template"]["type"] == "job_template"
    ]
    assert {one["name"] for one in jobs} <= set(templates)
    following = {
        name: [after["identifier"] for after in one.get("related", {}).get("success_nodes", [])]
        for name, one in nodes.items()
    }
    assert following == {"plan": ["approve"], "approve": ["apply"], "apply": []}
    assert nodes["approve"]["unified_job_template"]["type"] == "workflow_approval"
    assert {one["unified_job_template"] for one in AWX["fleet_schedules"]} == {"fleet audit"}
