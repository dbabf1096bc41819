# SPDX-License-Identifier: GPL-3.0-or-later
"""WebDAV (truenas-api/providers.md, WEBDAV)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import web
from ..fields.field import option
from ..fields.kinds import IN_CLEAR, BasicUser, Text, Url, WireValue, sends_password_in_clear, url_userinfo
from .base import Provider, words


class WebDav(Provider):
    """A WebDAV server."""

    key = "webdav"
    wire_type = "WEBDAV"
    title = "WebDAV"
    error_patterns: ClassVar[Patterns] = ((r"\b405 \w", causes.NO_SUCH_BUCKET),)
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_login": "Check user and pass. If the server requires a second factor, for example Nextcloud or ownCloud, use an "
        "app password. If the server accepts only Digest authentication, enable Basic.",
        "no_such_bucket": "The URL does not lead to a WebDAV folder. For Nextcloud and ownCloud, it ends in "
        "/remote.php/dav/files/USER.",
    }
    probe = web.webdav
    rclone_type = "webdav"
    rclone_refused: ClassVar[Mapping[str, str]] = {
        "bearer_token": "Use a user and a password.",
        "bearer_token_command": "Use a user and a password.",
        "headers": "Use a user and a password.",
        "auth_redirect": "Use the url to which the server redirects.",
        "unix_socket": "Use a url that the NAS can reach.",
        "vendor=sharepoint-ntlm": "Use a server that accepts a user and a password; the NAS does not support NTLM.",
    }
    rclone_harmless = words(
        """
        description encoding nextcloud_chunk_size owncloud_exclude_mounts owncloud_exclude_shares pacer_min_sleep
        """
    )

    url: Url = option("URL of the folder. Output never contains a user and password in the URL.", required=True)
    vendor: Text = option(
        "Software of the server.",
        required=True,
        aliases=("webdav_service",),
        choices={vendor: vendor for vendor in ("NEXTCLOUD", "OWNCLOUD", "SHAREPOINT", "OTHER")},
    )
    user: BasicUser = option("User name; can be empty.", required=True, aliases=("username",))
    pass_: Text = option(
        "Password of the user; can be empty.", wire="pass", required=True, secret=True, aliases=("password",)
    )

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Yield warnings for an unencrypted password, and a login in the URL, which rclone 1.75 repeats in Referer (tried)."""
        yield from super().warn(values)
        if url_userinfo(str(values.get("url") or "")):
            yield (
                "webdav: rclone repeats the user and the password of url in the header Referer, which servers write to "
                "their logs. Set them as user and pass."
            )
        if sends_password_in_clear(values.get("url"), values.get("pass")):
            yield IN_CLEAR.format(f"{cls.key}.url")

    @classmethod
    def to_rclone(cls, values: Mapping[str, WireValue], key_file: str | None) -> dict[str, WireValue]:
        """Convert the vendor to lower case, as the tasks of the NAS do."""
        return {**values, "vendor": str(values["vendor"]).lower()}

    @classmethod
    def from_rclone(cls, options: Mapping[str, str]) -> dict[str, str]:
        """Convert the vendor to upper case; vendors that only rclone supports become OTHER, with a warning."""
        vendor = options.get("vendor", "other")
        known = vendor.upper() in cls.options()["vendor"].choices
        lost = {} if known else {f"vendor={vendor}": vendor}
        return {"user": "", "pass": "", **options, "vendor": vendor.upper() if known else "OTHER", **lost}
