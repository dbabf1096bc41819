# SPDX-License-Identifier: GPL-3.0-or-later
# Generated from the modules' documentation by tools/generate: change the documentation, then run `make generate`.
"""The options of the modules and doc fragments as Ansible's argument spec."""

from __future__ import annotations

from typing import Any

BACKUP_PROOF: dict[str, Any] = {
    "descriptions": {"type": "list", "elements": "str"},
    "max_age": {"type": "float"},
    "min_count": {"type": "int"},
    "max_count": {"type": "int"},
    "min_size": {"type": "int"},
    "max_size": {"type": "int"},
    "fetch": {"type": "int", "default": 3},
    "patterns": {"type": "list", "elements": "str", "default": []},
    "checksums": {"type": "dict"},
    "max_file_size": {"type": "int", "default": 67108864},
    "max_listed": {"type": "int", "default": 1000000},
    "proof_timeout": {"type": "float", "default": 300},
    "rclone_path": {"type": "path"},
    "restic_path": {"type": "path"},
    "fail_on": {"type": "str", "choices": ["failed", "inconclusive", "never"], "default": "failed"},
}

BUCKETS: dict[str, Any] = {"credential": {"type": "str", "required": True}}

CLOUD_AUDIT: dict[str, Any] = {
    "keep": {"type": "list", "elements": "str", "default": []},
    "pending_keypairs": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "keep_tasks": {"type": "list", "elements": "str", "default": []},
    "outdated_after": {"type": "float"},
    "proofs": {"type": "list", "elements": "dict", "default": []},
    "expires_within": {"type": "int", "default": 14},
    "look_at_buckets": {"type": "bool", "default": False},
    "locked_buckets": {"type": "list", "elements": "str", "default": []},
    "digest_key": {"type": "str", "no_log": True},
}

CLOUD_AUDIT_REPORT: dict[str, Any] = {
    "dest": {"type": "path", "required": True},
    "hosts": {"type": "list", "elements": "str"},
    "variable": {"type": "str", "default": "cloud_audit_result"},
    "previous_report": {"type": "path"},
    "fail_on": {"type": "str", "choices": ["drift", "invalid", "unknown", "never"], "default": "never"},
}

CLOUD_BACKUP_TASK: dict[str, Any] = {
    "repository_password": {"type": "str", "no_log": True},
    "keep_last": {"type": "int"},
    "transfer_setting": {
        "type": "str",
        "choices": ["DEFAULT", "PERFORMANCE", "FAST_STORAGE"],
        "aliases": ["transfer_settings"],
    },
    "absolute_paths": {"type": "bool", "aliases": ["use_absolute_paths"]},
    "cache_path": {"type": "str"},
    "rate_limit": {"type": "int"},
}

CLOUD_BUCKET: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present"], "default": "present"},
}

CLOUD_CREDENTIAL: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "new_name": {"type": "str"},
    "clear_fields": {"type": "list", "elements": "str", "default": []},
    "replace_with": {"type": "str"},
}

CLOUD_CREDENTIAL_EXPORT: dict[str, Any] = {
    "dest": {"type": "path", "required": True},
    "host_name": {"type": "str", "required": True},
    "variable": {"type": "str", "default": "nas_cloud_credentials"},
    "export_secrets": {"type": "bool", "default": False, "no_log": False},
    "encryption": {"type": "str", "choices": ["file", "values"], "default": "file"},
    "group_dest": {"type": "path"},
    "export_tasks": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
}

CLOUD_CREDENTIAL_INFO: dict[str, Any] = {
    "name": {"type": "str"},
    "reveal_secrets": {"type": "bool", "default": False, "no_log": False},
    "usage": {"type": "bool", "default": False},
    "preview": {"type": "bool", "default": False},
}

CLOUD_EXPORT_SHARED: dict[str, Any] = {
    "dest": {"type": "path", "required": True},
    "hosts": {"type": "list", "elements": "str", "required": True},
    "group_dest": {"type": "path", "required": True},
    "encryption": {"type": "str", "choices": ["file", "values"], "default": "file"},
}

CLOUD_OAUTH_TOKEN: dict[str, Any] = {
    "provider": {
        "type": "str",
        "required": True,
        "choices": ["box", "dropbox", "google_drive", "google_photos", "onedrive", "pcloud", "yandex"],
    },
    "client_id": {"type": "str", "required": True},
    "client_secret": {"type": "str", "no_log": True},
    "flow": {"type": "str", "choices": ["browser", "device"], "default": "browser"},
    "scopes": {"type": "list", "elements": "str"},
    "redirect_port": {"type": "int", "default": 53682},
    "authorize_url": {"type": "str"},
    "token_url": {"type": "str", "no_log": False},
    "device_url": {"type": "str"},
    "dest": {"type": "path", "required": True},
    "variable": {"type": "str", "required": True},
    "force": {"type": "bool", "default": False},
    "timeout": {"type": "float", "default": 300},
}

CLOUD_SYNC_RUN: dict[str, Any] = {"dry_run": {"type": "bool", "default": False}}

CLOUD_SYNC_TASK: dict[str, Any] = {
    "direction": {"type": "str", "choices": ["PUSH", "PULL"]},
    "transfer_mode": {"type": "str", "choices": ["SYNC", "COPY", "MOVE"]},
    "bwlimit": {"type": "list", "elements": "raw", "aliases": ["bandwidth_limit"]},
    "transfers": {"type": "int"},
    "encryption": {"type": "bool", "aliases": ["remote_encryption"]},
    "filename_encryption": {"type": "bool"},
    "encryption_password": {"type": "str", "no_log": True},
    "encryption_salt": {"type": "str", "no_log": True},
    "create_empty_src_dirs": {"type": "bool", "aliases": ["create_empty_source_dirs"]},
    "follow_symlinks": {"type": "bool"},
}

CLOUD_TASK: dict[str, Any] = {
    "description": {"type": "str", "required": True, "aliases": ["name"]},
    "id": {"type": "int"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "new_description": {"type": "str"},
    "credential": {"type": "str", "aliases": ["credentials"]},
    "path": {"type": "str", "aliases": ["source_path"]},
    "bucket": {"type": "str", "aliases": ["container"]},
    "folder": {"type": "str"},
    "fast_list": {"type": "bool", "aliases": ["use_fast_list"]},
    "chunk_size": {"type": "int", "aliases": ["upload_chunk_size"]},
    "storage_class": {
        "type": "str",
        "choices": [
            "",
            "STANDARD",
            "REDUCED_REDUNDANCY",
            "STANDARD_IA",
            "ONEZONE_IA",
            "INTELLIGENT_TIERING",
            "GLACIER",
            "GLACIER_IR",
            "DEEP_ARCHIVE",
        ],
    },
    "region": {"type": "str"},
    "server_side_encryption": {"type": "str", "choices": ["", "AES256"]},
    "bucket_policy_only": {"type": "bool"},
    "acknowledge_abuse": {"type": "bool"},
    "schedule": {
        "type": "dict",
        "options": {
            "minute": {"type": "str"},
            "hour": {"type": "str"},
            "dom": {"type": "str", "aliases": ["day"]},
            "month": {"type": "str"},
            "dow": {"type": "str", "aliases": ["weekday"]},
        },
    },
    "pre_script": {"type": "str"},
    "post_script": {"type": "str"},
    "snapshot": {"type": "bool", "aliases": ["take_snapshot", "use_snapshot"]},
    "include": {"type": "list", "elements": "str"},
    "exclude": {"type": "list", "elements": "str"},
    "args": {"type": "str"},
    "enabled": {"type": "bool"},
}

CLOUD_TASK_INFO: dict[str, Any] = {"description": {"type": "str"}, "credential": {"type": "str"}}

CLOUD_TASK_RUN: dict[str, Any] = {
    "wait": {"type": "bool", "default": True},
    "run_timeout": {"type": "float", "default": 86400},
    "abort_on_timeout": {"type": "bool", "default": False},
}

CLOUD_TASK_SUBJECT: dict[str, Any] = {"description": {"type": "str"}, "id": {"type": "int"}}

CLOUD_TASK_UPDATE: dict[str, Any] = {
    "undeclared": {"type": "str", "choices": ["keep", "default"], "default": "keep"},
    "update_secret": {"type": "str", "choices": ["always", "on_create"], "default": "always", "no_log": False},
    "provider_timeout": {"type": "float", "default": 300},
}

CONNECTION: dict[str, Any] = {
    "host": {"type": "str", "required": True},
    "port": {"type": "int", "default": 443},
    "username": {"type": "str", "required": True},
    "api_key": {"type": "raw", "no_log": True},
    "api_key_file": {"type": "path", "no_log": False},
    "password": {"type": "str", "no_log": True},
    "otp": {"type": "str", "no_log": True},
    "api_key_mechanism": {"type": "str", "choices": ["auto", "scram", "plain"], "default": "auto", "no_log": False},
    "channel_binding": {"type": "bool", "default": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "allow_plaintext": {"type": "bool", "default": False},
    "api_version": {"type": "str"},
    "api": {"type": "str", "choices": ["auto", "jsonrpc", "ddp"], "default": "auto"},
    "via": {"type": "str", "choices": ["network", "ssh"], "default": "network"},
    "ssh_socket": {"type": "str"},
    "timeout": {"type": "float", "default": 60},
    "share_session": {"type": "bool", "default": True},
}

ONEDRIVE_DRIVE_INFO: dict[str, Any] = {"verify_may_refresh": {"type": "bool", "default": False}}

PENDING_CREDENTIALS: dict[str, Any] = {
    "pending_credentials": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str"},
            "former_name": {"type": "str"},
            "id": {"type": "int"},
            "provider": {"type": "str"},
            "fields": {"type": "dict", "default": {}},
            "keypair": {"type": "int", "no_log": False},
        },
    }
}

PENDING_KEYPAIRS: dict[str, Any] = {
    "pending_keypairs": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"name": {"type": "str"}, "former_name": {"type": "str"}, "id": {"type": "int"}},
        "no_log": False,
    }
}

PENDING_TASKS: dict[str, Any] = {
    "pending_tasks": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "service": {"type": "str", "choices": ["cloudsync", "cloud_backup"], "required": True},
            "description": {"type": "str", "aliases": ["name"]},
            "id": {"type": "int"},
            "credential": {"type": "str"},
        },
    }
}

PRECOMPUTED_KEY: dict[str, Any] = {
    "dest": {"type": "path", "required": True},
    "variable": {"type": "str", "default": "nas_api_key"},
    "force": {"type": "bool", "default": False},
}

PROTECTED_BUCKET: dict[str, Any] = {
    "bucket": {"type": "str", "required": True},
    "credential": {"type": "str"},
    "create": {"type": "bool", "default": False},
    "versioning": {"type": "str", "choices": ["enabled", "suspended"]},
    "object_lock": {
        "type": "dict",
        "options": {
            "mode": {"type": "str", "choices": ["governance", "compliance"], "required": True},
            "days": {"type": "int", "required": True},
        },
    },
    "confirm": {"type": "bool", "default": False},
    "lifecycle_rules": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "prefix": {"type": "str", "default": ""},
            "larger_than": {"type": "int"},
            "old_versions_after": {"type": "int"},
            "keep_versions": {"type": "int"},
            "unfinished_uploads_after": {"type": "int"},
        },
    },
    "purge": {"type": "bool", "default": False},
    "block_public_access": {"type": "bool"},
    "request_timeout": {"type": "float", "default": 60},
}

PROVIDER_CALL: dict[str, Any] = {"provider_timeout": {"type": "float", "default": 180}}

PURGE: dict[str, Any] = {
    "purge": {"type": "bool", "default": False},
    "purge_keep": {"type": "list", "elements": "str", "default": []},
    "purge_all": {"type": "bool", "default": False},
}

SSH_KEYPAIR: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "new_name": {"type": "str"},
    "generate": {"type": "bool", "default": False},
    "private_key": {"type": "str", "no_log": True},
    "private_key_file": {"type": "path", "no_log": False},
    "public_key": {"type": "str", "no_log": False},
    "cascade": {"type": "bool", "default": False},
}

SSH_KEYPAIR_INFO: dict[str, Any] = {
    "name": {"type": "str"},
    "usage": {"type": "bool", "default": False},
    "reveal_secrets": {"type": "bool", "default": False, "no_log": False},
}

UPDATE: dict[str, Any] = {
    "undeclared": {"type": "str", "choices": ["keep", "default"], "default": "keep"},
    "update_token": {"type": "str", "choices": ["newest", "always", "on_create"], "default": "newest", "no_log": False},
    "update_secret": {"type": "str", "choices": ["always", "on_create"], "default": "always", "no_log": False},
    "allow_type_change": {"type": "bool", "default": False},
}

VAULT: dict[str, Any] = {"vault_id": {"type": "str"}}

VERIFICATION: dict[str, Any] = {
    "verify": {"type": "str", "choices": ["never", "changed", "always"], "default": "never"},
    "verify_again": {"type": "bool", "default": False},
    "verify_by": {"type": "str", "choices": ["nas", "controller", "both"], "default": "nas"},
    "verify_write": {"type": "bool", "default": False},
    "verify_timeout": {"type": "float", "default": 180},
    "verify_may_refresh": {"type": "bool", "default": False},
    "on_inconclusive": {"type": "str", "choices": ["warn", "fail", "fail_unless_valid"], "default": "warn"},
}

VERIFICATION_PLACE: dict[str, Any] = {"verify_bucket": {"type": "str"}, "verify_path": {"type": "str"}}


ENVIRONMENT: dict[str, str] = {
    "host": "TRUENAS_HOST",
    "port": "TRUENAS_PORT",
    "username": "TRUENAS_USERNAME",
    "api_key": "TRUENAS_API_KEY",
    "password": "TRUENAS_PASSWORD",
    "otp": "TRUENAS_OTP",
    "api_key_mechanism": "TRUENAS_API_KEY_MECHANISM",
    "channel_binding": "TRUENAS_CHANNEL_BINDING",
    "validate_certs": "TRUENAS_VALIDATE_CERTS",
    "ca_path": "TRUENAS_CA_PATH",
    "allow_plaintext": "TRUENAS_ALLOW_PLAINTEXT",
    "api_version": "TRUENAS_API_VERSION",
    "api": "TRUENAS_API",
    "via": "TRUENAS_VIA",
    "ssh_socket": "TRUENAS_SSH_SOCKET",
    "timeout": "TRUENAS_TIMEOUT",
    "share_session": "TRUENAS_SHARE_SESSION",
}
"""The environment variables of the options of the connection."""
