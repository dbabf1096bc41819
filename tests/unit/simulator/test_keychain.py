# SPDX-License-Identifier: GPL-3.0-or-later
"""`keychaincredential` (truenas-api/wire.md §4)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import Simulator

from .samples import sent
from .wire import Wire, triple

CREATE = "keychaincredential.create"
UPDATE = "keychaincredential.update"
DELETE = "keychaincredential.delete"
Pair = dict[str, str]


def _pair(directory: Path, passphrase: str = "") -> Pair:
    file = directory / "key"
    subprocess.run(["ssh-keygen", "-t", "ed25519", "-f", file, "-N", passphrase, "-C", "comment", "-q"], check=True)
    return {"private_key": file.read_text(), "public_key": file.with_suffix(".pub").read_text()}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return _pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return _pair(tmp_path_factory.mktemp("other"))


@pytest.fixture(scope="module")
def wire(nas: Simulator) -> Iterator[Wire]:
    with Wire(nas) as connection:
        yield connection.login()


def entry(name: str, attributes: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "type": "SSH_KEY_PAIR", "attributes": attributes}


def ssh(name: str, key_id: int) -> dict[str, Any]:
    attributes = {"host": "h", "private_key": key_id, "remote_host_key": "ssh-rsa x"}
    return {"name": name, "type": "SSH_CREDENTIALS", "attributes": attributes}


def test_echoed_ids_and_types_are_refused_first(wire: Wire) -> None:
    pair_model = "keychain_credential_create.KeychainCredentialCreateSSHKeyPairEntry"
    found = wire.extra(CREATE, {**entry("", {"private_key": 1}), "id": 1})
    assert [line[0] for line in found if line[0].startswith(pair_model)] == [
        f"{pair_model}.{attribute}" for attribute in ("id", "name", "attributes.private_key")
    ]
    pair_model = "keychain_credential_update.KeychainCredentialUpdateSSHKeyPairEntry"
    found = wire.extra(UPDATE, 1, {**entry("", {"private_key": 1}), "id": 1})
    assert [line[0] for line in found if line[0].startswith(pair_model)] == [
        f"{pair_model}.{attribute}" for attribute in ("id", "name", "type", "attributes.private_key")
    ]


def test_texts_are_normalised_and_the_public_key_is_derived(wire: Wire, pair: Pair) -> None:
    created = wire.call(CREATE, entry("derived", {"private_key": f"\n {pair['private_key']}\n\n"}))
    assert created["attributes"]["private_key"] == pair["private_key"].strip() + "\n"
    assert created["attributes"]["public_key"].split()[:2] == pair["public_key"].split()[:2]
    assert created["attributes"]["public_key"].endswith("\n")
    assert wire.call("keychaincredential.get_instance", created["id"]) == created


def test_given_public_key_is_stored_verbatim(wire: Wire, pair: Pair) -> None:
    public = "  ".join(pair["public_key"].split()[:2]) + " another comment"
    created = wire.call(CREATE, entry("verbatim", {"private_key": pair["private_key"], "public_key": public}))
    assert created["attributes"]["public_key"] == public
    alone = wire.call(CREATE, entry("public only", {"public_key": public}))
    assert alone["attributes"] == {"private_key": None, "public_key": public}


def test_refused_keys(wire: Wire, pair: Pair, other: Pair, tmp_path: Path) -> None:
    prefix = "keychain_credential_create.attributes"
    mixed = {"private_key": pair["private_key"], "public_key": other["public_key"]}
    encrypted = {"private_key": _pair(tmp_path, "passphrase")["private_key"]}
    for attributes, attribute, message in (
        ({}, "public_key", "You must specify a key"),
        (mixed, "public_key", "Private key and public key do not match"),
        (encrypted, "private_key", "Encrypted private keys are not allowed"),
        ({"public_key": "nonsense"}, "public_key", "Invalid public key"),
    ):
        assert wire.extra(CREATE, entry("refused", attributes)) == [triple(f"{prefix}.{attribute}", message)]
    ((attribute, message, _rest),) = wire.extra(CREATE, entry("refused", {"private_key": "nonsense"}))
    assert attribute == f"{prefix}.private_key"
    assert message.startswith("Load key")


def test_names_are_unique_over_both_types(wire: Wire, pair: Pair) -> None:
    key = wire.call(CREATE, entry("taken", pair))
    taken = "Object with this name already exists"
    assert wire.extra(CREATE, ssh("taken", key["id"])) == [triple("keychain_credential_create.name", taken)]
    free = wire.call(CREATE, ssh("free", key["id"]))
    assert free["attributes"]["port"] == 22
    assert wire.extra(UPDATE, free["id"], {"name": "taken"}) == [triple("keychain_credentials_update.name", taken)]


def test_update(wire: Wire, pair: Pair, other: Pair) -> None:
    created = wire.call(CREATE, entry("to update", pair))
    renamed = wire.call(UPDATE, created["id"], {"name": "updated"})
    assert renamed == {**created, "name": "updated"}
    changed = wire.call(UPDATE, created["id"], {"attributes": {"private_key": other["private_key"]}})
    assert changed["attributes"]["public_key"].split()[:2] == other["public_key"].split()[:2]
    assert all(
        message == "Extra inputs are not permitted"
        for _first, message, _rest in wire.extra(UPDATE, created["id"], {"type": "SSH_KEY_PAIR"})
    )


def test_unknown_ids(wire: Wire) -> None:
    missing = [triple(None, "KeychainCredential 9999 does not exist", 2)]
    for method, *params in (
        ("keychaincredential.get_instance",),
        ("keychaincredential.used_by",),
        (UPDATE, {"name": "x"}),
        (DELETE,),
    ):
        assert wire.extra(method, 9999, *params) == missing


def test_use_and_cascade(wire: Wire, pair: Pair) -> None:
    key = wire.call(CREATE, entry("in use", pair))
    connection = wire.call(CREATE, ssh("connection", key["id"]))
    provider = {**sent("SFTP"), "private_key": key["id"], "pass": "kept"}
    credential = wire.call("cloudsync.credentials.create", {"name": "by key", "provider": provider})
    assert wire.call("keychaincredential.used_by", key["id"]) == [
        {"title": "SSH credentials connection", "unbind_method": "delete"},
        {"title": "Cloud credentials by key", "unbind_method": "disable"},
    ]
    refusal = [triple("options.cascade", "This credential is used and no cascade option is specified")]
    assert wire.extra(DELETE, key["id"]) == refusal
    assert wire.extra(DELETE, key["id"], {"cascade": False}) == refusal
    assert wire.call(DELETE, key["id"], {"cascade": True}) is None
    assert wire.call("keychaincredential.query", [["id", "in", [key["id"], connection["id"]]]]) == []
    left = wire.call("cloudsync.credentials.get_instance", credential["id"])
    assert left["provider"] == {**credential["provider"], "private_key": None}


def test_reader_sees_names_but_no_attribute(wire: Wire, pair: Pair, reader: Wire) -> None:
    created = wire.call(CREATE, entry("hidden", pair))
    hidden = {"id": created["id"], "name": "hidden", "type": "SSH_KEY_PAIR", "attributes": "********"}
    assert reader.call("keychaincredential.query", [["name", "=", "hidden"]]) == [hidden]
    assert reader.call("keychaincredential.get_instance", created["id"]) == hidden
    assert reader.error("keychaincredential.generate_ssh_key_pair")["data"]["error"] == 13


def test_generated_pairs_are_rsa_and_stored_nowhere(wire: Wire) -> None:
    before = wire.call("keychaincredential.query", [], {"count": True})
    generated = wire.call("keychaincredential.generate_ssh_key_pair")
    assert generated["public_key"].startswith("ssh-rsa ")
    assert wire.call("keychaincredential.query", [], {"count": True}) == before
