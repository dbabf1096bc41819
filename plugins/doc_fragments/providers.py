# SPDX-License-Identifier: GPL-3.0-or-later
# Generated from the provider models by tools/generate: change the models, then run `make generate`.
"""The options of all providers."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules for cloud credentials share."""

    DOCUMENTATION = r"""
options:
  azureblob:
    description:
    - A credential for Microsoft Azure Blob Storage.
    type: dict
    suboptions:
      account:
        description:
        - 'Name of the storage account: letters, digits, V(-) and V(.).'
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - account_name
      key:
        description:
        - Access key of the storage account.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - account_key
      endpoint:
        description:
        - URL of the service, including the account, for an emulator or a cloud other than the public one. The NAS
          rejects a host without a scheme, although its web form shows one as an example. Empty for Azure itself.
        type: str
  b2:
    description:
    - A credential for Backblaze B2.
    type: dict
    suboptions:
      account:
        description:
        - ID of the application key.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - key_id
      key:
        description:
        - The application key.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - application_key
  box:
    description:
    - A credential for Box.
    - The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh).
    type: dict
    suboptions:
      client_id:
        description:
        - ID of your own OAuth client. Empty for the client of rclone.
        type: str
        aliases:
        - oauth_client_id
      client_secret:
        description:
        - Secret of your own OAuth client.
        - Secret; never shown in output.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: raw
        aliases:
        - access_token
  dropbox:
    description:
    - A credential for Dropbox.
    type: dict
    suboptions:
      client_id:
        description:
        - ID of your own OAuth client. Empty for the client of rclone.
        type: str
        aliases:
        - oauth_client_id
      client_secret:
        description:
        - Secret of your own OAuth client.
        - Secret; never shown in output.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text, or an access token alone.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: raw
        aliases:
        - access_token
  ftp:
    description:
    - A credential for FTP.
    type: dict
    suboptions:
      host:
        description:
        - Name or address of the server. Brackets around an IPv6 address are optional.
        - Required when the credential is created or changes to this provider.
        type: str
      port:
        description:
        - Port of the server.
        - The default of the NAS is V(21).
        type: int
      user:
        description:
        - User name.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - username
      pass:
        description:
        - Password of the user; can be empty.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - password
  google_cloud_storage:
    description:
    - A credential for Google Cloud Storage.
    type: dict
    suboptions:
      service_account_credentials:
        description:
        - Key of a service account as a mapping or as JSON text.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: raw
        aliases:
        - service_account_key
      service_account_file:
        description:
        - File on the controller that contains O(google_cloud_storage.service_account_credentials).
        type: path
  google_drive:
    description:
    - A credential for Google Drive.
    - The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh).
    type: dict
    suboptions:
      client_id:
        description:
        - ID of your own OAuth client. Empty for the client of rclone.
        type: str
        aliases:
        - oauth_client_id
      client_secret:
        description:
        - Secret of your own OAuth client.
        - Secret; never shown in output.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: raw
        aliases:
        - access_token
      team_drive:
        description:
        - ID of a shared drive. Empty for the user's own drive.
        type: str
        aliases:
        - team_drive_id
  google_photos:
    description:
    - A credential for Google Photos.
    - The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh).
    type: dict
    suboptions:
      client_id:
        description:
        - ID of your own OAuth client. Empty for the client of rclone.
        type: str
        aliases:
        - oauth_client_id
      client_secret:
        description:
        - Secret of your own OAuth client.
        - Secret; never shown in output.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: raw
        aliases:
        - access_token
  http:
    description:
    - A credential for HTTP.
    type: dict
    suboptions:
      url:
        description:
        - URL of the folder. Output never contains a user and password in the URL.
        - Required when the credential is created or changes to this provider.
        type: str
  hubic:
    description:
    - A credential for Hubic.
    - Note that the service was shut down. The NAS still stores the credential, but cannot use it.
    type: dict
    suboptions:
      token:
        description:
        - The token as a mapping or as text.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: raw
        aliases:
        - access_token
  mega:
    description:
    - A credential for Mega.
    - Requires TrueNAS 25.10.0 or later.
    - Note that the NAS stores the credential but no longer supports the provider, so tasks cannot use it.
    type: dict
    suboptions:
      user:
        description:
        - User name.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - username
      pass:
        description:
        - Password of the user.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - password
  onedrive:
    description:
    - A credential for Microsoft OneDrive.
    - The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh).
    type: dict
    suboptions:
      client_id:
        description:
        - ID of your own OAuth client. Empty for the client of rclone.
        type: str
        aliases:
        - oauth_client_id
      client_secret:
        description:
        - Secret of your own OAuth client.
        - Secret; never shown in output.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: raw
        aliases:
        - access_token
      drive_type:
        description:
        - Type of the drive.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - drive_account_type
        choices:
        - PERSONAL
        - BUSINESS
        - DOCUMENT_LIBRARY
      drive_id:
        description:
        - ID of the drive; required by the NAS, but can be empty.
        - Required when the credential is created or changes to this provider.
        type: str
  openstack_swift:
    description:
    - A credential for OpenStack Swift.
    type: dict
    suboptions:
      user:
        description:
        - User name.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - user_name
        - username
      key:
        description:
        - API key or password of the user.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - api_key
        - password
      auth:
        description:
        - URL of the authentication service.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - authentication_url
      auth_version:
        description:
        - Version of the authentication protocol. With V(auto), the NAS detects it from the URL.
        type: str
        choices:
        - auto
        - '0'
        - '1'
        - '2'
        - '3'
      endpoint_type:
        description:
        - Which of the service's endpoints to use. V(none) leaves the choice to the NAS.
        type: str
        choices:
        - none
        - public
        - internal
        - admin
      user_id:
        description:
        - ID of the user, for version 3 instead of the name.
        type: str
      domain:
        description:
        - Domain of the user, for version 3.
        type: str
        aliases:
        - user_domain
      tenant:
        description:
        - Name of the tenant or project.
        type: str
        aliases:
        - tenant_name
      tenant_id:
        description:
        - ID of the tenant or project.
        type: str
      tenant_domain:
        description:
        - Domain of the tenant or project, for version 3.
        type: str
      region:
        description:
        - Name of the region.
        type: str
        aliases:
        - region_name
      storage_url:
        description:
        - URL of the storage, if not the one from the authentication service.
        type: str
      auth_token:
        description:
        - An existing token to use instead of a login.
        - Secret; never shown in output.
        type: str
      application_credential_id:
        description:
        - ID of an application credential, for version 3.
        type: str
      application_credential_name:
        description:
        - Name of an application credential, for version 3.
        type: str
      application_credential_secret:
        description:
        - Secret of an application credential, for version 3.
        - Secret; never shown in output.
        type: str
  pcloud:
    description:
    - A credential for pCloud.
    - The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh).
    type: dict
    suboptions:
      client_id:
        description:
        - ID of your own OAuth client. Empty for the client of rclone.
        type: str
        aliases:
        - oauth_client_id
      client_secret:
        description:
        - Secret of your own OAuth client.
        - Secret; never shown in output.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: raw
        aliases:
        - access_token
      hostname:
        description:
        - Host name of the API that pCloud returned for the region of the account.
        type: str
  s3:
    description:
    - A credential for Amazon S3.
    type: dict
    suboptions:
      access_key_id:
        description:
        - ID of the access key.
        - Required when the credential is created or changes to this provider.
        - The TrueNAS web form requires 5 to 20 characters; other lengths produce a warning.
        type: str
      secret_access_key:
        description:
        - Secret of the access key.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        - The TrueNAS web form requires 8 to 40 characters; other lengths produce a warning.
        type: str
      endpoint:
        description:
        - URL of the service. Empty for Amazon S3.
        type: str
        aliases:
        - endpoint_url
      region:
        description:
        - Region of the buckets.
        type: str
      skip_region:
        description:
        - Whether to send requests to the endpoint without a region.
        - The default of the NAS is V(false).
        type: bool
        aliases:
        - disable_endpoint_region
      signatures_v2:
        description:
        - Whether to use signature version 2, for old services.
        - The default of the NAS is V(false).
        type: bool
        aliases:
        - use_signature_version_2
      max_upload_parts:
        description:
        - Maximum number of parts of a multipart upload.
        - The default of the NAS is V(10000).
        type: int
        aliases:
        - maximum_upload_parts
        - maximum_upload_ports
      provider:
        description:
        - Name of the service in rclone. The NAS accepts any text.
        - The default of the NAS is V(Other).
        - Requires TrueNAS 26.0.0 or later.
        type: str
      force_path_style:
        description:
        - Whether to put the bucket into the path of a URL instead of the host.
        - The default of the NAS is V(true).
        - Requires TrueNAS 26.0.0 or later.
        type: bool
      sign_accept_encoding:
        description:
        - Whether to sign the header Accept-Encoding. Some gateways change this header and need V(false).
        - The default of the NAS is V(true).
        - Requires TrueNAS 26.0.0 or later.
        type: bool
  sftp:
    description:
    - A credential for SFTP.
    type: dict
    suboptions:
      host:
        description:
        - Name or address of the server. Brackets around an IPv6 address are optional.
        - Required when the credential is created or changes to this provider.
        type: str
      port:
        description:
        - Port of the server.
        - The default of the NAS is V(22).
        type: int
      user:
        description:
        - User name.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - username
      pass:
        description:
        - Password of the user.
        - Secret; never shown in output.
        type: str
        aliases:
        - password
      private_key:
        description:
        - ID of an SSH keypair on the NAS, never the text of a key.
        type: raw
        aliases:
        - private_key_id
      private_key_name:
        description:
        - Name of an SSH keypair on the NAS. Replaces its ID in O(sftp.private_key), which differs on each NAS.
        - The task looks up the ID, and fails if the keypair does not exist, also in check mode.
        - Requires the role C(KEYCHAIN_CREDENTIAL_READ).
        type: str
      generate_private_key:
        description:
        - Whether to create the keypair O(sftp.private_key_name) on the NAS if it does not exist.
        - RV(generated_keypair) contains its public key. Add it to C(authorized_keys) on the server.
        - Requires the role C(KEYCHAIN_CREDENTIAL_WRITE).
        type: bool
  storj_ix:
    description:
    - A credential for Storj iX.
    type: dict
    suboptions:
      access_key_id:
        description:
        - ID of the access key.
        - Required when the credential is created or changes to this provider.
        type: str
      secret_access_key:
        description:
        - Secret of the access key.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: str
      endpoint:
        description:
        - URL of the gateway, https only. Empty for the gateway of Storj.
        - The default of the NAS is V(https://gateway.storjshare.io/).
        - Requires TrueNAS 25.04.2 or later.
        type: str
  webdav:
    description:
    - A credential for WebDAV.
    type: dict
    suboptions:
      url:
        description:
        - URL of the folder. Output never contains a user and password in the URL.
        - Required when the credential is created or changes to this provider.
        type: str
      vendor:
        description:
        - Software of the server.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - webdav_service
        choices:
        - NEXTCLOUD
        - OWNCLOUD
        - SHAREPOINT
        - OTHER
      user:
        description:
        - User name; can be empty.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - username
      pass:
        description:
        - Password of the user; can be empty.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - password
  yandex:
    description:
    - A credential for Yandex Disk.
    - The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh).
    type: dict
    suboptions:
      client_id:
        description:
        - ID of your own OAuth client. Empty for the client of rclone.
        type: str
        aliases:
        - oauth_client_id
      client_secret:
        description:
        - Secret of your own OAuth client.
        - Secret; never shown in output.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - Secret; never shown in output.
        - Required when the credential is created or changes to this provider.
        type: raw
        aliases:
        - access_token
"""

    FILTER = r"""
options:
  provider:
    description:
      - Return only the credentials of this provider.
    type: str
    choices:
      - azureblob
      - b2
      - box
      - dropbox
      - ftp
      - google_cloud_storage
      - google_drive
      - google_photos
      - http
      - hubic
      - mega
      - onedrive
      - openstack_swift
      - pcloud
      - s3
      - sftp
      - storj_ix
      - webdav
      - yandex
"""

    DRIVES = r"""
options:
  onedrive:
    description:
    - The account, with the options of O(nasops.truenas.cloud_credential#module:onedrive).
    type: dict
    required: true
    suboptions:
      client_id:
        description:
        - ID of your own OAuth client. Empty for the client of rclone.
        type: str
        aliases:
        - oauth_client_id
      client_secret:
        description:
        - Secret of your own OAuth client.
        - Secret; never shown in output.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - Secret; never shown in output.
        - Required.
        type: raw
        aliases:
        - access_token
"""

    STORES = r"""
options:
  s3:
    description:
    - The account, with the options of O(nasops.truenas.cloud_credential#module:s3). Set one account, or O(credential).
    type: dict
    suboptions:
      access_key_id:
        description:
        - ID of the access key.
        - Required.
        - The TrueNAS web form requires 5 to 20 characters; other lengths produce a warning.
        type: str
      secret_access_key:
        description:
        - Secret of the access key.
        - Secret; never shown in output.
        - Required.
        - The TrueNAS web form requires 8 to 40 characters; other lengths produce a warning.
        type: str
      endpoint:
        description:
        - URL of the service. Empty for Amazon S3.
        type: str
        aliases:
        - endpoint_url
      region:
        description:
        - Region of the buckets.
        type: str
      skip_region:
        description:
        - Whether to send requests to the endpoint without a region.
        - The default of the NAS is V(false).
        type: bool
        aliases:
        - disable_endpoint_region
      signatures_v2:
        description:
        - Whether to use signature version 2, for old services.
        - The default of the NAS is V(false).
        type: bool
        aliases:
        - use_signature_version_2
      max_upload_parts:
        description:
        - Maximum number of parts of a multipart upload.
        - The default of the NAS is V(10000).
        type: int
        aliases:
        - maximum_upload_parts
        - maximum_upload_ports
      provider:
        description:
        - Name of the service in rclone. The NAS accepts any text.
        - The default of the NAS is V(Other).
        - Requires TrueNAS 26.0.0 or later.
        type: str
      force_path_style:
        description:
        - Whether to put the bucket into the path of a URL instead of the host.
        - The default of the NAS is V(true).
        - Requires TrueNAS 26.0.0 or later.
        type: bool
      sign_accept_encoding:
        description:
        - Whether to sign the header Accept-Encoding. Some gateways change this header and need V(false).
        - The default of the NAS is V(true).
        - Requires TrueNAS 26.0.0 or later.
        type: bool
  storj_ix:
    description:
    - The account, with the options of O(nasops.truenas.cloud_credential#module:storj_ix). Set one account, or O(credential).
    type: dict
    suboptions:
      access_key_id:
        description:
        - ID of the access key.
        - Required.
        type: str
      secret_access_key:
        description:
        - Secret of the access key.
        - Secret; never shown in output.
        - Required.
        type: str
      endpoint:
        description:
        - URL of the gateway, https only. Empty for the gateway of Storj.
        - The default of the NAS is V(https://gateway.storjshare.io/).
        - Requires TrueNAS 25.04.2 or later.
        type: str
"""

    CREDENTIALS = r"""
options:
  credentials:
    description:
    - The desired credentials, each with the options of M(nasops.truenas.cloud_credential).
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
        - Name of the credential. Case and spaces matter, as they do on the NAS.
        type: str
        required: true
      state:
        description:
        - Whether the credential must exist.
        - V(present) creates or updates the credential. It requires exactly one provider, unless O(credentials[].new_name)
          only renames.
        - V(absent) deletes the credential. If a cloud sync or cloud backup task uses it, nothing is deleted, and
          the error lists every such task. See O(credentials[].replace_with).
        type: str
        choices:
        - present
        - absent
        default: present
      new_name:
        description:
        - Rename the credential to this. If it already has this name, nothing changes.
        - The task fails if credentials of both names exist.
        type: str
      clear_fields:
        description:
        - Names of provider fields to reset to their defaults. The default of some fields is null.
        - A null in the field itself does not reset it, because Ansible does not distinguish null from an option
          that is not set.
        type: list
        elements: str
        default: []
      replace_with:
        description:
        - With O(credentials[].state=absent), reassign the cloud sync and cloud backup tasks that use this credential
          to another one, by its name.
        - Tasks are reassigned before the deletion. If one cannot be reassigned, the others return to this credential,
          and nothing is deleted.
        - When a task is reassigned, the NAS checks all of its settings. For a task that pulls, the NAS also checks
          that its folder exists with the other credential.
        - In M(nasops.truenas.cloud_credentials), the same list can create the other credential.
        type: str
      undeclared:
        description:
        - How to treat provider fields that the task does not set.
        - V(keep) leaves the stored values.
        - V(default) resets them to the defaults of the NAS.
        - If not set, the item uses O(undeclared) of the task.
        type: str
        choices:
        - keep
        - default
      update_token:
        description:
        - Which token to use if the stored token differs from the declared one. Tokens that differ only in their
          notation are equal.
        - V(newest) keeps the stored token if it expires later than the declared one. The NAS refreshes tokens and
          stores the result; writing the older token back can end the login permanently. If a token has no expiry,
          or both expire at the same time, the task uses the declared token.
        - V(always) uses the declared token.
        - V(on_create) keeps the stored token.
        - A token belongs to its client. If C(client_id) or C(client_secret) changes, the task always uses the declared
          token.
        - If not set, the item uses O(update_token) of the task.
        type: str
        choices:
        - newest
        - always
        - on_create
      update_secret:
        description:
        - When to write declared secrets, including tokens.
        - V(always) overwrites stored secrets that differ.
        - V(on_create) writes secrets only when it creates the credential or changes its provider. It keeps the
          secrets that the NAS stores, and C(kept_fields) lists those that the task declares.
        - C(clear_fields) clears a secret in any case.
        - If not set, the item uses O(update_secret) of the task.
        type: str
        choices:
        - always
        - on_create
      allow_type_change:
        description:
        - Whether to allow a change to another provider while cloud sync or cloud backup tasks use the credential.
        - Their bucket and folder belong to the old provider, so without V(true) the task fails and lists these
          tasks.
        - If not set, the item uses O(allow_type_change) of the task.
        type: bool
      verify:
        description:
        - When to verify that the credential works with its provider.
        - V(never) does not verify.
        - V(changed) verifies a credential that is created or whose provider fields change, but not in check mode.
        - V(always) verifies in every run, also in check mode.
        - A credential is verified before it is written. If the provider refuses it, nothing is written. If the
          verification is inconclusive or skipped, the credential is written with a warning, see C(on_inconclusive).
          Checks that need a stored credential, see C(verify_bucket), run after the write. If one of them fails,
          the task rolls back to the previous values.
        - If not set, the item uses O(verify) of the task.
        type: str
        choices:
        - never
        - changed
        - always
      verify_again:
        description:
        - Whether to verify the stored credential again after the write, from the same sides. If this verification
          fails, the task rolls back to the previous values.
        - A credential that cannot be verified before the write, see C(verify_may_refresh), is not written.
        - Requires C(verify). Has no effect if nothing is written, for example in check mode.
        - If not set, the item uses O(verify_again) of the task.
        type: bool
      verify_by:
        description:
        - Which side verifies.
        - V(nas) verifies on the NAS with rclone, as its tasks do. The NAS lists the root, or the place in C(verify_bucket)
          and C(verify_path).
        - V(controller) verifies on the host that runs the task, with a client for the provider. Some providers
          require a library. These are boto3 for S3 and Storj, paramiko for SFTP, requests for providers with HTTP
          APIs, azure-storage-blob for Azure, google-auth for Google Cloud Storage, and keystoneauth1 for Swift.
          If an SFTP credential refers to a keypair, the task reads the key from the NAS, which requires the role
          C(KEYCHAIN_CREDENTIAL_WRITE).
        - V(both) verifies from both sides, and uses the worse result.
        - If not set, the item uses O(verify_by) of the task.
        type: str
        choices:
        - nas
        - controller
        - both
      verify_write:
        description:
        - Whether the controller also writes a small file with a unique name, and deletes it again. The NAS only
          reads.
        - If not set, the item uses O(verify_write) of the task.
        type: bool
      verify_timeout:
        description:
        - Seconds to wait for the verification of one credential. The NAS itself sets no limit.
        - If not set, the item uses O(verify_timeout) of the task.
        type: float
      verify_may_refresh:
        description:
        - Whether to verify providers that can issue a new refresh token on each use, namely Box, Google Drive,
          Google Photos, OneDrive, pCloud, and Yandex.
        - A verification discards the new token, which can invalidate the stored one. Without V(true), it is skipped
          for these providers.
        - If not set, the item uses O(verify_may_refresh) of the task.
        type: bool
      on_inconclusive:
        description:
        - Whether to store a credential with a warning, or to fail, if its verification is inconclusive.
        - V(warn) writes the credential and warns.
        - V(fail) fails, as if the provider had refused the credential.
        - V(fail_unless_valid) also fails if the verification is skipped.
        - A verification that is skipped is not inconclusive. With the other values, the credential is then written
          with a warning, unless C(verify_again) is set.
        - If not set, the item uses O(on_inconclusive) of the task.
        type: str
        choices:
        - warn
        - fail
        - fail_unless_valid
      verify_bucket:
        description:
        - The bucket or container to list. A key that is not allowed to list the root is valid if it can list this
          bucket.
        - Without this option, an empty list of buckets is V(inconclusive), because some services return one to
          a key without any permissions.
        - The NAS lists the bucket with the stored credential, after the write.
        type: str
      verify_path:
        description:
        - The folder to list, in O(credentials[].verify_bucket) if the provider has buckets.
        type: str
      azureblob:
        description:
        - A credential for Microsoft Azure Blob Storage.
        type: dict
        suboptions:
          account:
            description:
            - 'Name of the storage account: letters, digits, V(-) and V(.).'
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - account_name
          key:
            description:
            - Access key of the storage account.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - account_key
          endpoint:
            description:
            - URL of the service, including the account, for an emulator or a cloud other than the public one. The
              NAS rejects a host without a scheme, although its web form shows one as an example. Empty for Azure
              itself.
            type: str
      b2:
        description:
        - A credential for Backblaze B2.
        type: dict
        suboptions:
          account:
            description:
            - ID of the application key.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - key_id
          key:
            description:
            - The application key.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - application_key
      box:
        description:
        - A credential for Box.
        - The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh).
        type: dict
        suboptions:
          client_id:
            description:
            - ID of your own OAuth client. Empty for the client of rclone.
            type: str
            aliases:
            - oauth_client_id
          client_secret:
            description:
            - Secret of your own OAuth client.
            - Secret; never shown in output.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: raw
            aliases:
            - access_token
      dropbox:
        description:
        - A credential for Dropbox.
        type: dict
        suboptions:
          client_id:
            description:
            - ID of your own OAuth client. Empty for the client of rclone.
            type: str
            aliases:
            - oauth_client_id
          client_secret:
            description:
            - Secret of your own OAuth client.
            - Secret; never shown in output.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text, or an access token alone.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: raw
            aliases:
            - access_token
      ftp:
        description:
        - A credential for FTP.
        type: dict
        suboptions:
          host:
            description:
            - Name or address of the server. Brackets around an IPv6 address are optional.
            - Required when the credential is created or changes to this provider.
            type: str
          port:
            description:
            - Port of the server.
            - The default of the NAS is V(21).
            type: int
          user:
            description:
            - User name.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - username
          pass:
            description:
            - Password of the user; can be empty.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - password
      google_cloud_storage:
        description:
        - A credential for Google Cloud Storage.
        type: dict
        suboptions:
          service_account_credentials:
            description:
            - Key of a service account as a mapping or as JSON text.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: raw
            aliases:
            - service_account_key
          service_account_file:
            description:
            - File on the controller that contains O(credentials[].google_cloud_storage.service_account_credentials).
            type: path
      google_drive:
        description:
        - A credential for Google Drive.
        - The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh).
        type: dict
        suboptions:
          client_id:
            description:
            - ID of your own OAuth client. Empty for the client of rclone.
            type: str
            aliases:
            - oauth_client_id
          client_secret:
            description:
            - Secret of your own OAuth client.
            - Secret; never shown in output.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: raw
            aliases:
            - access_token
          team_drive:
            description:
            - ID of a shared drive. Empty for the user's own drive.
            type: str
            aliases:
            - team_drive_id
      google_photos:
        description:
        - A credential for Google Photos.
        - The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh).
        type: dict
        suboptions:
          client_id:
            description:
            - ID of your own OAuth client. Empty for the client of rclone.
            type: str
            aliases:
            - oauth_client_id
          client_secret:
            description:
            - Secret of your own OAuth client.
            - Secret; never shown in output.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: raw
            aliases:
            - access_token
      http:
        description:
        - A credential for HTTP.
        type: dict
        suboptions:
          url:
            description:
            - URL of the folder. Output never contains a user and password in the URL.
            - Required when the credential is created or changes to this provider.
            type: str
      hubic:
        description:
        - A credential for Hubic.
        - Note that the service was shut down. The NAS still stores the credential, but cannot use it.
        type: dict
        suboptions:
          token:
            description:
            - The token as a mapping or as text.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: raw
            aliases:
            - access_token
      mega:
        description:
        - A credential for Mega.
        - Requires TrueNAS 25.10.0 or later.
        - Note that the NAS stores the credential but no longer supports the provider, so tasks cannot use it.
        type: dict
        suboptions:
          user:
            description:
            - User name.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - username
          pass:
            description:
            - Password of the user.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - password
      onedrive:
        description:
        - A credential for Microsoft OneDrive.
        - The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh).
        type: dict
        suboptions:
          client_id:
            description:
            - ID of your own OAuth client. Empty for the client of rclone.
            type: str
            aliases:
            - oauth_client_id
          client_secret:
            description:
            - Secret of your own OAuth client.
            - Secret; never shown in output.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: raw
            aliases:
            - access_token
          drive_type:
            description:
            - Type of the drive.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - drive_account_type
            choices:
            - PERSONAL
            - BUSINESS
            - DOCUMENT_LIBRARY
          drive_id:
            description:
            - ID of the drive; required by the NAS, but can be empty.
            - Required when the credential is created or changes to this provider.
            type: str
      openstack_swift:
        description:
        - A credential for OpenStack Swift.
        type: dict
        suboptions:
          user:
            description:
            - User name.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - user_name
            - username
          key:
            description:
            - API key or password of the user.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - api_key
            - password
          auth:
            description:
            - URL of the authentication service.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - authentication_url
          auth_version:
            description:
            - Version of the authentication protocol. With V(auto), the NAS detects it from the URL.
            type: str
            choices:
            - auto
            - '0'
            - '1'
            - '2'
            - '3'
          endpoint_type:
            description:
            - Which of the service's endpoints to use. V(none) leaves the choice to the NAS.
            type: str
            choices:
            - none
            - public
            - internal
            - admin
          user_id:
            description:
            - ID of the user, for version 3 instead of the name.
            type: str
          domain:
            description:
            - Domain of the user, for version 3.
            type: str
            aliases:
            - user_domain
          tenant:
            description:
            - Name of the tenant or project.
            type: str
            aliases:
            - tenant_name
          tenant_id:
            description:
            - ID of the tenant or project.
            type: str
          tenant_domain:
            description:
            - Domain of the tenant or project, for version 3.
            type: str
          region:
            description:
            - Name of the region.
            type: str
            aliases:
            - region_name
          storage_url:
            description:
            - URL of the storage, if not the one from the authentication service.
            type: str
          auth_token:
            description:
            - An existing token to use instead of a login.
            - Secret; never shown in output.
            type: str
          application_credential_id:
            description:
            - ID of an application credential, for version 3.
            type: str
          application_credential_name:
            description:
            - Name of an application credential, for version 3.
            type: str
          application_credential_secret:
            description:
            - Secret of an application credential, for version 3.
            - Secret; never shown in output.
            type: str
      pcloud:
        description:
        - A credential for pCloud.
        - The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh).
        type: dict
        suboptions:
          client_id:
            description:
            - ID of your own OAuth client. Empty for the client of rclone.
            type: str
            aliases:
            - oauth_client_id
          client_secret:
            description:
            - Secret of your own OAuth client.
            - Secret; never shown in output.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: raw
            aliases:
            - access_token
          hostname:
            description:
            - Host name of the API that pCloud returned for the region of the account.
            type: str
      s3:
        description:
        - A credential for Amazon S3.
        type: dict
        suboptions:
          access_key_id:
            description:
            - ID of the access key.
            - Required when the credential is created or changes to this provider.
            - The TrueNAS web form requires 5 to 20 characters; other lengths produce a warning.
            type: str
          secret_access_key:
            description:
            - Secret of the access key.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            - The TrueNAS web form requires 8 to 40 characters; other lengths produce a warning.
            type: str
          endpoint:
            description:
            - URL of the service. Empty for Amazon S3.
            type: str
            aliases:
            - endpoint_url
          region:
            description:
            - Region of the buckets.
            type: str
          skip_region:
            description:
            - Whether to send requests to the endpoint without a region.
            - The default of the NAS is V(false).
            type: bool
            aliases:
            - disable_endpoint_region
          signatures_v2:
            description:
            - Whether to use signature version 2, for old services.
            - The default of the NAS is V(false).
            type: bool
            aliases:
            - use_signature_version_2
          max_upload_parts:
            description:
            - Maximum number of parts of a multipart upload.
            - The default of the NAS is V(10000).
            type: int
            aliases:
            - maximum_upload_parts
            - maximum_upload_ports
          provider:
            description:
            - Name of the service in rclone. The NAS accepts any text.
            - The default of the NAS is V(Other).
            - Requires TrueNAS 26.0.0 or later.
            type: str
          force_path_style:
            description:
            - Whether to put the bucket into the path of a URL instead of the host.
            - The default of the NAS is V(true).
            - Requires TrueNAS 26.0.0 or later.
            type: bool
          sign_accept_encoding:
            description:
            - Whether to sign the header Accept-Encoding. Some gateways change this header and need V(false).
            - The default of the NAS is V(true).
            - Requires TrueNAS 26.0.0 or later.
            type: bool
      sftp:
        description:
        - A credential for SFTP.
        type: dict
        suboptions:
          host:
            description:
            - Name or address of the server. Brackets around an IPv6 address are optional.
            - Required when the credential is created or changes to this provider.
            type: str
          port:
            description:
            - Port of the server.
            - The default of the NAS is V(22).
            type: int
          user:
            description:
            - User name.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - username
          pass:
            description:
            - Password of the user.
            - Secret; never shown in output.
            type: str
            aliases:
            - password
          private_key:
            description:
            - ID of an SSH keypair on the NAS, never the text of a key.
            type: raw
            aliases:
            - private_key_id
          private_key_name:
            description:
            - Name of an SSH keypair on the NAS. Replaces its ID in O(credentials[].sftp.private_key), which differs
              on each NAS.
            - The task looks up the ID, and fails if the keypair does not exist, also in check mode.
            - Requires the role C(KEYCHAIN_CREDENTIAL_READ).
            type: str
          generate_private_key:
            description:
            - Whether to create the keypair O(credentials[].sftp.private_key_name) on the NAS if it does not exist.
            - C(generated_keypair) contains its public key. Add it to C(authorized_keys) on the server.
            - Requires the role C(KEYCHAIN_CREDENTIAL_WRITE).
            type: bool
      storj_ix:
        description:
        - A credential for Storj iX.
        type: dict
        suboptions:
          access_key_id:
            description:
            - ID of the access key.
            - Required when the credential is created or changes to this provider.
            type: str
          secret_access_key:
            description:
            - Secret of the access key.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: str
          endpoint:
            description:
            - URL of the gateway, https only. Empty for the gateway of Storj.
            - The default of the NAS is V(https://gateway.storjshare.io/).
            - Requires TrueNAS 25.04.2 or later.
            type: str
      webdav:
        description:
        - A credential for WebDAV.
        type: dict
        suboptions:
          url:
            description:
            - URL of the folder. Output never contains a user and password in the URL.
            - Required when the credential is created or changes to this provider.
            type: str
          vendor:
            description:
            - Software of the server.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - webdav_service
            choices:
            - NEXTCLOUD
            - OWNCLOUD
            - SHAREPOINT
            - OTHER
          user:
            description:
            - User name; can be empty.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - username
          pass:
            description:
            - Password of the user; can be empty.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - password
      yandex:
        description:
        - A credential for Yandex Disk.
        - The NAS refreshes the token. A verification can invalidate the refresh token, see O(verify_may_refresh).
        type: dict
        suboptions:
          client_id:
            description:
            - ID of your own OAuth client. Empty for the client of rclone.
            type: str
            aliases:
            - oauth_client_id
          client_secret:
            description:
            - Secret of your own OAuth client.
            - Secret; never shown in output.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - Secret; never shown in output.
            - Required when the credential is created or changes to this provider.
            type: raw
            aliases:
            - access_token
"""
