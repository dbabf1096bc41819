# SPDX-License-Identifier: GPL-3.0-or-later
"""Protected buckets on moto, a server that drops parts of lifecycle rules: requests, refusals, and a playbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import count
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.nasops.truenas.plugins.module_utils.audit import look_at_buckets
from ansible_collections.nasops.truenas.plugins.module_utils.cloud_task.stored import StoredTask
from ansible_collections.nasops.truenas.plugins.module_utils.credential.stored import StoredCredential
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes import s3_client
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import ProbeTarget
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.s3 import probe
from ansible_collections.nasops.truenas.plugins.module_utils.errors import ProviderFailed, TrueNASError
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.nas.unconnected import Unconnected
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import protected_bucket
from tests.integration.running import IN_A_PROCESS, Ansible
from tests.lab import Lab
from tests.lab.base import WRONG
from tests.lab.read_back import __main__ as read_back
from tests.lab.rights.programs import client, key_with
from tests.lab.s3 import S3
from tests.simulator import Simulator

MODULE = "nasops.truenas.protected_bucket"
OLD = {"name": "old", "old_versions_after": 30}
UPLOADS = {"name": "uploads", "unfinished_uploads_after": 7}
EVERYTHING: dict[str, Any] = {
    "versioning": "enabled",
    "object_lock": {"mode": "governance", "days": 1},
    "lifecycle_rules": [OLD, UPLOADS],
    "block_public_access": True,
}
NOTHING = {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::nobody"]}
_numbers = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    """A server of its own, because the tests make buckets."""
    with S3() as running:
        yield running


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations that the product has sent so far."""
    operations: list[str] = []
    made = s3_client.client

    def counted(values: Any, timeout: float, service: str = "s3") -> Any:
        found = made(values, timeout, service)
        found.meta.events.register(f"before-send.{service}", note)
        return found

    def note(event_name: str, **_: Any) -> None:
        operations.append(event_name.rpartition(".")[2])

    monkeypatch.setattr(s3_client, "client", counted)
    return operations


def run(login: dict[str, Any] | None, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """Return the result of the task."""
    validated = ArgumentSpecValidator(protected_bucket.ARGUMENTS).validate({"s3": login, **options})
    assert not validated.error_messages, validated.error_messages
    return protected_bucket.read(validated.validated_parameters, check_mode)(Nas(Unconnected()))


def new_bucket(server: S3) -> str:
    """Return the name of a new bucket of the owner."""
    name = f"protected-{next(_numbers)}"
    client("s3", server, server.key).create_bucket(Bucket=name)
    return name


def test_a_bucket_in_sync_costs_at_most_four_requests(server: S3, sent: list[str]) -> None:
    name = f"made-{next(_numbers)}"
    predicted = run(server.options, check_mode=True, bucket=name, create=True, **EVERYTHING)
    first = run(server.options, bucket=name, create=True, **EVERYTHING)
    assert (predicted["action"], predicted["diff"]) == ("created", first["diff"])
    # The bucket is created with object lock, and so with versions.
    assert set(predicted["changed_fields"]) == {"versioning", "object_lock", "lifecycle_rules", "block_public_access"}
    sent.clear()
    again = run(server.options, bucket=name, create=True, **EVERYTHING)
    assert (again["action"], again["changed_fields"]) == ("none", [])
    assert len(sent) == 4, sent
    sent.clear()
    run(server.options, bucket=name, versioning="enabled")
    assert len(sent) == 1, sent


@pytest.mark.parametrize(
    ("limit", "would"),
    [
        ({"larger_than": 1048576}, "deletes old versions of every object in the bucket"),
        ({"keep_versions": 3}, "keeps none of them"),
    ],
)
def test_a_limit_that_the_server_drops_is_never_enabled(server: S3, limit: dict[str, int], would: str) -> None:
    name = new_bucket(server)
    run(server.options, bucket=name, lifecycle_rules=[OLD])
    stored = client("s3", server, server.key).get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    with pytest.raises(ProviderFailed) as refused:
        run(server.options, bucket=name, lifecycle_rules=[{**OLD, **limit}, UPLOADS])
    assert would in str(refused.value).partition("As the server stores it")[2]
    assert "The previous rules were restored" in str(refused.value)
    assert client("s3", server, server.key).get_bucket_lifecycle_configuration(Bucket=name)["Rules"] == stored


def test_rules_of_others_stay(server: S3) -> None:
    name, s3 = new_bucket(server), client("s3", server, server.key)
    theirs = {"Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 90}}
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [theirs]})
    assert run(server.options, bucket=name, lifecycle_rules=[OLD])["changed"]
    assert not run(server.options, bucket=name, lifecycle_rules=[OLD])["changed"]
    assert len(s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]) == 2
    run(server.options, bucket=name, lifecycle_rules=[], purge=True)
    with pytest.raises(Exception, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=name)


def test_refusals_change_nothing_and_name_the_reason(server: S3) -> None:
    name = new_bucket(server)
    least = key_with(server, {"Version": "2012-10-17", "Statement": [NOTHING]})
    stranger = {**server.options, "access_key_id": least.access_key_id, "secret_access_key": least.secret_access_key}
    cases = [
        (
            stranger,
            {"bucket": name, **EVERYTHING},
            "forbidden",
            "belongs to another account, or the key lacks the right",
        ),
        (server.refused()["wrong_secret"], {"bucket": name, **EVERYTHING}, "wrong_secret", "rejects this secret"),
        (server.refused()["unreachable"], {"bucket": name, **EVERYTHING}, "unreachable", "No S3 service answers"),
        (server.options, {"bucket": "nobody-made-this", **EVERYTHING}, "no_such_bucket", "set create: true"),
    ]
    for login, options, cause, words in cases:
        with pytest.raises(TrueNASError) as refused:
            run(login, **options)
        assert (refused.value.details()["cause"], words in str(refused.value)) == (cause, True), str(refused.value)
        assert login["secret_access_key"] not in str(refused.value)
    assert "Status" not in client("s3", server, server.key).get_bucket_versioning(Bucket=name)


def test_no_setting_of_the_controller_changes_the_request(server: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    name = new_bucket(server)
    for variable in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
    assert run(server.options, bucket=name, versioning="enabled")["changed"]


def test_a_playbook(ansible: Ansible, nas: Simulator, server: S3) -> None:
    name = new_bucket(server)
    declared = {"bucket": name, "credential": "offsite", "versioning": "enabled", "lifecycle_rules": [OLD]}
    alone = {"bucket": name, "s3": "{{ login }}", "versioning": "enabled"}
    tasks = [
        {"name": "store", "nasops.truenas.cloud_credential": {"name": "offsite", "s3": "{{ login }}"}},
        {"name": "predict", MODULE: declared, "check_mode": True, "diff": True},
        {"name": "apply", MODULE: declared},
        {"name": "again", MODULE: declared},
        {"name": "by a process", MODULE: declared, "environment": IN_A_PROCESS},
        {"name": "own key", MODULE: {**alone, "host": None}},
        {"name": "own key by a process", MODULE: alone, "environment": IN_A_PROCESS},
        {
            "name": "refused",
            MODULE: {**alone, "s3": {**server.options, "secret_access_key": WRONG}},
            "ignore_errors": True,
        },
        {"name": "missing", MODULE: {**declared, "credential": "nobody"}, "ignore_errors": True},
    ]
    done = ansible.play(tasks, nas, variables={"login": server.options})
    assert done.code == 0, done.output[-3000:]
    changed = {"predict": True, "apply": True, "again": False, "by a process": False, "own key": False}
    for step, expected in {**changed, "own key by a process": False}.items():
        assert done.named(step)["changed"] is expected, step
    assert done.named("predict")["diff"] == done.named("apply")["diff"]
    assert done.named("refused")["cause"] == "wrong_secret"
    assert "not found" in done.named("missing")["msg"]
    assert server.key.secret_access_key not in done.output


def test_an_audit_finds_gaps_without_a_write(server: S3, sent: list[str]) -> None:
    name = new_bucket(server)
    admin, least = server.admin_key, key_with(server, {"Version": "2012-10-17", "Statement": [NOTHING]})
    keys = {1: admin, 2: least}
    stored = [
        StoredCredential(id_, f"key{id_}", "S3", {**server.options, **asdict(key)})
        for id_, key in keys.items()
    ]  # fmt: skip
    values = {"bucket": name, "folder": "nas1", "direction": "PUSH", "transfer_mode": "SYNC"}
    tasks = {"cloudsync": [StoredTask(one.id, "t", values, one) for one in stored]}
    audit = look_at_buckets.BucketAudit(True, (name,), 10)

    def rules() -> dict[int, list[str]]:
        found = look_at_buckets.findings(audit, stored, tasks)
        return {id_: [finding.rule for finding in of_key] for id_, of_key in found.items()}

    unknown = ["bucket-unknown", "key-unknown"]
    wrong = ["versions-off", "no-upload-rule", "lock-missing", "key-deletes-versions", "key-lists-buckets"]
    assert rules() == {1: wrong, 2: unknown}
    assert {operation for operation in sent if not operation.startswith(("Get", "List"))} == set()
    run(server.options, bucket=name, versioning="enabled", object_lock={"mode": "governance", "days": 1})
    run(server.options, bucket=name, lifecycle_rules=[OLD, UPLOADS])
    assert rules() == {1: ["key-deletes-versions", "key-lists-buckets"], 2: unknown}


def test_the_page_of_servers_has_a_row_for_each_case_and_the_text_of_its_program() -> None:
    text = read_back.PAGE.read_text()
    table = text.partition("| cell |")[0]
    (_setting, *servers), _line, *rows = [
        line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")
    ]
    assert [case for case, *_cells in rows] == [*read_back.CASES, read_back.EXISTING]
    found = {server: {row[0]: row[number] for row in rows} for number, server in enumerate(servers, start=1)}
    effects = dict(line.removeprefix("- ").split(": ", 1) for line in text.splitlines() if line.startswith("- "))
    assert effects.keys() == {case for cells in found.values() for case, cell in cells.items() if "dropped" in cell}
    assert text == read_back.page(found, effects)
    assert "NOT ROLLED BACK" not in text


def test_a_server_without_the_settings_is_left_alone(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway of the lab is rclone, which takes a request for a setting for one for the bucket itself."""
    monkeypatch.setenv("SSL_CERT_FILE", str(lab.storj_ix.ca_file))
    for name, value in EVERYTHING.items():
        given = {"storj_ix": lab.storj_ix.options, "bucket": lab.storj_ix.bucket, name: value}
        with pytest.raises(ProviderFailed) as refused:
            run(None, **given)
        assert (refused.value.cause, "does not support the setting" in str(refused.value)) == ("not_supported", True)
    probe(lab.storj_ix.options, ProbeTarget(lab.storj_ix.bucket, timeout=10))
