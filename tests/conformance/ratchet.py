"""The numbers that each scenario has reached: they only rise.

``ratchet.toml`` holds, per corpus, ``"scenario" = agreed``. A run that falls below is a regression.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

FILE = Path(__file__).with_name("ratchet.toml")

Agreed = dict[str, dict[str, int]]
"""corpus -> scenario -> agreed cases"""


def read(path: Path = FILE) -> Agreed:
    """The numbers reached so far."""
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def fallen(corpus: str, reached: Mapping[str, int], path: Path = FILE) -> list[str]:
    """One line for each scenario of a run that agreed in fewer cases than before."""
    before = read(path).get(corpus, {})
    return [
        f"{corpus} {scenario}: {reached[scenario]} agreed, {before[scenario]} before"
        for scenario in before
        if scenario in reached and reached[scenario] < before[scenario]
    ]


def raise_to(corpus: str, reached: Mapping[str, int], path: Path = FILE) -> None:
    """Write down what a run reached where it is more than before."""
    numbers = read(path)
    section = numbers.setdefault(corpus, {})
    for scenario, agreed in reached.items():
        section[scenario] = max(agreed, section.get(scenario, 0))
    lines = [
        "# Cases that agree with the recordings, by corpus and scenario. Written by `make conformance`; numbers only rise."
    ]
    for name in sorted(numbers):
        lines += ["", f"[{name}]", *(f'"{scenario}" = {numbers[name][scenario]}' for scenario in sorted(numbers[name]))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
