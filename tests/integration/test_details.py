# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tasks use a credential and what its secrets are like, through ansible-playbook, for an owner and for a reader."""

from __future__ import annotations

import json

import pytest

from tests.integration.running import Ansible, secret
from tests.integration.samples import OPTIONS, token
from tests.simulator import Simulator

INFO = "nasops.truenas.cloud_credential_info"
KEY = {**OPTIONS["google_cloud_storage"]["service_account_credentials"], "client_email": "b@p", "private_key_id": "k1"}
SEED = {
    "credentials": [
        {
            "id": 2,
            "name": "used",
            "provider": {"type": "BOX", "client_secret": secret(1), "token": json.dumps(token(2))},
        },
        {
            "id": 3,
            "name": "unused",
            "provider": {"type": "GOOGLE_CLOUD_STORAGE", "service_account_credentials": json.dumps(KEY)},
        },
    ],
    "cloud_sync": [{"id": 4, "description": "nightly", "credentials": 2}],
    "cloud_backup": [{"id": 5, "description": "weekly", "credentials": 2}],
}
TASK = {"name": "look", INFO: {"usage": True, "preview": True}}


@pytest.mark.parametrize("reader", [False, True])
def test_usage_and_preview(ansible: Ansible, reader: bool) -> None:
    with Simulator(seed=SEED) as nas:
        run = ansible.play([TASK], nas, api_key=nas.read_only_api_key if reader else "")
        methods = [call["method"] for call in nas.journal() if not call["method"].startswith("auth.")]
    assert run.code == 0, run.output[-3000:]
    assert sorted(methods) == ["cloud_backup.query", "cloudsync.credentials.query", "cloudsync.query"]
    unused, used = run.named("look")["credentials"]
    assert (used["unused"], unused["unused"], unused["used_by"]) == (False, True, [])
    assert used["used_by"] == [
        {"service": "cloudsync", "id": 4, "description": "nightly"},
        {"service": "cloud_backup", "id": 5, "description": "weekly"},
    ]
    if reader:
        assert used["preview"] == unused["preview"] == {}
        return
    assert used["preview"] == {"token": {"token_type": "Bearer", "expiry": "2030-01-01T00:00:00Z", "refreshable": True}}
    shown = {"project_id": "p", "client_email": "b@p", "private_key_id": "k1"}
    assert unused["preview"] == {"service_account_credentials": shown}
