# SPDX-License-Identifier: GPL-3.0-or-later
"""What rclone does with its own file, against real rclone: references, quotes and booleans."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.nasops.truenas.plugins.module_utils.config_values import has_reference
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput
from ansible_collections.nasops.truenas.plugins.module_utils.rclone import conf, convert

RCLONE = Path(sys.executable).parent / "rclone"


def rclone(config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run real rclone with a configuration."""
    command = [str(RCLONE), "--config", str(config), "--retries", "1", "--low-level-retries", "1", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def dump(file: Path, text: str) -> dict[str, dict[str, str]] | None:
    """Return the sections that real rclone reads, None if it cannot."""
    file.write_text(text, newline="")
    done = rclone(file, "config", "dump")
    return json.loads(done.stdout) if done.returncode == 0 else None


PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n%`\"'#;[=:"), max_size=5)
WORDS = ["1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False", "unset", "yes", "no"]
"""Booleans of rclone, and words that are none."""
NAMES = ["a0", "a1", "a2", "a3", "a4s"]


@st.composite
def references(draw: st.DrawFn, later: list[str]) -> str:
    """Return a reference to an option further down, to a default, or to nothing; never in a circle."""
    name = draw(
        st.sampled_from([*later, "default", "both", "unknown", "a4", "two words", " ", "é", "(default", "default)"])
    )
    return f"%({name})s"


@st.composite
def bodies(draw: st.DrawFn, later: list[str]) -> str:
    """Return a value without outer quotes: references, half references and quotation marks among plain text."""
    piece = st.one_of(
        PLAIN, references(later), st.sampled_from(["%", "%%", "%(", ")s", "`", '"', '"""', "'", "=", ":", "#", "%()s"])
    )
    return "".join(draw(st.lists(piece, max_size=6)))


@st.composite
def lines(draw: st.DrawFn, name: str, later: list[str]) -> str:
    """Return a line that rclone can read, with the value as it is or between quotes of each kind."""
    body = draw(bodies(later) if draw(st.integers(0, 5)) else st.sampled_from(WORDS))
    quote = draw(st.sampled_from(["", "`", '"""']))
    if not quote and body not in WORDS:
        body = f"v{body}"
    key = draw(st.sampled_from([name, f'"{name}"', f"`{name}`", f'"""{name}"""', f"  {name} "]))
    return f"{key}{draw(st.sampled_from(['=', ' = ', ':', ' : ']))}{quote}{body}{quote}"


@st.composite
def sections(draw: st.DrawFn) -> str:
    """Return the options of a section."""
    return "\n".join(draw(lines(name, NAMES[number + 1 :])) for number, name in enumerate(NAMES))


KINDS: dict[str, Callable[[str], bool]] = {
    "reference": has_reference,
    "half a reference": lambda line: "%(" in line and not has_reference(line),
    "backquotes": lambda line: line.count("`") >= 2,
    "one backquote": lambda line: line.count("`") == 1,
    "three quotes": lambda line: '"""' in line,
    "quote": lambda line: '"' in line.replace('"""', ""),
}
IN_A_FILE: dict[str, Callable[[str], bool]] = {
    **KINDS,
    "boolean": lambda line: line.rpartition("=")[2].strip(' `"') in WORDS,
}


def test_what_rclone_reads_is_read(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()

    @given(st.lists(sections(), min_size=10, max_size=25))
    @settings(max_examples=25, deadline=None)
    def check(found: list[str]) -> None:
        defaults = "[DEFAULT]\ndefault = d%(inner)s\ninner = i\nboth = default's\n"
        text = defaults + "".join(f"[s{number}]\nboth = own\n{section}\n" for number, section in enumerate(found))
        for line in text.splitlines():
            drawn.update(kind for kind, holds in IN_A_FILE.items() if holds(line))
        theirs = dump(tmp_path / "rclone.conf", text)
        assert theirs is not None
        assert conf.read(text) == theirs

    check()
    assert min(drawn[kind] for kind in IN_A_FILE) >= 30, drawn


def test_what_is_written_is_read_back_by_rclone_or_refused(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()
    value = st.tuples(bodies(NAMES), st.sampled_from(["", "`", '"""', " ", '"'])).map(lambda it: it[1] + it[0] + it[1])

    @given(st.lists(value, min_size=20, max_size=60))
    @settings(max_examples=25, deadline=None)
    def check(values: list[str]) -> None:
        kept = {}
        for number, text in enumerate(values):
            drawn.update(kind for kind, holds in KINDS.items() if holds(text))
            try:
                conf.write({"a": {"key": text}})
            except InvalidInput:
                assert has_reference(text)
                drawn["refused"] += 1
            else:
                kept[f"s{number}"] = {"a0": text}
        assert dump(tmp_path / "rclone.conf", conf.write(kept)) == kept
        assert conf.read(conf.write(kept)) == kept

    check()
    assert min(drawn[kind] for kind in [*KINDS, "refused"]) >= 20, drawn


@pytest.mark.parametrize(
    "text",
    [
        "[a]\nx = %(x)s",
        "[a]\nx = 1%(y)s\ny = 2%(x)s",
        "[a]\nnames = all\nname = one\nx = %(names)s %((name)s %(%name)s",
        "[a]\nx = %%(y)s %(y)d %(y) %( y)s %(y )s\ny = 1",
        "[a]\nx = %(a%(y)sb)s\ny = 1",
        "[a]\nx = %(type)s\ntype = s3",
        "[a]\nx = %(b.y)s\n[b]\ny = 1",
        "[a]\nx = %( )s\n[DEFAULT]",
        "[DEFAULT]\nq = %(r)s\nr = 1\n[a]\nr = 2\nx = %(q)s%(r)s",
        "[a]\n- = 1\n-:2\n[b]\n- = 3",
        '[a]\nx = `\ny = """\nz = """""\n"k = 1" = 2\n"" = 3',
        "[a]\nx = `a`b`c\ny = `a`b",
        "[a]\nx = \x1fa\x1f\ny = \x85a\u2003",
        "[a]\nx = `unclosed",
        '[a]\nx = """unclosed',
        '[a]\nx = """a""b',
        '[a]\nx = """é',
        '[a]\n"unclosed = 1',
        "[a]\n`unclosed = 1",
        "[a]\n= 1",
        "[a]\nnothing",
        "[a] ; comment",
        "[a]\nx = 1\\\n2",
    ],
)
def test_rclone_and_we_read_the_same_or_both_refuse(text: str, tmp_path: Path) -> None:
    try:
        ours = conf.read(text)
    except InvalidInput:
        ours = None
    assert ours == dump(tmp_path / "rclone.conf", text)


def test_references_in_a_circle_are_refused_where_rclone_does_not_survive_them() -> None:
    with pytest.raises(InvalidInput, match=r"\[DEFAULT\] q: refers to itself"):
        conf.read("[DEFAULT]\nq = %(q)s\n[a]\nx = %(q)s\n")
    with pytest.raises(InvalidInput, match=r"\[a\] x: refers to itself"):
        conf.read("[a]\nx = a%(x)s%(x)s\n")


def test_a_section_takes_what_it_lacks_from_the_one_before_its_last_dot(tmp_path: Path) -> None:
    text = "[a]\ntype = local\nlinks = maybe\n[a.b]\nencoding = None\n[a.b.c]\n[x.y]\nencoding = None\n"
    (tmp_path / "rclone.conf").write_text(text)
    for name in ("a.b", "a.b.c"):
        assert 'parsing "maybe"' in rclone(tmp_path / "rclone.conf", "lsf", f"{name}:{tmp_path}").stderr
    assert "didn't find section" in rclone(tmp_path / "rclone.conf", "lsf", f"x.y:{tmp_path}").stderr
    imported = convert.from_text(
        "[a]\ntype = http\nurl = https://h/\n[a.b]\n[a.b.c]\nurl = https://c/\n[x.y]\nurl = https://y/\n"
    )
    assert [(it["name"], it["http"]["url"]) for it in imported.credentials] == [
        ("a", "https://h/"),
        ("a.b", "https://h/"),
        ("a.b.c", "https://c/"),
    ]
    assert "type: is required" in str(imported.unusable["x.y"][0])


SPELLINGS = [
    *("true", "True", "TRUE", "tRUE", "t", "T", "1", "yes", "Yes", "y", "on", "On", "2", '"true"', "`true`"),
    *("false", "False", "FALSE", "fALSE", "f", "F", "0", "no", "No", "n", "off", "Off", "unset", "Unset", "", "maybe"),
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_boolean_is_what_rclone_takes_for_one(spelling: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to("nowhere")
    file = tmp_path / "rclone.conf"
    file.write_text(f"[x]\ntype = local\nlinks = {spelling}\n")
    done = rclone(file, "lsf", f"x:{tmp_path / 'folder'}")
    # rclone shows a link only if it is told to.
    theirs = None if "parsing" in done.stderr else "link.rclonelink" in done.stdout
    imported = convert.from_text(f"[x]\ntype = s3\nenv_auth = {spelling}\naccess_key_id = a\nsecret_access_key = s\n")
    reasons = str(imported.unusable.get("x", ""))
    ours = None if "boolean" in reasons else "not supported by the NAS" in reasons
    assert ours == theirs


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_three_valued_option_is_what_rclone_takes_for_one(spelling: str, tmp_path: Path) -> None:
    key = "access_key_id = a\nsecret_access_key = s\nendpoint = http://127.0.0.1:9\n"
    section = f"[x]\ntype = s3\nprovider = Other\nsign_accept_encoding = {spelling}\n{key}"
    (tmp_path / "rclone.conf").write_text(section)
    refused = "Tristate" in rclone(tmp_path / "rclone.conf", "lsf", "x:").stderr
    imported = convert.from_text(section)
    assert bool(imported.unusable) == refused
    if not refused:
        # An option that is not set, or unset, is the default of the NAS.
        expected = {"t": True, "T": True, "1": True, "f": False, "F": False, "0": False}.get(spelling.strip("`")[:1])
        assert imported.credentials[0]["s3"].get("sign_accept_encoding") is expected


@pytest.mark.parametrize("word", ["true", "True", "TRUE", "t", "T", "1"])
def test_old_signatures_may_be_asked_for_in_every_spelling(word: str) -> None:
    [credential] = convert.from_text(
        f"[x]\ntype = s3\nv2_auth = {word}\naccess_key_id = a\nsecret_access_key = s\nendpoint = https://h\n"
    ).credentials
    assert (credential["s3"]["skip_region"], credential["s3"]["signatures_v2"]) == (True, True)


@pytest.mark.parametrize("word", ["False", "0", "f", "FALSE"])
@pytest.mark.parametrize(
    "section",
    [
        "type = s3\nenv_auth = {}\naccess_key_id = a\nsecret_access_key = s",
        "type = ftp\ntls = {}\nhost = h\nuser = u",
        "type = sftp\nkey_use_agent = {}\nhost = h\nuser = u",
        'type = drive\nshared_with_me = {}\ntoken = {{"access_token":"a"}}',
    ],
)
def test_what_is_switched_off_is_not_refused(section: str, word: str) -> None:
    assert not convert.from_text(f"[x]\n{section.format(word)}\n").unusable


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("RCLONE_CONFIG_X_TYPE=s3\nRCLONE_CONFIG_X_SECRET_ACCESS_KEY=hush\n", "is a list of environment variables"),
        *(
            (f"{before}RCLONE_CONFIG_X_TYPE{after}s3\n", "is a list of environment variables")
            for before, after in (("export ", "="), ("set ", "="), ("$env:", " = "), ('- "', "="), ("", ": "))
        ),
        ('{"a": {"type": "s3", "secret_access_key": "hush"}}', "is JSON.*rclone config show"),
        ('[{"name": "hush", "type": "s3"}]', "is JSON.*rclone config show"),
        ("- name: hush\n  type: s3\n", "is YAML.*rclone config show"),
        ("a:\n  type: s3\n  secret_access_key: hush\n", "is YAML.*rclone config show"),
        ("W2FdCnR5cGUgPSBzMwo=\n", "is Base64"),
        ("type = s3\nsecret_access_key = hush\n", "line 1 must not precede the first section"),
        ("hush\n[a]\ntype = s3\n", "line 1 must not precede the first section"),
        ("[a]\nhush\n", "line 2 must be a section or `name = value`"),
        ("[a]\nx = `hush\n", "line 2 has an unclosed quotation mark"),
        ("[]\n", "line 1 is a section without a name"),
    ],
)
def test_another_form_of_the_file_is_named(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as caught:
        conf.read(text)
    assert "hush" not in str(caught.value)


def test_a_reference_is_refused_in_what_is_written_and_replaced_in_what_is_read() -> None:
    keys = {"access_key_id": "a", "secret_access_key": "ab%(cd)sef"}
    with pytest.raises(InvalidInput, match=r"a: s3.secret_access_key: contains %\(\.\.\.\)s"):
        convert.to_text([{"name": "a", "s3": keys}])
    sftp = {"host": "h", "user": "u", "private_key": 3}
    with pytest.raises(InvalidInput, match=r"a: key_file: contains"):
        convert.to_text([{"name": "a", "sftp": sftp}], {"a": "/keys/%(user)s"})
    text = "[DEFAULT]\ncd = X\n[a]\ntype = s3\naccess_key_id = a\nsecret_access_key = ab%(cd)sef\n"
    imported = convert.from_text(text)
    assert imported.credentials[0]["s3"]["secret_access_key"] == "abXef"
    [warning] = imported.warnings
    assert warning.startswith("[a] replaced %(...)s in secret_access_key, as rclone does")
    [problem] = convert.from_text("[a]\ntype = s3\naccess_key_id = %(access_key_id)s\nsecret_access_key = s").unusable[
        "a"
    ]
    assert "access_key_id: contains" in str(problem)
