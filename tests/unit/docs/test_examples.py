"""The examples of README and docs are run: what they show must work as it stands there."""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from kubegate.cli.main import COMMANDS, cli

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OFFLINE = {"can-i", "explain", "who-can", "select", "test", "lint", "admit", "access-matrix"}
"""Commands that need nothing but the files of the repository."""


def examples() -> list[tuple[str, str]]:
    """(page, command line) of every indented or fenced line that begins with ``kubegate``; continued lines are joined."""
    found = []
    for page in PAGES:
        text = re.sub(r"\\\n\s*", " ", page.read_text(encoding="utf-8"))
        fence = ""
        for line in text.splitlines():
            if line.startswith("```"):
                fence = "" if fence else line
                continue
            command = line.strip()
            if fence.startswith("```console"):  # commands and what they print: only the former
                command = command.removeprefix("$ ") if command.startswith("$ ") else ""
            if (fence or line.startswith("    ")) and command.startswith("kubegate "):
                found.append((page.name, re.split(r"\s+(?:#|&&|\|\||\||>|<)\s*", command)[0]))
    return found


def test_there_are_examples() -> None:
    assert len(examples()) > 5


@pytest.mark.parametrize(("page", "line"), examples())
def test_commands_and_flags_exist(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    if words[0].startswith("-"):
        return
    assert words[0] in COMMANDS, f"{page} names a command that does not exist"
    command = cli.get_command(None, words[0])  # type: ignore[arg-type]
    assert command is not None
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    known |= {"-h", "--help"}
    flags = [word.partition("=")[0] for word in words if re.fullmatch(r"--?[a-z][\w-]*(=.*)?", word)]
    assert [flag for flag in flags if flag not in known] == []


def runnable(line: str) -> bool:
    words = shlex.split(line)
    files = [word for flag, word in itertools.pairwise(words) if flag in ("-f", "--filename")]
    return words[1] in OFFLINE and all((ROOT / file).exists() for file in files)


@pytest.mark.parametrize(("page", "line"), [example for example in examples() if runnable(example[1])])
def test_offline_examples_run(page: str, line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The mutants of every suite that ships have a test of their own: tests/integration/test_shipped_policies.
    few = "tenants" if "policies --coverage --mutation" in line else ""
    (tmp_path / "policies").symlink_to(ROOT / "policies" / few)
    monkeypatch.chdir(tmp_path)  # what an example writes does not land in the repository
    result = CliRunner().invoke(cli, shlex.split(line)[1:], standalone_mode=False)
    assert result.exception is None, f"{page}: {line}: {result.exception!r}"
    assert result.return_value in (0, 2), f"{page}: {line}: {result.output}"
