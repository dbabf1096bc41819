# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of the repository in which Mutmut finds the collection under the name that the tests import."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
COLLECTION = Path("ansible_collections/nasops/truenas")
ROOMS = ("engine", "credential", "providers")
"""The folders below plugins/module_utils whose code is mutated."""

JUDGES = (
    "addresses",
    "all_at_once",
    "any_reply",
    "audit",
    "buckets",
    "cloud_task_sets",
    "cloud_tasks",
    "cloud_tasks_in_process",
    "config_values",
    "credential_versions",
    "details",
    "ensure",
    "export",
    "fields",
    "hazards",
    "hiding",
    "hosts",
    "identity",
    "in_process",
    "kept_tokens",
    "keypair_sets",
    "keypairs",
    "loops",
    "many",
    "masking",
    "merge_by_description",
    "merge_by_name",
    "mistyped",
    "named_keypairs",
    "odd_rows",
    "older_nas",
    "older_tasks",
    "pending_credentials",
    "placeholders",
    "providers",
    "races",
    "rclone_conf",
    "readers",
    "repeated_reads",
    "replace_with",
    "replaced",
    "rollback",
    "rotation",
    "service_accounts",
    "shared_secrets",
    "shared_tokens",
    "task_export",
    "task_scenarios",
    "task_values",
    "tokens",
    "unread_rows",
    "verify",
    "verify_again",
    "verify_buckets",
    "verify_by_controller",
    "whole_plays",
)
"""The unit tests that judge the mutants: those that run the code of these rooms, without those that read the repository."""


def judges() -> list[str]:
    """Return the paths of the test files that judge the mutants. Raises FileNotFoundError if one was renamed."""
    files = [Path("tests/unit") / f"test_{name}.py" for name in JUDGES]
    for file in files:
        (ROOT / file).stat()
    return [str(file) for file in files]


def build(folder: Path) -> None:
    """Write the copy into a folder, in place of an earlier one."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / COLLECTION).mkdir(parents=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    names = {name.split("/")[0] for name in listed.split("\0") if name} - {".collections", "ansible.cfg"}
    for name in sorted(names):
        _copy(ROOT / name, folder / name)
    for name in ("galaxy.yml", "meta", "playbooks", "plugins", "roles"):
        _copy(ROOT / name, folder / COLLECTION / name)
    (folder / ".cache").mkdir()
    (folder / ".cache/formats").symlink_to(ROOT / ".cache/formats")
    project = folder / "pyproject.toml"
    settings = project.read_text(encoding="utf-8").replace('[".", ".collections"]', '["."]')
    project.write_text(f"{settings}\n{_mutmut(names | {'ansible_collections', '.cache'})}", encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    else:
        shutil.copy(source, target)


def _mutmut(names: Iterable[str]) -> str:
    code = COLLECTION / "plugins/module_utils"
    settings = {
        "source_paths": [str(code)],
        "only_mutate": [f"{code}/{room}/*.py" for room in ROOMS],
        "pytest_add_cli_args_test_selection": judges(),
        "also_copy": sorted(names),
    }
    lines = [f"{key} = {value!r}" for key, value in settings.items()]
    return "\n".join(["[tool.mutmut]", *lines, "mutate_only_covered_lines = true", ""])
