# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML's own readings are refused where text belongs: for every option of every module, by each of its names."""

from __future__ import annotations

import datetime
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.nasops.truenas.plugins import modules
from ansible_collections.nasops.truenas.plugins.filter import (
    from_rclone,
    merge_by_name,
    rotation,
    to_rclone,
    without_secret,
)
from ansible_collections.nasops.truenas.plugins.module_utils import mistyped, tasks, timeouts, value_types
from ansible_collections.nasops.truenas.plugins.module_utils.arguments import CLOUD_AUDIT_REPORT as REPORT
from ansible_collections.nasops.truenas.plugins.module_utils.arguments import CLOUD_EXPORT_SHARED, VAULT
from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from ansible_collections.nasops.truenas.plugins.module_utils.oauth.arguments import ARGUMENTS as OAUTH
from ansible_collections.nasops.truenas.plugins.module_utils.providers.arguments import PROVIDER_ARGUMENTS
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential import ARGUMENTS as ONE
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credentials import ARGUMENTS as SET

TASKS = {
    module.name: importlib.import_module(f"{tasks.__name__}.{module.name}").TASK.arguments
    for module in pkgutil.iter_modules(tasks.__path__)
    if hasattr(importlib.import_module(f"{tasks.__name__}.{module.name}"), "TASK")
}
SPECS: dict[str, Mapping[str, Any]] = {
    **{name: {**connection.ARGUMENTS, **arguments} for name, arguments in TASKS.items()},
    "cloud_oauth_token": OAUTH,
    "cloud_audit_report": REPORT,
    "cloud_export_shared": {**CLOUD_EXPORT_SHARED, **VAULT},
}

READINGS = {
    "yes": "a boolean",
    "no": "a boolean",
    "01234567": "a whole number",
    "00412345670001": "a whole number",
    "12:30": "a whole number",
    "0x1F": "a whole number",
    "1_000": "a whole number",
    "-7": "a whole number",
    "1.10": "a decimal number",
    "1.0e+5": "a decimal number",
    ".inf": "a decimal number",
    "2024-01-01": "a date",
    "2024-01-01T10:00:00Z": "a date and time",
    "!!binary aGVsbG8=": "binary data",
    "[hush]": "a list",
    "{hush: hush}": "a mapping",
    "!!set {hush}": "a list",
}
"""What is written without quotes, and what YAML 1.1 makes of it."""


def paths(spec: Mapping[str, Any], to: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Mapping[str, Any]]]:
    """Yield each option of a spec by each of its names, as the keys and indexes that lead to it, with its declaration."""
    for name, argument in spec.items():
        for written in (name, *argument.get("aliases", ())):
            is_list = argument.get("type") == "list"
            here = (*to, written, 1) if is_list else (*to, written)
            if "options" in argument:
                yield from paths(argument["options"], here)
            elif is_list:
                yield here, {**argument, "type": argument["elements"]}
            else:
                yield here, argument


def given(path: tuple[Any, ...], value: Any) -> Any:
    """Return options that have the value at the path; 1 is the second item of a list, whose items have names if they can."""
    *outer, last = path
    value = ["first", value] if last == 1 else {last: value}
    for step in reversed(outer):
        value = [{"name": "first"}, {"name": "second", **value}] if step == 1 else {step: value}
    return value


def field(path: tuple[Any, ...]) -> str:
    """Return how a problem names the option at a path."""
    shown = ""
    for place, step in enumerate(path):
        if step == 1:
            named = path[place + 1 :] not in ((), ("name",))
            shown += "[1] (second)" if named else "[1]"
        else:
            shown += f".{step}" if shown else step
    return shown


Option = tuple[tuple[Any, ...], Mapping[str, Any]]


def options(module: str, *types: str) -> list[Option]:
    """Return the options of a module that are of these types, by each of their names."""
    return [option for option in paths(SPECS[module]) if option[1].get("type", "str") in types]


every_module = pytest.mark.parametrize("module", SPECS)


def read(written: str) -> Any:
    """Return what YAML makes of a value that has no quotes."""
    return yaml.safe_load(f"value: {written}")["value"]


def test_every_module_is_looked_at() -> None:
    assert SPECS.keys() == {module.name for module in pkgutil.iter_modules(modules.__path__)}
    assert all(options(module, *value_types.TEXTS) for module in SPECS)


@every_module
@pytest.mark.parametrize("written", READINGS)
def test_no_reading_of_yaml_takes_the_place_of_text(module: str, written: str) -> None:
    for path, argument in options(module, *value_types.TEXTS):
        [problem] = mistyped.problems(given(path, read(written)), SPECS[module])
        assert problem.path == field(path)
        assert problem.reason.startswith(f"must be text, but is {READINGS[written]}")
        assert ("Set one of: " if argument.get("choices") else "quotes") in problem.remedy
        assert "hush" not in str(problem)
        has_short_form = READINGS[written].split()[-1] not in ("list", "mapping", "data")
        assert ("(" in problem.reason) == (has_short_form and not argument.get("no_log")), path


@every_module
@hypothesis.given(text=st.text() | st.from_regex(r"[0-9]{1,20}") | st.sampled_from([*READINGS]))
@hypothesis.settings(max_examples=20, deadline=None, derandomize=True)
def test_text_is_left_alone_whatever_it_looks_like(module: str, text: str) -> None:
    for path, _argument in options(module, *value_types.TEXTS):
        assert (path, mistyped.problems(given(path, text), SPECS[module])) == (path, [])


@every_module
def test_null_is_not_given_but_in_a_list(module: str) -> None:
    for path, _argument in options(module, *value_types.TEXTS):
        found = [problem.reason for problem in mistyped.problems(given(path, None), SPECS[module])]
        assert (path, found) == (path, ["must be text, but is null"] if path[-1] == 1 else [])


@every_module
def test_a_whole_number_is_one_of_the_words_if_its_digits_are(module: str) -> None:
    for path, argument in options(module, "str"):
        for number in range(-1, 12) if "choices" in argument else ():
            found = mistyped.problems(given(path, number), SPECS[module])
            assert (found == []) == (str(number) in argument["choices"]), path


def test_the_version_of_a_login_is_such_a_word() -> None:
    swift = {"name": "a", "openstack_swift": {"auth_version": 3}}
    assert mistyped.refusals(swift, ONE) == mistyped.refusals({"credentials": [swift]}, SET) == []


@pytest.mark.parametrize("text", ["manual-*, mine", "manual-* ,mine", "manual-*,\nmine"])
def test_spaces_next_to_the_commas_of_a_list_would_become_part_of_the_names(text: str) -> None:
    [problem] = mistyped.problems({"purge_keep": text}, SET)
    assert str(problem) == (
        "purge_keep: must be a list, but is text with spaces next to its commas. Write each item below it, after a dash."
    )
    assert not mistyped.problems({"purge_keep": "manual-*,mine"}, SET)
    assert not mistyped.problems({"purge_keep": ["manual-*, mine"]}, SET)


@pytest.mark.parametrize("text", ["old\nmine\n", "old\n"])
def test_lines_of_a_text_would_be_one_name(text: str) -> None:
    [problem] = mistyped.problems({"purge_keep": text}, SET)
    assert str(problem) == (
        "purge_keep: must be a list, but is text with line breaks. Write each item below it, after a dash."
    )


@pytest.mark.parametrize("text", ["['old']", '["a", "b"]', "[old]", "[]", "{old}", " [\n'old'\n] "])
def test_a_list_that_has_become_text_would_be_a_pattern(text: str) -> None:
    [problem] = mistyped.problems({"purge_keep": text}, SET)
    assert str(problem) == (
        "purge_keep: must be a list, but is text in brackets. Write a list in YAML, or pass the variable to -e as JSON."
    )
    assert not mistyped.problems({"purge_keep": ["[ab]"]}, SET)
    assert not mistyped.problems({"purge_keep": "[prod] offsite"}, SET)


@every_module
@pytest.mark.parametrize("written", ["yes", "2024-01-01", "[hush]", "{hush: hush}"])
def test_what_is_no_number_takes_no_place_of_one(module: str, written: str) -> None:
    for path, _argument in options(module, *value_types.NUMBERS):
        [problem] = mistyped.problems(given(path, read(written)), SPECS[module])
        assert (problem.path, problem.reason.partition(",")[0]) == (field(path), "must be a number")
        assert "hush" not in str(problem)
        assert mistyped.problems(given(path, 22), SPECS[module]) == []


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), timeouts.MAX_TIMEOUT + 1])
def test_a_timeout_out_of_range_has_a_remedy(seconds: float) -> None:
    [problem] = timeouts.timeout_problems("timeout", seconds)
    assert str(problem).endswith("at most 86400. Set another number, such as 60.")


@every_module
@pytest.mark.parametrize("written", ["1.5", ".inf", "-.inf", ".nan"])
def test_a_part_of_a_number_and_infinity_are_no_whole_number(module: str, written: str) -> None:
    for path, _argument in options(module, "int"):
        # Ansible itself fails at infinity.
        assert mistyped.refusals(given(path, read(written)), SPECS[module])
        [problem] = mistyped.problems(given(path, read(written)), SPECS[module])
        assert (problem.path, problem.reason.partition(",")[0]) == (field(path), "must be a whole number")
        assert problem.remedy == "Set a whole number."
        assert mistyped.problems(given(path, 22.0), SPECS[module]) == []


@every_module
def test_a_token_is_text_or_a_mapping_and_only_a_reference_is_a_number(module: str) -> None:
    for path, argument in options(module, "raw"):
        values = [read(written) for written in READINGS]
        refused = [value for value in values if mistyped.problems(given(path, value), SPECS[module])]
        assert len([value for value in refused if isinstance(value, int) and not isinstance(value, bool)]) == (
            6 if argument.get("no_log") else 0
        ), path
        assert {type(value) for value in refused} >= {bool, float, datetime.date, datetime.datetime, bytes}
        assert dict not in {type(value) for value in refused}


@pytest.mark.parametrize("provider", PROVIDER_ARGUMENTS)
def test_a_provider_takes_a_mapping_only(provider: str) -> None:
    for value in [*map(read, READINGS), "hush"]:
        found = mistyped.refusals({"credentials": [{"name": "a", provider: value}]}, SET)
        if isinstance(value, dict):
            assert [problem.reason for problem in found] == ["Unsupported parameters: hush"]
            continue
        [problem] = found
        assert problem.path == f"credentials[0] (a).{provider}"
        assert problem.reason.startswith("must be a mapping, but is ")
        assert all(name in problem.remedy for name in PROVIDER_ARGUMENTS[provider]["options"])
        assert "hush" not in str(problem)


def test_a_list_of_credentials_is_a_list_of_mappings() -> None:
    for value in [*map(read, READINGS), "hush"]:
        other = [] if isinstance(value, dict) else value
        [item] = mistyped.refusals({"credentials": [{"name": "a"}, other]}, SET)
        assert item.field == "credentials[1]"
        alone = [] if isinstance(value, list) else mistyped.refusals({"credentials": value}, SET)
        assert all(problem.path == "credentials" for problem in alone)
        assert len(alone) == (0 if isinstance(value, list) else 1)
        assert "hush" not in f"{alone}{item}"


TYPOS = {"secret_acces_key": "secret_access_key", "accesskey_id": "access_key_id", "Endpoint": "endpoint"}


@pytest.mark.parametrize("typo", TYPOS)
def test_a_typo_in_an_item_is_reported_with_index_name_and_suggestion(typo: str) -> None:
    one = {"name": "b", "s3": {typo: "hush"}}
    [single] = mistyped.refusals(one, ONE)
    [item] = mistyped.refusals({"credentials": [{"name": "a"}, one]}, SET)
    assert str(single) == f"s3: Unsupported parameters: {typo}. Did you mean '{TYPOS[typo]}'?"
    assert str(item) == f"credentials[1] (b).{single}"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"nmae": "x"}, ": Unsupported parameters: nmae. Did you mean 'name'?"),
        ({"s33": {"access_key_id": "A"}}, ": Unsupported parameters: s33. Did you mean 's3'?"),
        (
            {"s3": {}, "secret_access_key": "hush"},
            ": Unsupported parameters: secret_access_key. Did you mean 's3.secret_access_key'?",
        ),
        (
            {"s3": {"verify_buckets": "b"}},
            ".s3: Unsupported parameters: verify_buckets. Did you mean 'verify_bucket', one level up?",
        ),
        (
            {"access_key_id": "hush"},
            ": Unsupported parameters: access_key_id. It is a field of a provider. Write it one level below the provider, for "
            "example as s3.access_key_id.",
        ),
        ({"state": "absnt"}, ".state: must not be 'absnt'. Did you mean 'absent'?"),
        ({"state": "gone"}, ".state: must not be 'gone'. Set one of: present, absent."),
        ({"sftp": {"port": "hush"}}, ".sftp.port: must be a number, but is text. Set a number."),
        ({"allow_type_change": "hush"}, ".allow_type_change: must be true or false, but is text. Set true or false."),
        ({"b2": {"x": "hush"}}, ".b2: Unsupported parameters: x. Supported parameters include: account, key."),
    ],
)
def test_names_of_the_item_and_of_its_provider_are_both_thought_of(options: dict[str, Any], told: str) -> None:
    [problem] = mistyped.refusals({"credentials": [{"name": "b", **options}]}, SET)
    assert str(problem) == f"credentials[0] (b){told}"


@every_module
def test_every_message_of_ansible_has_a_field_and_a_remedy(module: str) -> None:
    for path, argument in options(module, "str", "int", "float", "bool"):
        if argument.get("choices") or argument.get("type", "str") != "str":
            assert field(path) in [problem.path for problem in mistyped.refusals(given(path, "hush"), SPECS[module])]
    missing = mistyped.refusals({}, SPECS[module])
    assert [problem for problem in missing if not problem.field or not problem.remedy] == []


def test_a_missing_option_of_the_connection_has_the_places_where_it_can_be_set() -> None:
    [host] = [problem for problem in mistyped.refusals({}, SPECS["cloud_credential_info"]) if problem.field == "host"]
    assert str(host) == (
        "host: is required. Set it in the task, in the environment (TRUENAS_HOST), or use the connection plugin "
        "nasops.truenas.api."
    )


def test_two_providers_are_one_mistake() -> None:
    item = {"name": "b", "s3": {"acces_key_id": 7, "endpoint": 5}, "ftp": {"prot": "many"}, "state": "present"}
    [problem] = mistyped.refusals({"credentials": [item]}, SET)
    assert problem.path == "credentials[0] (b).ftp"
    assert problem.reason == "cannot be combined with s3"


def test_all_mistakes_are_reported_at_once_and_each_once() -> None:
    credentials = [
        {"name": "fine"},
        {"name": False, "s3": {"secret_acces_key": "hush", "region": 1.10}},
        {"name": "c", "s3": {"max_upload_parts": "many", "secret_access_key": 7}, "state": "gone"},
        {"s3": {}},
        "no mapping",
    ]
    found = mistyped.refusals({"credentials": credentials, "purge": "maybe", "purge_keep": [1]}, SET)
    assert [problem.path for problem in found] == [
        "credentials[1].name",
        "credentials[1].s3",
        "credentials[1].s3.region",
        "credentials[2] (c).s3.max_upload_parts",
        "credentials[2] (c).s3.secret_access_key",
        "credentials[2] (c).state",
        "credentials[3].name",
        "credentials[4]",
        "purge",
        "purge_keep[0]",
    ]
    assert all(problem.remedy for problem in found)
    assert "hush" not in str([*map(str, found)])


FILTERS: list[tuple[str, Callable[[list[Any]], Any]]] = [
    ("credentials", to_rclone.to_rclone),
    ("top", lambda credentials: merge_by_name.merge_by_name([], credentials)),
    ("credentials", lambda credentials: merge_by_name.merge_by_name(credentials, [])),
]


@pytest.mark.parametrize("written", READINGS)
@pytest.mark.parametrize(("name", "call"), FILTERS, ids=["to_rclone", "merge_by_name top", "merge_by_name input"])
def test_a_filter_refuses_what_yaml_has_changed_with_index_and_field(
    name: str, call: Callable[[list[Any]], Any], written: str
) -> None:
    texts = [
        path for path, argument in paths(ONE) if argument.get("type", "str") in value_types.TEXTS and 1 not in path
    ]
    items: list[dict[str, Any]] = [{"name": "second", **given(path, read(written))} for path in texts]
    with pytest.raises(AnsibleFilterError) as refused:
        call(items)
    for index, path in enumerate(texts):
        label = f"{name}[{index}]" + ("" if path == ("name",) else " (second)")
        assert f"{label}.{field(path)}: must be text, but is {READINGS[written]}" in str(refused.value)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("option", ["names", "absent"])
def test_a_rotation_is_of_names_that_are_text(option: str) -> None:
    for written, kind in READINGS.items():
        names: dict[str, Any] = {"names": ["a"], option: ["a", read(written)]}
        with pytest.raises(AnsibleFilterError, match=rf"{option}\[1\]: must be text, but is {kind}"):
            rotation.rotation(host="nas1", **names)


@pytest.mark.parametrize("written", READINGS)
def test_the_options_of_the_rclone_filters_are_text(written: str) -> None:
    kind, value = READINGS[written], read(written)
    with pytest.raises(AnsibleFilterError, match=f"version: must be text, but is {kind}"):
        from_rclone.from_rclone("[a]\ntype = http\nurl = https://h/", version=value)
    with pytest.raises(AnsibleFilterError, match=f"key_files.a: must be text, but is {kind}"):
        to_rclone.to_rclone([], key_files={"a": value})
    if kind != "a whole number":
        with pytest.raises(AnsibleFilterError, match=f"keypairs.a: must be text, but is {kind}"):
            from_rclone.from_rclone("[a]\ntype = sftp\nhost = h\nuser = u", keypairs={"a": value})


def test_without_secret_refuses_a_number_for_a_secret() -> None:
    with pytest.raises(AnsibleFilterError, match=r"credentials\[0\] \(a\)\.b2\.key: must be text"):
        without_secret.without_secret([{"name": "a", "b2": {"key": 342391}}])


@pytest.mark.parametrize(("name", "call"), FILTERS, ids=["to_rclone", "merge_by_name top", "merge_by_name input"])
def test_what_ansible_omits_is_not_given_to_a_filter(name: str, call: Callable[[list[Any]], Any]) -> None:
    # Ansible's `omit` reaches a filter as an object of its own, and is dropped only later, from the options of a task.
    omit = object()
    call([{"name": "a", "state": "absent", "verify": omit, "undeclared": omit}])
    assert mistyped.problems({"name": "a", "ftp": {"host": omit, "user": omit}}, ONE) == []
