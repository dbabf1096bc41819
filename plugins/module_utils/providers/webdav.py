# SPDX-License-Identifier: GPL-3.0-or-later
"""WebDAV (truenas-api/providers.md, WEBDAV)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import web
from .base import Provider, option
from .values import IN_CLEAR, BasicUser, Text, Url, WireValue, sends_password_in_clear, url_userinfo


class WebDav(Provider):
    """A WebDAV server."""

    key = "webdav"
    wire_type = "WEBDAV"
    title = "WebDAV"
    error_patterns: ClassVar[Patterns] = ((r"\b405 \w", causes.NO_SUCH_BUCKET),)
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_login": "Check user and pass. Where a second factor is asked for, as by Nextcloud and ownCloud, make an app "
        "password and use that. A server that accepts only Digest authentication refuses every login of the NAS: enable Basic.",
        "no_such_bucket": "No WebDAV folder is at that URL. For Nextcloud and ownCloud it ends in "
        "/remote.php/dav/files/USER.",
    }
    probe = web.webdav
    rclone_type = "webdav"
    rclone_refused: ClassVar[Mapping[str, str]] = {
        "bearer_token": "Give a user and a password.",
        "bearer_token_command": "Give a user and a password.",
        "headers": "Give a user and a password.",
        "auth_redirect": "Give the url to which the server redirects.",
        "unix_socket": "Give a url that the NAS can reach.",
        "vendor=sharepoint-ntlm": "The NAS cannot log in with NTLM: use a server that takes a user and a password.",
    }

    url: Url = option("URL of the folder. A user and a password in it are kept out of all output.", required=True)
    vendor: Text = option(
        "Which server this is.",
        required=True,
        aliases=("webdav_service",),
        choices={vendor: vendor for vendor in ("NEXTCLOUD", "OWNCLOUD", "SHAREPOINT", "OTHER")},
    )
    user: BasicUser = option("Name of the user; may be empty.", required=True, aliases=("username",))
    pass_: Text = option(
        "Password of the user; may be empty.", wire="pass", required=True, secret=True, aliases=("password",)
    )

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Warn of a password that is sent in clear, and of a login in the URL, which rclone 1.75 repeats in Referer (tried)."""
        yield from super().warn(values)
        if url_userinfo(str(values.get("url") or "")):
            yield (
                "webdav: rclone repeats the user and the password of url in the header Referer, which servers write to "
                "their logs. Give them as user and pass."
            )
        if sends_password_in_clear(values.get("url"), values.get("pass")):
            yield IN_CLEAR.format(cls.key)

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Name the server in lower case, as the NAS's tasks do."""
        return {**values, "vendor": str(values["vendor"]).lower()}

    @classmethod
    def from_rclone(cls, options: Mapping[str, str]) -> dict[str, str]:
        """Name the server in upper case; one that only rclone knows is another one to the NAS, and stays to be told of."""
        vendor = options.get("vendor", "other")
        known = vendor.upper() in cls.options()["vendor"].choices
        others = {name: value for name, value in options.items() if name != "vendor"}
        lost = {} if known else {f"vendor={vendor}": vendor}
        return {"user": "", "pass": "", **others, "vendor": vendor.upper() if known else "OTHER", **lost}
