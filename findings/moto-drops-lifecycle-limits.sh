#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# moto accepts a lifecycle rule with a minimum size or a number of versions to keep, and stores the rule without them.
#
# Expected: GetBucketLifecycleConfiguration returns the rule that PutBucketLifecycleConfiguration stored, or the put fails.
# Happens: the put answers 200. ObjectSizeGreaterThan and NewerNoncurrentVersions are gone. The filter is empty then, so the rule
# "delete uploads above 1 MiB after a day" has become "delete everything after a day".
# Why it matters: a test that only looks at the answer of the put shows that the code works. The same loss on a real server
# deletes backups, so only a read after the write shows which rule is in force.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[s3]==5.2.5' boto3==1.44.8

"$folder/venv/bin/python" - <<'PYTHON'
import boto3
import moto

sent = {
    "ID": "large objects",
    "Status": "Enabled",
    "Filter": {"ObjectSizeGreaterThan": 1024 * 1024},
    "Expiration": {"Days": 1},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 3},
}
with moto.mock_aws():
    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="example", aws_secret_access_key="example")
    s3.create_bucket(Bucket="backups")
    answer = s3.put_bucket_lifecycle_configuration(Bucket="backups", LifecycleConfiguration={"Rules": [sent]})
    stored = s3.get_bucket_lifecycle_configuration(Bucket="backups")["Rules"][0]

print("moto:  ", moto.__version__)
print("answer:", answer["ResponseMetadata"]["HTTPStatusCode"])
print("sent:  ", sent["Filter"], sent["NoncurrentVersionExpiration"])
print("stored:", stored["Filter"], stored["NoncurrentVersionExpiration"])
assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
assert stored["Filter"] == {}
assert stored["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
PYTHON
