"""CVE-2017-1000056: any PodSecurityPolicy of the cluster served any user, whether they might use it or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kubegate.admission import catalog
from kubegate.admission.interface import Environment
from kubegate.admission.memory import MemoryCluster
from kubegate.admission.pod_security_policy.definition import RESOURCE
from kubegate.authz.interface import Attributes, Decision, Verdict

ANY = {"rule": "RunAsAny"}
STRATEGIES = {"runAsUser": ANY, "seLinux": ANY, "supplementalGroups": ANY, "fsGroup": ANY}
PRIVILEGED = [{"name": "c", "image": "i", "securityContext": {"privileged": True}}]


class MayUse:
    """Allows the use of one policy to one user."""

    def __init__(self, user: str, policy: str) -> None:
        self.grant = (user, "use", "podsecuritypolicies", policy)

    def authorize(self, attributes: Attributes) -> Verdict:
        asked = (attributes.user.name, attributes.verb, attributes.resource, attributes.name)
        return Verdict(Decision.ALLOW if asked == self.grant else Decision.NO_OPINION)


@pytest.mark.parametrize(
    ("user", "policy", "admitted"),
    [
        ("alice", "privileged", True),
        ("alice", "plain", False),
        ("bob", "privileged", False),
        ("system:serviceaccount:shop:default", "privileged", True),
        ("system:serviceaccount:other:default", "privileged", False),
    ],
)
def test_only_policies_that_may_be_used_count(
    user: str, policy: str, admitted: bool, pod: Callable[..., dict[str, Any]], review: Callable[..., Any]
) -> None:
    cluster = MemoryCluster()
    for name, spec in (("privileged", {"privileged": True}), ("plain", {"privileged": False})):
        meta = {"name": name}
        kind = {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy"}
        cluster.put(RESOURCE, {**kind, "metadata": meta, "spec": {**STRATEGIES, **spec}})
    environment = Environment(cluster, MayUse(user, policy), lambda: datetime(2026, 1, 1, tzinfo=UTC), {})
    plugin: Any = catalog.descriptor("PodSecurityPolicy").build(environment, None)
    asked = review(pod(containers=PRIVILEGED, serviceAccountName="default"))
    assert (plugin.mutate(asked) is None) == admitted
