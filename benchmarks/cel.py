"""How fast expressions and policies are: ``python -m benchmarks.cel``.

Five typical expressions on a pod together, and a request that passes by a thousand policies that are about something else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from kubegate.admission.interface import Environment, Operation, Review
from kubegate.admission.memory import MemoryCluster
from kubegate.admission.policies.validating.dispatcher import BINDINGS, POLICIES, ValidatingPolicies
from kubegate.api.names import GroupVersionKind, GroupVersionResource
from kubegate.api.user import User
from kubegate.authz.chain import Chain
from kubegate.cel import environments
from kubegate.cel.types import BOOL

EXPRESSIONS = (
    "object.spec.replicas <= 5",
    "object.spec.template.spec.containers.all(c, c.image.startsWith('registry.example.com/'))",
    "has(object.metadata.labels) && 'team' in object.metadata.labels",
    "object.spec.template.spec.containers.all(c, !has(c.securityContext) || c.securityContext.privileged != true)",
    "request.userInfo.username.startsWith('system:') || object.metadata.name.matches('^[a-z0-9-]+$')",
)


def deployment() -> dict[str, object]:
    """A deployment with three containers."""
    containers = [
        {"name": f"c{i}", "image": f"registry.example.com/app:{i}", "securityContext": {"privileged": False}}
        for i in range(3)
    ]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": {"team": "a"}},
        "spec": {"replicas": 3, "template": {"spec": {"containers": containers}}},
    }


def measure(act: Callable[[], object], times: int = 2000) -> float:
    """Microseconds per call, the best of five rounds."""
    rounds = []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(times):
            act()
        rounds.append((time.perf_counter() - begin) / times)
    return min(rounds) * 1e6


def expressions() -> float:
    """Five expressions, compiled."""
    environment = environments.admission(params=False, authorizer=True)
    programs = [environment.compile(text, (BOOL,)) for text in EXPRESSIONS]
    bindings = {"object": deployment(), "oldObject": None, "request": {"userInfo": {"username": "jane"}}}
    assert all(program.evaluate(bindings) is True for program in programs)
    return measure(lambda: [program.run(bindings) for program in programs])


def policies(count: int, resource: str) -> float:
    """A request with ``count`` policies about a resource."""
    cluster = MemoryCluster()
    for index in range(count):
        rule = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [resource]}
        selector = {"matchLabels": {"team": f"t{index}"}}
        spec = {
            "matchConstraints": {"resourceRules": [rule], "objectSelector": selector},
            "validations": [{"expression": EXPRESSIONS[0]}],
        }
        cluster.put(POLICIES, {"metadata": {"name": f"p{index}"}, "spec": spec})
        bound = {"policyName": f"p{index}", "validationActions": ["Deny"]}
        cluster.put(BINDINGS, {"metadata": {"name": f"p{index}"}, "spec": bound})
    plugin = ValidatingPolicies(Environment(cluster, Chain([]), lambda: datetime.now(UTC)))
    review = Review(
        Operation.CREATE,
        GroupVersionKind("apps", "v1", "Deployment"),
        GroupVersionResource("apps", "v1", "deployments"),
        User.of("jane"),
        "shop",
        "web",
        object=deployment(),
    )
    assert plugin.validate(review) is None
    return measure(lambda: plugin.validate(review), 200)


def main() -> None:
    """Print the figures."""
    environment = environments.admission(params=False, authorizer=True)
    compiling = measure(lambda: [environment.compile(text, (BOOL,)) for text in EXPRESSIONS], 50)
    print(f"compiling five expressions: {compiling:.0f} us")
    print(f"evaluating five expressions: {expressions():.1f} us")
    print(f"1,000 policies about other resources: {policies(1000, 'daemonsets'):.0f} us a request")
    print(f"1,000 policies about other labels of this resource: {policies(1000, 'deployments'):.0f} us a request")


if __name__ == "__main__":
    main()
