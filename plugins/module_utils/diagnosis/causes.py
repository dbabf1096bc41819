# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a credential does not open its provider, read from what rclone or a library says of it, and what to do about it.

Pure: a text goes in, a cause comes out. What only one provider says stands in that provider's file, as its `error_patterns`
and `hints`; what all of them can say stands here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

INVALID = "invalid"
INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Cause:
    """Why a verification failed.

    `state` is `invalid` if the provider refused, or is not where the credential says, and `inconclusive` if nothing was said
    of the credential itself. `hint` is what to do, in one or two sentences. Two causes with one name are the same.
    """

    name: str
    state: str = field(compare=False)
    hint: str = field(compare=False)


WRONG_KEY = Cause(
    "wrong_key",
    INVALID,
    "The provider does not know the ID of this key. Check that it is complete, and that the key has not been deleted.",
)
WRONG_SECRET = Cause(
    "wrong_secret",
    INVALID,
    "The provider knows the key but not this secret. Check that it is complete and belongs to this key.",
)
WRONG_LOGIN = Cause(
    "wrong_login", INVALID, "The provider does not say whether the user or the secret is wrong. Check both."
)
CLOCK_SKEW = Cause(
    "clock_skew",
    INVALID,
    "The clock of the machine that asked differs too much from the provider's. Set it, for example by NTP.",
)
WRONG_REGION = Cause(
    "wrong_region",
    INVALID,
    "The bucket is in another region, or the endpoint serves another one. Set region to the one that the service expects.",
)
NO_SUCH_BUCKET = Cause(
    "no_such_bucket", INVALID, "What the credential is to open is not there. Check the bucket, the folder and the URL."
)
SCOPED_KEY = Cause(
    "scoped_key",
    INCONCLUSIVE,
    "The provider knows the key, which may not list the root. It may still open its bucket: name that in verify_bucket.",
)
EMPTY_ROOT = Cause(
    "empty_root",
    INCONCLUSIVE,
    "Some services show an empty root to a key that may do nothing. Name a bucket in verify_bucket, once there is one.",
)
FORBIDDEN = Cause(
    "forbidden", INVALID, "The provider knows the credential, but does not let it do this. Check its permissions."
)
NOT_A_FOLDER = Cause("not_a_folder", INVALID, "The path names a file. Set verify_path to a folder.")
PATH_STYLE = Cause(
    "path_style",
    INVALID,
    "The service accepts the name of a bucket only as part of the host, but this NAS puts it into the path, so it cannot open "
    "the bucket. Upgrade the NAS to TrueNAS 26.0, or use another service.",
)
UNKNOWN_HOST = Cause(
    "unknown_host",
    INVALID,
    "The name of the host does not resolve to an address. Check its spelling, and the DNS servers of the machine that asked.",
)
UNREACHABLE = Cause(
    "unreachable",
    INVALID,
    "The service does not answer at that address. Check the address and the port, and whether a firewall or a proxy is in "
    "between.",
)
UNSUPPORTED_LOGIN = Cause(
    "unsupported_login",
    INVALID,
    "The server requires a kind of login that rclone does not support. Enable Basic authentication on the server.",
)
TLS = Cause(
    "tls",
    INVALID,
    "No trusted TLS connection came about. Check that the server speaks TLS there, and that its certificate is valid for "
    "this name and comes from an authority that the machine that asked trusts.",
)
HOST_KEY = Cause("host_key", INVALID, "The server's host key is not the expected one, or none that is supported.")
EXPIRED_TOKEN = Cause(
    "expired_token", INVALID, "The token has expired or was withdrawn. Log in again and declare the new token."
)
NO_REFRESH_TOKEN = Cause(
    "no_refresh_token",
    INVALID,
    "The token is incomplete, or has expired and cannot be renewed. Log in again, and declare the whole token with its "
    "refresh_token.",
)
SERVICE_DISABLED = Cause(
    "service_disabled",
    INCONCLUSIVE,
    "The NAS may not use the network for this. Allow the activity in its network settings.",
)
NO_BACKEND = Cause("no_backend", INCONCLUSIVE, "The NAS stores the credential, but has nothing that could use it.")
TIMEOUT = Cause(
    "timeout", INCONCLUSIVE, "The answer took too long. Raise verify_timeout, or check the way to the provider."
)
MISSING_KEYPAIR = Cause("missing_keypair", INVALID, "There is no SSH keypair with that number on the NAS.")
REFERENCE = Cause(
    "reference",
    INCONCLUSIVE,
    "rclone on the NAS replaces %(...)s in its file, so the NAS uses another value than it stores. Declare a value without it.",
)
NOT_WRITABLE = Cause(
    "not_writable", INVALID, "It can be read but not written. Check the permissions of the key, the user or the folder."
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
        REFERENCE,
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
"""Names of the causes for which a bucket or a folder cannot be opened if the root cannot."""

Patterns = tuple[tuple[str, Cause], ...]
"""Regular expressions over messages, each with what it means; the first that is found counts. Case does not matter."""


class ErrorPatterns(Protocol):
    """What a provider says of its own; the provider models have it."""

    error_patterns: Patterns

    def hint(self, cause: str, values: Mapping[str, Any]) -> str | None:
        """Return the provider's own advice for a cause, None where the general one fits."""


GENERAL: Patterns = (
    (r"Network activity .* is disabled", SERVICE_DISABLED),
    (r"didn't find backend called|unknown backend", NO_BACKEND),
    (r"Credential does not exist|is not of type SSH_KEY_PAIR", MISSING_KEYPAIR),
    # Before the tokens and the times: a certificate expires, too.
    (
        r"x509|certificate|tls: |SSLError|\bSSL:|HTTP response to HTTPS client"
        r"|HTTP request was sent to HTTPS port|HTTP request to an HTTPS server",
        TLS,
    ),
    (r"knownhosts|host key (?:mismatch|for server .* does not match)|no common algorithm for host key", HOST_KEY),
    (r"empty token found|there's no refresh token|refresh token is not set", NO_REFRESH_TOKEN),
    (r"invalid_grant|oauth2: .*expired|token (?:has |is )?expired|expired_access_token|ExpiredToken", EXPIRED_TOKEN),
    (
        # Go's resolver, whatever it then complains of; the C library's texts, in C and in Python; names that none can be.
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
"""What any provider may say, the narrow before the wide."""

_NOTES = re.compile(
    r"(?m)^.*(?:No host key validation is being performed|This remote uses rclone's shared"
    r"|Automatically upgraded OAuth config).*$\n?"
)
"""What rclone notes in passing of SFTP, Google and Yandex, in the first line, which the NAS takes for the reason."""


_LEVEL = re.compile(r"^(?:\d{4}/\d\d/\d\d [\d:]{8} )?(?:ERROR|CRITICAL|NOTICE|Failed to lsjson) ?: (?:: )?")
_TASK = re.compile(r"^(?:error listing: (?:error listing \"[^\"]*\": )?|Failed to create file system for \S+ )+")
_IDS = re.compile(r"(?:RequestID|HostID|ID): ?[^,]*, ")
_QUERY = re.compile(r"(?<=[^\s\"?])\?[^\s\"?]*=[^\s\"]*")
_REQUEST = re.compile(r"[A-Z]+ https?://\S+$|-+$")


def error_line(text: str) -> str:
    """Return what rclone or a library complains of, as one line without when it said so, what it was doing, and ids.

    A text of notes alone is empty then.
    """
    lines = (line for line in _NOTES.sub("", text).splitlines() if not re.search(r"\bNOTICE ?: ", line))
    said = (_QUERY.sub("", _IDS.sub("", _TASK.sub("", _LEVEL.sub("", line.strip())))).strip() for line in lines)
    return next((line for line in said if line and not _REQUEST.match(line)), "").rstrip(".")


def classify(text: str, provider: ErrorPatterns | None, values: Mapping[str, Any] | None = None) -> Cause:
    """Return why a verification failed, from all that rclone or a library said, with the best hint that there is.

    What the provider's own `error_patterns` say comes first. Without a match it is UNKNOWN, whose hint is empty. `values` are the
    credential's wire values, on which a hint may depend.
    """
    text = _NOTES.sub("", text)
    for pattern, cause in (*(provider.error_patterns if provider else ()), *GENERAL):
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            return explained(cause, provider, values, found.groupdict().items())
    return UNKNOWN


def explained(
    cause: Cause,
    provider: ErrorPatterns | None,
    values: Mapping[str, Any] | None = None,
    words: Iterable[tuple[str, str | None]] = (),
) -> Cause:
    """Return the cause with the provider's own hint, if it has one whose `{words}` are all known.

    A cause whose hint is not the general one keeps it: it was chosen for this very complaint.
    """
    hint = provider.hint(cause.name, values or {}) if provider else None
    if hint is None or cause.hint != CAUSES[cause.name].hint:
        return cause
    try:
        return replace(cause, hint=hint.format_map({name: word for name, word in words if word}))
    except KeyError:
        return cause
