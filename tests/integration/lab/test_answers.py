# SPDX-License-Identifier: GPL-3.0-or-later
"""Each provider's server, asked as the NAS asks: by real rclone, through the gate where there is no other way."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from typing import Any

import asyncssh
import pytest

from tests.integration.lab.conftest import Rclone
from tests.lab import SERVERS, Lab
from tests.lab.base import CONTENT, FILE
from tests.lab.oauth import OAuth
from tests.lab.record import ask, recorded, scrub

MESSAGES = recorded()
GOOD = {"valid": True, "error": None, "excerpt": None}
OAUTH = ("box", "dropbox", "google_drive", "onedrive", "pcloud", "yandex")
# rclone tries again for up to four minutes where nothing listens, and for five seconds where B2 refuses.
CASES = [(key, case) for key, cases in MESSAGES.items() for case in cases if case != "unreachable" and key != "b2"]
CASES.append(("b2", "wrong_secret"))


def answer(lab: Lab, key: str, options: dict[str, Any], private_key: str = "") -> dict[str, Any]:
    return asyncio.run(ask(lab, key, options, private_key))


@pytest.mark.parametrize("key", [key for key in SERVERS if key not in ("sshd", "ftps", "s3_refusals")])
def test_good_credentials_are_valid(lab: Lab, key: str) -> None:
    assert answer(lab, key, lab.servers[key].options) == GOOD


def test_all_refusals_are_recorded(lab: Lab) -> None:
    refused = {key: [*server.refused()] for key, server in lab.servers.items()}
    assert {key: [*cases] for key, cases in MESSAGES.items()} == refused


@pytest.mark.parametrize(("key", "case"), CASES)
def test_the_recorded_message_is_that_of_rclone(lab: Lab, key: str, case: str) -> None:
    assert answer(lab, key, lab.servers[key].refused()[case]) == {"valid": False, **MESSAGES[key][case]}


def test_no_message_has_a_secret(lab: Lab) -> None:
    text = str(MESSAGES)
    assert not [server.url for server in lab.servers.values() if server.password in text]


class TestTokens:
    @pytest.mark.parametrize("key", OAUTH)
    def test_an_expired_token_is_refreshed(self, lab: Lab, key: str) -> None:
        provider = lab.servers[key]
        assert isinstance(provider, OAuth)
        before = len(lab.gate.seen)
        assert answer(lab, key, provider.expired_options()) == GOOD
        assert "refresh_token" in [request.form.get("grant_type") for request in lab.gate.seen[before:]]

    @pytest.mark.parametrize("key", OAUTH)
    def test_only_box_spends_the_refresh_token(self, lab: Lab, key: str) -> None:
        provider = lab.servers[key]
        assert isinstance(provider, OAuth)
        options = provider.expired_options()
        answer(lab, key, options)
        again = answer(lab, key, options)
        assert again["valid"] is (key != "box")
        assert key != "box" or "invalid_grant" in again["error"]

    def test_photos_are_listed_without_asking_anyone(self, lab: Lab) -> None:
        before = len(lab.gate.seen)
        assert answer(lab, "google_photos", lab.google_photos.with_token({"access_token": "wrong"})) == GOOD
        assert len(lab.gate.seen) == before


class TestScopedKeys:
    def test_rclone_lists_the_one_bucket_of_a_restricted_b2_key(self, lab: Lab) -> None:
        before = len(lab.gate.seen)
        assert answer(lab, "b2", lab.b2.scoped_options) == GOOD
        asked = [request.json for request in lab.gate.seen[before:] if request.path.endswith("/b2_list_buckets")]
        assert asked
        assert all("bucketId" in body or "bucketName" in body for body in asked)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_swift_speaks_every_version(lab: Lab, number: int) -> None:
    assert answer(lab, "openstack_swift", lab.openstack_swift.version(number)) == GOOD


def test_azure_serves_a_file(lab: Lab, rclone: Rclone) -> None:
    done = rclone("azureblob", lab.azureblob.options, "cat", f"remote:{lab.azureblob.container}/{FILE}")
    assert done.stdout.encode() == CONTENT, done.stderr


class TestSshd:
    def test_its_key_lets_in(self, lab: Lab) -> None:
        assert answer(lab, "sshd", lab.sshd.options, lab.sshd.private_key) == GOOD

    def test_a_key_lets_in_once_it_is_authorized(self, lab: Lab) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        private, public = key.export_private_key().decode(), key.export_public_key().decode()
        assert answer(lab, "sshd", lab.sshd.options, private)["valid"] is False
        lab.sshd.authorize(public)
        assert answer(lab, "sshd", lab.sshd.options, private) == GOOD


class TestFtps:
    def test_tls_lets_in(self, lab: Lab, rclone: Rclone) -> None:
        tls = {"explicit_tls": "true"}
        done = rclone("ftps", lab.ftps.options | tls, "lsf", "remote:", "--ca-cert", str(lab.ftps.ca_file))
        assert done.stdout.split() == [FILE], done.stderr

    def test_its_certificate_is_its_own(self, lab: Lab, rclone: Rclone) -> None:
        done = rclone("ftps", lab.ftps.options | {"explicit_tls": "true"}, "lsf", "remote:")
        assert "certificate" in done.stderr


class TestGate:
    @pytest.mark.parametrize("host", ["example.com", "127.0.0.1", "localhost"])
    def test_other_hosts_are_refused(self, lab: Lab, host: str) -> None:
        connection = http.client.HTTPSConnection(lab.gate.host, lab.gate.port, timeout=5)
        connection.set_tunnel(host, 443)
        with pytest.raises(OSError, match="403"):
            connection.request("GET", "/")

    def test_plain_requests_are_refused(self, lab: Lab) -> None:
        connection = http.client.HTTPConnection(lab.gate.host, lab.gate.port, timeout=5)
        connection.request("GET", "http://example.com/")
        assert connection.getresponse().status == 403
        connection.close()

    def test_its_authority_is_trusted(self, lab: Lab) -> None:
        context = ssl.create_default_context(cafile=lab.environment["SSL_CERT_FILE"])
        connection = http.client.HTTPSConnection(lab.gate.host, lab.gate.port, timeout=5, context=context)
        connection.set_tunnel("api.box.com", 443)
        connection.request("GET", "/2.0/folders/0/items")
        assert connection.getresponse().status == 401
        connection.close()


def test_scrubbing_leaves_words_and_takes_what_changes() -> None:
    text = "2026/11/25 01:02:03 ERROR : 127.0.0.1:34567: RequestID: A/b+c=, Time:2026-11-25T01:02:03.4Z 403\n"
    assert scrub(text) == (
        "2026/01/01 00:00:00 ERROR : 127.0.0.1:10000: RequestID: ID, Time:2026-01-01T00:00:00.000Z 403\n"
    )
