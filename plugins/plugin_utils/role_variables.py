# SPDX-License-Identifier: GPL-3.0-or-later
# Generated from roles and playbooks by tools/generate: change them, then run `make generate`.
"""The names of the variables that the roles and playbooks of this collection use."""

from __future__ import annotations

PUBLIC = frozenset(
    [
        "nas_allow_type_change",
        "nas_api_key",
        "nas_api_key_file",
        "nas_audit_dest",
        "nas_audit_expires_within",
        "nas_audit_fail_on",
        "nas_audit_outdated_after",
        "nas_audit_previous_report",
        "nas_audit_verify",
        "nas_ca_path",
        "nas_cloud_backup_tasks",
        "nas_cloud_backup_tasks_host",
        "nas_cloud_buckets",
        "nas_cloud_credentials",
        "nas_cloud_credentials_host",
        "nas_cloud_sync_tasks",
        "nas_cloud_sync_tasks_host",
        "nas_export_dest",
        "nas_export_force",
        "nas_export_secrets",
        "nas_export_tasks",
        "nas_export_vault_id",
        "nas_host",
        "nas_key_dest",
        "nas_key_force",
        "nas_key_variable",
        "nas_key_vault_id",
        "nas_on_inconclusive",
        "nas_port",
        "nas_provider_timeout",
        "nas_purge",
        "nas_purge_all",
        "nas_purge_keep",
        "nas_purge_tasks",
        "nas_purge_tasks_all",
        "nas_purge_tasks_keep",
        "nas_raw_api_key",
        "nas_rotate",
        "nas_rotation",
        "nas_serial",
        "nas_ssh_keypairs",
        "nas_timeout",
        "nas_undeclared",
        "nas_update_secret",
        "nas_update_token",
        "nas_username",
        "nas_validate_certs",
        "nas_verify",
        "nas_verify_again",
        "nas_verify_by",
        "nas_verify_may_refresh",
        "nas_verify_timeout",
        "nas_verify_write",
    ]
)
"""The variables that an inventory sets."""

INTERNAL = frozenset(
    [
        "nas_credentials_applied",
        "nas_credentials_made",
        "nas_declared",
        "nas_declared_absent",
        "nas_declared_backup_tasks",
        "nas_declared_names",
        "nas_declared_present",
        "nas_declared_sync_tasks",
        "nas_manages_tasks",
        "nas_rotation_credentials",
        "nas_rotation_going",
        "nas_rotation_names",
        "nas_rotation_preflight",
        "nas_rotation_recheck",
        "nas_rotation_result",
        "nas_rotation_stored",
        "nas_ssh_keypairs_absent",
        "nas_ssh_keypairs_made",
        "nas_ssh_keypairs_present",
    ]
)
"""The variables that roles set themselves."""
