"""The admission cases of a suite, prepared once and run again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from kubegate.analysis.coverage.items import RBAC
from kubegate.authz.interface import Attributes, Authorizer, Verdict
from kubegate.testing.running.result import Result
from kubegate.testing.running.runner import LoadedSuite
from kubegate.testing.stages.admission.runner import AdmissionRunner, Prepared


def _any(prepared: Prepared) -> bool:
    return True


class _Spy:
    """A member of the chain that notes that it is asked."""

    def __init__(self, member: Authorizer) -> None:
        self.member = member
        self.asked = False

    def authorize(self, attributes: Attributes) -> Verdict:
        self.asked = True
        return self.member.authorize(attributes)


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

    @cached_property
    def _asking(self) -> frozenset[int]:
        """The places among the prepared cases of those that ask the authorizers: the others do not depend on them.

        Whether a case asks at all does not depend on the answers. Writes of roles and bindings look into RBAC itself."""
        chain = self.loaded.engine.chain
        spy = _Spy(chain.members[0])
        found = set()
        chain.replace(spy.member, spy)
        try:
            for place, (index, prepared) in enumerate(self.prepared):
                spy.asked = prepared.new.resource.gvr.group == RBAC
                self.runner.result(prepared, index)
                if spy.asked:
                    found.add(place)
        finally:
            chain.replace(spy, spy.member)
        return frozenset(found)

    def results_of_asking(self, pattern: str) -> Iterator[Result]:
        """The results of the cases that depend on authorization."""
        if not self.prepared:
            return iter(())
        asking = {id(self.prepared[place][1]) for place in self._asking}
        return self.results(pattern, lambda prepared: id(prepared) in asking)

    def results(self, pattern: str, relevant: Callable[[Prepared], bool] = _any) -> Iterator[Result]:
        """The results of the relevant cases whose name contains ``pattern``."""
        for index, prepared in self.prepared:
            if relevant(prepared):
                result = self.runner.result(prepared, index)
                if pattern in result.name:
                    yield result
