# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys in the forms that people have. They were made by puttygen 0.78 for these tests, and let nobody in anywhere.

The files `NAME.key`, in OpenSSH's format, and `NAME.pub` are puttygen's own exports of `NAME.v2.ppk` and `NAME.v3.ppk`.
`ecdsa_in_full.pem` is OpenSSL's, with `-param_enc explicit`, and `rsa512.pem` too.
`rsa3072.key` is ssh-keygen's, as the NAS generates one.
`security.key` has the layout of a key of a FIDO device, and no device.
"""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

FOLDER = Path(__file__).parent
NAMES = ("ed25519", "ecdsa", "ecdsa521", "rsa")


def read(name: str) -> str:
    """Return the text of a file of this folder."""
    return (FOLDER / name).read_text()


def public(name: str) -> str:
    """Return the type and the base64 of a public key."""
    return " ".join(read(f"{name}.pub").split()[:2])


def seeded(seed: int) -> tuple[str, str]:
    """Return the texts of the private and of the public key of type ed25519 that a number from 0 to 255 stands for."""
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode(), f"{public} somebody\n"


def forms() -> dict[str, tuple[str, str]]:
    """Return the text of a usable key and its public key, by the name of the key and its form."""
    found = {}
    for name in NAMES:
        for form, text in _forms(name).items():
            found[f"{name} {form}"] = (text, public(name))
    return found


def unusable() -> dict[str, tuple[str, str]]:
    """Return the text of a key that the NAS cannot use, and a part of the reason, by what is wrong with it."""
    first = read("rsa.v3.ppk")
    return {
        "DSA, OpenSSH": (read("dsa.key"), "ssh-dss"),
        "DSA, PKCS #8": (read("dsa.pkcs8"), "ssh-dss"),
        "DSA, PEM": (read("dsa.pem"), "ssh-dss"),
        "DSA, PuTTY": (read("dsa.v3.ppk"), "ssh-dss"),
        "security key": (read("security.key"), "security key"),
        "short RSA": (read("rsa512.pem"), "has 512"),
        "SSH.com": (read("rsa.sshcom"), "SSH.com"),
        "locked, OpenSSH": (read("locked.key"), "passphrase"),
        "locked, PuTTY 2": (read("locked.v2.ppk"), "passphrase"),
        "locked, PuTTY 3": (read("locked.v3.ppk"), "passphrase"),
        "changed, PuTTY": (first.replace("Comment: a", "Comment: b"), "damaged"),
        "cut, PuTTY": (first[: len(first) // 2], "damaged"),
        "PuTTY 1": (first.replace("File-3", "File-1"), "damaged"),
        "PEM in base64": (base64.b64encode(read("ed25519.key").encode()).decode(), "base64"),
    }


def _forms(name: str) -> dict[str, str]:
    key = load_ssh_private_key(read(f"{name}.key").encode(), None)
    pkcs8 = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    openssh = read(f"{name}.key")
    pem = [pkcs8]
    if name != "ed25519":
        pem.append(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode())
    found = {"OpenSSH": openssh, **dict(zip(("PKCS #8", "PEM"), pem, strict=False))}
    found |= {f"PuTTY {version}": read(f"{name}.v{version}.ppk") for version in (2, 3)}
    found |= {"PuTTY with CRLF and a byte order mark": "\ufeff" + read(f"{name}.v3.ppk").replace("\n", "\r\n")}
    for form, text in (("OpenSSH", openssh), ("PEM", pem[-1])):
        found |= {f"{form} {how}": untidy for how, untidy in _untidy(text).items()}
    if name == "ecdsa":
        found["PEM with parameters in front"] = (
            f"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{pem[-1]}"
        )
        found["PEM with the curve in full"] = read("ecdsa_in_full.pem")
    return found


def _untidy(text: str) -> dict[str, str]:
    first, *body, last = text.splitlines()
    return {
        "with CRLF": text.replace("\n", "\r\n"),
        "with CR": text.replace("\n", "\r"),
        "with a byte order mark": f"\ufeff{text}",
        "without a last line break": text.rstrip(),
        "with text around": f"the key\n{text}the end\n",
        "indented": text.replace("\n", "\n    "),
        "with empty lines": text.replace("\n", "\n\n"),
        "with spaces at line ends": text.replace("\n", "  \n"),
        "with a header": "\n".join((first, "Comment: x", "", *body, last, "")),
        "in one line": "\n".join((first, "".join(body), last, "")),
    }
