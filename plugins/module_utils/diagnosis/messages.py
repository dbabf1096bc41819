# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages that users meet, with their reasons and remedies: the source of docs/troubleshooting.md.

The page also has the docstrings of errors.py, and the causes of causes.py. `tests/unit/test_troubleshooting.py` provokes each
message. In a message, … stands for any text.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import (
    AuthenticationError,
    ConnectionLost,
    InUse,
    InvalidField,
    InvalidInput,
    Misread,
    MissingLibrary,
    NoJsonRpc,
    NotFound,
    NotPermitted,
    NotTLS,
    OAuthFailed,
    ProviderFailed,
    RateLimited,
    RunFailed,
    ServerFault,
    SessionEnded,
    StandbyNode,
    TimedOut,
    TLSError,
    TrueNASError,
    Unreachable,
    Unsuitable,
    VerificationFailed,
)

ANY = "…"
"""Any text in a message."""


@dataclass(frozen=True)
class Entry:
    """A section of the page. `error` is the class of the messages, and None for warnings. Each message is a beginning.

    `reason` and `remedy` are Markdown; links are relative to docs/.
    """

    heading: str
    error: type[TrueNASError] | None
    messages: tuple[str, ...]
    reason: str
    remedy: str


ENTRIES = (
    Entry(
        "pydantic or another Python library is missing",
        Unsuitable,
        ("On … this collection needs pydantic 2.10 or newer (found none)",),
        "The Python that runs the task does not have the libraries of the collection, or has older ones. This Python "
        "can be another one than the Python of your shell. The message names the host, and each version that was found.",
        "Install the versions for this Python: `python -m pip install 'pydantic>=2.10' 'websocket-client>=1.8'`. Or set"
        " `ansible_python_interpreter` to a Python that has them.",
    ),
    Entry(
        "A library for one function is missing",
        MissingLibrary,
        ("Failed to import the required Python library (…) on …",),
        "The login in a browser and the verification by the controller need libraries that other tasks do not need.",
        "Install the library in the message. `requirements-verify.txt` has all libraries of the verification, and the login in a "
        "browser needs `authlib` and `requests`.",
    ),
    Entry(
        "Cannot connect to the NAS",
        Unreachable,
        (
            "wss://… cannot be reached: the connection was refused",
            "wss://… cannot be reached: the host name cannot be resolved",
            "wss://… cannot be reached through the proxy of the environment: …",
            "wss://… answered the WebSocket handshake with HTTP status …",
            "wss://… does not allow this address (code 1008)",
        ),
        "The address is wrong, the NAS does not run, a proxy or a firewall is in between, or the NAS allows other "
        "addresses only.",
        "Check `host` and `port` with `curl -k https://HOST:PORT/api/versions` on the host that runs the task. If a "
        "proxy must not apply, set `no_proxy`. For code 1008, add the address to the allowed addresses of the NAS.",
    ),
    Entry(
        "The socket of the NAS cannot be used over SSH",
        Unreachable,
        ("…: the host has no socket of TrueNAS (…)", "…: … refuses connections (…)"),
        "With `via: ssh`, the task connects to the socket of the API on the NAS. The host is not a NAS, its middleware does not "
        "run, or the socket has another path.",
        "Check `ansible_host` and that the middleware of the NAS runs. For another path, set `ssh_socket`, see "
        "[the page on SSH](over_ssh.md).",
    ),
    Entry(
        "The SSH user has no rights on the NAS",
        AuthenticationError,
        ("…: the user … is not permitted to use …", "…: the NAS has no session for the user …"),
        "With `via: ssh`, the account is the user that logs in with SSH. The user has no privilege, or, on TrueNAS CORE, is not "
        "root.",
        "Add the user to a group with a privilege, or set `become: true` or `ansible_user` to another user.",
    ),
    Entry(
        "The server has no API of TrueNAS",
        NoJsonRpc,
        (
            "wss://… does not exist (HTTP status 404)",
            "wss://… answered the WebSocket handshake with HTTP status 302, a redirect to its web interface",
        ),
        "The server is not a NAS, or it is older than 25.04 and the connection does not use its protocol, or it does "
        "not support this `api_version`.",
        "Check `host` and `port`, and remove `api_version`. For [TrueNAS before 25.04](older_nas.md), leave `api` at "
        "`auto`.",
    ),
    Entry(
        "The connection was lost",
        ConnectionLost,
        ("The connection to wss://… was lost", "wss://… closed the connection"),
        "The NAS restarted, or the network broke. If the task was writing, it reads the stored state before it writes "
        "again.",
        "Run the playbook again. It changes only what is not yet as declared. [Faults](faults.md) lists each outcome.",
    ),
    Entry(
        "The session has ended",
        SessionEnded,
        ("The NAS has ended the session (…)",),
        "A session has a maximum age. A task logs in again by itself, so this message means that the new session ended,"
        " too.",
        "Run the playbook again.",
    ),
    Entry(
        "The NAS did not answer in time",
        TimedOut,
        ("wss://… did not answer in time",),
        "The NAS is busy or starts, or a firewall drops the packets without an answer.",
        "Check the network path, or raise `timeout`. For questions to a provider, raise `provider_timeout` or "
        "`verify_timeout`.",
    ),
    Entry(
        "The certificate is not trusted",
        TLSError,
        (
            "The certificate of wss://… is not trusted: …",
            "The certificate of wss://… is for another host: …",
            "Could not read certificates in PEM format from ca_path …",
        ),
        "A new NAS has a certificate that it signed itself. Or the certificate does not contain the name in `host`.",
        "Set `ca_path` to the certificate of the CA, and `host` to a name in the certificate. Only for a test, set "
        "`validate_certs: false`: then anyone on the path can read a plain API key or a password.",
    ),
    Entry(
        "The server does not use TLS",
        NotTLS,
        ("wss://… does not use TLS as expected (…)",),
        "The port belongs to another service, for example to the web interface without TLS.",
        "Check `host` and `port`. The port of the API with TLS is 443 unless you have changed it.",
    ),
    Entry(
        "The API key or the password is refused",
        AuthenticationError,
        (
            "The NAS refused the login of …. The api_key is wrong or revoked",
            "The NAS refused the login of …. The password is wrong or revoked",
            "The api_key of … is correct, but the account cannot log in",
            "… uses two-factor authentication",
            "The NAS refused the one-time code of …",
        ),
        "The NAS does not report whether the user or the secret is wrong. An API key belongs to one user, and "
        "`username` must be the name of this user.",
        "Check `username` and that the key is complete: a number, a dash, and 64 characters. Put it in quotes. An "
        "account with two-factor authentication needs `otp` with a password, and nothing more with an API key.",
    ),
    Entry(
        "The API key was revoked because it was sent without TLS",
        AuthenticationError,
        ("The api_key of … has expired",),
        "TrueNAS revokes an API key permanently when it arrives without TLS, for example from another script with "
        "`ws://` or `http://`. It then reports the key as expired. This collection does not send a key without TLS "
        "unless you set `allow_plaintext`.",
        "Create a new API key for the user, and replace the old one in the vault. Find out which client used an address"
        " without TLS.",
    ),
    Entry(
        "An address without TLS is refused",
        InvalidInput,
        ("host: must not turn TLS off: the NAS permanently revokes an API key that it receives without TLS",),
        "`host` starts with `ws://` or `http://`.",
        "Remove the scheme. The task then uses TLS. [Connect to a NAS](guide.md#connect-to-a-nas) has the details.",
    ),
    Entry(
        "The server cannot prove that it knows the API key",
        AuthenticationError,
        (
            "The server accepted the login without knowing the API key",
            "The server answered a different login (nonce mismatch)",
        ),
        "With SCRAM, both sides prove that they know the key. Something that is not the NAS might be between the task "
        "and the NAS. The key was not sent.",
        "Check `host` and the network path. Do not switch to another mechanism before you know the reason.",
    ),
    Entry(
        "The login limit of the NAS is reached",
        RateLimited,
        ("The NAS limits logins: …",),
        "The NAS accepts about 20 logins a minute from one address, and 10 with SCRAM. The task has already waited for "
        "up to 80 seconds.",
        "Wait a minute. Use one `cloud_credentials` task in place of many `cloud_credential` tasks, and keep "
        "`share_session` on, so that all tasks of a run share [one login](guide.md#one-login-for-a-run).",
    ),
    Entry(
        "The standby node of a pair answers",
        StandbyNode,
        ("This is the standby node of a pair",),
        "The address belongs to the passive node of a high-availability pair, and the node did not name the active one.",
        "Set `host` to the address of the pair.",
    ),
    Entry(
        "The account lacks a role",
        NotPermitted,
        ("This account needs the role … for these changes: …", "The NAS does not permit …"),
        "The privilege of the user does not contain the TrueNAS role in the message. The task has not written anything "
        "that needs it.",
        "Add the role to the privilege of the user, see [the roles of each "
        "module](security.md#give-the-account-only-the-roles-that-it-needs).",
    ),
    Entry(
        "The NAS hides fields",
        None,
        (
            "…: could not compare …, because the NAS hides the values from this account",
            "The NAS hides nearly all values from this account",
        ),
        "The NAS returns `********` in place of values to an account without the role `CLOUD_SYNC_WRITE`. The task "
        "lists the fields in `unknown_fields`, and reports neither a change nor a match.",
        "Use an account with the role `CLOUD_SYNC_WRITE`. For an audit of names only, ignore the warning.",
    ),
    Entry(
        "A masked value is refused",
        InvalidInput,
        ("…: contains a masked value, which would overwrite the real one on the NAS",),
        "The value is `********` or another placeholder, for example copied from the output of a task.",
        "Set the real value, or remove the field to keep the stored one.",
    ),
    Entry(
        "A name was not found",
        NotFound,
        ("Credential … not found", "Cannot rename … to …: neither credential exists"),
        "No object has exactly this name. Names differ in case, spaces, and Unicode form.",
        "Check the name. The message suggests a name that differs only in case, spaces, or Unicode form. In check mode, "
        "earlier tasks have changed nothing: pass on `pending_credentials` or `pending_keypairs`.",
    ),
    Entry(
        "Two objects have the same name",
        InvalidInput,
        ("name: the NAS has 2 credentials named … (ids …)",),
        "The NAS checks a name before it writes, but does not lock it, so two clients can create the same name at the "
        "same time. The task never picks one of them.",
        "Rename or delete one of them on the NAS. For a cloud sync or cloud backup task, you can set `id`.",
    ),
    Entry(
        "An option requires a newer TrueNAS",
        InvalidInput,
        ("…: requires TrueNAS … or later, but this NAS runs …",),
        "The NAS is older than the field. A value that matches the behavior of the older NAS is accepted.",
        "Remove the option, or upgrade the NAS. The [page of the provider](providers.md) has the version of each field.",
    ),
    Entry(
        "Text must be in quotes",
        InvalidInput,
        ("…: must be text, but is a whole number", "…: must be text, but is a boolean"),
        "YAML has changed a value without quotes, for example `01234567`, `12:30`, `1.10`, or `yes`. The original text "
        "is lost.",
        "Put the value in quotes where it is written, see [Put text in quotes](guide.md#put-text-in-quotes).",
    ),
    Entry(
        "A field is required",
        InvalidInput,
        ("…: is required, because the NAS does not store a value for it",),
        "The task creates the credential or changes its provider, so no stored value can be kept.",
        "Set the field. The [page of the provider](providers.md) marks required fields.",
    ),
    Entry(
        "An object is still in use",
        InUse,
        ("Cannot delete …: it is used by …",),
        "Cloud sync or cloud backup tasks use the credential.",
        "Set `replace_with` to another credential, or delete the tasks first, see [Delete a "
        "credential](guide.md#delete-a-credential).",
    ),
    Entry(
        "An object was not deleted",
        TrueNASError,
        ("… was not deleted because another item failed",),
        "A set deletes objects last, and only if no other item failed, so a mistake elsewhere cannot lose data.",
        "Read the messages of the other items, fix them, and run the task again.",
    ),
    Entry(
        "A purge of everything is refused",
        InvalidInput,
        ("credentials: is empty and purge is true, so every object would be deleted",),
        "The list is empty, often because a variable is undefined or a file is missing.",
        "Check the variable. To delete every object on purpose, set `purge_all: true`.",
    ),
    Entry(
        "A verification failed",
        VerificationFailed,
        (
            "Verification of … failed: …",
            "Verification of … was inconclusive: …",
            "Verification of … was skipped, but verify_again requires it: …",
            "Verification of … was skipped, but on_inconclusive: fail_unless_valid requires it: …",
        ),
        "The provider refused the credential, or could not be asked. The rest of the message states what the NAS stores"
        " now.",
        "Read `verification.cause` in the result, and find it in [the table of "
        "causes](#causes-of-a-failed-verification).",
    ),
    Entry(
        "A run of a cloud task failed",
        RunFailed,
        (
            "The run of the cloud sync task … failed: …",
            "The run of the cloud sync task … did not end within run_timeout (…)",
            "The run of the cloud sync task … was aborted on the NAS",
        ),
        "The NAS started the task, and rclone or restic ended with an error, or ran longer than `run_timeout`.",
        "Read `error` and `cause` in the result. A timeout does not end the run: the NAS continues it unless you set "
        "`abort_on_timeout`.",
    ),
    Entry(
        "A login in the browser failed",
        OAuthFailed,
        (
            "The provider rejected the login: …",
            "The provider did not return a refresh token",
            "Nobody completed the login in the browser within … seconds",
            "The browser returned a response to a different login (state mismatch)",
        ),
        "The client is not registered as the provider needs it, or nobody finished the login in time. Nothing was "
        "written.",
        "Compare the registration with [Get OAuth tokens](oauth.md#register-a-client), and run the task again.",
    ),
    Entry(
        "A provider refused a request",
        ProviderFailed,
        ("The NAS cannot list the buckets of …: …",),
        "The provider refused what the NAS asked for the task, for example a list of buckets.",
        "Read `cause` and `hint` in the result, and find the cause in [the table of "
        "causes](#causes-of-a-failed-verification).",
    ),
    Entry(
        "The NAS refuses a value",
        InvalidField,
        ("The NAS refuses the values:",),
        "The NAS checked the values and refused them, although the collection accepted them. The lines after the "
        "message name the fields.",
        "Change the values in the message. If the values are right, report it: the collection lacks a check.",
    ),
    Entry(
        "The NAS stores a row that cannot be read",
        Misread,
        ("The list of … that the NAS sent has rows that this collection cannot read: …",),
        "A credential, keypair, or task on the NAS has a field of another type, such as a description that is null. As "
        "an error, the message names the row that the task needs. As a warning, it names rows that the task leaves alone: "
        "a purge keeps them, and a credential that such a task uses counts as used.",
        "Correct the field in the web interface of the NAS, or delete the row there.",
    ),
    Entry(
        "The NAS failed",
        ServerFault,
        ("The NAS failed (…): …", "This NAS does not have the method …"),
        "The NAS reported an error that no option of the task can fix, or the NAS is of a version that the collection "
        "does not know.",
        "Correct the reason in the message on the NAS, then run the task again.",
    ),
)
"""The sections of the page, in the order in which a newcomer meets them."""
