# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers before 25.04: DDP in place of JSON-RPC, and flat cloud credentials (truenas-api/older.md).

| file | what it does |
|---|---|
| `site.py` | the routes, with the redirects of nginx |
| `peer.py` | DDP on one connection, without a socket |
| `answers.py` | what a failure becomes |
| `facts.py`, `schema.py` | the providers of each version, and the checks of values |
| `credentials.py`, `logins.py`, `others.py` | the methods |
| `allowlist.py`, `hiding.py` | what a session may call, and see |

Other objects are those of the newer servers, with the differences that the facts name.
"""
