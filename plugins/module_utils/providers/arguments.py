# SPDX-License-Identifier: GPL-3.0-or-later
# Generated from the provider models by tools/generate: change the models, then run `make generate`.
"""The options of the providers as an argument spec. Importable without pydantic."""

from __future__ import annotations

from typing import Any

PROVIDER_ARGUMENTS: dict[str, dict[str, Any]] = {
    "azureblob": {
        "type": "dict",
        "options": {
            "account": {"type": "str", "aliases": ["account_name"]},
            "key": {"type": "str", "aliases": ["account_key"], "no_log": True},
            "endpoint": {"type": "str"},
        },
    },
    "b2": {
        "type": "dict",
        "options": {
            "account": {"type": "str", "aliases": ["key_id"], "no_log": False},
            "key": {"type": "str", "aliases": ["application_key"], "no_log": True},
        },
    },
    "box": {
        "type": "dict",
        "options": {
            "client_id": {"type": "str", "aliases": ["oauth_client_id"]},
            "client_secret": {"type": "str", "aliases": ["oauth_client_secret"], "no_log": True},
            "token": {"type": "raw", "aliases": ["access_token"], "no_log": True},
        },
    },
    "dropbox": {
        "type": "dict",
        "options": {
            "client_id": {"type": "str", "aliases": ["oauth_client_id"]},
            "client_secret": {"type": "str", "aliases": ["oauth_client_secret"], "no_log": True},
            "token": {"type": "raw", "aliases": ["access_token"], "no_log": True},
        },
    },
    "ftp": {
        "type": "dict",
        "options": {
            "host": {"type": "str"},
            "port": {"type": "int"},
            "user": {"type": "str", "aliases": ["username"]},
            "pass": {"type": "str", "aliases": ["password"], "no_log": True},
        },
    },
    "google_cloud_storage": {
        "type": "dict",
        "options": {
            "service_account_credentials": {"type": "raw", "aliases": ["service_account_key"], "no_log": True},
            "service_account_file": {"type": "path", "no_log": False},
        },
    },
    "google_drive": {
        "type": "dict",
        "options": {
            "client_id": {"type": "str", "aliases": ["oauth_client_id"]},
            "client_secret": {"type": "str", "aliases": ["oauth_client_secret"], "no_log": True},
            "token": {"type": "raw", "aliases": ["access_token"], "no_log": True},
            "team_drive": {"type": "str", "aliases": ["team_drive_id"]},
        },
    },
    "google_photos": {
        "type": "dict",
        "options": {
            "client_id": {"type": "str", "aliases": ["oauth_client_id"]},
            "client_secret": {"type": "str", "aliases": ["oauth_client_secret"], "no_log": True},
            "token": {"type": "raw", "aliases": ["access_token"], "no_log": True},
        },
    },
    "http": {"type": "dict", "options": {"url": {"type": "str"}}},
    "hubic": {"type": "dict", "options": {"token": {"type": "raw", "aliases": ["access_token"], "no_log": True}}},
    "mega": {
        "type": "dict",
        "options": {
            "user": {"type": "str", "aliases": ["username"]},
            "pass": {"type": "str", "aliases": ["password"], "no_log": True},
        },
    },
    "onedrive": {
        "type": "dict",
        "options": {
            "client_id": {"type": "str", "aliases": ["oauth_client_id"]},
            "client_secret": {"type": "str", "aliases": ["oauth_client_secret"], "no_log": True},
            "token": {"type": "raw", "aliases": ["access_token"], "no_log": True},
            "drive_type": {
                "type": "str",
                "aliases": ["drive_account_type"],
                "choices": ["PERSONAL", "BUSINESS", "DOCUMENT_LIBRARY"],
            },
            "drive_id": {"type": "str"},
        },
    },
    "openstack_swift": {
        "type": "dict",
        "options": {
            "user": {"type": "str", "aliases": ["user_name", "username"]},
            "key": {"type": "str", "aliases": ["api_key", "password"], "no_log": True},
            "auth": {"type": "str", "aliases": ["authentication_url"]},
            "auth_version": {"type": "str", "choices": ["auto", "0", "1", "2", "3"]},
            "endpoint_type": {"type": "str", "choices": ["none", "public", "internal", "admin"]},
            "user_id": {"type": "str"},
            "domain": {"type": "str", "aliases": ["user_domain"]},
            "tenant": {"type": "str", "aliases": ["tenant_name"]},
            "tenant_id": {"type": "str"},
            "tenant_domain": {"type": "str"},
            "region": {"type": "str", "aliases": ["region_name"]},
            "storage_url": {"type": "str"},
            "auth_token": {"type": "str", "no_log": True},
            "application_credential_id": {"type": "str"},
            "application_credential_name": {"type": "str"},
            "application_credential_secret": {"type": "str", "no_log": True},
        },
    },
    "pcloud": {
        "type": "dict",
        "options": {
            "client_id": {"type": "str", "aliases": ["oauth_client_id"]},
            "client_secret": {"type": "str", "aliases": ["oauth_client_secret"], "no_log": True},
            "token": {"type": "raw", "aliases": ["access_token"], "no_log": True},
            "hostname": {"type": "str"},
        },
    },
    "s3": {
        "type": "dict",
        "options": {
            "access_key_id": {"type": "str", "no_log": False},
            "secret_access_key": {"type": "str", "no_log": True},
            "endpoint": {"type": "str", "aliases": ["endpoint_url"]},
            "region": {"type": "str"},
            "skip_region": {"type": "bool", "aliases": ["disable_endpoint_region"]},
            "signatures_v2": {"type": "bool", "aliases": ["use_signature_version_2"]},
            "max_upload_parts": {"type": "int", "aliases": ["maximum_upload_parts", "maximum_upload_ports"]},
            "provider": {"type": "str"},
            "force_path_style": {"type": "bool"},
            "sign_accept_encoding": {"type": "bool"},
        },
    },
    "sftp": {
        "type": "dict",
        "options": {
            "host": {"type": "str"},
            "port": {"type": "int"},
            "user": {"type": "str", "aliases": ["username"]},
            "pass": {"type": "str", "aliases": ["password"], "no_log": True},
            "private_key": {"type": "raw", "aliases": ["private_key_id"], "no_log": False},
            "private_key_name": {"type": "str", "no_log": False},
            "generate_private_key": {"type": "bool", "no_log": False},
        },
    },
    "storj_ix": {
        "type": "dict",
        "options": {
            "access_key_id": {"type": "str", "no_log": False},
            "secret_access_key": {"type": "str", "no_log": True},
            "endpoint": {"type": "str"},
        },
    },
    "webdav": {
        "type": "dict",
        "options": {
            "url": {"type": "str"},
            "vendor": {
                "type": "str",
                "aliases": ["webdav_service"],
                "choices": ["NEXTCLOUD", "OWNCLOUD", "SHAREPOINT", "OTHER"],
            },
            "user": {"type": "str", "aliases": ["username"]},
            "pass": {"type": "str", "aliases": ["password"], "no_log": True},
        },
    },
    "yandex": {
        "type": "dict",
        "options": {
            "client_id": {"type": "str", "aliases": ["oauth_client_id"]},
            "client_secret": {"type": "str", "aliases": ["oauth_client_secret"], "no_log": True},
            "token": {"type": "raw", "aliases": ["access_token"], "no_log": True},
        },
    },
}

FILTER: dict[str, Any] = {"provider": {"type": "str", "choices": [*PROVIDER_ARGUMENTS]}}

DRIVES: dict[str, Any] = {
    "onedrive": {
        "type": "dict",
        "required": True,
        "options": {
            "client_id": {"type": "str", "aliases": ["oauth_client_id"]},
            "client_secret": {"type": "str", "aliases": ["oauth_client_secret"], "no_log": True},
            "token": {"type": "raw", "aliases": ["access_token"], "no_log": True},
        },
    }
}

STORES: dict[str, Any] = {key: PROVIDER_ARGUMENTS[key] for key in ("s3", "storj_ix")}
