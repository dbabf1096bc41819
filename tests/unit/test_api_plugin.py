# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection plugin `api`, as Ansible's actions see it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible.playbook.play_context import PlayContext

from ansible_collections.nasops.truenas.plugins.connection import api


def test_the_home_is_that_of_the_local_user_and_not_of_the_user_of_the_nas(monkeypatch: pytest.MonkeyPatch) -> None:
    local = SimpleNamespace(default_user="me")
    monkeypatch.setattr(api, "connection_loader", SimpleNamespace(get=lambda *_arguments: local))
    assert api.Connection(PlayContext()).default_user == "me"
