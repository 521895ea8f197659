"""Static token files: what is taken, what is told, what stops the server."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from kubegate.authn.interface import ABSENT, Authenticated
from kubegate.authn.plugins.token_file import TokenFile
from kubegate.errors import ConfigurationError

TEXT = """\
a,alice,1,"devs,ops"
b,bob,2
c,carol,3,devs
d,,4,""
e,erin,,"x, y"
dup,one,1
dup,two,2
,nobody,9
f,frank,6,g,more,columns
 g,gina,7
"""


@pytest.fixture
def tokens(tmp_path: Path) -> TokenFile:
    (tmp_path / "t.csv").write_text(TEXT)
    return TokenFile.load(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("token", "name", "uid", "groups"),
    [
        ("a", "alice", "1", ("devs", "ops")),
        ("b", "bob", "2", ()),
        ("c", "carol", "3", ("devs",)),
        ("d", "", "4", ("",)),
        ("e", "erin", "", ("x", " y")),
        ("dup", "two", "2", ()),
        ("f", "frank", "6", ("g",)),
        (" g", "gina", "7", ()),
    ],
)
def test_users(tokens: TokenFile, token: str, name: str, uid: str, groups: tuple[str, ...]) -> None:
    outcome = tokens.authenticate_token(token, ())
    assert isinstance(outcome, Authenticated)
    assert (outcome.user.name, outcome.user.uid, outcome.user.groups) == (name, uid, groups)


@pytest.mark.parametrize("token", ["", "A", "a ", "g", "dup,one", "\udcff"])
def test_unknown_tokens(tokens: TokenFile, token: str) -> None:
    assert tokens.authenticate_token(token, ()) == ABSENT


def test_what_is_told_does_not_hold_tokens(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "t.csv").write_text("s3cret,one,1\ns3cret,two,2\n,x,y\n")
    tokens = TokenFile.load(tmp_path / "t.csv")
    assert "record number '2'" in caplog.text
    assert "record number '3'" in caplog.text
    assert "s3cret" not in caplog.text + repr(vars(tokens))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t,u\n", "must have at least 3 columns (token, user name, user uid), found 2"),
        ("t\n", "found 1"),
        ('t,u"x,1\n', 'bare " in non-quoted-field'),
    ],
)
def test_what_stops_the_server(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        TokenFile.load(tmp_path / "t.csv")
    assert message in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such file or directory"):
        TokenFile.load(tmp_path / "nope.csv")
    with pytest.raises(ConfigurationError, match=f"read {tmp_path}: is a directory"):
        TokenFile.load(tmp_path)
