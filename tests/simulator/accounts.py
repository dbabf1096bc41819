# SPDX-License-Identifier: GPL-3.0-or-later
"""The one user of the NAS, its API keys, its password, login tokens, and the rights of each
(truenas-api/wire.md §2; upstream plugins/auth.py, role.py)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from . import roles, versions
from .roles import FULL_ADMIN
from .scram import Verifier
from .store import Store

OTP_SECONDS = 30

ADMIN_ROLES = roles.ALL
READER_ROLES = roles.READ | {roles.READONLY_ADMIN}
WRITER_ROLES = READER_ROLES | {"CLOUD_SYNC_WRITE", "CLOUD_BACKUP_WRITE", "KEYCHAIN_CREDENTIAL_WRITE"}


@dataclass(frozen=True)
class Credential:
    """The account with which a session is logged in. `kind` is the server's name for it; `token` is the one that it is in with.

    `attributes` say how (upstream utils/account/authenticator.py); a token has those of the session that made it, which is its
    `parent`.
    """

    kind: str
    username: str
    roles: frozenset[str]
    token: Token | None = None
    attributes: tuple[str, ...] = ()
    key_id: int | None = None
    parent: Credential | None = None
    login_id: str = field(default_factory=lambda: str(uuid.uuid4()), compare=False)
    login_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

    def shown(self, version: str) -> dict[str, Any]:
        """Return what a job says of who started it (upstream api/*/auth.py). The name of a key is that of its user here."""
        data: dict[str, Any] = {"username": self.username}
        if not versions.is_older(version) and self.parent is None:
            data["login_at"] = self.login_at
        if versions.at_least(version, "v26.0.0"):
            data["login_id"] = self.login_id
        if self.key_id is not None:
            data["api_key"] = {"id": self.key_id, "name": self.username}
        if self.parent is not None:
            parent = self.parent.shown(version)
            data["parent"] = {"credentials": parent["type"], "credentials_data": parent["data"]}
        return {"type": self.kind, "data": data}

    @property
    def full_admin(self) -> bool:
        """Whether every method is allowed."""
        return FULL_ADMIN in self.roles

    def has_any_role(self, roles: frozenset[str]) -> bool:
        """Return whether one of `roles` is held."""
        return self.full_admin or not self.roles.isdisjoint(roles)


@dataclass(frozen=True)
class ApiKey:
    """An API key; on the wire it is `ID-SECRET`."""

    id: int
    secret: str
    roles: frozenset[str]

    @property
    def digest(self) -> str:
        """Tells apart two keys of one id without keeping the secret."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


@dataclass(eq=False)
class Token:
    """A login token and how long it, and each session that is in with it, lasts after its last use."""

    text: str
    credential: Credential
    ttl: int
    attributes: dict[str, Any]
    origin: str | None
    single_use: bool
    last_used: float

    @property
    def alive(self) -> bool:
        """Whether it was used lately enough."""
        return time.monotonic() < self.last_used + self.ttl

    def use(self) -> bool:
        """Return whether it still holds; using it prolongs it."""
        if self.alive:
            self.last_used = time.monotonic()
            return True
        return False


def parse_key(text: str, roles: frozenset[str]) -> ApiKey:
    """Read `ID-SECRET`. Raises ValueError if it is not of that form."""
    number, dash, secret = text.partition("-")
    if not (dash and secret and number.isascii() and number.isdigit()):
        msg = "an API key has the form ID-SECRET"
        raise ValueError(msg)
    return ApiKey(int(number), secret, roles)


@dataclass(frozen=True)
class Logins:
    """Obstacles to a login.

    `otp_secret` is base32 and makes the password need a one-time code; `redirect_to` makes this the standby node of a pair;
    `session_limit` is how many sessions the user can have at the same time, 0 for any number; an `impostor` answers SCRAM with
    signatures that prove nothing.
    """

    otp_secret: str | None = None
    api_access: bool = True
    redirect_to: tuple[str, ...] = ()
    session_limit: int = 0
    impostor: bool = False


def one_time_code(secret: str, window: int | None = None) -> str:
    """Return the code of a base32 secret in a window of 30 seconds, by default the present one (RFC 6238)."""
    counter = int(time.time() // OTP_SECONDS) if window is None else window
    digest = hmac.digest(base64.b32decode(secret), counter.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


class Accounts:
    """Checks secrets and keeps tokens; revoked keys stay revoked through the store.

    `verifiers` holds what SCRAM needs of each key, by its id. Like a real server, this one never makes them in a login.
    """

    def __init__(
        self,
        store: Store,
        username: str,
        keys: list[ApiKey],
        password: str | None,
        logins: Logins | None = None,
        verifiers: Mapping[int, Verifier] | None = None,
    ) -> None:
        self._store = store
        self._keys = {key.id: key for key in keys}
        self._password = password
        self._tokens: dict[str, Token] = {}
        self.username = username
        self.logins = logins or Logins()
        self._last_window = 0
        self.verifiers = verifiers or {}

    def key_by_id(self, key_id: int) -> ApiKey | None:
        """Return the key of an id unless it is revoked."""
        key = self._keys.get(key_id)
        return None if key is None or self._store.is_revoked(key.id, key.digest) else key

    def key(self, username: str, text: str) -> ApiKey | None:
        """Return the key `text` spells, if it is the user's and not revoked."""
        number, _rest, secret = text.partition("-")
        key = self.key_by_id(int(number)) if number.isascii() and number.isdigit() else None
        if key is None or not _same(key.secret, secret) or username != self.username:
            return None
        return key

    def revoke(self, key: ApiKey) -> None:
        """Revoke a key for good."""
        self._store.revoke(key.id, key.digest, "Attempt to use over an insecure transport")

    def of_key(self, key: ApiKey, *by: str) -> Credential:
        """Return the credential of a session logged in with a key, `by` SCRAM."""
        return Credential("API_KEY", self.username, key.roles, attributes=("API_KEY", *by), key_id=key.id)

    def of_password(self, username: str, password: str) -> Credential | None:
        """Return the credential of a user and password, or None if they are wrong."""
        if self._password is None or username != self.username or not _same(self._password, password):
            return None
        return Credential("LOGIN_PASSWORD", self.username, ADMIN_ROLES)

    def takes_code(self, code: str) -> bool:
        """Return whether a one-time code is right, of this window or a neighbor of it, and newer than the last that was taken."""
        now = int(time.time() // OTP_SECONDS)
        for window in (now - 1, now, now + 1):
            right = self.logins.otp_secret is not None and _same(one_time_code(self.logins.otp_secret, window), code)
            if right and window > self._last_window:
                self._last_window = window
                return True
        return False

    def of_code(self) -> Credential:
        """Return the credential of a session logged in with a password and a one-time code."""
        return Credential("LOGIN_TWOFACTOR", self.username, ADMIN_ROLES)

    def new_token(
        self, credential: Credential, *, ttl: int, attributes: dict[str, Any], origin: str | None, single_use: bool
    ) -> str:
        """Make a token that logs in as `credential`; from `origin` only unless that is None."""
        text = secrets.token_urlsafe(48)
        self._tokens[text] = Token(text, credential, ttl, attributes, origin, single_use, time.monotonic())
        return text

    def of_token(self, text: str, origin: str) -> Credential | None:
        """Return the credential of a token, or None if it is unknown, expired, from elsewhere, or made with attributes."""
        token = self._tokens.get(text)
        if token is None or token.origin not in (None, origin) or token.attributes:
            return None
        # To log in with it is no use of it yet; the next message is.
        if token.single_use or not token.alive:
            self.drop_token(token)
        if not token.alive:
            return None
        made_by = token.credential
        parent = made_by.parent or made_by
        return replace(made_by, kind="TOKEN", token=token, key_id=None, parent=parent, login_id=str(uuid.uuid4()))

    def drop_token(self, token: Token) -> None:
        """Forget a token, as the end of a session that is in with it does. Other sessions go on until it expires."""
        self._tokens.pop(token.text, None)

    def me(self, credential: Credential, methods: tuple[str, ...]) -> dict[str, Any]:
        """Return the answer of `auth.me`, also `user_info` of a login (upstream api/v27_0_0/auth.py AuthUserInfo).

        `methods` are those that the roles of the credential allow.
        """
        return {
            "pw_name": credential.username,
            "pw_gecos": credential.username,
            "pw_dir": "/var/empty",
            "pw_shell": "/usr/sbin/nologin",
            "pw_uid": 3000,
            "pw_gid": 3000,
            "grouplist": None,
            "sid": None,
            "source": "LOCAL",
            "local": True,
            "attributes": {},
            "two_factor_config": {
                "provisioning_uri": None,
                "secret_configured": self.logins.otp_secret is not None,
                "interval": 30,
                "otp_digits": 6,
            },
            "privilege": {
                "allowlist": roles.allowlist(credential.roles, methods),
                "roles": set(credential.roles),
                "web_shell": credential.full_admin,
                "webui_access": True,
            },
            "account_attributes": ["LOCAL", *credential.attributes],
        }


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(errors="surrogatepass"), right.encode(errors="surrogatepass"))
