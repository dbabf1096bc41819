# SPDX-License-Identifier: GPL-3.0-or-later
"""Which NAS a task means, and what may not be asked of the connection."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import connection
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, TLSError
from ansible_collections.nasops.truenas.plugins.module_utils.transport.websocket import Address


def options(**given: Any) -> dict[str, Any]:
    """Return connection options, the rest at Ansible's defaults."""
    return {
        "host": "nas.example",
        "port": 443,
        "username": "automation",
        "api_key": "1-key",
        "password": None,
        "validate_certs": True,
        "ca_path": None,
        "allow_plaintext": False,
        "timeout": 60.0,
        **given,
    }


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "wss://nas.example:443/api/current"),
        ({"port": 8443}, "wss://nas.example:8443/api/current"),
        ({"host": "::1"}, "wss://[::1]:443/api/current"),
        ({"host": "[fe80::1]"}, "wss://[fe80::1]:443/api/current"),
        ({"host": "https://nas.example:444"}, "wss://nas.example:444/api/current"),
        ({"host": "wss://nas.example", "allow_plaintext": True}, "wss://nas.example:443/api/current"),
        ({"host": "ws://nas.example", "allow_plaintext": True}, "ws://nas.example:80/api/current"),
        ({"host": "http://nas.example:81", "allow_plaintext": True}, "ws://nas.example:81/api/current"),
        ({"port": 6000, "allow_plaintext": True}, "ws://nas.example:6000/api/current"),
    ],
)
def test_addresses(given: dict[str, Any], url: str) -> None:
    assert connection.read(options(**given)).address.url == url


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"host": ""}, "host: is not a host"),
        ({"host": "ftp://nas.example"}, "host: is not a host"),
        ({"host": "nas example"}, "host: is not a host"),
        ({"host": "nas/api"}, "host: is not a host"),
        ({"host": "https://nas.example:99999"}, "host: is not a host"),
        ({"port": 0}, "port: is 0"),
        ({"port": 65536}, "port: is 65536"),
        ({"timeout": 0}, "timeout: is 0"),
        ({"api_key": None}, "both missing"),
        ({"password": "p"}, "both given"),
        ({"api_key": ""}, "api_key: is empty"),
        ({"host": "ws://nas.example"}, "revoke an API key for good"),
        ({"host": "http://nas.example", "api_key": None, "password": "p"}, "allow_plaintext"),
    ],
)
def test_refusals(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        connection.read(options(**given))


def test_a_ca_path_that_is_no_certificate(tmp_path: Any) -> None:
    nonsense = tmp_path / "ca.pem"
    nonsense.write_text("nothing")
    for path in (nonsense, tmp_path / "missing.pem"):
        with pytest.raises(TLSError, match="cannot be read as certificates"):
            Address("h", 1, ca_path=str(path)).tls()
    assert Address("h", 1, ca_path=str(tmp_path)).tls() is not None
    assert Address("h", 1, plaintext=True).tls() is None
