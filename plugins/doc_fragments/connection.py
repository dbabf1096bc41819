# SPDX-License-Identifier: GPL-3.0-or-later
"""The options for the connection to a NAS, and for the login."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that all modules of the collection share."""

    DOCUMENTATION = r"""
options:
  host:
    description:
      - Name or address of the NAS. With O(via=ssh), the default is that of the host in the inventory.
      - A URL is accepted, too. With V(wss://), with V(https://), and without a scheme, the connection uses TLS.
        V(ws://) and V(http://) do not use TLS, and require O(allow_plaintext).
      - If not set, the environment variable E(TRUENAS_HOST) is used.
    type: str
    required: true
  port:
    description:
      - Port of the TrueNAS web interface.
      - If not set, the environment variable E(TRUENAS_PORT) is used.
    type: int
    default: 443
  username:
    description:
      - The TrueNAS user that logs in. With O(api_key), the user that the API key belongs to. Not needed with
        O(via=ssh).
      - If not set, the environment variable E(TRUENAS_USERNAME) is used.
    type: str
    required: true
  api_key:
    description:
      - An API key of the user. Set this, O(api_key_file), or O(password).
      - Either the raw key, or a precomputed key with C(client_key), C(stored_key), C(server_key), and C(api_key_id), as a
        mapping, as JSON, or as INI. These are the forms of the official client. In place of these parts, C(raw_key) can contain
        the raw key.
      - A precomputed key saves a part of a second in each login. It works for one API key of one NAS, and requires SCRAM.
        TrueNAS 26.0 and later return the parts when they create an API key, and M(nasops.truenas.precomputed_key) computes them.
      - If none of the three is set, the environment variable E(TRUENAS_API_KEY) is used.
    type: raw
  api_key_file:
    description:
      - File on the controller that contains the API key in one of the forms of O(api_key). Ansible Vault can encrypt it.
      - Relative paths are searched in the folder of the playbook or role, and in its subfolder C(files).
    type: path
  password:
    description:
      - The password of the user. Set this, O(api_key), or O(api_key_file).
      - If none of the three is set, the environment variable E(TRUENAS_PASSWORD) is used.
    type: str
  otp:
    description:
      - The one-time code of a user with two-factor authentication that logs in with O(password). Quote it.
      - A code is valid for 30 seconds and one login. The tasks of a run share a login, see O(share_session); without that, each
        task needs a new code. For automation, use O(api_key), which needs no code.
      - If not set, and O(password) is used, the environment variable E(TRUENAS_OTP) is used.
    type: str
  api_key_mechanism:
    description:
      - How to log in with O(api_key).
      - V(scram) does not send the key. The client and the NAS each prove that they know it. SCRAM requires TrueNAS 26.0 or later;
        older versions refuse the login. A precomputed key always uses it.
      - V(plain) sends the key itself, so the connection must protect it.
      - V(auto) asks the NAS, and uses V(scram) if the NAS offers it. If that login fails, it is not tried again with V(plain).
      - An attacker with a trusted certificate who poses as the NAS can hide the offer. If every NAS supports SCRAM, set V(scram).
      - If not set, the environment variable E(TRUENAS_API_KEY_MECHANISM) is used.
    type: str
    choices: [auto, scram, plain]
    default: auto
  channel_binding:
    description:
      - Whether to bind a login with SCRAM to the certificate of the connection. The NAS then refuses the login if another host
        terminates its TLS, even with a trusted certificate.
      - Set V(false) if a proxy terminates TLS on purpose. Has no effect without TLS.
      - If not set, the environment variable E(TRUENAS_CHANNEL_BINDING) is used.
    type: bool
    default: true
  validate_certs:
    description:
      - Whether to require a trusted certificate that is valid for the name of the NAS.
      - If not set, the environment variable E(TRUENAS_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File or folder on the host that runs the task, with the certificates of the trusted CAs in PEM format.
      - If not set, the environment variable E(TRUENAS_CA_PATH) is used.
    type: path
  allow_plaintext:
    description:
      - Whether to allow a connection without TLS. The connection does not use TLS if O(host) is a URL with V(ws://) or
        V(http://), or if O(host) has no scheme and the server does not use TLS.
      - Without TLS, others can read everything that is sent and received. The NAS permanently revokes an API key that it
        receives without TLS from another host. A login with SCRAM does not send the key, see O(api_key_mechanism).
      - Use this only with a tunnel or a proxy that adds TLS.
      - If not set, the environment variable E(TRUENAS_ALLOW_PLAINTEXT) is used.
    type: bool
    default: false
  api_version:
    description:
      - The API version to use, such as V(v25.10.0). C(https://HOST/api/versions) lists the versions that the NAS supports.
      - By default, the task uses the newest version, which is recommended. An older version hides newer fields, and an update
        would reset them to their defaults. The task can therefore read and compare a credential with such fields, but not
        update it.
      - Versions before V(v26.0.0) do not support SCRAM, so V(auto) in O(api_key_mechanism) then sends the key itself.
      - If not set, the environment variable E(TRUENAS_API_VERSION) is used.
    type: str
  api:
    description:
      - The protocol of the API.
      - V(jsonrpc) is that of TrueNAS 25.04 and later. V(ddp) is that of TrueNAS CORE 13, 24.04, and 24.10, which
        C(docs/older_nas.md) describes.
      - V(auto) uses V(jsonrpc), and V(ddp) if the NAS does not have it. The NAS shows that before a secret is sent to it. With
        O(api_version), V(auto) does not use V(ddp).
      - DDP has no SCRAM, so O(api_key_mechanism=scram) and a precomputed O(api_key) do not work with it. An attacker with a
        trusted certificate who poses as the NAS can pretend that it is old. If no NAS is older than TrueNAS 25.04, set
        V(jsonrpc).
      - If not set, the environment variable E(TRUENAS_API) is used.
    type: str
    choices: [auto, jsonrpc, ddp]
    default: auto
  via:
    description:
      - How to reach the API of the NAS.
      - V(network) uses its web interface.
      - V(ssh) logs in to the NAS with SSH and uses the socket of the API there, so the task needs no API key. It uses Ansible's
        settings of the host for SSH, such as C(ansible_user), C(ansible_ssh_private_key_file), and C(become). C(docs/over_ssh.md)
        describes it.
      - Of the options here, only O(host), O(api), O(api_version), O(ssh_socket), and O(timeout) can be combined with V(ssh).
      - If not set, the environment variable E(TRUENAS_VIA) is used.
    type: str
    choices: [network, ssh]
    default: network
  ssh_socket:
    description:
      - Path of the socket on the NAS that O(via=ssh) uses.
      - By default, the paths of all supported versions of TrueNAS are tried.
      - If not set, the environment variable E(TRUENAS_SSH_SOCKET) is used.
    type: str
  timeout:
    description:
      - Seconds to wait for each call to the NAS, and for a connection. The answer to a login is waited for at least 12 seconds.
      - If the NAS limits logins, the task retries until the NAS accepts them again, for up to 80 seconds, whatever this is.
      - If not set, the environment variable E(TRUENAS_TIMEOUT) is used.
    type: float
    default: 60
  share_session:
    description:
      - Whether all tasks of an Ansible run that use the same NAS and account share one login. The first task logs in, and a
        process on the controller keeps the connection until the run ends.
      - V(false) makes each task log in by itself. So do tasks with C(async), C(become), or C(environment), tasks that run on
        another host than the controller, and controllers that are not Linux.
      - If not set, the environment variable E(TRUENAS_SHARE_SESSION) is used.
    type: bool
    default: true
requirements:
  - pydantic >= 2.10
  - websocket-client >= 1.8
  - cryptography >= 41, for logins with SCRAM over TLS
  - TrueNAS 25.04 or later
"""
