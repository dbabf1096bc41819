# SPDX-License-Identifier: GPL-3.0-or-later
"""One login for all tasks of an Ansible run that use the same NAS and account (docs/decisions/0012-shared-session.md).

The first worker that needs a NAS logs in, then forks a broker: a process that keeps the connection until Ansible's main process
ends. Workers reach the broker through a Unix socket in the run's temporary folder.

| file | what it does |
|---|---|
| `join.py` | returns a session for a worker: joins the broker, or logs in and forks it |
| `derived_keys.py` | the keys that SCRAM needs, derived once in a run |
| `run.py` | the Ansible run that a worker belongs to |
| `broker.py` | the process that keeps the connection |
| `desk.py` | the order of requests, and who gets a reply; no I/O |
| `frames.py` | the messages between workers and the broker; no I/O |
| `wire.py` | the worker's end of the Unix socket |
"""
