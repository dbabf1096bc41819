# SPDX-License-Identifier: GPL-3.0-or-later
"""What tasks do on a NAS before 25.04: the same as on a newer one, or a refusal that names the version (truenas-api/older.md)."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas import flat
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.dialect import DDP
from ansible_collections.nasops.truenas.plugins.module_utils.protocol.login import Account
from ansible_collections.nasops.truenas.plugins.module_utils.providers import BY_WIRE_TYPE
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import precomputed_key
from ansible_collections.nasops.truenas.plugins.module_utils.transport.session import Session
from tests import facts, keys
from tests.simulator import ssh
from tests.simulator.older import allowlist
from tests.simulator.older import facts as older
from tests.simulator.store import CREDENTIALS, KEYCHAIN
from tests.unit.in_process import GENERATED, InProcessNas
from tests.unit.older_nas import API_KEY, OLDER, OlderNas
from tests.unit.tasks import COLLECTION
from tests.unit.test_connection import options

versions = pytest.mark.parametrize("version", OLDER)
SECRET, OTHER = "hush-canary-0001", "hush-canary-0002"
S3 = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": SECRET, "endpoint": "https://S3.example.net"}
FLAT = {
    "access_key_id": "AKIAEXAMPLE",
    "secret_access_key": SECRET,
    "endpoint": "https://s3.example.net/",
    "region": "",
    "skip_region": False,
    "signatures_v2": False,
    "max_upload_parts": 10000,
}
TOKEN = json.dumps({"access_token": SECRET, "token_type": "Bearer", "expiry": "2099-01-01T00:00:00Z"}, indent=2)
QUERY = "cloudsync.credentials.query"


def in_module(session: Any, module: str, check: bool = False, **options: Any) -> dict[str, Any]:
    """Run the task of a module and return its result, free of secrets."""
    task = importlib.import_module(f"{COLLECTION}.module_utils.tasks.{module}").TASK
    validated = ArgumentSpecValidator(task.arguments).validate(json.loads(json.dumps(options)))
    assert not validated.error_messages, validated.error_messages
    try:
        result = dict(task.read(validated.validated_parameters, check)(Nas(session)))
    except errors.TrueNASError as error:
        if "hush-canary" in f"{error} {error.details()}":
            pytest.fail("a secret is in the error")
        raise
    if module != "cloud_credential_export":
        assert "hush-canary" not in json.dumps(result)
    return result


def run(nas: OlderNas, module: str = "cloud_credential", check: bool = False, **options: Any) -> dict[str, Any]:
    """Run a task with a login of its own."""
    with Session(nas.connect(), Account("automation", API_KEY), 5, dialect=DDP) as session:
        name = {"name": "offsite"} if module == "cloud_credential" and "name" not in options else {}
        return in_module(session, module, check, **name, **options)


def attributes(nas: OlderNas, number: int = 1) -> dict[str, Any]:
    """Return what the NAS stores of a credential."""
    [row] = [row for row in nas.rows(CREDENTIALS) if row["id"] == number]
    return dict(row["attributes"])


@versions
def test_create_again_one_field_rename_and_delete(version: str) -> None:
    with OlderNas(version) as nas:
        planned = run(nas, check=True, s3=S3)
        created = run(nas, s3=S3)
        assert (created["action"], created["changed_fields"]) == ("created", planned["changed_fields"])
        assert {**planned["credential"], "id": 1} == created["credential"]
        assert attributes(nas) == FLAT
        assert run(nas, s3=S3)["changed"] is False
        changed = run(nas, s3={"region": "eu-1"})
        assert (changed["action"], changed["changed_fields"]) == ("updated", ["region"])
        assert changed["credential"]["s3"]["region"] == "eu-1", "the update was read back"
        assert attributes(nas) == {**FLAT, "region": "eu-1"}
        renamed = run(nas, new_name="elsewhere")
        assert (renamed["changed_fields"], renamed["credential"]["name"]) == (["name"], "elsewhere")
        assert attributes(nas) == {**FLAT, "region": "eu-1"}
        assert run(nas, name="elsewhere", state="absent")["action"] == "deleted"
        assert nas.rows(CREDENTIALS) == []
        assert run(nas, name="elsewhere", state="absent")["changed"] is False


@versions
def test_a_converged_set_costs_a_login_and_a_query(version: str) -> None:
    items = [{"name": f"c{number}", "s3": S3} for number in range(20)]
    with OlderNas(version) as nas:
        assert run(nas, "cloud_credentials", credentials=items)["counts"]["created"] == 20
        before = len(nas.calls())
        assert run(nas, "cloud_credentials", credentials=items)["changed"] is False
        assert nas.calls()[before:] == ["auth.login_with_api_key", QUERY]
        more = [{**item, "s3": {**S3, "region": "x"}} for item in items]
        before = len(nas.calls())
        assert run(nas, "cloud_credentials", credentials=more)["counts"]["updated"] == 20
        assert nas.calls()[before:].count(QUERY) == 2, "all updates are read back together"


@versions
def test_purge_deletes_what_is_not_declared(version: str) -> None:
    with OlderNas(version) as nas:
        for name in ("keep", "stray"):
            run(nas, name=name, s3=S3)
        result = run(nas, "cloud_credentials", credentials=[{"name": "keep", "s3": S3}], purge=True)
        assert result["counts"]["deleted"] == 1
        assert [row["name"] for row in nas.rows(CREDENTIALS)] == ["keep"]


@versions
def test_a_secret_is_rotated_and_compared(version: str) -> None:
    with OlderNas(version) as nas:
        run(nas, s3=S3)
        swapped = run(nas, s3={**S3, "secret_access_key": OTHER})
        assert swapped["changed_fields"] == ["secret_access_key"]
        assert swapped["replaced"]["fields"] == ["secret_access_key"]
        assert attributes(nas)["secret_access_key"] == OTHER
        assert run(nas, s3=S3, update_secret="on_create")["changed"] is False


@versions
def test_values_that_stay_absent_are_left_out_and_filled_in(version: str) -> None:
    ftp = {"host": "ftp.example.net", "user": "u", "pass": SECRET}
    swift = {
        "user": "u",
        "key": SECRET,
        "auth": "https://swift.example.net/v3",
        "auth_version": "auto",
        "endpoint_type": "none",
    }
    with OlderNas(version) as nas:
        created = run(nas, ftp={**ftp, "port": 21})
        assert created["credential"]["ftp"]["port"] == 21
        assert attributes(nas) == ftp
        assert run(nas, ftp={**ftp, "port": 21})["changed"] is False
        assert run(nas, ftp={**ftp, "port": 2121})["changed_fields"] == ["port"]
        assert attributes(nas) == {**ftp, "port": 2121}
        assert run(nas, ftp={**ftp, "port": 21})["changed_fields"] == ["port"]
        assert attributes(nas) == ftp
        run(nas, name="swift", openstack_swift=swift)
        assert attributes(nas, 2).keys() & {"auth_version", "endpoint_type"} == set()
        assert run(nas, name="swift", openstack_swift=swift)["changed"] is False
        assert run(nas, name="swift", openstack_swift={**swift, "auth_version": "3"})["changed"] is True
        assert attributes(nas, 2)["auth_version"] == 3


@versions
def test_a_token_goes_as_one_line(version: str) -> None:
    with OlderNas(version) as nas:
        run(nas, hubic={"token": f"{TOKEN}\n"})
        assert json.loads(attributes(nas)["token"]) == json.loads(TOKEN)
        assert "\n" not in attributes(nas)["token"]
        assert run(nas, hubic={"token": TOKEN})["changed"] is False


@versions
@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"s3": {**S3, "secret_access_key": f"{SECRET}\n"}}, r"s3.secret_access_key: must not contain line breaks"),
        (
            {"s3": {**S3, "region": " eu"}},
            r"s3\.region: (must not begin or end with spaces|starts or ends with a space)",
        ),
        (
            {"s3": {**S3, "endpoint": f"https://e.example/{'x' * 1100}"}},
            r"s3.endpoint: must have up to 1024 characters",
        ),
        (
            {"s3": {**S3, "force_path_style": False}},
            r"s3.force_path_style: requires TrueNAS 26.0.0 or later, but this NAS runs",
        ),
        (
            {"storj": {"access_key_id": "a", "secret_access_key": SECRET, "endpoint": "https://e.example/"}},
            r"endpoint: requires TrueNAS 25.04.2 or later, but this NAS runs TrueNAS (CORE 13|24.04 or 24.10)",
        ),
    ],
)
def test_what_the_version_lacks_or_breaks_is_refused_before_anything_is_sent(
    version: str, check: bool, options: dict[str, Any], reason: str
) -> None:
    if "storj" in options:
        [key] = [provider.key for name, provider in BY_WIRE_TYPE.items() if name == "STORJ_IX"]
        options = {key: options["storj"]}
    with OlderNas(version) as nas:
        with pytest.raises(errors.InvalidInput, match=reason):
            run(nas, check=check, **options)
        assert [call for call in nas.calls() if call.endswith((".create", ".update"))] == []


@versions
@pytest.mark.parametrize(
    ("missing_on", "options", "reason"),
    [
        ("v24", {"onedrive": {"token": TOKEN, "drive_type": "PERSONAL", "drive_id": "d"}},
         "onedrive: requires TrueNAS CORE 13, or TrueNAS 25.04.0 or later, but this NAS runs TrueNAS 24.04 or 24.10"),
        ("v13", {"google_photos": {"token": TOKEN}},
         "google_photos: requires TrueNAS 24.04 or later, but this NAS runs TrueNAS CORE 13"),
        ("none", {"mega": {"user": "u", "pass": SECRET}}, ""),
    ],
)  # fmt: skip
def test_a_provider_that_the_version_lacks(version: str, missing_on: str, options: dict[str, Any], reason: str) -> None:
    with OlderNas(version) as nas:
        if not version.startswith(missing_on):
            assert run(nas, **options)["action"] == "created"
            assert run(nas, **options)["changed"] is False
            return
        for check in (True, False):
            with pytest.raises(errors.InvalidInput, match=reason):
                run(nas, check=check, **options)


@versions
def test_a_system_that_is_not_known_is_refused(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(older, "providers", lambda version: ("S3", "FTP"))
    with OlderNas(version) as nas, pytest.raises(errors.ServerFault, match="supports no other version"):
        run(nas, s3=S3)


@versions
def test_a_change_of_the_provider(version: str) -> None:
    with OlderNas(version) as nas:
        run(nas, s3=S3)
        changed = run(nas, b2={"account": "a", "key": OTHER})
        assert "provider" in changed["changed_fields"]
        assert attributes(nas) == {"account": "a", "key": OTHER}


@versions
def test_a_keypair_is_generated_named_and_in_use(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def generate() -> dict[str, str]:
        return dict(GENERATED)

    monkeypatch.setattr(ssh, "generate", generate)
    sftp = {"host": "h.example.net", "user": "u", "private_key_name": "k", "generate_private_key": True}
    with OlderNas(version) as nas:
        assert run(nas, sftp=sftp)["generated_keypair"]["name"] == "k"
        assert attributes(nas)["private_key"] == nas.rows(KEYCHAIN)[0]["id"]
        assert run(nas, sftp=sftp)["changed"] is False
        with pytest.raises(errors.InUse, match="k"):
            run(nas, "ssh_keypair", name="k", state="absent")
        usage = run(nas, "ssh_keypair_info", usage=True)["keypairs"][0]
        assert [user["title"] for user in usage["used_by"]] == ["Cloud credentials offsite"]
        renamed = run(nas, "ssh_keypair", name="k", new_name="other")
        assert renamed["changed_fields"] == ["name"]
        key = keys.read("rsa3072.key")
        assert run(nas, "ssh_keypair", name="own", private_key=key)["action"] == "created"
        assert run(nas, "ssh_keypair", name="own", private_key=key)["changed"] is False


USED = {
    "credentials": [{"id": 1, "name": "offsite", "provider": {"type": "S3", **FLAT}}],
    "cloud_sync": [{"description": "nightly", "credentials": 1}],
}


@versions
def test_a_credential_in_use_is_not_deleted_and_its_tasks_can_move(version: str) -> None:
    with OlderNas(version, rows=USED) as nas:
        with pytest.raises(errors.InUse, match=r"it is used by cloud sync task 'nightly' \(id 1\)"):
            run(nas, state="absent")
        assert "cloudsync.credentials.delete" not in nas.calls(), "it was looked up first"
        with pytest.raises(errors.InUse, match="can break the tasks"):
            run(nas, b2={"account": "a", "key": OTHER})
        # With a region, the NAS has nothing to ask S3.
        run(nas, name="new", s3={**S3, "region": "eu-1"})
        moved = run(nas, state="absent", replace_with="new")
        assert [task["description"] for task in moved["moved_tasks"]] == ["nightly"]
        assert [row["name"] for row in nas.rows(CREDENTIALS)] == ["new"]


@pytest.mark.parametrize("version", OLDER[1:])
def test_a_backup_uses_a_credential(version: str) -> None:
    rows = {**USED, "cloud_sync": [], "cloud_backup": [{"description": "photos", "credentials": 1}]}
    with OlderNas(version, rows=rows) as nas, pytest.raises(errors.InUse, match="cloud backup task 'photos'"):
        run(nas, state="absent")
    hidden = tuple(entry for entry in allowlist.DEFAULT if not entry[1].startswith("cloud_backup"))
    with OlderNas(version, rows=rows, entries=hidden) as nas:
        with pytest.raises(errors.InUse, match="does not name it"):
            run(nas, state="absent")
        planned = run(nas, check=True, state="absent")
        assert any("cannot list every cloud backup task" in warning for warning in planned["warnings"])


@versions
def test_verification_before_and_after_a_write(version: str) -> None:
    with OlderNas(version) as nas:
        assert run(nas, s3=S3, verify="changed", verify_by="nas")["verification"]["state"] == "valid"
        assert nas.rclone.verified[0] == {"type": "S3", **FLAT}
        nas.rclone.valid = False
        with pytest.raises(errors.VerificationFailed):
            run(nas, s3={**S3, "secret_access_key": OTHER}, verify="changed", verify_by="nas")
        assert attributes(nas) == FLAT


@versions
def test_info_export_and_audit(version: str) -> None:
    with OlderNas(version, rows=USED) as nas:
        shown = run(nas, "cloud_credential_info", usage=True, preview=True)["credentials"][0]
        assert (shown["name"], shown["s3"]["endpoint"]) == ("offsite", "https://s3.example.net/")
        assert shown["used_by"][0]["description"] == "nightly"
        found = run(nas, "cloud_credential_export", dest="/tmp", host_name="nas1")["export"]
        assert SECRET in found.secrets.values() or SECRET in json.dumps(str(found.secrets))
        audited = run(nas, "cloud_audit", credentials=[{"name": "offsite", "s3": {**S3, "region": "eu"}}])["audit"]
        assert audited["credentials"][0]["state"] == "drift"
        in_sync = run(nas, "cloud_audit", credentials=[{"name": "offsite", "s3": S3}])["audit"]
        assert in_sync["credentials"][0]["state"] == "same"


@versions
def test_which_providers_the_nas_has(version: str) -> None:
    with OlderNas(version) as nas:
        report = run(nas, "cloud_provider_info")
        supported = {row["type"] for row in report["providers"] if row["supported_by_nas"]}
        assert (
            supported
            == {row["type"] for row in report["providers"] if row["stored_by_nas"]}
            == {*older.providers(version)}
        )
        assert report["version"] == ("TrueNAS-13.3-U1.2" if version == "v13.3" else None), "the key may not read it"


@pytest.mark.parametrize("value", [" eu", "eu\t", "e\nu", "e\ru", "e" * 1025])
def test_a_stored_value_that_does_not_reach_the_provider_is_not_sent_again(value: str) -> None:
    [problem] = flat.problems({"type": "S3", "region": value})
    assert "on this NAS" in problem.reason
    with pytest.raises(errors.InvalidInput, match="on this NAS"):
        flat.flat({"name": "x", "provider": {"type": "S3", "region": value}})


@versions
def test_what_only_newer_systems_have(version: str) -> None:
    key = precomputed_key.TASK.read(options(api_key=f"1-{'x' * 64}", variable="key"), False)
    with OlderNas(version) as nas:
        with (
            Session(nas.connect(), Account("automation", API_KEY), 5, dialect=DDP) as session,
            pytest.raises(errors.AuthenticationError, match="Use the raw key"),
        ):
            key(Nas(session))
        if version != "v13.3":
            return
        run(nas, storj_ix={"access_key_id": "a", "secret_access_key": SECRET})
        for check in (True, False):
            with pytest.raises(errors.NotFound, match="TrueNAS CORE cannot create buckets"):
                run(nas, "cloud_bucket", check, name="new", credential="offsite")


@versions
def test_fields_that_the_nas_hides_are_not_guessed(version: str) -> None:
    with pytest.raises(errors.NotPermitted, match="CLOUD_SYNC_WRITE"):
        flat.nested({"id": 1, "name": "x", "provider": "S3", "attributes": "********"})


@versions
def test_an_error_of_the_nas_names_the_option(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat, "MAX_LENGTH", 5000)
    with OlderNas(version) as nas, pytest.raises(errors.InvalidField) as refused:
        run(
            nas,
            s3={**S3, "region": "r" * 1024, "access_key_id": "a" * 1024, "endpoint": f"https://e.example/{'x' * 1100}"},
        )
    assert [problem.field for problem in refused.value.problems] == ["s3.endpoint"]


KINDS = [(version, name) for version in OLDER for name in older.providers(version)]


@pytest.mark.parametrize(("version", "wire_type"), KINDS)
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_made_stays_and_stays_after_an_upgrade(version: str, wire_type: str, data: st.DataObject) -> None:
    provider = BY_WIRE_TYPE[wire_type]
    newest = "v25.10.0" if wire_type == "MEGA" else "v25.04.0"
    options = data.draw(facts.options(wire_type, newest))
    options = {name: value for name, value in options.items() if name != "private_key"}
    with OlderNas(version) as nas:
        if any(flat.problems({"type": wire_type, **options})):
            with pytest.raises(errors.InvalidInput):
                run_quietly(nas, {provider.key: options})
            return
        created = run_quietly(nas, {provider.key: options})
        assert created["action"] == "created"
        assert older.fields(version, wire_type).keys() >= attributes(nas).keys()
        assert run_quietly(nas, {provider.key: options})["changed"] is False
        row = nas.rows(CREDENTIALS)[0]
    with InProcessNas(newest) as upgraded:
        upgraded._store.insert(CREDENTIALS, row)
        again = in_worker(upgraded, {provider.key: options})
        assert again["changed"] is False, again["changed_fields"]


def run_quietly(nas: OlderNas, options: dict[str, Any]) -> dict[str, Any]:
    """Run a task whose secrets are not canaries."""
    with Session(nas.connect(), Account("automation", API_KEY), 5, dialect=DDP) as session:
        return in_worker(session, options)


def in_worker(session: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Run a task on one credential."""
    task = importlib.import_module(f"{COLLECTION}.module_utils.tasks.cloud_credential").TASK
    validated = ArgumentSpecValidator(task.arguments).validate({"name": "offsite", **options})
    return dict(task.read(validated.validated_parameters, False)(Nas(session)))
