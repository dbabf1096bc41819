# SPDX-License-Identifier: GPL-3.0-or-later
"""The private key of a service account is refused on reading if rclone on the NAS would not read it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import Refused
from ansible_collections.nasops.truenas.plugins.module_utils.providers.google_cloud_storage import service_account
from tests.keys import read
from tests.lab.running import thread
from tests.lab.stand_in import Answer, Handler, Listener, Request

RCLONE = Path(sys.executable).with_name("rclone")


def forms() -> dict[str, str]:
    """Return texts that hold a private key, or held one, by what became of them."""
    key = load_ssh_private_key(read("rsa.key").encode(), None)
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    ecdsa = load_ssh_private_key(read("ecdsa.key").encode(), None)
    first, *body, last = plain.splitlines()
    return {
        "as issued": plain,
        "public key": key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "public key of PKCS #1": key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode(),
        "PKCS #1": key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode(),
        "without the last line break": plain.rstrip(),
        "CRLF": plain.replace("\n", "\r\n"),
        "CR": plain.replace("\n", "\r"),
        "spaces for line breaks": plain.replace("\n", " "),
        "tabs for line breaks": plain.replace("\n", "\t"),
        "no line breaks": plain.replace("\n", ""),
        "line break escaped once more": plain.replace("\n", "\\n"),
        "line break escaped twice more": plain.replace("\n", "\\\\n"),
        "line breaks within only": f"{first}{''.join(body)}\n{last}\n",
        "line breaks without END's": f"{first}\n{''.join(body)}{last}\n",
        "body in one line": f"{first}\n{''.join(body)}\n{last}\n",
        "spaces in the body": f"{first}\n{' '.join(body)}\n{last}\n",
        "indented": plain.replace("\n", "\n  "),
        "indented from the first line": "".join(f"  {line}\n" for line in (first, *body, last)),
        "empty lines": plain.replace("\n", "\n\n"),
        "spaces at line ends": plain.replace("\n", "  \n"),
        "text around": f"the key\n{plain}the end\n",
        "byte order mark": f"\ufeff{plain}",
        "no-break spaces": plain.replace("\n", "\u00a0\n"),
        "URL-safe base64": f"{first}\n{''.join(body).replace('+', '-').replace('/', '_')}\n{last}\n",
        "cut": plain[:-200],
        "masked": plain.replace(body[2], "*" * 64),
        "with a header": f"{first}\nComment: x\n\n{chr(10).join(body)}\n{last}\n",
        "OpenSSH": read("rsa.key"),
        "ECDSA": ecdsa.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode(),
        "encrypted": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode(),
    }


FORMS = forms()


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[str, list[str]]]:
    """The address of a stand-in for Google's login, and the paths that it was asked for."""
    paths: list[str] = []

    def answer(request: Request) -> Answer:
        paths.append(request.path)
        return Answer(400, {"error": "invalid_grant"})

    login = type("Login", (Handler,), {"answer": staticmethod(answer)})
    with Listener(("127.0.0.1", 0), login) as listener, thread(listener.serve_forever, listener.shutdown):
        yield f"http://127.0.0.1:{listener.server_port}", paths


def account(private_key: str, **more: str) -> dict[str, Any]:
    """Return the file of a key."""
    return {"type": "service_account", "project_id": "p", "client_email": "a@b", "private_key": private_key, **more}


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_refused_if_rclone_does_not_read_it(form: str, asked: tuple[str, list[str]], tmp_path: Path) -> None:
    address, paths = asked
    paths.clear()
    value = json.dumps(account(FORMS[form], token_uri=f"{address}/token"))
    config = tmp_path / "rclone.conf"
    config.write_text(
        f"[far]\ntype = google cloud storage\nproject_number = p\nservice_account_credentials = {value}\n"
    )
    command = [str(RCLONE), "--config", str(config), "--retries", "1", "--low-level-retries", "1", "lsf", "far:"]
    subprocess.run(command, capture_output=True, check=False, env={"HOME": str(tmp_path)})
    # A key that was read has signed a request for a token.
    if paths:
        assert service_account(value) == value
        return
    with pytest.raises(Refused, match="private_key") as caught:
        service_account(value)
    said = f"{caught.value.reason} {caught.value.remedy}"
    assert not [line for line in FORMS[form].split() if len(line) > 30 and line in said]
