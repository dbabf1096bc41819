# SPDX-License-Identifier: GPL-3.0-or-later
"""Storage servers on loopback, for tests and the demo; `python -m tests.lab` runs them on their own.

    key                   what it is                                credentials that matter
    s3                    moto with its checks of IAM               all buckets; one bucket only
    storj_ix              rclone serve s3, with TLS                 one key
    sftp                  AsyncSSH                                  password; key
    sshd                  OpenSSH                                   keys, also added with `authorize`
    ftp, ftps             pyftpdlib, without and with TLS           password
    webdav                WsgiDAV on Cheroot                        password
    http                  the standard library                      password in the URL
    azureblob             Azurite                                   account key
    openstack_swift       stand-in, v1, v2 and v3                   key of a user
    s3_refusals           stand-in that always refuses              a wrong clock, a wrong region
    b2                    stand-in behind the gate                  all buckets; one bucket only
    google_cloud_storage  stand-in behind the gate                  service accounts: all buckets; one bucket only
    box, dropbox, google_drive, google_photos, onedrive, pcloud, yandex
                          stand-ins behind the gate                 tokens: good; expired, to be refreshed

A stand-in answers the few calls that rclone makes to list a remote, and says so; the others are real servers. `Lab.gate` is a
proxy that leads clients to stand-ins which they look for at the provider's own address: start rclone, or a simulated NAS, with
`Lab.environment`. HubiC and MEGA have no server: rclone has no backend for the first, the NAS none for the second.

`messages.json` has what rclone says of everything that `Server.refused` lists; `python -m tests.lab.record` writes it.
"""

from .lab import SERVERS, Lab

__all__ = ["SERVERS", "Lab"]
