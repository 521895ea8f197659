"""The admission cases of a suite, prepared once and run again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from kubegate.testing.admission import AdmissionRunner, Prepared
from kubegate.testing.result import Result
from kubegate.testing.runner import LoadedSuite


def _any(prepared: Prepared) -> bool:
    return True


@dataclass(frozen=True)
class AdmissionCases:
    """Of one suite."""

    loaded: LoadedSuite

    @cached_property
    def runner(self) -> AdmissionRunner:
        """Made when it is asked for: many suites have no such cases."""
        return AdmissionRunner(str(self.loaded.path), self.loaded.suite, self.loaded.gate, explained=False)

    @cached_property
    def prepared(self) -> list[tuple[int, Prepared]]:
        """The cases by number, with their objects."""
        cases = enumerate(self.loaded.suite.spec.admission)
        return [(index, prepared) for index, case in cases for prepared in self.runner.prepare(case)]

    def results(self, pattern: str, relevant: Callable[[Prepared], bool] = _any) -> Iterator[Result]:
        """The results of the relevant cases whose name contains ``pattern``."""
        for index, prepared in self.prepared:
            if relevant(prepared):
                result = self.runner.result(prepared, index)
                if pattern in result.name:
                    yield result
