# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenStack Swift (truenas-api/providers.md, OPENSTACK_SWIFT)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from ..diagnosis import causes
from ..diagnosis.causes import Patterns
from ..diagnosis.probes import swift
from ..errors import Problem
from ..fields.field import option
from ..fields.kinds import IN_CLEAR, Kind, Text, UrlAsIs, WireValue, sends_password_in_clear
from .base import Provider, words


class OpenStackSwift(Provider):
    """An account of OpenStack Swift, Rackspace Cloud Files, or another service with the same protocol."""

    key = "openstack_swift"
    wire_type = "OPENSTACK_SWIFT"
    title = "OpenStack Swift"
    has_buckets = True
    error_patterns: ClassVar[Patterns] = (
        (r"Authorization Failed|The request you have made requires authentication", causes.WRONG_LOGIN),
        (r"Can't find AuthVersion|(?:UserID or Name|DomainID or Domain) should be provided", causes.WRONG_LOGIN),
        (r"endpoint for .* not found|Response didn't have storage url", causes.NO_SUCH_BUCKET),
    )
    hints: ClassVar[Mapping[str, str]] = {
        "wrong_login": "Check user, key, and auth, and for version 2 or 3 the tenant and the domains. Set auth_version unless "
        "auth contains the version, for example https://host/v3.",
    }
    probe = swift.probe
    rclone_type = "swift"
    task_attributes: ClassVar[Mapping[str, WireValue]] = {"fast_list": False}
    rclone_refused: ClassVar[Mapping[str, str]] = {
        "env_auth": "Set user, key, and auth.",
    }
    rclone_harmless = words(
        """
        chunk_size description encoding fetch_until_empty_page leave_parts_on_error no_chunk no_large_objects
        partial_page_fetch_threshold storage_policy use_segments_container
        """
    )

    user: Text = option("User name.", required=True, aliases=("user_name", "username"), min_length=1)
    key_: Text = option(
        "API key or password of the user.",
        wire="key",
        required=True,
        secret=True,
        aliases=("api_key", "password"),
        min_length=1,
    )
    auth: UrlAsIs = option(
        "URL of the authentication service.", required=True, aliases=("authentication_url",), min_length=1
    )
    auth_version: Annotated[int | None, Kind()] = option(
        "Version of the authentication protocol. With V(auto), the NAS detects it from the URL.",
        choices={"auto": None, "0": 0, "1": 1, "2": 2, "3": 3},
    )
    endpoint_type: Annotated[str | None, Kind()] = option(
        "Which of the service's endpoints to use. V(none) leaves the choice to the NAS.",
        choices={"none": None, "public": "public", "internal": "internal", "admin": "admin"},
    )
    user_id: Text = option("ID of the user, for version 3 instead of the name.", default="")
    domain: Text = option("Domain of the user, for version 3.", default="", aliases=("user_domain",))
    tenant: Text = option("Name of the tenant or project.", default="", aliases=("tenant_name",))
    tenant_id: Text = option("ID of the tenant or project.", default="")
    tenant_domain: Text = option("Domain of the tenant or project, for version 3.", default="")
    region: Text = option("Name of the region.", default="", aliases=("region_name",))
    storage_url: UrlAsIs = option("URL of the storage, if not the one from the authentication service.", default="")
    auth_token: Text = option("An existing token to use instead of a login.", default="", secret=True)
    application_credential_id: Text = option("ID of an application credential, for version 3.", default="")
    application_credential_name: Text = option("Name of an application credential, for version 3.", default="")
    application_credential_secret: Text = option(
        "Secret of an application credential, for version 3.", default="", secret=True
    )

    @classmethod
    def from_rclone(cls, options: Mapping[str, str]) -> dict[str, str]:
        """Add values for user and key, which the NAS requires although an application credential does not use them."""
        unused = {"user": "unused", "key": "unused"} if options.get("application_credential_secret") else {}
        return {**unused, **options}

    @classmethod
    def remedies(cls, values: Mapping[str, WireValue]) -> Mapping[str, str]:
        """Return remedies for user and key, which the NAS requires even with an application credential."""
        if not _application_credential(values) or not _is_version_3(values):
            return {}
        names = ["key", *(["user"] if values.get("application_credential_id") or values.get("user_id") else [])]
        return dict.fromkeys(names, "Set any text. The NAS requires it, but logs in with the application credential.")

    @classmethod
    def contradictions(cls, values: Mapping[str, WireValue]) -> Iterator[Problem]:
        """Reject the name of an application credential without its user, with which rclone sends no request."""
        if (
            _application_credential(values)
            and _is_version_3(values)
            and not any(values.get(name) for name in ("application_credential_id", "user_id", "domain"))
            and not (values.get("storage_url") and values.get("auth_token"))
        ):
            yield Problem(
                f"{cls.key}.domain",
                "is required with application_credential_name, which does not identify the user",
                "Set domain, user_id, or application_credential_id.",
            )

    @classmethod
    def warn(cls, values: Mapping[str, WireValue]) -> Iterator[str]:
        """Yield a warning for each rule of the web form, by version, that the NAS does not check."""
        yield from super().warn(values)
        if sends_password_in_clear(values.get("auth"), values.get("key")):
            yield IN_CLEAR.format(f"{cls.key}.auth")
        version = values.get("auth_version")
        if version == 1 and any(values.get(name) for name in ("tenant", "tenant_id", "tenant_domain", "domain")):
            yield "openstack_swift: authentication version 1 supports neither tenants nor domains; the NAS ignores them."
        whole = _application_credential(values)
        if version in (2, 3) and not values.get("tenant") and not values.get("tenant_id") and not whole:
            yield f"openstack_swift: authentication version {version} requires tenant or tenant_id."
        if whole and version in (1, 2):
            yield (
                f"openstack_swift: authentication version {version} does not support application credentials, so the NAS logs "
                "in with user and key."
            )
        if not whole and any(values.get(name) for name in _APPLICATION_CREDENTIAL):
            yield (
                "openstack_swift: an application credential requires its secret and its ID or name. Without them, the NAS logs "
                "in with user and key."
            )


_APPLICATION_CREDENTIAL = tuple(f"application_credential_{part}" for part in ("id", "name", "secret"))


def _application_credential(values: Mapping[str, WireValue]) -> bool:
    """Return whether rclone logs in with the application credential (tried with rclone 1.75)."""
    id_, name, secret = (values.get(field) for field in _APPLICATION_CREDENTIAL)
    return bool(secret and (id_ or name))


def _is_version_3(values: Mapping[str, WireValue]) -> bool:
    """Return whether the login uses version 3; without auth_version, rclone reads the version from the URL."""
    return values.get("auth_version") == 3 or (not values.get("auth_version") and "v3" in str(values.get("auth")))
