# SPDX-License-Identifier: GPL-3.0-or-later
"""The causes of the errors of providers, each with a hint, and the messages of rclone and libraries by which they are recognized.

Messages that only one provider uses are in that provider's file, as `error_patterns` and `hints`;
this file has the messages of all providers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

INVALID = "invalid"
INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Cause:
    """The cause of a failed verification.

    `state` is `invalid` if the provider rejected the credential or does not exist at its address, and `inconclusive` if the
    error does not concern the credential itself. `hint` is the fix, in one or two sentences. `seen` are parts of messages with
    this cause, for docs/troubleshooting.md. Causes with equal names are equal.
    """

    name: str
    state: str = field(compare=False)
    hint: str = field(compare=False)
    seen: tuple[str, ...] = field(default=(), compare=False)


WRONG_KEY = Cause(
    "wrong_key",
    INVALID,
    "The provider does not recognize the ID of this key. Check that the ID is complete and that the key was not deleted.",
    seen=("InvalidAccessKeyId", "Invalid grant: account not found"),
)
WRONG_SECRET = Cause(
    "wrong_secret",
    INVALID,
    "The provider recognizes the key, but rejects this secret. Check that the secret is complete and belongs to this key.",
    seen=("SignatureDoesNotMatch", "AuthenticationFailed", "invalid_client", "Invalid JWT Signature"),
)
WRONG_LOGIN = Cause(
    "wrong_login",
    INVALID,
    "The provider does not report whether the user or the secret is wrong. Check both.",
    seen=("ssh: unable to authenticate", "530 Login incorrect", "401 Unauthorized", "bad_auth_token"),
)
CLOCK_SKEW = Cause(
    "clock_skew",
    INVALID,
    "The clock of the verifying host differs too much from the provider's clock. Set it, for example with NTP.",
    seen=("RequestTimeTooSkewed",),
)
WRONG_REGION = Cause(
    "wrong_region",
    INVALID,
    "The bucket or the endpoint belongs to another region. Set region to the region that the service expects.",
    seen=("PermanentRedirect", "AuthorizationHeaderMalformed", "InvalidRegionName"),
)
NO_SUCH_BUCKET = Cause(
    "no_such_bucket",
    INVALID,
    "Not found. Check the bucket, the folder, and the URL.",
    seen=("NoSuchBucket", "directory not found", "ContainerNotFound"),
)
SCOPED_KEY = Cause(
    "scoped_key",
    INCONCLUSIVE,
    "The key is valid, but is not allowed to list the root. If the key is limited to one bucket, set verify_bucket to it.",
    seen=(
        "ListBuckets, https response error StatusCode: 403, api error AccessDenied",
        "does not have storage.buckets.list access",
    ),
)
EMPTY_ROOT = Cause(
    "empty_root",
    INCONCLUSIVE,
    "The root is empty. Some services also show an empty root to a key without permissions. Set verify_bucket to a bucket.",
    seen=("The root does not contain buckets",),
)
FORBIDDEN = Cause(
    "forbidden",
    INVALID,
    "The provider accepts the credential, but does not allow the request. Check its permissions.",
    seen=("403 Forbidden", "AccessDenied", "AuthorizationFailure"),
)
NOT_A_FOLDER = Cause(
    "not_a_folder", INVALID, "The path is a file. Set verify_path to a folder.", seen=("is a file not a directory",)
)
PATH_STYLE = Cause(
    "path_style",
    INVALID,
    "The service accepts the name of a bucket only as part of the host, but this NAS puts it into the path. Upgrade to TrueNAS "
    "26.0, or use another service.",
    seen=("SecondLevelDomainForbidden", "PathStyleDomainForbidden"),
)
UNKNOWN_HOST = Cause(
    "unknown_host",
    INVALID,
    "The host name does not resolve to an address. Check its spelling, and the DNS servers of the verifying host.",
    seen=("no such host", "Name or service not known"),
)
UNREACHABLE = Cause(
    "unreachable",
    INVALID,
    "The service does not answer at this address. Check the address, the port, firewalls, and proxies.",
    seen=("connection refused", "no route to host", "unexpected EOF"),
)
UNSUPPORTED_LOGIN = Cause(
    "unsupported_login",
    INVALID,
    "The server requires a login method that rclone does not support. Enable Basic authentication on the server.",
    seen=("the server accepts only Digest",),
)
TLS = Cause(
    "tls",
    INVALID,
    "Could not establish a trusted TLS connection. Check that the server uses TLS on this port, and that its certificate is "
    "valid for this name and issued by a CA that the verifying host trusts.",
    seen=("x509: certificate signed by unknown authority", "http: server gave HTTP response to HTTPS client"),
)
HOST_KEY = Cause(
    "host_key",
    INVALID,
    "The server's host key is not the expected key, or its type is not supported.",
    seen=("knownhosts: key mismatch", "no common algorithm for host key"),
)
EXPIRED_TOKEN = Cause(
    "expired_token",
    INVALID,
    "The token has expired or was revoked. Log in again, and declare the new token.",
    seen=("invalid_grant", "ExpiredToken"),
)
NO_REFRESH_TOKEN = Cause(
    "no_refresh_token",
    INVALID,
    "The token is incomplete, or has expired and cannot be refreshed. Log in again, and declare the complete token, including "
    "its refresh_token.",
    seen=("empty token found", "there's no refresh token"),
)
SERVICE_DISABLED = Cause(
    "service_disabled",
    INCONCLUSIVE,
    "The network settings of the NAS do not allow this activity. Allow it there.",
    seen=('Network activity "Cloud Sync" is disabled',),
)
NO_BACKEND = Cause(
    "no_backend",
    INCONCLUSIVE,
    "The NAS stores the credential, but does not support its use.",
    seen=("didn't find backend called",),
)
TIMEOUT = Cause(
    "timeout",
    INCONCLUSIVE,
    "The provider did not answer in time. Increase verify_timeout, or check the network path.",
    seen=("i/o timeout", "context deadline exceeded"),
)
MISSING_KEYPAIR = Cause(
    "missing_keypair",
    INVALID,
    "The SSH keypair with this ID does not exist on the NAS.",
    seen=("Credential does not exist", "is not of type SSH_KEY_PAIR"),
)
MISREAD = Cause(
    "misread",
    INCONCLUSIVE,
    "rclone on the NAS reads the stored value as another text. Declare a value without %(...)s, outer spaces, and "
    "quotation marks at its start.",
    seen=("contains %(...)s, which rclone replaces",),
)
NOT_WRITABLE = Cause(
    "not_writable",
    INVALID,
    "Reading works, but writing does not. Check the permissions of the key, the user, or the folder.",
    seen=("does not have storage.objects.create access",),
)
UNKNOWN = Cause("unknown", INVALID, "")

CAUSES = {
    cause.name: cause
    for cause in (
        WRONG_KEY,
        WRONG_SECRET,
        WRONG_LOGIN,
        CLOCK_SKEW,
        WRONG_REGION,
        NO_SUCH_BUCKET,
        SCOPED_KEY,
        EMPTY_ROOT,
        FORBIDDEN,
        NOT_A_FOLDER,
        PATH_STYLE,
        UNKNOWN_HOST,
        UNREACHABLE,
        TLS,
        HOST_KEY,
        UNSUPPORTED_LOGIN,
        EXPIRED_TOKEN,
        NO_REFRESH_TOKEN,
        SERVICE_DISABLED,
        NO_BACKEND,
        TIMEOUT,
        MISSING_KEYPAIR,
        MISREAD,
        NOT_WRITABLE,
        UNKNOWN,
    )
}
"""All causes by name."""

DECISIVE = frozenset(
    cause.name
    for cause in (
        WRONG_KEY,
        WRONG_SECRET,
        WRONG_LOGIN,
        CLOCK_SKEW,
        PATH_STYLE,
        UNKNOWN_HOST,
        UNREACHABLE,
        TLS,
        HOST_KEY,
        UNSUPPORTED_LOGIN,
        EXPIRED_TOKEN,
        NO_REFRESH_TOKEN,
        MISSING_KEYPAIR,
    )
)
"""Names of the causes that concern every bucket and folder if they concern the root."""

Patterns = tuple[tuple[str, Cause], ...]
"""Regular expressions for messages, each with its cause. The first match wins; case does not matter."""


class ErrorPatterns(Protocol):
    """A provider's own patterns and hints; the provider models implement it."""

    error_patterns: Patterns

    def hint(self, cause: str, values: Mapping[str, Any]) -> str | None:
        """Return the provider's own advice for a cause, or None to use the general hint."""


GENERAL: Patterns = (
    (r"Network activity .* is disabled", SERVICE_DISABLED),
    (r"didn't find backend called|unknown backend", NO_BACKEND),
    (r"Credential does not exist|is not of type SSH_KEY_PAIR", MISSING_KEYPAIR),
    # Before tokens and timeouts, because certificates expire, too.
    (
        r"x509|certificate|tls: |SSLError|\bSSL:|HTTP response to HTTPS client"
        r"|HTTP request was sent to HTTPS port|HTTP request to an HTTPS server",
        TLS,
    ),
    (r"knownhosts|host key (?:mismatch|for server .* does not match)|no common algorithm for host key", HOST_KEY),
    (r"empty token found|there's no refresh token|refresh token is not set", NO_REFRESH_TOKEN),
    (r"invalid_grant|oauth2: .*expired|token (?:has |is )?expired|expired_access_token|ExpiredToken", EXPIRED_TOKEN),
    (
        # Any complaint of Go's resolver, the texts of the C library, in C and in Python, and invalid host names.
        r"\blookup \S+(?: on \S+)?: |no such host|server misbehaving"
        r"|name resolution|name or service not known|name does not resolve|nodename nor servname|no address associated"
        r"|'idna' codec|label (?:empty|too long)",
        UNKNOWN_HOST,
    ),
    (
        r"too many colons in address|connection refused|network is (?:unreachable|down)|no route to host|host is down"
        r"|dial tcp.*(?:i/o timeout|timed out)|could not connect to the endpoint URL|unable to connect to port"
        r"|connect timeout|connection to .* timed out",
        UNREACHABLE,
    ),
    (
        r"i/o timeout|timed out|context deadline exceeded|handshake timeout|timeout awaiting|read timeout"
        r"|no answer within",
        TIMEOUT,
    ),
    (r"unable to authenticate|authentication failed|permission denied \((?:publickey|password)", WRONG_LOGIN),
    (r"\b401\b|\b530\b|unauthorized", WRONG_LOGIN),
    (r"\b403\b|forbidden|access denied|permission denied", FORBIDDEN),
    (r"is a file,? not a directory", NOT_A_FOLDER),
    (r"directory not found|no such (?:file or directory|bucket|container)|\b404\b", NO_SUCH_BUCKET),
    (
        r"connection reset|connection was closed|connection aborted|unexpected EOF|\bEOF\b|closed connection",
        UNREACHABLE,
    ),
)
"""Patterns for all providers, the specific before the general."""
