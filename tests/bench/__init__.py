# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast it is, against Ansible's own floor and the way others do it: `make bench` writes docs/performance.md."""
