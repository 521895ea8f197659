"""Node selectors, node affinity and taints: what a pod says about nodes and nodes about pods.

Source: k8s.io/component-helpers ``scheduling/corev1`` and ``scheduling/corev1/nodeaffinity``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from kubegate.api.names import Object
from kubegate.selectors.requirement import parse_int64

Labels: TypeAlias = Mapping[str, str]


def _expression_matches(expression: Object, values: Labels) -> bool:
    """One node selector requirement on a map of labels (or of fields). An unknown operator matches nothing."""
    key, operator = expression.get("key") or "", expression.get("operator")
    wanted: Sequence[str] = expression.get("values") or ()
    present, value = key in values, values.get(key, "")
    match operator:
        case "In":
            return present and value in wanted
        case "NotIn":
            return not present or value not in wanted
        case "Exists":
            return present
        case "DoesNotExist":
            return not present
        case "Gt" | "Lt":
            left, right = parse_int64(value), parse_int64(wanted[0]) if len(wanted) == 1 else None
            if not present or left is None or right is None:
                return False
            return left > right if operator == "Gt" else left < right
        case _:
            return False


def term_matches(term: Object, labels: Labels, name: str) -> bool:
    """A node selector term: all of its requirements. An empty term matches no node."""
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    return all(_expression_matches(part, labels) for part in expressions) and all(
        _expression_matches(part, {"metadata.name": name}) for part in fields
    )


def selector_matches(selector: Object, labels: Labels, name: str) -> bool:
    """A node selector: any of its terms."""
    return any(term_matches(term, labels, name) for term in selector.get("nodeSelectorTerms") or ())


def required_terms(pod: Object) -> Object | None:
    """The node selector that a pod's required node affinity is, if it has one."""
    affinity = ((pod.get("spec") or {}).get("affinity") or {}).get("nodeAffinity") or {}
    found: Object | None = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return found


def preferred_terms(pod: Object) -> Sequence[Object]:
    """The preferred node affinity: terms with weights."""
    affinity = ((pod.get("spec") or {}).get("affinity") or {}).get("nodeAffinity") or {}
    found: Sequence[Object] = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    return found


def pod_accepts(pod: Object, labels: Labels, name: str) -> bool:
    """Do the pod's nodeSelector and required node affinity accept the node?"""
    wanted: Mapping[str, Any] = (pod.get("spec") or {}).get("nodeSelector") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    selector = required_terms(pod)
    return selector is None or selector_matches(selector, labels, name)


def tolerates(toleration: Object, taint: Object) -> bool:
    """Does a toleration cover a taint?"""
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("key") and toleration["key"] != taint.get("key"):
        return False
    value, tainted = toleration.get("value") or "", taint.get("value") or ""
    match toleration.get("operator") or "Equal":
        case "Equal":
            return bool(value == tainted)
        case "Exists":
            return True
        case "Lt" | "Gt" as operator:
            bound, number = parse_int64(value), parse_int64(tainted)
            if bound is None or number is None:
                return False
            return number < bound if operator == "Lt" else number > bound
        case _:
            return False


def untolerated(
    taints: Iterable[Object], tolerations: Sequence[Object], relevant: Callable[[Object], bool]
) -> Object | None:
    """The first relevant taint that no toleration covers."""
    for taint in taints:
        if relevant(taint) and not any(tolerates(toleration, taint) for toleration in tolerations):
            return taint
    return None


def keeps_out(taint: Object) -> bool:
    """A taint that keeps new pods out."""
    return taint.get("effect") in ("NoSchedule", "NoExecute")
