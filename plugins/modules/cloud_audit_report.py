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
  - Combines the results of M(nasops.truenas.cloud_audit) from each host, and writes them as C(report.json), C(report.xml)
    (JUnit), C(report.sarif) (SARIF 2.1.0), and C(report.html), a single page that loads no other files.
  - If the audit of a host failed, the report includes the host with its error.
  - Compares the digests of secrets, and reports which NAS systems share one. The report itself contains no digests.
  - Always runs on the controller, whatever the connection of the task is.
author:
  - The nasops.truenas maintainers (@nasops)
attributes:
  check_mode:
    description: Writes the report and changes nothing else, so check mode makes no difference.
    support: full
  diff_mode:
    description: Returns no diff.
    support: none
  idempotent:
    description: Every report contains the time of the audit.
    support: none
options:
  dest:
    description:
      - Folder on the controller for the files. The task creates it if it does not exist.
    type: path
    required: true
  hosts:
    description:
      - The hosts to report on. By default, all hosts that have O(variable).
    type: list
    elements: str
  variable:
    description:
      - The variable in which each host registered its result.
    type: str
    default: cloud_audit_result
  previous_report:
    description:
      - A C(report.json) of an earlier run. The report then lists the findings that are new and those that are resolved since.
      - The file can be in O(dest), because it is read before anything is written.
      - If the file does not exist, the task warns, and the report lists no changes.
    type: path
  fail_on:
    description:
      - Which findings fail the task after the reports are written.
      - V(invalid) fails for a credential whose verification failed, and for a NAS that could not be audited.
      - V(drift) fails for everything that V(invalid) fails for, and for credentials that differ from their declaration.
      - V(unknown) fails for everything that V(drift) fails for, and for comparisons and verifications without a result.
      - V(never) does not fail. Advice, such as an unused credential, never fails the task.
    type: str
    choices: [drift, invalid, unknown, never]
    default: never
seealso:
  - module: nasops.truenas.cloud_audit
"""

EXAMPLES = r"""
- name: Audit the fleet
  hosts: nas
  connection: local
  gather_facts: false
  tasks:
    - name: Audit the credentials of each NAS
      nasops.truenas.cloud_audit:
        host: "{{ ansible_host }}"
        username: auditor
        api_key: "{{ vault_truenas_key }}"
        credentials: "{{ fleet_credentials }}"
      register: cloud_audit_result

    - name: Write the report of all NAS systems
      nasops.truenas.cloud_audit_report:
        dest: audit
        fail_on: drift
      run_once: true
"""

RETURN = r"""
files:
  description: Paths of the files that were written.
  type: list
  elements: str
  returned: success and failure because of O(fail_on)
summary:
  description: Numbers of NAS systems, of those that could not be audited, of credentials, and of findings for each rule.
  type: dict
  returned: success and failure because of O(fail_on)
  sample:
    nas: 3
    unreachable: 1
    credentials: 12
    findings:
      unreachable: 1
      drift: 2
problems:
  description: The mistakes in the options, one by one.
  type: list
  elements: dict
  returned: when an option is invalid
  contains:
    field:
      description: The option.
      type: str
    reason:
      description: The mistake.
      type: str
    remedy:
      description: How to fix it.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.nasops.truenas.plugins.module_utils.arguments import CLOUD_AUDIT_REPORT


def main():
    """Fail: only the action plugin has the results of all hosts."""
    module = AnsibleModule(argument_spec=CLOUD_AUDIT_REPORT, supports_check_mode=True)
    module.fail_json(
        msg="cloud_audit_report runs on the controller only, through its action plugin. Call it from a task."
    )


if __name__ == "__main__":
    main()
