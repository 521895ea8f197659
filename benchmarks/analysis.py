"""Questions about a policy set of the size of a real cluster, from manifests; `python -m benchmarks.analysis`.

4,491 RoleBindings, 676 ClusterRoleBindings, 1,374 Roles and 721 ClusterRoles are made up, written as YAML, loaded with their
lines, and asked: who can, what a change of one role in ten widens, who can make himself master of the cluster, and what
200,000 recorded requests would meet. At the end `kubegate admit` judges 1,000 manifests, as a process of its own.
"""

from __future__ import annotations

import copy
import gzip
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from benchmarks._policies import policy, requests
from benchmarks.cli import ENVIRONMENT
from kubegate.analysis.diff.compare import compare
from kubegate.analysis.replay.compare import replay
from kubegate.analysis.replay.logs import Reading, read_events
from kubegate.api.names import Object
from kubegate.api.user import User
from kubegate.authz.interface import Attributes
from kubegate.authz.rbac.who_can import who_can
from kubegate.cli.exit_codes import Exit
from kubegate.cli.output import to_yaml
from kubegate.compose.dry_run import RBAC_GROUP, RBAC_KINDS, DryRunOptions, Engine, build_engine

_SIZE = 4_491
_EVENTS = 200_000
_MANIFESTS = 1_000


@contextmanager
def measured(name: str, aim: str = "") -> Iterator[None]:
    """Print how long the block took."""
    start = time.perf_counter()
    yield
    print(f"{name}: {time.perf_counter() - start:.2f} s" + (f" (aim: {aim})" if aim else ""))


def written(folder: Path, objects: list[Object]) -> str:
    """The objects as files of 500."""
    folder.mkdir()
    for number in range(0, len(objects), 500):
        text = to_yaml([{"apiVersion": f"{RBAC_GROUP}/v1", **obj} for obj in objects[number : number + 500]])
        (folder / f"{number}.yaml").write_text(text)
    return str(folder)


def widened(objects: list[Object], chance: random.Random) -> list[Object]:
    """The set with another verb in one role of ten."""
    made = copy.deepcopy(objects)
    for obj in made:
        if "rules" in obj and chance.random() < 0.1:
            obj["rules"][0]["verbs"] = [*obj["rules"][0]["verbs"], "deletecollection"]
    return made


def audit_log(path: Path, objects: list[Object], chance: random.Random) -> None:
    """Allowed requests as a cluster records them."""
    asked = requests(objects, chance, 2_000, skew=8)
    with gzip.open(path, "wb", compresslevel=1) as log:
        for number in range(_EVENTS):
            one = asked[number % len(asked)]
            group = f"apis/{one.group}/v1" if one.group else "api/v1"
            event = {
                "kind": "Event",
                "apiVersion": "audit.k8s.io/v1",
                "level": "Metadata",
                "auditID": f"{number:032x}",
                "stage": "ResponseComplete",
                "requestURI": f"/{group}/namespaces/{one.namespace}/{one.resource}",
                "verb": one.verb,
                "user": {"username": one.user.name, "groups": list(one.user.groups)},
                "sourceIPs": ["10.0.0.1"],
                "objectRef": {
                    "resource": one.resource,
                    "namespace": one.namespace,
                    "apiGroup": one.group,
                    "apiVersion": "v1",
                },
                "responseStatus": {"code": 200},
                "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
            }
            log.write(orjson.dumps(event) + b"\n")


def command(*arguments: str) -> None:
    """Run kubegate as a process of its own, whatever its answer."""
    done = subprocess.run(
        (sys.executable, "-m", "kubegate", *arguments), check=False, stdout=subprocess.DEVNULL, env=ENVIRONMENT
    )
    assert done.returncode in (Exit.OK, Exit.NO), done.returncode


def admit(folder: Path) -> None:
    """`kubegate admit` of as many Deployments."""
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "a"}},
        "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}},
    }
    objects: list[Object] = [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": f"d-{number}"}, "spec": spec}
        for number in range(_MANIFESTS)
    ]
    path = folder / "deployments.yaml"
    path.write_text(to_yaml(objects))
    with measured(f"kubegate admit, {_MANIFESTS:,} Deployments and their pods", "at most 3 s"):
        command("admit", str(path))


def ask(engine: Engine, other: list[Object]) -> None:
    """The questions to one loaded set; ``other``: what it is compared with."""
    with measured("who-can", "at most 0.03 s"):
        who_can(engine.rbac, Attributes(User(""), "get", resource="secrets3", namespace="ns-1"))
    mine = engine.state.of_kind(RBAC_GROUP, *RBAC_KINDS)
    with measured("diff of two such sets", "at most 3 s"):
        changes = compare(mine, other)
    print(f"  {len(changes):,} changes")


def main() -> None:
    """Print a line a question."""
    chance = random.Random(_SIZE)
    objects = policy(_SIZE, chance)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old, new = written(folder / "old", objects), written(folder / "new", widened(objects, chance))
        with measured(f"load {len(objects):,} roles and bindings from YAML", "at most 2 s"):
            engine = build_engine(DryRunOptions(filenames=(old,)))
        other = build_engine(DryRunOptions(filenames=(new,)), locate=False)
        ask(engine, other.state.of_kind(RBAC_GROUP, *RBAC_KINDS))
        audit_log(folder / "audit.log.gz", objects, chance)
        start = time.perf_counter()
        found = replay(read_events([str(folder / "audit.log.gz")], Reading()), other.chain)
        print(f"replay: {found.total / (time.perf_counter() - start):,.0f} events a second (aim: at least 50,000)")
        with measured("kubegate escalate, all subjects, with loading", "at most 10 s after it"):
            command("escalate", "-f", old)
        admit(folder)


if __name__ == "__main__":
    main()
