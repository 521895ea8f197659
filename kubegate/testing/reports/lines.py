"""Where cases stand, for reports."""

from __future__ import annotations

from kubegate.testing.running.result import Result
from kubegate.testing.suites.places import Places


class Lines:
    """The lines of cases; a file is looked at when the first of its cases is asked about."""

    def __init__(self) -> None:
        self._files: dict[str, Places] = {}

    def of(self, result: Result) -> int:
        """The line from 1, 0: unknown."""
        if result.file not in self._files:
            self._files[result.file] = Places.of_file(result.file)
        return self._files[result.file].line(result.at)

    def place(self, result: Result) -> str:
        """``suite.kubegate.yaml:12``."""
        line = self.of(result) if result.at else 0
        return f"{result.file}:{line}" if line else result.file
