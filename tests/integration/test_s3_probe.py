# SPDX-License-Identifier: GPL-3.0-or-later
"""S3's probe: it depends on the credential alone, and it sends and signs what rclone would."""

from __future__ import annotations

import base64
import functools
import hmac
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore import loaders  # type: ignore[import-untyped]  # botocore has no types

from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.causes import classify
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import Aim, ProbeRefused
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.s3_client import BY_HOST
from ansible_collections.nasops.truenas.plugins.module_utils.providers.s3 import S3
from tests.lab import Lab
from tests.lab.base import HOST
from tests.lab.running import thread
from tests.lab.stand_in import Answer, Handler, Listener, Request

RCLONE = Path(sys.executable).parent / "rclone"
NEWEST = (27, 0, 0)
KEY, SECRET = "AKIAEXAMPLE", "hush-canary-0001"
SERVICE = "http://s3.test"
"""An address that only a proxy can find."""

SOURCES = "\n".join(path.read_text() for path in sorted(Path(loaders.__file__).parent.rglob("*.py")))
NAMES = sorted(
    {
        *re.findall(r"\b(?:AWS|BOTO|BOTOCORE)_[A-Z][A-Z0-9_]*[A-Z0-9]\b", SOURCES),
        # Names that botocore puts together.
        *("AWS_ENDPOINT_URL_S3", "AWS_BEARER_TOKEN_S3"),
        # Those of other tools of Amazon.
        *("AWS_REGION", "AWS_S3_ENDPOINT", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    }
    # An experiment with proxies, which has botocore send another host than it signs, for every client of the process.
    - {"BOTO_EXPERIMENTAL__ADD_PROXY_HOST_HEADER"}
)
"""Every variable that botocore's own text names, so that those of a newer one are among them."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
HOSTILE_FILE = """[default]
region = eu-nowhere-1
endpoint_url = http://127.0.0.1:9
use_fips_endpoint = true
use_dualstack_endpoint = true
defaults_mode = hostile
retry_mode = hostile
ca_bundle = /nonexistent
s3 =
  addressing_style = virtual
  use_accelerate_endpoint = true
  use_dualstack_endpoint = true
  payload_signing_enabled = hostile
  us_east_1_regional_endpoint = hostile
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and no proxies."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def probe(options: Mapping[str, Any], **aim: Any) -> str:
    """Return the cause for which a credential does not open the aim, or "valid"."""
    try:
        S3.probe({**S3.defaults(NEWEST), **options}, Aim(timeout=5, **aim))
    except ProbeRefused as refused:
        return (refused.cause or classify(str(refused), S3)).name
    return "valid"


def rclone(options: Mapping[str, Any], path: str = "", env: Mapping[str, str] | None = None) -> int:
    """Return the exit code of rclone when it lists a place, with the options that a task of the NAS gives it."""
    given = S3.to_rclone({**S3.defaults(NEWEST), **options}, None)
    flags = [
        f"--s3-{name.replace('_', '-')}={str(it).lower() if it in (True, False) else it}" for name, it in given.items()
    ]
    command = [str(RCLONE), "--config", os.devnull, "--retries", "1", "--low-level-retries", "1", *flags]
    environment = {"PATH": os.defpath, "HOME": os.devnull, **(env or {})}
    done = subprocess.run(
        [*command, "lsjson", f":s3:{path}"], env=environment, capture_output=True, timeout=20, check=False
    )
    return done.returncode


EXPECTED = ["valid", "wrong_secret"]


def outcomes(lab: Lab, **aim: Any) -> list[str]:
    """Return what becomes of a good credential and of a bad one."""
    return [probe(lab.s3.options, **aim), probe(wrong_secret(lab), **aim)]


def wrong_secret(lab: Lab) -> dict[str, Any]:
    """Return the options of a credential that the server refuses."""
    return lab.s3.refused()["wrong_secret"]


@pytest.fixture(scope="module")
def models_read_once() -> Iterator[None]:
    """Spare the test most of its time: botocore lists its folders and reads a megabyte of JSON for each client."""
    monkeypatch = pytest.MonkeyPatch()
    read = functools.cache(loaders.JSONFileLoader().load_file)
    list_services = loaders.Loader.list_available_services
    listed: dict[tuple[str, ...], list[str]] = {}

    def list_once(loader: Any, type_name: str) -> list[str]:
        places = (*loader.search_paths, type_name)
        if places not in listed:
            listed[places] = list_services(loader, type_name)
        return listed[places]

    monkeypatch.setattr(loaders.JSONFileLoader, "load_file", lambda self, path: read(path))
    monkeypatch.setattr(loaders.Loader, "list_available_services", list_once)
    yield
    monkeypatch.undo()


@pytest.mark.usefixtures("models_read_once")
@pytest.mark.parametrize("name", NAMES)
def test_no_variable_of_amazons_counts(lab: Lab, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Alone, and with a good credential; the next test has them together, and a bad one too."""
    for value in ("", "true"):
        monkeypatch.setenv(name, value)
        assert probe(lab.s3.options) == "valid", value


@pytest.mark.parametrize("value", ["", "hostile", "true", "http://127.0.0.1:9", os.devnull, "us-east-1"])
def test_nor_do_all_of_them_together(lab: Lab, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, value)
    assert outcomes(lab) == EXPECTED
    assert outcomes(lab, bucket=lab.s3.bucket, path="deep/down", write=True) == EXPECTED
    found = [rclone(options, env=dict.fromkeys(NAMES, value)) for options in (lab.s3.options, wrong_secret(lab))]
    assert found == [0, 1], "rclone asks for none of them either"


def test_nor_does_a_file_of_amazons(lab: Lab, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home / ".aws"
    model = folder / "models" / "s3" / "2006-03-01" / "service-2.json"
    model.parent.mkdir(parents=True)
    model.write_text(json.dumps({"metadata": {}, "operations": {}, "shapes": {}}))
    for name in ("config", "credentials"):
        (folder / name).write_text(HOSTILE_FILE)
        monkeypatch.setenv({"config": "AWS_CONFIG_FILE"}.get(name, "AWS_SHARED_CREDENTIALS_FILE"), str(folder / name))
    # botocore looks for the home once, when it is imported.
    monkeypatch.setattr(loaders.Loader, "CUSTOMER_DATA_PATH", str(folder / "models"))
    assert outcomes(lab) == EXPECTED
    assert outcomes(lab, bucket=lab.s3.bucket) == EXPECTED


@dataclass
class Service:
    """What checks the signature of version 2 as its protocol has it, but of the path alone, and keeps the requests.

    `signed_host` says whether the bucket in the host belongs to what is signed, too.
    """

    signed_host: bool = False
    refused: list[str] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        """Answer as S3 does for a bucket, unless the signature is wrong."""
        self.asked.append(request)
        if not self._right(request):
            self.refused.append(f"{request.method} {request.host}{request.path}")
            return Answer(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", {"Content-Type": "application/xml"})
        if request.method == "DELETE":
            return Answer(204)
        text = "<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated></ListBucketResult>"
        return Answer(200, "" if request.method == "PUT" else text, {"Content-Type": "application/xml"})

    def _right(self, request: Request) -> bool:
        bucket = request.host.removesuffix("s3.test").rstrip(".")
        resource = f"/{bucket}{request.path}" if self.signed_host and bucket else request.path
        extra = sorted(name.lower() for name in request.headers if name.lower().startswith("x-amz-"))
        said = [request.method, *(request.headers.get(name, "") for name in ("Content-MD5", "Content-Type", "Date"))]
        text = "\n".join([*said, *(f"{name}:{request.headers[name]}" for name in extra), resource])
        right = base64.b64encode(hmac.digest(SECRET.encode(), text.encode(), "sha1")).decode()
        return hmac.compare_digest(request.headers.get("Authorization", ""), f"AWS {KEY}:{right}")


@contextmanager
def proxied(service: Any) -> Iterator[str]:
    """Have a service answer for every name, as the proxy whose address is yielded."""
    listener = Listener((HOST, 0), type("Proxy", (Handler,), {"answer": staticmethod(service.answer)}))
    with listener, thread(functools.partial(listener.serve_forever, poll_interval=0.05), listener.shutdown):
        yield f"http://{HOST}:{listener.server_port}"


OLD = {
    **{"access_key_id": KEY, "secret_access_key": SECRET, "endpoint": SERVICE},
    **{"skip_region": True, "signatures_v2": True},
}
PLACES = [
    ("backups", ""),
    ("backups", "a b/\u00fc/x+y"),
    ("backups", "backups/~(b)'!*&=?#%25"),
    ("dot.ted", "x"),
    ("Upper", "x"),
]


@pytest.mark.parametrize("by_path", [True, False])
@pytest.mark.parametrize(("bucket", "path"), PLACES)
def test_an_old_signature_is_one_of_the_path_that_is_sent(
    monkeypatch: pytest.MonkeyPatch, by_path: bool, bucket: str, path: str
) -> None:
    service = Service()
    options = {**OLD, "force_path_style": by_path}
    with proxied(service) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        assert probe(options, bucket=bucket, path=path, write=True) == "valid"
        assert [request.method for request in service.asked] == ["GET", "PUT", "DELETE"]
        hosts = {request.host for request in service.asked}
        assert rclone(options, f"{bucket}/{path}", {"HTTP_PROXY": proxy}) == 0
        assert {request.host for request in service.asked} == hosts
    assert service.refused == []


@pytest.mark.parametrize("by_path", [True, False])
def test_where_rclone_signs_too_little_the_probe_does(monkeypatch: pytest.MonkeyPatch, by_path: bool) -> None:
    options = {**OLD, "force_path_style": by_path}
    with proxied(Service(signed_host=True)) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        assert probe(options, bucket="backups") == ("valid" if by_path else "wrong_secret")
        assert rclone(options, "backups", {"HTTP_PROXY": proxy}) == (0 if by_path else 1)


def test_a_wrong_secret_is_recognized_with_an_old_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    with proxied(Service()) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        assert probe({**OLD, "secret_access_key": "wrong"}, bucket="backups") == "wrong_secret"


@dataclass
class Listening:
    """What answers every question for a bucket with an empty one, and keeps where it was asked and what was signed."""

    hosts: set[str] = field(default_factory=set)
    signed: set[str] = field(default_factory=set)

    def answer(self, request: Request) -> Answer:
        """Return an empty bucket."""
        self.hosts.add(request.host)
        self.signed |= set(request.headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";"))
        text = "<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated></ListBucketResult>"
        return Answer(200, text, {"Content-Type": "application/xml"})


def services() -> list[str]:
    """Return the services that rclone knows by name."""
    told = subprocess.run([RCLONE, "config", "providers"], capture_output=True, timeout=20, check=True).stdout
    [backend] = [one for one in json.loads(told) if one["Name"] == "s3"]
    [option] = [one for one in backend["Options"] if one["Name"] == "provider"]
    return [example["Value"] for example in option["Examples"]]


def test_the_bucket_is_in_the_host_where_rclone_puts_it_there() -> None:
    found = set()
    for name in [*services(), "", "made-up"]:
        listening = Listening()
        with proxied(listening) as proxy:
            assert rclone({**OLD, "skip_region": False, "provider": name}, "backups", {"HTTP_PROXY": proxy}) == 0, name
        if listening.hosts == {"backups.s3.test"}:
            found.add(name)
    assert found == BY_HOST


@pytest.mark.parametrize(
    ("provider", "by_path", "host"),
    [
        ("Other", True, "s3.test"),
        ("Other", False, "backups.s3.test"),
        ("", True, "s3.test"),
        ("Ceph", True, "s3.test"),
        ("TencentCOS", True, "backups.s3.test"),
        ("AWS", False, "backups.s3.test"),
    ],
)
@pytest.mark.parametrize("sign", [True, False])
def test_the_probe_asks_where_rclone_asks_and_signs_what_it_signs(
    monkeypatch: pytest.MonkeyPatch, provider: str, by_path: bool, host: str, sign: bool
) -> None:
    options = {
        **OLD,
        "skip_region": False,
        "provider": provider,
        "force_path_style": by_path,
        "sign_accept_encoding": sign,
    }
    heard = {"probe": Listening(), "rclone": Listening()}
    with proxied(heard["probe"]) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        assert probe(options, bucket="backups") == "valid"
    with proxied(heard["rclone"]) as proxy:
        assert rclone(options, "backups", {"HTTP_PROXY": proxy}) == 0
    assert [one.hosts for one in heard.values()] == [{host}] * 2
    assert [("accept-encoding" in one.signed) for one in heard.values()] == [sign] * 2


@pytest.mark.parametrize("sign", [True, False])
def test_a_gateway_that_changes_what_is_signed_refuses_both(lab: Lab, sign: bool) -> None:
    class Gateway:
        """Passes requests on with another header, as some gateways do."""

        @staticmethod
        def answer(request: Request) -> Answer:
            headers = {**dict(request.headers.items()), "Accept-Encoding": "gzip"}
            query = f"?{urlencode(request.query)}" if request.query else ""
            connection = HTTPConnection(HOST, lab.s3.port, timeout=5)
            connection.request(request.method, request.path + query, request.body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), {"Content-Type": "application/xml"})

    with proxied(Gateway) as address:
        options = {**lab.s3.options, "endpoint": address, "sign_accept_encoding": sign}
        assert probe(options) == ("wrong_secret" if sign else "valid")
        assert rclone(options) == (1 if sign else 0)
