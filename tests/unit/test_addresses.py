# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure's endpoint and key, and passwords that are sent without encryption."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS

AZURE = PROVIDERS["azureblob"]
CLOUDS = ["blob.core.windows.net", "blob.core.chinacloudapi.cn", "blob.core.usgovcloudapi.net", "blob.core.cloudapi.de"]
KEYS = [
    ("a2V5", True),
    ("YQ==", True),
    ("YR==", True),
    ("YWI=", True),
    ("+/+/", True),
    ("YQ", False),
    ("YQ=", False),
    ("YQ===", False),
    ("YQ==YQ==", False),
    ("a", False),
    ("-_-_", False),
    ("a2 V", False),
    ("a*b=", False),
    ("ä2V5", False),
]
"""Keys, and whether rclone decodes them (tests/integration/test_addresses.py)."""


@pytest.mark.parametrize(
    "form", ["{}", "https://{}", "HTTPS://{}/", "http://{}:80/", "https://{}/account", "{}/account"]
)
@pytest.mark.parametrize("cloud", CLOUDS)
def test_azures_own_host_without_the_account_is_refused_with_the_form_that_has_it(form: str, cloud: str) -> None:
    [problem] = AZURE.parse({"endpoint": form.format(cloud)})[1]
    assert (problem.field, problem.reason) == ("azureblob.endpoint", "must contain the account in its host")
    assert problem.remedy == f"Use https://ACCOUNT.{cloud}"


@pytest.mark.parametrize(
    "endpoint",
    [
        *(f"https://account.{cloud}/" for cloud in CLOUDS),
        "https://account-secondary.blob.core.windows.net/",
        "https://account.blob.local.azurestack.external/",
        "https://blobs.example.net/",
        "https://blob.example.net/",
        "http://127.0.0.1:10000/account",
        "http://azurite:10000/account",
        "http://localhost:10000/account/",
        "http://[::1]:10000/account",
        "http://127.0.0.1:10000/account/more",
        "",
    ],
)
def test_an_endpoint_that_may_hold_the_account_is_taken_without_a_warning(endpoint: str) -> None:
    assert AZURE.parse({"endpoint": endpoint}) == ({"endpoint": endpoint}, [])
    assert [*AZURE.warn({"account": "account", "endpoint": endpoint})] == []


@pytest.mark.parametrize("key", ["azureblob", "s3", "storj_ix", "webdav", "http"])
def test_an_address_that_is_no_text_is_refused(key: str) -> None:
    name = "endpoint" if "endpoint" in PROVIDERS[key].options() else "url"
    [problem] = PROVIDERS[key].parse({name: 5})[1]
    assert (problem.field, problem.reason) == (f"{key}.{name}", "must be text")


@pytest.mark.parametrize("host", ["other.blob.core.windows.net", "other.blob.core.chinacloudapi.cn:443/"])
def test_an_endpoint_of_another_account_is_warned_about(host: str) -> None:
    [warning] = AZURE.warn({"account": "account", "endpoint": f"https://{host}"})
    assert warning.startswith("azureblob.endpoint belongs to another account than account")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_an_account_can_have_the_name_blob(cloud: str) -> None:
    values, problems = AZURE.parse({"account": "blob", "endpoint": f"https://blob.{cloud}/"})
    assert (problems, [*AZURE.warn(values)]) == ([], [])


@pytest.mark.parametrize("host", ["127.0.0.1:10000", "localhost:10000", "[::1]:10000"])
@pytest.mark.parametrize("path", ["", "/", "/other", "/accountX"])
def test_an_emulator_without_the_account_in_its_path_is_warned_about(host: str, path: str) -> None:
    for login in ("", "u:hush@"):
        [warning] = AZURE.warn({"account": "account", "endpoint": f"http://{login}{host}{path}"})
        assert f"http://{host}/account" in warning
        assert "hush" not in warning


@pytest.mark.parametrize(("key", "good"), KEYS)
def test_a_key_that_is_not_base64_is_refused(key: str, good: bool) -> None:
    problems = AZURE.parse({"key": key})[1]
    assert [(one.field, one.reason) for one in problems] == ([] if good else [("azureblob.key", "must be base64")])


@given(st.binary(min_size=1, max_size=99), st.sampled_from(["", "\n", "\r\n"]))
def test_every_key_in_base64_is_taken_with_its_line_breaks(raw: bytes, end: str) -> None:
    key = base64.b64encode(raw).decode() + end
    assert AZURE.parse({"key": key}) == ({"key": key}, [])


@pytest.mark.parametrize(
    ("key", "values", "warned"),
    [
        ("http", {"url": "http://u:hush@h.example/"}, True),
        ("http", {"url": "HTTP://u:hush@h.example/"}, True),
        ("http", {"url": "http://u@h.example/"}, False),
        ("http", {"url": "http://h.example/"}, False),
        ("http", {"url": "https://u:hush@h.example/"}, False),
        ("webdav", {"url": "http://u:hush@h.example/", "user": "", "pass": ""}, True),
        ("webdav", {"url": "http://h.example/", "user": "u", "pass": "hush"}, True),
        ("webdav", {"url": "http://h.example/", "user": "u", "pass": ""}, False),
        ("webdav", {"url": "http://h.example/", "user": "", "pass": ""}, False),
        ("webdav", {"url": "https://h.example/", "user": "u", "pass": "hush"}, False),
    ],
)
def test_a_password_that_is_sent_in_clear_is_warned_about(key: str, values: dict[str, Any], warned: bool) -> None:
    warnings = [*PROVIDERS[key].warn(values)]
    assert any(f"{key}.url" in warning and "without encryption" in warning for warning in warnings) is warned
    assert "hush" not in str(warnings)


@pytest.mark.parametrize(
    ("url", "warned"),
    [("https://u:hush@h.example/", True), ("https://h.example/", False), ("", False), (None, False)],
)
def test_a_login_that_webdav_repeats_in_a_header_is_warned_about(url: str | None, warned: bool) -> None:
    warnings = [*PROVIDERS["webdav"].warn({"url": url, "user": "u", "pass": "hush"})]
    assert [text.startswith("webdav: rclone repeats the user and the password of url") for text in warnings] == (
        [True] if warned else []
    )


@pytest.mark.parametrize(
    ("auth", "key", "warned"),
    [
        ("http://keystone.example:5000/v3", "hush", True),
        ("HTTP://keystone.example/v3", "hush", True),
        ("https://keystone.example:5000/v3", "hush", False),
        ("http://keystone.example:5000/v3", "", False),
    ],
)
def test_a_swift_login_in_clear_is_warned_about(auth: str, key: str, warned: bool) -> None:
    swift = PROVIDERS["openstack_swift"]
    warnings = swift.warn({"user": "u", "key": key, "auth": auth, "auth_version": None})
    assert any("openstack_swift.auth" in warning and "without encryption" in warning for warning in warnings) is warned


@pytest.mark.parametrize(
    ("private_key", "warned"), [("MIIEvQIBADANBgkq", True), ("", False), ("-----BEGIN RSA PRIVATE KEY-----", False)]
)
def test_a_google_key_that_is_not_pem_is_warned_about(private_key: str, warned: bool) -> None:
    account = json.dumps({"private_key": private_key})
    warnings = PROVIDERS["google_cloud_storage"].warn({"service_account_credentials": account})
    assert any("without BEGIN" in warning for warning in warnings) is warned
