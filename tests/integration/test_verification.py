# SPDX-License-Identifier: GPL-3.0-or-later
"""Every provider that has a server in the lab, verified by the NAS with real rclone and from the controller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from tests.integration.running import Ansible, Run
from tests.lab import Lab
from tests.lab.empty_s3 import EmptyS3
from tests.simulator import Simulator

SET, ONE = "nasops.truenas.cloud_credentials", "nasops.truenas.cloud_credential"
INFO = "nasops.truenas.cloud_credential_info"
PROVIDER = {"sshd": "sftp", "ftps": "ftp", "s3_refusals": "s3"}
"""Servers of the lab that are more servers of a provider."""

SLOW = {("s3", "unreachable"), ("storj_ix", "unreachable")}
"""What rclone tries for minutes before it gives up; the controller does not."""

NEVER_SENT = ("token_is_no_json", "empty_token", "not_a_service_account", "key_is_no_key", "key_is_no_base64")
"""Cases that are refused before anything is sent."""

BY_NAS_ONLY = {"box", "google_drive", "google_photos", "onedrive", "pcloud", "yandex"}
"""Providers without a probe: using their token from elsewhere may spend it."""

MAY_BE_RENEWED = {f"dropbox {case}" for case in ("wrong_secret", "revoked_refresh_token", "wrong_client_secret")}
"""Tokens that the controller cannot tell from those which the NAS can renew."""

SAYS_NOTHING_OF_THE_KEY = {f"b2 {case}" for case in ("no_list_buckets", "cap_exceeded", "key_of_a_later_api")}
"""Refusals by which Backblaze knows the key, or has not looked at it."""
WITH_BUCKETS = {key for key, provider in PROVIDERS.items() if provider.has_buckets and not provider.retired}
"""Providers whose root proves something only if it lists a bucket."""

OWN_AUTHORITY = ("storj_ix",)
"""Servers whose certificate the controller has to be told about."""


@pytest.fixture
def box(lab: Lab) -> Iterator[Simulator]:
    """A NAS whose rclone reaches all of the lab."""
    with Simulator(rclone_environment=lab.environment) as running:
        yield running


def cases(lab: Lab, skipped: set[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Return the options of a credential by server and case, `good` among them."""
    return {
        f"{key} {case}": {"name": f"{key} {case}", PROVIDER.get(key, key): options}
        for key, server in lab.servers.items()
        for case, options in {"good": server.options, **server.refused()}.items()
        if (key, case) not in skipped
        and (key, case) not in (("ftps", "good"), ("s3_refusals", "good"), ("sshd", "good"))
        and case not in NEVER_SENT
        and not (key == "sshd" and "private_key" in options)
    }


def audit(
    ansible: Ansible, box: Simulator, items: Mapping[str, Any], by: str, environment: Mapping[str, str] | None = None
) -> tuple[Run, dict[str, dict[str, Any]]]:
    """Verify credentials that are not stored in one task, and return what was found by name."""
    options = {"verify": "always", "verify_by": by, "verify_may_refresh": True, "verify_timeout": 100}
    task = {
        "name": "audit",
        SET: {"credentials": "{{ items }}", **options},
        "check_mode": True,
        "ignore_errors": True,
    }
    run = ansible.play([task], box, variables={"items": [*items.values()]}, environment=environment)
    result = run.named("audit")
    assert "credentials" in result, result.get("msg")
    return run, {item["name"]: item["verification"] for item in result["credentials"]}


def test_the_nas_tells_good_from_bad_and_why(ansible: Ansible, box: Simulator, lab: Lab) -> None:
    items = cases(lab, SLOW)
    found = audit(ansible, box, items, "nas")[1]
    for name, one in found.items():
        print(f"{name:36} {one['state']:9} {one['cause']:17} {one['seconds']:6.2f} s  {one['hint']}")
    good = {name for name in found if name.endswith(" good")}
    assert {name: (found[name]["state"], found[name]["cause"]) for name in good} == {
        # What a root lists is looked at once the credential is stored.
        name: ("skipped", "not_stored_yet") if name.split()[0] in WITH_BUCKETS else ("valid", "")
        for name in good
    }
    for name in found.keys() - good:
        if name.startswith("google_photos"):
            continue  # rclone asks nobody for the root of Google Photos, so nearly everything passes there
        inconclusive = ("scoped" in name and "b2" not in name) or name in SAYS_NOTHING_OF_THE_KEY
        assert found[name]["state"] == ("inconclusive" if inconclusive else "invalid"), name
        assert found[name]["error"], name
    assert not [call for call in box.journal() if call["method"].endswith((".create", ".update", ".delete"))]


def test_a_root_that_lists_a_bucket_is_valid_and_an_empty_one_is_not_known(
    ansible: Ansible, box: Simulator, lab: Lab
) -> None:
    with EmptyS3() as empty:
        good = {key: {"name": key, key: lab.servers[key].options} for key in WITH_BUCKETS}
        items = [*good.values(), {"name": "empty", "s3": empty.options}]
        tasks = [
            {"name": "store", SET: {"credentials": "{{ items }}", "verify": "changed"}},
            {"name": "audit", INFO: {"verify": "always"}},
            {
                "name": "strict",
                ONE: {"name": "new", "s3": "{{ empty }}", "verify": "changed", "on_inconclusive": "fail"},
                "ignore_errors": True,
            },
        ]
        run = ansible.play(tasks, box, variables={"items": items, "empty": empty.options})
        assert run.code == 0, run.output[-3000:]
        journal = [call["method"] for call in box.journal()]
        empty.make_bucket("first")
        later = ansible.play([{"name": "audit", INFO: {"verify": "always"}}], box).named("audit")
    for result in (run.named("store"), run.named("audit")):
        found = {item["name"]: item["verification"] for item in result["credentials"]}
        assert {name: found[name]["state"] for name in good} == dict.fromkeys(good, "valid")
        assert (found["empty"]["state"], found["empty"]["cause"]) == ("inconclusive", "empty_root")
    strict = run.named("strict")
    assert "verify_bucket" in strict["msg"]
    assert "deleted again" in strict["msg"]
    assert {item["verification"]["state"] for item in later["credentials"]} == {"valid"}
    stored = len(items)
    asked = {name: journal.count(f"cloudsync.{name}") for name in ("credentials.verify", "list_buckets")}
    assert asked == {"credentials.verify": stored + 1, "list_buckets": 2 * stored + 1}, "one call for what is stored"


def test_the_controller_reports_that_an_empty_root_proves_nothing(ansible: Ansible, box: Simulator) -> None:
    with EmptyS3() as empty:
        found = audit(ansible, box, {"empty": {"name": "empty", "s3": empty.options}}, "controller")[1]["empty"]
    assert (found["state"], found["cause"], found["by"]) == ("inconclusive", "empty_root", "controller")


def test_the_controller_tells_good_from_bad_and_why(ansible: Ansible, box: Simulator, lab: Lab) -> None:
    items = {
        name: item
        for name, item in cases(lab, set()).items()
        if not BY_NAS_ONLY & item.keys() and name.split()[0] not in OWN_AUTHORITY
    }
    # OpenSSL reads one certificate of a name from a file, and those of the lab have one name: the gate's.
    found = audit(ansible, box, items, "controller", lab.gate.environment)[1]
    for name, one in found.items():
        print(f"{name:36} {one['state']:9} {one['cause']:17} {one['seconds']:6.2f} s  {one['hint']}")
    good = {name for name in found if name.endswith(" good")}
    assert {name: (found[name]["state"], found[name]["by"]) for name in good} == dict.fromkeys(
        good, ("valid", "controller")
    )
    for name in found.keys() - good:
        inconclusive = "scoped" in name or name in MAY_BE_RENEWED | SAYS_NOTHING_OF_THE_KEY
        assert found[name]["state"] == ("inconclusive" if inconclusive else "invalid"), name
        assert found[name]["hint"], name
    assert not [call for call in box.journal() if call["method"].startswith("cloudsync.credentials.verify")]


def test_the_controller_asks_storj(ansible: Ansible, box: Simulator, lab: Lab) -> None:
    items = {name: item for name, item in cases(lab, set()).items() if name.startswith("storj_ix")}
    trusted = {"SSL_CERT_FILE": str(lab.storj_ix.ca_file)}
    found = audit(ansible, box, items, "controller", trusted)[1]
    assert {name.split()[1]: one["cause"] for name, one in found.items()} == {
        "good": "",
        "wrong_secret": "wrong_secret",
        "unknown_key": "wrong_key",
        "unreachable": "unreachable",
    }


@pytest.mark.parametrize("by", ["nas", "controller", "both"])
def test_a_scoped_key_is_kept_for_its_bucket_and_taken_back_for_another(
    ansible: Ansible, box: Simulator, lab: Lab, by: str
) -> None:
    key = lab.clients()["s3"]
    options = {"verify": "changed", "verify_by": by, "s3": "{{ scoped }}"}
    tasks = [
        {
            "name": "other",
            ONE: {"name": "other", **options, "verify_bucket": key["other_bucket"]},
            "ignore_errors": True,
        },
        {"name": "own", ONE: {"name": "own", **options, "verify_bucket": key["bucket"]}},
        {
            "name": "spoilt",
            ONE: {"name": "own", **options, "s3": {"region": "x"}, "verify_bucket": key["other_bucket"]},
            "ignore_errors": True,
        },
        {"name": "again", ONE: {"name": "own", **options, "verify": "always", "verify_bucket": key["bucket"]}},
        {"name": "read", INFO: {"reveal_secrets": True}, "no_log": True, "register": "stored"},
        {
            "name": "stored",
            "ansible.builtin.debug": {"msg": "{{ stored.credentials | map(attribute='name') | list }}"},
        },
    ]
    run = ansible.play(tasks, box, variables={"scoped": key["scoped_options"]})
    assert run.code == 0, run.output[-3000:]
    other = run.named("other")
    assert other["verification"]["cause"] == "forbidden"
    assert ("deleted again" if by == "nas" else "No changes were made") in other["msg"]
    own = run.named("own")
    assert (own["action"], own["verification"]["state"]) == ("created", "valid")
    spoilt = run.named("spoilt")
    assert ("Rolled back to the previous values" if by == "nas" else "No changes were made") in spoilt["msg"]
    again = run.named("again")
    assert (again["changed"], again["verification"]["state"]) == (False, "valid")
    assert run.named("stored")["msg"] == ["own"]
    writes = [call["method"].rpartition(".")[2] for call in box.journal() if ".credentials." in call["method"]]
    expected = ["create", "delete", "create", "update", "update"] if by == "nas" else ["create"]
    assert [write for write in writes if write in ("create", "update", "delete")] == expected


def test_the_controller_writes_and_leaves_nothing(ansible: Ansible, box: Simulator, lab: Lab) -> None:
    before = sorted(path.name for path in lab.sftp.folder.iterdir())
    options = {"verify": "changed", "verify_by": "controller", "verify_write": True}
    tasks = [
        {"name": "sftp", ONE: {"name": "files", "sftp": "{{ sftp }}", **options}},
        {
            "name": "s3",
            ONE: {"name": "bucket", "s3": "{{ s3 }}", **options, "verify_bucket": lab.clients()["s3"]["bucket"]},
        },
    ]
    run = ansible.play(tasks, box, variables={"sftp": lab.sftp.options, "s3": lab.s3.options})
    assert run.code == 0, run.output[-3000:]
    assert [run.named(name)["verification"]["state"] for name in ("sftp", "s3")] == ["valid", "valid"]
    assert sorted(path.name for path in lab.sftp.folder.iterdir()) == before


def test_info_audits_what_is_stored(ansible: Ansible, box: Simulator, lab: Lab) -> None:
    items = [
        {"name": "bad", "ftp": {**lab.ftp.options, "pass": "hush-canary-wrong"}},
        {"name": "good", "webdav": lab.webdav.options},
        {"name": "tokens", "box": lab.box.options},
    ]
    tasks = [
        {"name": "store", SET: {"credentials": "{{ items }}"}},
        {"name": "audit", INFO: {"verify": "always"}, "check_mode": True},
        {"name": "not", INFO: {"verify": "changed"}},
    ]
    run = ansible.play(tasks, box, variables={"items": items})
    assert run.code == 0, run.output[-3000:]
    found = {entry["name"]: entry["verification"]["state"] for entry in run.named("audit")["credentials"]}
    assert found == {"bad": "invalid", "good": "valid", "tokens": "skipped"}
    assert all("verification" not in entry for entry in run.named("not")["credentials"])


def test_a_keypair_of_the_nas_opens_openssh_for_both_sides(ansible: Ansible, box: Simulator, lab: Lab) -> None:
    keypair = "nasops.truenas.ssh_keypair"
    server = {name: value for name, value in lab.sshd.options.items() if name != "private_key"}
    verify = {"verify": "changed", "verify_by": "both", "on_inconclusive": "fail"}
    tasks = [
        {"name": "key", keypair: {"name": "far", "private_key": "{{ text }}"}, "register": "far"},
        {"name": "stranger", keypair: {"name": "stranger", "generate": True}, "register": "stranger"},
        {
            "name": "good",
            ONE: {"name": "files", "sftp": {**server, "private_key": "{{ far.keypair.id }}"}, **verify},
        },
        {
            "name": "bad",
            ONE: {"name": "files", "sftp": {"private_key": "{{ stranger.keypair.id }}"}, **verify},
            "ignore_errors": True,
        },
    ]
    run = ansible.play(tasks, box, variables={"text": lab.sshd.private_key})
    assert run.code == 0, run.output[-3000:]
    good = run.named("good")["verification"]
    assert (good["state"], [part["by"] for part in good["parts"]]) == ("valid", ["nas", "controller"])
    bad = run.named("bad")
    assert [part["cause"] for part in bad["verification"]["parts"]] == ["wrong_login", "wrong_login"]
    assert "No changes were made" in bad["msg"]
