#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a report on the cloud credentials of a fleet."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_audit_report
short_description: Write a report on the cloud credentials of a fleet
version_added: 0.1.0
description:
  - Puts together what M(nasops.truenas.cloud_audit) found on each host, and writes it as C(report.json), C(report.xml) (JUnit),
    C(report.sarif) (SARIF 2.1.0) and C(report.html), one page that needs nothing else.
  - A host whose audit failed is part of the report, with its error.
  - Compares the digests of secrets, and reports which NAS share one. The report itself has no digests.
  - Runs on the controller, whatever the connection of the task.
author:
  - The nasops.truenas maintainers (@nasops)
attributes:
  check_mode:
    description: Writes the report and changes nothing else, so it runs in check mode as it always does.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
  idempotent:
    description: Every report says when it was made.
    support: none
options:
  dest:
    description:
      - Folder on the controller for the files. It is made if it is not there.
    type: path
    required: true
  hosts:
    description:
      - The hosts of the report. Without it those that have O(variable).
    type: list
    elements: str
  variable:
    description:
      - The variable that each host's result was registered as.
    type: str
    default: cloud_audit_result
  previous_report:
    description:
      - A C(report.json) of an earlier run. The report then says what is new and what is gone since. May be in O(dest); it is
        read before anything is written.
      - A file that is not there is taken for the first run.
    type: path
  fail_on:
    description:
      - What makes the task fail, once everything is written.
      - V(invalid) is a credential that does not open its provider, or a NAS that could not be audited.
      - V(drift) is that, or something that is not as it is declared.
      - V(unknown) is that, or something that could not be found out.
      - V(never) is nothing. Advice, such as an unused credential, never is.
    type: str
    choices: [drift, invalid, unknown, never]
    default: never
seealso:
  - module: nasops.truenas.cloud_audit
"""

EXAMPLES = r"""
- name: Audit
  hosts: nas
  connection: local
  gather_facts: false
  tasks:
    - name: Look
      nasops.truenas.cloud_audit:
        host: "{{ ansible_host }}"
        username: auditor
        api_key: "{{ vault_truenas_key }}"
        credentials: "{{ fleet_credentials }}"
      register: cloud_audit_result

    - name: Report
      nasops.truenas.cloud_audit_report:
        dest: audit
        fail_on: drift
      run_once: true
"""

RETURN = r"""
files:
  description: The files that were written.
  type: list
  elements: str
  returned: success and when O(fail_on) found something
summary:
  description: How many NAS, unreachable ones and credentials there are, and how often each rule was found.
  type: dict
  returned: success and when O(fail_on) found something
  sample:
    nas: 3
    unreachable: 1
    credentials: 12
    findings:
      unreachable: 1
      drift: 2
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.nasops.truenas.plugins.module_utils.audit.arguments import ARGUMENTS


def main():
    """Say that it takes Ansible to run this: the results of all hosts are there only."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(msg="This runs on the controller only, as an action of Ansible.")


if __name__ == "__main__":
    main()
