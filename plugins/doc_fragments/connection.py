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
  otp:
    description:
      - The one-time code of a user that logs in with O(password) and two factors, in quotes.
      - A code holds for half a minute and for one login, so that a playbook needs a new one for each task. Automation is better
        served by O(api_key), which needs no code.
      - If not set, and O(password) is used, the environment variable E(TRUENAS_OTP) is used.
    type: str
  api_key_mechanism:
    description:
      - How O(api_key) is shown to the NAS.
      - With V(scram) the key itself is not sent, and the NAS has to prove that it knows it, too. TrueNAS 26.0 and newer can do
        that; an older one refuses the login.
      - With V(plain) the key is sent as it is, which the connection has to protect.
      - With V(auto) the NAS is asked first, and V(scram) is used where it offers it. A login that then fails is not tried again
        with V(plain). Who can pose as the NAS, with a certificate that is trusted, can also hide the offer; where every NAS
        has it, say V(scram).
      - If not set, the environment variable E(TRUENAS_API_KEY_MECHANISM) is used.
    type: str
    choices: [auto, scram, plain]
    default: auto
  channel_binding:
    description:
      - Whether a login with SCRAM is bound to the certificate that the connection shows. The NAS then refuses it if somebody in
        between, even one whose certificate is trusted, has ended the TLS of the NAS.
      - A proxy that does so on purpose needs V(false). Without TLS there is nothing to bind to.
      - If not set, the environment variable E(TRUENAS_CHANNEL_BINDING) is used.
    type: bool
    default: true
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
      - The NAS revokes an API key for good when it arrives without TLS from another machine, which a login with SCRAM
        spares it (see O(api_key_mechanism)), and everything else that is sent and read can be read on the way. Only for a
        tunnel or a proxy that adds the TLS.
      - If not set, the environment variable E(TRUENAS_ALLOW_PLAINTEXT) is used.
    type: bool
    default: false
  api_version:
    description:
      - The version of the API to speak, such as V(v25.10.0), one of those that C(https://HOST/api/versions) lists.
      - Unset, it is the newest that the NAS has, which is best. An older one hides the fields that came later, and an update in
        its words would put them back to their defaults. So a credential that has such fields is read and compared, but an update
        of it is refused.
      - Versions before V(v26.0.0) know no SCRAM, so with V(auto) O(api_key) is then sent as it is.
      - If not set, the environment variable E(TRUENAS_API_VERSION) is used.
    type: str
  timeout:
    description:
      - Seconds that each call to the NAS may take.
      - If not set, the environment variable E(TRUENAS_TIMEOUT) is used.
    type: float
    default: 60
requirements:
  - pydantic >= 2.10
  - websocket-client >= 1.8
  - cryptography >= 41, for logins with SCRAM over TLS
  - TrueNAS 25.04 or newer
"""
