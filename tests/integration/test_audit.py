# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of a fleet as a user runs it, with a key that may write and with one that may not."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.integration.fleet import Fleet
from tests.integration.running import IN_A_PROCESS, ROOT, Ansible, assert_no_secret, secret
from tests.lab import Lab
from tests.simulator import Simulator

SCHEMA = json.loads((ROOT / "roles/cloud_audit/files/report.schema.json").read_text())
MARKUP = "<script>alert(1)</script>"
OFFSITE = {"type": "S3", "access_key_id": "A", "secret_access_key": secret(1), "endpoint": "http://s3.example.net"}
SEEDS: dict[str, dict[str, Any]] = {
    "nas1": {
        "credentials": [
            {"id": 1, "name": "offsite", "provider": OFFSITE},
            {"id": 2, "name": MARKUP, "provider": {"type": "BOX", "token": json.dumps({"access_token": secret(2)})}},
        ],
        "cloud_sync": [{"id": 1, "description": "nightly", "credentials": 1, "path": "/mnt/tank"}],
    },
    "nas2": {"credentials": [{"id": 1, "name": "offsite", "provider": {**OFFSITE, "region": "us-east-1"}}]},
}
DECLARED = [
    {
        "name": "offsite",
        "s3": {"access_key_id": "A", "secret_access_key": secret(1), "endpoint": "http://s3.example.net", "region": ""},
    }
]


@pytest.fixture
def boxes() -> Iterator[dict[str, Simulator]]:
    """Two NAS, one of which differs from what is declared."""
    boxes = {name: Simulator(seed=seed) for name, seed in SEEDS.items()}
    for box in boxes.values():
        box.start()
    yield boxes
    for box in boxes.values():
        box.stop()


@pytest.fixture
def fleet(ansible: Ansible, boxes: Mapping[str, Simulator], tmp_path: Path) -> Fleet:
    """The two and one that is down; the report goes to `report`."""
    fleet = Fleet(ansible, boxes, down=("nas3",))
    fleet.variables |= {"nas_cloud_credentials": DECLARED, "nas_audit_dest": str(tmp_path / "report")}
    return fleet


def found(folder: Path) -> dict[str, Counter[str]]:
    """Return how often each rule was found on each NAS, from the report, which fits its schema."""
    report = json.loads((folder / "report.json").read_text())
    jsonschema.validate(report, SCHEMA, format_checker=jsonschema.FormatChecker())
    return {
        nas["name"]: Counter(
            finding["rule"]
            for findings in (nas["findings"], *(one["findings"] for one in nas["credentials"]))
            for finding in findings
        )
        for nas in report["nas"]
    }


class Page(HTMLParser):
    """Reads a page, and fails if an element is not closed where it should be; collects what it refers to."""

    VOID = frozenset({"meta", "input", "link", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.ids: Counter[str] = Counter()
        self.scripts = 0
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what has to be closed."""
        if tag not in self.VOID:
            self.open.append(tag)
        self.scripts += tag == "script"
        self.references += [value or "" for name, value in attrs if name in ("href", "src", "action", "data")]
        self.ids.update(value or "" for name, value in attrs if name == "id")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember what is closed at once."""
        self.handle_starttag(tag, attrs)
        assert tag in self.VOID

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened last."""
        assert self.open.pop() == tag


def test_an_audit_reports_and_fails_for_drift(fleet: Fleet, boxes: Mapping[str, Simulator], tmp_path: Path) -> None:
    run = fleet.play("audit")
    assert run.code == 2, run.output[-3000:]
    assert "fail_on: drift" in run.output
    assert f"Read {tmp_path / 'report/report.html'}." in run.output
    rules = found(tmp_path / "report")
    assert rules["nas1"] == {
        "unmanaged": 1,
        "unused": 1,
        "no-refresh-token": 1,
        "plain-http": 1,
        "shared-secret": 1,
        "excess-privileges": 1,
    }
    assert rules["nas2"] == {"drift": 1, "unused": 1, "plain-http": 1, "shared-secret": 1, "excess-privileges": 1}
    assert rules["nas3"] == {"unreachable": 1}
    for box in boxes.values():
        methods = Counter(call["method"] for call in box.journal())
        assert methods["cloudsync.credentials.query"] == 1
        assert not [name for name in methods if name.endswith((".create", ".update", ".delete", ".verify"))]
    for file in (tmp_path / "report").iterdir():
        assert_no_secret(file.read_text(), file.name)
    ElementTree.parse(tmp_path / "report/report.xml")
    assert json.loads((tmp_path / "report/report.sarif").read_text())["version"] == "2.1.0"


def test_the_page_stands_alone_and_takes_names_as_text(fleet: Fleet, tmp_path: Path) -> None:
    fleet.variables |= {"nas_audit_fail_on": "never", "nas_audit_previous_report": str(tmp_path / "report/report.json")}
    assert fleet.play("audit", "--check").code == 0
    assert json.loads((tmp_path / "report/report.json").read_text())["changes"] is None, "there is no former report yet"
    assert fleet.play("audit", "--limit", "nas1,nas2", "-e", "nas_serial=1").code == 0
    report = json.loads((tmp_path / "report/report.json").read_text())
    assert report["changes"]["new"] == report["changes"]["gone"] == []
    assert [nas["name"] for nas in report["nas"]] == ["nas1", "nas2"]
    assert found(tmp_path / "report")["nas1"]["shared-secret"] == 1, "batches share the key"
    text = (tmp_path / "report/report.html").read_text()
    page = Page(text)
    assert page.scripts == 1
    assert all(reference.startswith("#") and reference[1:] in page.ids for reference in page.references)
    assert page.ids.most_common(1)[0][1] == 1
    assert not re.search(r"url\(|@import", text)
    assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize(("fail_on", "code"), [("drift", 0), ("unknown", 2)])
def test_a_read_only_key_is_inconclusive(fleet: Fleet, tmp_path: Path, fail_on: str, code: int) -> None:
    fleet.variables |= {
        "nas_api_key": Simulator.read_only_api_key,
        "nas_audit_fail_on": fail_on,
        "nas_purge_keep": ["*"],
    }
    assert fleet.play("audit", "--limit", "nas2").code == code
    rules = found(tmp_path / "report")
    assert rules["nas2"] == {"hidden": 1, "unused": 1, "plain-http": 1}, "the endpoint is no secret to the NAS"


def test_credentials_that_do_not_open_are_found(fleet: Fleet, lab: Lab, tmp_path: Path) -> None:
    wrong = {**lab.clients()["s3"]["options"], "secret_access_key": secret(5)}
    fleet.variables |= {"nas_audit_fail_on": "invalid", "nas_audit_verify": "always", "nas_purge_keep": ["*"]}
    fleet.variables["nas_cloud_credentials"] = [{"name": "offsite", "s3": wrong}]
    assert fleet.play("audit", "--limit", "nas2").code == 2
    [row] = json.loads((tmp_path / "report/report.json").read_text())["nas"][0]["credentials"]
    assert row["verification"]["state"] == "invalid"
    assert row["state"] == "drift"
    assert found(tmp_path / "report")["nas2"]["invalid"] == 1


def test_an_invalid_previous_report_is_refused(fleet: Fleet, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("[]")
    fleet.variables["nas_audit_previous_report"] = str(other)
    run = fleet.play("audit", "--limit", "nas1")
    assert run.code == 2
    assert "previous_report: must be a report.json" in run.output


def test_both_ways_find_the_same_and_show_no_key(ansible: Ansible, boxes: Mapping[str, Simulator]) -> None:
    options = {"credentials": "{{ declared }}", "digest_key": "{{ digest_key }}"}
    tasks = [
        {"name": "here", "nasops.truenas.cloud_audit": options},
        {"name": "in a process", "nasops.truenas.cloud_audit": options, "environment": IN_A_PROCESS},
    ]
    run = ansible.play(tasks, boxes["nas1"], variables={"declared": DECLARED, "digest_key": secret(7)})
    assert run.code == 0, run.output[-3000:]
    assert run.named("here")["audit"] == run.named("in a process")["audit"]
    assert run.named("here")["audit"]["credentials"][-1]["digests"].keys() == {"secret_access_key"}
