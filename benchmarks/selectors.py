"""How long parsing and matching of selectors take: ``python -m benchmarks.selectors`` (microseconds, best of several)."""

from __future__ import annotations

import timeit
from collections.abc import Callable

from kubegate.selectors import fields, labels
from kubegate.selectors.parse import parse_label_selector

TEXT = "app=web,tier in (front,back),!legacy"
LABELS = {"app": "web", "tier": "back", "release": "stable"}


def microseconds(function: Callable[[], object], number: int) -> float:
    return min(timeit.repeat(function, number=number, repeat=7)) / number * 1e6


def main() -> None:
    selector = labels.parse(TEXT)
    uncached = microseconds(lambda: parse_label_selector(TEXT), 2000)
    cached = microseconds(lambda: labels.parse(TEXT), 50000)
    match = microseconds(lambda: selector.matches(LABELS), 50000) / len(selector.requirements)
    field = microseconds(lambda: fields.parse.__wrapped__("spec.nodeName=n1,status.phase!=Running"), 20000)
    print(f"parse three requirements       {uncached:7.2f} us   (aim: at most 60)")
    print(f"the same text again            {cached:7.2f} us   ({uncached / cached:.0f} times faster)")
    print(f"match, a requirement           {match:7.3f} us   (aim: at most 0.5)")
    print(f"parse two field requirements   {field:7.2f} us")


if __name__ == "__main__":
    main()
