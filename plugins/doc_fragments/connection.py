# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that say which NAS is meant and who logs in."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that all modules of the collection share."""

    DOCUMENTATION = r"""
options:
  host:
    description:
      - Name or address of the NAS.
      - A URL is taken, too. With V(wss://) or V(https://), and without any scheme, the connection uses TLS.
        With V(ws://) or V(http://) it does not, which needs O(allow_plaintext).
      - If not set, the environment variable E(TRUENAS_HOST) is used.
    type: str
    required: true
  port:
    description:
      - Port of the NAS's web interface.
      - If not set, the environment variable E(TRUENAS_PORT) is used.
    type: int
    default: 443
  username:
    description:
      - The user that logs in. An API key belongs to a user, and the NAS wants that user's name beside it.
      - If not set, the environment variable E(TRUENAS_USERNAME) is used.
    type: str
    required: true
  api_key:
    description:
      - An API key of the user. Give either this or O(password).
      - If neither is set, the environment variable E(TRUENAS_API_KEY) is used.
    type: str
  password:
    description:
      - The password of the user. Give either this or O(api_key).
      - If neither is set, the environment variable E(TRUENAS_PASSWORD) is used.
    type: str
  validate_certs:
    description:
      - Whether the certificate of the NAS must be trusted and carry the NAS's name.
      - If not set, the environment variable E(TRUENAS_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File or folder with the certificates, in PEM form, of the authorities to trust, on the machine that runs the module.
      - If not set, the environment variable E(TRUENAS_CA_PATH) is used.
    type: path
  allow_plaintext:
    description:
      - Allows a connection without TLS. It is used if O(host) is a URL that asks for it, or if O(host) has no scheme and what
        answers there does not speak TLS.
      - The NAS revokes an API key for good when it arrives without TLS from another machine, and everything else that is
        sent and read can be read on the way. Only for a tunnel or a proxy that adds the TLS.
      - If not set, the environment variable E(TRUENAS_ALLOW_PLAINTEXT) is used.
    type: bool
    default: false
  timeout:
    description:
      - Seconds that each call to the NAS may take.
      - If not set, the environment variable E(TRUENAS_TIMEOUT) is used.
    type: float
    default: 60
requirements:
  - pydantic >= 2.10
  - websocket-client >= 1.8
  - TrueNAS 25.04 or newer
"""
