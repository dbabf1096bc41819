# SPDX-License-Identifier: GPL-3.0-or-later
# Generated from the provider models by tools/generate: change the models, then run `make generate`.
"""The registry of the providers that a NAS can store credentials for."""

from __future__ import annotations

from .azureblob import AzureBlob
from .b2 import B2
from .base import Provider
from .box import Box
from .dropbox import Dropbox
from .ftp import Ftp
from .google_cloud_storage import GoogleCloudStorage
from .google_drive import GoogleDrive
from .google_photos import GooglePhotos
from .http import Http
from .hubic import Hubic
from .mega import Mega
from .onedrive import OneDrive
from .openstack_swift import OpenStackSwift
from .pcloud import PCloud
from .s3 import S3
from .sftp import Sftp
from .storj_ix import StorjIx
from .webdav import WebDav
from .yandex import Yandex

PROVIDERS: dict[str, type[Provider]] = {
    provider.key: provider
    for provider in (
        AzureBlob,
        B2,
        Box,
        Dropbox,
        Ftp,
        GoogleCloudStorage,
        GoogleDrive,
        GooglePhotos,
        Http,
        Hubic,
        Mega,
        OneDrive,
        OpenStackSwift,
        PCloud,
        S3,
        Sftp,
        StorjIx,
        WebDav,
        Yandex,
    )
}
"""Providers by the task's option."""

BY_WIRE_TYPE: dict[str, type[Provider]] = {provider.wire_type: provider for provider in PROVIDERS.values()}
"""Providers by the wire's `type`."""

__all__ = ["BY_WIRE_TYPE", "PROVIDERS", "Provider"]
