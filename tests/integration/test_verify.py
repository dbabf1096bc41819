# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether credentials open real servers, found out by real rclone on the NAS."""

from __future__ import annotations

from typing import Any

from tests.integration.running import Ansible
from tests.lab import Lab
from tests.simulator import Simulator

MODULE = "nasops.truenas.cloud_credential"
PROVIDERS = ("s3", "sftp", "ftp", "webdav", "http")
WRONG = "hush-canary-wrong"


def spoilt(provider: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options with a secret that the server does not accept."""
    if provider == "http":
        return {"url": f"http://someone:{WRONG}@{options['url'].rpartition('@')[2]}"}
    return {**options, "secret_access_key" if provider == "s3" else "pass": WRONG}


def test_good_credentials_are_kept_and_bad_ones_never_written(ansible: Ansible, nas: Simulator, lab: Lab) -> None:
    good = {key: dict(lab.clients()[key]["options"]) for key in PROVIDERS}
    bad = {key: spoilt(key, options) for key, options in good.items()}
    tasks = []
    for key in PROVIDERS:
        tasks += [
            {
                "name": f"bad {key}",
                MODULE: {"name": key, key: "{{ bad." + key + " }}", "verify": "changed"},
                "ignore_errors": True,
            },
            {"name": f"good {key}", MODULE: {"name": key, key: "{{ good." + key + " }}", "verify": "changed"}},
            {
                "name": f"spoil {key}",
                MODULE: {"name": key, key: "{{ bad." + key + " }}", "verify": "changed"},
                "ignore_errors": True,
            },
            {
                "name": f"still {key}",
                MODULE: {"name": key, key: "{{ good." + key + " }}", "verify": "always"},
                "check_mode": True,
            },
        ]
    run = ansible.play(tasks, nas, variables={"good": good, "bad": bad})
    for key in PROVIDERS:
        refused = run.named(f"bad {key}")
        assert refused["verification"]["state"] == "invalid"
        assert refused["verification"]["error"], "the provider's own words"
        assert "No changes were made." in refused["msg"]
        kept = run.named(f"good {key}")
        assert (kept["action"], kept["verification"]["state"]) == ("created", "valid"), key
        assert run.named(f"spoil {key}")["verification"]["state"] == "invalid"
        still = run.named(f"still {key}")
        assert (still["changed"], still["verification"]["state"]) == (False, "valid"), key
    assert run.code == 0
    writes = [call["method"] for call in nas.journal() if call["method"].endswith((".create", ".update"))]
    assert writes == ["cloudsync.credentials.create"] * len(PROVIDERS)


def test_http_is_read_by_listing_a_folder(ansible: Ansible, nas: Simulator, lab: Lab) -> None:
    nowhere = {"url": f"{lab.http.url.rstrip('/')}/nowhere/"}
    tasks = [
        {
            "name": "nowhere",
            MODULE: {"name": "web", "http": "{{ nowhere }}", "verify": "always"},
            "ignore_errors": True,
        },
    ]
    run = ansible.play(tasks, nas, variables={"nowhere": nowhere})
    assert run.named("nowhere")["verification"]["state"] == "invalid"


def test_a_provider_without_backend_is_inconclusive_and_a_rotating_one_skipped(
    ansible: Ansible, nas: Simulator
) -> None:
    tasks = [
        {"name": "mega", MODULE: {"name": "m", "mega": {"user": "u", "pass": "{{ secret }}"}, "verify": "changed"}},
        {"name": "box", MODULE: {"name": "b", "box": {"token": {"access_token": "{{ secret }}"}}, "verify": "changed"}},
    ]
    run = ansible.play(tasks, nas, variables={"secret": WRONG})
    assert run.code == 0, run.output[-2000:]
    assert run.named("mega")["verification"]["state"] == "inconclusive"
    assert run.named("mega")["action"] == "created"
    assert run.named("box")["verification"]["state"] == "skipped"
    assert "verify_may_refresh" in run.named("box")["verification"]["error"]
