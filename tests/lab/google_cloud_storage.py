# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Google Cloud Storage: the buckets of a project, to a service account that signs for its tokens."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode
from http import HTTPStatus
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from . import google
from .base import CONTENT, FILE
from .stand_in import Answer, Request, StandIn

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
BUCKET = "lab-bucket"
PROJECT = "lab-project"


class GoogleCloudStorage(StandIn):
    """Answers `GET /storage/v1/b` and `GET /storage/v1/b/{bucket}/o`, and checks the signature of requests for tokens (RFC 7523).

    `scoped` service accounts can list `bucket`, but not the buckets of the project.
    """

    hosts = ("storage.googleapis.com", google.TOKEN_ADDRESS[0])
    bucket = BUCKET

    def __init__(self) -> None:
        super().__init__()
        self._keys = {name: rsa.generate_private_key(65537, 2048) for name in ("owner", "guest")}
        self._tokens: dict[str, str] = {}

    @property
    def options(self) -> dict[str, Any]:
        return self._options(self.account("owner"))

    @property
    def scoped_options(self) -> dict[str, Any]:
        """Options of an account that cannot list the buckets."""
        return self._options(self.account("guest"))

    def account(self, name: str) -> dict[str, Any]:
        """Return the service account's file, as an object."""
        key = self._keys[name].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "1",
            "private_key": key.decode(),
            "client_email": _email(name),
            "client_id": "1",
            "token_uri": google.TOKEN_URI,
        }

    def refused(self) -> dict[str, dict[str, Any]]:
        owner, guest = self.account("owner"), self.account("guest")
        return {
            "wrong_secret": self._options(owner | {"private_key": guest["private_key"]}),
            "unknown_key": self._options(owner | {"client_email": _email("nobody")}),
            "scoped_key": self.scoped_options,
            "key_is_no_key": self._options(owner | {"private_key": "no key"}),
            "not_a_service_account": self._options(owner | {"type": "authorized_user"}),
        }

    def client(self) -> dict[str, Any]:
        return super().client() | {"bucket": self.bucket, "scoped_options": self.scoped_options}

    def answer(self, request: Request) -> Answer | None:
        if (request.host, request.path) == google.TOKEN_ADDRESS:
            return self._token(request.form["assertion"]) if request.form.get("grant_type") == GRANT else None
        if not (name := self._tokens.get(request.authorization[1])):
            return google.stranger()
        if request.path == "/storage/v1/b":
            if name == "guest":
                message = (
                    f"{_email(name)} does not have storage.buckets.list access to the Google Cloud project. Permission "
                    "'storage.buckets.list' denied on resource (or it may not exist)."
                )
                return google.refusal(HTTPStatus.FORBIDDEN, "forbidden", message, "PERMISSION_DENIED")
            return Answer(body={"kind": "storage#buckets", "items": [{"name": self.bucket, "id": self.bucket}]})
        if request.path != f"/storage/v1/b/{self.bucket}/o":
            return google.refusal(HTTPStatus.NOT_FOUND, "notFound", "The specified bucket does not exist.", "NOT_FOUND")
        file = {"name": FILE, "bucket": self.bucket, "size": str(len(CONTENT)), "updated": "2026-01-01T00:00:00Z"}
        return Answer(body={"kind": "storage#objects", "items": [file]})

    def _token(self, assertion: str) -> Answer:
        signed, _dot, signature = assertion.rpartition(".")
        issuer = json.loads(_decoded(signed.partition(".")[2]))["iss"]
        name = issuer.partition("@")[0]
        if issuer != _email(name) or name not in self._keys:
            return _refused("Invalid grant: account not found")
        try:
            self._keys[name].public_key().verify(_decoded(signature), signed.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return _refused("Invalid JWT Signature.")
        token = secrets.token_hex(16)
        self._tokens[token] = name
        return Answer(body={"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    @staticmethod
    def _options(account: dict[str, Any]) -> dict[str, Any]:
        return {"service_account_credentials": json.dumps(account)}


def _email(name: str) -> str:
    return f"{name}@{PROJECT}.iam.gserviceaccount.com"


def _decoded(text: str) -> bytes:
    # The padding is left out in a token, and too much of it is ignored.
    return urlsafe_b64decode(text + "==")


def _refused(description: str) -> Answer:
    return Answer(HTTPStatus.BAD_REQUEST, {"error": "invalid_grant", "error_description": description})
