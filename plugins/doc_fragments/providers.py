# SPDX-License-Identifier: GPL-3.0-or-later
# Generated from the provider models by tools/generate: change the models, then run `make generate`.
"""The options of every provider."""

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
        - A secret, which is never shown.
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
        - A secret, which is never shown.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - application_key
  box:
    description:
    - A credential for Box.
    - The NAS keeps the token fresh by itself. Verifying may spend the refresh token, see O(verify_may_refresh).
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
        - A secret, which is never shown.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - A secret, which is never shown.
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
        - A secret, which is never shown.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - A secret, which is never shown.
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
        - The NAS's default is V(21).
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
        - A secret, which is never shown.
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
        - A secret, which is never shown.
        - Required when the credential is created or changes to this provider.
        type: raw
        aliases:
        - service_account_key
      service_account_file:
        description:
        - Path of a file on the controller whose text is O(google_cloud_storage.service_account_credentials).
        type: path
  google_drive:
    description:
    - A credential for Google Drive.
    - The NAS keeps the token fresh by itself. Verifying may spend the refresh token, see O(verify_may_refresh).
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
        - A secret, which is never shown.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - A secret, which is never shown.
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
    - The NAS keeps the token fresh by itself. Verifying may spend the refresh token, see O(verify_may_refresh).
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
        - A secret, which is never shown.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - A secret, which is never shown.
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
        - A secret, which is never shown.
        - Required when the credential is created or changes to this provider.
        type: raw
        aliases:
        - access_token
  mega:
    description:
    - A credential for Mega.
    - Needs TrueNAS 25.10.0.
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
        - A secret, which is never shown.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - password
  onedrive:
    description:
    - A credential for Microsoft OneDrive.
    - The NAS keeps the token fresh by itself. Verifying may spend the refresh token, see O(verify_may_refresh).
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
        - A secret, which is never shown.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - A secret, which is never shown.
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
        - A secret, which is never shown.
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
        - A secret, which is never shown.
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
        - A secret, which is never shown.
        type: str
  pcloud:
    description:
    - A credential for pCloud.
    - The NAS keeps the token fresh by itself. Verifying may spend the refresh token, see O(verify_may_refresh).
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
        - A secret, which is never shown.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - A secret, which is never shown.
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
        - The form of the NAS asks for 5 to 20 characters; anything else gives a warning.
        type: str
      secret_access_key:
        description:
        - Secret of the access key.
        - A secret, which is never shown.
        - Required when the credential is created or changes to this provider.
        - The form of the NAS asks for 8 to 40 characters; anything else gives a warning.
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
        - The NAS's default is V(false).
        type: bool
        aliases:
        - disable_endpoint_region
      signatures_v2:
        description:
        - Whether to use signature version 2, for old services.
        - The NAS's default is V(false).
        type: bool
        aliases:
        - use_signature_version_2
      max_upload_parts:
        description:
        - Maximum number of parts of a multipart upload.
        - The NAS's default is V(10000).
        type: int
        aliases:
        - maximum_upload_parts
        - maximum_upload_ports
      provider:
        description:
        - Name of the service in rclone. The NAS accepts any text.
        - The NAS's default is V(Other).
        - Needs TrueNAS 26.0.0.
        type: str
      force_path_style:
        description:
        - Whether to put the bucket into the path of a URL instead of the host.
        - The NAS's default is V(true).
        - Needs TrueNAS 26.0.0.
        type: bool
      sign_accept_encoding:
        description:
        - Whether to sign the header Accept-Encoding. Some gateways change this header and need V(false).
        - The NAS's default is V(true).
        - Needs TrueNAS 26.0.0.
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
        - The NAS's default is V(22).
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
        - A secret, which is never shown.
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
        - Name of an SSH keypair on the NAS, in place of its number in O(sftp.private_key), which differs from NAS
          to NAS.
        - Looked up in the session of the task. A name that the NAS does not have is an error, in check mode as
          well.
        - Takes the role C(KEYCHAIN_CREDENTIAL_READ).
        type: str
      generate_private_key:
        description:
        - Have the NAS make a keypair called O(sftp.private_key_name) if it has none of that name.
        - Its public key is in RV(generated_keypair), to be put where the far side looks for it.
        - Takes the role C(KEYCHAIN_CREDENTIAL_WRITE).
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
        - A secret, which is never shown.
        - Required when the credential is created or changes to this provider.
        type: str
      endpoint:
        description:
        - URL of the gateway, https only. Empty for the gateway of Storj.
        - The NAS's default is V(https://gateway.storjshare.io/).
        - Needs TrueNAS 25.04.2.
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
        - A secret, which is never shown.
        - Required when the credential is created or changes to this provider.
        type: str
        aliases:
        - password
  yandex:
    description:
    - A credential for Yandex Disk.
    - The NAS keeps the token fresh by itself. Verifying may spend the refresh token, see O(verify_may_refresh).
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
        - A secret, which is never shown.
        type: str
        aliases:
        - oauth_client_secret
      token:
        description:
        - The token in the format of rclone, as a mapping or as JSON text.
        - A secret, which is never shown.
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
        - Name of the credential. It is compared exactly, with its case and its blanks, as the NAS does.
        type: str
        required: true
      state:
        description:
        - V(present) makes the NAS have the credential. It needs exactly one provider, unless O(credentials[].new_name)
          only renames.
        - V(absent) makes the NAS not have it. A credential that a cloud sync or cloud backup task uses is not deleted;
          the failure names every such task. See O(credentials[].replace_with).
        type: str
        choices:
        - present
        - absent
        default: present
      new_name:
        description:
        - Renames the credential. If it already has this name, nothing changes.
        - It is an error if the NAS has credentials of both names.
        type: str
      clear_fields:
        description:
        - Names of fields of the provider to put back to their default, which for some is null.
        - A task cannot say so with the field itself, because Ansible does not tell a null from an option that is
          left out.
        type: list
        elements: str
        default: []
      replace_with:
        description:
        - With O(credentials[].state=absent), the name of another credential that the cloud sync and cloud backup
          tasks of this one use from then on. They are moved first. If one cannot be moved, those that were go back,
          and nothing is deleted.
        - The NAS checks a task as a whole when it is moved, and for one that pulls looks for its folder with the
          other credential.
        - In M(nasops.truenas.cloud_credentials) it may be one that the same task creates.
        type: str
      undeclared:
        description:
        - What becomes of the provider's fields that the task does not mention.
        - With V(keep) they stay as they are stored.
        - With V(default) they go back to the NAS's defaults.
        - If not set, the item uses O(undeclared) of the task.
        type: str
        choices:
        - keep
        - default
      update_token:
        description:
        - Which token counts if the stored one and the declared one differ. Tokens that say the same in other words
          are the same.
        - With V(newest) a stored token that expires later stays, because the NAS writes a token back after refreshing
          it, and putting the older one in its place can end the login for good. Where one of the two does not say
          when it expires, or both say the same, the declared one counts.
        - With V(always) the declared one counts.
        - With V(on_create) the stored one stays.
        - A token belongs to its client. If C(client_id) or C(client_secret) change, the declared token always counts.
        - If not set, the item uses O(update_token) of the task.
        type: str
        choices:
        - newest
        - always
        - on_create
      update_secret:
        description:
        - When to write declared secrets, tokens among them.
        - V(always) overwrites stored secrets that differ.
        - V(on_create) writes secrets only when it creates the credential or changes its provider. It keeps the
          secrets that the NAS stores, and C(kept_fields) lists those that the task declares.
        - C(clear_fields) clears a secret all the same.
        - If not set, the item uses O(update_secret) of the task.
        type: str
        choices:
        - always
        - on_create
      allow_type_change:
        description:
        - Whether a credential that cloud sync or cloud backup tasks use may become one of another provider. Their
          bucket and folder were chosen for the old one, so the task fails and names them unless this is set.
        - If not set, the item uses O(allow_type_change) of the task.
        type: bool
      verify:
        description:
        - Whether it is tried if the credential opens its provider.
        - V(changed) verifies a credential that is created or whose provider's fields change, and never in check
          mode.
        - V(always) verifies every time, in check mode as well.
        - A credential is tried before it is written, and not written if it is refused. What only a stored one can
          show, see C(verify_bucket), is tried afterwards; if that fails, what was stored before is restored.
        - If not set, the item uses O(verify) of the task.
        type: str
        choices:
        - never
        - changed
        - always
      verify_again:
        description:
        - Whether what was tried before it was written is tried once more as it is stored, by the same sides. If
          it does not open its provider then, what was stored before is restored.
        - A credential that cannot be tried before, see C(verify_may_refresh), is not written.
        - It takes C(verify). Where nothing is written it has no effect, so in check mode and in tasks that only
          read.
        - If not set, the item uses O(verify_again) of the task.
        type: bool
      verify_by:
        description:
        - Who tries.
        - V(nas) is the NAS, with rclone, as its tasks will. It lists the root, or what C(verify_bucket) and C(verify_path)
          name.
        - V(controller) is the machine that runs the task, with the provider's own client. It needs a library for
          some providers, boto3 for S3 and Storj, paramiko for SFTP, requests for what speaks HTTP, azure-storage-blob
          for Azure, google-auth for Google Cloud Storage and keystoneauth1 for Swift. A key that an SFTP credential
          refers to is fetched from the NAS, which takes the role C(KEYCHAIN_CREDENTIAL_WRITE).
        - V(both) asks both, and the worse answer counts.
        - If not set, the item uses O(verify_by) of the task.
        type: str
        choices:
        - nas
        - controller
        - both
      verify_write:
        description:
        - Whether the controller writes a small file with a name of its own, and removes it again. The NAS only
          reads.
        - If not set, the item uses O(verify_write) of the task.
        type: bool
      verify_timeout:
        description:
        - Seconds that the verification of one credential may take. The NAS itself sets no limit.
        - If not set, the item uses O(verify_timeout) of the task.
        type: float
      verify_may_refresh:
        description:
        - Whether a provider may be verified that hands out a new refresh token whenever one is used.
        - A verification throws the new token away, which can make the stored one useless, so it is skipped unless
          this is set. It concerns Box, Google Drive, Google Photos, OneDrive, pCloud and Yandex.
        - If not set, the item uses O(verify_may_refresh) of the task.
        type: bool
      on_inconclusive:
        description:
        - What becomes of a credential of which nothing was found out, neither that it opens its provider nor that
          it does not.
        - V(warn) keeps it and warns, V(fail) treats it as one that was refused.
        - If not set, the item uses O(on_inconclusive) of the task.
        type: str
        choices:
        - warn
        - fail
      verify_bucket:
        description:
        - The bucket or container that has to open. A key that may not list the root but opens this bucket is valid.
        - Without it a root that lists no bucket is V(inconclusive), as some services show one to a key that may
          do nothing.
        - The NAS looks into it with the stored credential, after it was written.
        type: str
      verify_path:
        description:
        - The folder that has to open, in O(credentials[].verify_bucket) if the provider has buckets.
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
            - A secret, which is never shown.
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
            - A secret, which is never shown.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - application_key
      box:
        description:
        - A credential for Box.
        - The NAS keeps the token fresh by itself. Verifying may spend the refresh token, see O(verify_may_refresh).
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
            - A secret, which is never shown.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - A secret, which is never shown.
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
            - A secret, which is never shown.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - A secret, which is never shown.
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
            - The NAS's default is V(21).
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
            - A secret, which is never shown.
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
            - A secret, which is never shown.
            - Required when the credential is created or changes to this provider.
            type: raw
            aliases:
            - service_account_key
          service_account_file:
            description:
            - Path of a file on the controller whose text is O(credentials[].google_cloud_storage.service_account_credentials).
            type: path
      google_drive:
        description:
        - A credential for Google Drive.
        - The NAS keeps the token fresh by itself. Verifying may spend the refresh token, see O(verify_may_refresh).
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
            - A secret, which is never shown.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - A secret, which is never shown.
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
        - The NAS keeps the token fresh by itself. Verifying may spend the refresh token, see O(verify_may_refresh).
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
            - A secret, which is never shown.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - A secret, which is never shown.
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
            - A secret, which is never shown.
            - Required when the credential is created or changes to this provider.
            type: raw
            aliases:
            - access_token
      mega:
        description:
        - A credential for Mega.
        - Needs TrueNAS 25.10.0.
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
            - A secret, which is never shown.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - password
      onedrive:
        description:
        - A credential for Microsoft OneDrive.
        - The NAS keeps the token fresh by itself. Verifying may spend the refresh token, see O(verify_may_refresh).
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
            - A secret, which is never shown.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - A secret, which is never shown.
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
            - A secret, which is never shown.
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
            - A secret, which is never shown.
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
            - A secret, which is never shown.
            type: str
      pcloud:
        description:
        - A credential for pCloud.
        - The NAS keeps the token fresh by itself. Verifying may spend the refresh token, see O(verify_may_refresh).
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
            - A secret, which is never shown.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - A secret, which is never shown.
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
            - The form of the NAS asks for 5 to 20 characters; anything else gives a warning.
            type: str
          secret_access_key:
            description:
            - Secret of the access key.
            - A secret, which is never shown.
            - Required when the credential is created or changes to this provider.
            - The form of the NAS asks for 8 to 40 characters; anything else gives a warning.
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
            - The NAS's default is V(false).
            type: bool
            aliases:
            - disable_endpoint_region
          signatures_v2:
            description:
            - Whether to use signature version 2, for old services.
            - The NAS's default is V(false).
            type: bool
            aliases:
            - use_signature_version_2
          max_upload_parts:
            description:
            - Maximum number of parts of a multipart upload.
            - The NAS's default is V(10000).
            type: int
            aliases:
            - maximum_upload_parts
            - maximum_upload_ports
          provider:
            description:
            - Name of the service in rclone. The NAS accepts any text.
            - The NAS's default is V(Other).
            - Needs TrueNAS 26.0.0.
            type: str
          force_path_style:
            description:
            - Whether to put the bucket into the path of a URL instead of the host.
            - The NAS's default is V(true).
            - Needs TrueNAS 26.0.0.
            type: bool
          sign_accept_encoding:
            description:
            - Whether to sign the header Accept-Encoding. Some gateways change this header and need V(false).
            - The NAS's default is V(true).
            - Needs TrueNAS 26.0.0.
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
            - The NAS's default is V(22).
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
            - A secret, which is never shown.
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
            - Name of an SSH keypair on the NAS, in place of its number in O(credentials[].sftp.private_key), which
              differs from NAS to NAS.
            - Looked up in the session of the task. A name that the NAS does not have is an error, in check mode
              as well.
            - Takes the role C(KEYCHAIN_CREDENTIAL_READ).
            type: str
          generate_private_key:
            description:
            - Have the NAS make a keypair called O(credentials[].sftp.private_key_name) if it has none of that name.
            - Its public key is in C(generated_keypair), to be put where the far side looks for it.
            - Takes the role C(KEYCHAIN_CREDENTIAL_WRITE).
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
            - A secret, which is never shown.
            - Required when the credential is created or changes to this provider.
            type: str
          endpoint:
            description:
            - URL of the gateway, https only. Empty for the gateway of Storj.
            - The NAS's default is V(https://gateway.storjshare.io/).
            - Needs TrueNAS 25.04.2.
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
            - A secret, which is never shown.
            - Required when the credential is created or changes to this provider.
            type: str
            aliases:
            - password
      yandex:
        description:
        - A credential for Yandex Disk.
        - The NAS keeps the token fresh by itself. Verifying may spend the refresh token, see O(verify_may_refresh).
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
            - A secret, which is never shown.
            type: str
            aliases:
            - oauth_client_secret
          token:
            description:
            - The token in the format of rclone, as a mapping or as JSON text.
            - A secret, which is never shown.
            - Required when the credential is created or changes to this provider.
            type: raw
            aliases:
            - access_token
"""
