# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys in every form that people have: what the module sends, the NAS loads, rclone uses and the probe uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import Refused, looks_like_key
from ansible_collections.nasops.truenas.plugins.module_utils.keypair.keys import private_key
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.options import masked
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import cloud_credential, ssh_keypair
from tests.keys import NAMES, forms, read, unusable
from tests.unit.in_process import InProcessNas
from tests.unit.tasks import defaults

FORMS = forms()
UNUSABLE = unusable()


@pytest.fixture(scope="module")
def nas() -> Iterator[InProcessNas]:
    """A NAS, which runs the real ssh-keygen."""
    with InProcessNas() as box:
        yield box


def run(nas: InProcessNas, check: bool, **options: Any) -> dict[str, Any]:
    """Run a task and return its result."""
    return ssh_keypair.read({**defaults(ssh_keypair.ARGUMENTS), **options}, check)(Nas(nas))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_stored_by_the_real_run_as_in_check_mode(form: str, nas: InProcessNas) -> None:
    text, line = FORMS[form]
    planned = run(nas, True, name=form, private_key=text)
    made = run(nas, False, name=form, private_key=text)
    again = run(nas, False, name=form, private_key=text)
    assert (planned["action"], made["action"], again["action"]) == ("created", "created", "none")
    assert planned["diff"] == made["diff"]
    assert made["keypair"]["public_key"] == line


@pytest.mark.parametrize("form", FORMS)
def test_what_is_sent_is_the_same_text_each_time(form: str) -> None:
    text, line = FORMS[form]
    sent = private_key(text)
    assert str(sent.public) == line
    assert private_key(text) == private_key(sent.text) == sent


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("wrong", UNUSABLE)
@pytest.mark.parametrize("check", [True, False])
def test_what_the_nas_cannot_use_is_refused_before_anything_is_sent(wrong: str, check: bool, nas: InProcessNas) -> None:
    text, reason = UNUSABLE[wrong]
    nas.calls.clear()
    with pytest.raises(errors.InvalidInput, match=reason) as caught:
        run(nas, check, name="never", private_key=text)
    assert nas.calls == []
    assert all(line not in str(caught.value) for line in text.splitlines() if len(line) > 20)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_a_putty_key_that_was_changed_anywhere_is_refused(name: str, version: int) -> None:
    lines = read(f"{name}.v{version}.ppk").splitlines()
    for place, line in enumerate(lines):
        if line.startswith(("Public-Lines", "Private-Lines")):
            continue
        changed = f"{line[:-1]}{'0' if line[-1] != '0' else '1'}"
        with pytest.raises(Refused, match=r"PuTTY|passphrase"):
            private_key("\n".join((*lines[:place], changed, *lines[place + 1 :])))


@pytest.mark.parametrize("form", [*FORMS, *UNUSABLE])
def test_a_key_in_the_wrong_place_is_masked(form: str) -> None:
    text, _rest = {**FORMS, **UNUSABLE}[form]
    assert looks_like_key(text)
    shown = str(masked({"sftp": {"host": text, "private_key": text}}, cloud_credential.ARGUMENTS))
    assert all(line not in shown for line in text.splitlines() if len(line) > 40)
