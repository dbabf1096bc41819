# SPDX-License-Identifier: GPL-3.0-or-later
"""One login for all tasks of an Ansible run that use the same NAS and account (docs/decisions/0012-shared-session.md).

The first worker that needs a NAS forks the hub: a process that keeps the logins until Ansible's main process ends. Workers reach
it through a Unix socket in the run's temporary folder.

| file | what it does |
|---|---|
| `join.py` | returns a session for a worker: starts the hub, or joins it |
| `run.py` | the Ansible run that a worker belongs to |
| `hub.py` | takes in workers, and logs in to each NAS once |
| `broker.py` | passes requests and replies between the workers and one NAS |
| `desk.py` | the order of requests, and who gets a reply; no I/O |
| `frames.py` | the messages between workers and the hub; no I/O |
| `wire.py` | the worker's end of the Unix socket |
| `derived_keys.py` | the keys that SCRAM needs, derived once in a run |
"""
