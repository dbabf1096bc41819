# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the servers: `python -m tests.lab [--only s3,sftp]` prints one line of JSON once all answer, and ends on a signal.

The line maps each provider's key to what a client needs; `options` holds the provider's options as a task takes them.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from threading import Event

from .lab import SERVERS, Lab


def main() -> int:
    """Serve until SIGTERM or SIGINT; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(SERVERS), help="which servers, separated by commas: %(default)s")
    only = parser.parse_args().only.split(",")
    end = Event()
    # The handlers come first: a signal during the start must not leave servers behind.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    try:
        lab = Lab(only)
    except ValueError as error:
        parser.error(str(error))
    with lab:
        print(json.dumps(lab.clients()), flush=True)
        end.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
