"""Cases about scheduling: where a pod lands, and why nowhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubegate.errors import InvalidInput
from kubegate.testing.running.result import Result

Judged = Callable[..., list[Result]]

STATE = """\
objects:
- apiVersion: v1
  kind: Node
  metadata: {name: n1, labels: {kubernetes.io/hostname: n1, disk: ssd}}
  status: {allocatable: {cpu: "2", memory: 4Gi, pods: "10"}}
- apiVersion: v1
  kind: Node
  metadata: {name: n2, labels: {kubernetes.io/hostname: n2}}
  spec: {taints: [{key: gpu, effect: NoSchedule}]}
  status: {allocatable: {cpu: "4", memory: 4Gi, pods: "10"}}
- apiVersion: v1
  kind: Pod
  metadata: {name: low}
  spec: &low {priority: -5, nodeName: n1, containers: [{name: c, image: x, resources: {requests: {cpu: 1500m}}}]}
- apiVersion: v1
  kind: Pod
  metadata: {name: waits}
  spec: {containers: [{name: c, image: x, resources: {requests: {cpu: "1"}}}]}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web}
  spec:
    selector: {matchLabels: {app: web}}
    template:
      metadata: {labels: {app: web}}
      spec:
        containers: [{name: c, image: x, resources: {requests: {cpu: 100m}}}]
        tolerations: [{operator: Exists}]
        topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: DoNotSchedule
          labelSelector: {matchLabels: {app: web}}
"""


def pod(spec: str = "", cpu: str = "100m", meta: str = "") -> str:
    container = f"{{name: c, image: x, resources: {{requests: {{cpu: {cpu}}}}}}}"
    return f"{{apiVersion: v1, kind: Pod, metadata: {{name: a{meta}}}, spec: {{containers: [{container}]{spec}}}}}"


def test_what_holds(judged: Judged) -> None:
    taints = "node(s) had untolerated taint(s)"
    results = judged(
        STATE
        + f"""
scheduling:
- {{pod: {pod(", nodeSelector: {disk: ssd}")}, node: n1}}
- {{pod: {pod(", tolerations: [{operator: Exists}], nodeName: n2")}, node: n2}}
- pod: {pod(cpu="1")}
  message: >-
    0/2 nodes are available: 1 Insufficient cpu, 1 {taints}. no new claims to deallocate, preemption: 0/2 nodes are
    available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.
  refusals: {{n1: 'NodeResourcesFit: Insufficient cpu', n2: TaintToleration}}
  nominated: ""
  change: {{spec: {{priority: null}}, metadata: {{labels: {{a: b}}}}}}
  given: [{{apiVersion: v1, kind: Pod, metadata: {{name: low}}, spec: {{<<: *low, priority: 0}}}}]
- pod: {pod(", priorityClassName: system-cluster-critical", "1", ", namespace: kube-system")}
  nominated: n1
  victims: [default/low]
- {{pod: Deployment/web, copies: 4, nodes: {{n1: 2, n2: 2}}}}
- {{pod: {pod(", schedulingGates: [{name: g}]")}, message: Scheduling is blocked due to non-empty scheduling gates}}
- {{pod: {pod(", schedulerName: other")}, messageContains: the scheduler other decides}}
- pod: {pod(", tolerations: [{operator: Exists}]")}
  given:
  - {{apiVersion: v1, kind: Node, metadata: {{name: n1}}, status: {{allocatable: {{cpu: "2", memory: 4Gi, pods: "10"}}}}}}
  - {{apiVersion: v1, kind: Node, metadata: {{name: n2}}, status: {{allocatable: {{cpu: "2", memory: 4Gi, pods: "10"}}}}}}
  - {{apiVersion: v1, kind: Pod, metadata: {{name: low}}, spec: {{containers: [{{name: c, image: x}}]}}}}
  nodeIn: [n2, n1]
"""
    )
    assert [(result.name, result.failure) for result in results if not result.passed] == []
    assert {result.stage for result in results} == {"scheduling"}


def test_what_fails_says_why_node_by_node(judged: Judged) -> None:
    results = judged(
        STATE
        + f"""
scheduling:
- {{pod: {pod(cpu="3")}, node: n1}}
- {{pod: {pod()}, message: nope}}
- {{pod: {pod()}, node: n2}}
- {{pod: {pod(cpu="3")}, messageContains: x, refusals: {{n1: Ports}}, victims: [default/a]}}
- {{pod: Deployment/web, copies: 3, nodes: {{n1: 3}}}}
- {{pod: {pod(", nope: 1")}, node: n1}}
"""
    )
    texts = [result.failure for result in results]
    assert texts[0].startswith("it is not scheduled: 0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated")
    assert texts[1:3] == ["it lands on n1", "it lands on n1, not n2"]
    assert "without" in texts[3] and "n1 is refused for" in texts[3] and "victims are []" in texts[3]
    assert texts[4].startswith("nodes are {")
    assert texts[5].startswith("refused before it could be scheduled: ")
    assert "n1: NodeResourcesFit: Insufficient cpu" in results[0].explanation
    assert "n1: the only one that fits" in results[2].explanation


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("{pod: Pod/none}", "there is no Pod default/none"),
        ("{node: n1}", "give pod or podFile"),
        ("{pod: Pod/a, node: n1, message: x}", "what is not scheduled has no node"),
    ],
)
def test_what_cannot_be_asked(judged: Judged, case: str, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        judged(f"scheduling: [{case}]")
    assert message in str(error.value)
