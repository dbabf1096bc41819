# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of rclone's options.

Each option of a backend is also a field of the NAS, needed to log in (`rclone_refused` of the provider), or harmless
(`rclone_harmless`). Tests compare the lists with `rclone config providers`. Add an option of a new rclone to its provider's
file, and to a list here if it is a boolean.
"""

from __future__ import annotations

from ..providers.base import words

RCLONE = "1.75"
"""The rclone version of the lists."""

FLAGS = frozenset(
    words("""
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
    words("""
    list_url_encode list_versions_oldest_first might_gzip object_lock_supported sign_accept_encoding
    use_accept_encoding_gzip use_already_exists use_data_integrity_protections use_multipart_etag
    use_multipart_uploads use_segments_container use_unsigned_payload use_x_id
    """)
)
"""Options of all backends with the values true, false, and unset."""
