"""A small selection of the recordings, for clones that do not have them: ``python tests/tools/select_recordings.py SOURCE``.

Writes tests/conformance/recordings/ in the layout of the source. The choice is by a seed, so that it can be made again. Left
out are recordings that hold keys (authentication) and sets too large for it.
"""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "conformance" / "recordings"
SEED = "kubegate"
CASES = {"authz": 40}
WHOLE = ("selectors",)
SCENARIOS = {"scheduler": 40}
LEFT_OUT = ("rbac-large",)
TOO_LONG = 6_000
"""Bytes of one recorded line that are too many for a selection."""


def main() -> None:
    """Write the selection and print its size."""
    source = Path(sys.argv[1])
    for corpus in (*WHOLE, *SCENARIOS, *CASES):
        shutil.rmtree(TARGET / corpus, ignore_errors=True)
    for corpus in WHOLE:
        shutil.copytree(source / corpus, TARGET / corpus)
    for corpus, count in SCENARIOS.items():
        some_files(source / corpus, TARGET / corpus, count)
    for corpus, count in CASES.items():
        for scenario in sorted(path for path in (source / corpus).iterdir() if path.is_dir()):
            if not scenario.name.startswith(LEFT_OUT):
                some_cases(scenario, TARGET / corpus / scenario.name, count)
    for file in (*TARGET.glob("*/README.md"), *TARGET.glob("*/*.py")):
        file.unlink()
    print(f"{sum(path.stat().st_size for path in TARGET.rglob('*') if path.is_file()) / 1e6:.2f} MB")


def some_cases(source: Path, target: Path, count: int) -> None:
    """A scenario with some of its cases; sequences keep their beginning."""
    shutil.copytree(source, target)
    file = target / "cases.jsonl"
    if not file.exists():
        return
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    if "sequential: true" in (target / "scenario.yaml").read_text(encoding="utf-8"):
        chosen = lines[:count]
    else:
        short = [number for number, line in enumerate(lines) if len(line) < TOO_LONG]
        picks = set(random.Random(f"{SEED}/{source.name}").sample(short, min(count, len(short))))
        chosen = [line for number, line in enumerate(lines) if number in picks]
    file.write_text("\n".join(chosen) + "\n", encoding="utf-8")


def some_files(source: Path, target: Path, count: int) -> None:
    """Some of the pairs ID.yaml, ID.json of a folder."""
    target.mkdir(parents=True)
    names = sorted(path.stem for path in source.glob("*.yaml"))
    for name in random.Random(f"{SEED}/{source.name}").sample(names, min(count, len(names))):
        for suffix in (".yaml", ".json"):
            shutil.copy(source / f"{name}{suffix}", target)


if __name__ == "__main__":
    main()
