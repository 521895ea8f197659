"""Mutants: 700 of RBAC against 1,000 cases, and of the admission policies that ship; `python -m benchmarks.mutation`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import orjson

from benchmarks.analysis import measured
from kubegate.analysis.coverage.measure import Coverage
from kubegate.analysis.mutation.score import Score
from kubegate.testing.measures.measures import Measures
from kubegate.testing.running.runner import find_suites, open_suite
from kubegate.testing.suites.suite import API_VERSION, KIND

T = TypeVar("T")
_GROUP = "rbac.authorization.k8s.io"
_TENANTS = 100
_SHIPPED = Path(__file__).parent.parent / "policies" / "admission"


def tenants(folder: Path) -> Path:
    """A role, a binding and ten cases each."""
    objects: list[dict[str, Any]] = []
    tables = []
    for number in range(_TENANTS):
        rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
        meta = {"namespace": "shop", "name": f"r{number}"}
        objects.append({"apiVersion": f"{_GROUP}/v1", "kind": "Role", "metadata": meta, "rules": rules})
        bound = {
            "roleRef": {"apiGroup": _GROUP, "kind": "Role", "name": f"r{number}"},
            "subjects": [{"kind": "User", "name": f"u{number}", "apiGroup": _GROUP}],
        }
        objects.append({"apiVersion": f"{_GROUP}/v1", "kind": "RoleBinding", "metadata": meta, **bound})
        asked = {"can": ["get pods"] * 5, "cannot": ["delete pods"] * 5}
        tables.append({"user": f"u{number}", "namespace": "shop", **asked})
    (folder / "policies.json").write_bytes(orjson.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    suite = folder / "a.kubegate.yaml"
    spec = {"policies": ["policies.json"], "access": tables}
    suite.write_bytes(orjson.dumps({"apiVersion": API_VERSION, "kind": KIND, "spec": spec}))
    return suite


def _quiet(label: str, found: Iterable[T], count: int) -> Iterable[T]:
    return found


def tried(suites: list[Path], jobs: int) -> Score:
    """All mutants of some suites, with suggestions for those that survive."""
    measures = Measures(mutation=Score())
    for path in suites:
        measures.add(open_suite(path), ())
    measures.mutate("", _quiet, jobs)
    assert measures.mutation is not None
    return measures.mutation


def covered(suites: list[Path], coverage: Coverage | None) -> int:
    """The cases of some suites, with their branches recorded or not; how many there were."""
    measures, count = Measures(coverage), 0
    with measures.watching():
        for path in suites:
            loaded = open_suite(path)
            results = list(loaded.run())
            measures.add(loaded, results)
            count += len(results)
    return count


def main() -> None:
    """Print a line a measure."""
    shipped = find_suites([str(_SHIPPED)])
    covered(shipped, None)
    with measured("suites of the admission policies that ship"):
        cases = covered(shipped, None)
    with measured("the same with coverage"):
        covered(shipped, coverage := Coverage())
    print(f"  {cases} cases, {len(coverage.items)} items")
    with tempfile.TemporaryDirectory() as folder:
        suite = tenants(Path(folder))
        for jobs in (1, 2):
            with measured(f"RBAC, 1,000 cases, {jobs} process(es)"):
                score = tried([suite], jobs)
            print(f"  {score.total + len(score.equivalent)} mutants, {len(score.killed)} killed")
    for jobs in (1, 2):
        with measured(f"admission, {jobs} process(es)"):
            score = tried(shipped, jobs)
        print(f"  {score.total + len(score.equivalent)} mutants, {len(score.killed)} killed")


if __name__ == "__main__":
    main()
