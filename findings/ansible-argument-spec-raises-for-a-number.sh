#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Expected: ArgumentSpecValidator.validate() of ansible-core returns a result with an error for a value of the wrong type. It does
#   so for an option of the type dict.
# Happens: if the same option also declares suboptions, validate() raises TypeError, and the message names neither the option nor
#   the expected type. Seen with 2.19.14 and 2.22.0rc1.
# Why it matters: `s3: 5` in a playbook is an everyday mistake. A module that validates nested options shows it as a traceback, so
#   a collection has to check for mappings before it calls the validator.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14

"$folder/venv/bin/python" - <<'PYTHON'
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.release import __version__

plain = {"s3": {"type": "dict"}}
nested = {"s3": {"type": "dict", "options": {"region": {"type": "str"}}}}
messages = ArgumentSpecValidator(plain).validate({"s3": 5}).error_messages
try:
    ArgumentSpecValidator(nested).validate({"s3": 5})
    raised = None
except TypeError as error:
    raised = error
print(f"ansible-core {__version__}")
print(f"without suboptions: {messages}")
print(f"with suboptions:    {raised!r}")
assert messages == ["argument 's3' is of type int and we were unable to convert to dict: <class 'int'> cannot be converted to a dict"]
assert str(raised) == "argument of type 'int' is not iterable"
PYTHON
