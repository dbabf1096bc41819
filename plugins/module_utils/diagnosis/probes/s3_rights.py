# SPDX-License-Identifier: GPL-3.0-or-later
"""The rights of a key of Amazon S3 or a compatible service, from the list of buckets and from the policies of its user.

Sends requests that only read. Questions about users go to the API of IAM, which Amazon documents and moto 5.2.5 answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ..key_rights import KeyRights, allows
from . import s3_client
from .base import library

DELETE_VERSION = "s3:DeleteObjectVersion"
BY_POLICIES = "according to the policies of its user"


def rights(values: Mapping[str, Any], bucket: str, timeout: float) -> KeyRights:
    """Return the rights of the key in a bucket. An answer without buckets means nothing: some services send it to every key."""
    exceptions = library("botocore.exceptions", "boto3")
    errors = (exceptions.BotoCoreError, exceptions.ClientError, ValueError, KeyError)
    lists = _answered(lambda: bool(s3_client.client(values, timeout).list_buckets().get("Buckets")), errors)
    policies = _answered(lambda: [*_policies(s3_client.client(values, timeout, "iam"))], errors)
    deletes = None if policies is None else allows(policies, DELETE_VERSION, f"arn:aws:s3:::{bucket}/file")
    return KeyRights(lists or None, deletes, BY_POLICIES)


def _answered(ask: Callable[[], Any], errors: tuple[type[Exception], ...]) -> Any:
    """Return the answer, or None if the service refuses the request or sends something else."""
    try:
        return ask()
    except errors:
        return None


def _policies(iam: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the policies of the user of the key, and of its groups. Without a user, the key is that of the whole account."""
    name = iam.get_user()["User"].get("UserName")
    if not name:
        yield {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        return
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        yield _document(iam.get_user_policy(UserName=name, PolicyName=policy)["PolicyDocument"])
    yield from _attached(iam, iam.list_attached_user_policies(UserName=name))
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        group_name = group["GroupName"]
        for policy in iam.list_group_policies(GroupName=group_name)["PolicyNames"]:
            yield _document(iam.get_group_policy(GroupName=group_name, PolicyName=policy)["PolicyDocument"])
        yield from _attached(iam, iam.list_attached_group_policies(GroupName=group_name))


def _attached(iam: Any, answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for policy in answer["AttachedPolicies"]:
        arn = policy["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        yield _document(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


def _document(found: Any) -> Mapping[str, Any]:
    """Return a policy document, which some services send as text. Raises ValueError."""
    parsed = json.loads(unquote(found)) if isinstance(found, str) else found
    if not isinstance(parsed, Mapping):
        raise ValueError("no policy document")
    return parsed
