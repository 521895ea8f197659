"""Workers of the decision endpoint are renewed when certificates change, unless new ones could not start."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubegate.compose.pki import Pki, ensure_pki
from kubegate.compose.webhook_renewal import Renewal, check_certificates
from kubegate.errors import ConfigurationError


class Workers:
    """Counts renewals; ``wrong`` is what new workers would trip over."""

    def __init__(self, *paths: Path) -> None:
        self.wrong: Exception | None = None
        self.renewed = 0
        self.renewal = Renewal([str(path) for path in paths], self.check, self.renew)

    def check(self) -> None:
        if self.wrong is not None:
            raise self.wrong

    def renew(self) -> None:
        self.renewed += 1

    def look(self, times: int = 1) -> int:
        for _ in range(times):
            self.renewal.watcher.look()
        return self.renewed


def test_a_changed_file_or_a_signal_renews_once(tmp_path: Path) -> None:
    file = tmp_path / "tls.crt"
    file.write_text("a")
    workers = Workers(file)
    assert workers.look(3) == 0
    file.write_text("other")
    assert workers.look(3) == 1
    workers.renewal.ask(1, None)
    assert workers.look(3) == 2


def test_a_file_that_is_behind_a_link_may_move(tmp_path: Path) -> None:
    """As mounted Secrets are renewed."""
    for name, text in (("one", "a"), ("two", "other")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tls.crt").write_text(text)
    data, file = tmp_path / "data", tmp_path / "tls.crt"
    data.symlink_to("one")
    file.symlink_to("data/tls.crt")
    workers = Workers(file)
    (tmp_path / "next").symlink_to("two")
    (tmp_path / "next").replace(data)
    assert workers.look() == 1


@pytest.mark.parametrize("wrong", [ConfigurationError("x"), OSError(), ValueError()])
def test_what_cannot_start_is_tried_again(tmp_path: Path, wrong: Exception) -> None:
    workers = Workers(tmp_path)
    workers.wrong = wrong
    workers.renewal.ask()
    assert workers.look(100) == 0
    workers.wrong = None
    assert workers.look(200) == 1


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[Pki]:
    return [ensure_pki(tmp_path_factory.mktemp("pki"), ["localhost"], "https://localhost") for _ in range(2)]


def test_certificates_that_belong_together_can_serve(pairs: list[Pki]) -> None:
    check_certificates(str(pairs[0].certificate), str(pairs[0].key), str(pairs[1].ca))
    check_certificates("", "", "")


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_what_is_none_cannot_serve(pairs: list[Pki], tmp_path: Path, which: int, content: str | None) -> None:
    files = [str(pairs[0].certificate), str(pairs[0].key), str(pairs[0].ca)]
    files[which] = str(tmp_path / "bad.pem")
    if content is not None:
        Path(files[which]).write_text(content)
    with pytest.raises(ConfigurationError):
        check_certificates(*files)


def test_a_certificate_cannot_serve_with_the_key_of_another(pairs: list[Pki]) -> None:
    with pytest.raises(ConfigurationError, match="unable to serve with"):
        check_certificates(str(pairs[0].certificate), str(pairs[1].key), "")
