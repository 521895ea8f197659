"""10,000 cases of a suite over a policy set of the size of a real cluster; `python -m benchmarks.suites`.

The policies are those of `benchmarks.analysis`. Printed: reading suite and policies, judging the cases (aim: at most 1 s),
the same again, and 200 Deployments through admission.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.analysis import measured, written
from benchmarks.rbac import policy, requests
from kubegate.api.names import Object
from kubegate.authz.interface import Attributes
from kubegate.cli.output import to_yaml
from kubegate.testing.reports.forms import FORMS
from kubegate.testing.running.runner import LoadedSuite
from kubegate.testing.running.session import opened
from kubegate.testing.suites.suite import API_VERSION, KIND

_SIZE, _CASES, _WORKLOADS = 4_491, 10_000, 200


def access(asked: list[Attributes], allowed: list[bool]) -> dict[str, Any]:
    """Users and tables, a request a table: the least favourable form."""
    users: dict[str, Any] = {}
    tables = []
    for one, may in zip(asked, allowed, strict=True):
        name = f"{one.user.name} {' '.join(one.user.groups)}"
        users[name] = {"name": one.user.name, "groups": list(one.user.groups)}
        resource = f"{one.resource}.{one.group}" if one.group else one.resource
        request = f"{one.verb} {resource}"
        tables.append({"user": name, "namespace": one.namespace, "can" if may else "cannot": [request]})
    return {"users": users, "access": tables}


def workloads() -> list[Object]:
    """Cases about admission."""
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "a"}},
        "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}},
    }
    kind = {"apiVersion": "apps/v1", "kind": "Deployment"}
    return [{"object": {**kind, "metadata": {"name": f"d-{number}"}, "spec": spec}} for number in range(_WORKLOADS)]


def suite(folder: Path, spec: dict[str, Any]) -> Path:
    """A suite's file."""
    path = folder / "a.kubegate.yaml"
    path.write_text(to_yaml({"apiVersion": API_VERSION, "kind": KIND, "spec": {"policies": ["policies"], **spec}}))
    return path


def judged(loaded: LoadedSuite) -> int:
    """How many cases hold; the report is made as well."""
    results = list(loaded.run(explained=False))
    FORMS["junit"](results)
    return sum(result.passed for result in results)


def main() -> None:
    """Print a line a measure."""
    chance = random.Random(_SIZE)
    objects = policy(_SIZE, chance)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written(folder / "policies", objects)
        asked = requests(objects, chance, _CASES, skew=1)
        empty = opened(suite(folder, {}))
        allowed = [empty.engine.chain.authorize(one).allowed for one in asked]
        path = suite(folder, access(asked, allowed))
        with measured(f"read {len(objects):,} objects and a suite of {_CASES:,} cases"):
            loaded = opened(path)
        with measured(f"judge {_CASES:,} cases and write JUnit", "at most 1 s after loading"):
            held = judged(loaded)
        print(f"  {held:,} hold, {sum(allowed):,} of them allowed")
        with measured("the same again, its requests known"):
            judged(loaded)
        loaded = opened(suite(folder, {"admission": workloads()}))
        with measured("build admission over the state"):
            _ = loaded.gate
        with measured(f"judge {_WORKLOADS:,} Deployments with their pods"):
            judged(loaded)


if __name__ == "__main__":
    main()
