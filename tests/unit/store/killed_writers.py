"""Writers that are killed at random, in a process of its own: forks of one that has threads may wait for a lock for ever.

Run with the store's path; prints what the writers were told is safe: a JSON object a line, names with their revisions.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from pathlib import Path

from kubegate.store.conformance import pod
from kubegate.store.sqlite import SqliteStore


def write_until_killed(path: Path, round_number: int, out: int) -> None:
    """In a child: create objects and report each acknowledged one."""
    store = SqliteStore(path)
    number = 0
    while True:
        stored = store.create(*pod(f"r{round_number}-{number}", text="x" * 300))
        os.write(out, f"{stored.key.name} {stored.revision}\n".encode())
        number += 1


def one_kill(path: Path, round_number: int, chance: random.Random) -> dict[str, int]:
    """Start a writer, kill it at random, answer what it was told is safe."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            write_until_killed(path, round_number, writing)
        finally:
            os._exit(1)
    os.close(writing)
    wanted = chance.choice([0, 1, 1, 2, 3, 5, 8])
    text = b""
    while text.count(b"\n") < wanted and (part := os.read(reading, 4096)):
        text += part
    for _ in range(chance.randrange(20_000)):  # anywhere between two acknowledgements
        pass
    os.kill(child, signal.SIGKILL)
    while part := os.read(reading, 4096):
        text += part
    os.close(reading)
    os.waitpid(child, 0)
    lines = text.decode().rpartition("\n")[0].split("\n")
    return {name: int(revision) for name, revision in (line.split() for line in lines if line)}


def main(path: Path, rounds: int) -> None:
    """After each line that it prints, it waits for one to be read."""
    chance = random.Random(20_260)
    acknowledged: dict[str, int] = {}
    for round_number in range(rounds):
        acknowledged |= one_kill(path, round_number, chance)
        if round_number % 20 == 19:
            print(json.dumps(acknowledged), flush=True)
            sys.stdin.readline()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
