# SPDX-License-Identifier: GPL-3.0-or-later
"""A provider's login on loopback: it checks what RFC 6749, 7636 and 8628 say that it has to, and keeps what it was sent."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit


class OAuthServer:
    """Serves while the context lasts. What a test sets decides how it behaves.

    `token` is what it gives; `denies` is the error that the person's refusal leads to; `forges` are parameters of the redirect
    that differ from what they should be, where None leaves one out; `pending` are the errors that come before the device's token.
    """

    def __init__(self, client_id: str, client_secret: str, token: dict[str, Any]) -> None:
        self.client_id, self.client_secret, self.token = client_id, client_secret, token
        self.denies = ""
        self.forges: dict[str, str | None] = {}
        self.pending: list[str] = []
        self.asks_for_proof = True
        self.authorized: list[dict[str, str]] = []
        self.asked: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._device_code = secrets.token_urlsafe()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._worker = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def options(self) -> dict[str, Any]:
        """The options of a task that logs in here."""
        return {
            "client_id": self.client_id,
            "authorize_url": f"{self.url}/authorize",
            "token_url": f"{self.url}/token",
            "device_url": f"{self.url}/device",
        }

    def __enter__(self) -> Self:
        self._worker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._worker.join()

    def authorize(self, query: dict[str, str]) -> str:
        """Return where the browser is sent: back, with a code or a refusal."""
        self.authorized.append(query)
        assert (query["client_id"], query["response_type"]) == (self.client_id, "code")
        assert query["state"]
        code = secrets.token_urlsafe()
        self._codes[code] = query
        answer: dict[str, str | None] = {"code": code, "state": query["state"]}
        if self.denies:
            answer = {"error": self.denies, "error_description": "The user said no", "state": query["state"]}
        given = {name: value for name, value in {**answer, **self.forges}.items() if value is not None}
        return f"{query['redirect_uri']}?{urlencode(given)}"

    def grant(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Return the answer to a request for a token."""
        self.asked.append(form)
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "authorization_code":
            # A code is good for one try.
            query = self._codes.pop(form["code"], None)
            if query is None or form["redirect_uri"] != query["redirect_uri"] or not self._proven(form, query):
                return 400, {"error": "invalid_grant"}
            return 200, self.token
        if form.get("device_code") != self._device_code:
            return 400, {"error": "invalid_grant"}
        return (400, {"error": self.pending.pop(0)}) if self.pending else (200, self.token)

    def _proven(self, form: dict[str, str], query: dict[str, str]) -> bool:
        if not self.asks_for_proof:
            return "code_verifier" not in form and "code_challenge" not in query
        hashed = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        method = query.get("code_challenge_method")
        return method == "S256" and query.get("code_challenge") == hashed.rstrip(b"=").decode()

    def offer(self) -> dict[str, Any]:
        """Return the codes of the device flow."""
        return {
            "device_code": self._device_code,
            "user_code": "WDJB-MJHT",
            "verification_uri": f"{self.url}/enter",
            "expires_in": 60,
            "interval": 0.1,
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(302)
                self.send_header("Location", provider.authorize(dict(parse_qsl(urlsplit(self.path).query))))
                self.end_headers()

            def do_POST(self) -> None:
                form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                status, answer = (200, provider.offer()) if self.path == "/device" else provider.grant(form)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the output of the tests clean."""

        return Handler


def browse(url: str) -> str:
    """Do what a browser does with an address that a person opens and allows; return the last page."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as page:
        return str(page.read().decode())
