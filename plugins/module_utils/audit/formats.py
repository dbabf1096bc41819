# SPDX-License-Identifier: GPL-3.0-or-later
"""Machine-readable reports: JUnit XML for CI, and SARIF 2.1.0 for dashboards of scanners."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from .report import findings, subject
from .rules import DRIFT, INVALID, RULES, UNKNOWN

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
SARIF_HELP = "https://github.com/nasops/ansible-truenas/blob/main/docs/audit.md"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(report: Mapping[str, Any]) -> str:
    """Return a suite for each NAS with a case for each credential.

    Invalid credentials and drift are failures, unknown results are skipped, and a NAS that could not be audited is an error.
    Advice is omitted.
    """
    root = ElementTree.Element("testsuites", name="nasops.truenas.cloud_audit")
    for nas in report["nas"]:
        suite = ElementTree.SubElement(root, "testsuite", name=_xml(nas["name"]), timestamp=report["generated"])
        if nas["error"] is not None:
            case = _case(suite, nas["name"], "the NAS")
            ElementTree.SubElement(case, "error", message=_xml(nas["error"]))
        for credential in nas["credentials"]:
            _judge(_case(suite, nas["name"], credential["name"]), credential["findings"])
        for task in nas["tasks"]:
            _judge(_case(suite, nas["name"], subject(task)), task["findings"])
        for attribute, tag in (
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            suite.set(attribute, str(sum(1 for case in suite.iter(tag))))
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, nas: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=_xml(nas), name=_xml(name))


def _judge(case: ElementTree.Element, findings: Any) -> None:
    for tag, kinds in (("failure", (INVALID, DRIFT)), ("skipped", (UNKNOWN,))):
        texts = [finding["message"] for finding in findings if RULES[finding["rule"]].kind in kinds]
        if texts:
            ElementTree.SubElement(case, tag, message=_xml(texts[0])).text = _xml("\n".join(texts))
            return


def _xml(text: str) -> str:
    """Return the text with characters replaced that XML does not allow."""
    return _NO_XML.sub("\ufffd", text)


def to_sarif(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the findings as a SARIF log; a location consists of the NAS, the credential, and the field.

    GitHub's code scanning accepts a log only if each result has a physical location and each rule a full description and a help
    text (docs.github.com, "SARIF support for code scanning"). Findings do not belong to a file, so the location serves as the
    path, and as the line hash by which GitHub recognizes a finding.
    """
    rules = [
        {
            "id": rule.name,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.title},
            "help": {"text": f"{rule.title}. See {SARIF_HELP}."},
            "helpUri": SARIF_HELP,
            "defaultConfiguration": {"level": rule.level},
        }
        for rule in RULES.values()
    ]
    driver = {"name": "nasops.truenas.cloud_audit", "informationUri": SARIF_HELP, "rules": rules}
    indexes = {name: index for index, name in enumerate(RULES)}
    results = [
        {
            "ruleId": finding["rule"],
            "ruleIndex": indexes[finding["rule"]],
            "level": finding["level"],
            "message": {"text": finding["message"]},
            **_location("/".join(filter(None, (nas, credential, finding["field"])))),
        }
        for (nas, credential), finding in findings(report["nas"])
    ]
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _location(name: str) -> dict[str, Any]:
    location = {
        "physicalLocation": {"artifactLocation": {"uri": quote(name)}, "region": {"startLine": 1}},
        "logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}],
    }
    return {
        "locations": [location],
        "partialFingerprints": {"primaryLocationLineHash": hashlib.sha256(name.encode()).hexdigest()[:16] + ":1"},
    }
