# SPDX-License-Identifier: GPL-3.0-or-later
"""Error and hint of a verification are two sentences wherever a person reads them, and an unknown name has a remedy."""

from __future__ import annotations

import ast
import datetime
import html
import itertools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.nasops.truenas.plugins.module_utils.audit import compare, formats, report
from ansible_collections.nasops.truenas.plugins.module_utils.bucket import lifecycle
from ansible_collections.nasops.truenas.plugins.module_utils.credential import spec
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.causes import CAUSES, Cause
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.classify import explained
from ansible_collections.nasops.truenas.plugins.module_utils.diagnosis.probes.base import ProbeRefused, ProbeTarget
from ansible_collections.nasops.truenas.plugins.module_utils.engine.ensure import ensure
from ansible_collections.nasops.truenas.plugins.module_utils.errors import (
    Problem,
    VerificationFailed,
    counted,
    sentences,
)
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.providers import PROVIDERS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_audit, cloud_credential
from ansible_collections.nasops.truenas.plugins.module_utils.usage.kind import KIND
from ansible_collections.nasops.truenas.plugins.plugin_utils.audit_page import to_html
from tests.unit.fake_nas import FakeNas
from tests.unit.tasks import defaults

SAID = "the provider said no (403)"
OPTIONS = {"account": "a", "key": "hush-canary"}
STORED = {"id": 4, "name": "offsite", "provider": {"type": "B2", **OPTIONS}}
WISH = {"verify": "always", "verify_by": "controller"}
NOW = datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC)


@pytest.fixture(params=[*CAUSES.values()], ids=[*CAUSES])
def told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a person has to read once a probe has ended with a cause."""
    cause: Cause = request.param

    def probe(values: Mapping[str, Any], target: ProbeTarget) -> None:
        raise ProbeRefused(f"{SAID}.", cause)

    monkeypatch.setattr(PROVIDERS["b2"], "probe", probe)
    return f"{SAID}. {explained(cause, PROVIDERS['b2']).hint}".rstrip()


def test_in_the_message_or_the_warning_of_a_task(told: str) -> None:
    desired = spec.read({**defaults(cloud_credential.ARGUMENTS), "name": "offsite", "b2": OPTIONS, **WISH})
    try:
        [text] = ensure(KIND, desired, Nas(FakeNas(STORED)), check_mode=False)["warnings"]
    except VerificationFailed as error:
        text = str(error)
    assert f": {told}" in text
    assert ".." not in text.replace("%(...)s", "")


def test_in_every_form_of_a_report(told: str) -> None:
    options = {"credentials": [{"name": "offsite", "b2": OPTIONS}], **WISH}
    params = ArgumentSpecValidator(cloud_audit.ARGUMENTS).validate(options).validated_parameters
    found = compare.compare(compare.read(params), Nas(FakeNas(STORED)), NOW)
    made = report.build({"nas1": {"audit": found}}, NOW.isoformat(), "never")
    sarif = [result["message"]["text"] for result in formats.to_sarif(made)["runs"][0]["results"]]
    cases = ElementTree.fromstring(formats.to_junit(made))
    junit = [case.get("message") for case in [*cases.iter("failure"), *cases.iter("skipped")]]
    findings = [finding["message"] for finding in json.loads(json.dumps(made))["nas"][0]["credentials"][0]["findings"]]
    assert told in findings
    assert told in sarif
    assert told in junit
    # The page marks names of options.
    assert told in html.unescape(re.sub("</?code>", "", to_html(made)))


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (("no", "Check it."), "no. Check it."),
        (("no.", "Check it"), "no. Check it."),
        (("no...", ""), "no."),
        (("is it?", "Check it!"), "is it? Check it!"),
        ((" no \n", "Check it."), "no. Check it."),
        (("", "Check it."), "Check it."),
        (("", ""), ""),
    ],
)
def test_sentences(texts: tuple[str, ...], joined: str) -> None:
    assert sentences(*texts) == joined


def test_a_problem_is_two_sentences() -> None:
    assert (
        str(Problem("s3.region", "must be text.", "Put it in quotes")) == "s3.region: must be text. Put it in quotes."
    )
    assert str(Problem("s3.region", "must be text")) == "s3.region: must be text."


def test_an_error_about_a_name_that_the_nas_does_not_have_names_a_remedy() -> None:
    """Either in the text itself, or as the alternative to "Did you mean"."""
    plugins = Path(__file__).parents[2] / "plugins"
    raised = [
        ast.unparse(node)
        for path in sorted(plugins.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise) and "NotFound(" in ast.unparse(node)
    ]
    assert len(raised) > 8
    assert [text for text in raised if not re.search(r"\b(?:Check|Correct|Create|remedy)\b", text)] == []


UNITS = "account backup bucket byte character credential day digit file hour keypair level line object row rule second task time"
PLURAL = re.compile(rf"^ (?:[a-z]+ )?(?:{'|'.join(UNITS.split())})s\b")
PLUGINS = Path(__file__).parents[2] / "plugins"
ALWAYS_SEVERAL = {"{times}", "{count}", "{entry.longest}", "{total}", "{age:.1f}"}
"""Numbers that are never 1: counts of duplicates, the longest text of a field, a request that is too long, and decimals."""


def unbound_plurals(tree: ast.AST) -> list[str]:
    """Return the values in f-strings that a noun in the plural follows, without constants of a module."""
    found = []
    for node in ast.walk(tree):
        for value, text in itertools.pairwise(node.values if isinstance(node, ast.JoinedStr) else ()):
            if (
                isinstance(value, ast.FormattedValue)
                and isinstance(text, ast.Constant)
                and PLURAL.match(str(text.value))
            ):
                shown = ast.unparse(ast.JoinedStr([value])).strip("f'\"")
                found += [] if shown.isupper() or shown in ALWAYS_SEVERAL else [shown]
    return found


def test_a_number_that_can_be_1_has_its_noun_from_one_function() -> None:
    assert unbound_plurals(ast.parse("f'has {len(x)} bytes'")) == ["{len(x)}"]
    found = {path.name: unbound_plurals(ast.parse(path.read_text())) for path in sorted(PLUGINS.rglob("*.py"))}
    assert {name: values for name, values in found.items() if values} == {}


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 days"), (1, "1 day"), ("1", "1 day"), (2, "2 days"), ("1.5", "1.5 days")]
)
def test_a_noun_is_in_the_singular_after_1(number: object, text: str) -> None:
    assert counted(number, "day") == text


def test_a_rule_of_one_day_and_a_field_of_one_character_are_singular() -> None:
    rule = {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    assert lifecycle.described(rule) == "deletes every object in the bucket after 1 day"
    [warning] = PROVIDERS["s3"].warn_of_lengths({"access_key_id": "x"}, ["access_key_id"])
    assert "access_key_id has 1 character." in warning
