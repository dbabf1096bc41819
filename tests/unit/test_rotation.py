# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a rotation on each credential: which secret it has, and which one to revoke."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.nasops.truenas.plugins.filter.rotation import UNDETERMINED, rotation
from ansible_collections.nasops.truenas.plugins.filter.without_secret import without_secret
from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.engine import batch
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.messages import is_sanitized
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import task_of_set

REPLACED = {
    "provider": "google_cloud_storage",
    "fields": ["service_account_credentials"],
    "identified_by": {"service_account_credentials": {"project_id": "p", "client_email": None, "private_key_id": "7f"}},
    "also_in": [],
}
TOKEN = {"provider": "hubic", "fields": ["token"], "identified_by": {}, "also_in": []}
SAME: dict[str, Any] = {
    "changed": False,
    "action": "none",
    "changed_fields": [],
    "kept_reasons": [],
    "unknown_fields": [],
    "replaced": None,
}
SWAPPED = {**SAME, "changed": True, "action": "updated", "changed_fields": ["region"]}
FAILED = {**SAME, "failed": True, "msg": "It does not open. Rolled back to the previous values."}
LOST = {"failed": True, "changed": False, "msg": "The connection was lost."}


def told(result: Any, now: Any = None, check: bool = False) -> tuple[str, str]:
    """Return state and text of the one credential of a NAS."""
    [row] = rotation(["offsite"], "nas1", result, now, check)
    assert (row["host"], row["credential"]) == ("nas1", "offsite")
    assert row["keep_old_secret"] is (row["state"] != "new" or bool(row["replaced"] and row["replaced"]["also_in"]))
    return row["state"], row["text"].removeprefix("nas1: offsite: ")


def of(item: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a task of one item."""
    return {"changed": item["changed"], "failed": item.get("failed", False), "credentials": [item]}


def test_names_on_the_nas_control_neither_a_terminal_nor_a_runner() -> None:
    other = "a\x1b[31m\n::error::b ##[group]c\u202e"
    text = told(of({**SWAPPED, "replaced": {**REPLACED, "also_in": [other]}}))[1]
    assert text.isprintable()
    assert is_sanitized(text)


@pytest.mark.parametrize(
    ("result", "now", "check", "expected"),
    [
        (None, None, False, ("old", "was not reached, and keeps its previous values.")),
        (of(SAME), None, False, ("new", "nothing changed, because the new secret is already stored.")),
        (
            of({**SWAPPED, "replaced": REPLACED}),
            None,
            False,
            (
                "new",
                "has the new secret. Revoke the previous service_account_credentials "
                "(google_cloud_storage: project_id p, private_key_id 7f).",
            ),
        ),
        (
            of({**SWAPPED, "replaced": TOKEN}),
            None,
            True,
            ("old", "would get the new secret. Then revoke the previous token (hubic)."),
        ),
        (
            of({**SWAPPED, "replaced": {**TOKEN, "also_in": ["a", "b"]}}),
            None,
            False,
            (
                "new",
                "has the new secret. Revoke the previous token (hubic) when it is no longer used by a, b on this NAS.",
            ),
        ),
        (
            of(SWAPPED),
            None,
            False,
            ("new", "updated region without replacing a secret; nothing to revoke."),
        ),
        (
            of(SWAPPED),
            None,
            True,
            ("old", "would update region without replacing a secret; nothing to revoke."),
        ),
        (
            of({**SWAPPED, "action": "created"}),
            None,
            True,
            ("old", "would be created with the new secret; nothing to revoke."),
        ),
        (
            of({**SWAPPED, "action": "created"}),
            None,
            False,
            ("new", "created with the new secret; nothing to revoke."),
        ),
        (
            of({**SAME, "kept_reasons": ["token (refreshed by the NAS)"]}),
            None,
            False,
            ("unknown", f"nothing changed; {UNDETERMINED}: the NAS keeps token (refreshed by the NAS)."),
        ),
        (
            of({**SAME, "unknown_fields": ["key"]}),
            None,
            False,
            ("unknown", f"nothing changed; {UNDETERMINED}: the NAS hides key from this account."),
        ),
        (
            of(FAILED),
            of(SWAPPED),
            False,
            ("old", "failed, and the NAS keeps the old secret: It does not open. Rolled back to the previous values."),
        ),
        (
            of({**SWAPPED, "kept_reasons": ["token (refreshed by the NAS)"]}),
            None,
            False,
            (
                "unknown",
                f"updated region without replacing a secret; nothing to revoke; {UNDETERMINED}: the NAS keeps token "
                "(refreshed by the NAS).",
            ),
        ),
        (
            of(FAILED),
            of({**SWAPPED, "action": "created"}),
            False,
            (
                "old",
                "failed, and the credential does not exist: It does not open. Rolled back to the previous values.",
            ),
        ),
        (LOST, of(SWAPPED), True, ("old", "would fail, and the NAS keeps the old secret: The connection was lost.")),
        (LOST, of(SAME), False, ("failed", "failed, but the NAS stores the declared values: The connection was lost.")),
        (
            of({**SWAPPED, **LOST, "changed": True, "replaced": TOKEN}),
            of(SAME),
            False,
            (
                "failed",
                "failed, but the NAS stores the declared values: The connection was lost. Do not revoke the previous token "
                "(hubic) yet.",
            ),
        ),
        (
            of({**SWAPPED, **LOST, "changed": True, "replaced": TOKEN}),
            None,
            False,
            (
                "unknown",
                f"failed; {UNDETERMINED}: The connection was lost. Do not revoke the previous token (hubic) yet.",
            ),
        ),
        (
            LOST,
            of({**SAME, **LOST}),
            False,
            ("unknown", f"failed; {UNDETERMINED}: The connection was lost."),
        ),
        (
            LOST,
            {**LOST, "failed": False, "failed_when_result": False},
            False,
            ("unknown", f"failed; {UNDETERMINED}: The connection was lost."),
        ),
        (LOST, None, False, ("unknown", f"failed; {UNDETERMINED}: The connection was lost.")),
    ],
)
def test_which_one_it_has(result: Any, now: Any, check: bool, expected: tuple[str, str]) -> None:
    assert told(result, now, check) == expected


def test_of_several_each_has_its_own() -> None:
    result = {"changed": True, "failed": True, "credentials": [{**SWAPPED, "replaced": REPLACED}, FAILED]}
    now = {"changed": True, "credentials": [SAME, SWAPPED]}
    rows = rotation(["one", "two"], "nas1", result, now)
    assert [(row["credential"], row["state"], bool(row["replaced"])) for row in rows] == [
        ("one", "new", True),
        ("two", "old", False),
    ]


@pytest.mark.parametrize("arguments", [("offsite", "nas1"), (["one", "two"], "nas1", of(SAME))])
def test_what_does_not_fit_is_refused(arguments: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"nasops\.truenas\.rotation"):
        rotation(*arguments)


@pytest.mark.parametrize(
    ("look", "state", "says"),
    [
        (None, "unknown", "declared absent, but might still be stored with its old secret."),
        (LOST, "unknown", "declared absent, but might still be stored with its old secret."),
        (
            {"credentials": [{"name": "offsite"}]},
            "old",
            "declared absent, but still stored with its old secret. Run nasops.truenas.provision first.",
        ),
        ({"credentials": [{"name": "other"}]}, "new", "declared absent, and does not exist."),
    ],
)
def test_one_that_is_to_go_waits_until_it_is_gone(look: Any, state: str, says: str) -> None:
    kept, going = rotation(["kept"], "nas1", of(SAME), absent=["offsite"], stored=look)
    assert kept["credential"] == "kept"
    assert (going["credential"], going["state"], going["keep_old_secret"]) == ("offsite", state, state != "new")
    assert going["text"] == f"nas1: offsite: {says}"


@pytest.mark.parametrize(
    "declared",
    [
        {"s3": {"secret_access_key": "hush"}},
        {"ftp": {"host": "h", "password": "hush"}},
        {"google_cloud_storage": {"service_account_file": "key.json"}},
        {"google_cloud_storage": {"service_account_credentials": {"private_key": "hush"}}},
        {"box": {"token": {"access_token": "hush"}}},
        {"http": {"url": "https://u:hush@web.example.net/"}},
        {"sftp": {"private_key_name": "archive", "generate_private_key": True}},
        {"sftp": {"private_key_id": 3}},
    ],
)
def test_a_declared_secret_is_seen_in_whatever_form(declared: dict[str, Any]) -> None:
    assert without_secret([{"name": "offsite", **declared}]) == []


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"new_name": "abroad"},
        {"s3": {"access_key_id": "AKIAEXAMPLE", "region": "x"}},
        {"s3": {"secret_access_key": None}},
        {"ftp": {"host": "h", "password": ""}},
        {"http": {"url": "https://web.example.net/"}},
        {"sftp": {"host": "h", "generate_private_key": True}},
        {"s3": {"strange": "hush"}},
    ],
)
def test_one_without_a_secret_has_none_to_rotate(declared: dict[str, Any]) -> None:
    secret = {"name": "other", "b2": {"key": "hush"}}
    assert without_secret([secret, {"name": "offsite", **declared}]) == ["offsite"]


@pytest.mark.parametrize("given", ["offsite", [{"s3": {}}], ["offsite"]])
def test_what_is_no_list_of_credentials_is_refused(given: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"nasops\.truenas\.without_secret"):
        without_secret(given)


LIST, UPDATE = "cloudsync.list_buckets", "cloudsync.credentials.update"
REFUSED = errors.ServerFault(f"The NAS failed ({LIST}): 401", -32001, 14, "401")


def rotated(nas: FakeNas, key: str) -> dict[str, Any]:
    """Rotate the one credential of a NAS and look afterwards, as the role does; return the row."""
    item = {"name": "offsite", "state": "present", "clear_fields": [], "b2": {"account": "a", "key": key}}
    proof, look = (
        {"verify": verify, "verify_again": again, "on_inconclusive": "fail"}
        for verify, again in (("always", True), ("never", False))
    )
    result, now = (
        batch.ensure(
            KIND,
            task_of_set({**item, **how}),
            Nas(nas),
            check,
        )
        for how, check in ((proof, False), (look, True))
    )
    [row] = rotation(["offsite"], "nas1", result, now)
    return row


def old() -> dict[str, Any]:
    """Return what is stored before."""
    return {"id": 1, "name": "offsite", "provider": {"type": "B2", "account": "a", "key": "hush-old"}}


def test_a_stored_secret_that_is_refused_is_not_done() -> None:
    row = rotated(FakeNas(old(), answers={LIST: REFUSED}), "hush-old")
    assert (row["state"], row["keep_old_secret"], row["replaced"]) == ("failed", True, None)


def test_one_that_is_refused_and_cannot_be_taken_back_names_the_old_one_and_waits() -> None:
    nas = FakeNas(old())

    def buckets(*params: Any) -> Any:
        nas.answers[UPDATE] = errors.ServerFault("disk full")
        return REFUSED

    nas.answers[LIST] = buckets
    row = rotated(nas, "hush-new")
    assert (row["state"], row["keep_old_secret"], row["replaced"]["fields"]) == ("failed", True, ["key"])
    assert "Do not revoke the previous key (b2: account a) yet" in row["text"]
    assert nas.entries[1]["provider"]["key"] == "hush-new"
