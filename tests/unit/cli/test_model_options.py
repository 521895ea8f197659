"""Option models as flags, and ``--config FILE``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel, Field

from kubegate.cli.model_options import Flags, SuggestingCommand, model_options
from kubegate.config.file import load_flags
from kubegate.config.flag_types import CommaList
from kubegate.errors import InvalidInput


class Wanted(BaseModel, extra="forbid", frozen=True):
    """Options for these tests."""

    secure_port: int = Field(6443, description="Port.")
    allow_privileged: bool = Field(False, description="Allow it.")
    authorization_mode: CommaList = Field(default_factory=list, description="Modes.")
    scheduler: bool = Field(True, description="Run it.")


def parse(*arguments: str) -> Wanted:
    found: list[Wanted] = []

    @click.command("serve", cls=SuggestingCommand)
    @model_options(Wanted)
    def command(config_file: str, **given: Any) -> None:
        found.append(Flags([Wanted], "ServeConfiguration", config_file, given).of(Wanted))

    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return found[0]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {}),
        (["--secure-port=1"], {"secure_port": 1}),
        (["--allow-privileged"], {"allow_privileged": True}),
        (["--allow-privileged=true"], {"allow_privileged": True}),
        (["--allow-privileged=false"], {"allow_privileged": False}),
        (["--authorization-mode=Node,RBAC"], {"authorization_mode": ["Node", "RBAC"]}),
        (["--authorization-mode=Node", "--authorization-mode=RBAC"], {"authorization_mode": ["Node", "RBAC"]}),
        (["--authorization-mode", ""], {"authorization_mode": []}),
        (["--no-scheduler"], {"scheduler": False}),
    ],
)
def test_flags(arguments: list[str], expected: dict[str, Any]) -> None:
    assert parse(*arguments) == Wanted(**expected)


def test_an_unknown_flag_names_the_likely_one() -> None:
    with pytest.raises(click.UsageError, match="--secure-port"):
        parse("--secur-port=1")


def test_a_wrong_value_names_the_flag() -> None:
    with pytest.raises(InvalidInput, match="--secure-port"):
        parse("--secure-port=x")


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("apiVersion: kubegate.io/v1\nkind: ServeConfiguration\nsecure-port: 1\nallow-privileged: true\n")
    assert parse("--config", str(file), "--secure-port=2") == Wanted(secure_port=2, allow_privileged=True)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("secur-port: 1\n", "config.yaml:3:1: unknown flag 'secur-port'", "secure-port"),
        ("a: [\n", "config.yaml:4:1: ", ""),
    ],
)
def test_a_wrong_file_says_where(tmp_path: Path, text: str, message: str, hint: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(f"apiVersion: kubegate.io/v1\nkind: ServeConfiguration\n{text}")
    with pytest.raises(InvalidInput) as caught:
        load_flags(str(file), "ServeConfiguration", ["secure-port"])
    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_another_kind_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("apiVersion: kubegate.io/v2\nkind: ServeConfiguration\n")
    with pytest.raises(InvalidInput, match="must begin with apiVersion"):
        load_flags(str(file), "ServeConfiguration", [])
