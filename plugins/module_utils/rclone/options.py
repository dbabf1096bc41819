# SPDX-License-Identifier: GPL-3.0-or-later
"""rclone's options that a login does not need, sorted by hand.

Each option of a backend is a field of the NAS, needed to log in (`rclone_refused` of the provider), or harmless. Tests compare
the lists with `rclone config providers`. Add an option of a new rclone here or to a provider's file.
"""

from __future__ import annotations

RCLONE = "1.75"
"""The rclone version of the lists."""


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


HARMLESS: dict[str, frozenset[str]] = {
    backend: frozenset(_names(names))
    for backend, names in {
        "azureblob": """
            access_tier archive_tier_delete chunk_size client_certificate_password client_send_certificate_chain
            copy_concurrency copy_cutoff copy_total_concurrency decompress delete_snapshots description
            directory_markers disable_checksum disable_instance_discovery encoding list_chunk list_parallelism
            memory_pool_flush_time memory_pool_use_mmap msi_client_id msi_mi_res_id msi_object_id no_check_container
            no_head_object public_access upload_concurrency upload_cutoff use_arrow_list use_copy_blob
        """,
        "b2": """
            chunk_size copy_cutoff description disable_checksum download_auth_duration download_url encoding
            hard_delete lifecycle memory_pool_flush_time memory_pool_use_mmap sse_customer_algorithm
            sse_customer_key_md5 test_mode upload_concurrency upload_cutoff version_at versions
        """,
        "box": """
            box_sub_type commit_retries description encoding list_chunk owned_by upload_cutoff
        """,
        "drive": """
            acknowledge_abuse allow_import_name_change alternate_export auth_owner_only chunk_size
            copy_shortcut_content description disable_http2 encoding export_formats fast_list_bug_fix formats
            import_formats keep_revision_forever list_chunk metadata_enforce_expansive_access metadata_labels
            metadata_owner metadata_permissions pacer_burst pacer_min_sleep resource_key scope
            server_side_across_configs show_all_gdocs size_as_quota skip_checksum_gphotos skip_dangling_shortcuts
            skip_gdocs skip_shortcuts starred_only stop_on_download_limit stop_on_upload_limit trashed_only
            upload_cutoff use_created_date use_shared_date use_trash v2_download_min_size
        """,
        "dropbox": """
            batch_commit_timeout batch_mode batch_size batch_timeout chunk_size description encoding export_formats
            pacer_min_sleep show_all_exports skip_exports skip_shared_folders skip_unowned_folders
        """,
        "ftp": """
            allow_insecure_tls_ciphers close_timeout concurrency description disable_epsv disable_mlsd disable_tls13
            disable_utf8 encoding force_list_hidden idle_timeout no_check_certificate no_check_upload shut_timeout
            tls_cache_size writing_mdtm
        """,
        "google cloud storage": """
            auth_url bucket_acl bucket_policy_only client_secret decompress description directory_markers encoding
            location no_check_bucket object_acl storage_class token_url
        """,
        "googlephotos": """
            batch_commit_timeout batch_mode batch_size batch_timeout description encoding include_archived proxy
            read_only read_size start_year
        """,
        "http": """
            description no_escape no_head no_slash
        """,
        "mega": """
            debug description encoding hard_delete master_key session_id use_https
        """,
        "onedrive": """
            access_scopes av_override chunk_size delta description disable_site_permission encoding
            expose_onenote_files hard_delete hash_type link_password link_scope link_type list_chunk
            metadata_permissions no_versions server_side_across_configs upload_cutoff
        """,
        "pcloud": """
            description encoding password username
        """,
        "s3": """
            acl bucket_acl bucket_object_lock_enabled bypass_governance_retention chunk_size copy_cutoff decompress
            description directory_bucket directory_markers disable_checksum disable_http2 download_url encoding
            ibm_iam_endpoint ibm_resource_instance_id leave_parts_on_error list_chunk list_url_encode list_version
            list_versions_oldest_first location_constraint memory_pool_flush_time memory_pool_use_mmap might_gzip
            no_check_bucket no_head no_head_object no_system_metadata object_lock_legal_hold_status object_lock_mode
            object_lock_retain_until_date object_lock_set_after_upload object_lock_supported role_external_id
            role_session_duration role_session_name sdk_log_mode server_side_encryption sse_customer_algorithm
            sse_customer_key_md5 sse_kms_key_id storage_class sts_endpoint upload_concurrency upload_cutoff
            use_accelerate_endpoint use_accept_encoding_gzip use_already_exists use_arn_region
            use_data_integrity_protections use_dual_stack use_multipart_etag use_multipart_uploads
            use_presigned_request use_unsigned_payload use_x_id version_at version_deleted versions
        """,
        "sftp": """
            blake3sum_command chunk_size ciphers concurrency connections copy_is_hardlink crc32sum_command description
            disable_concurrent_reads disable_concurrent_writes disable_hashcheck encoding hashes host_key_algorithms
            host_keys idle_timeout key_exchange known_hosts_file macs md5sum_command path_override pin_host_key
            set_env set_modtime sha1sum_command sha256sum_command shell_type skip_links use_fstat xxh128sum_command
            xxh3sum_command
        """,
        "swift": """
            chunk_size description encoding fetch_until_empty_page leave_parts_on_error no_chunk no_large_objects
            partial_page_fetch_threshold storage_policy use_segments_container
        """,
        "webdav": """
            description encoding nextcloud_chunk_size owncloud_exclude_mounts owncloud_exclude_shares pacer_min_sleep
        """,
        "yandex": """
            description encoding hard_delete spoof_ua upload_wait
        """,
    }.items()
}
"""Options by backend that do not change the account and the folders that a remote opens."""

FLAGS = frozenset(
    _names("""
    acknowledge_abuse allow_import_name_change allow_insecure_tls_ciphers alternate_export anonymous
    archive_tier_delete ask_password auth_owner_only auth_redirect av_override bucket_object_lock_enabled
    bucket_policy_only bypass_governance_retention client_credentials client_send_certificate_chain copy_is_hardlink
    copy_shortcut_content debug decompress delta directory_bucket directory_markers disable_checksum
    disable_concurrent_reads disable_concurrent_writes disable_epsv disable_hashcheck disable_http2
    disable_instance_discovery disable_mlsd disable_site_permission disable_tls13 disable_utf8 env_auth explicit_tls
    expose_onenote_files fast_list_bug_fix fetch_until_empty_page force_list_hidden force_path_style hard_delete
    include_archived keep_revision_forever key_use_agent leave_parts_on_error memory_pool_use_mmap
    metadata_enforce_expansive_access no_check_bucket no_check_certificate no_check_container no_check_upload no_chunk
    no_escape no_head no_head_object no_large_objects no_slash no_system_metadata no_versions
    object_lock_set_after_upload owncloud_exclude_mounts owncloud_exclude_shares pin_host_key read_only read_size
    requester_pays server_side_across_configs set_modtime shared_files shared_folders shared_with_me show_all_exports
    show_all_gdocs size_as_quota skip_checksum_gphotos skip_dangling_shortcuts skip_exports skip_gdocs skip_links
    skip_shared_folders skip_shortcuts skip_unowned_folders spoof_ua starred_only stop_on_download_limit
    stop_on_upload_limit tls trashed_only use_accelerate_endpoint use_arn_region use_arrow_list use_az use_copy_blob
    use_created_date use_dual_stack use_emulator use_fstat use_https use_insecure_cipher use_msi use_presigned_request
    use_shared_date use_trash v2_auth version_deleted versions writing_mdtm
    """)
)
"""Boolean options of all backends."""

THREE_VALUED = frozenset(
    _names("""
    list_url_encode list_versions_oldest_first might_gzip object_lock_supported sign_accept_encoding
    use_accept_encoding_gzip use_already_exists use_data_integrity_protections use_multipart_etag
    use_multipart_uploads use_segments_container use_unsigned_payload use_x_id
    """)
)
"""Options of all backends with the values true, false, and unset."""

SERVICES = {
    "s3": _names("""
    AWS Alibaba ArvanCloud BizflyCloud Ceph ChinaMobile Cloudflare Cubbit DigitalOcean Dreamhost Exaba Fastly FileLu
    FlashBlade GCS HCP Hetzner HuaweiOBS IBMCOS IDrive ImpossibleCloud Intercolo IONOS Leviia Liara Linode LyveCloud
    Magalu Mega Minio Netease Outscale OVHcloud Petabox Qiniu Rabata RackCorp Rclone Scaleway Scality SeaweedFS
    Selectel Servercore SpectraLogic Storj Synology TencentCOS US3 Wasabi Zadara Zata ZeroServices Other
    """)
}
"""The services that the option `provider` of a backend can name, in rclone's order."""
