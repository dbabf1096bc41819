# SPDX-License-Identifier: GPL-3.0-or-later
"""No placeholder for a secret gets where the secret belongs, and no honest secret is taken for a placeholder."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.audit import compare
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import Refused
from ansible_collections.nasops.truenas.plugins.module_utils.keypair import keys
from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from ansible_collections.nasops.truenas.plugins.module_utils.oauth import arguments, flow
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_audit
from tests.unit.tasks import defaults

WHOLE = [
    "********",
    "******** (stored)",
    "******** (desired)",
    "unknown (redacted)",
    "<redacted>",
    "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",
    "$REDACTED$",
    "CHANGE_ME",
]
WITHIN = ["x$REDACTED$", "$REDACTED$-1", "a $REDACTED$ b $REDACTED$", "xVALUE_SPECIFIED_IN_NO_LOG_PARAMETERx"]
HONEST = ["********a", "a********", "*********", "$REDACTED", "REDACTED", "CHANGE_ME!", "redacted", "pa$$word", "<x>"]

SECRETS = [
    (key, option.name)
    for key, provider in PROVIDERS.items()
    for option in provider.options().values()
    if option.secret and option.kind.ansible == "str"
]
DOCUMENTS = [
    (key, option.name)
    for key, provider in PROVIDERS.items()
    for option in provider.options().values()
    if option.secret and option.kind.ansible == "raw"
]
URLS = [
    (key, option.name)
    for key, provider in PROVIDERS.items()
    for option in provider.options().values()
    if option.name in ("url", "endpoint", "auth", "storage_url")
]


def refusals(key: str, name: str, value: Any) -> list[str]:
    """Return what is wrong with a provider's field because of a placeholder."""
    return [
        problem.reason
        for problem in PROVIDERS[key].parse({name: value})[1]
        if "masked value" in problem.reason or "CHANGE_ME" in problem.reason
    ]


def test_every_kind_of_secret_is_among_those_that_are_tried() -> None:
    assert len(SECRETS) + len(DOCUMENTS) == sum(
        option.secret for provider in PROVIDERS.values() for option in provider.options().values()
    )
    assert len(URLS) >= 5


@pytest.mark.parametrize(("key", "name"), SECRETS)
def test_a_secret_is_no_placeholder(key: str, name: str) -> None:
    for value in [*WHOLE, *WITHIN]:
        assert len(refusals(key, name, value)) == 1, value
    for value in HONEST:
        assert not refusals(key, name, value), value


@pytest.mark.parametrize(("key", "name"), DOCUMENTS)
def test_no_leaf_of_a_token_or_key_is_a_placeholder(key: str, name: str) -> None:
    for value in [*WHOLE, *WITHIN]:
        for document in (
            value,
            {"project_id": "p", "access_token": value},
            {"project_id": "p", "more": [{"refresh_token": value}]},
        ):
            assert len(refusals(key, name, document)) == 1, document
    for value in HONEST:
        assert not refusals(key, name, {"project_id": "p", "access_token": value}), value


@pytest.mark.parametrize(("key", "name"), URLS)
@pytest.mark.parametrize("placeholder", ["********", "$REDACTED$", "CHANGE_ME", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"])
def test_neither_user_nor_password_of_a_url_is_a_placeholder(key: str, name: str, placeholder: str) -> None:
    for url in (f"https://u:{placeholder}@h.example/x", f"https://{placeholder}@h.example/x", placeholder):
        assert len(refusals(key, name, url)) == 1, url
    assert not refusals(key, name, "https://u:a********@h.example/x")


def problems_of_connection(**given: Any) -> list[tuple[str, str]]:
    """Return field and reason of each problem with the options of a login."""
    rest = defaults(connection.ARGUMENTS)
    try:
        connection.read({**rest, "host": "h", "username": "u", **given})
    except InvalidInput as error:
        return [(problem.field, problem.reason) for problem in error.problems]
    return []


@pytest.mark.parametrize("value", [*WHOLE, *WITHIN])
def test_no_login_is_tried_with_a_placeholder(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for given in (
        {"api_key": value},
        {"api_key": f"1-{value}"},
        {"password": value},
        {"password": "honest", "otp": value},
    ):
        [(field, reason)] = problems_of_connection(**given)
        assert field == [*given][-1]
        assert "placeholder" in reason
    monkeypatch.setenv("TRUENAS_PASSWORD", value)
    [(field, _reason)] = problems_of_connection()
    assert field == "password"


@pytest.mark.parametrize("value", HONEST)
def test_an_honest_password_logs_in(value: str) -> None:
    assert problems_of_connection(password=value) == []
    assert problems_of_connection(api_key=f"1-{value}") == []


@pytest.mark.parametrize(
    "value", [*WHOLE, *WITHIN, "-----BEGIN PRIVATE KEY-----\n$REDACTED$\n-----END PRIVATE KEY-----"]
)
def test_no_keypair_is_a_placeholder(value: str) -> None:
    with pytest.raises(Refused, match=r"masked value|CHANGE_ME"):
        keys.private_key(value)


@pytest.mark.parametrize("value", [*WHOLE, *WITHIN])
def test_neither_digests_nor_a_login_at_a_provider_use_a_placeholder(value: str) -> None:
    audit = {**defaults(cloud_audit.ARGUMENTS), "credentials": []}
    login = {**defaults(arguments.ARGUMENTS), "provider": "dropbox", "client_id": "c"}
    for read, given, name in ((compare.read, audit, "digest_key"), (flow.read, login, "client_secret")):
        assert read({**given, name: "honest ******** one"})
        with pytest.raises(InvalidInput, match=f"{name}: .*placeholder"):
            read({**given, name: value})
