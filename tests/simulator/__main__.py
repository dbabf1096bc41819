# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of the simulated NAS: `python -m tests.simulator --help`.

When ready it prints one JSON line, {"url", "ca_file", "journal", "mnt", "pid", "socket"}, and serves until SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

# There is no garbage while modules are imported, and looking for it would double the time that takes.
gc.disable()

from . import faults, server, versions  # noqa: E402 - after the collector is off
from .accounts import ADMIN_ROLES, READER_ROLES, WRITER_ROLES, Logins, parse_key  # noqa: E402 - after the collector is off
from .limits import PERIOD  # noqa: E402 - after the collector is off
from .local import Local, accounts  # noqa: E402 - after the collector is off
from .older import allowlist  # noqa: E402 - after the collector is off
from .older.site import Site  # noqa: E402 - after the collector is off
from .scram import ITERATIONS, Verifier  # noqa: E402 - after the collector is off

gc.enable()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop, with these arguments or those of the command line; the exit status."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with ExitStack() as stack:
        settings = _settings(stack, arguments)
        try:
            asyncio.run(_serve(settings))
        except (OSError, ValueError) as error:
            print(f"cannot start: {error}", file=sys.stderr)
            return 1
    return 0


async def _serve(settings: server.Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with server.run(settings) as running:
        ready = {
            "url": running.url,
            "ca_file": str(running.ca_file) if running.ca_file else None,
            "journal": str(running.journal),
            "mnt": str(running.mnt),
            "socket": str(settings.local.path) if settings.local else None,
            "pid": os.getpid(),
        }
        print(json.dumps(ready), flush=True)
        await stop.wait()


def _verifier(text: str) -> tuple[int, Verifier]:
    number, _rest, verifier = text.partition("=")
    return int(number), Verifier.parse(verifier)


def _settings(stack: ExitStack, given: Sequence[str] | None) -> server.Settings:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description="A simulated TrueNAS.")
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT", help="port 0 takes any free one")
    parser.add_argument("--version", default=versions.VERSIONS[-1].removeprefix("v"), help="of the server: %(choices)s",
                        choices=[version.removeprefix("v") for version in (*versions.OLDER, *versions.VERSIONS)])  # fmt: skip
    parser.add_argument("--user", required=True, help="owner of the keys")
    parser.add_argument("--api-key", required=True, metavar="ID-SECRET", help="of a full administrator")
    parser.add_argument("--read-only-api-key", metavar="ID-SECRET", help="with the read roles only")
    parser.add_argument("--writer-api-key", metavar="ID-SECRET", help="with the read and write roles only")
    parser.add_argument("--password", help="of the user; without it no password works")
    parser.add_argument("--state", type=Path, metavar="DIR", help="kept across restarts; default: a temporary one")
    parser.add_argument("--plaintext", action="store_true", help="ws:// that counts as insecure, so keys get revoked")
    parser.add_argument("--latency-ms", type=int, default=0, metavar="N", help="added to every reply")
    parser.add_argument("--login-limit", type=int, default=20, metavar="N", help="per minute; 0: none")
    parser.add_argument("--login-window", type=float, default=PERIOD, metavar="SECONDS", help="that minute, shortened")
    parser.add_argument("--idle-limit", type=float, metavar="SECONDS",
                        help="cut silent connections; default: as the version does")  # fmt: skip
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[:N]",
                        help=f"strikes the Nth call after login: {', '.join(faults.Fault)}")  # fmt: skip
    parser.add_argument("--otp-secret", metavar="BASE32", help="the password needs a one-time code made from it")
    parser.add_argument(
        "--no-api-access", action="store_true", help="refuse the right secret, as for a user without API access"
    )
    parser.add_argument("--redirect-to", action="append", default=[], metavar="URL",
                        help="be the standby node of a pair that sends logins there")  # fmt: skip
    parser.add_argument("--session-limit", type=int, default=0, metavar="N", help="of the user at once; 0: none")
    parser.add_argument("--iterations", type=int, default=ITERATIONS, metavar="N", help="of SCRAM")
    parser.add_argument("--verifier", type=_verifier, action="append", default=[], metavar="ID=TEXT",
                        help="of SCRAM for the key of this id, in the form of RFC 5803; default: made at the start")  # fmt: skip
    parser.add_argument("--impostor", action="store_true", help="answer SCRAM without knowing the key")
    parser.add_argument("--allow", action="append", metavar="METHOD:RESOURCE",
                        help="before 25.04: an entry of the API key's allowlist")  # fmt: skip
    parser.add_argument("--without-nginx", action="store_true", help="before 25.04: be the middleware itself")
    parser.add_argument("--https-redirect", action="store_true", help="before 25.04, with --plaintext: redirect to TLS")
    parser.add_argument("--socket", type=Path, metavar="PATH", help="also serve the socket of the NAS itself, here")
    parser.add_argument("--socket-account", action="append", default=[], metavar="UID=NAME:ROLE,ROLE",
                        help="the account behind a uid of this machine, not on CORE; default: 0=root:FULL_ADMIN")  # fmt: skip
    parser.add_argument("--seed", type=Path, metavar="FILE.json", help="rows an empty state starts with")
    parser.add_argument("--mnt", type=Path, metavar="DIR", help="stands for /mnt; default: mnt in the state directory")
    parser.add_argument("--pool", action="append", default=[], metavar="NAME", help="in place of the pool tank")
    parser.add_argument("--dataset", action="append", default=[], metavar="NAME[:locked][:readonly]")
    parser.add_argument("--zvol", action="append", default=[], metavar="NAME[:locked][:vm]")
    parser.add_argument("--directory", action="append", default=[], metavar="/mnt/POOL/...")
    parser.add_argument("--rclone-env", action="append", default=[], metavar="NAME=VALUE",
                        help="added to the environment of rclone, for example a proxy that leads to stand-ins")  # fmt: skip
    arguments = parser.parse_args(given)
    host, _rest, port = arguments.listen.rpartition(":")
    keys = [
        (arguments.api_key, ADMIN_ROLES),
        (arguments.read_only_api_key, READER_ROLES),
        (arguments.writer_api_key, WRITER_ROLES),
    ]
    try:
        return server.Settings(
            host=host.strip("[]"),
            port=int(port),
            version=f"v{arguments.version}",
            user=arguments.user,
            keys=[parse_key(text, roles) for text, roles in keys if text is not None],
            state=arguments.state or Path(stack.enter_context(tempfile.TemporaryDirectory())),
            password=arguments.password,
            plaintext=arguments.plaintext,
            latency=arguments.latency_ms / 1000,
            login_limit=arguments.login_limit,
            login_window=arguments.login_window,
            idle_limit=arguments.idle_limit,
            faults=[faults.parse(text) for text in arguments.fault],
            logins=Logins(
                otp_secret=arguments.otp_secret,
                api_access=not arguments.no_api_access,
                redirect_to=tuple(arguments.redirect_to),
                session_limit=arguments.session_limit,
                impostor=arguments.impostor,
            ),
            iterations=arguments.iterations,
            verifiers=dict(arguments.verifier),
            seed=_seed(arguments),
            mnt=arguments.mnt,
            older=Site(
                allowlist.parse(arguments.allow), nginx=not arguments.without_nginx, to_https=arguments.https_redirect
            ),
            local=Local(arguments.socket.absolute(), accounts(arguments.socket_account)) if arguments.socket else None,
            rclone_environment=dict(text.split("=", 1) for text in arguments.rclone_env),
        )
    except (OSError, ValueError) as error:
        parser.error(str(error))


def _seed(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the seed's file with pools, datasets, zvols and directories of the command line added."""
    seed = json.loads(arguments.seed.read_text(encoding="utf-8")) if arguments.seed else {}
    given = [(text, "FILESYSTEM") for text in arguments.dataset] + [(text, "VOLUME") for text in arguments.zvol]
    datasets = [
        {"name": name, "type": kind, **dict.fromkeys(marks, True)}
        for text, kind in given
        for name, *marks in [text.split(":")]
    ]
    added = {"pools": arguments.pool, "datasets": datasets, "directories": arguments.directory}
    return seed | {key: [*seed.get(key, []), *rows] for key, rows in added.items() if rows}


if __name__ == "__main__":
    sys.exit(main())
