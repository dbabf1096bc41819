# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH keypairs, from a task's options to what is done and reported, on the simulated NAS without a socket."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.nasops.truenas.plugins.module_utils import errors
from ansible_collections.nasops.truenas.plugins.module_utils.fields.kinds import Refused
from ansible_collections.nasops.truenas.plugins.module_utils.keypair import keys, spec
from ansible_collections.nasops.truenas.plugins.module_utils.keypair.kind import keypairs
from ansible_collections.nasops.truenas.plugins.module_utils.nas.client import Nas
from ansible_collections.nasops.truenas.plugins.module_utils.redaction.options import secrets_to_mask
from ansible_collections.nasops.truenas.plugins.module_utils.tasks import ssh_keypair, ssh_keypair_info
from ansible_collections.nasops.truenas.plugins.module_utils.transport.calls import Call
from tests.keys import NAMES, public, read, seeded
from tests.unit.in_process import InProcessNas
from tests.unit.tasks import defaults

QUERY = "keychaincredential.query"
CREATE = "keychaincredential.create"
UPDATE = "keychaincredential.update"
DELETE = "keychaincredential.delete"
USED_BY = "keychaincredential.used_by"
GENERATE = "keychaincredential.generate_ssh_key_pair"


class FlakyNas(InProcessNas):
    """Gives the exceptions of `failing`, by method: `before` the call is carried out, or after it."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: dict[str, errors.TrueNASError] = {}
        self.before = False

    def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
        """Carry out a call, or let it fail."""
        result = None if self.before and method in self.failing else super().call(method, *params)
        if method in self.failing:
            raise self.failing[method]
        return result

    @property
    def writes(self) -> list[str]:
        """The calls that change something."""
        return [method for method in self.calls if method in (CREATE, UPDATE, DELETE)]


def fixed(name: str) -> tuple[str, str]:
    """Return the texts of the private and of the public key of this name in tests/keys."""
    return read(f"{name}.key"), f"{public(name)} somebody\n"


def rewritten(name: str, folder: Path, *arguments: str, passphrase: str = "") -> str:
    """Return a private key as ssh-keygen writes it with these arguments."""
    file = folder / "key"
    file.write_text(read(f"{name}.key"))
    file.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", passphrase, *arguments, "-f", file], check=True)
    return file.read_text()


@pytest.fixture(scope="module")
def pair() -> tuple[str, str]:
    """A keypair."""
    return seeded(1)


@pytest.fixture(scope="module")
def other() -> tuple[str, str]:
    """Another one."""
    return seeded(2)


@pytest.fixture
def nas() -> Iterator[FlakyNas]:
    """A NAS with nothing on it."""
    with FlakyNas() as box:
        yield box


def task(**options: Any) -> dict[str, Any]:
    """Return the options of a task, the rest at Ansible's defaults."""
    arguments = defaults(ssh_keypair.ARGUMENTS)
    return {**arguments, "name": "archive", **options}


def run(nas: InProcessNas, check: bool = False, **options: Any) -> dict[str, Any]:
    """Run a task and return its result, having looked for the private key in it."""
    result = ssh_keypair.read(task(**options), check)(Nas(nas))
    assert_no_key(json.dumps(result), options.get("private_key"))
    return result


def assert_no_key(text: str, private_key: Any) -> None:
    """Fail if there is a private key in the text, or a line of this one."""
    assert "BEGIN" not in text
    for line in str(private_key or "").splitlines():
        assert line.startswith("-----") or line.strip() not in text or not line.strip()


def stored(nas: InProcessNas) -> dict[str, dict[str, Any]]:
    """Return what the NAS has, by name."""
    return {row["name"]: row for row in nas.call(QUERY)}


def store(nas: InProcessNas, name: str, **attributes: Any) -> int:
    """Put a keypair, or a connection that has a host, onto the NAS, and forget the calls."""
    kind = "SSH_CREDENTIALS" if "host" in attributes else "SSH_KEY_PAIR"
    number: int = nas.call(CREATE, {"name": name, "type": kind, "attributes": attributes})["id"]
    nas.calls.clear()
    return number


def connect(nas: InProcessNas, name: str, key: int) -> int:
    """Let an SSH connection use a keypair."""
    return store(nas, name, host="h", private_key=key, remote_host_key="ssh-rsa x")


def use(nas: InProcessNas, name: str, key: int) -> int:
    """Let an SFTP credential use a keypair."""
    provider = {"type": "SFTP", "host": "h", "user": "u", "private_key": key}
    number: int = nas.call("cloudsync.credentials.create", {"name": name, "provider": provider})["id"]
    nas.calls.clear()
    return number


def printed(public: str, tmp_path: Path) -> list[str]:
    """Return what ssh-keygen prints of a public key: bits, fingerprint, comment, type."""
    file = tmp_path / "key.pub"
    file.write_text(public)
    return subprocess.run(["ssh-keygen", "-lf", file], check=True, capture_output=True, text=True).stdout.split()


@pytest.mark.parametrize("name", [*NAMES, "rsa3072"])
def test_the_facts_about_a_key_are_those_of_openssh(name: str, tmp_path: Path) -> None:
    private, public = fixed(name)
    key = keys.private_key(private).public
    assert str(key) == " ".join(public.split()[:2])
    assert [str(key.bits), key.fingerprint] == printed(public, tmp_path)[:2]
    assert key == keys.public_key(public)
    assert str(keys.public_key(public)) == public.strip()


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
@pytest.mark.parametrize("form", ["PEM", "PKCS8"])
def test_formats_and_surroundings_do_not_make_another_key(kind: str, form: str, tmp_path: Path) -> None:
    private, public = fixed(kind)
    converted = rewritten(kind, tmp_path, "-m", form)
    assert converted != private
    untidy = "a copy of my key\n  " + converted.replace("\n", "\r\n   ") + "\n\n"
    for text in (private, converted, untidy):
        assert keys.private_key(text).public == keys.public_key(public)
    # What is sent, ssh-keygen on the NAS can read.
    assert keys.private_key(untidy).text == converted


@pytest.mark.parametrize(
    ("spoil", "reason", "remedy"),
    [
        (lambda pair: "", "must not be empty", "generate"),
        (lambda pair: "********", "masked", "real value"),
        (lambda pair: "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "PuTTY", "puttygen"),
        (lambda pair: pair[1], "is a public key", "without .pub"),
        (lambda pair: "-----BEGIN PUBLIC KEY-----\nMC\n-----END PUBLIC KEY-----", "is a public key", "without .pub"),
        (lambda pair: pair[0].replace("\n", " "), "line breaks or other parts are missing", "after a |"),
        (lambda pair: pair[0].replace("\n", "\\n"), "line breaks or other parts are missing", "after a |"),
        (lambda pair: pair[0][:-40], "line breaks or other parts are missing", "from BEGIN to END"),
        (lambda pair: pair[0].replace(pair[0].splitlines()[2], ""), "is damaged", "from BEGIN to END"),
        (lambda pair: pair[0].replace(pair[0].splitlines()[2][:20], "*" * 20), "is damaged", "from BEGIN to END"),
        (lambda pair: "~/.ssh/id_ed25519", "looks like a file name", "private_key_file"),
        (lambda pair: "keys/archive.pem", "looks like a file name", "private_key_file"),
        (lambda pair: "3", "must be a private key", "from BEGIN to END"),
        (lambda pair: "\U0001f511 ü\n", "must be a private key", "from BEGIN to END"),
        (
            lambda pair: "-----BEGIN CERTIFICATE-----\nMC\n-----END CERTIFICATE-----",
            "must be a private key",
            "from BEGIN to END",
        ),
    ],
)
def test_what_is_no_private_key_is_refused_with_a_remedy(
    spoil: Callable[[tuple[str, str]], str], reason: str, remedy: str, pair: tuple[str, str]
) -> None:
    text = spoil(pair)
    with pytest.raises(errors.InvalidInput) as caught:
        ssh_keypair.read(task(private_key=text), False)
    [problem] = caught.value.problems
    assert problem.field == "private_key"
    assert reason in problem.reason
    assert remedy in problem.remedy
    assert_no_key(str(caught.value).replace("BEGIN", ""), text if len(text) > 20 else "")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ed25519", []),
        ("ed25519", ["-Z", "chacha20-poly1305@openssh.com"]),
        ("rsa", []),
        ("rsa", ["-m", "PEM"]),
        ("ecdsa", ["-m", "PKCS8"]),
    ],
)
def test_a_passphrase_is_refused_whatever_the_format(name: str, arguments: list[str], tmp_path: Path) -> None:
    private = rewritten(name, tmp_path, *arguments, passphrase="open sesame")
    with pytest.raises(Refused, match="must not have a passphrase"):
        keys.private_key(private)


def test_a_key_that_ssh_has_no_name_for_is_refused() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, x25519
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    for key in (x25519.X25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256K1())):
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        with pytest.raises(Refused, match="type that SSH supports"):
            keys.private_key(pem)


@pytest.mark.parametrize("line", ["", "ssh-rsa", "ssh-rsa !!!", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA", "ssh-rsa AA AA"])
def test_lines_that_are_no_public_keys(line: str) -> None:
    assert keys.public_key(line) is None


def test_contradictions_are_refused_before_anything_is_sent(pair: tuple[str, str], other: tuple[str, str]) -> None:
    private, public = pair
    for options, message in (
        ({"name": ""}, "name: must not be empty"),
        ({"name": "x" * 1025}, "name: must have at most 1024 characters, but has 1025"),
        ({"new_name": ""}, "new_name: must not be empty"),
        ({"state": "absent", "new_name": "b"}, "new_name: cannot be combined with state: absent"),
        ({"generate": True, "private_key": private}, "generate: cannot be combined with private_key"),
        ({"private_key_file": "key"}, "private_key_file: must be read on the controller"),
        ({"public_key": public}, "public_key: requires private_key"),
        ({"private_key": private, "public_key": other[1]}, "public_key: must belong to the private key"),
        ({"private_key": private, "public_key": private}, "public_key: must be a public key"),
    ):
        with pytest.raises(errors.InvalidInput, match=message) as caught:
            ssh_keypair.read(task(**options), False)
        assert len(caught.value.problems) == 1
        assert_no_key(str(caught.value), private)


def test_a_file_stands_in_for_the_text() -> None:
    def read_file(path: str) -> str:
        if path == "missing":
            raise OSError("there is no such file")
        return "text"

    assert spec.with_files({"name": "a", "private_key_file": "f"}, read_file) == {"name": "a", "private_key": "text"}
    assert spec.with_files({"name": "a"}, read_file) == {"name": "a"}
    gone = {"name": "a", "state": "absent", "private_key_file": "missing"}
    assert spec.with_files(gone, read_file) == gone
    for options, message in (
        ({"private_key_file": "missing"}, "must be a readable file on the controller: there is no such file"),
        ({"private_key_file": "-----BEGIN PRIVATE KEY"}, "must be a file path, but contains the secret itself"),
        ({"private_key_file": "f", "private_key": "text"}, "cannot be combined with private_key"),
    ):
        with pytest.raises(errors.InvalidInput, match=message):
            spec.with_files(options, read_file)


def test_ansible_blanks_the_key(pair: tuple[str, str]) -> None:
    assert secrets_to_mask(task(private_key=pair[0]), ssh_keypair.ARGUMENTS) == {pair[0]}


def test_create_and_a_second_run(nas: FlakyNas, pair: tuple[str, str]) -> None:
    private, public = pair
    planned = run(nas, True, private_key=f"\n{private}\n")
    assert nas.calls == [QUERY]
    made = run(nas, private_key=f"\n{private}\n")
    assert (made["action"], made["changed"]) == ("created", True)
    assert made["changed_fields"] == ["name", "private_key", "public_key"]
    expected = {"private_key": private, "public_key": " ".join(public.split()[:2])}
    assert stored(nas)["archive"]["attributes"] == expected
    assert planned["keypair"] == {**made["keypair"], "id": None}
    assert planned["diff"] == made["diff"]
    assert made["diff"]["before"] == {}
    assert made["keypair"] == {
        "id": stored(nas)["archive"]["id"],
        "name": "archive",
        "public_key": expected["public_key"],
        "fingerprint": keys.private_key(private).public.fingerprint,
        "type": "ssh-ed25519",
        "bits": 256,
        "private_key": "********",
    }
    nas.calls.clear()
    again = run(nas, private_key=private)
    assert (again["action"], again["changed"], again["changed_fields"]) == ("none", False, [])
    assert again["keypair"] == made["keypair"]
    assert nas.calls == [QUERY]


def test_the_comment_of_a_public_key_is_kept_and_is_no_difference(nas: FlakyNas, pair: tuple[str, str]) -> None:
    private, public = pair
    made = run(nas, private_key=private, public_key=f"  {public}")
    assert made["keypair"]["public_key"] == public.strip()
    assert not run(nas, private_key=private)["changed"]
    assert not run(nas, private_key=private, public_key=public.replace("somebody", "somebody else"))["changed"]


def test_a_keypair_made_on_the_nas(nas: FlakyNas) -> None:
    planned = run(nas, True, generate=True)
    assert (planned["action"], planned["keypair"]["public_key"]) == ("created", None)
    assert nas.calls == [QUERY]
    made = run(nas, generate=True)
    assert (made["action"], made["keypair"]["type"], made["keypair"]["bits"]) == ("created", "ssh-rsa", 3072)
    assert made["diff"]["after"]["public_key"] == made["keypair"]["public_key"]
    assert stored(nas)["archive"]["attributes"]["public_key"].startswith("ssh-rsa ")
    nas.calls.clear()
    again = run(nas, generate=True)
    assert (again["changed"], again["keypair"]) == (False, made["keypair"])
    assert nas.calls == [QUERY]


def test_another_key_replaces_both_and_tells_who_has_to_learn_it(
    nas: FlakyNas, pair: tuple[str, str], other: tuple[str, str]
) -> None:
    number = store(nas, "archive", private_key=pair[0], public_key=pair[1])
    use(nas, "offsite", number)
    planned = run(nas, True, private_key=other[0])
    assert nas.writes == []
    result = run(nas, private_key=other[0])
    assert (result["action"], result["changed_fields"]) == ("updated", ["private_key", "public_key"])
    assert planned["diff"] == result["diff"]
    assert result["diff"]["before"]["public_key"] == pair[1].strip()
    assert result["keypair"]["public_key"] == " ".join(other[1].split()[:2])
    assert stored(nas)["archive"]["attributes"] == {
        "private_key": other[0],
        "public_key": result["keypair"]["public_key"],
    }
    assert stored(nas)["archive"]["id"] == number
    [warning] = result["warnings"]
    assert "Cloud credentials offsite" in warning
    assert not run(nas, private_key=other[0])["changed"]


def test_the_private_half_is_added_to_a_public_key(nas: FlakyNas, pair: tuple[str, str]) -> None:
    store(nas, "archive", public_key=pair[1])
    [warning] = run(nas)["warnings"]
    assert "public key only" in warning
    result = run(nas, private_key=pair[0])
    assert result["changed_fields"] == ["private_key"]
    assert result["diff"]["before"]["private_key"] is None
    assert not run(nas, private_key=pair[0])["changed"]


def test_rename(nas: FlakyNas, pair: tuple[str, str]) -> None:
    number = store(nas, "archive", private_key=pair[0], public_key=pair[1])
    result = run(nas, new_name="vault")
    assert (result["action"], result["changed_fields"]) == ("updated", ["name"])
    assert result["keypair"]["id"] == number
    assert stored(nas)["vault"]["attributes"] == {"private_key": pair[0], "public_key": pair[1]}
    assert not run(nas, new_name="vault")["changed"]
    assert not run(nas, new_name="vault", private_key=pair[0])["changed"]
    store(nas, "archive", private_key=pair[0])
    with pytest.raises(errors.InvalidInput, match="new_name: already exists on the NAS, and so does 'archive'"):
        run(nas, True, new_name="vault")


def test_rename_and_another_key_at_once(nas: FlakyNas, pair: tuple[str, str], other: tuple[str, str]) -> None:
    store(nas, "archive", private_key=pair[0])
    result = run(nas, new_name="vault", private_key=other[0])
    assert result["changed_fields"] == ["name", "private_key", "public_key"]
    assert nas.writes == [UPDATE]
    assert list(stored(nas)) == ["vault"]


def test_present_alone_requires_that_it_exists(nas: FlakyNas, pair: tuple[str, str]) -> None:
    for options in ({}, {"new_name": "vault"}):
        with pytest.raises(
            errors.NotFound, match=r"Check the name\. To create it, set generate: true or private_key\."
        ):
            run(nas, True, **options)
    store(nas, "Archive ", private_key=pair[0])
    with pytest.raises(errors.NotFound, match=r"Did you mean 'Archive '\? To create it, set generate: true"):
        run(nas)
    store(nas, "archive", private_key=pair[0])
    assert run(nas)["action"] == "none"


def test_a_name_that_differs_in_case_or_blanks_only_is_pointed_at(nas: FlakyNas, pair: tuple[str, str]) -> None:
    store(nas, "Ar chive", private_key=pair[0])
    for options in ({"private_key": pair[0]}, {"state": "absent"}):
        [warning] = run(nas, True, **options)["warnings"]
        assert "Did you mean 'Ar chive'?" in warning
    [warning] = run(nas, True, name=" new", private_key=pair[0])["warnings"]
    assert "starts or ends with a space" in warning


@pytest.mark.parametrize("check", [True, False])
def test_the_name_of_a_connection_is_an_error(nas: FlakyNas, check: bool, pair: tuple[str, str]) -> None:
    key = store(nas, "key", private_key=pair[0])
    connect(nas, "archive", key)
    for options in ({}, {"generate": True}, {"state": "absent"}, {"private_key": pair[0]}):
        with pytest.raises(errors.InvalidInput, match=r"^name: 'archive' is the name of an SSH connection"):
            run(nas, check, **options)
    with pytest.raises(errors.InvalidInput, match=r"^new_name: 'archive' is the name of an SSH connection"):
        run(nas, check, name="key", new_name="archive")
    assert nas.writes == []


def test_more_than_one_of_a_name_is_an_error_never_the_first(pair: tuple[str, str]) -> None:
    class Twice(InProcessNas):
        def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
            rows = super().call(method, *params)
            return [*rows, {**rows[0], "id": 9}] if method == QUERY else rows

    with Twice() as nas:
        store(nas, "archive", private_key=pair[0])
        for state in ("present", "absent"):
            with pytest.raises(errors.InvalidInput, match=r"2 keychain entries named 'archive' \(ids 1, 9\)"):
                run(nas, state=state)


def test_absent(nas: FlakyNas, pair: tuple[str, str]) -> None:
    store(nas, "archive", private_key=pair[0], public_key=pair[1])
    planned = run(nas, True, state="absent")
    assert nas.calls == [QUERY, USED_BY]
    result = run(nas, state="absent")
    assert (result["action"], result["keypair"], stored(nas)) == ("deleted", None, {})
    assert planned == {**result, "pending_keypairs": planned["pending_keypairs"]}
    assert result["diff"]["before"]["public_key"] == pair[1].strip()
    nas.calls.clear()
    assert run(nas, state="absent")["action"] == "none"
    assert nas.calls == [QUERY]


def test_in_use_is_an_error_that_names_every_user_and_cascade_a_warning(nas: FlakyNas, pair: tuple[str, str]) -> None:
    key = store(nas, "archive", private_key=pair[0])
    connect(nas, "nas2", key)
    number = use(nas, "offsite", key)
    for check in (True, False):
        with pytest.raises(errors.InUse) as caught:
            run(nas, check, state="absent")
        for part in ("SSH credentials nas2 (would be deleted)", "Cloud credentials offsite (would lose its key)"):
            assert part in str(caught.value)
    planned = run(nas, True, state="absent", cascade=True)
    assert nas.writes == []
    result = run(nas, state="absent", cascade=True)
    assert planned == {**result, "pending_keypairs": planned["pending_keypairs"]}
    stripped, deleted = result["warnings"]
    assert "removes the key from Cloud credentials offsite" in stripped
    assert "also deletes SSH credentials nas2" in deleted
    assert stored(nas) == {}
    assert nas.call("cloudsync.credentials.get_instance", number)["provider"]["private_key"] is None


def test_a_concurrent_new_user_is_reported(nas: FlakyNas, pair: tuple[str, str]) -> None:
    key = store(nas, "archive", private_key=pair[0])
    use(nas, "offsite", key)

    class Blind(FlakyNas):
        def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
            return [] if method == USED_BY else nas.call(method, *params)

    with Blind() as late, pytest.raises(errors.InUse, match="started to use the keypair"):
        run(late, state="absent")


def test_a_reader_knows_names_and_nothing_else(nas: FlakyNas, pair: tuple[str, str]) -> None:
    store(nas, "archive", private_key=pair[0])
    nas.reader = True
    result = run(nas, True, private_key=pair[0])
    assert (result["changed"], result["unknown_fields"]) == (False, ["private_key"])
    assert result["keypair"]["public_key"] == result["keypair"]["fingerprint"] == "unknown (redacted)"
    assert result["diff"]["before"] == result["diff"]["after"]
    assert any("could not compare private_key" in warning for warning in result["warnings"])
    for options, todo in (
        ({"private_key": pair[0]}, "compare private_key"),
        ({"new_name": "vault"}, "updated"),
        ({"name": "new", "generate": True}, "created"),
        ({"state": "absent"}, "deleted"),
    ):
        with pytest.raises(errors.NotPermitted, match=rf"KEYCHAIN_CREDENTIAL_WRITE.*\({todo}\)"):
            run(nas, **options)
    assert nas.writes == []
    assert GENERATE not in nas.calls
    there = run(nas, generate=True)
    assert (there["changed"], there["unknown_fields"]) == (False, [])
    assert any("cannot return the public key" in warning for warning in there["warnings"])
    planned = run(nas, True, name="new", generate=True)
    assert any("cannot apply the change" in warning for warning in planned["warnings"])


@pytest.mark.parametrize("lost", [errors.ConnectionLost("gone."), errors.TimedOut("late.")])
def test_a_write_whose_reply_was_lost_is_looked_for_once(nas: FlakyNas, lost: errors.TrueNASError) -> None:
    nas.failing = {CREATE: lost}
    box = Nas(nas)
    made = ssh_keypair.read(task(generate=True), False)(box)
    assert (made["changed"], made["action"], made["keypair"]["id"]) == (True, "created", stored(nas)["archive"]["id"])
    assert nas.calls.count(CREATE) == nas.calls.count(GENERATE) == 1
    nas.failing = {}
    assert ssh_keypair.read(task(generate=True), False)(box)["action"] == "none"


@pytest.mark.parametrize("lost", [errors.ConnectionLost("gone."), errors.TimedOut("late.")])
def test_a_lost_write_that_cannot_be_looked_for_might_have_been_applied(
    nas: FlakyNas, lost: errors.TrueNASError
) -> None:
    nas.failing = {CREATE: lost}
    box = Nas(nas)
    keypairs(box)
    nas.failing[QUERY] = errors.RateLimited("too many logins")
    with pytest.raises(type(lost), match="might have applied the change"):
        ssh_keypair.read(task(generate=True), False)(box)


def test_a_lost_reply_to_the_making_of_a_key_has_stored_nothing(nas: FlakyNas) -> None:
    nas.failing = {GENERATE: errors.TimedOut("late.")}
    with pytest.raises(errors.TimedOut, match=r"^late\.$"):
        run(nas, generate=True)
    assert stored(nas) == {}


def test_a_refusal_names_the_option_and_quotes_no_key(nas: FlakyNas, pair: tuple[str, str]) -> None:
    nas.before = True
    line = pair[0].splitlines()[2]
    problem = errors.Problem("attributes.private_key", f"Load key: {line} is odd")
    nas.failing = {CREATE: errors.InvalidField(f"no {line}", [problem])}
    with pytest.raises(errors.InvalidField) as caught:
        run(nas, private_key=pair[0])
    assert str(caught.value) == "The NAS refuses the values:\nprivate_key: Load key: ******** is odd."
    nas.failing = {CREATE: errors.ServerFault(f"failed at {line}")}
    with pytest.raises(errors.ServerFault, match=r"^failed at \*{8}$"):
        run(nas, private_key=pair[0])


def test_a_name_taken_meanwhile_is_the_name(nas: FlakyNas, pair: tuple[str, str]) -> None:
    class Blind(FlakyNas):
        def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
            return [] if method == QUERY else nas.call(method, *params)

    store(nas, "archive", private_key=pair[0])
    with Blind() as late, pytest.raises(errors.InvalidField, match="\nname: Object with this name already exists"):
        run(late, generate=True)


@pytest.mark.parametrize(("method", "answer"), [(QUERY, None), (GENERATE, {}), (GENERATE, None)])
def test_odd_answers_are_the_servers_fault(method: str, answer: Any) -> None:
    class Odd(InProcessNas):
        def call(self, asked: str, *params: Any, timeout: float | None = None) -> Any:
            return answer if asked == method else super().call(asked, *params)

    with Odd() as nas, pytest.raises(errors.ServerFault):
        run(nas, generate=True)


def test_what_is_written_is_known_without_another_query(nas: FlakyNas, pair: tuple[str, str]) -> None:
    box = Nas(nas)
    for options in (
        {"private_key": pair[0]},
        {"new_name": "vault"},
        {"name": "vault", "state": "absent"},
        {"generate": True},
    ):
        assert ssh_keypair.read(task(**options), False)(box)["changed"]
    assert nas.calls.count(QUERY) == 1
    assert [entry.name for entry in keypairs(box)] == ["archive"]
    box.invalidate()
    keypairs(box)
    assert nas.calls.count(QUERY) == 2


def info(nas: InProcessNas, **options: Any) -> dict[str, Any]:
    """Run a task that reads."""
    arguments = defaults(ssh_keypair_info.ARGUMENTS)
    return ssh_keypair_info.read({**arguments, **options}, False)(Nas(nas))


def test_reading(nas: FlakyNas, pair: tuple[str, str], other: tuple[str, str]) -> None:
    second = store(nas, "second", private_key=pair[0], public_key=pair[1])
    store(nas, "first", public_key=other[1])
    connect(nas, "third", second)
    found = info(nas)
    assert nas.calls == [QUERY]
    assert [entry["name"] for entry in found["keypairs"]] == ["first", "second"]
    assert [entry["private_key"] for entry in found["keypairs"]] == [None, "********"]
    assert_no_key(json.dumps(found), pair[0])
    assert "used_by" not in found["keypairs"][0]
    assert info(nas, name="Second")["keypairs"] == []
    [revealed] = info(nas, name="second", reveal_secrets=True)["keypairs"]
    assert revealed["private_key"] == pair[0]
    user = {"title": "SSH credentials third", "unbind_method": "delete"}
    assert [entry["used_by"] for entry in info(nas, usage=True)["keypairs"]] == [[], [user]]
    nas.reader = True
    hidden = info(nas, name="second", reveal_secrets=True)
    assert hidden["keypairs"][0]["private_key"] == hidden["keypairs"][0]["public_key"] == "unknown (redacted)"
    assert len(hidden["warnings"]) == 1


def test_usage_is_asked_for_all_at_once(nas: FlakyNas, pair: tuple[str, str]) -> None:
    together: list[int] = []

    class Counting(FlakyNas):
        def call(self, method: str, *params: Any, timeout: float | None = None) -> Any:
            return nas.call(method, *params)

        def call_all(self, calls: Sequence[Call]) -> list[Any]:
            together.append(len(calls))
            return super().call_all(calls)

    for number in range(4):
        store(nas, f"key {number}", public_key=pair[1])
    with Counting() as box:
        assert len(info(box, usage=True)["keypairs"]) == 4
    assert together == [1, 4], "the keypairs, then the users of all of them"


def test_after_a_cascading_delete_the_next_item_of_a_loop_reads_again(nas: FlakyNas, pair: tuple[str, str]) -> None:
    number = store(nas, "archive", private_key=pair[0])
    store(nas, "far", host="h", private_key=number, remote_host_key="ssh-ed25519 AAAA")
    loop = Nas(nas)
    assert ssh_keypair.read(task(state="absent", cascade=True), False)(loop)["action"] == "deleted"
    # The name belongs to a connection until the NAS is asked again.
    assert ssh_keypair.read(task(name="far", private_key=pair[0]), False)(loop)["action"] == "created"


def test_nothing_but_a_keypair_is_offered_for_a_name_that_looks_alike(nas: FlakyNas, pair: tuple[str, str]) -> None:
    number = store(nas, "other", private_key=pair[0])
    store(nas, "Archive", host="h", private_key=number, remote_host_key="ssh-ed25519 AAAA")
    assert run(nas, state="absent")["warnings"] == []
    store(nas, "ARCHIVE", private_key=pair[0])
    [warning] = run(nas, state="absent")["warnings"]
    assert "'ARCHIVE'" in warning
    assert "'Archive'" not in warning
