# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of SSH keypairs in one task, on the simulated NAS without a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import ssh_keypair, ssh_keypairs
from tests.keys import seeded
from tests.unit.in_process import InProcessNas
from tests.unit.tasks import defaults

QUERY = "keychaincredential.query"
CREATE = "keychaincredential.create"
DELETE = "keychaincredential.delete"
GENERATE = "keychaincredential.generate_ssh_key_pair"


def key(seed: int) -> str:
    """Return the text of a private key."""
    return seeded(seed)[0]


class FlakyNas(InProcessNas):
    """Loses the replies of the methods in `losing`, having carried out the calls, and refuses those in `refusing`."""

    def __init__(self) -> None:
        super().__init__()
        self.losing: set[str] = set()
        self.refusing: set[tuple[str, str]] = set()

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Carry out a call, unless it is to be refused, and return the result, unless it is to be lost."""
        if params and isinstance(params[0], dict) and (method, params[0].get("name")) in self.refusing:
            raise errors.ServerFault("The disk is full.")
        result = super().call(method, *params)
        if method in self.losing:
            raise errors.ConnectionLost("The connection broke.")
        return result


@pytest.fixture
def nas() -> Iterator[FlakyNas]:
    """A NAS with nothing on it."""
    with FlakyNas() as box:
        yield box


def run(nas: FlakyNas, *keypairs: dict[str, Any], check: bool = False, **options: Any) -> dict[str, Any]:
    """Run a task and return its result, having looked for private keys in it."""
    params = {
        **defaults(ssh_keypairs.ARGUMENTS),
        "keypairs": [{**defaults(ssh_keypair.ARGUMENTS), **keypair} for keypair in keypairs],
        **options,
    }
    nas.calls.clear()
    result = ssh_keypairs.read(params, check)(Nas(nas))
    assert "PRIVATE KEY" not in json.dumps(result)
    return result


def names(nas: FlakyNas) -> list[str]:
    """Return the names in the keychain."""
    return sorted(row["name"] for row in nas.call(QUERY))


def test_a_set_costs_one_query_and_a_second_run_changes_nothing(nas: FlakyNas) -> None:
    wanted: list[dict[str, Any]] = [
        {"name": "a", "private_key": key(1)},
        {"name": "b", "generate": True},
        {"name": "c", "generate": True},
    ]
    planned = run(nas, *wanted, check=True)
    assert nas.calls == [QUERY]
    made = run(nas, *wanted)
    assert sorted(nas.calls) == sorted([QUERY, GENERATE, GENERATE, CREATE, CREATE, CREATE])
    assert (made["changed"], made["counts"]["created"], names(nas)) == (True, 3, ["a", "b", "c"])
    assert [item["action"] for item in planned["keypairs"]] == [item["action"] for item in made["keypairs"]]
    assert planned["diff"]["after"]["a"] == made["diff"]["after"]["a"]
    again = run(nas, *wanted)
    assert (again["changed"], again["drift"], nas.calls) == (False, "none", [QUERY])
    assert again["diff"]["before"] == again["diff"]["after"]


def test_a_purge_keeps_patterns_and_connections(nas: FlakyNas) -> None:
    run(nas, *({"name": name, "private_key": key(1)} for name in ("a", "manual-x", "old")))
    attributes = {"host": "h", "private_key": nas.call(QUERY)[0]["id"], "remote_host_key": "ssh-ed25519 AAAA"}
    nas.call(CREATE, {"name": "connection", "type": "SSH_CREDENTIALS", "attributes": attributes})
    item = {"name": "a", "private_key": key(1)}
    planned = run(nas, item, check=True, purge=True, purge_keep=["manual-*"])
    assert (planned["purged"], names(nas)) == (["old"], ["a", "connection", "manual-x", "old"])
    assert run(nas, item, purge=True, purge_keep=["manual-*"])["purged"] == ["old"]
    assert names(nas) == ["a", "connection", "manual-x"]


def test_a_purge_of_a_keypair_in_use_fails_before_the_first_write(nas: FlakyNas) -> None:
    run(nas, {"name": "used", "private_key": key(1)})
    attributes = {"host": "h", "private_key": nas.call(QUERY)[0]["id"], "remote_host_key": "ssh-ed25519 AAAA"}
    nas.call(CREATE, {"name": "nas2", "type": "SSH_CREDENTIALS", "attributes": attributes})
    with pytest.raises(errors.InvalidInput, match=r"purge \(used\): Cannot delete 'used': .*nas2.*purge_keep"):
        run(nas, {"name": "new", "private_key": key(2)}, purge=True)
    assert names(nas) == ["nas2", "used"]


def test_an_empty_list_purges_only_with_purge_all(nas: FlakyNas) -> None:
    run(nas, {"name": "a", "private_key": key(1)})
    with pytest.raises(errors.InvalidInput, match="purge_all"):
        run(nas, purge=True)
    assert run(nas, purge=True, purge_all=True)["purged"] == ["a"]


def test_all_mistakes_are_reported_together_with_index_and_name(nas: FlakyNas) -> None:
    with pytest.raises(errors.InvalidInput) as caught:
        run(
            nas,
            {"name": "a", "private_key": "no key"},
            {"name": ""},
            {"name": "a", "generate": True},
            {"name": "b", "new_name": "a", "generate": True, "private_key": key(1)},
        )
    problems = caught.value.details()["problems"]
    assert [(problem["index"], problem["field"]) for problem in problems] == [
        (0, "keypairs[0] (a).private_key"),
        (1, "keypairs[1].name"),
        (2, "keypairs[2] (a).name"),
        (3, "keypairs[3] (b).generate"),
        (3, "keypairs[3] (b).new_name"),
    ]
    assert nas.calls == []


def test_one_item_fails_alone_and_holds_the_deletes_back(nas: FlakyNas) -> None:
    run(nas, {"name": "old", "private_key": key(1)})
    nas.refusing = {(CREATE, "bad")}
    items: list[dict[str, Any]] = [
        {"name": "bad", "private_key": key(2)},
        {"name": "good", "private_key": key(3)},
        {"name": "old", "state": "absent"},
    ]
    result = run(nas, *items)
    assert [bool(item.get("failed")) for item in result["keypairs"]] == [True, False, True]
    assert result["keypairs"][2]["msg"].startswith("'old' was not deleted because another item failed.")
    assert (names(nas), result["counts"]["failed"]) == (["good", "old"], 2)
    nas.refusing = set()
    assert run(nas, *items)["changed"]
    assert names(nas) == ["bad", "good"]


def test_lost_replies_cost_one_look_for_all(nas: FlakyNas) -> None:
    nas.losing = {CREATE}
    wanted: list[dict[str, Any]] = [{"name": name, "private_key": key(1)} for name in "abc"]
    result = run(nas, *wanted)
    assert (result["counts"]["created"], result["counts"]["failed"]) == (3, 0)
    assert (nas.calls.count(QUERY), nas.calls.count(CREATE)) == (2, 3)


def test_a_reader_fails_before_the_first_write_and_checks(nas: FlakyNas) -> None:
    run(nas, {"name": "a", "private_key": key(1)})
    nas.reader = True
    items: list[dict[str, Any]] = [{"name": "a", "private_key": key(1)}, {"name": "b", "generate": True}]
    planned = run(nas, *items, check=True)
    assert (planned["drift"], planned["keypairs"][0]["drift"]) == ("found", "unknown")
    with pytest.raises(
        errors.NotPermitted, match=r"KEYCHAIN_CREDENTIAL_WRITE .*'a' \(compare private_key\), 'b' \(created\)"
    ):
        run(nas, *items)
    assert nas.calls == [QUERY]
