"""``make conformance``: every recorded corpus against the current tree, by black-box checkers.

Prints corpus x scenario: agreed/total, then the first differences; compares with ``ratchet.toml`` and, with ``--update``,
raises it. ``--only NAME`` limits it to some corpora, ``--scenario GLOB`` to some scenarios. Exit status 1 if a number fell.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.conformance import ratchet
from tests.conformance.corpora import ROOT, Corpus, corpora, folder
from tests.conformance.placeholders import ageless

LINE = re.compile(r"^(\S+) (\d+)/(\d+)\b")
SHOWN = 3

Scores = dict[str, tuple[int, int]]
"""scenario -> (agreed, total)"""


def run(corpus: Corpus, scenario: str, sample: int, limit: int) -> tuple[Scores, list[str]]:
    """Run one checker; scenario -> (agreed, total), and the first differences in words."""
    data = folder()
    checker = data / "tools" / "check" / f"{corpus.checker}.py"
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        command = [sys.executable, str(checker), "--corpus", str(data / corpus.folder), *corpus.options]
        command += ["--json", str(report)]
        command += ["--only", scenario] if scenario else []
        command += ["--sample", str(sample)] if sample else []
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=limit, check=False)
        rows = [LINE.match(line) for line in done.stdout.splitlines()]
        scores = {row[1]: (int(row[2]), int(row[3])) for row in rows if row}
        scores.pop(corpus.folder, None)  # the checker's own total
        if not scores:
            return {}, [f"{corpus.name}: the checker said nothing: {done.stderr[-500:].strip()}"]
        return judged(scores, disagreements(report))


def judged(scores: Scores, found: list[Any]) -> tuple[Scores, list[str]]:
    """The scores and the first disagreements, one line each, without those that are none: cells with an age in them."""
    differ, agreed = [], Counter[str]()
    for row in found:
        if only_ages_differ(row):
            agreed[row["group"]] += 1
        else:
            differ.append(json.dumps(row, ensure_ascii=False)[:300])
    return {name: (own + agreed[name], total) for name, (own, total) in scores.items()}, differ[:SHOWN]


def disagreements(report: Path) -> list[Any]:
    """Those of a checker's report."""
    return json.loads(report.read_text(encoding="utf-8")).get("disagreements") or [] if report.exists() else []


def only_ages_differ(row: Any) -> bool:
    """Does an answer differ by nothing but the day on which it was given? Checkers list the first eight differences."""
    pairs = [(pair[-2], pair[-1]) for pair in row.get("diff") or () if len(pair) == 3] if "group" in row else []
    return 0 < len(pairs) == len(row["diff"]) < 8 and all(ageless(str(want)) == ageless(str(got)) for want, got in pairs)


def main() -> int:
    """Run what was asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], metavar="CORPUS")
    parser.add_argument("--scenario", default="", metavar="GLOB")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="at most N cases a scenario (no ratchet then)")
    parser.add_argument("--update", action="store_true", help="raise ratchet.toml to what was reached")
    parser.add_argument("--limit", type=int, default=3600, help="seconds for one corpus")
    options = parser.parse_args()
    if not folder().is_dir():
        print(f"no recordings in {folder()}; set KUBEGATE_CONFORMANCE", file=sys.stderr)
        return 1
    regressions: list[str] = []
    for corpus in corpora():
        if options.only and corpus.name not in options.only:
            continue
        began = time.monotonic()
        scores, first = run(corpus, options.scenario, options.sample, options.limit)
        for scenario, (agreed, total) in scores.items():
            print(f"{corpus.name:<11} {scenario:<40} {agreed:>6}/{total:<6}")
        agreed, total = (sum(pair[index] for pair in scores.values()) for index in (0, 1))
        print(f"{corpus.name:<11} {'all':<40} {agreed:>6}/{total:<6} {time.monotonic() - began:.0f} s")
        print("\n".join(f"    {line}" for line in first), flush=True)
        if options.sample:
            continue
        reached = {scenario: pair[0] for scenario, pair in scores.items()}
        regressions += ratchet.fallen(corpus.name, reached)
        if options.update:
            ratchet.raise_to(corpus.name, reached)
    for line in regressions:
        print(f"FELL: {line}", file=sys.stderr)
    return 1 if regressions else 0


if __name__ == "__main__":
    sys.exit(main())
