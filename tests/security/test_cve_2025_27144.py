"""CVE-2025-27144 (and 2025-30204): a token that is all dots was cut into as many texts, which took many times its size."""

from __future__ import annotations

import tracemalloc

import pytest

from kubegate.authn.jose import parse


@pytest.mark.parametrize("token", ["." * 1_000_000, "a." * 500_000, "." * 2_000_000], ids=["dots", "parts", "too long"])
def test_dots_cost_no_memory(token: str) -> None:
    tracemalloc.start()
    try:
        assert parse(token) is None
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2 * len(token)
