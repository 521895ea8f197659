"""Suites (``*.kubegate.yaml``) as pytest collects them: a test a case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kubegate.testing.running.result import Result


class SuiteFile(pytest.File):
    """One suite; each case is a test."""

    def collect(self) -> Iterator[pytest.Item]:
        """Run the cases (they take microseconds) and make an item of each result."""
        # Here: pytest imports this module before coverage starts.
        from kubegate.errors import KubegateError
        from kubegate.testing.running.runner import run_suite
        from kubegate.testing.suites.places import Places

        places = Places.of_file(str(self.path))
        try:
            for number, result in enumerate(run_suite(self.path)):
                name = f"{number}: {result.name}"
                item: CaseItem = CaseItem.from_parent(self, name=name, result=result, line=places.line(result.at))
                yield item
        except KubegateError as error:
            raise self.CollectError(f"{error}" + (f"\n{error.hint}" if error.hint else "")) from error


class CaseFailed(Exception):
    """A case does not hold."""


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, result: Result, line: int, **options: Any) -> None:
        super().__init__(**options)
        self.result = result
        self.line = line

    def runtest(self) -> None:
        """Fail with the explanation."""
        if not self.result.passed:
            raise CaseFailed(f"{self.path}:{self.line}: {self.result.failure}\n{self.result.explanation}".rstrip())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The explanation instead of a traceback."""
        return str(excinfo.value) if isinstance(excinfo.value, CaseFailed) else str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands."""
        return self.path, self.line - 1, self.name
