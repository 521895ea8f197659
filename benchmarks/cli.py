"""`kubegate can-i` over a small directory, against starting Python and reading the same YAML, in turns."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

_POLICIES = Path(__file__).parent.parent / "policies" / "examples"
_READ = f"""
import yaml, pathlib
for path in sorted(pathlib.Path({str(_POLICIES)!r}).glob("*.yaml")):
    list(yaml.safe_load_all(path.read_text()))
"""
_ROUNDS = 15
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Installed packages have their bytecode."""


def _milliseconds(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Print both medians and their ratio."""
    asked = ("can-i", "list", "pods", "-f", str(_POLICIES), "--as", "sisense_guest", "-n", "sisense")
    can_i = (sys.executable, "-m", "kubegate", *asked)
    reading, deciding = [], []
    for _ in range(_ROUNDS):
        reading.append(_milliseconds(sys.executable, "-c", _READ))
        deciding.append(_milliseconds(*can_i))
    ratio = median(b / a for a, b in zip(reading, deciding, strict=True))
    print(f"start Python and read the YAML: {median(reading):.0f} ms")
    print(f"kubegate can-i: {median(deciding):.0f} ms ({ratio:.1f} times; aim: at most 2.5)")


if __name__ == "__main__":
    main()
