# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields are declared alike for every kind of object, not only for providers."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from ansible_collections.nasops.truenas.plugins.module_utils.fields.field import option, options_of, problem_of
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import MASK, Count, Flag, Text
from ansible_collections.nasops.truenas.plugins.module_utils.providers import BY_WIRE_TYPE


class Task(BaseModel):
    """An object that is not a credential."""

    model_config = ConfigDict(strict=True, extra="forbid")

    path: Text = option("Path of the data set.", required=True, min_length=1)
    encryption_password: Text = option("Password of the encryption.", secret=True)
    transfers: Count = option("Number of transfers.", since="25.10")
    follow_symlinks: Flag = option("Whether to follow symbolic links.", default=False)


def test_a_model_of_any_kind_declares_fields_with_traits() -> None:
    fields = options_of(Task)
    assert [*fields] == ["path", "encryption_password", "transfers", "follow_symlinks"]
    assert fields["path"].required
    assert fields["transfers"].kind.ansible == "int"
    assert fields["transfers"].since == (25, 10, 0)
    assert fields["follow_symlinks"].default is False
    assert fields["encryption_password"].public("hush") == MASK
    assert [*fields["encryption_password"].secrets("hush")] == ["hush"]


@pytest.mark.parametrize(
    ("values", "reason", "remedy"),
    [
        ({"path": ""}, "must not be empty", "Set a value."),
        ({"transfers": 0}, "must be at least 1", "Set a number of 1 or more."),
        ({"follow_symlinks": "yes"}, "must be true or false", "Set true or false."),
        ({"encryption_password": MASK}, "contains a masked value, which would overwrite the real one on the NAS", ""),
        ({"speed": 1}, "is not a field", "Use one of: path, encryption_password, transfers, follow_symlinks."),
    ],
)
def test_a_mistake_has_a_field_a_reason_and_a_remedy(values: dict[str, object], reason: str, remedy: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Task.model_validate(values)
    [error] = raised.value.errors(include_url=False, include_input=False)
    problem = problem_of(error, f"task.{error['loc'][0]}", options_of(Task))
    assert (problem.field, problem.reason) == (f"task.{next(iter(values))}", reason)
    assert remedy in problem.remedy


@pytest.mark.parametrize("field", ["S3.region", "S3.secret_access_key", "B2.account", "PCLOUD.hostname", "FTP.user"])
def test_a_value_that_is_too_long_is_measured_in_characters(field: str) -> None:
    provider, name = BY_WIRE_TYPE[field.partition(".")[0]], field.partition(".")[2]
    _values, [problem] = provider.parse({name: "a" * 1025})
    expected = f"{provider.key}.{name}: must have at most 1024 characters. Shorten the value."
    assert str(problem) == expected


@pytest.mark.parametrize(
    ("written", "example"),
    [
        ("minio.lan:9000", "https://minio.lan:9000"),
        ("::error::x", "https://host.example/path"),
        ("[x]", "https://host.example/path"),
    ],
)
def test_the_example_of_a_url_is_a_url(written: str, example: str) -> None:
    _values, [problem] = BY_WIRE_TYPE["S3"].parse({"endpoint": written})
    assert problem.remedy is not None
    assert problem.remedy.endswith(example)
