"""How long a refusal takes tells nothing about a secret: secrets meet what is presented only in `hmac`."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from pathlib import Path

import pytest

from kubegate.api.names import Object
from kubegate.authn.interface import ABSENT, Authenticated
from kubegate.authn.plugins.bootstrap_token import BootstrapTokens
from kubegate.authn.plugins.token_file import TokenFile
from kubegate.webhook.guard import Callers
from kubegate.webhook.interface import HookRequest

Compared = list[tuple[bytes, bytes]]


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Compared:
    """What was compared in constant time."""
    seen: Compared = []
    real: Callable[[bytes, bytes], bool] = hmac.compare_digest

    def compare(first: bytes, second: bytes) -> bool:
        seen.append((first, second))
        return real(first, second)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    return seen


DATA = {"token-id": "abcdef", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true"}


class Bootstrap:
    """One bootstrap token."""

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in DATA.items()}
        return {"metadata": {}, "type": "bootstrap.kubernetes.io/token", "data": encoded}


@pytest.mark.parametrize("presented", ["0123456789abcdef", "0123456789abcdeg"])
def test_bootstrap_secrets(compared: Compared, presented: str) -> None:
    outcome = BootstrapTokens(Bootstrap(), lambda: 0.0).authenticate_token(f"abcdef.{presented}", ())
    assert isinstance(outcome, Authenticated) is (presented == DATA["token-secret"])
    assert (b"0123456789abcdef", presented.encode()) in compared


def test_tokens_of_callers_are_all_compared(compared: Compared) -> None:
    callers = Callers(["one", "two", "three"])
    assert callers.admits(HookRequest("POST", "/authorize", headers={"authorization": "Bearer one"}))
    assert len(compared) == 3
    assert not any(token in pair for pair in compared for token in (b"one", b"two", b"three"))


def test_static_tokens_are_looked_up_by_a_digest_that_nobody_can_predict(tmp_path: Path) -> None:
    (tmp_path / "tokens.csv").write_text("s3cret,bob,1\n")
    first, second = TokenFile.load(tmp_path / "tokens.csv"), TokenFile.load(tmp_path / "tokens.csv")
    assert isinstance(first.authenticate_token("s3cret", ()), Authenticated)
    assert first.authenticate_token("s3cres", ()) == ABSENT
    kept = [key for tokens in (first, second) for key in vars(tokens)["_users"]]
    assert kept[0] != kept[1]
    assert all(b"s3cret" not in key and len(key) == 32 for key in kept)
