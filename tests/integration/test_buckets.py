# SPDX-License-Identifier: GPL-3.0-or-later
"""Buckets through ansible-playbook, on real S3 servers; drives and providers as the simulated NAS has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.running import IN_A_PROCESS, Ansible
from tests.integration.samples import token
from tests.lab import Lab
from tests.simulator import Simulator

CREDENTIAL = "nasops.truenas.cloud_credential"
BUCKET = "nasops.truenas.cloud_bucket"
INFO = "nasops.truenas.cloud_bucket_info"
DRIVES = "nasops.truenas.onedrive_drive_info"
SUPPORT = "nasops.truenas.cloud_provider_info"
WRONG = "hush-canary-wrong"


@pytest.fixture
def nas(lab: Lab) -> Iterator[Simulator]:
    """A NAS that trusts the certificates of the lab."""
    with Simulator(rclone_environment={"SSL_CERT_FILE": str(lab.ca_file)}) as box:
        yield box


def stored(lab: Lab) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return tasks that store credentials for the lab's servers, and their variables."""
    options = {
        "whole": {"s3": lab.s3.client()["options"]},
        "scoped": {"s3": lab.s3.client()["scoped_options"]},
        "bad": {"s3": {**lab.s3.client()["options"], "secret_access_key": WRONG}},
        "storj": {"storj_ix": lab.storj_ix.client()["options"]},
        "files": {"ftp": {"host": "h", "user": "u", "pass": WRONG}},
        "box": {"box": {"token": token(1)}},
    }
    task = {
        "name": "store",
        "nasops.truenas.cloud_credentials": {"credentials": "{{ options }}"},
    }
    return [task], {"options": [{"name": name, **item} for name, item in options.items()]}


def test_buckets_on_real_servers(ansible: Ansible, nas: Simulator, lab: Lab) -> None:
    tasks, variables = stored(lab)
    bucket = {"credential": "storj", "name": "made-here"}
    there = {"credential": "whole", "name": lab.s3.bucket}
    failing = {"ignore_errors": True}
    tasks += [
        {"name": "seen", INFO: {"credential": "whole"}},
        {"name": "seen by a process", INFO: {"credential": "whole"}, "environment": IN_A_PROCESS},
        {"name": "scoped", INFO: {"credential": "scoped"}, **failing},
        {"name": "bad", INFO: {"credential": "bad"}, **failing},
        {"name": "files", INFO: {"credential": "files"}, **failing},
        {"name": "box", BUCKET: {"credential": "box", "name": "b"}, **failing},
        {"name": "predict", BUCKET: bucket, "check_mode": True},
        {"name": "create", BUCKET: bucket},
        {"name": "again", BUCKET: bucket},
        {"name": "refused", BUCKET: {**bucket, "name": "not a name"}, **failing},
        {"name": "storj", INFO: {"credential": "storj"}},
        {"name": "there", BUCKET: there},
        {"name": "own", BUCKET: {**there, "credential": "scoped"}},
        {"name": "another's", BUCKET: {"credential": "scoped", "name": lab.s3.other_bucket}, **failing},
        {"name": "missing", BUCKET: {**there, "name": "nowhere"}, "check_mode": True, **failing},
        {"name": "hasty", INFO: {"credential": "whole", "provider_timeout": 0.001}, **failing},
    ]
    run = ansible.play(tasks, nas, variables=variables)
    assert run.code == 0, run.output[-3000:]
    assert [found["name"] for found in run.named("seen")["buckets"]] == [lab.s3.bucket, lab.s3.other_bucket]
    assert run.named("seen by a process")["buckets"] == run.named("seen")["buckets"]
    assert run.named("scoped")["cause"] == "scoped_key"
    assert run.named("bad")["cause"] == "wrong_secret"
    assert "must have a provider with buckets" in run.named("files")["msg"]
    assert "must have a provider with buckets" in run.named("box")["msg"]
    for step, changed in {"predict": True, "create": True, "again": False, "there": False}.items():
        assert run.named(step)["changed"] is changed, step
    assert run.named("predict")["diff"] == run.named("create")["diff"]
    assert run.named("refused")["problems"][0]["field"] == "name"
    assert {found["name"] for found in run.named("storj")["buckets"]} == {lab.storj_ix.bucket, "made-here"}
    assert run.named("own")["changed"] is False
    assert "cannot open the bucket" in run.named("another's")["msg"]
    assert "cannot find the bucket 'nowhere'" in run.named("missing")["msg"]
    assert "within provider_timeout (0.001 s)" in run.named("hasty")["msg"]
    created = [call for call in nas.journal() if call["method"] == "cloudsync.create_bucket"]
    assert len(created) == 2, "one that came about, one that the NAS refused"


def test_a_reader_learns_the_missing_rights(ansible: Ansible, nas: Simulator, lab: Lab) -> None:
    tasks, variables = stored(lab)
    assert ansible.play(tasks, nas, variables=variables).code == 0
    asking = [
        {"name": "list", INFO: {"credential": "whole"}, "ignore_errors": True},
        {"name": "support", SUPPORT: {}},
    ]
    run = ansible.play(asking, nas, api_key=Simulator.read_only_api_key)
    assert "does not permit cloudsync.list_buckets" in run.named("list")["msg"]
    assert run.named("support")["version"] == "26.0.0"


def test_drives_fill_a_credential(ansible: Ansible, nas: Simulator) -> None:
    account = {"client_id": "mine", "client_secret": "{{ options.client_secret }}", "token": "{{ options.token }}"}
    drive = {"drive_id": "{{ account.drives[1].drive_id }}", "drive_type": "{{ account.drives[1].drive_type }}"}
    tasks = [
        {"name": "spared", DRIVES: {"onedrive": account}, "register": "spared"},
        {"name": "skipped", "ansible.builtin.assert": {"that": "spared is skipped"}},
        {"name": "drives", DRIVES: {"onedrive": account, "verify_may_refresh": True}, "register": "account"},
        {"name": "create", CREDENTIAL: {"name": "onedrive", "onedrive": {**account, **drive}}},
    ]
    variables = {"options": {"client_secret": WRONG, "token": token(2)}}
    run = ansible.play(tasks, nas, variables=variables)
    assert run.code == 0, run.output[-3000:]
    assert "verify_may_refresh" in run.named("spared")["skip_reason"]
    assert run.named("create")["credential"]["onedrive"]["drive_type"] == "DOCUMENT_LIBRARY"
    asked = [call for call in nas.journal() if call["method"] == "cloudsync.onedrive_list_drives"]
    assert len(asked) == 1


@pytest.mark.parametrize(("version", "asks"), [("25.10.0", False), ("27.0.0", True)])
def test_what_a_version_supports(ansible: Ansible, version: str, asks: bool) -> None:
    with Simulator(version=version) as box:
        run = ansible.play([{"name": "support", SUPPORT: {}}], box)
        methods = {call["method"] for call in box.journal()}
    found = run.named("support")
    assert (found["version"], found["changed"]) == (version, False)
    assert ("cloudsync.credentials.s3_provider_choices" in methods) is asks
    assert [row["provider"] for row in found["providers"] if not row["supported_by_nas"]] == ["mega"]
