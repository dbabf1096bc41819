# SPDX-License-Identifier: GPL-3.0-or-later
"""The probes against the lab's servers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.causes import UNKNOWN_HOST, Cause
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.classify import classify
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes import b2, dropbox
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import (
    ProbeRefused,
    ProbeTarget,
    removed,
    unresolved,
)
from ansible_collections.nasops.truenas.plugins.module_utils.errors import MissingLibrary
from ansible_collections.nasops.truenas.plugins.module_utils.providers import BY_WIRE_TYPE, PROVIDERS
from tests.lab import Lab
from tests.lab import b2 as b2_server
from tests.lab.base import HOST, WRONG
from tests.lab.empty_s3 import EmptyS3
from tests.lab.running import thread
from tests.lab.stand_in import Answer, Handler, Listener, Request

NEWEST = (27, 0, 0)
REFUSED = {
    "s3": {
        "wrong_secret": "wrong_secret",
        "unknown_key": "wrong_key",
        "scoped_key": "scoped_key",
        "unreachable": "unreachable",
    },
    "storj_ix": {"wrong_secret": "wrong_secret", "unknown_key": "wrong_key", "unreachable": "unreachable"},
    "s3_refusals": {
        "clock_skew": "clock_skew",
        "invalid_token": "wrong_key",
        **dict.fromkeys(("wrong_region", "r2_region", "garage_region", "old_garage_region"), "wrong_region"),
        **dict.fromkeys(("oss_path_style", "cos_path_style"), "path_style"),
        "bucket_in_host": "no_such_bucket",
    },
    "sftp": {
        **dict.fromkeys(("wrong_secret", "unknown_user", "no_secret"), "wrong_login"),
        "unreachable": "unreachable",
        "no_such_host": "unknown_host",
    },
    "ftp": {
        **dict.fromkeys(("wrong_secret", "unknown_user"), "wrong_login"),
        "unreachable": "unreachable",
        "no_such_host": "unknown_host",
    },
    "ftps": {"tls_required": "tls"},
    "webdav": {
        **dict.fromkeys(("wrong_secret", "unknown_user"), "wrong_login"),
        "no_such_folder": "no_such_bucket",
        "unreachable": "unreachable",
        "no_such_host": "unknown_host",
    },
    "http": {
        "wrong_secret": "wrong_login",
        "no_such_folder": "no_such_bucket",
        "unreachable": "unreachable",
        "no_such_host": "unknown_host",
    },
    "azureblob": {
        **dict.fromkeys(("wrong_secret", "key_is_no_base64"), "wrong_secret"),
        "unknown_key": "no_such_bucket",
        "unreachable": "unreachable",
    },
    "openstack_swift": {
        **dict.fromkeys(("wrong_secret", "wrong_secret_v2", "wrong_secret_v3", "unknown_user"), "wrong_login"),
        "wrong_auth_path": "wrong_login",
        "no_such_region": "no_such_bucket",
        "unreachable": "unreachable",
    },
    "google_cloud_storage": {
        **dict.fromkeys(("wrong_secret", "key_is_no_key", "not_a_service_account"), "wrong_secret"),
        "unknown_key": "wrong_key",
        "scoped_key": "scoped_key",
    },
    "b2": {
        "wrong_secret": "wrong_login",
        "unknown_key": "wrong_login",
        "no_list_buckets": "scoped_key",
        "cap_exceeded": "forbidden",
        "key_of_a_later_api": "no_backend",
    },
    "dropbox": {
        **dict.fromkeys(("wrong_secret", "revoked_refresh_token", "wrong_client_secret"), "expired_token"),
        # Text that is not JSON is an access token.
        **dict.fromkeys(("no_refresh_token", "token_is_no_json"), "expired_token"),
        "empty_token": "no_refresh_token",
    },
}


@pytest.fixture(autouse=True)
def environment(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead to the stand-ins, trust the lab, and say things of Amazon that are not about any credential."""
    for name in ("HTTP_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.setenv(name, lab.environment[name])
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")


def ask(lab: Lab, key: str, options: Mapping[str, Any], *, trusting: bool = True, **target: Any) -> Cause | None:
    """Return why a server does not let the credential in; None if it does."""
    provider = PROVIDERS.get(key) or BY_WIRE_TYPE[lab.servers[key].wire_type]
    assert provider.probe
    # OpenSSL takes the first certificate of a name for the only one, and the lab's have one name.
    file = getattr(lab.servers[key], "ca_file", lab.gate.ca_file)
    with mock.patch.dict(os.environ, {"SSL_CERT_FILE": str(file)} if trusting else {}):
        try:
            provider.probe({**provider.defaults(NEWEST), **options}, ProbeTarget(timeout=5, **target))
        except ProbeRefused as refused:
            return UNKNOWN_HOST if unresolved(refused) else refused.cause or classify(str(refused), provider)
    return None


@pytest.mark.parametrize("key", [key for key in REFUSED if key not in ("ftps", "s3_refusals")])
def test_a_good_credential_is_let_in(lab: Lab, key: str) -> None:
    assert ask(lab, key, lab.servers[key].options) is None


@pytest.mark.parametrize("key", REFUSED)
def test_each_refusal_is_understood(lab: Lab, key: str) -> None:
    found = {case: ask(lab, key, options) for case, options in lab.servers[key].refused().items()}
    assert {case: cause and cause.name for case, cause in found.items()} == REFUSED[key]


@pytest.mark.parametrize("key", ["s3", "google_cloud_storage", "b2"])
def test_a_key_that_may_not_list_the_root_opens_its_bucket(lab: Lab, key: str) -> None:
    scoped = lab.clients()[key]["scoped_options"]
    root = ask(lab, key, scoped)
    assert root is not None
    assert (root.name, root.state) == ("scoped_key", "inconclusive")
    assert ask(lab, key, scoped, bucket="lab-bucket") is None


@pytest.mark.parametrize("key", ["s3", "b2"])
def test_another_bucket_is_forbidden_to_it(lab: Lab, key: str) -> None:
    cause = ask(lab, key, lab.clients()[key]["scoped_options"], bucket="other-bucket")
    assert cause is not None
    assert cause.name == "forbidden"


@pytest.mark.parametrize("key", ["s3", "storj_ix", "azureblob", "openstack_swift", "google_cloud_storage", "b2"])
def test_a_bucket_that_is_not_there(lab: Lab, key: str) -> None:
    cause = ask(lab, key, lab.servers[key].options, bucket="no-such-bucket")
    assert cause is not None
    assert cause.name == "no_such_bucket"


@pytest.mark.parametrize("key", ["sftp", "ftp", "webdav", "http"])
def test_a_folder_that_is_not_there(lab: Lab, key: str) -> None:
    cause = ask(lab, key, lab.servers[key].options, path="nowhere")
    assert cause is not None
    assert cause.name == "no_such_bucket"


def names(lab: Lab, key: str) -> set[str]:
    """Return the names of the files that a server has."""
    return {path.name for path in lab.servers[key].folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("key", ["storj_ix", "sftp", "ftp", "webdav"])
def test_what_is_written_is_removed(lab: Lab, key: str) -> None:
    before = names(lab, key)
    assert ask(lab, key, lab.servers[key].options, bucket="lab-bucket", write=True) is None
    assert names(lab, key) == before


@pytest.mark.parametrize(("key", "bucket"), [("s3", "lab-bucket"), ("azureblob", "lab-container")])
def test_a_bucket_can_be_written(lab: Lab, key: str, bucket: str) -> None:
    assert ask(lab, key, lab.servers[key].options, bucket=bucket, path="deep/down", write=True) is None


@pytest.mark.parametrize(
    ("key", "bucket"),
    [("b2", "lab-bucket"), ("google_cloud_storage", "lab-bucket"), ("openstack_swift", "lab-container"), ("http", "")],
)
def test_what_can_only_be_read(lab: Lab, key: str, bucket: str) -> None:
    cause = ask(lab, key, lab.servers[key].options, bucket=bucket, write=True)
    assert cause is not None
    assert cause.name == "not_writable"


@pytest.mark.parametrize("key", ["s3", "azureblob", "openstack_swift", "google_cloud_storage", "b2"])
def test_writing_needs_a_bucket(lab: Lab, key: str) -> None:
    with pytest.raises(ProbeRefused, match="bucket"):
        PROVIDERS[key].probe(lab.servers[key].options, ProbeTarget(write=True))  # type: ignore[misc]  # all of them have one


def test_a_key_in_place_of_a_password(lab: Lab) -> None:
    options = {"pass": None, "private_key": 1}
    assert ask(lab, "sftp", lab.sftp.options | options, private_key=lab.sftp.private_key) is None
    told = {
        "wrong_secret": ask(lab, "sftp", lab.sftp.options | options, private_key="no key"),
        "missing_keypair": ask(lab, "sftp", lab.sftp.options | options),
        "wrong_login": ask(lab, "sftp", lab.sftp.options | options | {"user": "x"}, private_key=lab.sftp.private_key),
    }
    assert {name: cause and cause.name for name, cause in told.items()} == {name: name for name in told}


def test_line_breaks_are_dropped_as_by_the_nas(lab: Lab) -> None:
    assert ask(lab, "ftp", lab.ftp.options | {"pass": f"{lab.ftp.password}\r\n"}) is None


@pytest.mark.parametrize("version", [2, 3])
def test_later_versions_of_the_login_to_swift(lab: Lab, version: int) -> None:
    options = lab.openstack_swift.version(version)
    assert ask(lab, "openstack_swift", options, bucket="lab-container") is None
    assert ask(lab, "openstack_swift", options | {"auth_version": None}) is None, "the URL says the version"


def test_an_expired_token_proves_nothing_while_it_can_be_renewed(lab: Lab) -> None:
    # The gate belongs to the whole run.
    earlier = len(lab.gate.seen)
    cause = ask(lab, "dropbox", lab.dropbox.expired_options())
    assert cause is not None
    assert (cause.name, cause.state) == ("expired_token", "inconclusive")
    asked = [request.path for request in [*lab.gate.seen][earlier:] if request.host == "api.dropboxapi.com"]
    assert "/oauth2/token" not in asked, "a probe refreshes nothing"


def test_an_untrusted_certificate(lab: Lab) -> None:
    untrusted = ("storj_ix", "b2", "google_cloud_storage")
    found = [ask(lab, key, lab.servers[key].options, trusting=False) for key in untrusted]
    found.append(ask(lab, "webdav", lab.webdav.options | {"url": lab.storj_ix.url}, trusting=False))
    found.append(ask(lab, "s3", lab.s3.options | {"endpoint": lab.s3.url.replace("http", "https")}))
    assert {cause and cause.name for cause in found} == {"tls"}


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("s3", {"endpoint": "http://nowhere.invalid:9"}),
        ("webdav", {"url": "http://nowhere.invalid/"}),
        ("azureblob", {"account": "nobody", "endpoint": "http://nobody.nowhere.invalid/"}),
        ("openstack_swift", {"auth": "http://nowhere.invalid/v3", "auth_version": 3}),
        ("openstack_swift", {"auth": "http://nowhere.invalid/auth/v1.0", "auth_version": 1}),
        ("sftp", {"host": "nowhere.invalid"}),
        ("ftp", {"host": "nowhere.invalid"}),
    ],
)
def test_an_unresolved_name_is_recognized_with_every_library(lab: Lab, key: str, values: dict[str, Any]) -> None:
    cause = ask(lab, key, lab.servers[key].options | values)
    assert cause is not None
    assert cause.name == "unknown_host"


@pytest.mark.parametrize(
    ("offered", "cause"),
    [
        ('Digest realm="files", qop="auth", nonce="a"', "unsupported_login"),
        ("Negotiate, NTLM", "unsupported_login"),
        ('Digest realm="files", Basic realm="files"', "wrong_login"),
        ('basic realm="Digest"', "wrong_login"),
        (None, "wrong_login"),
    ],
)
def test_a_server_without_basic_logins_is_recognized(lab: Lab, offered: str | None, cause: str) -> None:
    def refuse(_request: Request) -> Answer:
        return Answer(401, "", {"WWW-Authenticate": offered} if offered else {})

    with (
        Listener((HOST, 0), type("Digest", (Handler,), {"answer": staticmethod(refuse)})) as server,
        thread(server.serve_forever, server.shutdown),
    ):
        url = f"{HOST}:{server.server_port}/"
        found = [
            ask(lab, "webdav", lab.webdav.options | {"url": f"http://{url}"}),
            ask(lab, "http", {"url": f"http://lab:hush@{url}"}),
        ]
    assert [one and one.name for one in found] == [cause, cause]


def test_a_server_of_another_kind_is_not_waited_for_without_end(lab: Lab) -> None:
    options = lab.sftp.options | {"port": lab.ftp.port}
    with pytest.raises(ProbeRefused):
        PROVIDERS["sftp"].probe(options, ProbeTarget(timeout=0.5))  # type: ignore[misc]  # it has one
    cause = ask(lab, "webdav", lab.webdav.options | {"url": lab.http.options["url"]})
    assert cause is not None
    assert cause.name in ("wrong_login", "no_such_bucket")


def test_what_answers_all_with_a_page_opens_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def page(_request: Request) -> Answer:
        return Answer(200, "<html><h1>Log in to this network</h1></html>", {"Content-Type": "text/html"})

    with Listener((HOST, 0), type("Portal", (Handler,), {"answer": staticmethod(page)})) as server:
        url = f"http://{HOST}:{server.server_port}"
        monkeypatch.setattr(b2, "ADDRESS", url)
        monkeypatch.setattr(dropbox, "ADDRESS", url)
        with thread(server.serve_forever, server.shutdown):
            found = {
                "b2": ask(lab, "b2", lab.b2.options),
                "dropbox": ask(lab, "dropbox", lab.dropbox.options),
                "s3": ask(lab, "s3", lab.s3.options | {"endpoint": url}),
                "a bucket": ask(lab, "s3", lab.s3.options | {"endpoint": url}, bucket="lab-bucket"),
                "webdav": ask(lab, "webdav", lab.webdav.options | {"url": url}),
                "a token for swift": ask(
                    lab, "openstack_swift", lab.openstack_swift.options | {"storage_url": url, "auth_token": "x"}
                ),
                "openstack_swift": ask(lab, "openstack_swift", lab.openstack_swift.options | {"auth": url}),
                "azureblob": ask(lab, "azureblob", lab.azureblob.options | {"endpoint": url}),
            }
    assert [key for key, cause in found.items() if cause is None] == []


@pytest.mark.parametrize(
    ("key", "module", "package"),
    [
        ("s3", "botocore.exceptions", "boto3"),
        ("sftp", "paramiko", "paramiko"),
        ("webdav", "requests", "requests"),
        ("azureblob", "azure.storage.blob", "azure-storage-blob"),
        ("google_cloud_storage", "google.oauth2.service_account", "google-auth"),
    ],
)
def test_a_missing_library_is_named(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, key: str, module: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingLibrary, match=package):
        ask(lab, key, lab.servers[key].options)


def test_a_file_that_stays_behind_is_named() -> None:
    def fail() -> None:
        raise OSError("busy")

    with (
        pytest.raises(ProbeRefused, match="lab/file was written, but could not be removed: busy"),
        removed(fail, "lab/file", (OSError,)),
    ):
        pass
    with pytest.raises(ProbeRefused, match="first"), removed(fail, "lab/file", (OSError,)):
        raise ProbeRefused("first")


@pytest.mark.parametrize("place", ["127.0.0.1:9", "127.0.0.1:{port}"])
def test_no_secret_is_in_what_is_said_of_a_url(lab: Lab, place: str) -> None:
    provider = PROVIDERS["http"]
    assert provider.probe
    with pytest.raises(ProbeRefused) as refusal:
        provider.probe({"url": f"http://lab:hush-canary@{place.format(port=lab.http.port)}/"}, ProbeTarget(timeout=5))
    assert "hush-canary" not in str(refusal.value)


@pytest.fixture(scope="module")
def empty() -> Iterator[EmptyS3]:
    """An S3 service without a bucket."""
    with EmptyS3() as server:
        yield server


def test_a_root_without_a_bucket_proves_nothing_of_s3(lab: Lab, empty: EmptyS3) -> None:
    cause = ask(lab, "s3", empty.options)
    assert cause is not None
    assert (cause.name, cause.state) == ("empty_root", "inconclusive")
    wrong = ask(lab, "s3", empty.options | {"secret_access_key": WRONG})
    assert wrong is not None
    assert wrong.name == "wrong_secret", "a refusal still counts"
    empty.make_bucket("first")
    assert ask(lab, "s3", empty.options) is None


AZURE = "<?xml version='1.0' encoding='utf-8'?><EnumerationResults><Containers>{}</Containers>{}</EnumerationResults>"
NO_ACCOUNT_BODY = (Answer(204), Answer(200, []))
"""How an account of Swift without containers answers, which the protocol leaves open."""


@contextmanager
def answering(answer: Callable[[Request], Answer]) -> Iterator[str]:
    """Yield the URL of a service."""
    server = Listener((HOST, 0), type("Service", (Handler,), {"answer": staticmethod(answer)}))
    with server, thread(server.serve_forever, server.shutdown):
        yield f"http://{HOST}:{server.server_port}"


@pytest.mark.parametrize("answer", NO_ACCOUNT_BODY)
def test_a_root_without_a_container_proves_nothing_of_swift(lab: Lab, answer: Answer) -> None:
    with answering(lambda request: answer) as url:
        options = lab.openstack_swift.options | {"storage_url": url, "auth_token": "x"}
        cause = ask(lab, "openstack_swift", options)
        assert ask(lab, "openstack_swift", options, bucket="one") is None, "a container may be empty"
    assert cause is not None
    assert cause.name == "empty_root"


@pytest.mark.parametrize("behind", [False, True])
def test_a_root_without_a_container_proves_nothing_of_azure(lab: Lab, behind: bool) -> None:
    """With a container behind a page that is empty, the root is not."""

    def answer(request: Request) -> Answer:
        one = "<Container><Name>one</Name><Properties/></Container>" if "marker" in request.query else ""
        more = "<NextMarker>more</NextMarker>" if behind and not one else "<NextMarker/>"
        return Answer(200, AZURE.format(one, more), {"Content-Type": "application/xml"})

    with answering(answer) as url:
        cause = ask(lab, "azureblob", lab.azureblob.options | {"endpoint": url})
    assert (cause and cause.name) == (None if behind else "empty_root")


def test_a_root_without_a_bucket_proves_nothing_of_b2(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(b2_server, "BUCKETS", {})
    cause = ask(lab, "b2", lab.b2.options)
    assert cause is not None
    assert cause.name == "empty_root"


@pytest.mark.parametrize("body", [{"kind": "storage#buckets"}, {"kind": "storage#buckets", "items": []}])
def test_a_root_without_a_bucket_proves_nothing_of_google(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]
) -> None:
    server = lab.google_cloud_storage
    answer = server.answer
    monkeypatch.setattr(
        server, "answer", lambda request: Answer(body=body) if request.path == "/storage/v1/b" else answer(request)
    )
    cause = ask(lab, "google_cloud_storage", server.options)
    assert cause is not None
    assert cause.name == "empty_root"
