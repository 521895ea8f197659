"""The suggested and mandatory FlowSchemas and PriorityLevelConfigurations.

They are stored and shown; this server limits concurrency by its threads alone. Source: k8s.io/apiserver
``pkg/apis/flowcontrol/bootstrap``.
"""

from __future__ import annotations

from typing import Any

from kubegate.api.names import Object

_VERSION = "flowcontrol.apiserver.k8s.io/v1"
_ANNOTATIONS = {"apf.kubernetes.io/autoupdate-spec": "true"}
_EVERYTHING = [
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]},
]
_NON_RESOURCE = [{"verbs": ["*"], "nonResourceURLs": ["*"]}]
_ANYBODY = [("Group", "system:authenticated"), ("Group", "system:unauthenticated")]
_SYSTEM = "kube-system"


def objects() -> list[Object]:
    """All of them."""
    return [*_levels(), *_schemas()]


def _levels() -> list[Object]:
    limited = (
        # name, nominal shares, lendable percent, (queues, hand size, queue length) or None: reject
        ("catch-all", 5, 0, None),
        ("global-default", 20, 50, (128, 6, 50)),
        ("leader-election", 10, 0, (16, 4, 50)),
        ("node-high", 40, 25, (64, 6, 50)),
        ("system", 30, 33, (64, 6, 50)),
        ("workload-high", 40, 50, (128, 6, 50)),
        ("workload-low", 100, 90, (128, 6, 50)),
    )
    exempt = {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}}
    return [_object("PriorityLevelConfiguration", "exempt", exempt), *(_level(*row) for row in limited)]


def _level(name: str, shares: int, lendable: int, queuing: tuple[int, int, int] | None) -> Object:
    response: dict[str, Any] = {"type": "Reject"}
    if queuing is not None:
        queues, hand, length = queuing
        response = {"type": "Queue", "queuing": {"queues": queues, "handSize": hand, "queueLengthLimit": length}}
    limited = {"nominalConcurrencyShares": shares, "lendablePercent": lendable, "limitResponse": response}
    return _object("PriorityLevelConfiguration", name, {"type": "Limited", "limited": limited})


def _object(kind: str, name: str, spec: Object) -> Object:
    meta = {"name": name, "annotations": dict(_ANNOTATIONS)}
    return {"kind": kind, "apiVersion": _VERSION, "metadata": meta, "spec": spec}


def _schemas() -> list[Object]:
    leader_users = [("User", "system:kube-controller-manager"), ("User", "system:kube-scheduler")]
    manager = [("User", "system:kube-controller-manager")]
    endpoint_users = [*manager, *(("ServiceAccount", f"{name}-controller") for name in ("endpoint", "endpointslice"))]
    leases = _rules(["get", "create", "update"], ["coordination.k8s.io"], ["leases"])
    any_system = [("Group", f"system:serviceaccounts:{_SYSTEM}")]
    account = [("Group", "system:serviceaccounts")]
    everything = _EVERYTHING, _NON_RESOURCE
    nodes = [("Group", "system:nodes")]
    return [
        _schema("exempt", "exempt", 1, "", [("Group", "system:masters")], *everything),
        _schema("probes", "exempt", 2, "", _ANYBODY, [], _probes()),
        _schema("system-leader-election", "leader-election", 100, "ByUser", leader_users, leases, []),
        _schema("endpoint-controller", "workload-high", 150, "ByUser", endpoint_users, _endpoints(), []),
        _schema("workload-leader-election", "leader-election", 200, "ByUser", any_system, leases, []),
        _schema("system-node-high", "node-high", 400, "ByUser", nodes, _node_status(), []),
        _schema("system-nodes", "system", 500, "ByUser", nodes, *everything),
        _schema("kube-controller-manager", "workload-high", 800, "ByNamespace", manager, *everything),
        _schema("kube-scheduler", "workload-high", 800, "ByNamespace", [("User", "system:kube-scheduler")], *everything),
        _schema("kube-system-service-accounts", "workload-high", 900, "ByNamespace", any_system, *everything),
        _schema("service-accounts", "workload-low", 9000, "ByUser", account, *everything),
        _schema("global-default", "global-default", 9900, "ByUser", _ANYBODY, *everything),
        _schema("catch-all", "catch-all", 10000, "ByUser", _ANYBODY, *everything),
    ]


def _rules(verbs: list[str], groups: list[str], resources: list[str]) -> list[dict[str, Any]]:
    return [{"verbs": verbs, "apiGroups": groups, "resources": resources, "namespaces": ["*"]}]


def _probes() -> list[dict[str, Any]]:
    return [{"verbs": ["get"], "nonResourceURLs": ["/healthz", "/livez", "/readyz"]}]


def _endpoints() -> list[dict[str, Any]]:
    verbs = ["get", "create", "update"]
    return [
        *_rules(verbs, [""], ["endpoints"]),
        *_rules(verbs, ["discovery.k8s.io"], ["endpointslices"]),
    ]


def _node_status() -> list[dict[str, Any]]:
    cluster = {"clusterScope": True, "namespaces": ["*"]}
    return [
        {"verbs": ["*"], "apiGroups": [""], "resources": ["nodes", "nodes/status"], **cluster},
        *_rules(["*"], ["coordination.k8s.io"], ["leases"]),
    ]


def _subject(kind: str, name: str) -> dict[str, Any]:
    if kind == "ServiceAccount":
        return {"kind": kind, "serviceAccount": {"namespace": _SYSTEM, "name": name}}
    return {"kind": kind, kind.lower(): {"name": name}}


def _schema(
    name: str,
    level: str,
    precedence: int,
    distinguisher: str,
    subjects: list[tuple[str, str]],
    resource_rules: list[dict[str, Any]],
    path_rules: list[dict[str, Any]],
) -> Object:
    rule: dict[str, Any] = {"subjects": [_subject(kind, who) for kind, who in subjects]}
    if resource_rules:
        rule["resourceRules"] = resource_rules
    if path_rules:
        rule["nonResourceRules"] = path_rules
    spec: Object = {
        "priorityLevelConfiguration": {"name": level},
        "matchingPrecedence": precedence,
        **({"distinguisherMethod": {"type": distinguisher}} if distinguisher else {}),
        "rules": [rule],
    }
    return _object("FlowSchema", name, spec)
