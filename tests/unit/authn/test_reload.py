"""Files that change under a running server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kubegate.authn.reload import Reloading
from kubegate.errors import ConfigurationError


def number(content: bytes) -> int:
    if not content.isdigit():
        raise ConfigurationError("no number")
    return int(content)


def write(path: Path, text: str, when: int) -> None:
    path.write_text(text)
    os.utime(path, ns=(when, when))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write(tmp_path / "n", "1", 1)
    return tmp_path / "n"


def test_a_changed_file_is_taken(file: Path) -> None:
    value = Reloading(file, number, interval=0)
    assert value.current() == 1
    write(file, "2", 2)
    assert value.current() == 2


def test_the_last_good_one_is_kept(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    value = Reloading(file, number, interval=0)
    write(file, "two", 2)
    assert value.current() == 1
    assert "keeping what was loaded before: no number" in caplog.text
    write(file, "3", 3)
    assert value.current() == 3


def test_a_file_that_is_gone_changes_nothing(file: Path) -> None:
    value = Reloading(file, number, interval=0)
    file.unlink()
    assert value.current() == 1


def test_a_replaced_file_is_taken(file: Path) -> None:
    value = Reloading(file, number, interval=0)
    write(file.with_suffix(".new"), "5", 1)
    file.with_suffix(".new").replace(file)
    assert value.current() == 5


def test_it_is_not_looked_at_all_the_time(file: Path) -> None:
    value = Reloading(file, number, interval=1000)
    write(file, "2", 2)
    assert value.current() == 1


@pytest.mark.parametrize("content", [None, "x"])
def test_the_first_reading_must_succeed(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "n").write_text(content)
    with pytest.raises(ConfigurationError):
        Reloading(tmp_path / "n", number)
