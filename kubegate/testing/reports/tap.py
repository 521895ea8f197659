"""Results in the Test Anything Protocol, version 14: what failed with a block of YAML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from kubegate.testing.reports.lines import Lines
from kubegate.testing.running.result import Result


def tap(results: Sequence[Result]) -> str:
    """The plan, and a line a case."""
    lines, places = ["TAP version 14", f"1..{len(results)}"], Lines()
    for number, result in enumerate(results, 1):
        name = f"{result.file}: {result.name}".replace("\\", "\\\\").replace("#", "\\#").replace("\n", " ")
        lines.append(f"{'ok' if result.passed else 'not ok'} {number} - {name}")
        if not result.passed:
            lines += (f"  {line}" for line in _diagnosis(result, places.of(result)))
    return "\n".join(lines)


def _diagnosis(result: Result, line: int) -> Iterator[str]:
    """YAML whose texts are spelled as in JSON, a line of the explanation an item."""
    yield "---"
    yield f"message: {_quoted(result.failure)}"
    yield "severity: fail"
    yield f"at: {{file: {_quoted(result.file)}, line: {line}}}"
    if result.explanation:
        yield "explanation:"
        yield from (f"- {_quoted(text)}" for text in result.explanation.splitlines())
    yield "..."


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()
